//! `lastlook verify`: what was signed, or is out there → whether it is what was cleared.

mod attestation;
mod flags;
mod package;
mod since;
mod site;

use std::path::PathBuf;

use flags::Kind;
#[cfg(unix)]
pub(super) use site::{Reach, address};

use super::audit::FailOn;
use super::remote::Remote;
use super::reports::Reports;
use super::setup::Common;
use super::{CliError, Exit};

#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 it is what it should be, and clear; 1 it is not; 2 something could not be read whole, \
                        or wrong usage."
)]
pub(super) struct Args {
    // It comes first: whoever reads the others takes them away.
    #[command(flatten)]
    given: flags::Given,
    /// `npm:NAME@VERSION`, `https://SITE`, or a file with an attestation
    #[arg(value_name = "TARGET")]
    target: PathBuf,
    #[command(flatten, next_help_heading = "Attestations")]
    signed: attestation::Signed,
    #[command(flatten, next_help_heading = "Packages")]
    package: package::Package,
    #[command(flatten, next_help_heading = "Sites")]
    site: site::Site,
    #[command(flatten, next_help_heading = "Registry")]
    remote: Remote,
    #[command(flatten, next_help_heading = "Audit")]
    common: Common,
    #[command(flatten)]
    reports: Reports,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let text = args.target.to_string_lossy();
    let kind = Kind::of(&text, args.package.since.is_some());
    args.given.check(kind)?;
    match kind {
        Kind::Package | Kind::Versions => package::run(args, text.strip_prefix("npm:").unwrap_or_default()),
        Kind::Site => site::run(&text, args),
        Kind::Attestation => attestation::run(&args.target, args),
    }
}
