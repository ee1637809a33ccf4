//! What several formats say in the same words.

use super::numbers::{bytes, counted, grouped};
use crate::model::{ArtifactReport, Kind, Place, Ruling, Verdict};

/// The verdict on an artifact, and how much it is.
pub(super) fn headline(artifact: &ArtifactReport) -> String {
    format!("{} {}: {}", artifact.verdict.word().to_uppercase(), artifact.title(), extent(artifact))
}

/// How much an artifact is, and whether that was read.
pub(super) fn extent(artifact: &ArtifactReport) -> String {
    let files = counted(artifact.files, "file", "files");
    let read = if artifact.verdict == Verdict::Incomplete { "not read whole" } else { "read whole" };
    format!("{files}, {} unpacked, {read}", bytes(artifact.bytes))
}

/// What can be recovered from an artifact, where that is anything.
pub(super) fn exposed(artifact: &ArtifactReport) -> Option<String> {
    let sum = &artifact.exposure;
    if sum.bytes == 0 {
        return None;
    }
    let own = artifact.carried.iter().flat_map(|row| &row.texts).filter(|text| !text.third_party).count() as u64;
    let own = if own == sum.embedded { String::new() } else { format!(" ({} yours)", grouped(own)) };
    let files = counted(sum.embedded, "source file", "source files");
    let lines = counted(sum.lines, "line", "lines");
    Some(format!("{} can recover {files}: {lines}, {}{own}.", who(artifact.kind), bytes(sum.bytes)))
}

/// What needs no recovering, where there is any: original files that ship as they are.
pub(super) fn loose(artifact: &ArtifactReport) -> Option<String> {
    let texts = || artifact.loose.iter().flat_map(|row| &row.texts);
    let (count, lines) = (texts().count() as u64, texts().map(|text| text.lines).sum());
    let files = counted(count, "original file ships as it is", "original files ship as they are");
    (count > 0).then(|| format!("{files}: {}.", counted(lines, "line", "lines")))
}

/// Who can recover it.
pub(super) fn who(kind: Kind) -> &'static str {
    match kind {
        Kind::Folder => "Anyone who gets this folder",
        Kind::Site => "Anyone who visits this site",
        Kind::Tgz | Kind::Tar => "Anyone who installs this",
        Kind::Zip | Kind::Asar | Kind::Gzip | Kind::Zstd | Kind::Brotli | Kind::File | Kind::Unknown => {
            "Anyone who gets this file"
        }
    }
}

/// Where a finding is, as people see it: what is about the artifact itself has its name.
pub(super) fn place(artifact: &ArtifactReport, ruling: &Ruling) -> String {
    let place = &ruling.finding.place;
    if place.path.is_empty() { artifact.name.clone() } else { place.to_string() }
}

/// The file that a finding is in, from the root of the repository, and the line, if it counts in that file.
pub(super) fn file(artifact: &ArtifactReport, ruling: &Ruling) -> (String, Option<u64>) {
    let Place { path, inside, position } = &ruling.finding.place;
    let home = artifact.home.as_ref().map(|home| format!("{home}/")).unwrap_or_default();
    let file = if path.is_empty() { artifact.name.clone() } else { format!("{home}{path}") };
    (file, position.filter(|_| inside.is_empty()).map(|at| at.line))
}

/// Where a finding stood before it was built, and where else the same value was seen. As hostile as its parts.
pub(super) fn whence(ruling: &Ruling) -> String {
    let origin = ruling.finding.origin.as_ref();
    let mut text = origin.map(|origin| format!(" (from {}:{})", origin.source, origin.line)).unwrap_or_default();
    if let Some(first) = ruling.also.first() {
        text.push_str(&format!("; also in {first}"));
        if ruling.also.len() > 1 {
            let more = ruling.also.len() as u64 - 1;
            text.push_str(&format!(" and {} more", counted(more, "place", "places")));
        }
    }
    text
}
