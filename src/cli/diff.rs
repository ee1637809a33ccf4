//! `lastlook diff`: what is new, gone, grown, newly exposed, newly secret.

use std::path::PathBuf;

use super::reports::colour;
use super::setup::{Applied, Common, targets};
use super::{CliError, Exit, print, tell};
use crate::audit::Auditor;
use crate::diff::between;
use crate::model::Verdict;
use crate::open::Target;
use crate::render::{ChangesFormat, Look, changes, escape};

#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing new is denied, 1 the new one gives away what the old one did not, 2 one of \
                        them could not be read whole."
)]
pub(super) struct Args {
    /// What was released before: a tarball, a folder, a file, npm:NAME@VERSION
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// What is about to be released
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[cfg(feature = "registry")]
    #[command(flatten)]
    remote: super::remote::Remote,
    #[command(flatten)]
    common: Common,
    /// What to print
    #[arg(long, value_enum, default_value_t = FormatArg::Human)]
    format: FormatArg,
    /// Show every change, not the first few of each kind
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FormatArg {
    Human,
    Json,
    Markdown,
}

/// What the arguments name: what lies here, or was published.
fn named(args: &Args) -> Result<Vec<Target>, CliError> {
    let names = [args.old.clone(), args.new.clone()];
    #[cfg(feature = "registry")]
    {
        let fetched = super::remote::fetched(&names, &args.remote)?;
        Ok(targets(&names).into_iter().zip(fetched).map(|(here, there)| there.unwrap_or(here)).collect())
    }
    #[cfg(not(feature = "registry"))]
    Ok(targets(&names))
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let targets = named(args)?;
    if targets.iter().all(|target| *target == Target::Stdin) {
        return Err(CliError::Usage("standard input can be read only once".to_owned()));
    }
    let Applied { rules, policy, .. } = args.common.policy(&targets, false)?;
    let pool = args.common.pool()?;
    let report = Auditor::new(&rules, &policy, &pool).listing(true).audit(&targets);
    let [old, new] = report.artifacts.as_slice() else { return Ok(Exit::Incomplete) };
    let mut changed = between(old, new);
    changed.texts().for_each(|text| rules.hush(text));
    let format = match args.format {
        FormatArg::Human => ChangesFormat::Human,
        FormatArg::Json => ChangesFormat::Json,
        FormatArg::Markdown => ChangesFormat::Markdown,
    };
    let look = Look { colour: colour(), all: args.all, ..Look::default() };
    let mut page = Vec::new();
    let fault = |source| CliError::Write { path: "the page".to_owned(), source };
    changes(&changed, format, look, &mut page).map_err(fault)?;
    let mut exit = if changed.worse() { Exit::Blocked } else { Exit::Clear };
    for side in [old, new].into_iter().filter(|side| side.verdict == Verdict::Incomplete) {
        let unread = side.rulings.iter().map(|ruling| &ruling.finding).find(|finding| finding.unread);
        let why = unread.map(|finding| escape(&finding.message)).unwrap_or_default();
        tell(&format!("lastlook: {} could not be read whole: {why} (`lastlook audit` says more)", escape(&side.name)));
        exit = Exit::Incomplete;
    }
    Ok(if print(&page) { exit } else { exit.max(Exit::Incomplete) })
}
