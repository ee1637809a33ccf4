//! eszip, as `deno compile` used it before version 2: a table of modules, then their scripts, then their maps.

use super::{Body, Numbers, Pieces, name};

const MAGIC: &[u8] = b"ESZIP";

pub(super) fn find(bytes: &[u8], pieces: &mut Pieces) {
    for at in memchr::memmem::find_iter(bytes, MAGIC) {
        archive(bytes, at, pieces);
    }
}

fn archive(bytes: &[u8], at: usize, pieces: &mut Pieces) -> Option<()> {
    let version = bytes.get(at + MAGIC.len()..at + 8)?;
    match version {
        b"_V2" | b"2.1" => modules(bytes, at + 8, 32, pieces),
        _ if version.starts_with(b"2.") => {
            // What sums it has, and how long they are, stands before everything else.
            let mut numbers = Numbers::new(bytes, at + 8);
            let len = numbers.u32_big().filter(|len| *len <= 64)?;
            let options = bytes.get(numbers.span(len)?)?;
            let (mut kind, mut sum) = (0, None);
            for pair in options.as_chunks::<2>().0 {
                match pair {
                    [0, value] => kind = *value,
                    [1, value] => sum = Some(usize::from(*value)),
                    _ => {}
                }
            }
            let sum = sum.unwrap_or(match kind {
                1 => 32,
                2 => 8,
                _ => 0,
            });
            modules(bytes, numbers.at + sum, sum, pieces)
        }
        _ => None,
    }
}

/// The modules of the table at `at`, where every part has a sum of `sum` bytes behind it.
fn modules(bytes: &[u8], at: usize, sum: usize, pieces: &mut Pieces) -> Option<()> {
    let mut numbers = Numbers::new(bytes, at);
    let part = |numbers: &mut Numbers<'_>, summed: bool| {
        let len = numbers.u32_big()?;
        let part = numbers.span(len)?;
        if summed && numbers.at + sum <= bytes.len() {
            numbers.at += sum;
        }
        Some(part)
    };
    let table = part(&mut numbers, true)?;
    let _packages = part(&mut numbers, true)?;
    let scripts = part(&mut numbers, false)?;
    let maps = part(&mut numbers, false)?;
    pieces.spend(table.len()).then_some(())?;
    let mut row = Numbers::new(bytes.get(..table.end)?, table.start);
    while row.at < table.end {
        let len = row.u32_big()?;
        let own = name(bytes, row.span(len)?)?;
        match row.u8()? {
            0 => {
                let own = own.strip_prefix("file:///").unwrap_or(&own);
                for (area, ending) in [(&scripts, ".js"), (&maps, ".map")] {
                    let (from, len) = (row.u32_big()?, row.u32_big()?);
                    let start = area.start.checked_add(from)?;
                    let at = start..start.checked_add(len)?;
                    if len > 0 && at.end <= area.end {
                        pieces.add(format!("{own}{ending}"), at, Body::Plain);
                    } else if len > 0 {
                        pieces.broken.insert("holds modules of Deno that lie outside of it");
                    }
                }
                row.u8()?;
            }
            1 => {
                let len = row.u32_big()?;
                row.span(len)?;
            }
            2 => {
                row.u32_big()?;
            }
            _ => {
                pieces.broken.insert("holds a table of modules of Deno that can not be read");
                return None;
            }
        }
    }
    Some(())
}
