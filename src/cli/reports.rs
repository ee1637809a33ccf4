//! A report → where it was asked for: standard output, files, the summary of a workflow run.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{CliError, print, tell};
use crate::judge::Rulebook;
use crate::model::Report;
use crate::render::{Format, Look, escape, render};

/// What is to be reported, in which formats, and where to.
#[derive(clap::Args)]
pub(super) struct Reports {
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = formats())]
    format: Format,
    /// Also write a report to a file, in any format (repeatable)
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    output: Vec<(Format, PathBuf)>,
    /// Show every finding, not the first few of each rule
    #[arg(long)]
    all: bool,
    /// Show what each exception of the policy covered
    #[arg(long)]
    explain_exceptions: bool,
    /// Show in the HTML report how each recoverable text begins
    #[arg(long)]
    pub(super) include_text: bool,
}

/// A format, by its word.
fn formats() -> impl TypedValueParser<Value = Format> {
    let none = || "there is no such format".to_owned();
    PossibleValuesParser::new(Format::ALL.map(Format::word)).try_map(move |word| Format::named(&word).ok_or_else(none))
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write it as FORMAT=FILE, such as json=report.json")?;
    let words = || Format::ALL.map(Format::word).join(", ");
    let format =
        Format::named(format).ok_or_else(|| format!("there is no format {format:?}; there are {}", words()))?;
    if file.is_empty() { Err("the file has no name".to_owned()) } else { Ok((format, file.into())) }
}

/// The summary of a step, up to which size a run shows it.
const SUMMARY: usize = 1_000_000;

impl Reports {
    /// Refuses what can't be meant: a report written over what it is about (`others`) or over another, text that no
    /// report would show.
    pub(super) fn check(&self, others: impl Iterator<Item = PathBuf>) -> Result<(), CliError> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut taken: Vec<PathBuf> = others.map(|path| real(&path)).collect();
        for (_, file) in &self.output {
            let file = real(file);
            if taken.contains(&file) && !file.starts_with("/dev") {
                let what = format!("{} would be written over; name another file for the report", file.display());
                return Err(CliError::Usage(what));
            }
            taken.push(file);
        }
        let page = self.format == Format::Html || self.output.iter().any(|(format, _)| *format == Format::Html);
        if self.include_text && !page {
            let what = "--include-text is for the HTML report: add --output html=report.html";
            return Err(CliError::Usage(what.to_owned()));
        }
        Ok(())
    }

    /// Prints and writes all reports, and says whether that was possible.
    pub(super) fn write(&self, report: &Report, book: &Rulebook, took: Duration) -> bool {
        let look = Look { colour: colour(), all: self.all, explain: self.explain_exceptions, took: Some(took) };
        let text = |format, look| {
            let mut text = Vec::new();
            // Writing to memory does not fail; if it did, an empty report would be written and seen.
            if render(report, book, format, look, &mut text).is_err() {
                text.clear();
            }
            text
        };
        let mut written = print(&text(self.format, look));
        let plain = Look { colour: false, ..look };
        for (format, file) in &self.output {
            written &= told(file, std::fs::write(file, text(*format, plain)));
        }
        // A run on GitHub shows the annotations of a step beside its code, and a summary on a page of its own.
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty());
        if let Some(file) = summary.filter(|_| self.format == Format::Github) {
            written &= told(Path::new(&file), append(Path::new(&file), &text(Format::Markdown, plain)));
        }
        written
    }
}

/// Says what went wrong with a file, and whether it did not.
fn told(file: &Path, written: io::Result<()>) -> bool {
    let Err(error) = written else { return true };
    tell(&format!("lastlook: {} could not be written: {error}", escape(&file.display().to_string())));
    false
}

/// Adds to a summary what the run will show of it.
fn append(file: &Path, text: &[u8]) -> io::Result<()> {
    let mut out = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
    let whole = text.len() <= SUMMARY;
    let shown = text.get(..SUMMARY).unwrap_or(text);
    let end = if whole { shown.len() } else { memchr::memrchr(b'\n', shown).map_or(0, |at| at + 1) };
    out.write_all(shown.get(..end).unwrap_or_default())?;
    if whole { Ok(()) } else { writeln!(out, "\nThe rest does not fit here: `--output html=report.html` has it all.") }
}

/// Colours on a terminal, unless the environment says otherwise.
pub(super) fn colour() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    io::stdout().is_terminal()
        && set("CLICOLOR").is_none_or(|value| value != "0")
        && set("TERM").is_none_or(|term| term != "dumb")
}
