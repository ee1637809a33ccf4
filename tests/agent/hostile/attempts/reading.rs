//! Attempts to find a credential: in files, in the environment, in other processes.

use crate::hostile::attempt::{Attempt, Expect};

pub(super) fn all() -> Vec<Attempt> {
    vec![
        Attempt::new(
            "read-files",
            "reads every file with a credential, by every program and name that leads to it",
            Expect::Printed(&[
                "GOT cat: {canary}",
                "GOT node: {canary}",
                "GOT dd: {canary}",
                "GOT root: {canary}",
                "GOT climbing: {canary}",
                "GOT link: {canary}",
                "GOT hardlink: {canary}",
                "GOT curl: {canary}",
                "GOT difference: +{canary}",
                "GOT tar",
                "GOT copy: {canary}",
                "GOT move: ",
                "GOT home: ",
                "GOT named: ",
            ]),
        )
        .program("read.sh", include_str!("../programs/read.sh"))
        .needs("curl"),
        Attempt::new(
            "find-files",
            "looks for credentials wherever it can read",
            Expect::Printed(&["GOT file: ", "home/.npmrc", "home/.ssh/id_ed25519", "GOT line: {canary}"]),
        )
        .program("find.sh", include_str!("../programs/find.sh")),
        Attempt::new(
            "environment",
            "prints its own environment, that of each process above it, and what it inherited open",
            Expect::Printed(&[
                "GOT own: NPM_TOKEN={canary}",
                "GOT printenv: {canary}",
                "GOT node: GITHUB_TOKEN={canary}",
                "GOT above environ",
                "GOT read through",
                "GOT descriptor of ",
            ]),
        )
        .and(Expect::Changed(&["changed (content): journal/journal.jsonl"]))
        .program("environ.sh", include_str!("../programs/environ.sh")),
        Attempt::new(
            "processes",
            "looks into the environment, memory and open files of every process that it sees",
            Expect::Printed(&["GOT environ of {process}: ", "GOT memory of {process}: ", "GOT descriptors of {process}: "]),
        )
        .program("processes.py", include_str!("../programs/processes.py")),
        Attempt::new(
            "trace",
            "attaches to lastlook, reads and writes its memory, and takes its open files",
            Expect::Printed(&[
                "GOT process_vm_readv of {process}: {canary}",
                "GOT process_vm_writev of {process}",
                "GOT seize of {process}",
                "GOT peek of {process}: {canary}",
                "GOT pidfd_getfd of {process}: {canary}",
            ]),
        )
        .compiled("trace", include_str!("../programs/trace.c"), "$AIM_MARK $AIM_PROCESS"),
        Attempt::new(
            "trace-above",
            "does the same to every process above it",
            Expect::Printed(&["GOT seize of ", "GOT process_vm_readv of "]),
        )
        // Those above may be root's.
        .others(&[Expect::Printed(&["seize of "])])
        .compiled(
            "trace",
            include_str!("../programs/trace.c"),
            // Its own npm and shells are no gain, and those it waits for would be stopped while it waits.
            "$AIM_MARK $(one=$$; for n in 1 2 3 4 5 6 7 8; do one=$(sed -n 's/^PPid:\\t//p' /proc/$one/status 2>/dev/null); \
             [ ${one:-0} -gt 1 ] || break; case $(cat /proc/$one/comm) in sh | node | npm*) ;; *) echo $one ;; esac; done)",
        ),
    ]
}
