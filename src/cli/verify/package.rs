//! `lastlook verify npm:NAME@VERSION`: fetches a release as anybody would, compares it, and audits it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Args, since};
use crate::audit::Auditor;
use crate::cli::remote::named;
use crate::cli::setup::Applied;
use crate::cli::{CliError, Exit, tell};
use crate::model::{Finding, Report};
use crate::publish::{Journal, PublishError, Reader, Receipt};
use crate::render::escape;
use crate::verify::{Released, VerifyError, moved};

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
    let pool = &pool;
    let look = |version: &str, beside: &[Finding]| -> Result<_, CliError> {
        let released = Released::fetch(&reader, &seen, name, version)?;
        let file = format!("{}-{version}.tgz", name.trim_start_matches('@').replace('/', "-"));
        let beside = [[&released.odd, beside].concat()];
        let auditor = Auditor::new(&rules, &policy, pool).fail_on(args.fail_on.into()).beside(&beside);
        let mut report = auditor.audit_input(&file, &released.input);
        rules.hush_report(&mut report);
        Ok((released, report))
    };
    let moved = moved(&seen, &args.package.tag, &journal(args)?, &registry, name);
    if let Some(first) = &args.package.since {
        let json = since::as_json(&reports)?;
        return Ok(since::run(name, &seen, &since::in_order(&seen, first)?, &moved, json, &look));
    }
    // A tag may be called like a version, and is not what was asked for then.
    let version = if seen.version(wanted).is_some() { wanted } else { seen.tag(wanted).unwrap_or(wanted) };
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

/// What was published before, as far as it is known here.
fn journal(args: &Args) -> Result<Vec<Receipt>, PublishError> {
    // Whoever has published nothing has no journal, and none is made.
    match Journal::found(args.package.journal.as_deref()) {
        Some(journal) => Ok(journal.read()?),
        None => Ok(Vec::new()),
    }
}
