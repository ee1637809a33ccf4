//! `lastlook verify npm:NAME@VERSION`: fetches a release as anybody would, compares it, and audits it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Args, since};
use crate::audit::Auditor;
use crate::cli::remote::named;
use crate::cli::setup::Applied;
use crate::cli::{CliError, Exit, complain, tell};
use crate::model::{Finding, Report};
use crate::publish::{Journal, PublishError, Receipt, tarball_name};
use crate::render::escape;
use crate::verify::{Released, VerifyError, meant, moved};

/// What is asked about a package.
#[derive(clap::Args)]
pub(super) struct Package {
    /// Walk the versions that were published from this one on (or all), and say where an exposure appeared
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "")]
    pub(super) since: Option<String>,
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

/// Looks at a version with what is known beside it: what is out there, and what the audit says of it.
pub(super) type Look<'l> = dyn Fn(&str, &[Finding]) -> Result<(Released, Report), CliError> + 'l;

pub(super) fn run(args: &Args, package: &str) -> Result<Exit, CliError> {
    let started = Instant::now();
    let (name, wanted) = named(package)?;
    if let (Some(first), true) = (&args.package.since, name != package) {
        let first = if first.is_empty() { wanted } else { first };
        let what = format!("--since looks at many versions: write npm:{name} --since {first}, or leave --since out");
        return Err(CliError::Usage(what));
    }
    let tags = tags(&args.package.tag)?;
    let opened = args.remote.open(Path::new("."))?;
    let Applied { rules, policy, .. } = args.common.policy(&[], false)?;
    let reports = args.reports.settle(&[], &[], false)?;
    let pool = args.common.pool()?;
    let readable = opened.readable(opened.choose(Some(name), None)?)?;
    let (reader, registry) = (readable.reader(), readable.registry());
    let fault = |why| VerifyError::Unreadable { registry: registry.clone(), why };
    let told = reader.told(name).map_err(fault)?;
    let told = told.ok_or_else(|| VerifyError::Missing { registry: registry.clone(), what: name.to_owned() })?;
    let pool = &pool;
    let look = |version: &str, beside: &[Finding]| -> Result<_, CliError> {
        let released = Released::fetch(&reader, &told, name, version)?;
        let file = tarball_name(name, version);
        let beside = [[&released.odd, beside].concat()];
        let auditor = Auditor::new(&rules, &policy, pool).fail_on(args.fail_on.into()).beside(&beside);
        let mut report = auditor.audit_input(&file, &released.input);
        rules.hush_report(&mut report);
        Ok((released, report))
    };
    let moved = moved(&told, tags, &journal(args, &registry, name)?, &registry, name);
    if let Some(first) = &args.package.since {
        let json = since::as_json(&reports)?;
        return Ok(since::run(name, &told, &since::in_order(&told, first)?, &moved, json, &look));
    }
    let version = meant(&told, wanted);
    let (released, report) = look(version, &moved)?;
    let written = reports.write(&report, rules.book(), started.elapsed());
    let when = released.time.as_deref().map(|time| format!(", published {time:.24}")).unwrap_or_default();
    let tagged = if released.tags.is_empty() { "no tag".to_owned() } else { released.tags.join(", ") };
    tell(&escape(&format!("lastlook: {name}@{version} at {registry}{when}, as {tagged:.200}")));
    if released.odd.is_empty() {
        tell(
            "lastlook: its bytes, and what installers are told of it, are what the registry says and the package holds",
        );
    }
    let exit = Exit::from(report.verdict());
    Ok(if !written && exit == Exit::Clear { Exit::Incomplete } else { exit })
}

/// The tags that are expected, each once.
fn tags(all: &[(String, String)]) -> Result<&[(String, String)], CliError> {
    for (at, (tag, version)) in all.iter().enumerate() {
        if let Some((_, other)) = all.iter().skip(at).find(|other| other.0 == *tag && other.1 != *version) {
            let what = format!("--tag {tag}={version} and --tag {tag}={other}: a tag stands for one version");
            return Err(CliError::Usage(what));
        }
    }
    Ok(all)
}

/// What was published before, as far as it is known here.
fn journal(args: &Args, registry: &str, name: &str) -> Result<Vec<Receipt>, PublishError> {
    let folder = args.package.journal.as_deref();
    // Whoever has published nothing has no journal, and none is made.
    let Some(journal) = Journal::found(folder)? else { return Ok(Vec::new()) };
    let receipts = journal.read()?;
    if journal.is_torn()? {
        let path = journal.path().display().to_string();
        complain(format!("lastlook: the last line of {path} was cut off: what was published last may not be in it"));
    }
    if folder.is_some() && !receipts.iter().any(|receipt| receipt.registry == registry && receipt.name == name) {
        tell(&escape(&format!("lastlook: the journal knows nothing of {name} at {registry}")));
    }
    Ok(receipts)
}
