//! report → a page of its own: the verdict, what could be recovered, every finding. It asks for nothing from anywhere.

mod data;
mod exposed;
mod findings;
mod footer;
mod head;
mod since;
mod text;
mod tree;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::judge::Rulebook;
use crate::model::{ArtifactReport, Report, Verdict};
use data::Data;
use text::html;

/// The scripts of the page, which become one.
const SCRIPTS: [&str; 4] =
    [include_str!("nodes.js"), include_str!("map.js"), include_str!("branches.js"), include_str!("page.js")];

/// One that stands alone has its verdict as the heading of the page.
#[derive(Debug, Clone, Copy)]
struct Seat {
    /// Its number, which its anchors hold.
    number: usize,
    /// Whether it is the only one.
    alone: bool,
}

impl Seat {
    /// The heading of its sections.
    const fn heading(self) -> &'static str {
        if self.alone { "h2" } else { "h3" }
    }
}

pub(super) fn render(report: &Report, book: &Rulebook, out: &mut dyn Write) -> io::Result<()> {
    // A checkout that ends lines with CR LF would give a hash that no browser sees: it reads them as LF.
    let style = include_str!("report.css").replace("\r\n", "\n");
    let script = SCRIPTS.concat().replace("\r\n", "\n");
    let data = Data::of(report);
    frame(report, &style, &policy(&style, &script), out)?;
    head::page(report, out)?;
    for (at, artifact) in report.artifacts.iter().enumerate() {
        let seat = Seat { number: at + 1, alone: report.artifacts.len() == 1 };
        section(artifact, book, &data, seat, out)?;
    }
    footer::render(report, data.unsaid, out)?;
    write!(out, "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n", data.json)?;
    write!(out, "<script>{script}</script>\n</body>\n</html>\n")
}

/// What the page may do: run this script, apply this style, show the empty icon, and nothing else.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(script),
        hash(style)
    )
}

/// Everything before the content. The empty icon keeps a browser from asking a server for one.
fn frame(report: &Report, style: &str, policy: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n",
        head::title(report)
    )
}

/// One artifact. Where there are several, those that are clear start closed.
fn section(artifact: &ArtifactReport, book: &Rulebook, data: &Data, seat: Seat, out: &mut dyn Write) -> io::Result<()> {
    let Seat { number, alone } = seat;
    let verdict = artifact.verdict.word();
    if alone {
        writeln!(out, "<article class=\"artifact\" id=\"a{number}\">")?;
    } else {
        let open = if artifact.verdict == Verdict::Clear { "" } else { " open" };
        writeln!(out, "<details class=\"artifact several\" id=\"a{number}\"{open}>\n<summary>")?;
        write!(out, "{}<h2>{}</h2>", head::mark(verdict), head::named(artifact))?;
        writeln!(out, "<span class=\"word {verdict}\">{}</span></summary>", head::spoken(artifact.verdict))?;
    }
    head::facts(artifact, out)?;
    exposed::render(artifact, data.folded.get(number - 1).copied().unwrap_or(0), seat, out)?;
    findings::render(artifact, book, seat, out)?;
    since::render(artifact, seat, out)?;
    writeln!(out, "{}", if alone { "</article>" } else { "</details>" })
}

#[cfg(test)]
mod tests;
