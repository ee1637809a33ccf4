//! A draft → a carrier with its texts: decoded, counted and hashed, on every core where they are many.

use rayon::prelude::*;

use crate::model::{Carried, Carrier, Digest, Place, Text};

use super::draft::{Draft, Part};
use super::json::Quoted;
use super::origin;
use super::unescape::unescape;
use crate::inspect::Taker;

/// Texts of fewer bytes than this in all are decoded where they are found.
const SPREAD: usize = 1 << 20;

/// What one text adds up to.
fn measure(text: &str) -> (u64, u64, Digest) {
    let bytes = text.as_bytes();
    let ended = memchr::memchr_iter(b'\n', bytes).count() as u64;
    let open = u64::from(bytes.last().is_some_and(|last| *last != b'\n'));
    (ended + open, bytes.len() as u64, *blake3::hash(bytes).as_bytes())
}

/// Reads the texts of `draft`, which stands in `text`.
pub(super) fn carried(
    text: &[u8],
    draft: &Draft,
    place: &Place,
    carrier: Carrier,
    taker: Option<Taker<'_>>,
) -> Carried {
    let parts: Vec<(Vec<String>, &Part)> = draft.parts.iter().map(|part| (names(text, part), part)).collect();
    let mut jobs: Vec<(String, bool, &Quoted)> = Vec::new();
    let mut third_party = 0;
    for (names, part) in &parts {
        let foreign =
            |index: usize| part.ignored.contains(&index) || names.get(index).is_some_and(|n| origin::is_foreign(n));
        third_party += (0..names.len()).filter(|index| foreign(*index)).count() as u64;
        for (index, content) in &part.contents {
            let name = names.get(*index).filter(|name| !name.is_empty()).cloned();
            let name = name.unwrap_or_else(|| format!("(source {index})"));
            jobs.push((name, foreign(*index), content));
        }
    }
    let read = |(name, foreign, content): (String, bool, &Quoted)| {
        thread_local!(static SCRATCH: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) });
        SCRATCH.with_borrow_mut(|scratch| {
            let decoded = unescape(content.raw(text), content.escaped, scratch);
            let (lines, bytes, digest) = measure(&decoded);
            let own = Text { name, third_party: foreign, lines, bytes, digest };
            if let Some(taker) = taker {
                taker(place, &own, &decoded);
            }
            own
        })
    };
    let total: usize = jobs.iter().map(|(_, _, content)| content.range.len()).sum();
    let texts =
        if total < SPREAD { jobs.into_iter().map(read).collect() } else { jobs.into_par_iter().map(read).collect() };
    let sources = draft.parts.iter().map(|part| part.sources.len() as u64).sum();
    let Place { path, inside, .. } = place.clone();
    Carried { path, inside, carrier, sources, third_party, texts }
}

/// The names of the sources of a part, joined with its root.
pub(super) fn names(text: &[u8], part: &Part) -> Vec<String> {
    let decode = |quoted: &Quoted| unescape(quoted.raw(text), quoted.escaped, &mut Vec::new()).into_owned();
    let root = part.root.as_ref().map(decode).filter(|root| !root.is_empty());
    let join = |name: String| match &root {
        Some(root) => format!("{}/{name}", root.strip_suffix('/').unwrap_or(root)),
        None => name,
    };
    part.sources.iter().map(|source| source.as_ref().map_or_else(String::new, |quoted| join(decode(quoted)))).collect()
}
