//! `lastlook verify https://SITE`: what a site serves, what anyone could recover from it, and whether it is the build.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::audit::excerpt;
use super::super::progress::Progress;
use super::super::setup::{Applied, targets};
use super::super::{CliError, Exit, complain, tell};
use super::Args;
use crate::audit::Auditor;
use crate::model::{Place, Text, Verdict};
use crate::verify::site::{Bounds, Build, Origin, SiteError, Tally, Url, visit};

#[derive(clap::Args)]
pub(super) struct Site {
    #[command(flatten)]
    reach: Reach,
    /// The build that was deployed, as a folder or an archive: whatever differs from it blocks
    #[arg(long, value_name = "PATH")]
    build: Option<PathBuf>,
}

/// How far a look goes.
#[derive(clap::Args)]
pub(in crate::cli) struct Reach {
    /// Another origin that may be asked, such as that of a CDN (repeatable)
    #[arg(long, value_name = "URL")]
    origin: Vec<String>,
    /// Ask as many times
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// Read as many bytes in all
    #[arg(long, value_name = "BYTES", default_value_t = 200_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    bytes: u64,
    /// Read as many bytes of one file
    #[arg(long, value_name = "BYTES", default_value_t = 50_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    file_bytes: u64,
    /// Take as many seconds in all
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub(in crate::cli) seconds: u64,
    /// Read as many pages
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pages: u64,
    /// Follow links to other pages as far; 0 looks at one page alone
    #[arg(long, value_name = "N", default_value_t = 8)]
    depth: u32,
    /// Leave as many milliseconds from one request to the next
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pause: u64,
}

/// Whoever serves a site does not think for longer about one file.
const PATIENCE: Duration = Duration::from_secs(15);

impl Reach {
    /// The origins that may be asked besides.
    pub(in crate::cli) fn origins(&self) -> Result<Vec<Origin>, SiteError> {
        self.origin.iter().map(|text| Ok(address(text)?.origin().clone())).collect()
    }

    pub(in crate::cli) fn bounds(&self, timeout: Duration) -> Bounds {
        Bounds {
            requests: self.requests,
            bytes: self.bytes,
            file: self.file_bytes,
            time: Duration::from_secs(self.seconds),
            patience: timeout.min(PATIENCE).min(Duration::from_secs(self.seconds)),
            pages: self.pages,
            depth: self.depth,
            pause: Duration::from_millis(self.pause),
        }
    }
}

/// Reads the address of a site.
pub(in crate::cli) fn address(text: &str) -> Result<Url, SiteError> {
    Url::parse(text).ok_or_else(|| SiteError::Address(text.to_owned()))
}

pub(super) fn run(target: &str, asked: &Args) -> Result<Exit, CliError> {
    let args = &asked.site;
    let started = Instant::now();
    let start = address(target)?;
    let others = args.reach.origins()?;
    let builds = targets(&args.build.iter().cloned().collect::<Vec<_>>());
    let applied = asked.common.policy(&builds, false)?;
    let reports = asked.reports.settle(&builds, &applied.files(), false)?;
    let Applied { rules, policy, .. } = applied;
    let pool = asked.common.pool()?;
    let mut exit = Exit::Clear;
    let listed = (!builds.is_empty()).then(|| Auditor::new(&rules, &policy, &pool).listing(true).audit(&builds));
    let build = listed.as_ref().map(|report| {
        if report.verdict() == Verdict::Incomplete {
            complain("lastlook: the build could not be read whole (`lastlook audit` says more)".to_owned());
            exit = Exit::Incomplete;
        }
        Build::of(report.artifacts.first().map_or(&[], |artifact| artifact.listing.as_slice()))
    });
    let seen = visit(&start, &others, &args.reach.bounds(asked.remote.patience()), build.as_ref())?;
    let bytes = AtomicU64::new(0);
    let auditor = Auditor::new(&rules, &policy, &pool).fail_on(asked.fail_on.into()).progress(&bytes);
    let excerpts = Mutex::new(BTreeMap::new());
    let take = |_: &Place, own: &Text, text: &str| excerpt(&rules, &excerpts, own, text);
    let auditor = if reports.include_text() { auditor.taker(&take) } else { auditor };
    let mut report = std::thread::scope(|scope| {
        let progress = Progress::start(scope, &bytes);
        let report = auditor.audit_fetched(&seen.sets);
        progress.stop();
        report
    });
    report.excerpts = std::mem::take(&mut *excerpts.lock().unwrap_or_else(PoisonError::into_inner));
    seen.explain(&mut report);
    rules.hush_report(&mut report);
    let written = reports.write(&report, rules.book(), started.elapsed());
    tell(&summary(&seen.tally));
    let exit = exit.max(Exit::from(report.verdict()));
    Ok(if !written && exit == Exit::Clear { Exit::Incomplete } else { exit })
}

/// What was done and seen, in a line.
fn summary(tally: &Tally) -> String {
    let Tally { requests, bytes, pages, scripts, styles, modules, named, announced, hidden, originals } = tally;
    let count = |count: &u64, word: &str| format!("{count} {word}{}", if *count == 1 { "" } else { "s" });
    let modules = if *modules > 0 { format!(", {}", count(modules, "WebAssembly module")) } else { String::new() };
    let originals = if *originals > 0 { format!("; {} served", count(originals, "original")) } else { String::new() };
    format!(
        "lastlook: {}, {}, {}{modules}; maps: {named} named, {announced} announced, {hidden} hidden{originals}; {}, {bytes} bytes",
        count(pages, "page"),
        count(scripts, "script"),
        count(styles, "style"),
        count(requests, "request"),
    )
}
