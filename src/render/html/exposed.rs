//! report → what anyone could recover: the sentence, the carriers, and the frame in which the script draws.

use std::io::{self, Write};

use super::super::numbers::{bytes, counted, grouped};
use super::super::tree::branches;
use super::super::words::who;
use super::{Seat, html};
use crate::model::{ArtifactReport, Carried};

/// More carriers than this start closed, and more than that are not listed.
const MANY: usize = 8;
const MOST: usize = 500;
/// Folders listed for those who read on paper, or without the script.
const FOLDERS: usize = 40;

pub(super) fn render(artifact: &ArtifactReport, folded: u64, seat: Seat, out: &mut dyn Write) -> io::Result<()> {
    let heading = seat.heading();
    writeln!(out, "<section class=\"exposed\"><{heading}>What anyone could recover</{heading}>")?;
    writeln!(out, "<p class=\"lead\">{}</p>", sentence(artifact))?;
    let loose = loose(artifact);
    if loose > 0 && !artifact.carried.is_empty() {
        let what =
            counted(loose, "original file ships as a file of its own", "original files ship as files of their own");
        writeln!(out, "<p>Besides, {what}.</p>")?;
    }
    if artifact.exposure.embedded > 0 {
        let number = seat.number - 1;
        writeln!(out, "<div class=\"explorer\" data-artifact=\"{number}\"></div>")?;
        without(&artifact.carried, out)?;
    }
    if folded > 0 {
        let what = counted(folded, "small file is", "small files are");
        writeln!(
            out,
            "<p class=\"soft\">To keep this page small, {what} folded together here; the sums include them.</p>"
        )?;
    }
    carriers(&artifact.carried, out)?;
    writeln!(out, "</section>")
}

/// Original files that need no carrier.
fn loose(artifact: &ArtifactReport) -> u64 {
    artifact.loose.iter().map(|row| row.texts.len() as u64).sum()
}

/// Who can recover how much.
fn sentence(artifact: &ArtifactReport) -> String {
    let sum = &artifact.exposure;
    let who = who(artifact.kind);
    if sum.embedded == 0 {
        let names: u64 = artifact.carried.iter().map(|row| row.sources).sum();
        let loose = loose(artifact);
        if names == 0 && loose > 0 {
            let files = counted(loose, "original file", "original files");
            return format!("{who} gets {files} as they are; no source map or other carrier was found.");
        }
        if names == 0 {
            return "Nothing: no source map or other carrier of original text was found.".to_owned();
        }
        return format!("{who} learns {} and no text.", counted(names, "original path", "original paths"));
    }
    let own = artifact.carried.iter().flat_map(|row| &row.texts).filter(|text| !text.third_party).count() as u64;
    let yours = if own == sum.embedded { "all yours".to_owned() } else { format!("{} yours", grouped(own)) };
    let unique =
        if sum.unique == sum.embedded { String::new() } else { format!(", {} different", grouped(sum.unique)) };
    format!(
        "{who} can recover <b>{}</b>: {}, {} ({yours}{unique}).",
        counted(sum.embedded, "source file", "source files"),
        counted(sum.lines, "line", "lines"),
        bytes(sum.bytes)
    )
}

/// The largest folders, for those who read on paper, or without the script.
fn without(carried: &[Carried], out: &mut dyn Write) -> io::Result<()> {
    let branches = branches(carried);
    writeln!(
        out,
        "<table class=\"folders\"><caption>Your folders, the largest first</caption><thead><tr>\
         <th scope=\"col\">Folder</th><th scope=\"col\" class=\"n\">Files</th>\
         <th scope=\"col\" class=\"n\">Lines</th></tr></thead><tbody>"
    )?;
    for branch in branches.iter().take(FOLDERS) {
        let (name, files, lines) = (html(&branch.name), grouped(branch.files), grouped(branch.lines));
        writeln!(out, "<tr><td><code>{name}</code></td><td class=\"n\">{files}</td><td class=\"n\">{lines}</td></tr>")?;
    }
    writeln!(out, "</tbody></table>")
}

/// What carries the texts and names.
fn carriers(carried: &[Carried], out: &mut dyn Write) -> io::Result<()> {
    if carried.is_empty() {
        return Ok(());
    }
    let open = if carried.len() > MANY { "" } else { " open" };
    let count = counted(carried.len() as u64, "carrier", "carriers");
    writeln!(
        out,
        "<details class=\"carriers\"{open}><summary>{count} of original text or names</summary>\n\
         <table><thead><tr><th scope=\"col\">File</th><th scope=\"col\" class=\"wide\">Form</th>\
         <th scope=\"col\" class=\"n\">Named</th><th scope=\"col\" class=\"n\">With text</th>\
         <th scope=\"col\" class=\"n wide\">Lines</th><th scope=\"col\" class=\"n\">Size</th></tr></thead><tbody>"
    )?;
    for row in carried.iter().take(MOST) {
        let path = row.inside.iter().fold(row.path.clone(), |path, part| format!("{path}!{part}"));
        writeln!(
            out,
            "<tr><td><code>{}</code></td><td class=\"wide\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n wide\">{}</td><td class=\"n\">{}</td></tr>",
            html(&path),
            row.carrier.word(),
            grouped(row.sources),
            grouped(row.texts.len() as u64),
            grouped(row.lines()),
            bytes(row.bytes())
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    if carried.len() > MOST {
        let more = grouped((carried.len() - MOST) as u64);
        writeln!(out, "<p class=\"soft\">… and {more} more; --format json lists them.</p>")?;
    }
    writeln!(out, "</details>")
}
