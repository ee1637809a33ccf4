//! `lastlook verify npm:NAME@VERSION`: fetches a release as anybody would, compares it, and audits it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use semver::Version;

use super::Args;
use crate::audit::Auditor;
use crate::cli::remote::named;
use crate::cli::setup::Applied;
use crate::cli::{CliError, Exit, complain, print, tell};
use crate::model::Verdict;
use crate::publish::{Journal, PublishError, Reader, Receipt, Seen};
use crate::render::{Format, escape};
use crate::verify::{Exposed, Past, Released, VerifyError, exposed, moved, seconds, span};

/// What is asked about a package.
#[derive(clap::Args)]
pub(super) struct Package {
    /// Walk the versions that were published from this one on (or all), and say where an exposure appeared
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "")]
    since: Option<String>,
    /// Expect a tag to stand for a version (repeatable)
    #[arg(long, value_name = "TAG=VERSION", value_parser = tag)]
    tag: Vec<(String, String)>,
    /// The folder of the journal, which knows what was published last under each tag
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

/// Reads `TAG=VERSION`.
fn tag(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(tag, version)| !tag.is_empty() && !version.is_empty());
    let (tag, version) = parts.ok_or("write it as TAG=VERSION, such as latest=1.4.0")?;
    Ok((tag.to_owned(), version.to_owned()))
}

pub(super) fn run(args: &Args, package: &str) -> Result<Exit, CliError> {
    let started = Instant::now();
    let (name, wanted) = named(package)?;
    let opened = args.remote.open(Path::new("."))?;
    let Applied { rules, policy, .. } = args.common.policy(&[], false)?;
    let reports = args.reports.settle(&[], &[], false)?;
    let pool = args.common.pool()?;
    let chosen = opened.choose(Some(name), None)?;
    let wire = opened.wire(&chosen.registry)?;
    let credential = opened.reading(&chosen)?;
    let reader = Reader::new(&wire, &chosen.registry, credential.as_ref());
    let registry = chosen.registry.url();
    let fault = |why| VerifyError::Unreadable { registry: registry.clone(), why };
    let seen = reader.all(name).map_err(fault)?;
    let seen = seen.ok_or_else(|| VerifyError::Missing { registry: registry.clone(), what: name.to_owned() })?;
    let auditor = || Auditor::new(&rules, &policy, &pool).fail_on(args.fail_on.into());
    let look = |version: &str| -> Result<_, CliError> {
        let released = Released::fetch(&reader, &seen, name, version)?;
        let file = format!("{}-{version}.tgz", name.trim_start_matches('@').replace('/', "-"));
        let report = auditor().audit_input(&file, &released.input);
        Ok((released, report))
    };
    let odd_tags = moved(&seen, &args.package.tag, &journal(args)?, &registry, name);
    for odd in &odd_tags {
        complain(format!("lastlook: {odd}"));
    }
    let tags = if odd_tags.is_empty() { Exit::Clear } else { Exit::Blocked };
    if let Some(first) = &args.package.since {
        let json = match reports.plain() {
            None => false,
            Some(Format::Json) => true,
            Some(_) => return Err(CliError::Usage("the versions of a package are told as human or json".to_owned())),
        };
        if reports.has_files() {
            return Err(CliError::Usage("--output is for the report of one version, not for --since".to_owned()));
        }
        let versions = in_order(&seen, first)?;
        let mut pasts = Vec::with_capacity(versions.len());
        for version in &versions {
            tell(&escape(&format!("lastlook: looking at {name}@{version}")));
            let tarball = seen.version(version).map(|dist| dist.tarball.as_str()).unwrap_or_default();
            let (released, report) = match look(version) {
                Ok(looked) => looked,
                Err(error) => {
                    complain(format!("lastlook: {name}@{version}: {error}"));
                    pasts.push(Past::unread(version, seen.time(version), tarball));
                    continue;
                }
            };
            for odd in &released.odd {
                complain(format!("lastlook: {name}@{version}: {odd}"));
            }
            pasts.extend(report.artifacts.first().map(|one| Past::of(version, seen.time(version), tarball, one)));
            if !released.odd.is_empty() {
                pasts.iter_mut().rev().take(1).for_each(|past| past.verdict = past.verdict.max(Verdict::Blocked));
            }
        }
        let text = if json { rows(&pasts).to_string() + "\n" } else { history(&pasts) };
        let worst = pasts.iter().map(|past| Exit::from(past.verdict)).max().unwrap_or(Exit::Incomplete);
        return Ok(if print(text.as_bytes()) { worst.max(tags) } else { Exit::Incomplete });
    }
    // A tag may be called like a version, and is not what was asked for then.
    let version = if seen.version(wanted).is_some() { wanted } else { seen.tag(wanted).unwrap_or(wanted) };
    let (released, mut report) = look(version)?;
    rules.hush_report(&mut report);
    let written = reports.write(&report, rules.book(), started.elapsed());
    let when = released.time.as_deref().map(|time| format!(", published {time:.24}")).unwrap_or_default();
    let tagged = if released.tags.is_empty() { "no tag".to_owned() } else { released.tags.join(", ") };
    tell(&escape(&format!("lastlook: {name}@{version} at {registry}{when}, as {tagged:.200}")));
    for odd in &released.odd {
        complain(format!("lastlook: {odd}"));
    }
    if released.odd.is_empty() {
        tell(
            "lastlook: its bytes, and what installers are told of it, are what the registry says and the package holds",
        );
    }
    let odd = if released.odd.is_empty() { tags } else { Exit::Blocked };
    let exit = Exit::from(report.verdict()).max(odd);
    Ok(if !written && exit == Exit::Clear { Exit::Incomplete } else { exit })
}

