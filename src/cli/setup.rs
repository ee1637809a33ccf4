//! What every audit needs: targets, the policy that applies, the threads.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::audit::Rules;
use crate::judge::Policy;
use crate::model::Profile;
use crate::open::Target;

/// Flags that several commands share.
#[derive(clap::Args)]
pub(super) struct Common {
    /// The policy file [default: lastlook.toml here or above, up to the repository's root]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Whether original source is confidential (closed) or public already (open); overrides the policy
    #[arg(long, value_enum)]
    profile: Option<ProfileArg>,
    /// How many threads [default: one for each core, or what `RAYON_NUM_THREADS` says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum ProfileArg {
    Closed,
    Open,
}

impl Common {
    /// The threads to work on; the caller's, never rayon's global ones.
    pub(super) fn pool(&self) -> Result<rayon::ThreadPool, CliError> {
        let count = self.threads.map_or(0, usize::from);
        Ok(rayon::ThreadPoolBuilder::new().num_threads(count).build()?)
    }

    /// The policy that applies to `targets`.
    pub(super) fn policy(&self, rules: &Rules, targets: &[Target]) -> Result<Policy, CliError> {
        let forced = self.profile.map(|profile| match profile {
            ProfileArg::Closed => Profile::Closed,
            ProfileArg::Open => Profile::Open,
        });
        let found = match &self.policy {
            Some(path) => Some((path.clone(), path.display().to_string())),
            None => find()?,
        };
        let Some((path, shown)) = found else {
            return Ok(Policy::built_in(forced, rules.book(), rules.text()));
        };
        if self.policy.is_none() {
            outside(&path, &shown, targets)?;
        }
        let text = read_policy(&path).map_err(|source| CliError::Read { path: shown.clone(), source })?;
        Ok(Policy::parse(&text, &shown, forced, rules.book(), rules.text())?)
    }
}

/// Reads a policy: a regular file of a sane size, so that a pipe or a device can't keep us waiting.
fn read_policy(path: &Path) -> io::Result<String> {
    const MOST: u64 = 8 << 20;
    let fault = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    if !std::fs::metadata(path)?.is_file() {
        return Err(fault("it is not a regular file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST { Err(fault("it is too large for a policy")) } else { Ok(text) }
}

/// Looks for lastlook.toml here and above, up to the root of the repository; outside one, only here.
fn find() -> Result<Option<(PathBuf, String)>, CliError> {
    let here = std::env::current_dir().map_err(|source| CliError::Read { path: ".".to_owned(), source })?;
    let in_repository = here.ancestors().any(|folder| folder.join(".git").exists());
    let mut up = String::new();
    for folder in here.ancestors() {
        let path = folder.join("lastlook.toml");
        // A policy that is there and can't be read must not be passed over.
        if path.symlink_metadata().is_ok() {
            return Ok(Some((path, format!("{up}lastlook.toml"))));
        }
        if !in_repository || folder.join(".git").exists() {
            break;
        }
        up.push_str("../");
    }
    Ok(None)
}

/// What is inspected cannot vouch for itself.
fn outside(policy: &Path, shown: &str, targets: &[Target]) -> Result<(), CliError> {
    let Ok(policy) = policy.canonicalize() else {
        return Ok(());
    };
    for target in targets {
        if let Target::Folder(folder) = target
            && folder.canonicalize().is_ok_and(|folder| policy.starts_with(folder))
        {
            return Err(CliError::Usage(format!(
                "{shown} lies inside the folder it would judge, and what is inspected cannot vouch for itself; \
                 name it with --policy if it is yours, or audit the folder that ships"
            )));
        }
    }
    Ok(())
}

/// The targets that the arguments name.
pub(super) fn targets(names: &[PathBuf]) -> Vec<Target> {
    let target = |name: &PathBuf| {
        if name.as_os_str() == "-" {
            Target::Stdin
        } else if name.is_dir() {
            Target::Folder(name.clone())
        } else {
            Target::File(name.clone())
        }
    };
    names.iter().map(target).collect()
}
