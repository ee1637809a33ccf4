//! The tags of a package → those that stand for another version than they should.

use std::collections::BTreeMap;

use super::shown::cleaned;
use crate::judge::release;
use crate::model::Finding;
use crate::publish::{Event, Receipt, Told};

/// What a tag stands for that is not there.
const NONE: &str = "no version";

/// Compares tags, in each form that the registry shows, with what a person expects, as `(tag, version)`, with what the
/// journal says was published last under each, and with one another. What a person says counts.
#[must_use]
pub fn moved(
    told: &Told,
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
    let (whole, short) = (told.whole(), told.short());
    let expected = wanted.into_iter().flat_map(|(tag, wanted)| [(whole, tag, wanted), (short, tag, wanted)]);
    let forms = "as the whole document says, in the short one that installers ask for";
    let tags = whole.tags().chain(short.tags()).map(|(tag, _)| tag);
    let between = tags.map(|tag| (short, tag, (whole.tag(tag).unwrap_or(NONE), forms)));
    let mut found: BTreeMap<(&str, &str), Finding> = BTreeMap::new();
    for (seen, tag, (version, who)) in expected.chain(between) {
        let now = seen.tag(tag).unwrap_or(NONE);
        if cleaned(now) != cleaned(version) {
            found.entry((tag, now)).or_insert_with(|| release::moved(tag, now, version, who));
        }
    }
    found.into_values().collect()
}
