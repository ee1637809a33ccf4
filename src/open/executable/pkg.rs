//! pkg: the files in a row behind the program, and a script behind them that says where each begins. They may be
//! packed one by one, which their names then say.

use std::collections::BTreeMap;

use super::{Body, Pieces};

const PRELUDE: &[u8] = b"PAYLOAD_POSITION, PAYLOAD_SIZE) {";
const TABLE: &[u8] = b"return module.exports;";

/// The part of an entry that holds a file, as opposed to bytecode, a listing or what the file system says of it.
const CONTENT: &str = "1";

type Table = BTreeMap<String, BTreeMap<String, (usize, usize)>>;

pub(super) fn find(bytes: &[u8], pieces: &mut Pieces) {
    for mark in memchr::memmem::find_iter(bytes, PRELUDE) {
        let Some(prelude) = bytes.get(..mark).and_then(|before| memchr::memmem::rfind(before, b"(function")) else {
            continue;
        };
        let text = bytes.get(mark..).unwrap_or_default();
        let mut any = false;
        for at in memchr::memmem::find_iter(text, TABLE) {
            let Some(open) = text.get(at..).and_then(|rest| memchr::memchr(b'{', rest.get(..64.min(rest.len()))?))
            else {
                continue;
            };
            any |= table(text.get(at + open..).unwrap_or_default(), prelude, pieces).is_some();
        }
        if !any {
            pieces.broken.insert("holds files of pkg whose table can not be read");
        }
    }
}

/// Notes the files of the table that `text` begins with.
fn table(text: &[u8], prelude: usize, pieces: &mut Pieces) -> Option<()> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Table>();
    let table = values.next()?.ok().filter(|table| !table.is_empty());
    // What was read was paid for, whether it was a table or not.
    let sane = pieces.spend(values.byte_offset());
    let (table, rest) = (table?, text.get(values.byte_offset()..)?);
    sane.then_some(())?;
    // The row of files ends where the script begins.
    let end = table.values().flat_map(BTreeMap::values).map(|(from, len)| from.saturating_add(*len)).max()?;
    let base = prelude.checked_sub(end)?;
    let (dictionary, ending) = packing(rest);
    for (path, parts) in table {
        let Some(&(from, len)) = parts.get(CONTENT) else { continue };
        let path = path.replace('\\', "/");
        let words = || path.split('/').map(|part| dictionary.get(part).map_or(part, String::as_str));
        if !pieces.spend(words().map(str::len).sum()) {
            return Some(());
        }
        let path = words().collect::<Vec<_>>().join("/");
        let own = ["/snapshot/", "C:/snapshot/"].iter().find_map(|root| path.strip_prefix(root)).unwrap_or(&path);
        pieces.add(format!("{own}{ending}"), base + from..base + from + len, Body::Plain);
    }
    Some(())
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
