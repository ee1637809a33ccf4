//! What every audit needs: targets, the policy that applies, the threads.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::audit::Rules;
use crate::judge::{Policy, PolicyDraft, Snapshot};
use crate::model::Profile;
use crate::open::Target;

/// Flags that several commands share.
#[derive(Clone, clap::Args)]
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
    /// With a policy alone.
    pub(super) fn of(policy: Option<PathBuf>) -> Self {
        Self { policy, profile: None, threads: None }
    }

    /// The policy that was named: by its file, or by a profile alone, which is the built-in one.
    #[cfg(feature = "registry")]
    pub(super) fn named(&self) -> Result<Option<Policy>, CliError> {
        if self.policy.is_some() {
            return Ok(Some(self.policy(&[], true)?.policy));
        }
        let Some(profile) = self.profile() else { return Ok(None) };
        let rules = Rules::built_in()?;
        Ok(Some(Policy::built_in(Some(profile), rules.book(), rules.data())))
    }

    /// The profile that was named.
    fn profile(&self) -> Option<Profile> {
        self.profile.map(|profile| match profile {
            ProfileArg::Closed => Profile::Closed,
            ProfileArg::Open => Profile::Open,
        })
    }

    /// The threads to work on; the caller's, never rayon's global ones.
    pub(super) fn pool(&self) -> Result<rayon::ThreadPool, CliError> {
        let count = self.threads.map_or(0, usize::from);
        Ok(rayon::ThreadPoolBuilder::new().num_threads(count).build()?)
    }

    /// The rules and the policy that apply to `targets`; the reviewed contents are only read where they are judged by.
    pub(super) fn policy(&self, targets: &[Target], contents: bool) -> Result<Applied, CliError> {
        self.policy_from(Path::new("."), targets, contents)
    }

    /// Refuses a folder that holds what it would be judged by, unless the policy was named.
    #[cfg(all(feature = "mcp", unix))]
    pub(super) fn apart(&self, files: &[PathBuf], target: &Target) -> Result<(), CliError> {
        let named = self.policy.is_some();
        let mut files = files.iter().filter(|_| !named);
        files.try_for_each(|file| outside(file, &file.display().to_string(), std::slice::from_ref(target)))
    }

    /// The same, where the policy is looked for in `start` and above.
    pub(super) fn policy_from(&self, start: &Path, targets: &[Target], contents: bool) -> Result<Applied, CliError> {
        let forced = self.profile();
        let found = match &self.policy {
            Some(path) => Some((path.clone(), path.display().to_string())),
            None => find(start)?,
        };
        let Some((path, shown)) = found else {
            let rules = Rules::built_in()?;
            let policy = Policy::built_in(forced, rules.book(), rules.data());
            let snapshot = PathBuf::from("lastlook.files");
            return Ok(Applied { rules, policy, snapshot, judged: false, sources: Vec::new() });
        };
        if self.policy.is_none() {
            outside(&path, &shown, targets)?;
        }
        let text = read_text(&path).map_err(|source| CliError::Read { path: shown.clone(), source })?;
        let draft = PolicyDraft::read(&text, &shown)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut extra = Vec::new();
        for pattern in draft.extra() {
            extra.extend(rule_files(folder, pattern)?);
        }
        let rules = Rules::with(&extra, &draft.terms())?;
        let file = folder.join(draft.snapshot().unwrap_or("lastlook.files"));
        if self.policy.is_none() {
            for (name, _) in &extra {
                outside(Path::new(name), name, targets)?;
            }
            outside(&file, &file.display().to_string(), targets)?;
        }
        let judged = draft.snapshot().is_some();
        let snapshot = if contents && draft.snapshot().is_some() { Some(reviewed(&file)?) } else { None };
        let policy = draft.finish(forced, rules.book(), rules.data(), snapshot)?;
        let sources = extra.iter().map(|(name, _)| name.into()).chain([path]).collect();
        Ok(Applied { rules, policy, snapshot: file, judged, sources })
    }
}

