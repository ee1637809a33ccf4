//! A draft → a carrier with its texts: decoded, counted and hashed, on every core where they are many.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Carried, Carrier, Digest, Place, Position, Text, digest};

use super::draft::{self, Scan};
use super::fields::{Draft, Part};
use super::json::Quoted;
use super::origin;
use super::unescape::unescape;
use crate::inspect::search::Hit;
use crate::inspect::{Found, Task, placed};

/// In files of fewer bytes than this the texts are measured when the map is known.
const SPREAD: usize = 1 << 20;

/// As many names are kept of a map without text.
const NAMES: usize = 10_000;

/// As many bytes of text are measured in one go on another core.
const LOT: usize = 512 << 10;

/// What one text adds up to.
#[derive(Debug)]
pub struct Measure {
    lines: u64,
    bytes: u64,
    digest: Digest,
    /// What was found in it.
    hits: Vec<(Hit, Position)>,
}

impl Measure {
    /// Measures `text`, and searches it.
    fn of(text: &str, task: Task<'_>) -> Self {
        let hits = task.texts.find(text.as_bytes(), &[], "");
        Self { hits: placed(text.as_bytes(), hits), ..Self::plain(text) }
    }

    fn plain(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ended = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let open = u64::from(bytes.last().is_some_and(|last| *last != b'\n'));
        Self { lines: ended + open, bytes: bytes.len() as u64, digest: digest(bytes), hits: Vec::new() }
    }
}

/// Measures of texts, by where they begin.
#[derive(Default)]
pub(super) struct Measures(HashMap<usize, Arc<Measure>>);

/// An original text that travels without a map.
pub(in crate::inspect) fn measured(name: &str, content: &str) -> Text {
    let Measure { lines, bytes, digest, .. } = Measure::plain(content);
    Text { name: name.to_owned(), third_party: origin::is_foreign(name), lines, bytes, digest }
}

/// Finds the maps in `text`; in a large one, other cores measure the texts while the search goes on.
pub(super) fn scan(text: &[u8], start: usize, task: Task<'_>) -> (Scan, Measures) {
    if text.len() < SPREAD {
        return (draft::scan(text, start, &mut |_| ()), Measures::default());
    }
    let done = Mutex::new(HashMap::new());
    let measure_all = |lot: Vec<Quoted>| {
        let measured: Vec<_> = lot.iter().map(|one| (one.range.start, measure(text, one, task))).collect();
        done.lock().unwrap_or_else(PoisonError::into_inner).extend(measured);
    };
    let scan = rayon::in_place_scope(|scope| {
        let measure_all = &measure_all;
        let (mut lot, mut size) = (Vec::new(), 0);
        let scan = draft::scan(text, start, &mut |quoted| {
            size += quoted.range.len();
            lot.push(quoted.clone());
            if size >= LOT {
                let full = std::mem::take(&mut lot);
                size = 0;
                scope.spawn(move |_| measure_all(full));
            }
        });
        measure_all(lot);
        scan
    });
    (scan, Measures(done.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// Measures the text of `quoted`, unless that was done where the same was written before.
fn measure(text: &[u8], quoted: &Quoted, task: Task<'_>) -> Arc<Measure> {
    let raw = quoted.raw(text);
    let known = task.recall.and_then(|recall| recall.recall(raw));
    known.unwrap_or_else(|| {
        let measure = Arc::new(decoded(text, quoted, |text| Measure::of(text, task)));
        task.recall.inspect(|recall| recall.remember(raw, &measure));
        measure
    })
}

/// Hands the decoded text of `quoted` to `read`.
fn decoded<R>(text: &[u8], quoted: &Quoted, read: impl FnOnce(&str) -> R) -> R {
    thread_local!(static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    SCRATCH.with_borrow_mut(|scratch| read(&unescape(quoted.raw(text), quoted.escaped, scratch)))
}

/// Reads the texts of `draft`, which stands in `text`.
pub(super) fn carried(
    text: &[u8],
    draft: &Draft,
    measures: &mut Measures,
    place: &Place,
    carrier: Carrier,
    found: &mut Found<'_>,
) -> Carried {
    let task = found.task();
    let parts: Vec<(Vec<String>, &Part)> = draft.parts.iter().map(|part| (names(text, part), part)).collect();
    let mut texts = Vec::new();
    let mut third_party = 0;
    for (names, part) in &parts {
        let ignored: BTreeSet<usize> = part.ignored.iter().copied().collect();
        let foreign =
            |index: usize| ignored.contains(&index) || names.get(index).is_some_and(|n| origin::is_foreign(n));
        third_party += (0..names.len()).filter(|index| foreign(*index)).count() as u64;
        for (index, content) in &part.contents {
            let name = names.get(*index).filter(|name| !name.is_empty()).cloned();
            let name = name.unwrap_or_else(|| format!("(source {index})"));
            let known = measures.0.remove(&content.range.start);
            let measure = known.unwrap_or_else(|| measure(text, content, task));
            let Measure { lines, bytes, digest, ref hits } = *measure;
            found.original(&name, hits);
            let own = Text { name, third_party: foreign(*index), lines, bytes, digest };
            if let Some(taker) = task.taker {
                decoded(text, content, |text| taker(place, &own, text));
            }
            texts.push(own);
        }
    }
    let sources = draft.parts.iter().map(|part| part.sources.len() as u64).sum();
    let Place { path, inside, .. } = place.clone();
    let bare = texts.is_empty();
    let names = parts.into_iter().filter(|_| bare).flat_map(|(names, _)| names).take(NAMES).collect();
    Carried { path, inside, carrier, sources, third_party, texts, names }
}

/// Where the texts of a map stand.
pub(super) fn ranges(draft: &Draft) -> impl Iterator<Item = Range<usize>> {
    draft.parts.iter().flat_map(|part| &part.contents).map(|(_, content)| content.range.clone())
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
