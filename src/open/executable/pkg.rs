//! pkg: the files in a row behind the program, and a script behind them that says where each begins. They may be
//! packed one by one, which their names then say.

use std::collections::BTreeMap;

use super::{Body, Piece};

const PRELUDE: &[u8] = b"PAYLOAD_POSITION, PAYLOAD_SIZE) {";
const TABLE: &[u8] = b"return module.exports;";

/// The part of an entry that holds a file, as opposed to bytecode, a listing or what the file system says of it.
const CONTENT: &str = "1";

type Table = BTreeMap<String, BTreeMap<String, (usize, usize)>>;

pub(super) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    memchr::memmem::find_iter(bytes, PRELUDE).last().and_then(|at| snapshot(bytes, at)).unwrap_or_default()
}

fn snapshot(bytes: &[u8], mark: usize) -> Option<Vec<Piece>> {
    let prelude = memchr::memmem::rfind(bytes.get(..mark)?, b"(function")?;
    let text = bytes.get(mark..)?;
    let opens =
        memchr::memmem::find_iter(text, TABLE).filter_map(|at| Some(at + memchr::memchr(b'{', text.get(at..)?)?));
    let (table, rest): (Table, &[u8]) = opens
        .filter_map(|at| {
            let text = text.get(at..)?;
            let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Table>();
            let table = values.next()?.ok().filter(|table| !table.is_empty())?;
            Some((table, text.get(values.byte_offset()..)?))
        })
        .last()?;
    // The row of files ends where the script begins.
    let end = table.values().flat_map(BTreeMap::values).map(|(from, len)| from.saturating_add(*len)).max()?;
    let base = prelude.checked_sub(end)?;
    let (dictionary, ending) = packing(rest);
    let pieces = table.into_iter().filter_map(|(path, parts)| {
        let (from, len) = *parts.get(CONTENT)?;
        let path = path.replace('\\', "/");
        let parts: Vec<&str> = path.split('/').map(|part| dictionary.get(part).map_or(part, String::as_str)).collect();
        let path = parts.join("/");
        let own = ["/snapshot/", "C:/snapshot/"].iter().find_map(|root| path.strip_prefix(root)).unwrap_or(&path);
        Some(Piece { name: format!("{own}{ending}"), at: base + from..base + from + len, body: Body::Plain })
    });
    Some(pieces.collect())
}

/// What stands behind the table, between commas: the entry point, links, the words of which the paths are made where
/// they are packed too, and how the files are packed.
fn packing(rest: &[u8]) -> (BTreeMap<String, String>, &'static str) {
    let mut rest = rest;
    let mut values: Vec<serde_json::Value> = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        let Some(behind) = rest.strip_prefix(b",") else { break };
        let mut one = serde_json::Deserializer::from_slice(behind).into_iter::<serde_json::Value>();
        let Some(Ok(value)) = one.next() else { break };
        rest = behind.get(one.byte_offset()..).unwrap_or_default();
        values.push(value);
    }
    let words = values.get(2).and_then(serde_json::Value::as_object).into_iter().flatten();
    let dictionary = words.filter_map(|(word, short)| Some((short.as_str()?.to_owned(), word.clone()))).collect();
    let ending = match values.get(3).and_then(serde_json::Value::as_u64) {
        Some(1) => ".gz",
        Some(2) => ".br",
        Some(3) => ".zst",
        _ => "",
    };
    (dictionary, ending)
}
