//! An asar archive → its files. Those that it keeps beside itself are files of their own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Entry, EntryPath, Finding, Place, Rule};

use super::gaps::gaps;
use super::record::Record;
use super::{Meter, Sink, rules};

#[derive(serde::Deserialize)]
struct Node {
    files: Option<BTreeMap<String, Node>>,
    size: Option<u64>,
    offset: Option<String>,
    #[serde(default)]
    unpacked: bool,
    link: Option<String>,
}

/// Paths longer than this are read no further: no system holds them.
const PATH: usize = 4096;

/// The header and where the files begin.
fn header(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let record = Record(bytes);
    let (size, len) = (record.u32(4)? as usize, record.u32(12)? as usize);
    (record.u32(0)? == 4).then_some(())?;
    Some((bytes.get(16..16usize.checked_add(len)?)?, size.checked_add(8)?))
}

/// Whether `bytes` are an asar archive.
pub(super) fn is_asar(bytes: &[u8]) -> bool {
    let begins =
        || header(bytes).filter(|(json, base)| json.trim_ascii_start().starts_with(b"{") && json.len() + 8 <= *base);
    bytes.starts_with(&[4, 0, 0, 0]) && begins().is_some_and(|(json, _)| serde_json::from_slice::<Top>(json).is_ok())
        || bytes.starts_with(&[4, 0, 0, 0]) && bytes.get(16..25) == Some(b"{\"files\":")
}

/// What tells the header from other JSON.
#[derive(serde::Deserialize)]
struct Top {
    #[allow(dead_code, reason = "it has to be there")]
    files: serde::de::IgnoredAny,
}

/// Hands the files of `bytes` to `sink`, and says which stand beside the archive.
pub(super) fn read<'b>(bytes: &'b [u8], meter: &Meter, sink: &mut dyn Sink<'b>) -> Vec<String> {
    let mut reader = Reader { bytes, base: 0, meter, sink, taken: Vec::new(), beside: Vec::new() };
    let Some((json, base)) = header(bytes) else {
        reader.odd(&rules::TRUNCATED, Place::whole(), "the header of the asar archive is cut short");
        return Vec::new();
    };
    reader.base = base;
    match serde_json::from_slice::<Node>(json) {
        Ok(root) => {
            reader.taken.push(0..16 + json.len());
            reader.sink.entry(Entry::rest("(header)", Cow::Borrowed(json)));
            if reader.walk(&root, "").is_err() {
                return reader.beside;
            }
            for gap in gaps(std::mem::take(&mut reader.taken), bytes) {
                let what = format!("{} bytes stand where the asar archive has no file", gap.len());
                reader.sink.finding(Finding::new(&rules::TRAILING.id, Place::whole(), what));
                let body = bytes.get(gap).unwrap_or_default();
                reader.sink.entry(Entry::rest("(between the files)", Cow::Borrowed(body)));
            }
        }
        Err(error) => {
            reader.odd(&rules::CONFLICT, Place::whole(), &format!("the header of the asar archive: {error}"));
            reader.sink.entry(Entry::rest("(asar)", Cow::Borrowed(bytes)));
        }
    }
    reader.beside
}

struct Reader<'r, 'b> {
    bytes: &'b [u8],
    base: usize,
    meter: &'r Meter,
    sink: &'r mut dyn Sink<'b>,
    taken: Vec<Range<usize>>,
    beside: Vec<String>,
}

impl Reader<'_, '_> {
    fn odd(&mut self, rule: &Rule, place: Place, what: &str) {
        self.sink.finding(Finding::new(&rule.id, place, what).unread());
    }

    fn walk(&mut self, folder: &Node, above: &str) -> Result<(), ()> {
        for (name, node) in folder.files.iter().flatten() {
            let raw = if above.is_empty() { name.clone() } else { format!("{above}/{name}") };
            if raw.len() > PATH {
                self.odd(
                    &rules::LIMIT,
                    Place::whole(),
                    "a path in the asar archive is too long: what lies there was not read",
                );
                return Err(());
            }
            let path = EntryPath::nearest(&raw);
            if matches!(name.as_str(), "" | "." | "..") || name.contains(['/', '\\']) {
                let what = "the path leaves the folder it is unpacked to";
                self.sink.finding(Finding::new(&rules::ESCAPE.id, Place::at(path.as_str()), what));
            } else if name.chars().any(|c| c.is_control() || c == '\u{fffd}') {
                let what = "the name holds a control character, or bytes that are no UTF-8";
                self.sink.finding(Finding::new(&rules::NAME.id, Place::at(path.as_str()), what));
            }
            if node.files.is_some() {
                self.walk(node, &raw)?;
            } else if let Some(target) = &node.link {
                let what = format!("a symbolic link to {target:?}");
                self.sink.finding(Finding::new(&rules::LINK.id, Place::at(path.as_str()), what));
            } else if node.unpacked {
                self.beside.push(raw);
            } else {
                self.file(node, path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, node: &Node, path: EntryPath) -> Result<(), ()> {
        let size = node.size.unwrap_or(0);
        if let Err(limit) = self.meter.charge(size) {
            self.sink.finding(*limit);
            return Err(());
        }
        let offset = node.offset.as_deref().and_then(|offset| offset.parse::<usize>().ok());
        let range = offset.and_then(|offset| {
            let start = self.base.checked_add(offset)?;
            Some(start..start.checked_add(usize::try_from(size).ok()?)?)
        });
        let body = range.clone().and_then(|range| self.bytes.get(range));
        if let (Some(range), Some(body)) = (range, body) {
            self.taken.push(range);
            self.sink.entry(Entry::new(path, Cow::Borrowed(body)));
        } else {
            self.odd(&rules::TRUNCATED, Place::at(path.as_str()), "this file is said to lie outside the asar archive");
        }
        Ok(())
    }
}
