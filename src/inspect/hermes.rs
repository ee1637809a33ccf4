//! Hermes bytecode → whether it names the files it was made from.

use super::{Found, Inspector, Subject, native};
use crate::model::Rule;

const MAGIC: &[u8] = &[0xc6, 0x1f, 0xbc, 0x03, 0xc1, 0x03, 0x19, 0x1f];

pub(super) struct Hermes;

impl Inspector for Hermes {
    fn rules(&self) -> Vec<Rule> {
        Vec::new() // shared with native binaries
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        if !subject.bytes.starts_with(MAGIC) {
            return;
        }
        let mut debug = native::Sections::default();
        for name in files(subject.bytes).unwrap_or_default() {
            debug.add(&name, name.len());
        }
        debug.report(found);
    }
}

/// The files that the debug information names. Its place stands in the header, whose fields moved from version to
/// version: the one that leads to a table of names is the right one.
fn files(bytes: &[u8]) -> Option<Vec<String>> {
    (32..128).step_by(4).find_map(|field| {
        let at = number(bytes, field).filter(|at| *at >= 128)?;
        let (count, size) = (number(bytes, at)?, number(bytes, at + 4)?);
        (1..=10_000).contains(&count).then_some(())?;
        // The rest of the head is four to seven numbers long; the table and the names follow it.
        (3..=8).find_map(|words| {
            let table = at + 4 * words;
            let names = table + 8 * count;
            let own = |row: usize| {
                let (from, len) = (number(bytes, table + 8 * row)?, number(bytes, table + 8 * row + 4)?);
                let end = from.checked_add(len).filter(|end| len > 2 && *end <= size)?;
                let name = std::str::from_utf8(bytes.get(names + from..names + end)?).ok()?;
                (name.contains('.') && !name.chars().any(char::is_control)).then(|| name.to_owned())
            };
            (0..count).map(own).collect()
        })
    })
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}
