//! `lastlook verify`: what was published, seen from outside.

mod site;

use super::{CliError, Exit};

#[derive(clap::Args)]
pub(super) struct Args {
    /// A site, by its address
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    site: site::Site,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    if args.target.starts_with("https://") || args.target.starts_with("http://") {
        return site::run(&args.target, &args.site);
    }
    Err(CliError::Usage("name what to verify: https://HOST/".to_owned()))
}
