//! `lastlook verify npm:NAME --since`: version after version → where an exposure appeared, and what a takedown names.

use std::collections::BTreeSet;

use semver::Version;
use serde_json::{Value, json};

use super::package::Look;
use crate::cli::reports::Settled;
use crate::cli::{CliError, Exit, complain, print, tell};
use crate::model::Finding;
use crate::publish::Told;
use crate::render::{Format, escape};
use crate::verify::{Denied, Exposed, Past, exposed, seconds, span};

/// Whether it is told to programs.
pub(super) fn as_json(reports: &Settled<'_>) -> Result<bool, CliError> {
    match reports.plain() {
        None => Ok(false),
        Some(Format::Json) => Ok(true),
        Some(_) => Err(CliError::Usage("the versions of a package are told as human or json".to_owned())),
    }
}

/// Looks at `versions`. What is wrong with the tags counts with the last of them.
pub(super) fn run(
    name: &str,
    told: &Told,
    versions: &[Listed],
    moved: &[Finding],
    json: bool,
    look: &Look<'_>,
) -> Exit {
    let mut pasts = Vec::with_capacity(versions.len());
    let last = versions.iter().rposition(|listed| !listed.gone);
    for (at, Listed { version, gone }) in versions.iter().enumerate() {
        let time = told.whole().time(version);
        if *gone {
            pasts.push(Past::gone(version, time));
            continue;
        }
        tell(&escape(&format!("lastlook: looking at {name}@{version}")));
        let tarball = told.version(version).map_or("", |dist| &dist.tarball);
        let beside = if Some(at) == last { moved } else { &[] };
        let complain = |what: &dyn std::fmt::Display| complain(format!("lastlook: {name}@{version}: {what}"));
        match look(version, beside) {
            Ok((released, report)) => {
                released.odd.iter().chain(beside).for_each(|odd| complain(&odd.message));
                pasts.extend(report.artifacts.iter().map(|one| Past::of(version, time, tarball, one, report.fail_on)));
            }
            Err(error) => {
                complain(&error);
                pasts.push(Past::unread(version, time, tarball));
            }
        }
    }
    // Whoever begins later knows nothing of what was before.
    let all = told.versions().len() == pasts.iter().filter(|past| !past.gone).count();
    let text = if json { rows(&pasts, all).to_string() + "\n" } else { history(&pasts, all) };
    // Nobody can do more about what is gone.
    let there = pasts.iter().filter(|past| !past.gone);
    let worst = there.map(|past| Exit::from(past.verdict)).max().unwrap_or(Exit::Incomplete);
    if print(text.as_bytes()) { worst } else { Exit::Incomplete }
}

/// A version that a registry tells of.
pub(super) struct Listed {
    version: String,
    /// Whether only its time is left.
    gone: bool,
}

/// The versions from `first` on, in the order in which they were published. Those of which nobody knows when that was
/// are looked at too, at the end.
pub(super) fn in_order(told: &Told, first: &str) -> Result<Vec<Listed>, CliError> {
    let (seen, there) = (told.whole(), told.versions());
    // Within a second, what is written behind it tells.
    let time = |version: &str| seen.time(version).and_then(|text| Some((seconds(text)?, text.to_owned())));
    if !first.is_empty() && !there.contains(first) {
        return Err(CliError::Usage(format!("there is no version {first:?} to begin with")));
    }
    let start = time(first);
    let gone = seen.times().filter(|what| !there.contains(what) && what.parse::<Version>().is_ok());
    let mut all: Vec<((u64, String), Option<Version>, &str)> = there
        .iter()
        .copied()
        .chain(gone)
        .filter(|version| start.as_ref().zip(time(version)).is_none_or(|(start, own)| own >= *start))
        .map(|version| (time(version).unwrap_or((u64::MAX, String::new())), version.parse().ok(), version))
        .collect();
    all.sort();
    let listed = |version: &str| Listed { version: version.to_owned(), gone: !there.contains(version) };
    Ok(all.into_iter().map(|(_, _, version)| listed(version)).collect())
}

