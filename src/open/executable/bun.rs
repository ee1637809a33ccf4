//! `bun build --compile`: a table of modules before a mark that stands near the end, or anywhere in a section.
//! The map of a module is in a form of its own, with each original text as a zstd stream.

use std::ops::Range;

use super::{Body, Numbers, Pieces, name};

const MARK: &[u8] = b"\n---- Bun! ----\n";

/// How long the record of a module was in one version or another.
const RECORDS: [usize; 8] = [52, 36, 28, 32, 40, 44, 48, 56];

pub(super) fn find(bytes: &[u8], pieces: &mut Pieces) {
    // The mark also stands in the code that looks for it.
    for at in memchr::memmem::find_iter(bytes, MARK) {
        // Offsets: the length of the data, the table, the entry point; later also arguments and flags.
        if ![32, 24].into_iter().any(|len| graph(bytes, at, len, pieces).is_some()) && !pieces.spend(0) {
            return;
        }
    }
}

/// What one record of the table points to.
struct Module {
    name: String,
    contents: Range<usize>,
    map: Range<usize>,
}

/// The modules of the graph whose offsets stand `len` bytes before the mark.
fn graph(bytes: &[u8], mark: usize, len: usize, pieces: &mut Pieces) -> Option<()> {
    let start = mark.checked_sub(len)?;
    let mut numbers = Numbers::new(bytes, start);
    let data = start.checked_sub(numbers.u64()?)?..start;
    let table = within(&data, &mut numbers)?;
    if table.is_empty() || !pieces.spend(RECORDS.len() * table.len()) {
        return None;
    }
    // The right length of a record is the one that makes most of them sound.
    let rows = |record: usize| table.clone().step_by(record).map(|at| module(bytes, &data, at));
    let fitting = RECORDS.into_iter().filter(|record| table.len() % record == 0);
    let (sound, record) = fitting
        .map(|record| (rows(record).flatten().count() * record, record))
        .max_by_key(|(sound, record)| (*sound, *record))?;
    if sound == 0 {
        return None;
    }
    for row in rows(record) {
        let Some(Module { name, contents, map }) = row else {
            pieces.broken.insert("names a module that Bun put into it in a way that can not be read");
            continue;
        };
        if !map.is_empty() {
            match sources(bytes, &map, pieces) {
                Some(sources) => pieces.add(format!("{name}.map"), map, Body::Map(sources)),
                None => {
                    pieces.broken.insert("holds a source map of Bun that can not be read");
                }
            }
        }
        pieces.add(name, contents, Body::Plain);
    }
    Some(())
}

/// The range that a pointer leads to, counted from the start of `area`, if it lies in it.
fn within(area: &Range<usize>, numbers: &mut Numbers<'_>) -> Option<Range<usize>> {
    let (from, len) = (numbers.u32()?, numbers.u32()?);
    let start = area.start.checked_add(from)?;
    let range = start..start.checked_add(len)?;
    (range.end <= area.end).then_some(range)
}

fn module(bytes: &[u8], data: &Range<usize>, at: usize) -> Option<Module> {
    let mut numbers = Numbers::new(bytes, at);
    let own = name(bytes, within(data, &mut numbers)?)?;
    let (contents, map) = (within(data, &mut numbers)?, within(data, &mut numbers)?);
    (own.starts_with('/') || own.get(1..3) == Some(":/")).then_some(())?;
    let bare = ["/$bunfs/root/", "B:/~BUN/root/"].iter().find_map(|root| own.strip_prefix(root)).unwrap_or(&own);
    Some(Module { name: bare.to_owned(), contents, map })
}

/// The names and packed texts in the map at `map`; what it points to is counted from its start.
fn sources(bytes: &[u8], map: &Range<usize>, pieces: &mut Pieces) -> Option<Vec<(String, Range<usize>)>> {
    let mut numbers = Numbers::new(bytes, map.start);
    let (count, _mappings) = (numbers.u32()?, numbers.u32()?);
    ((1..=map.len() / 16).contains(&count)).then_some(())?;
    let names: Vec<Range<usize>> = (0..count).map(|_| within(map, &mut numbers)).collect::<Option<_>>()?;
    let texts: Vec<Range<usize>> = (0..count).map(|_| within(map, &mut numbers)).collect::<Option<_>>()?;
    pieces.spend(names.iter().map(ExactSizeIterator::len).sum()).then_some(())?;
    let text = |range: Range<usize>| String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned();
    Some(names.into_iter().map(text).zip(texts).collect())
}
