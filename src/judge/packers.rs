//! What two package managers would ship of one project → what differs.

use std::collections::BTreeSet;

use crate::model::{Finding, Level, Listed, Place, Rule};

pub(super) const DIFFERS: Rule = Rule::fixed(
    "pack/differs",
    (Level::Warn, Level::Warn),
    "another package manager would ship other files",
    "What was audited is what one of them packs: whoever publishes with the other ships what nobody has looked at.",
    "name what ships in \"files\" of package.json, which all of them read alike, and publish with one package manager only",
);

/// As many files are named on each side.
const NAMED: usize = 5;

/// What `packer` would ship otherwise than the packer of the project, if anything.
#[must_use]
pub fn differs(own: &[Listed], packer: &str, theirs: &[Listed]) -> Option<Finding> {
    let paths = |listing: &[Listed]| listing.iter().map(|file| file.path.clone()).collect::<BTreeSet<_>>();
    let (own, theirs) = (paths(own), paths(theirs));
    let more: Vec<&String> = theirs.difference(&own).collect();
    let less: Vec<&String> = own.difference(&theirs).collect();
    let told: Vec<String> =
        [("also ship", &more), ("leave out", &less)].iter().filter_map(|(verb, files)| named(verb, files)).collect();
    let what = format!("{packer} would {}", told.join(", and "));
    (!told.is_empty()).then(|| Finding::new(&DIFFERS.id, Place::whole(), what).keyed(packer))
}

fn named(verb: &str, files: &[&String]) -> Option<String> {
    let rest = files.len().saturating_sub(NAMED);
    let names: Vec<&str> = files.iter().take(NAMED).map(|file| file.as_str()).collect();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    (!files.is_empty()).then(|| format!("{verb} {}{more}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_on_either_side_are_named() {
        let list = |paths: &[&str]| -> Vec<Listed> {
            paths.iter().map(|path| Listed { path: (*path).to_owned(), size: 1, digest: None }).collect()
        };
        let own = list(&["a", "b"]);
        assert_eq!(differs(&own, "bun", &own), None);
        let found = differs(&own, "bun", &list(&["b", "c", "d", "e", "f", "g", "h"])).unwrap();
        assert_eq!(found.message, "bun would also ship c, d, e, f, g and 1 more, and leave out a");
    }
}
