//! Attempts to ship what is outside, or another tarball than the one that was packed.

use crate::hostile::attempt::{Attempt, Expect};

/// One that puts something else where the tarball was.
fn instead(name: &'static str, what: &'static str, how: &str, expect: Expect) -> Attempt {
    let attempt = Attempt::new(name, what, expect).file("instead.sh", include_str!("../programs/instead.sh"));
    attempt.script("postpack", &format!("sh ./instead.sh {how}"))
}

pub(super) fn all() -> Vec<Attempt> {
    vec![
        Attempt::new(
            "links",
            "fills the package with files from outside: as links, as hard links and as copies",
            Expect::Packed("{canary}"),
        )
        .and(Expect::Printed(&["GOT hard link: ", "GOT copy: "]))
        .program("links.sh", include_str!("../programs/links.sh")),
        instead("tarball-link", "makes the tarball a link to the login of npm", "link", Expect::Printed(&["now lrwx"])),
        instead(
            "tarball-hard",
            "makes the tarball a hard link to the login of npm",
            "hard",
            Expect::Printed(&["now -rw-------"]),
        ),
        instead(
            "tarball-pipe",
            "makes the tarball a pipe that nobody writes to",
            "fifo",
            Expect::Printed(&["now prw"]),
        ),
        instead("tarball-folder", "makes the tarball a folder", "folder", Expect::Printed(&["now drw"])),
        instead("tarball-gone", "removes the tarball", "gone", Expect::Printed(&["found "])),
        instead(
            "tarball-environment",
            "makes the tarball a link to the environment of whoever reads it",
            "deep",
            Expect::Printed(&["now lrwx"]),
        ),
        instead("tarball-secret", "packs the logins instead", "secret", Expect::Packed("{canary}")),
        Attempt::new(
            "lies",
            "answers in the place of npm pack, and names other files as the tarball",
            Expect::Printed(&["\"filename\":\"../../..", "home/.npmrc"]),
        )
        .file("lies.sh", include_str!("../programs/lies.sh"))
        .script("prepack", "sh ./lies.sh")
        .script("postpack", "sh ./lies.sh"),
        Attempt::new(
            "renames",
            "becomes another package once it is built, whose files and settings lead outside",
            Expect::Packed("\"victim\""),
        )
        .file("renames.js", include_str!("../programs/renames.js"))
        .script("posttest", "node ./renames.js")
        .script("prepack", "node ./renames.js"),
    ]
}
