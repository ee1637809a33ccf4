//! `lastlook agent watch`: what is published, looked at again and again → reports of what changed.

mod eyes;
mod package;
mod site;
mod targets;
mod tellers;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::state;
use crate::agent::clock::System;
use crate::agent::watch::{Ending, Store, Watch};
use crate::cli::audit::FailOn;
use crate::cli::remote::Remote;
use crate::cli::setup::{Applied, Common};
use crate::cli::verify::Reach;
use crate::cli::{CliError, Exit, tell};
use crate::model::Verdict;
use crate::render::escape;
use eyes::Eyes;
use tellers::Tellers;

#[derive(clap::Args)]
#[command(after_help = "Without --once it runs until it is told to end (SIGINT, SIGTERM), and ends with 0. \
                  Exit codes with --once: 0 nothing denied stands, and all reports were taken; 1 something denied stands; \
                  2 something could not be read, or a report not be delivered.")]
pub(super) struct Args {
    /// `npm:NAME` (what tags stand for, and what comes from now on), `npm:NAME@VERSION`, or `https://SITE`
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<String>,
    /// How often to look
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    every: u64,
    /// Look once and end, where something else calls it again, such as cron
    #[arg(long)]
    once: bool,
    /// The folder of what was seen [default: lastlook/agent in the folder for what programs remember]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// The folder of the journal, which knows what lastlook published
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    /// Fetch as many versions of a package in a round; the others have their turn in the next one
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    versions: u16,
    #[command(flatten, next_help_heading = "Reports")]
    tellers: Tellers,
    #[command(flatten, next_help_heading = "Registry")]
    remote: Remote,
    #[command(flatten, next_help_heading = "Bounds of a look")]
    reach: Reach,
    #[command(flatten, next_help_heading = "Audit")]
    common: Common,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    // Before any file is read and any program is started: neither finds a credential here.
    let opened = args.remote.open(Path::new("."))?;
    let Applied { rules, policy, .. } = args.common.policy(&[], false)?;
    let pool = args.common.pool()?;
    let hush = |text: &mut String| {
        opened.scrub(text);
        rules.hush(text);
    };
    let targets = targets::read(&args.targets, &opened)?;
    let origins = args.reach.origins()?;
    let mut teller = args.tellers.open(&hush)?;
    let state = state(args.state.as_deref())?;
    let (mut keep, known) = Store::open(&state)?;
    let ending = Arc::new(Ending::default());
    end_on_signals(&ending, args.once)?;
    let say = |text: &str| {
        let mut text = format!("lastlook: {text}");
        hush(&mut text);
        tell(&escape(&text));
    };
    let (fail_on, seconds) = (args.fail_on.into(), Duration::from_secs(args.reach.seconds));
    let bounds = args.reach.bounds(args.remote.patience());
    let patience = args.remote.patience().min(seconds / TENTH).max(Duration::from_secs(1));
    let journal = args.journal.as_deref();
    let versions = usize::from(args.versions);
    let (opened, rules, policy, pool, hush) = (&opened, &rules, &policy, &pool, &hush);
    let mut look =
        Eyes { opened, rules, policy, pool, fail_on, bounds, origins, journal, versions, patience, seconds, hush };
    let every = Duration::from_mins(args.every);
    let (count, seq) = (targets.len(), known.seq());
    let count = format!("{count} target{}", if count == 1 { "" } else { "s" });
    let clock = System::default();
    let mut watch = Watch {
        targets: &targets,
        every,
        look: &mut look,
        tell: &mut *teller,
        keep: &mut keep,
        clock: &clock,
        ending: &ending,
        say: &say,
        state: known,
    };
    if args.once {
        let verdict = watch.once();
        let (reports, waiting) = (watch.state.seq().saturating_sub(seq), watch.state.outbox().len());
        let waiting = if waiting == 0 { String::new() } else { format!(", {waiting} not taken yet") };
        let of = if reports == 1 { "1 report".to_owned() } else { format!("{reports} reports") };
        say(&format!("{count}, {of}{waiting}: {}", word(verdict)));
        return Ok(verdict.into());
    }
    say(&format!("watching {count}, every {} minutes", args.every));
    watch.run(&|| true);
    Ok(Exit::Clear)
}

/// As many answers of the other side have a place in the time of a look.
const TENTH: u32 = 10;

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Clear => "nothing that is denied stands",
        Verdict::Blocked => "something that is denied stands",
        Verdict::Incomplete => "not all could be read, or told",
    }
}

/// Ends once what is begun is done.
fn end_on_signals(ending: &Arc<Ending>, once: bool) -> Result<(), CliError> {
    let fault = |source| CliError::Read { path: "the signals of this process".to_owned(), source };
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(fault)?;
    let ending = Arc::clone(ending);
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _quiet = ending.ask();
            tell("lastlook: told to end; what was seen is kept, and the next watch goes on from there");
            std::process::exit(if once { 2 } else { 0 });
        }
    });
    Ok(())
}
