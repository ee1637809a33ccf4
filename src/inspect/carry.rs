//! Original texts that travel without a map → a carrier, counted as the texts of maps are.

use super::{Found, map, placed};
use crate::model::{Carried, Carrier, Place, Position};

/// Notes texts by name. Nothing is noted where all are empty.
pub(super) fn carry(
    found: &mut Found<'_>,
    carrier: Carrier,
    position: Option<Position>,
    originals: &[(String, String)],
) -> bool {
    if originals.iter().all(|(_, text)| text.is_empty()) {
        return false;
    }
    let place = Place { position, ..found.place() };
    let mut texts = Vec::with_capacity(originals.len());
    for (name, content) in originals {
        let text = map::measured(name, content);
        if let Some(taker) = found.task().taker {
            taker(&place, &text, content);
        }
        // Raw text is searched as the file that it is.
        if carrier != Carrier::Raw {
            let hits = found.task().texts.find(content.as_bytes(), &[], name);
            found.original(name, &placed(content.as_bytes(), hits));
        }
        texts.push(text);
    }
    let third_party = texts.iter().filter(|text| text.third_party).count() as u64;
    let Place { path, inside, .. } = place;
    let sources = texts.len() as u64;
    found.seen.carried.push(Carried { path, inside, carrier, sources, third_party, texts, names: Vec::new() });
    true
}
