//! A package → why its source is not public, in words.

use super::licence::is_open;
use crate::project::Package;
use crate::render::escape;

/// As many signs of what others wrote are shown.
const MOST: usize = 200;

/// Why the source of a package is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// It names no licence.
    Unlicensed,
    /// Its licence is none that is known to make source public.
    Licence,
    /// It may not be published.
    Private,
    /// It is published for some alone.
    Restricted,
    /// Another package of the same name is not public, and a policy knows packages by their names.
    Namesake,
}

impl Closed {
    const ALL: [Self; 5] = [Self::Unlicensed, Self::Licence, Self::Private, Self::Restricted, Self::Namesake];
}

/// Why the source of `package`, one of `all`, is not public; `None` where it is.
pub(super) fn closed(package: &Package, all: &[Package]) -> Option<Closed> {
    let namesakes = || all.iter().filter(|other| other.manifest.name.is_some() && other.name() == package.name());
    by_itself(package).or_else(|| namesakes().any(|other| by_itself(other).is_some()).then_some(Closed::Namesake))
}

/// The same, as far as its own manifest tells. The licence comes first: who changes the rest would meet it next.
fn by_itself(package: &Package) -> Option<Closed> {
    let manifest = &package.manifest;
    match manifest.license.as_deref().map(str::trim) {
        None | Some("") => Some(Closed::Unlicensed),
        Some(licence) if !is_open(licence) => Some(Closed::Licence),
        Some(_) if manifest.private => Some(Closed::Private),
        // What is not said to be public is not.
        Some(_) if manifest.publish_config.get("access").is_some_and(|access| access != "public") => {
            Some(Closed::Restricted)
        }
        Some(_) => None,
    }
}

/// Why this profile: what makes these packages public, or all that keeps one of them from it.
pub(super) fn why(verdicts: &[(&Package, Option<Closed>)]) -> String {
    let mut licences: Vec<&str> =
        verdicts.iter().filter_map(|(package, _)| package.manifest.license.as_deref()).collect();
    licences.sort_unstable();
    licences.dedup();
    let licences = short(&licences.join(", "));
    let is = |reason: &Closed| verdicts.iter().any(|(_, closed)| closed.as_ref() == Some(reason));
    let reasons: Vec<Closed> = Closed::ALL.into_iter().filter(is).collect();
    if reasons.is_empty() {
        return format!("Here it is open: what is published is under {licences}.");
    }
    let one = verdicts.len() == 1;
    let words = |reason: Closed| match reason {
        Closed::Unlicensed if one || licences.is_empty() => "no licence makes the source public".to_owned(),
        Closed::Unlicensed => "not every package has a licence".to_owned(),
        Closed::Licence => format!("of the licences ({licences}) not all make the source public"),
        Closed::Private if one => format!("it is private, whatever its licence ({licences}) allows"),
        Closed::Private => "a package is private, whatever its licence allows".to_owned(),
        Closed::Restricted if one => {
            format!("publishConfig.access is restricted, whatever its licence ({licences}) allows")
        }
        Closed::Restricted => "publishConfig.access of a package is restricted, whatever its licence allows".to_owned(),
        Closed::Namesake => "packages of one name are not all public".to_owned(),
    };
    format!("Here it is closed: {}.", reasons.into_iter().map(words).collect::<Vec<_>>().join("; "))
}

/// A text of others, as long as a comment needs it and no longer.
pub(super) fn short(text: &str) -> String {
    let start: String = text.chars().take(MOST).collect();
    let rest = if start.len() < text.len() { "\u{2026}" } else { "" };
    format!("{}{rest}", escape(&start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Manifest;

    fn package(name: &str, licence: &str) -> Package {
        let manifest =
            Manifest { name: Some(name.to_owned()), license: Some(licence.to_owned()), ..Manifest::default() };
        Package { folder: name.to_owned(), manifest }
    }

    #[test]
    fn packages_of_one_name_are_public_together_or_not_at_all() {
        let all = [package("a", "MIT"), package("a", "UNLICENSED"), package("b", "MIT"), package("", "MIT")];
        let found: Vec<Option<Closed>> = all.iter().map(|one| closed(one, &all)).collect();
        assert_eq!(found, [Some(Closed::Namesake), Some(Closed::Licence), None, None]);
    }

    #[test]
    fn the_reason_is_the_one_that_counts() {
        let open = package("a", "MIT");
        let mut private = open.clone();
        private.manifest.private = true;
        let mut restricted = open.clone();
        restricted.manifest.publish_config.insert("access".to_owned(), "restricted".into());
        let mut bare = open.clone();
        bare.manifest.license = None;
        let said = |one: &Package| why(&[(one, closed(one, std::slice::from_ref(one)))]);
        assert_eq!(said(&open), "Here it is open: what is published is under MIT.");
        assert_eq!(said(&private), "Here it is closed: it is private, whatever its licence (MIT) allows.");
        assert_eq!(
            said(&restricted),
            "Here it is closed: publishConfig.access is restricted, whatever its licence (MIT) allows."
        );
        assert_eq!(said(&bare), "Here it is closed: no licence makes the source public.");
        let all = [open, private];
        let both: Vec<_> = all.iter().map(|one| (one, closed(one, &all))).collect();
        assert_eq!(
            why(&both),
            "Here it is closed: a package is private, whatever its licence allows; packages of one name are not all public."
        );
    }
}
