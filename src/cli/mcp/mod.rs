//! `lastlook mcp`: what coding agents ask over the Model Context Protocol → the tools, under one policy and one credential.

mod desk;
mod paths;
mod shelf;
mod told;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::audit::FailOn;
use super::counter::Manner;
use super::publish::AccessArg;
use super::remote::Sending;
use super::setup::Common;
use super::{CliError, Exit, tell};
use crate::publish::{Journal, PublishError};

use desk::Desk;
use paths::Root;
use shelf::Shelf;

#[derive(clap::Args)]
#[command(
    // A password is for one release, and this serves many.
    mut_arg("otp", |otp| otp.hide(true)),
    after_help = "The policy is read once, at the start: what an agent changes in it counts from the next session on. No tool \
                  waives a finding, changes the policy, or publishes by path. Exit codes: 0 the client ended it; 2 a fault."
)]
pub(super) struct Args {
    #[command(flatten)]
    sending: Sending,
    /// The tag that versions get [default: publishConfig.tag, or latest]
    #[arg(long)]
    tag: Option<String>,
    /// Who may read a package that is new
    #[arg(long, value_enum)]
    access: Option<AccessArg>,
    /// The folder of sessions of lastlook agent [default: lastlook/agent in the folder for what programs remember]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

impl Args {
    fn manner(&self) -> Manner {
        let (tag, access) = (self.tag.clone(), self.access.map(Into::into));
        Manner { tag, access, stage: false, only_new: false, dry_run: false }
    }
}

pub(super) fn run(args: Box<Args>) -> Result<Exit, CliError> {
    if args.sending.remote.reads_stdin() {
        return Err(CliError::Usage(
            "standard input is what the client says; name a file with --token-file".to_owned(),
        ));
    }
    if args.sending.has_otp() {
        return Err(CliError::Usage("a one-time password is for one release; leave --otp out".to_owned()));
    }
    // A publish that has begun is seen through by a thread that nobody may be waiting for.
    let args: &'static Args = Box::leak(args);
    // Before any file is read: no tool finds a credential in the environment.
    let opened = args.sending.remote.open(Path::new("."))?;
    crate::secret::keep_memory();
    let journal = Journal::open(args.sending.journal.as_deref()).map_err(PublishError::from)?;
    let applied = args.common.policy(&[], true)?;
    let receipts = args.sending.receipts(&journal, Some(&applied), &[], &[])?;
    let pool = args.common.pool()?;
    let root = Root::new(Path::new(".")).map_err(|source| CliError::Read { path: ".".to_owned(), source })?;
    let (shelf, handed_in) = (Mutex::new(Shelf::new()), Mutex::default());
    if io::stderr().is_terminal() {
        tell("lastlook: serving coding agents over the Model Context Protocol, on standard input and output");
    }
    let desk = Desk { args, opened, applied, pool, journal, receipts, root, shelf, handed_in };
    crate::mcp::serve(Arc::new(desk)).map_err(CliError::Mcp)?;
    Ok(Exit::Clear)
}
