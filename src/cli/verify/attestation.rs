//! `lastlook verify ATTESTATION --artifact FILE --public-key FILE`: whether these bytes were cleared, by whom, under which policy.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Args;
use crate::attest::{Expect, MOST, PublicKey, Refusal, Verified, verify};
use crate::audit::Document;
use crate::cli::{CliError, Exit, complain, print};
use crate::judge::Moment;
use crate::model::Limits;
use crate::open::{self, Input, Target};
use crate::publish::{PublishError, Registry};
use crate::render::{Format, escape};

#[derive(clap::Args)]
pub(super) struct Signed {
    /// The tarball that it should be about
    #[arg(long, value_name = "FILE")]
    artifact: Option<PathBuf>,
    /// A public key that may have signed it (repeatable)
    #[arg(long, value_name = "FILE")]
    public_key: Vec<PathBuf>,
    /// How many days ago it may have been cleared
    #[arg(long, value_name = "DAYS")]
    max_age: Option<u32>,
}

const SCHEMA: &str = "lastlook.verified/1";

const DAY: u64 = 86_400;

/// The attestation has to name the policy that `--policy` or `--profile` names, and the registry that `--registry` does.
pub(super) fn run(target: &Path, asked: &Args) -> Result<Exit, CliError> {
    let args = &asked.signed;
    let json = match asked.reports.settle(&[], &[], false)?.plain() {
        None => false,
        Some(Format::Json) => true,
        Some(_) => return Err(CliError::Usage("an attestation is told as human or json".to_owned())),
    };
    let Some(artifact) = &args.artifact else {
        return Err(CliError::Usage("an attestation is about a tarball: add --artifact FILE".to_owned()));
    };
    if args.public_key.is_empty() {
        let what = "whose word is it to be? Add --public-key FILE, from a place that you trust";
        return Err(CliError::Usage(what.to_owned()));
    }
    let keys: Result<Vec<PublicKey>, _> = args.public_key.iter().map(|file| PublicKey::from_file(file)).collect();
    let (keys, envelope) = (keys?, bounded(target)?);
    let unread = |path: &Path, why: &dyn std::fmt::Display| CliError::Usage(format!("{} {why}", path.display()));
    let held = open::hold(&Target::File(artifact.clone())).map_err(|error| unread(artifact, &error))?;
    let input = Input::Memory(held);
    let Input::Memory(bytes) = &input else { return Ok(Exit::Incomplete) };
    let policy = asked.common.named()?;
    let named = policy.is_some();
    let limits = policy.as_ref().map_or_else(Limits::default, |policy| policy.limits);
    let document = Document::read(&input, limits);
    // What can't be read has no name, and no attestation is about that; but other bytes are told first.
    let (name, version) = document.as_ref().map_or(("", ""), |document| (document.name(), document.version()));
    let registry = asked.remote.registry.as_deref().map(Registry::parse).transpose().map_err(PublishError::from)?;
    let now = Moment::now();
    let expect = Expect {
        name: name.to_owned(),
        version: version.to_owned(),
        policy: policy.map(|policy| policy.digest),
        registry: registry.map(|registry| registry.url()),
        oldest: args.max_age.map(|days| now.before(u64::from(days) * DAY)),
        now,
    };
    match verify(&envelope, &keys, bytes, &expect) {
        Ok(verified) => {
            let shown =
                if json { as_json(Ok((&verified, name, version))) } else { show(&verified, name, version, named) };
            Ok(if print(shown.as_bytes()) { Exit::Clear } else { Exit::Incomplete })
        }
        Err(Refusal::Name { .. }) if document.is_err() => {
            let why = document.err().map(|error| error.to_string()).unwrap_or_default();
            Err(unread(artifact, &why))
        }
        Err(refusal) => {
            if json && !print(as_json(Err(&refusal)).as_bytes()) {
                return Ok(Exit::Incomplete);
            }
            complain(format!("lastlook: not verified: {refusal}"));
            Ok(Exit::Blocked)
        }
    }
}

/// The bytes of the attestation, as far as any can go.
fn bounded(path: &Path) -> Result<Vec<u8>, CliError> {
    let fault = |source| CliError::Read { path: path.display().to_string(), source };
    if !path.metadata().map_err(fault)?.is_file() {
        return Err(fault(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fault)?;
    file.take(MOST as u64 + 1).read_to_end(&mut bytes).map_err(fault)?;
    Ok(bytes)
}

/// The same for programs: what was verified, or why not.
fn as_json(found: Result<(&Verified, &str, &str), &Refusal>) -> String {
    let told = match found {
        Ok((verified, name, version)) => {
            let Verified { keyid, time, registry, policy, tool, levels, .. } = verified;
            json!({
                "schema": SCHEMA, "verified": true, "name": name, "version": version, "cleared": time.to_string(),
                "lastlook": tool, "policy": policy, "registry": registry, "levels": levels, "key": keyid,
            })
        }
        Err(why) => json!({ "schema": SCHEMA, "verified": false, "why": why.to_string() }),
    };
    told.to_string() + "\n"
}

fn show(verified: &Verified, name: &str, version: &str, compared: bool) -> String {
    let Verified { keyid, time, registry, policy, tool, levels, .. } = verified;
    let open = if compared { "" } else { "  (any; --policy or --profile compares it)" };
    let published = registry.as_deref().unwrap_or("(not said; it was audited, not published)");
    let rows = [
        ("verified", format!("{name} {version}")),
        ("cleared", format!("{time} by lastlook {tool}")),
        ("policy", format!("{policy}{open}")),
        ("registry", published.to_owned()),
        ("holds", levels.join(" ")),
        ("key", keyid.clone()),
    ];
    let lines: Vec<String> = rows.iter().map(|(what, value)| format!("{what:<10}{}", escape(value))).collect();
    lines.join("\n") + "\n"
}
