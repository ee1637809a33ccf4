//! The rules about what a registry says of a published version, besides what its files hold.

use crate::model::{Finding, Level, Place, Rule};

const DENY: (Level, Level) = (Level::Deny, Level::Deny);

pub(super) const SWAPPED: Rule = Rule::fixed(
    "release/swapped",
    DENY,
    "the registry serves other bytes than it names",
    "The integrity or the shasum is not that of the tarball, in some form that installers ask for another tarball is named, or it holds another package or version than the one asked for: it was swapped, or damaged, after it was published.",
    "take the version down, find out who wrote to the registry, and publish a new version",
);

pub(super) const UNCHECKED: Rule = Rule::fixed(
    "release/no-integrity",
    DENY,
    "the registry names no sha512 of the tarball",
    "In some form that installers ask for, there is none: no installer can tell these bytes from others that are put in their place.",
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

/// The registry names nothing that the bytes of a version, which are `integrity`, could be checked with.
#[must_use]
pub fn unchecked(version: &str, integrity: &str) -> Finding {
    let what = "the registry names no sha512 of it, wherever installers look, so that they can not check it";
    Finding::new(&UNCHECKED.id, Place::whole(), what).keyed(format!("{version} {integrity}"))
}

/// Installers are shown another value under `key` than the package.json inside has. `values` names what is shown and the
/// bytes: an exception is for nothing else.
#[must_use]
pub fn shown(version: &str, key: &str, values: &str) -> Finding {
    let what = format!("the registry shows installers another {key} than the package.json inside has");
    Finding::new(&SHOWN.id, Place::at("package.json"), what).keyed(format!("{version} {key} {values}"))
}

/// A version is in one of the documents alone.
#[must_use]
pub fn lacking(version: &str, form: &str) -> Finding {
    let what = format!("the registry shows no {version} in the {form} document, and shows it in another");
    Finding::new(&SHOWN.id, Place::at("package.json"), what).keyed(format!("{version} {form}"))
}

/// The package inside, whose bytes are `integrity`, can't be read as one.
#[must_use]
pub fn unfit(version: &str, integrity: &str, why: impl std::fmt::Display) -> Finding {
    let what = format!("what is served {why}");
    Finding::new(&UNFIT.id, Place::whole(), what).keyed(format!("{version} {integrity}"))
}

/// A tag stands for `now`, and not for `wanted`, which `who` says.
#[must_use]
pub fn moved(tag: &str, now: &str, wanted: &str, who: &str) -> Finding {
    let what = format!("the tag {tag} stands for {now:.80}, and not for {wanted}, {who}");
    Finding::new(&MOVED.id, Place::whole(), what).keyed(format!("{tag} {now}"))
}
