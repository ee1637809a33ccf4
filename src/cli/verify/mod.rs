//! `lastlook verify`: what was published, as a stranger sees it.

mod package;

use std::path::PathBuf;

use super::audit::FailOn;
use super::remote::Remote;
use super::reports::Reports;
use super::setup::Common;
use super::{CliError, Exit};

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 it is what it should be, and clear; 1 it is not; 2 it could not be read whole.")]
pub(super) struct Args {
    /// npm:NAME@VERSION
    #[arg(value_name = "TARGET")]
    target: String,
    /// Walk the versions that were published from this one on (or all), and say where an exposure appeared
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "")]
    since: Option<String>,
    /// Expect a tag to stand for a version (repeatable)
    #[arg(long, value_name = "TAG=VERSION", value_parser = package::tag)]
    tag: Vec<(String, String)>,
    /// The folder of the journal, which knows what was published last under each tag
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    reports: Reports,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    match args.target.strip_prefix("npm:") {
        Some(package) => package::run(args, package),
        None => {
            Err(CliError::Usage(format!("{:?} is nothing that can be verified; write npm:NAME@VERSION", args.target)))
        }
    }
}
