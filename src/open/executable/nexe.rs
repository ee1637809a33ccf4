//! nexe: the script and the files at the end of the program, their lengths behind a mark.

use std::collections::BTreeMap;

use super::{Body, Pieces};

const MARK: &[u8] = b"<nexe~~sentinel>";

#[derive(serde::Deserialize)]
struct Header {
    resources: BTreeMap<String, (usize, usize)>,
}

pub(super) fn find(bytes: &[u8], pieces: &mut Pieces) {
    // A signature may follow; the mark also stands in the code that looks for it.
    for at in memchr::memmem::find_iter(bytes, MARK) {
        if bundle(bytes, at, pieces).is_none() && !pieces.spend(0) {
            return;
        }
    }
}

fn bundle(bytes: &[u8], mark: usize, pieces: &mut Pieces) -> Option<()> {
    let length = |at: usize| {
        let number = f64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked in the same line")]
        (number.fract() == 0.0 && (0.0..=4e15).contains(&number)).then_some(number as usize)
    };
    let (code, files) = (length(mark + MARK.len())?, length(mark + MARK.len() + 8)?);
    let files_at = mark.checked_sub(files)?;
    let code_at = files_at.checked_sub(code)?;
    (code > 0 && pieces.spend(code)).then_some(())?;
    let text = bytes.get(code_at..files_at)?;
    pieces.add("nexe.js".to_owned(), code_at..files_at, Body::Plain);
    let resources = memchr::memmem::find(text, b"{\"resources\":").and_then(|at| {
        let mut values = serde_json::Deserializer::from_slice(text.get(at..)?).into_iter::<Header>();
        values.next()?.ok()
    });
    if resources.is_none() && files > 0 {
        pieces.broken.insert("holds files of nexe whose table can not be read");
    }
    for (name, (from, len)) in resources.into_iter().flat_map(|header| header.resources) {
        let at = files_at.saturating_add(from)..files_at.saturating_add(from).saturating_add(len);
        if at.end <= mark {
            pieces.add(name, at, Body::Plain);
        } else {
            pieces.broken.insert("holds files of nexe that lie outside of it");
        }
    }
    Some(())
}
