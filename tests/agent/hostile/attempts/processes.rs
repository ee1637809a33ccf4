//! Attempts to end lastlook, to slow it down, and to outlive it.

use crate::hostile::attempt::{Attempt, Expect};

fn end(name: &'static str, what: &'static str, how: &str, expect: Expect) -> Attempt {
    let attempt = Attempt::new(name, what, expect).file("end.py", include_str!("../programs/end.py"));
    attempt.script("postbuild", &format!("/usr/bin/python3 ./end.py {how}")).needs("/usr/bin/python3")
}

fn later(name: &'static str, what: &'static str, hook: &str, how: &str, expect: Expect) -> Attempt {
    let attempt = Attempt::new(name, what, expect).file("later.py", include_str!("../programs/later.py"));
    attempt.script(hook, &format!("/usr/bin/python3 ./later.py {how}")).needs("/usr/bin/python3")
}

pub(super) fn all() -> Vec<Attempt> {
    vec![
        end("kill", "kills lastlook", "kill", Expect::Ended),
        end("kill-thread", "kills it by the number of a thread", "thread", Expect::Ended),
        end("kill-descriptor", "kills it by a descriptor of it", "descriptor", Expect::Ended),
        end("kill-input", "has the kernel kill it, as for a file that became ready", "input", Expect::Ended),
        end("stop", "stops lastlook where it is", "stop", Expect::Stopped),
        Attempt::new(
            "meddle",
            "changes the limits, the priority and the place of lastlook",
            Expect::Printed(&["GOT prlimit", "GOT priority", "GOT affinity", "GOT scheduler", "GOT score"]),
        )
        .program("meddle.py", include_str!("../programs/meddle.py")),
        later(
            "daemon",
            "leaves a daemon that tries again three seconds later",
            "postbuild",
            "connect",
            Expect::Heard(&["way-later canary"]),
        )
        .and(Expect::Changed(&["new: work/project/left-by-daemon"]))
        .after(5),
        later(
            "daemon-swap",
            "leaves a daemon that puts another tarball in place of the one that is packed",
            "prepack",
            "swap",
            Expect::Packed("SWAPPED"),
        )
        .after(1),
    ]
}