/// The versions, and what follows from them, for programs.
fn rows(pasts: &[Past], all: bool) -> Value {
    let denied = |one: &Denied| json!({"path": one.path, "rule": one.rule});
    let version = |past: &Past| {
        json!({
            "version": past.version, "time": past.time, "tarball": past.tarball, "verdict": past.word(),
            "sources": past.sources, "lines": past.lines, "denied": past.denied.iter().map(denied).collect::<Vec<_>>(),
        })
    };
    let file = |(past, one): &(&Past, &Denied)| json!({"version": past.version, "path": one.path, "rule": one.rule, "tarball": past.tarball});
    let exposure = |row: &Exposed<'_>| {
        json!({
            "first": row.first.version, "last": row.last.version, "next": row.next.map(|next| next.version.as_str()),
            "about": if row.files { "files" } else { "release" }, "first_known": knows_first(row, pasts, all),
            "seconds": row.first.age(), "seconds_to_next": row.next.and_then(|next| next.after(row.first)),
            "files": row.denied.iter().map(file).collect::<Vec<_>>(),
        })
    };
    json!({
        "schema": "lastlook.since/1", "versions": pasts.iter().map(version).collect::<Vec<_>>(),
        "exposures": exposed(pasts).iter().map(exposure).collect::<Vec<_>>(),
    })
}

/// Whether no version before the first one may have had it too.
fn knows_first(row: &Exposed<'_>, pasts: &[Past], all: bool) -> bool {
    all || pasts.iter().find(|past| !past.gone).is_none_or(|past| past.version != row.first.version)
}

/// The versions as a table, and what follows from it.
fn history(pasts: &[Past], all: bool) -> String {
    let mut text = String::from("\n");
    let mut line = |start: &str, what: &str| {
        text.push_str(start);
        text.push_str(&escape(what.trim_end()));
        text.push('\n');
    };
    for past in pasts {
        line("  ", &version(past));
    }
    let rows = exposed(pasts);
    if rows.is_empty() {
        line("\n  ", "Nothing is denied in any of them.");
    }
    for row in rows {
        line("\n  ", &exposure(&row, knows_first(&row, pasts, all)));
        for (past, Denied { path, rule, .. }) in &row.denied {
            let path = if path.is_empty() { "(all of it)" } else { path };
            line("      ", &format!("{}  {path}  {rule}  {}", past.version, past.tarball));
        }
    }
    text
}

/// A version in a line.
fn version(past: &Past) -> String {
    let time = past.time.as_deref().and_then(|time| time.get(..16)).unwrap_or("at a time unknown").replace('T', " ");
    let rules: BTreeSet<&str> = past.denied.iter().map(|denied| denied.rule.as_str()).collect();
    let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
    let sources = match past.sources {
        0 => String::new(),
        1 => format!("1 source, {} lines  ", past.lines),
        count => format!("{count} sources, {} lines  ", past.lines),
    };
    format!("{:<16}  {time}  {:<10}  {sources}{rules}", past.version, past.word())
}

/// Where an exposure appeared, how long it is out, and what ended it.
fn exposure(row: &Exposed<'_>, known: bool) -> String {
    let (first, last) = (&row.first.version, &row.last.version);
    let age = row.first.age().map(|age| format!(", {} ago", span(age))).unwrap_or_default();
    let age = if known { age } else { format!(" (earlier ones were not looked at){age}") };
    let seen = if known { "" } else { "seen " };
    let until = if first == last { String::new() } else { format!(" last in {last};") };
    let end = match row.next {
        Some(next) => {
            let after = next.after(row.first).map(|time| format!(", {} later", span(time))).unwrap_or_default();
            format!("{} was the next without it{after}", next.version)
        }
        None => "no version since is without it".to_owned(),
    };
    if row.files {
        format!("Exposed first {seen}in {first}{age}, and still there;{until} {end}. A takedown has to name:")
    } else {
        format!("Not what it should be first {seen}in {first}{age};{until} {end}:")
    }
}
