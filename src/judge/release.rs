//! The rules about what a registry says of a published version, besides what its files hold.

use crate::model::{Finding, Level, Place, Rule};

const DENY: (Level, Level) = (Level::Deny, Level::Deny);

pub(super) const SWAPPED: Rule = Rule::fixed(
    "release/swapped",
    DENY,
    "the registry serves other bytes than it names",
    "The integrity or the shasum is not that of the tarball: it was swapped, or damaged, after it was published.",
    "take the version down, find out who wrote to the registry, and publish a new version",
);

pub(super) const UNCHECKED: Rule = Rule::fixed(
    "release/no-integrity",
    DENY,
    "the registry names no sha512 of the tarball",
    "No installer can tell these bytes from others that are put in their place.",
    "publish a new version, with a client that sends the sha512",
);

pub(super) const SHOWN: Rule = Rule::fixed(
    "release/shown-otherwise",
    DENY,
    "installers are shown something else than the package says",
    "Installers act on what the registry shows (programs, dependencies, install scripts) before they see a file of the package.",
    "find out who published it and with what, and publish a new version",
);

pub(super) const UNFIT: Rule = Rule::fixed(
    "release/unfit",
    DENY,
    "what is served is no package that everybody reads alike",
    "What installers are shown can not be compared with what the package says.",
    "take the version down, and publish one that was made by a package manager",
);

pub(super) const MOVED: Rule = Rule::fixed(
    "release/tag-moved",
    DENY,
    "a tag stands for another version than it should",
    "Whoever installs by the tag, as most do, gets another version than the one that was published last.",
    "set the tag again with npm dist-tag add, and find out who moved it",
);

/// The bytes are not those that the registry names. No policy lowers that.
#[must_use]
pub fn swapped(what: impl Into<String>) -> Finding {
    Finding::new(&SWAPPED.id, Place::whole(), what)
}

/// The registry names nothing that the bytes of a version could be checked with.
#[must_use]
pub fn unchecked(version: &str) -> Finding {
    let what = "the registry names no sha512 of it, so that no installer can check it";
    Finding::new(&UNCHECKED.id, Place::whole(), what).keyed(version)
}

/// Installers are shown another value under `key` than the package.json inside has.
#[must_use]
pub fn shown(version: &str, key: &str) -> Finding {
    let what = format!("the registry shows installers another {key} than the package.json inside has");
    Finding::new(&SHOWN.id, Place::at("package.json"), what).keyed(format!("{version} {key}"))
}

/// The package inside can't be read as one.
#[must_use]
pub fn unfit(version: &str, why: impl std::fmt::Display) -> Finding {
    Finding::new(&UNFIT.id, Place::whole(), format!("what is served {why}")).keyed(version)
}

/// A tag stands for `now`, and not for `wanted`, which `who` says.
#[must_use]
pub fn moved(tag: &str, now: &str, wanted: &str, who: &str) -> Finding {
    let what = format!("the tag {tag} stands for {now:.80}, and not for {wanted}, {who}");
    Finding::new(&MOVED.id, Place::whole(), what).keyed(format!("{tag} {now}"))
}
