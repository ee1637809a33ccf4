//! report → what changed since the contents were reviewed.

use std::io::{self, Write};

use super::super::numbers::{bytes, counted, grouped};
use super::{Seat, html};
use crate::model::{ArtifactReport, Reviewed};

/// More rows than this start closed.
const MANY: usize = 50;

/// What became of a file: a sign, a word.
fn became(row: &Reviewed) -> (&'static str, &'static str) {
    match (row.before, row.now) {
        (None, _) => ("+", "added"),
        (Some(_), None) => ("−", "gone"),
        (Some(before), Some(now)) if now > before => ("▲", "grown"),
        (Some(before), Some(now)) if now < before => ("▼", "shrunk"),
        (Some(_), Some(_)) => ("≠", "changed"),
    }
}

pub(super) fn render(artifact: &ArtifactReport, seat: Seat, out: &mut dyn Write) -> io::Result<()> {
    let Some(rows) = &artifact.since else { return Ok(()) };
    let heading = seat.heading();
    writeln!(out, "<section class=\"since\"><{heading}>Since the contents were reviewed</{heading}>")?;
    if rows.is_empty() {
        return writeln!(out, "<p>Nothing changed.</p></section>");
    }
    let kinds: Vec<String> = ["added", "gone", "grown", "shrunk", "changed"]
        .into_iter()
        .map(|word| (rows.iter().filter(|row| became(row).1 == word).count() as u64, word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", grouped(count)))
        .collect();
    let open = if rows.len() > MANY { "" } else { " open" };
    writeln!(
        out,
        "<p>{}.</p>\n<details{open}><summary>{}</summary>\n<table><thead><tr><th scope=\"col\">Change</th>\
         <th scope=\"col\">File</th><th scope=\"col\" class=\"n\">Reviewed</th><th scope=\"col\" class=\"n\">Now</th></tr></thead><tbody>",
        kinds.join(", "),
        counted(rows.len() as u64, "file", "files")
    )?;
    let size = |size: Option<u64>| size.map_or_else(|| "–".to_owned(), bytes);
    for row in rows {
        let (sign, word) = became(row);
        writeln!(
            out,
            "<tr><td class=\"{word}\"><span aria-hidden=\"true\">{sign}</span> {word}</td><td><code>{}</code></td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            html(&row.path),
            size(row.before),
            size(row.now)
        )?;
    }
    writeln!(out, "</tbody></table></details></section>")
}
