//! report → `JUnit`: one suite an artifact, one case for its verdict and one for each finding.

use std::io::{self, Write};

use super::escape::xml;
use super::words::{file, headline, place, whence};
use crate::model::{ArtifactReport, Level, Report, Ruling, Verdict};

/// How a case ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Passed,
    Skipped,
    Failed,
    Error,
}

impl Ended {
    fn of(ruling: &Ruling, fail_on: Level) -> Self {
        match Verdict::on(ruling, fail_on) {
            Verdict::Clear if ruling.waived.is_some() => Self::Skipped,
            Verdict::Clear => Self::Passed,
            Verdict::Blocked => Self::Failed,
            Verdict::Incomplete => Self::Error,
        }
    }
}

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let all = report.artifacts.iter().map(|artifact| count(artifact, report.fail_on));
    let sum = all.fold([0; 4], |sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2], sum[3] + one[3]]);
    writeln!(out, "<testsuites name=\"lastlook\" {}>", numbers(sum))?;
    for artifact in &report.artifacts {
        suite(artifact, report.fail_on, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// Cases, failures, errors, skipped.
fn count(artifact: &ArtifactReport, fail_on: Level) -> [usize; 4] {
    let of = |ended| artifact.rulings.iter().filter(|ruling| Ended::of(ruling, fail_on) == ended).count();
    let own = |verdict| usize::from(artifact.verdict == verdict);
    [
        artifact.rulings.len() + 1,
        of(Ended::Failed) + own(Verdict::Blocked),
        of(Ended::Error) + own(Verdict::Incomplete),
        of(Ended::Skipped),
    ]
}

fn numbers([tests, failures, errors, skipped]: [usize; 4]) -> String {
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

fn suite(artifact: &ArtifactReport, fail_on: Level, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  <testsuite name=\"{}\" {}>", xml(&artifact.title()), numbers(count(artifact, fail_on)))?;
    let ended = match artifact.verdict {
        Verdict::Clear => Ended::Passed,
        Verdict::Blocked => Ended::Failed,
        Verdict::Incomplete => Ended::Error,
    };
    let file = xml(&artifact.name);
    writeln!(out, "    <testcase classname=\"lastlook\" name=\"verdict\" file=\"{file}\">")?;
    end(ended, artifact.verdict.word(), &[headline(artifact)], out)?;
    for ruling in artifact.gravest_first() {
        case(artifact, ruling, fail_on, out)?;
    }
    writeln!(out, "  </testsuite>")
}

fn case(artifact: &ArtifactReport, ruling: &Ruling, fail_on: Level, out: &mut dyn Write) -> io::Result<()> {
    let finding = &ruling.finding;
    let place = place(artifact, ruling);
    let (file, line) = file(artifact, ruling);
    let line = line.map(|line| format!(" line=\"{line}\"")).unwrap_or_default();
    let (rule, name) = (&finding.rule, xml(&format!("{place}: {}", finding.message)));
    writeln!(out, "    <testcase classname=\"{rule}\" name=\"{name}\" file=\"{}\"{line}>", xml(&file))?;
    writeln!(out, "      <properties>")?;
    for (key, value) in [("level", ruling.level.word()), ("fingerprint", &ruling.fingerprint)] {
        writeln!(out, "        <property name=\"{key}\" value=\"{}\"/>", xml(value))?;
    }
    writeln!(out, "      </properties>")?;
    let reason = ruling.waived.as_ref().map(|waiver| format!("excepted: {}", waiver.reason));
    let what = [format!("{place}: {}{}", finding.message, whence(ruling)), format!("Fix: {}", ruling.help)];
    end(Ended::of(ruling, fail_on), &reason.unwrap_or_else(|| rule.to_string()), &what, out)
}

/// Closes a case by how it ended, with lines about it. A line break in one of them is made visible.
fn end(ended: Ended, message: &str, what: &[String], out: &mut dyn Write) -> io::Result<()> {
    let message = xml(message);
    let lines: Vec<String> = what.iter().map(|line| xml(line)).collect();
    let what = lines.join("\n");
    match ended {
        Ended::Passed => writeln!(out, "      <system-out>{what}</system-out>")?,
        Ended::Skipped => writeln!(out, "      <skipped message=\"{message}\"/>")?,
        Ended::Failed => writeln!(out, "      <failure type=\"blocked\" message=\"{message}\">{what}</failure>")?,
        Ended::Error => writeln!(out, "      <error type=\"incomplete\" message=\"{message}\">{what}</error>")?,
    }
    writeln!(out, "    </testcase>")
}
