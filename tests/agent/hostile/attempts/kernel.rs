//! Attempts to get more out of the kernel than a build needs.

use crate::hostile::attempt::{Attempt, Expect};

pub(super) fn all() -> Vec<Attempt> {
    vec![
        Attempt::new(
            "keyrings",
            "reads the keyrings of the kernel, and leaves something there",
            Expect::Printed(&["GOT add_key", "GOT keyctl read: left here"]),
        )
        .compiled("keys", include_str!("../programs/keys.c"), ""),
        Attempt::new(
            "namespaces",
            "makes and joins namespaces, mounts, and climbs out of its root",
            Expect::Printed(&[
                "MAY mount tmpfs",
                "MAY mount bind",
                "MAY open_tree",
                "MAY move_mount",
                "MAY fsopen",
                "MAY user namespace",
                "MAY mount namespace",
                "MAY net namespace",
                "GOT setns of the first",
                "GOT setns of the parent",
                "GOT setns by name",
                "GOT chroot and out",
                "GOT token by chroot and out: {canary}",
                "MAY clone",
                "MAY clone3",
                "GOT file handle",
            ]),
        )
        .others(&[Expect::Printed(&["MAY user namespace", "MAY mount tmpfs", "MAY fsopen", "MAY clone", "MAY clone3"])])
        .compiled("mounts", include_str!("../programs/mounts.c"), "$AIM_TOKEN $AIM_PROCESS"),
        Attempt::new(
            "administrator",
            "asks for what only an administrator gets: programs in the kernel, modules, devices",
            Expect::Printed(&["GOT bpf", "GOT perf", "GOT userfaultfd", "GOT reboot", "GOT sethostname", "GOT device"]),
        )
        // Which of these a user may have depends on the machine, so that here they are only asked for.
        .others(&[Expect::Printed(&["no bpf", "no reboot", "no sethostname", "no device"])])
        .compiled("system", include_str!("../programs/system.c"), ""),
        Attempt::new(
            "settings",
            "writes the settings of the kernel, core_pattern among them, with what they hold already",
            Expect::Printed(&["GOT setting /proc/sys/kernel/core_pattern"]),
        )
        .others(&[Expect::Refused("settings of the kernel are root's")])
        .program("settings.sh", include_str!("../programs/settings.sh")),
        Attempt::new(
            "rise",
            "becomes somebody else by programs that rise, or leaves one that does",
            Expect::Printed(&[
                "GOT new privileges",
                "GOT capabilities",
                "MAY setuid copy",
                "GOT another user",
                "GOT ownership",
            ]),
        )
        .others(&[Expect::Printed(&["GOT new privileges", "MAY setuid copy"])])
        .program("rise.sh", include_str!("../programs/rise.sh")),
        Attempt::new(
            "system-wide",
            "leaves files in the folders of the system: for cron, for shells, beside programs",
            Expect::Untried("it would leave files in folders of this machine"),
        )
        .program("system-wide.sh", include_str!("../programs/system-wide.sh")),
    ]
}
