//! report → every finding, by level and rule, in markup that needs no script.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::numbers::counted;
use super::head::mark;
use super::{Seat, html};
use crate::judge::Rulebook;
use crate::model::{ArtifactReport, Level, Ruling};

/// More findings of one rule than this start closed.
const MANY: usize = 50;
/// As many other places of one value are listed.
const PLACES: usize = 20;

/// The sorts of findings, the gravest first: what is excepted stands apart, whatever its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Denied,
    Warned,
    Excepted,
    Noted,
}

impl Sort {
    fn of(ruling: &Ruling) -> Self {
        match (&ruling.waived, ruling.level) {
            (Some(_), _) => Self::Excepted,
            (None, Level::Deny) => Self::Denied,
            (None, Level::Warn) => Self::Warned,
            (None, Level::Allow) => Self::Noted,
        }
    }

    /// Its mark, one, many.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Denied => ("deny", "denied", "denied"),
            Self::Warned => ("warn", "warning", "warnings"),
            Self::Excepted => ("excepted", "excepted", "excepted"),
            Self::Noted => ("allow", "note", "notes"),
        }
    }
}

pub(super) fn render(artifact: &ArtifactReport, book: &Rulebook, seat: Seat, out: &mut dyn Write) -> io::Result<()> {
    let mut sorts: BTreeMap<Sort, BTreeMap<&str, Vec<&Ruling>>> = BTreeMap::new();
    for ruling in &artifact.rulings {
        let rules = sorts.entry(Sort::of(ruling)).or_default();
        rules.entry(ruling.finding.rule.as_str()).or_default().push(ruling);
    }
    let heading = seat.heading();
    writeln!(out, "<section class=\"findings\"><{heading}>Findings</{heading}>")?;
    if sorts.is_empty() {
        writeln!(out, "<p>Nothing was found.</p>")?;
    }
    for (sort, rules) in sorts {
        let count = rules.values().map(Vec::len).sum::<usize>() as u64;
        let (name, one, many) = sort.words();
        let title = format!("{}{}", mark(name), counted(count, one, many));
        if sort == Sort::Noted {
            let profile = artifact.profile.word();
            writeln!(
                out,
                "<details class=\"sort allow\"><summary>{title}, allowed by the {profile} profile</summary>"
            )?;
        } else {
            let below = if seat.alone { "h3" } else { "h4" };
            writeln!(out, "<div class=\"sort {name}\"><{below}>{title}</{below}>")?;
        }
        for (rule, rulings) in rules {
            group(rule, &rulings, book, out)?;
        }
        writeln!(out, "{}", if sort == Sort::Noted { "</details>" } else { "</div>" })?;
    }
    writeln!(out, "</section>")
}

/// The findings of one rule.
fn group(rule: &str, rulings: &[&Ruling], book: &Rulebook, out: &mut dyn Write) -> io::Result<()> {
    let open = if rulings.len() > MANY { " class=\"rule many\"" } else { " class=\"rule\" open" };
    let known = rulings.first().and_then(|ruling| book.get(&ruling.finding.rule));
    let title = known.map(|rule| html(&rule.title)).unwrap_or_default();
    let places = counted(rulings.len() as u64, "place", "places");
    writeln!(
        out,
        "<details{open}><summary><code>{}</code> <span class=\"count\">{places}</span> \
         <span class=\"title\">{title}</span></summary>",
        html(rule)
    )?;
    if let Some(known) = known {
        writeln!(out, "<p class=\"why\">{}</p>", html(&known.why))?;
    }
    // One remedy for all is said once.
    let help = rulings.first().map(|ruling| ruling.help.as_str()).unwrap_or_default();
    let same = rulings.iter().all(|ruling| ruling.help == help);
    if same && !help.is_empty() {
        writeln!(out, "<p class=\"fix\"><b>Fix</b> {}</p>", html(help))?;
    }
    writeln!(out, "<ol>")?;
    for ruling in rulings {
        finding(ruling, !same, out)?;
    }
    writeln!(out, "</ol></details>")
}

fn finding(ruling: &Ruling, helps: bool, out: &mut dyn Write) -> io::Result<()> {
    let finding = &ruling.finding;
    let fingerprint = html(&ruling.fingerprint);
    write!(
        out,
        "<li class=\"finding\" data-rule=\"{}\" data-level=\"{}\" data-fingerprint=\"{fingerprint}\"{}>",
        html(finding.rule.as_str()),
        ruling.level.word(),
        if ruling.waived.is_some() { " data-waived" } else { "" }
    )?;
    let place = finding.place.to_string();
    if place.is_empty() {
        write!(out, "<p class=\"place\"><em>the artifact itself</em>")?;
    } else {
        write!(out, "<p class=\"place\"><code>{}</code>", html(&place))?;
    }
    if let Some(origin) = &finding.origin {
        write!(out, " <span class=\"soft\">built from <code>{}:{}</code></span>", html(&origin.source), origin.line)?;
    }
    write!(out, "</p><p>{}", html(&finding.message))?;
    if finding.unread {
        write!(out, " <span class=\"unread\">left unread</span>")?;
    }
    write!(out, "</p>")?;
    also(ruling, out)?;
    if helps && !ruling.help.is_empty() {
        write!(out, "<p class=\"fix\"><b>Fix</b> {}</p>", html(&ruling.help))?;
    }
    if let Some(waiver) = &ruling.waived {
        let ends = waiver.expires.as_ref().map(|day| format!(" · until {}", html(day))).unwrap_or_default();
        let (reason, line) = (html(&waiver.reason), waiver.line);
        write!(out, "<p class=\"fix\"><b>Excepted</b> {reason}{ends} · line {line} of the policy</p>")?;
    }
    writeln!(out, "<p class=\"print\">fingerprint <code>{fingerprint}</code></p></li>")
}

/// Where else the same value was seen.
fn also(ruling: &Ruling, out: &mut dyn Write) -> io::Result<()> {
    if ruling.also.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> =
        ruling.also.iter().take(PLACES).map(|place| format!("<code>{}</code>", html(&place.to_string()))).collect();
    write!(out, "<p class=\"also\">also in {}", shown.join(", "))?;
    let more = ruling.also.len().saturating_sub(PLACES) as u64;
    if more > 0 {
        write!(out, " and {}", counted(more, "more place", "more places"))?;
    }
    write!(out, "</p>")
}
