//! nexe: the script and the files at the end of the program, their lengths behind a mark.

use std::collections::BTreeMap;

use super::{Body, Piece};

const MARK: &[u8] = b"<nexe~~sentinel>";

#[derive(serde::Deserialize)]
struct Header {
    resources: BTreeMap<String, (usize, usize)>,
}

pub(super) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    // A signature may follow; the mark also stands in the code that looks for it.
    let marks: Vec<usize> = memchr::memmem::find_iter(bytes, MARK).collect();
    marks.into_iter().rev().take(64).find_map(|at| bundle(bytes, at)).unwrap_or_default()
}

fn bundle(bytes: &[u8], mark: usize) -> Option<Vec<Piece>> {
    let length = |at: usize| {
        let number = f64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked in the same line")]
        (number.fract() == 0.0 && (0.0..=4e15).contains(&number)).then_some(number as usize)
    };
    let (code, files) = (length(mark + MARK.len())?, length(mark + MARK.len() + 8)?);
    let files_at = mark.checked_sub(files)?;
    let code_at = files_at.checked_sub(code)?;
    (code > 0).then_some(())?;
    let text = bytes.get(code_at..files_at)?;
    let mut pieces = vec![Piece { name: "nexe.js".to_owned(), at: code_at..files_at, body: Body::Plain }];
    let resources = memchr::memmem::find(text, b"{\"resources\":").and_then(|at| {
        let mut values = serde_json::Deserializer::from_slice(text.get(at..)?).into_iter::<Header>();
        values.next()?.ok()
    });
    for (name, (from, len)) in resources.into_iter().flat_map(|header| header.resources) {
        let at = files_at.saturating_add(from)..files_at.saturating_add(from).saturating_add(len);
        if at.end <= mark {
            pieces.push(Piece { name, at, body: Body::Plain });
        }
    }
    Some(pieces)
}
