//! `lastlook agent`: releases by a plan in code, and the sessions that they leave.

mod desk;
mod flags;
mod log;
mod mind;
mod person;
mod release;
mod resume;
mod run;
mod watch;

use std::io;
use std::path::{Path, PathBuf};

use super::{CliError, Exit};
use crate::publish::{JournalError, PublishError, state_folder};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Build, pack, audit, publish and verify a project, with its scripts kept in
    Release(Box<release::Args>),
    /// Give a model a task: it can look, mend, run in a sandbox, and release what the audit has cleared
    Run(Box<run::Args>),
    /// Bring a release that was cut off to its end; nothing is sent twice
    Resume(Box<resume::Args>),
    /// Show a session
    Log(log::Args),
    /// Look at published packages and sites again and again, and tell what changed
    Watch(Box<watch::Args>),
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    match &args.command {
        Verb::Release(args) => release::run(args),
        Verb::Run(args) => run::run(args),
        Verb::Resume(args) => resume::resume(args),
        Verb::Log(args) => log::run(args),
        Verb::Watch(args) => watch::run(args),
    }
}

/// The folder of sessions and memories.
pub(super) fn state(named: Option<&Path>) -> Result<PathBuf, CliError> {
    let usual = || state_folder().map(|folder| folder.join("agent"));
    let folder = named.map(Path::to_owned).or_else(usual).ok_or_else(|| PublishError::from(JournalError::NoPlace))?;
    // Scripts are kept out of it by its real path, and work in other folders.
    let real = crate::secret::private_folder(&folder).and_then(|()| folder.canonicalize());
    let real = real.and_then(|real| if is_ours(&real)? { Ok(real) } else { Err(io::Error::other(OTHERS)) });
    real.map_err(|source| CliError::Write { path: folder.display().to_string(), source })
}

/// Why a folder is not taken: a session is a command that is run again, and whoever writes it says which.
const OTHERS: &str = "others own it, or may write there; name one of your own with --state DIR";

fn is_ours(folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let about = folder.metadata()?;
    Ok(about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o022 == 0)
}
