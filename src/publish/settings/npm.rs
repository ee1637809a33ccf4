//! The npm on this machine → the registry that it was set up with, where no settings name one.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::super::Vault;

/// Passed on to npm: without these it does not run, or not find the user's settings.
const PASSED: &[&str] = &[
    "PATH",
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "PREFIX",
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATHEXT",
    "LD_LIBRARY_PATH",
    "NVM_DIR",
    "VOLTA_HOME",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
];

/// How long npm may think about it.
const LIMIT: Duration = Duration::from_secs(20);

/// An address is shorter.
const MOST: u64 = 4 << 10;

/// Where npm is, and what it may see.
#[derive(Debug)]
pub(super) struct Npm {
    program: Option<PathBuf>,
    variables: Vec<(&'static str, String)>,
}

impl Npm {
    /// The npm on PATH, if it is not one of the project's own.
    pub(super) fn of(vault: &Vault, project: &Path) -> Self {
        let variables = PASSED.iter().filter_map(|name| Some((*name, vault.plain(name)?.to_owned())));
        let within = |program: &PathBuf| program.canonicalize().map_or(true, |real| real.starts_with(project));
        let program = vault.program("npm").filter(|program| !program.starts_with(project) && !within(program));
        Self { program, variables: variables.collect() }
    }

    /// What npm says `key` is; none where it says nothing.
    pub(super) fn get(&self, key: &str) -> Result<Option<String>, String> {
        let program = self.program.as_ref().ok_or("npm was not found, which could have told one")?;
        let told = |error: std::io::Error| format!("npm could not be asked for one: {error}");
        // A folder that holds no settings, and stays empty.
        let scratch = tempfile::Builder::new().prefix("lastlook-").tempdir().map_err(told)?;
        // Without a project of its own, npm looks for one in the folders above, which may be anybody's.
        std::fs::write(scratch.path().join("package.json"), "{}").map_err(told)?;
        let mut out = tempfile::tempfile().map_err(told)?;
        let mut command = Command::new(program);
        command.args(["config", "get", key]).current_dir(scratch.path()).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env("npm_config_update_notifier", "false").env("COREPACK_ENABLE_NETWORK", "0");
        // A file does not fill up, so npm never waits for us to read.
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(out.try_clone().map_err(told)?);
        let status = ended(command.spawn().map_err(told)?).map_err(told)?;
        match status {
            Some(status) if status.success() => first(&mut out).map_err(told),
            Some(status) => Err(format!("npm could not tell one: it ended with {status}")),
            None => Err(format!("npm could not tell one within {} s", LIMIT.as_secs())),
        }
    }
}

/// Waits for the end, and brings it about after the limit.
fn ended(mut child: Child) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The one line that was written, if it says something.
fn first(out: &mut File) -> std::io::Result<Option<String>> {
    std::io::Seek::rewind(out)?;
    let mut text = String::new();
    out.take(MOST).read_to_string(&mut text)?;
    let line = text.trim();
    Ok((!matches!(line, "" | "undefined" | "null")).then(|| line.to_owned()))
}
