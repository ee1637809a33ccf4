//! `bun build --compile`: a table of modules before a mark that stands near the end, or anywhere in a section.
//! The map of a module is in a form of its own, with each original text as a zstd stream.

use std::ops::Range;

use super::{Body, Numbers, Piece, name};

const MARK: &[u8] = b"\n---- Bun! ----\n";

/// How long the record of a module was in one version or another.
const RECORDS: [usize; 8] = [52, 36, 28, 32, 40, 44, 48, 56];

pub(super) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    // The mark also stands in the code that looks for it.
    let marks: Vec<usize> = memchr::memmem::find_iter(bytes, MARK).collect();
    marks.into_iter().rev().take(64).find_map(|at| graph(bytes, at)).unwrap_or_default()
}

/// The modules of the graph that ends at `mark`.
fn graph(bytes: &[u8], mark: usize) -> Option<Vec<Piece>> {
    // Offsets: the length of the data, the table, the entry point; later also arguments and flags.
    [32, 24]
        .into_iter()
        .find_map(|len| {
            let start = mark.checked_sub(len)?;
            let mut numbers = Numbers::new(bytes, start);
            let data = start.checked_sub(numbers.u64()?)?..start;
            let (from, size) = (numbers.u32()?, numbers.u32()?);
            let table = data.start.checked_add(from)?..data.start.checked_add(from)?.checked_add(size)?;
            (size > 0 && table.end <= data.end).then_some(())?;
            RECORDS.into_iter().filter(|record| size % record == 0).find_map(|record| {
                let rows = table.clone().step_by(record);
                rows.map(|at| module(bytes, &data, at)).collect::<Option<Vec<_>>>()
            })
        })
        .map(|modules| modules.into_iter().flatten().collect())
}

/// What one record of the table points to.
fn module(bytes: &[u8], data: &Range<usize>, at: usize) -> Option<Vec<Piece>> {
    let mut numbers = Numbers::new(bytes, at);
    let mut pointer = || {
        let (from, len) = (numbers.u32()?, numbers.u32()?);
        let range = data.start.checked_add(from)?..data.start.checked_add(from)?.checked_add(len)?;
        (range.end <= data.end).then_some(range)
    };
    let (own, contents, map) = (pointer()?, pointer()?, pointer()?);
    let own = name(bytes, own)?;
    (own.starts_with('/') || own.get(1..3) == Some(":/")).then_some(())?;
    let own = ["/$bunfs/root/", "B:/~BUN/root/"].iter().find_map(|root| own.strip_prefix(root)).unwrap_or(own);
    let mut pieces = vec![Piece { name: own.to_owned(), at: contents, body: Body::Plain }];
    if !map.is_empty() {
        let sources = sources(bytes, &map).unwrap_or_default();
        pieces.push(Piece { name: format!("{own}.map"), at: map, body: Body::Map(sources) });
    }
    Some(pieces)
}

/// The names and packed texts in the map at `map`; what it points to is counted from its start.
fn sources(bytes: &[u8], map: &Range<usize>) -> Option<Vec<(String, Range<usize>)>> {
    let mut numbers = Numbers::new(bytes, map.start);
    let (count, _mappings) = (numbers.u32()?, numbers.u32()?);
    (count <= map.len() / 16).then_some(())?;
    let mut pointer = || {
        let (from, len) = (numbers.u32()?, numbers.u32()?);
        let range = map.start.checked_add(from)?..map.start.checked_add(from)?.checked_add(len)?;
        (range.end <= map.end).then_some(range)
    };
    let names: Vec<Range<usize>> = (0..count).map(|_| pointer()).collect::<Option<_>>()?;
    let texts: Vec<Range<usize>> = (0..count).map(|_| pointer()).collect::<Option<_>>()?;
    let text = |range: Range<usize>| String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned();
    Some(names.into_iter().map(text).zip(texts).collect())
}
