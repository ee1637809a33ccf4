//! The tags of a package → those that stand for another version than they should.

use std::collections::BTreeMap;

use crate::judge::release;
use crate::model::Finding;
use crate::publish::{Event, Receipt, Seen};

/// Compares tags with what a person expects, as `(tag, version)`, and with what the journal says was published last under
/// each. What a person says counts.
#[must_use]
pub fn moved(
    seen: &Seen,
    expected: &[(String, String)],
    journal: &[Receipt],
    registry: &str,
    name: &str,
) -> Vec<Finding> {
    let mut wanted: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let own = journal.iter().filter(|receipt| receipt.registry == registry && receipt.name == name);
    for receipt in own.filter(|receipt| receipt.event == Event::Published) {
        wanted.insert(&receipt.tag, (&receipt.version, "as the journal says it was published last"));
    }
    wanted.extend(expected.iter().map(|(tag, version)| (tag.as_str(), (version.as_str(), "as it was asked for"))));
    let differing = wanted.into_iter().filter(|(tag, (version, _))| seen.tag(tag) != Some(*version));
    let moved = |(tag, (version, who))| release::moved(tag, seen.tag(tag).unwrap_or("no version"), version, who);
    differing.map(moved).collect()
}
