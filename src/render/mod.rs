//! report → text, one format per file.

mod changes;
mod escape;
mod human;
mod json;
mod numbers;
mod tree;

use std::io::{self, Write};
use std::time::Duration;

use crate::model::{Report, Rule};

pub use changes::{ChangesFormat, changes};
pub use escape::{escape, markdown};

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// `lastlook.report/1`.
    Json,
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

/// Writes `report`.
///
/// # Errors
/// When `out` can't be written.
pub fn render(report: &Report, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::render(report, look, out),
        Format::Json => json::render(report, out),
    }
}

/// Writes the list of all rules.
///
/// # Errors
/// When `out` can't be written.
pub fn rule_list<'r>(rules: impl Iterator<Item = &'r Rule>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<24} {:<7} {:<7} what it finds", "rule", "closed", "open")?;
    for rule in rules {
        writeln!(out, "{:<24} {:<7} {:<7} {}", rule.id.as_str(), rule.closed.word(), rule.open.word(), rule.title)?;
    }
    Ok(())
}

/// Writes the page of one rule.
///
/// # Errors
/// When `out` can't be written.
pub fn rule_page(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", rule.id, rule.title)?;
    writeln!(out, "level  {} (closed), {} (open)", rule.closed.word(), rule.open.word())?;
    writeln!(out, "why    {}", rule.why)?;
    writeln!(out, "fix    {}", rule.help)?;
    if rule.id.is_absolute() {
        return writeln!(out, "except no policy lowers this rule for the artifact itself");
    }
    writeln!(out, "except in lastlook.toml, for one place and with a reason:\n")?;
    writeln!(
        out,
        "       [[allow]]\n       rule = \"{}\"\n       path = \"dist/app.js\"\n       reason = \"why this may ship\"",
        rule.id
    )
}
