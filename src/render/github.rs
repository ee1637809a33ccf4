//! report → annotations of a workflow run on GitHub: one command a finding that blocks or warns, plain lines for the rest.

use std::io::{self, Write};

use super::escape::escape;
use super::words::{exposed, file, headline, loose, place, whence};
use crate::model::{ArtifactReport, Level, Report, Ruling, Verdict};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for artifact in &report.artifacts {
        let (loud, quiet): (Vec<&Ruling>, Vec<&Ruling>) = artifact
            .gravest_first()
            .into_iter()
            .partition(|ruling| ruling.waived.is_none() && ruling.level > Level::Allow);
        for ruling in loud {
            annotation(report, artifact, ruling, out)?;
        }
        if !quiet.is_empty() {
            writeln!(out, "::group::{}", data(&format!("{}: allowed or excepted", artifact.title())))?;
            for ruling in quiet {
                let finding = &ruling.finding;
                let what = format!("{} {}{}", finding.place, finding.message, whence(ruling));
                let word = ruling.waived.as_ref().map_or_else(
                    || ruling.level.word().to_owned(),
                    |waiver| format!("excepted ({})", escape(&waiver.reason)),
                );
                writeln!(out, "{word} {} {}", finding.rule, escape(&what))?;
            }
            writeln!(out, "::endgroup::")?;
        }
        writeln!(out, "{}", escape(&headline(artifact)))?;
        for what in exposed(artifact).into_iter().chain(loose(artifact)) {
            writeln!(out, "{}", escape(&what))?;
        }
    }
    Ok(())
}

fn annotation(report: &Report, artifact: &ArtifactReport, ruling: &Ruling, out: &mut dyn Write) -> io::Result<()> {
    let finding = &ruling.finding;
    let command = if Verdict::on(ruling, report.fail_on) == Verdict::Clear { "warning" } else { "error" };
    let (file, line) = file(artifact, ruling);
    let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
    let title = property(&format!("{} in {}", finding.rule, artifact.title()));
    let what = data(&format!("{}: {}{}", place(artifact, ruling), finding.message, whence(ruling)));
    writeln!(out, "::{command} file={}{line},title={title}::{what}%0AFix: {}", property(&file), data(&ruling.help))
}

/// What stands behind the second pair of colons.
fn data(text: &str) -> String {
    escape(text).replace('%', "%25")
}

/// What stands between the pairs of colons.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_adds_no_command_and_no_property() {
        assert_eq!(property("a,line=9::b\n%0A"), "a%2Cline=9%3A%3Ab\\u{a}%250A");
    }
}
