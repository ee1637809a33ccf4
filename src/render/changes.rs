//! What changed from one artifact to another → text for people, JSON, Markdown.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::numbers::{bytes, counted};
use super::{Look, escape, markdown};
use crate::model::{Changed, Changes, Exposed, Listed, Ruling, Side};

/// A format of what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangesFormat {
    /// For a person at a terminal.
    Human,
    /// `lastlook.diff/1`.
    Json,
    /// For a comment on a change.
    Markdown,
}

/// As many of each kind are shown, unless all are asked for.
const SHOWN: usize = 10;

/// Writes what changed.
///
/// # Errors
/// When `out` can't be written.
pub fn changes(changes: &Changes, format: ChangesFormat, look: Look, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ChangesFormat::Human => human(changes, look, out),
        ChangesFormat::Json => json(changes, out),
        ChangesFormat::Markdown => page(changes, look, out),
    }
}

/// One line about one change: its kind, where, what.
type Line = (&'static str, String, String);

/// All changes as lines, the gravest first.
fn lines(changes: &Changes) -> Vec<Line> {
    let mut lines = Vec::new();
    let ruled = |kind: &'static str, ruling: &Ruling| -> Line {
        let waived = if ruling.waived.is_some() { " (excepted)" } else { "" };
        let finding = &ruling.finding;
        let place = finding.place.to_string();
        (kind, place, format!("{} {}: {}{waived}", ruling.level.word(), finding.rule, finding.message))
    };
    lines.extend(changes.secrets.iter().map(|ruling| ruled("newly secret", ruling)));
    let mut carriers: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for text in &changes.exposed {
        let sum = carriers.entry(&text.carrier).or_default();
        *sum = (sum.0 + 1, sum.1 + text.lines, sum.2 + text.bytes);
    }
    for (carrier, (count, total, size)) in carriers {
        let what =
            format!("{}, {}, {}", counted(count, "source", "sources"), counted(total, "line", "lines"), bytes(size));
        lines.push(("newly exposed", carrier.to_owned(), what));
    }
    lines.extend(changes.findings.iter().map(|ruling| ruled("new finding", ruling)));
    lines.extend(changes.added.iter().map(|file| ("added", file.path.clone(), bytes(file.size))));
    lines.extend(changes.removed.iter().map(|file| ("removed", file.path.clone(), bytes(file.size))));
    lines.extend(changes.changed.iter().map(|file| {
        let kind = match file.new.cmp(&file.old) {
            std::cmp::Ordering::Greater => "grown",
            std::cmp::Ordering::Less => "shrunk",
            std::cmp::Ordering::Equal => "changed",
        };
        let before = file.before.as_ref().map(|before| format!(" (was {before})")).unwrap_or_default();
        let sizes = if file.new == file.old {
            bytes(file.new)
        } else {
            format!("{} → {}{}", bytes(file.old), bytes(file.new), part(file))
        };
        (kind, file.path.clone(), format!("{sizes}{before}"))
    }));
    lines
}

/// By how much a file grew or shrank, where that can be said.
fn part(file: &Changed) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a part of a hundred needs no more than a float has")]
    let part = (file.new as f64 - file.old as f64) / file.old as f64 * 100.0;
    if file.old == 0 { String::new() } else { format!(", {part:+.0}%") }
}

/// A kind of change, where and what, and how many more there are.
type Group = (&'static str, Vec<(String, String)>, usize);

/// The lines of each kind, and how many more there are.
fn groups(lines: Vec<Line>, all: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (kind, place, what) in lines {
        match groups.iter_mut().find(|group| group.0 == kind) {
            Some((_, list, _)) if all || list.len() < SHOWN => list.push((place, what)),
            Some((_, _, more)) => *more += 1,
            None => groups.push((kind, vec![(place, what)], 0)),
        }
    }
    groups
}

fn human(changes: &Changes, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Changes { old, new, .. } = changes;
    writeln!(out, "\n  {} → {}", look.paint("1", &escape(&old.name)), look.paint("1", &escape(&new.name)))?;
    let size = |side: &Side| {
        format!("{}, {}, {}", counted(side.files, "file", "files"), bytes(side.bytes), side.verdict.word())
    };
    writeln!(out, "  {} → {}\n", size(old), size(new))?;
    for (kind, list, more) in groups(lines(changes), look.all) {
        let code = match kind {
            "newly secret" | "newly exposed" | "new finding" => "31",
            _ => "36",
        };
        for (place, what) in list {
            let place = if place.is_empty() { "(the whole)".to_owned() } else { escape(&place) };
            writeln!(out, "  {}  {place}   {}", look.paint(code, &format!("{kind:<13}")), escape(&what))?;
        }
        if more > 0 {
            writeln!(out, "  {kind:<13}  … {more} more (--all shows them)")?;
        }
    }
    writeln!(out, "  {}", summary(changes))
}

fn summary(changes: &Changes) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}");
    let parts = [
        count(changes.added.len(), "added"),
        count(changes.removed.len(), "removed"),
        count(changes.changed.len(), "changed"),
        count(changes.exposed.len(), "newly exposed"),
        count(changes.secrets.len(), "newly secret"),
    ];
    let gone = format!(
        "{} and {} gone",
        counted(changes.gone, "finding", "findings"),
        counted(changes.covered, "exposed source", "exposed sources")
    );
    format!("{}; {gone}.", parts.join(", "))
}

