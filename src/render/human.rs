//! report → what a maintainer reads before a release: the verdict, what can be recovered, what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::numbers::{counted, grouped, seconds};
use super::tree::branches;
use super::words::{exposed, extent, loose, whence};
use super::{Look, escape};
use crate::model::{ArtifactReport, Kind, Level, Report, Ruling, Verdict};

/// Places shown of each rule.
const SHOWN: usize = 5;
/// Folders shown of what can be recovered.
const FOLDERS: usize = 5;

pub(super) fn render(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { look, out };
    for artifact in &report.artifacts {
        page.artifact(artifact, report.artifacts.len() == 1)?;
    }
    if look.explain {
        page.exceptions(report)?;
    }
    page.footer(report)
}

struct Page<'o> {
    look: Look,
    out: &'o mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, code: &str, text: &str) -> String {
        self.look.paint(code, text)
    }

    fn artifact(&mut self, artifact: &ArtifactReport, alone: bool) -> io::Result<()> {
        writeln!(self.out)?;
        self.headline(artifact, alone)?;
        self.exposure(artifact)?;
        self.findings(artifact)
    }

    fn headline(&mut self, artifact: &ArtifactReport, alone: bool) -> io::Result<()> {
        let verdict = match artifact.verdict {
            Verdict::Clear => self.paint("1;32", "CLEAR"),
            Verdict::Blocked => self.paint("1;31", "BLOCKED"),
            Verdict::Incomplete => self.paint("1;33", "INCOMPLETE"),
        };
        let mut title = escape(&artifact.title());
        if !alone && artifact.package.is_some() {
            title = format!("{title} ({})", escape(&artifact.name));
        }
        let time = match self.look.took {
            Some(took) if alone => format!(" in {}", seconds(took)),
            Some(_) | None => String::new(),
        };
        writeln!(self.out, "  {verdict}  {title}   {}{time}", extent(artifact))
    }

    fn exposure(&mut self, artifact: &ArtifactReport) -> io::Result<()> {
        let (exposed, loose) = (exposed(artifact), loose(artifact));
        if exposed.is_none() && loose.is_none() {
            return Ok(());
        }
        writeln!(self.out)?;
        for what in [&exposed, &loose].into_iter().flatten() {
            writeln!(self.out, "  {}", self.paint("1", what))?;
        }
        if exposed.is_none() {
            return Ok(());
        }
        writeln!(self.out)?;
        let branches = branches(&artifact.carried);
        let most = branches.first().map_or(1, |branch| branch.lines).max(1);
        let width =
            branches.iter().take(FOLDERS).map(|branch| escape(&branch.name).chars().count()).max().unwrap_or(0).min(40);
        for branch in branches.iter().take(FOLDERS) {
            let bar = self.paint("36", &bar(branch.lines, most));
            let name: String = escape(&branch.name).chars().take(40).collect();
            let files = counted(branch.files, "file ", "files");
            writeln!(
                self.out,
                "      {name:<width$}  {files:>12}  {:>11}   {bar}",
                counted(branch.lines, "line ", "lines")
            )?;
        }
        let rest = branches.get(FOLDERS..).unwrap_or_default();
        if !rest.is_empty() {
            let (files, lines) =
                rest.iter().fold((0, 0), |(files, lines), branch| (files + branch.files, lines + branch.lines));
            let name = format!("… {} more", rest.len());
            writeln!(
                self.out,
                "      {name:<width$}  {:>12}  {:>11}",
                counted(files, "file ", "files"),
                counted(lines, "line ", "lines")
            )?;
        }
        Ok(())
    }

    fn findings(&mut self, artifact: &ArtifactReport) -> io::Result<()> {
        let mut groups: BTreeMap<(std::cmp::Reverse<Level>, &str), Vec<&Ruling>> = BTreeMap::new();
        for ruling in artifact.rulings.iter().filter(|ruling| ruling.waived.is_none() && ruling.level > Level::Allow) {
            groups.entry((std::cmp::Reverse(ruling.level), ruling.finding.rule.as_str())).or_default().push(ruling);
        }
        if !groups.is_empty() {
            writeln!(self.out)?;
        }
        for ((level, rule), rulings) in groups {
            self.group(level.0, rule, &rulings, &escape(&artifact.name))?;
        }
        for ruling in &artifact.rulings {
            if let Some(waiver) = &ruling.waived {
                let place = escape(&ruling.finding.place.to_string());
                let word = self.paint("32", "ok  ");
                writeln!(self.out, "  {word}  {}  {place}  excepted: {}", ruling.finding.rule, escape(&waiver.reason))?;
            }
        }
        let notes =
            artifact.rulings.iter().filter(|ruling| ruling.waived.is_none() && ruling.level == Level::Allow).count()
                as u64;
        if notes > 0 {
            let word = self.paint("2", "note");
            writeln!(
                self.out,
                "  {word}  {} the {} profile allows (--format json lists them)",
                counted(notes, "finding that", "findings that"),
                artifact.profile.word()
            )?;
        }
        Ok(())
    }

    fn group(&mut self, level: Level, rule: &str, rulings: &[&Ruling], name: &str) -> io::Result<()> {
        let word = match level {
            Level::Deny => self.paint("31", "deny"),
            Level::Warn => self.paint("33", "warn"),
            Level::Allow => self.paint("2", "note"),
        };
        let count =
            if rulings.len() > 1 { format!("   {} places", grouped(rulings.len() as u64)) } else { String::new() };
        writeln!(self.out, "  {word}  {}{count}", self.paint("1", rule))?;
        let shown = if self.look.all { rulings.len() } else { SHOWN };
        for ruling in rulings.iter().take(shown) {
            let place = escape(&ruling.finding.place.to_string());
            let place = if place.is_empty() { name.to_owned() } else { place };
            writeln!(self.out, "        {place}: {}{}", escape(&ruling.finding.message), escape(&whence(ruling)))?;
        }
        if rulings.len() > shown {
            writeln!(self.out, "        … {} more (--all shows them)", grouped((rulings.len() - shown) as u64))?;
        }
        let fixes: BTreeSet<&str> =
            rulings.iter().map(|ruling| ruling.help.as_str()).filter(|help| !help.is_empty()).collect();
        for fix in fixes.iter().take(3) {
            writeln!(self.out, "        {} {}", self.paint("2", "fix"), escape(fix))?;
        }
        Ok(())
    }

    /// What each exception of the policy covered.
    fn exceptions(&mut self, report: &Report) -> io::Result<()> {
        let source = escape(&report.policy.source);
        writeln!(self.out, "\n  {}", self.paint("1", &format!("Exceptions of {source}")))?;
        if report.exceptions.is_empty() {
            writeln!(self.out, "        none applies")?;
        }
        for note in &report.exceptions {
            let place = note.path.as_deref().or(note.fingerprint.as_deref()).unwrap_or_default();
            let ends = note.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
            let (line, rule, reason) = (note.line, &note.rule, escape(&note.reason));
            writeln!(self.out, "  line {line}  {rule}  {}  ({reason}{ends}): {}", escape(place), note.state.word())?;
            let covered: Vec<_> = report.covered(note.line).collect();
            let shown = if self.look.all { covered.len() } else { SHOWN };
            for (artifact, ruling) in covered.iter().take(shown) {
                let place = escape(&ruling.finding.place.to_string());
                let place = if place.is_empty() { escape(&artifact.name) } else { place };
                writeln!(self.out, "        {place}: {}{}", escape(&ruling.finding.message), escape(&whence(ruling)))?;
            }
            if covered.len() > shown {
                writeln!(self.out, "        … {} more (--all shows them)", grouped((covered.len() - shown) as u64))?;
            }
        }
        Ok(())
    }

    fn footer(&mut self, report: &Report) -> io::Result<()> {
        let rulings =
            || report.artifacts.iter().flat_map(|artifact| &artifact.rulings).filter(|ruling| ruling.waived.is_none());
        let count = |level: Level| rulings().filter(|ruling| ruling.level == level).count() as u64;
        let (denied, warned) = (count(Level::Deny), count(Level::Warn));
        let folder = report.artifacts.iter().any(|artifact| artifact.kind == Kind::Folder);
        writeln!(self.out)?;
        if report.artifacts.len() > 1 {
            let of = |verdict: Verdict| {
                report.artifacts.iter().filter(|artifact| artifact.verdict == verdict).count() as u64
            };
            let time = self.look.took.map(|took| format!(", in {}", seconds(took))).unwrap_or_default();
            writeln!(
                self.out,
                "  {} artifacts: {} clear, {} blocked, {} incomplete{time}.",
                grouped(report.artifacts.len() as u64),
                grouped(of(Verdict::Clear)),
                grouped(of(Verdict::Blocked)),
                grouped(of(Verdict::Incomplete))
            )?;
        }
        if folder {
            writeln!(self.out, "  A folder is read as it lies there; what npm would pack of it may differ.")?;
        }
        if denied + warned == 0 {
            return writeln!(
                self.out,
                "  Nothing found.   policy {} ({})",
                escape(&report.policy.source),
                report.policy.profile.word()
            );
        }
        let worst = rulings()
            .max_by_key(|ruling| (ruling.level, std::cmp::Reverse(&ruling.finding.rule)))
            .map_or("", |ruling| ruling.finding.rule.as_str());
        writeln!(
            self.out,
            "  {} denied, {}.   lastlook rules {worst}   ·   --output html=report.html",
            grouped(denied),
            counted(warned, "warning", "warnings")
        )
    }
}

/// A bar of eighths, twelve characters at the most.
fn bar(part: u64, most: u64) -> String {
    let eighths = usize::try_from(part.saturating_mul(96) / most).unwrap_or(96).clamp(1, 96);
    let last = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8).copied().unwrap_or("");
    format!("{}{last}", "█".repeat(eighths / 8))
}
