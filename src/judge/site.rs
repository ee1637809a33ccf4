//! The rules about what a site serves, besides what its files hold.

use crate::model::{Finding, Level, Place, Rule};

pub(super) const MISSING: Rule = Rule::fixed(
    "site/missing",
    (Level::Warn, Level::Warn),
    "a script or style that the site names and does not serve",
    "What is not there could not be looked at, and visitors who need it see an error: often the sign of half a deployment.",
    "deploy the whole build, or take the reference out",
);

pub(super) const ELSEWHERE: Rule = Rule::fixed(
    "site/elsewhere",
    (Level::Allow, Level::Allow),
    "a script or style from another origin, which was not asked",
    "Only the site itself is asked, and what --origin names. Nothing is known of the rest.",
    "if it is yours, name it: --origin https://HOST",
);

pub(super) const ORIGINAL: Rule = Rule::fixed(
    "site/original-served",
    (Level::Deny, Level::Deny),
    "the site serves an original that a map names",
    "The map holds no text of it, and needs none: whoever follows its path gets the file, as the tools of a browser do.",
    "keep the sources out of the folder that is served, and the map, too",
);

pub(super) const UNBUILT: Rule = Rule::fixed(
    "site/not-in-build",
    (Level::Deny, Level::Deny),
    "the site serves a file that is not in the build",
    "What was audited before the release is not what visitors get: an older file that was left, or one that was added later.",
    "remove what older deployments left, or verify with the build that was deployed",
);

pub(super) const DIFFERS: Rule = Rule::fixed(
    "site/differs",
    (Level::Deny, Level::Deny),
    "the site serves other bytes than the build has at this path",
    "Something changed the file between the build and the visitor: another build, or a proxy that rewrites.",
    "deploy the build that was audited, and switch off what rewrites files on the way",
);

/// A named file that is not served.
#[must_use]
pub fn absent(path: &str, why: &str) -> Finding {
    Finding::new(&MISSING.id, Place::at(path), why).keyed(path)
}

/// What stands on an origin that was not asked.
#[must_use]
pub fn elsewhere(origin: &str, what: &str) -> Finding {
    Finding::new(&ELSEWHERE.id, Place::whole(), what).keyed(origin)
}

/// A file that the map at `map` calls an original.
#[must_use]
pub fn original(path: &str, map: &str) -> Finding {
    Finding::new(&ORIGINAL.id, Place::at(path), format!("{map} names it as an original, and it is there")).keyed(path)
}

/// A served file that the build does not have. Pages are often made on demand, so they are only worth a word.
#[must_use]
pub fn unbuilt(path: &str, page: bool) -> Finding {
    page_or(page, Finding::new(&UNBUILT.id, Place::at(path), "no file of the build has these bytes, or this path"))
}

/// A served file that the build has with other bytes.
#[must_use]
pub fn differs(path: &str, build: &str, page: bool) -> Finding {
    page_or(page, Finding::new(&DIFFERS.id, Place::at(path), format!("{build} in the build has other bytes")))
}

fn page_or(page: bool, finding: Finding) -> Finding {
    if page { finding.at_most(Level::Warn) } else { finding }
}
