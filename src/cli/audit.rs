//! `lastlook audit`: reports to where they were asked for, the verdict to the caller.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

#[cfg(feature = "registry")]
use super::attesting::{Attesting, Signer};
#[cfg(feature = "registry")]
use super::clearing::Clearing;
use super::outlets::Outlet;
use super::packing::{Packing, Work};
use super::progress::Progress;
use super::reports::Reports;
use super::setup::{Applied, Common, reviewed, targets};
use super::{CliError, Exit, tell};
use crate::audit::{Auditor, Rules};
use crate::judge::Snapshot;
use crate::model::{Digest, Level, Place, Report, Text, Verdict};
use crate::open::{Ahead, Target};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Tarballs, folders or files to audit; - reads standard input
    #[arg(required_unless_present = "pack", value_name = "TARGET")]
    targets: Vec<PathBuf>,
    #[command(flatten)]
    packing: Packing,
    #[cfg(feature = "registry")]
    #[command(flatten)]
    attesting: Attesting,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    reports: Reports,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
    /// Write the list of reviewed contents anew, from what would ship now
    #[arg(long)]
    write_snapshot: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum FailOn {
    Warn,
    Deny,
}

impl From<FailOn> for Level {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Warn => Self::Warn,
            FailOn::Deny => Self::Deny,
        }
    }
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let started = Instant::now();
    let targets = targets(&args.targets);
    if targets.iter().filter(|target| **target == Target::Stdin).count() > 1 {
        return Err(CliError::Usage("standard input can be read only once".to_owned()));
    }
    #[cfg(feature = "registry")]
    if let Some(signer) = args.attesting.open()? {
        return attested(args, &signer, &targets, started);
    }
    let hashed = args.reports.show_integrity();
    let ahead = if args.packing.pack.is_none() { Ahead::start(&targets, hashed) } else { None };
    let applied = args.common.policy_from(args.packing.start(), &targets, !args.write_snapshot)?;
    let scripts = args.packing.pack.is_some();
    let reports = args.reports.settle(&targets, &applied.files(), scripts)?;
    let list = Outlet::new(&applied.snapshot, scripts);
    let Applied { rules, policy, judged, .. } = applied;
    let pool = args.common.pool()?;
    let work = args.packing.work(&[])?;
    let targets = work.as_ref().map_or(targets, Work::targets);
    let listing = Auditor::new(&rules, &policy, &pool).listing(true);
    let beside = work.as_ref().map(|work| work.differences(&listing)).unwrap_or_default();
    if ahead.is_some() {
        // One core is busy inflating.
        rules.paths().prepare();
    }
    let bytes = AtomicU64::new(0);
    let excerpts = Mutex::new(BTreeMap::new());
    let mut report = {
        let take = |_: &Place, own: &Text, text: &str| excerpt(&rules, &excerpts, own, text);
        let auditor = Auditor::new(&rules, &policy, &pool)
            .fail_on(args.fail_on.into())
            .progress(&bytes)
            .listing(args.write_snapshot)
            .integrity(hashed)
            .beside(&beside)
            .ahead(ahead);
        let auditor = if args.reports.include_text { auditor.taker(&take) } else { auditor };
        std::thread::scope(|scope| {
            let progress = Progress::start(scope, &bytes);
            let report = auditor.audit(&targets);
            progress.stop();
            report
        })
    };
    if let Some(work) = &work {
        work.place(&mut report);
    }
    report.excerpts = excerpts.into_inner().unwrap_or_else(PoisonError::into_inner);
    if args.write_snapshot {
        write_snapshot(&list, &report, judged)?;
    }
    pool.install(|| rules.hush_report(&mut report));
    let written = reports.write(&report, rules.book(), started.elapsed());
    let exit = Exit::from(report.verdict());
    // The process ends: to take them apart piece by piece is of no use to anybody.
    std::mem::forget((rules, report));
    // A report that was asked for and is missing takes the leave away, and changes no other answer.
    Ok(if !written && exit == Exit::Clear { Exit::Incomplete } else { exit })
}

