//! report → the tool, the policy and its exceptions.

use std::io::{self, Write};

use super::super::numbers::counted;
use super::html;
use crate::model::Report;

pub(super) fn render(report: &Report, unsaid: usize, out: &mut dyn Write) -> io::Result<()> {
    let policy = &report.policy;
    writeln!(out, "<footer><h2>Policy</h2>\n<dl class=\"facts\">")?;
    writeln!(out, "<div><dt>Tool</dt><dd>lastlook {}</dd></div>", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<div><dt>Policy</dt><dd><code>{}</code></dd></div>", html(&policy.source))?;
    writeln!(out, "<div><dt>Profile</dt><dd>{}</dd></div>", policy.profile.word())?;
    writeln!(out, "<div class=\"long\"><dt>Digest</dt><dd><code>{}</code></dd></div>\n</dl>", html(&policy.digest))?;
    exceptions(report, out)?;
    if unsaid > 0 {
        let what = counted(unsaid as u64, "text has", "texts have");
        writeln!(out, "<p class=\"soft\">To keep this page small, {what} no first lines in it.</p>")?;
    }
    writeln!(out, "</footer>")
}

fn exceptions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.exceptions.is_empty() {
        return writeln!(out, "<p>No exception applies.</p>");
    }
    let count = counted(report.exceptions.len() as u64, "exception", "exceptions");
    writeln!(
        out,
        "<h3>{count}</h3>\n<table class=\"stack\"><thead><tr><th scope=\"col\">State</th><th scope=\"col\">Rule and place</th>\
         <th scope=\"col\">Reason</th><th scope=\"col\" class=\"n\">Covers</th></tr></thead><tbody>"
    )?;
    for note in &report.exceptions {
        let place = note.path.as_deref().or(note.fingerprint.as_deref()).unwrap_or_default();
        let ends = note.expires.as_ref().map(|day| format!(" · until {}", html(day))).unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{}<br><span class=\"soft\">line {}</span></td><td><code>{}</code><br><code class=\"soft\">{}</code></td>\
             <td>{}{ends}</td><td class=\"n\">{}</td></tr>",
            note.state.word(),
            note.line,
            html(note.rule.as_str()),
            html(place),
            html(&note.reason),
            counted(report.covered(note.line).count() as u64, "finding", "findings")
        )?;
    }
    writeln!(out, "</tbody></table>")
}
