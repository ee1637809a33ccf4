//! `lastlook verify`: what is out there, or was signed, → whether it is what was cleared.

mod attestation;

use std::path::PathBuf;

use super::{CliError, Exit};

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 it holds, 1 it does not, 2 something could not be read, or wrong usage.")]
pub(super) struct Args {
    /// The attestation
    #[arg(value_name = "ATTESTATION")]
    target: PathBuf,
    #[command(flatten)]
    attestation: attestation::Signed,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let text = args.target.to_string_lossy();
    if ["npm:", "https://", "http://"].iter().any(|start| text.starts_with(start)) {
        let what = format!("{text} can not be verified yet; name an attestation that lastlook wrote");
        return Err(CliError::Usage(what));
    }
    attestation::run(&args.target, &args.attestation)
}
