//! `lastlook recover`: what anyone could recover, as files.

use std::path::PathBuf;

use super::setup::{Applied, Common, targets};
use super::{CliError, Exit, print, tell};
use crate::audit::Auditor;
use crate::model::{Place, Text, Verdict};
use crate::open::Target;
use crate::recover::{Folder, Plan};
use crate::render::escape;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The tarball, folder or file to recover sources from
    #[arg(value_name = "TARGET")]
    target: PathBuf,
    /// A new or empty folder for what is found
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let targets = targets(std::slice::from_ref(&args.target));
    if targets.contains(&Target::Stdin) {
        return Err(CliError::Usage(
            "sources are recovered in two readings; save standard input to a file first".to_owned(),
        ));
    }
    let Applied { rules, policy, .. } = args.common.policy(&targets, false)?;
    let pool = args.common.pool()?;
    let report = Auditor::new(&rules, &policy, &pool).audit(&targets);
    let Some(artifact) = report.artifacts.first() else {
        return Ok(Exit::Incomplete);
    };
    let incomplete = artifact.verdict == Verdict::Incomplete;
    if incomplete {
        let unread = artifact.rulings.iter().map(|ruling| &ruling.finding).find(|finding| finding.unread);
        let why = unread.map(|finding| escape(&finding.message)).unwrap_or_default();
        tell(&format!("lastlook: not everything could be read: {why} (`lastlook audit` says more)"));
    }
    let plan = Plan::of(artifact);
    let exit = if incomplete { Exit::Incomplete } else { Exit::Clear };
    if plan.is_empty() {
        print(b"No source text can be recovered.\n");
        return Ok(exit);
    }
    let count = plan.len();
    let folder = Folder::create(&args.output)?;
    let receive = |place: &Place, own: &Text, text: &str| plan.receive(&folder, place, own, text);
    let again = Auditor::new(&rules, &policy, &pool).taker(&receive).audit(&targets);
    if again.artifacts.first().is_none_or(|second| second.integrity != artifact.integrity) {
        return Err(CliError::Usage(
            "the artifact changed between two readings; what was written is not whole".to_owned(),
        ));
    }
    plan.close(&folder)?;
    let shown = escape(&args.output.display().to_string());
    let line = format!(
        "{count} {} written to {shown}; index.json there says which is which.\n",
        if count == 1 { "source" } else { "sources" }
    );
    Ok(if print(line.as_bytes()) { exit } else { Exit::Incomplete })
}
