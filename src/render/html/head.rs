//! report → the verdict, in words and shapes, and what each artifact is.

use std::io::{self, Write};

use super::super::numbers::{bytes, counted, grouped};
use super::html;
use crate::model::{ArtifactReport, Kind, Level, Report, Verdict};

/// The shapes that go with the words: each is told from the others without its colour.
const MARKS: &str = include_str!("marks.svg");

/// A shape by its name.
pub(super) fn mark(name: &str) -> String {
    format!("<svg class=\"mark {name}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><use href=\"#m-{name}\"/></svg>")
}

/// The verdict at the start of a sentence.
pub(super) const fn spoken(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clear => "Clear",
        Verdict::Blocked => "Blocked",
        Verdict::Incomplete => "Incomplete",
    }
}

/// The package and its version, or the name of the file.
pub(super) fn named(artifact: &ArtifactReport) -> String {
    let Some(package) = &artifact.package else { return html(&artifact.name) };
    let version = package.version.as_deref().map_or_else(|| "(no version)".to_owned(), html);
    format!("{} <span class=\"version\">{version}</span>", html(&package.name))
}

/// The title of the page.
pub(super) fn title(report: &Report) -> String {
    let what = match report.artifacts.as_slice() {
        [artifact] => match &artifact.package {
            Some(package) => html(&format!("{} {}", package.name, package.version.as_deref().unwrap_or_default())),
            None => html(&artifact.name),
        },
        several => counted(several.len() as u64, "artifact", "artifacts"),
    };
    format!("{}: {what} · lastlook", spoken(report.verdict()))
}

/// The verdict of the whole, and an overview where there is more than one.
pub(super) fn page(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let verdict = report.verdict();
    let word = verdict.word();
    writeln!(
        out,
        "{MARKS}<header class=\"top\"><span class=\"brand\">lastlook</span> <span>release report</span></header>"
    )?;
    let what = match report.artifacts.as_slice() {
        [artifact] => named(artifact),
        several => counted(several.len() as u64, "artifact", "artifacts"),
    };
    writeln!(out, "<main>\n<section class=\"verdict {word}\">{}<div>", mark(word))?;
    writeln!(out, "<h1><span class=\"word\">{}</span> {what}</h1>", spoken(verdict))?;
    writeln!(out, "<p>{}</p></div></section>", reason(report))?;
    if report.artifacts.len() > 1 { overview(report, out) } else { Ok(()) }
}

/// What the verdict follows from.
fn reason(report: &Report) -> String {
    let rulings = || report.artifacts.iter().flat_map(|artifact| &artifact.rulings);
    let live = || rulings().filter(|ruling| ruling.waived.is_none());
    let count = |level: Level| live().filter(|ruling| ruling.level == level).count() as u64;
    let (denied, warned) = (count(Level::Deny), count(Level::Warn));
    match report.verdict() {
        Verdict::Clear => "Everything was read, and nothing was denied.".to_owned(),
        Verdict::Blocked if denied == 0 => {
            format!("{}, and warnings block here.", counted(warned, "warning", "warnings"))
        }
        Verdict::Blocked => {
            let verb = if denied == 1 {
                "is denied, and no exception covers it"
            } else {
                "are denied, and no exception covers them"
            };
            format!("Everything was read. {} {verb}.", counted(denied, "finding", "findings"))
        }
        Verdict::Incomplete => {
            let unread = live().filter(|ruling| ruling.finding.unread).count() as u64;
            let what = counted(unread, "finding says", "findings say");
            format!("Not everything could be read whole or unambiguously: {what} what. No policy can lower this.")
        }
    }
}

/// A row an artifact, which leads to its section.
fn overview(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let of = |verdict: Verdict| report.artifacts.iter().filter(|artifact| artifact.verdict == verdict).count() as u64;
    writeln!(
        out,
        "<section><h2>Overview</h2>\n<p>{} clear, {} blocked, {} incomplete.</p>\n<table class=\"overview\"><thead><tr>\
         <th scope=\"col\">Verdict</th><th scope=\"col\">Artifact</th><th scope=\"col\" class=\"n\">Denied</th>\
         <th scope=\"col\" class=\"n\">Warnings</th><th scope=\"col\" class=\"n wide\">Excepted</th>\
         <th scope=\"col\" class=\"n wide\">Sources exposed</th></tr></thead><tbody>",
        grouped(of(Verdict::Clear)),
        grouped(of(Verdict::Blocked)),
        grouped(of(Verdict::Incomplete))
    )?;
    for (at, artifact) in report.artifacts.iter().enumerate() {
        let tally = artifact.counts();
        let verdict = artifact.verdict.word();
        writeln!(
            out,
            "<tr><td class=\"word {verdict}\">{}{}</td><td><a href=\"#a{}\">{}</a></td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n wide\">{}</td><td class=\"n wide\">{}</td></tr>",
            mark(verdict),
            spoken(artifact.verdict),
            at + 1,
            named(artifact),
            grouped(tally.denied),
            grouped(tally.warned),
            grouped(tally.excepted),
            grouped(artifact.exposure.embedded)
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

/// What the artifact is, and how many findings there are of each sort.
pub(super) fn facts(artifact: &ArtifactReport, out: &mut dyn Write) -> io::Result<()> {
    let tally = artifact.counts();
    writeln!(out, "<ul class=\"tally\">")?;
    for (name, count, what) in [
        ("deny", tally.denied, "denied"),
        ("warn", tally.warned, if tally.warned == 1 { "warning" } else { "warnings" }),
        ("excepted", tally.excepted, "excepted"),
        ("allow", tally.allowed, if tally.allowed == 1 { "note" } else { "notes" }),
    ] {
        let none = if count == 0 { " none" } else { "" };
        writeln!(out, "<li class=\"{name}{none}\">{}<b>{}</b> {what}</li>", mark(name), grouped(count))?;
    }
    let packed = if matches!(artifact.kind, Kind::Folder | Kind::Site) { "Size" } else { "Packed" };
    writeln!(out, "</ul>\n<dl class=\"facts\">")?;
    let fact = |out: &mut dyn Write, class: &str, name: &str, value: &str| {
        writeln!(out, "<div class=\"{class}\"><dt>{name}</dt><dd>{value}</dd></div>")
    };
    fact(out, "long", "File", &format!("<code>{}</code>", html(&artifact.name)))?;
    fact(out, "", "Kind", artifact.kind.word())?;
    fact(out, "", packed, &bytes(artifact.size))?;
    fact(out, "", "Unpacked", &format!("{}, {}", counted(artifact.files, "file", "files"), bytes(artifact.bytes)))?;
    fact(out, "", "Profile", artifact.profile.word())?;
    if let Some(integrity) = &artifact.integrity {
        fact(out, "long", "Integrity", &format!("<code>{}</code>", html(integrity.as_str())))?;
    }
    writeln!(out, "</dl>")
}
