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
    let ending = packing(rest);
    let pieces = table.into_iter().filter_map(|(path, parts)| {
        let (from, len) = *parts.get(CONTENT)?;
        let path = path.replace('\\', "/");
        let own = ["/snapshot/", "C:/snapshot/"].iter().find_map(|root| path.strip_prefix(root)).unwrap_or(&path);
        Some(Piece { name: format!("{own}{ending}"), at: base + from..base + from + len, body: Body::Plain })
    });
    Some(pieces.collect())
}

/// How the files are packed: the last of the values behind the table.
fn packing(rest: &[u8]) -> &'static str {
    let digit = rest.iter().rev().find(|b| b.is_ascii_alphanumeric());
    match digit {
        Some(b'2') => ".br",
        _ => "",
    }
}