fn page(changes: &Changes, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Changes { old, new, .. } = changes;
    writeln!(out, "### {} → {}\n", markdown(&old.name), markdown(&new.name))?;
    writeln!(out, "{}", summary(changes))?;
    let lines = lines(changes);
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| | where | what |\n| --- | --- | --- |")?;
    for (kind, list, more) in groups(lines, look.all) {
        for (place, what) in list {
            writeln!(out, "| {kind} | {} | {} |", markdown(&place), markdown(&what))?;
        }
        if more > 0 {
            writeln!(out, "| {kind} | … {more} more | |")?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Root<'c> {
    schema: &'static str,
    old: SideRow<'c>,
    new: SideRow<'c>,
    added: Vec<FileRow<'c>>,
    removed: Vec<FileRow<'c>>,
    changed: Vec<ChangedRow<'c>>,
    exposed: Vec<ExposedRow<'c>>,
    covered: u64,
    secrets: Vec<RulingRow<'c>>,
    findings: Vec<RulingRow<'c>>,
    gone: u64,
}

#[derive(Serialize)]
struct SideRow<'c> {
    name: &'c str,
    verdict: &'static str,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct FileRow<'c> {
    path: &'c str,
    size: u64,
}

#[derive(Serialize)]
struct ChangedRow<'c> {
    path: &'c str,
    before: Option<&'c str>,
    old: u64,
    new: u64,
}

#[derive(Serialize)]
struct ExposedRow<'c> {
    carrier: &'c str,
    source: &'c str,
    lines: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct RulingRow<'c> {
    rule: &'c str,
    level: &'static str,
    path: &'c str,
    inside: &'c [String],
    line: Option<u64>,
    message: &'c str,
    fingerprint: &'c str,
    waived: bool,
}

fn json(changes: &Changes, out: &mut dyn Write) -> io::Result<()> {
    let root = Root {
        schema: "lastlook.diff/1",
        old: side(&changes.old),
        new: side(&changes.new),
        added: changes.added.iter().map(file).collect(),
        removed: changes.removed.iter().map(file).collect(),
        changed: changes.changed.iter().map(changed).collect(),
        exposed: changes.exposed.iter().map(exposed).collect(),
        covered: changes.covered,
        secrets: changes.secrets.iter().map(ruling).collect(),
        findings: changes.findings.iter().map(ruling).collect(),
        gone: changes.gone,
    };
    super::exact::write(&root, out)
}

fn side(side: &Side) -> SideRow<'_> {
    SideRow { name: &side.name, verdict: side.verdict.word(), files: side.files, bytes: side.bytes }
}

fn file(file: &Listed) -> FileRow<'_> {
    FileRow { path: &file.path, size: file.size }
}

fn changed(file: &Changed) -> ChangedRow<'_> {
    ChangedRow { path: &file.path, before: file.before.as_deref(), old: file.old, new: file.new }
}

fn exposed(text: &Exposed) -> ExposedRow<'_> {
    ExposedRow { carrier: &text.carrier, source: &text.source, lines: text.lines, bytes: text.bytes }
}

fn ruling(ruling: &Ruling) -> RulingRow<'_> {
    let finding = &ruling.finding;
    RulingRow {
        rule: finding.rule.as_str(),
        level: ruling.level.word(),
        path: &finding.place.path,
        inside: &finding.place.inside,
        line: finding.place.position.map(|at| at.line),
        message: &finding.message,
        fingerprint: &ruling.fingerprint,
        waived: ruling.waived.is_some(),
    }
}
