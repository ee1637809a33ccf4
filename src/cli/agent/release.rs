//! `lastlook agent release`: from source to a release that is cleared, published and verified.

use std::path::PathBuf;

use super::flags::{Came, Flags, Hand, Wish, began, live};
use crate::agent::AgentError;
use crate::agent::bump::Step;
use crate::agent::release::{release, resume};
use crate::agent::session::{Session, Told};
use crate::cli::{CliError, Exit};

#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 released and verified (or cleared, with --dry-run); 1 blocked, or held by the review; 2 \
                        anything else. Scripts run in a sandbox: a copy of the project, an empty home, no network, no \
                        credential. A model mends what is denied (--fix) and reviews what is cleared: it can hold it, \
                        and never clears it."
)]
pub(super) struct Args {
    /// The project
    #[arg(default_value = ".", value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Release the next version: major, minor, patch, prerelease, prerelease=beta, or a version
    #[arg(long, value_name = "STEP")]
    bump: Option<Step>,
    /// Do everything but the sending, and change nothing in the project
    #[arg(long)]
    dry_run: bool,
    /// Where it is blocked, make the fixes that lastlook knows, and start over
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    pub(super) flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    act(args, None)
}

/// Releases, or goes on with a session.
pub(super) fn act(args: &Args, before: Option<&str>) -> Result<Exit, CliError> {
    let Args { folder, bump, dry_run, fix, flags } = args;
    flags.mind.for_release()?;
    let review = flags.mind.is_there();
    let wish = Wish { folder, bump: bump.clone(), dry_run: *dry_run, fix: *fix, review };
    flags.act(wish, &mut |hand| {
        let Hand { plan, judge, desk, hush } = hand;
        let hush = || Box::new(|text: &mut String| hush(text));
        let mut model = flags.mind.open_or_playbook(&plan.state)?;
        match before {
            None => {
                let begun = Session::begin(&plan.state, hush(), Box::new(live));
                let mut session = begun.map_err(AgentError::from)?;
                session.add(began(&plan)).map_err(AgentError::from)?;
                let ended = release(&plan, &judge, &desk, model.as_mut(), &mut session);
                Ok(Came { ended, session: session.anchor() })
            }
            Some(id) => {
                let begun = Session::resume(&plan.state, id, hush(), Box::new(live)).map_err(AgentError::from)?;
                let (mut session, Told { lines, .. }) = begun;
                let ended = resume(&plan, &judge, &desk, model.as_mut(), &mut session, &lines);
                Ok(Came { ended, session: session.anchor() })
            }
        }
    })
}
