//! report → text, one format per file.

mod changes;
mod escape;
mod exact;
mod github;
mod guide;
mod html;
mod human;
mod json;
mod junit;
mod numbers;
mod pages;
mod sarif;
mod summary;
mod tree;
mod words;

use std::io::{self, Write};
use std::time::Duration;

use crate::judge::Rulebook;
use crate::model::Report;

pub use changes::{ChangesFormat, changes};
pub use escape::{escape, markdown, marked_up};
pub use guide::advice;
pub use pages::{rule_list, rule_page, rule_page_markdown, rule_reference};
pub use tree::{Branch, branches};

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// `lastlook.report/1`.
    Json,
    /// SARIF 2.1.0, as code scanning takes it.
    Sarif,
    /// Annotations of a workflow run.
    Github,
    /// For a comment on a change, or the summary of a run.
    Markdown,
    /// For dashboards that read test results.
    Junit,
    /// A page of its own.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Human, Self::Json, Self::Sarif, Self::Github, Self::Markdown, Self::Junit, Self::Html];

    /// The format that is asked for by `word`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// Whether it tells which bytes it is about.
    #[must_use]
    pub const fn shows_integrity(self) -> bool {
        matches!(self, Self::Json | Self::Sarif)
    }

    /// The word it is asked for by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Html => "html",
        }
    }
}

/// How the human format looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// With colours.
    pub colour: bool,
    /// With every finding, not the first few of each rule.
    pub all: bool,
    /// With what each exception covered.
    pub explain: bool,
    /// With the time it took.
    pub took: Option<Duration>,
}

impl Look {
    /// The text in a colour, where there are colours.
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Writes `report`, which was made with the rules of `book`.
///
/// # Errors
/// When `out` can't be written.
pub fn render(report: &Report, book: &Rulebook, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::render(report, look, out),
        Format::Json => json::render(report, out),
        Format::Sarif => sarif::render(report, book, out),
        Format::Github => github::render(report, out),
        Format::Markdown => summary::render(report, out),
        Format::Junit => junit::render(report, out),
        Format::Html => html::render(report, book, out),
    }
}