/// The rules and the policy that apply, and where the reviewed contents are listed.
pub(super) struct Applied {
    pub(super) rules: Rules,
    pub(super) policy: Policy,
    pub(super) snapshot: PathBuf,
    /// Whether the policy judges by that list.
    pub(super) judged: bool,
    /// The file of the policy, and those of its rules.
    pub(super) sources: Vec<PathBuf>,
}

impl Applied {
    /// The files that it was read from.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.sources.iter().chain([&self.snapshot]).cloned().collect()
    }
}

/// The list of reviewed contents in `file`.
pub(super) fn reviewed(file: &Path) -> Result<Snapshot, CliError> {
    let path = file.display().to_string();
    let text = read_text(file).map_err(|source| {
        let missing = source.kind() == io::ErrorKind::NotFound;
        let first = "the policy asks for reviewed contents and there are none yet: look at what would ship, then write \
                     them with lastlook audit TARGET --write-snapshot";
        if missing {
            CliError::Usage(format!("{path}: {first}"))
        } else {
            CliError::Read { path: path.clone(), source }
        }
    })?;
    Snapshot::parse(&text).map_err(|error| CliError::Usage(format!("{path}: {error}")))
}

/// The files of rules that a policy names, by name and text, in order.
fn rule_files(folder: &Path, pattern: &str) -> Result<Vec<(String, String)>, CliError> {
    let special = |part: &str| part.contains(['*', '?', '[', '{']);
    let pattern = pattern.trim_start_matches("./");
    let fixed = pattern.split('/').take_while(|part| !special(part)).count();
    let parts: Vec<&str> = pattern.split('/').collect();
    let (start, rest) = parts.split_at(fixed);
    let base = folder.join(start.join("/"));
    let mut paths = Vec::new();
    if rest.is_empty() {
        paths.push(base);
    } else {
        let glob = globset::GlobBuilder::new(&rest.join("/")).literal_separator(true).build();
        let glob = glob.map_err(|error| CliError::Usage(format!("[rules] extra: {error}")))?.compile_matcher();
        for entry in walkdir::WalkDir::new(&base).follow_links(true).sort_by_file_name() {
            let path = |path: &Path| path.display().to_string();
            let entry = entry.map_err(|error| CliError::Read { path: path(&base), source: error.into() })?;
            let inside = entry.path().strip_prefix(&base).is_ok_and(|inside| glob.is_match(inside));
            if inside && !entry.file_type().is_dir() {
                paths.push(entry.into_path());
            }
        }
    }
    if paths.is_empty() {
        return Err(CliError::Usage(format!("[rules] extra: no file is named by {pattern:?}")));
    }
    let read = |path: PathBuf| {
        let name = path.display().to_string();
        let text = read_text(&path).map_err(|source| CliError::Read { path: name.clone(), source })?;
        Ok((name, text))
    };
    paths.into_iter().map(read).collect()
}

/// Reads a policy, a list or rules: a regular file of a sane size, so that a pipe or a device can't keep us waiting.
fn read_text(path: &Path) -> io::Result<String> {
    const MOST: u64 = 64 << 20;
    let fault = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    if !std::fs::metadata(path)?.is_file() {
        return Err(fault("it is not a regular file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST { Err(fault("it is too large")) } else { Ok(text) }
}

/// Looks for lastlook.toml in `start` and above, up to the root of the repository; outside one, only there.
fn find(start: &Path) -> Result<Option<(PathBuf, String)>, CliError> {
    let here = start.canonicalize();
    let here = here.map_err(|source| CliError::Read { path: start.display().to_string(), source })?;
    let in_repository = here.ancestors().any(|folder| folder.join(".git").exists());
    let mut up = if start == Path::new(".") { String::new() } else { format!("{}/", start.display()) };
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
