//! report → Markdown: for a comment on a change, and for the summary of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::escape::markdown;
use super::numbers::{bytes, counted, grouped};
use super::tree::branches;
use super::words::{exposed, extent, loose, place, whence};
use crate::model::{ArtifactReport, Counts, Level, Report, Reviewed, Ruling, Verdict};

/// Findings of one level that are shown at once; where there are more they are folded.
const OPEN: usize = 30;
/// Folders shown of what can be recovered.
const FOLDERS: usize = 8;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## lastlook: {}", report.verdict().word())?;
    if report.artifacts.len() > 1 {
        overview(report, out)?;
    }
    for artifact in &report.artifacts {
        whole(artifact, out)?;
    }
    let policy = &report.policy;
    writeln!(
        out,
        "\n<sub>lastlook {} · policy {} ({}) · {}</sub>",
        env!("CARGO_PKG_VERSION"),
        markdown(&policy.source),
        policy.profile.word(),
        markdown(&policy.digest)
    )
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clear => "✅ clear",
        Verdict::Blocked => "⛔ blocked",
        Verdict::Incomplete => "⚠️ incomplete",
    }
}

fn overview(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n| package | verdict | denied | warnings | recoverable |\n|---|---|--:|--:|--:|")?;
    for artifact in &report.artifacts {
        let Counts { denied, warned, .. } = artifact.counts();
        let title = format!("{}<br>{}", markdown(&artifact.title()), code(&artifact.name));
        let loose: u64 = artifact.loose.iter().map(crate::model::Carried::bytes).sum();
        let size = bytes(artifact.exposure.bytes.saturating_add(loose));
        writeln!(out, "| {title} | {} | {} | {} | {size} |", sign(artifact.verdict), grouped(denied), grouped(warned))?;
    }
    Ok(())
}

fn whole(artifact: &ArtifactReport, out: &mut dyn Write) -> io::Result<()> {
    let title = markdown(&artifact.title());
    writeln!(out, "\n### {title}\n\n{} · {}", sign(artifact.verdict), extent(artifact))?;
    if let Some(what) = exposed(artifact) {
        writeln!(out, "\n**{}**", markdown(&what))?;
        folders(artifact, out)?;
    }
    if let Some(what) = loose(artifact) {
        writeln!(out, "\n{what}")?;
    }
    let mut groups: BTreeMap<usize, Vec<&Ruling>> = BTreeMap::new();
    for ruling in artifact.gravest_first() {
        let group = match (&ruling.waived, ruling.level) {
            (None, Level::Deny) => 0,
            (None, Level::Warn) => 1,
            (Some(_), _) => 2,
            (None, Level::Allow) => 3,
        };
        groups.entry(group).or_default().push(ruling);
    }
    for (group, rulings) in &groups {
        let name =
            ["Denied", "Warnings", "Excepted", "Allowed by the profile"].get(*group).copied().unwrap_or_default();
        let count = grouped(rulings.len() as u64);
        let folded = *group > 1 || rulings.len() > OPEN;
        if folded {
            writeln!(out, "\n<details><summary>{name} ({count})</summary>")?;
        } else {
            writeln!(out, "\n**{name}** ({count})")?;
        }
        table(artifact, rulings, out)?;
        if folded {
            writeln!(out, "\n</details>")?;
        }
    }
    changed(artifact.since.as_deref(), out)
}

fn folders(artifact: &ArtifactReport, out: &mut dyn Write) -> io::Result<()> {
    let branches = branches(&artifact.carried);
    if branches.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| folder | files | lines |\n|---|--:|--:|")?;
    for branch in branches.iter().take(FOLDERS) {
        writeln!(out, "| {} | {} | {} |", code(&branch.name), grouped(branch.files), grouped(branch.lines))?;
    }
    let rest = branches.get(FOLDERS..).unwrap_or_default();
    if !rest.is_empty() {
        let sum = |of: fn(&super::tree::Branch) -> u64| grouped(rest.iter().map(of).sum());
        writeln!(out, "| … {} more | {} | {} |", rest.len(), sum(|one| one.files), sum(|one| one.lines))?;
    }
    Ok(())
}

fn table(artifact: &ArtifactReport, rulings: &[&Ruling], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n| rule | where | what |\n|---|---|---|")?;
    let mut fixes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ruling in rulings {
        let finding = &ruling.finding;
        let place = place(artifact, ruling);
        let excepted = ruling.waived.as_ref().map(|waiver| format!(" (excepted: {})", waiver.reason));
        let what = format!("{}{}{}", finding.message, whence(ruling), excepted.unwrap_or_default());
        writeln!(out, "| {} | {} | {} |", finding.rule, code(&place), markdown(&what))?;
        if ruling.waived.is_none() && ruling.level > Level::Allow && !ruling.help.is_empty() {
            fixes.entry(finding.rule.as_str()).or_default().insert(&ruling.help);
        }
    }
    if !fixes.is_empty() {
        writeln!(out)?;
    }
    for (rule, helps) in fixes {
        for help in helps {
            writeln!(out, "- Fix for {rule}: {}", markdown(help))?;
        }
    }
    Ok(())
}

fn changed(since: Option<&[Reviewed]>, out: &mut dyn Write) -> io::Result<()> {
    let Some(rows) = since.filter(|rows| !rows.is_empty()) else { return Ok(()) };
    let count = counted(rows.len() as u64, "file", "files");
    writeln!(out, "\n<details><summary>Changed since the contents were reviewed: {count}</summary>")?;
    writeln!(out, "\n| file | reviewed | now |\n|---|--:|--:|")?;
    let size = |size: Option<u64>| size.map_or_else(|| "–".to_owned(), bytes);
    for Reviewed { path, before, now } in rows {
        writeln!(out, "| {} | {} | {} |", code(path), size(*before), size(*now))?;
    }
    writeln!(out, "\n</details>")
}

/// A path, in the letters of code.
fn code(text: &str) -> String {
    format!("<code>{}</code>", markdown(text))
}
