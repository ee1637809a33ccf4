//! `lastlook key`: makes a key to sign attestations with, and shows the public part of one.

use std::path::PathBuf;

use super::{CliError, Exit, print, tell};
use crate::attest::{Form, Key, PublicKey};
use crate::render::escape;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Make a key: FILE is for its owner alone, FILE.pub for everybody
    New {
        /// A new file for the private key
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Ed25519, or ECDSA on P-256 for verifiers that know no other
        #[arg(long = "type", value_enum, default_value_t = FormArg::Ed25519)]
        form: FormArg,
    },
    /// Print the public key that belongs to a private or public one, and its id
    Show {
        /// The file of the key
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FormArg {
    Ed25519,
    P256,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    crate::secret::keep_memory();
    let text = match &args.action {
        Action::New { out, form } => {
            let form = match form {
                FormArg::Ed25519 => Form::Ed25519,
                FormArg::P256 => Form::P256,
            };
            let key = Key::new(form)?;
            let public = key.write(out)?;
            let (out, public) = (out.display().to_string(), public.display().to_string());
            tell(&escape(&format!("lastlook: wrote {out}, to be kept where nobody else can read it, and {public}")));
            format!("{}\n", key.public().keyid())
        }
        Action::Show { file } => {
            let key = PublicKey::of_either(file)?;
            format!("{}{}\n", key.pem(), key.keyid())
        }
    };
    Ok(if print(text.as_bytes()) { Exit::Clear } else { Exit::Incomplete })
}