/// What was published before, as far as it is known here.
fn journal(args: &Args) -> Result<Vec<Receipt>, PublishError> {
    // Whoever has published nothing has no journal, and none is made.
    match Journal::found(args.package.journal.as_deref()) {
        Some(journal) => Ok(journal.read()?),
        None => Ok(Vec::new()),
    }
}

/// The versions from `first` on, in the order in which they were published. Those of which nobody knows when that was
/// are looked at too, at the end.
fn in_order(seen: &Seen, first: &str) -> Result<Vec<String>, CliError> {
    // Within a second, what is written behind it tells.
    let time = |version: &str| seen.time(version).and_then(|text| Some((seconds(text)?, text.to_owned())));
    if !first.is_empty() && seen.version(first).is_none() {
        return Err(CliError::Usage(format!("there is no version {first:?} to begin with")));
    }
    let start = time(first);
    let mut all: Vec<((u64, String), Option<Version>, &str)> = seen
        .versions()
        .filter(|(version, _)| start.as_ref().zip(time(version)).is_none_or(|(start, own)| own >= *start))
        .map(|(version, _)| (time(version).unwrap_or((u64::MAX, String::new())), version.parse().ok(), version))
        .collect();
    all.sort();
    Ok(all.into_iter().map(|(_, _, version)| version.to_owned()).collect())
}

/// The versions, and what follows from them, for programs.
fn rows(pasts: &[Past]) -> serde_json::Value {
    let version = |past: &Past| {
        let files = past.files.iter().map(|(path, rule)| serde_json::json!({"path": path, "rule": rule}));
        serde_json::json!({
            "version": past.version, "time": past.time, "tarball": past.tarball, "verdict": past.verdict.word(),
            "sources": past.sources, "lines": past.lines, "denied": files.collect::<Vec<_>>(),
        })
    };
    let exposure = |row: &Exposed<'_>| {
        serde_json::json!({
            "first": row.first.version, "last": row.last.version, "next": row.next.map(|next| next.version.as_str()),
            "seconds": row.first.age(), "seconds_to_next": row.next.and_then(|next| next.after(row.first)),
        })
    };
    serde_json::json!({
        "schema": "lastlook.since/1", "versions": pasts.iter().map(version).collect::<Vec<_>>(),
        "exposures": exposed(pasts).iter().map(exposure).collect::<Vec<_>>(),
    })
}

/// The versions as a table, and what follows from it.
fn history(pasts: &[Past]) -> String {
    let mut text = String::from("\n");
    for past in pasts {
        let time =
            past.time.as_deref().and_then(|time| time.get(..16)).unwrap_or("at a time unknown").replace('T', " ");
        let rules: std::collections::BTreeSet<&str> = past.files.iter().map(|(_, rule)| rule.as_str()).collect();
        let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
        let sources = match past.sources {
            0 => String::new(),
            1 => format!("1 source, {} lines  ", past.lines),
            count => format!("{count} sources, {} lines  ", past.lines),
        };
        let (version, verdict) = (&past.version, past.verdict.word());
        text.push_str(&escape(format!("  {version:<16}  {time}  {verdict:<10}  {sources}{rules}").trim_end()));
        text.push('\n');
    }
    let rows = exposed(pasts);
    if rows.is_empty() {
        text.push_str("\n  Nothing is denied in any of them.\n");
    }
    for row in rows {
        text.push_str("\n  ");
        text.push_str(&escape(&exposure(&row)));
        text.push('\n');
        let within = pasts.iter().skip_while(|past| past.version != row.first.version);
        let until = row.next.map(|next| next.version.as_str());
        for past in within.take_while(|past| Some(past.version.as_str()) != until) {
            for (path, rule) in past.files.iter().filter(|_| past.verdict == Verdict::Blocked) {
                text.push_str(&escape(&format!("      {}  {path}  {rule}  {}", past.version, past.tarball)));
                text.push('\n');
            }
        }
    }
    text
}

/// Where an exposure appeared, how long it is out, and what ended it.
fn exposure(row: &Exposed<'_>) -> String {
    let age = row.first.age().map(|age| format!(", {} ago", span(age))).unwrap_or_default();
    let end = match row.next {
        Some(next) => {
            let after = next.after(row.first).map(|time| format!(" {} later", span(time))).unwrap_or_default();
            format!("{} was the next without it{after}", next.version)
        }
        None => format!("it is in every version since, up to {}", row.last.version),
    };
    format!("Exposed first in {}{age}, and still there; {end}. A takedown has to name:", row.first.version)
}
