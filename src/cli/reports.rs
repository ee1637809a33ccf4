//! A report → where it was asked for: standard output, files, the summary of a workflow run.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};

use super::outlets::{self, Outlet};
use super::{CliError, complain, print};
use crate::judge::Rulebook;
use crate::model::Report;
use crate::open::Target;
use crate::render::{Format, Look, render};

/// What is to be reported, in which formats, and where to.
#[derive(clap::Args)]
pub(super) struct Reports {
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = formats())]
    format: Format,
    /// Also write a report to a file, in any format (repeatable)
    #[arg(long, value_name = "FORMAT=FILE", value_parser = OsStringValueParser::new().try_map(|text| output(&text)))]
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

/// A format, and a file of whatever name.
fn output(text: &OsStr) -> Result<(Format, PathBuf), String> {
    let bytes = text.as_encoded_bytes();
    let sign = memchr::memchr(b'=', bytes);
    let word = sign.and_then(|at| std::str::from_utf8(bytes.get(..at)?).ok());
    let Some(word) = word else {
        let ending = Path::new(text).extension().and_then(OsStr::to_str).and_then(Format::named);
        let format = ending.map_or("json", Format::word);
        return Err(format!("write it as FORMAT=FILE, such as {format}=report.{format}"));
    };
    let words = || Format::ALL.map(Format::word).join(", ");
    let format = Format::named(word).ok_or_else(|| format!("there is no format {word:?}; there are {}", words()))?;
    let file = after(text, word.len() + 1);
    if file.as_os_str().is_empty() { Err("the file has no name".to_owned()) } else { Ok((format, file)) }
}

/// What stands behind the first `skipped` bytes, which are ASCII.
fn after(text: &OsStr, skipped: usize) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        OsStr::from_bytes(text.as_bytes().get(skipped..).unwrap_or_default()).into()
    }
    #[cfg(not(unix))]
    text.to_string_lossy().get(skipped..).unwrap_or_default().into()
}

/// The summary of a step, up to which size a run shows it.
const SUMMARY: usize = 1_000_000;

impl Reports {
    /// Refuses what can't be meant: a report written over what it is about or over another, text that no report shows.
    ///
    /// From here on it is settled which files are written.
    pub(super) fn settle(
        &self,
        targets: &[Target],
        others: &[PathBuf],
        scripts: bool,
    ) -> Result<Settled<'_>, CliError> {
        let files: Vec<&Path> = self.output.iter().map(|(_, file)| file.as_path()).collect();
        outlets::check(&files, targets, others)?;
        let page = self.format == Format::Html || self.output.iter().any(|(format, _)| *format == Format::Html);
        if self.include_text && !page {
            let what = "--include-text is for the HTML report: add --output html=report.html";
            return Err(CliError::Usage(what.to_owned()));
        }
        let outlets = self.output.iter().map(|(format, file)| (*format, Outlet::new(file, scripts))).collect();
        // A run on GitHub shows the annotations of a step beside its code, and a summary on a page of its own.
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty());
        let summary = summary.filter(|_| self.format == Format::Github);
        let summary = summary.map(|file| Outlet::new(Path::new(&file), scripts));
        Ok(Settled { asked: self, outlets, summary })
    }

    /// Whether some report tells which bytes it is about.
    pub(super) fn show_integrity(&self) -> bool {
        let formats = self.output.iter().map(|(format, _)| format);
        formats.chain([&self.format]).any(|format| format.shows_integrity())
    }
}

/// Reports, and the files that they go to.
pub(super) struct Settled<'r> {
    asked: &'r Reports,
    outlets: Vec<(Format, Outlet)>,
    summary: Option<Outlet>,
}

impl Settled<'_> {
    /// What is printed, where that is for programs; none where it is for people. Other formats are for reports alone.
    #[cfg(feature = "registry")]
    pub(super) fn plain(&self) -> Option<Format> {
        Some(self.asked.format).filter(|format| *format != Format::Human)
    }

    /// Whether some report shows how texts begin.
    #[cfg(feature = "registry")]
    pub(super) fn include_text(&self) -> bool {
        self.asked.include_text
    }

    /// Prints and writes all reports, and says whether that was possible.
    pub(super) fn write(&self, report: &Report, book: &Rulebook, took: Duration) -> bool {
        let Reports { format, all, explain_exceptions: explain, .. } = *self.asked;
        let look = Look { colour: colour(), all, explain, took: Some(took) };
        let text = |format, look| {
            let mut text = Vec::new();
            // Writing to memory does not fail; if it did, an empty report would be written and seen.
            if render(report, book, format, look, &mut text).is_err() {
                text.clear();
            }
            text
        };
        let mut written = print(&text(format, look));
        let plain = Look { colour: false, ..look };
        for (format, outlet) in &self.outlets {
            let wrote = outlet.create().and_then(|mut out| out.write_all(&text(*format, plain)));
            written &= told(outlet.path(), wrote);
        }
        if let Some(outlet) = &self.summary {
            written &= told(outlet.path(), append(outlet, &text(Format::Markdown, plain)));
        }
        written
    }
}

/// Says what went wrong with a file, and whether it did not.
fn told(file: &Path, written: io::Result<()>) -> bool {
    let Err(error) = written else { return true };
    complain(format!("lastlook: {} could not be written: {error}", file.display()));
    false
}

/// Adds to a summary what the run will show of it, behind what other steps wrote there.
fn append(outlet: &Outlet, text: &[u8]) -> io::Result<()> {
    let mut out = outlet.open(std::fs::OpenOptions::new().read(true).append(true).create(true))?;
    let mut before = Vec::new();
    if out.metadata()?.is_file() {
        (&out).take(SUMMARY as u64 + 1).read_to_end(&mut before)?;
    }
    if !matches!(before.last(), None | Some(b'\n')) {
        out.write_all(b"\n")?;
    }
    let room = SUMMARY.saturating_sub(before.len());
    if text.len() <= room {
        return out.write_all(text);
    }
    let shown = text.get(..room.saturating_sub(TAIL)).unwrap_or_default();
    let shown = shown.get(..memchr::memrchr(b'\n', shown).map_or(0, |at| at + 1)).unwrap_or_default();
    let count = |mark: &[u8]| memchr::memmem::find_iter(shown, mark).count();
    out.write_all(shown)?;
    if room > TAIL {
        // What was folded and is cut would fold this away too.
        let open = count(b"<details>").saturating_sub(count(b"</details>"));
        write!(
            out,
            "{}\n**The rest does not fit here**: `--output html=report.html` has it all.\n",
            "\n</details>\n".repeat(open)
        )?;
    }
    Ok(())
}

/// Room for the last words of a summary that is cut.
const TAIL: usize = 200;

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
