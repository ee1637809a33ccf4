//! The rules about containers. No policy lowers them for the artifact itself.

use crate::model::{Level, Rule};

const DENY: (Level, Level) = (Level::Deny, Level::Deny);
const REPACK: &str =
    "pack again with npm pack (or pnpm, yarn, bun) and audit what comes out; do not edit archives by hand";

pub(super) const TRAILING: Rule = Rule::fixed(
    "archive/trailing-bytes",
    DENY,
    "bytes behind the end of the archive",
    "Some clients read on where others stop, so what stands there is installed by some and seen by few.",
    REPACK,
);

pub(super) const MEMBER: Rule = Rule::fixed(
    "archive/second-member",
    DENY,
    "more than one gzip member",
    "Some clients read every member of a gzip stream and some only the first: they install different files.",
    REPACK,
);

/// The same path twice.
pub const DUPLICATE: Rule = Rule::fixed(
    "archive/duplicate",
    DENY,
    "the same path twice",
    "The last one is installed, and a reader that stops at the first one sees other bytes.",
    REPACK,
);

/// The same file twice, byte for byte.
pub const TWIN: Rule = Rule::fixed(
    "archive/twin",
    (Level::Allow, Level::Allow),
    "the same file twice, byte for byte",
    "Harmless: both copies are the same, whichever is installed. Popular packers make them.",
    "nothing to do",
);

/// Paths that are one on other systems.
pub const COLLISION: Rule = Rule::fixed(
    "archive/collision",
    DENY,
    "paths that are one on other systems",
    "File systems that fold case or normalise Unicode keep only one of these files: what is installed depends on the machine.",
    "rename one of the files",
);

/// A link.
pub const LINK: Rule = Rule::fixed(
    "archive/link",
    DENY,
    "a link",
    "npm drops links, pnpm writes hard links as files, yarn follows them: each installs something else.",
    "replace the link by the file it points to",
);

pub(super) const ESCAPE: Rule = Rule::fixed(
    "archive/escape",
    DENY,
    "a path that leaves the package",
    "An absolute path or a `..` can write outside the package; clients strip or refuse it in different ways.",
    REPACK,
);

pub(super) const DEVICE: Rule = Rule::fixed(
    "archive/device",
    DENY,
    "a device, pipe or socket",
    "No package needs one, and reading one can hang or do harm.",
    "leave it out of the package",
);

pub(super) const CHECKSUM: Rule = Rule::fixed(
    "archive/bad-checksum",
    DENY,
    "a checksum that does not fit",
    "The bytes are not those that were packed, or were made to look different to different readers.",
    REPACK,
);

/// An entry that clients read differently.
pub const CONFLICT: Rule = Rule::fixed(
    "archive/conflict",
    DENY,
    "an entry that clients read differently",
    "Sizes, names or kinds contradict each other, so it can not be told what gets installed.",
    REPACK,
);

pub(super) const ROOTS: Rule = Rule::fixed(
    "archive/roots",
    DENY,
    "more than one root folder",
    "Clients drop the first folder of each path, so files of different roots land in one place.",
    REPACK,
);

/// A name that not every system can hold.
pub const NAME: Rule = Rule::fixed(
    "archive/name",
    DENY,
    "a name that not every system can hold",
    "Control characters, backslashes, empty parts or bytes that are no UTF-8 are changed or refused on other systems.",
    "rename the file",
);

/// A limit was reached.
pub const LIMIT: Rule = Rule::fixed(
    "archive/limit",
    DENY,
    "a limit was reached",
    "What lies beyond the limit was not read, and so is not clear.",
    "raise the limit in the policy under [limits] if the artifact is meant to be that large",
);

pub(super) const TRUNCATED: Rule = Rule::fixed(
    "archive/truncated",
    DENY,
    "the archive ends too early",
    "What is missing can not be judged; clients differ in what they install from such a file.",
    "fetch or pack it again",
);

/// A container that lastlook can not open.
pub(super) const UNSUPPORTED: Rule = Rule::fixed(
    "archive/unsupported",
    DENY,
    "a container that lastlook can not open",
    "What can not be opened can not be cleared.",
    "leave it out of the package, or except this one file in the policy by path and sha256",
);

/// Nothing inside.
pub const EMPTY: Rule = Rule::fixed(
    "archive/empty",
    DENY,
    "nothing inside",
    "An empty file or an archive without files is never what a release means to ship.",
    "check the packing step: it produced nothing",
);

/// Something could not be read, for a reason that lies outside the artifact.
pub const UNREAD: Rule = Rule::fixed(
    "audit/unread",
    DENY,
    "could not be read",
    "What was not read can not be cleared.",
    "make sure the file is there, readable and not being changed, and audit again",
);

/// All of them.
pub const RULES: &[Rule] = &[
    TRAILING,
    MEMBER,
    DUPLICATE,
    TWIN,
    COLLISION,
    LINK,
    ESCAPE,
    DEVICE,
    CHECKSUM,
    CONFLICT,
    ROOTS,
    NAME,
    LIMIT,
    TRUNCATED,
    UNSUPPORTED,
    EMPTY,
    UNREAD,
];