/// The same, where the artifact is held, so that what is audited is what is attested.
#[cfg(feature = "registry")]
fn attested(args: &Args, signer: &Signer, targets: &[Target], started: Instant) -> Result<Exit, CliError> {
    let [target] = targets else {
        let what = "an attestation is about one tarball that is there: name one, and attest the others in further runs";
        return Err(CliError::Usage(what.to_owned()));
    };
    if args.write_snapshot {
        let what = "what is listed now was not reviewed yet: attest it in a run without --write-snapshot";
        return Err(CliError::Usage(what.to_owned()));
    }
    if *target == Target::Stdin && args.attesting.reads_stdin() {
        return Err(CliError::Usage("standard input can be read only once".to_owned()));
    }
    args.packing.work(&[])?;
    let applied = args.common.policy(targets, true)?;
    let kept: Vec<PathBuf> = applied.files().into_iter().chain(args.attesting.files()).collect();
    let reports = args.reports.settle(targets, &kept, false)?;
    let Applied { rules, policy, .. } = applied;
    let (rules, policy, pool) = (&rules, &policy, &args.common.pool()?);
    let artifacts = super::publish::held(targets, None)?;
    let fail_on = args.fail_on.into();
    let clearing = Clearing { rules, policy, pool, fail_on, beside: &[], reports, place: &|_| (), started };
    let (report, clearances) = match clearing.of(artifacts, "nothing was attested") {
        Ok(cleared) => cleared,
        Err(exit) => return Ok(exit),
    };
    for draft in signer.drafts(&clearances.iter().collect::<Vec<_>>(), &report, rules.book())? {
        draft.write(None)?;
    }
    Ok(Exit::Clear)
}

/// As many lines and characters of a text are shown.
const EXCERPT: (usize, usize) = (12, 1_000);

/// Keeps how a text begins. Secrets are taken out of the whole of it, for a part of one may not look like it.
pub(super) fn excerpt(rules: &Rules, excerpts: &Mutex<BTreeMap<Digest, String>>, own: &Text, text: &str) {
    let mut text = text.to_owned();
    rules.hush(&mut text);
    let (lines, characters) = EXCERPT;
    let begin: String = text.split_inclusive('\n').take(lines).flat_map(str::chars).take(characters).collect();
    excerpts.lock().unwrap_or_else(PoisonError::into_inner).entry(own.digest).or_insert(begin);
}

/// Lists what was read in place of what was listed of the same packages.
fn write_snapshot(list: &Outlet, report: &Report, judged: bool) -> Result<(), CliError> {
    let file = list.path();
    let mut snapshot = if file.metadata().is_ok() { reviewed(file)? } else { Snapshot::default() };
    let mut names = BTreeSet::new();
    for artifact in &report.artifacts {
        let name = artifact.package.as_ref().map(|package| package.name.as_str());
        if artifact.verdict == Verdict::Incomplete {
            let what = format!("{} was not read whole, so there is nothing to list", artifact.name);
            return Err(CliError::Usage(what));
        }
        if !names.insert(name) {
            let what = format!("two targets are called {}: list them one after the other", name.unwrap_or("nothing"));
            return Err(CliError::Usage(what));
        }
        snapshot.replace(name, &artifact.listing);
    }
    let path = file.display().to_string();
    let written = list.create().and_then(|mut out| out.write_all(snapshot.text().as_bytes()));
    written.map_err(|source| CliError::Write { path: path.clone(), source })?;
    tell(&format!("lastlook: wrote {}; review what changed in it", crate::render::escape(&path)));
    if !judged {
        let how = "write [contents] with snapshot = \"lastlook.files\" into lastlook.toml";
        tell(&format!("lastlook: nothing is judged by it yet: {how}"));
    }
    Ok(())
}
