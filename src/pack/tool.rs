//! A package manager's name → the program to run for it here, its version, and the commands that pack with it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::environment::Environment;
use super::{PackError, Shop};
use crate::project::{Packer, Project, major};
use crate::sandbox::{End, Ended, Limits};

/// A program that answers to the name of a packer.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    pub(super) packer: Packer,
    pub(super) version: String,
    program: PathBuf,
    lead: Vec<OsString>,
}

/// Long enough for a version on a busy machine.
const VERSION: Duration = Duration::from_mins(1);

impl Tool {
    /// The program that the project is packed with.
    pub(super) fn own(project: &Project, shop: &Shop) -> Result<Self, PackError> {
        let packer = project.choice().packer;
        let (mut other, mut broken) = (None, None);
        for (program, lead) in candidates(project, packer, &shop.environment) {
            match ask(packer, &program, &lead, project.folder(), shop)? {
                Asked::Version(version) if suits(packer, &version) => {
                    return Ok(Self { packer, version, program, lead });
                }
                Asked::Version(version) => other = other.or(Some(version)),
                Asked::Nothing(output) => {
                    let words = std::iter::once(program.as_os_str()).chain(lead.iter().map(OsString::as_os_str));
                    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
                    broken = broken.or(Some((words.join(" "), output)));
                }
            }
        }
        Err(match (other, broken) {
            (Some(found), _) => PackError::OtherYarn { wanted: packer, found },
            (None, Some((program, output))) => PackError::Unusable { program, packer, output },
            (None, None) => {
                let told_by = project.choice().told_by.clone().unwrap_or_else(|| "package.json".to_owned());
                PackError::NotInstalled { packer, told_by, hint: hint(packer) }
            }
        })
    }

    /// The other packers on PATH; Yarn's two lines share a name there.
    pub(super) fn others(&self, project: &Project, shop: &Shop) -> Vec<Self> {
        let mut found = Vec::new();
        for packer in [Packer::Npm, Packer::Pnpm, Packer::YarnClassic, Packer::Bun] {
            let Some(program) =
                on_path(packer.program(), shop.environment.get("PATH")).filter(|_| packer != self.packer)
            else {
                continue;
            };
            let asked = ask(packer, &program, &[], project.folder(), shop);
            let version = match asked {
                Ok(Asked::Version(version)) => version,
                Ok(Asked::Nothing(_)) | Err(_) => "unknown".to_owned(),
            };
            let packer = if suits(packer, &version) { packer } else { Packer::Yarn };
            if packer != self.packer {
                found.push(Self { packer, version, program, lead: Vec::new() });
            }
        }
        found
    }

    /// The command that packs the package in `folder` into `into`; `None` where scripts can't be turned off.
    pub(super) fn command(
        &self,
        folder: &Path,
        into: &Path,
        name: &str,
        scripts: bool,
        shop: &Shop,
    ) -> Option<Command> {
        let to_file = into.join(name);
        let words: (&[&str], &str, &Path, &[&str]) = match self.packer {
            Packer::Npm => (&["pack", "--json"], "--pack-destination", into, &["--ignore-scripts"]),
            // Older versions refuse the plain flag.
            Packer::Pnpm => (&["pack"], "--pack-destination", into, &["--config.ignore-scripts=true"]),
            Packer::YarnClassic => (&["pack"], "--filename", &to_file, &["--ignore-scripts"]),
            Packer::Yarn if scripts => (&["pack"], "--out", &to_file, &[]),
            // It runs prepack and postpack whatever its settings say.
            Packer::Yarn => return None,
            Packer::Bun => (&["pm", "pack"], "--destination", into, &["--ignore-scripts"]),
        };
        let (verb, flag, place, quiet) = words;
        let mut command = bare(&self.program, &self.lead, folder, self.packer, shop);
        command.args(verb).arg(flag).arg(place);
        if !scripts {
            // Only scripts may want the network, and only Yarn's settings name another program to run.
            command.args(quiet).env("npm_config_offline", "true").env("YARN_IGNORE_PATH", "1");
        }
        Some(command)
    }

    /// The scripts that publishing runs before it packs.
    pub(super) fn before_publishing(&self) -> &'static [&'static str] {
        match self.packer {
            Packer::Npm | Packer::Bun => &["prepublishOnly"],
            Packer::Pnpm => &["prepublishOnly", "prepublish"],
            Packer::YarnClassic => &["prepublish", "prepare", "prepublishOnly"],
            Packer::Yarn => &["prepublish"],
        }
    }

    /// The command that fetches what the lock file in `folder` names. It runs no script, and changes no lock file.
    pub(super) fn fetch(&self, folder: &Path, shop: &Shop) -> Command {
        let words: &[&str] = match self.packer {
            Packer::Npm => &["ci", "--ignore-scripts", "--git=/nonexistent", "--no-audit", "--no-fund"],
            Packer::Pnpm => &["install", "--frozen-lockfile", "--ignore-scripts", "--ignore-pnpmfile"],
            Packer::YarnClassic | Packer::Bun => &["install", "--frozen-lockfile", "--ignore-scripts"],
            Packer::Yarn => &["install", "--immutable", "--mode=skip-build"],
        };
        // What is run in its place is of the project.
        let mut command = bare(&self.program, &self.lead, folder, self.packer, shop);
        command.args(words).env("YARN_IGNORE_PATH", "1");
        command
    }

    /// The command that runs the scripts of what was fetched, where there is one.
    pub(super) fn rebuild(&self, folder: &Path, shop: &Shop) -> Option<Command> {
        let mut command = bare(&self.program, &self.lead, folder, self.packer, shop);
        command.arg("rebuild");
        matches!(self.packer, Packer::Npm | Packer::Pnpm).then_some(command)
    }

    /// The command that runs a script of the package in `folder`.
    pub(super) fn script(&self, folder: &Path, script: &str, shop: &Shop) -> Command {
        let mut command = bare(&self.program, &self.lead, folder, self.packer, shop);
        command.args(["run", script]);
        command
    }

    /// A command of a shell, with what the package manager's scripts would find.
    pub(super) fn shell(&self, folder: &Path, text: &str, shop: &Shop) -> Command {
        let mut command = bare(Path::new("/bin/sh"), &[], folder, self.packer, shop);
        command.args(["-c", text]);
        command
    }
}

/// The program with nothing but its own variables.
fn bare(program: &Path, lead: &[OsString], folder: &Path, packer: Packer, shop: &Shop) -> Command {
    let mut command = Command::new(program);
    command.args(lead).current_dir(folder).env_clear().envs(shop.environment.of(packer));
    command
}

/// The programs to try, best first.
fn candidates(project: &Project, packer: Packer, environment: &Environment) -> Vec<(PathBuf, Vec<OsString>)> {
    let mut found: Vec<(PathBuf, Vec<OsString>)> = Vec::new();
    let name = packer.program();
    found.extend(on_path(name, environment.get("PATH")).map(|program| (program, Vec::new())));
    if let (Packer::Yarn, Some(path), Some(node)) =
        (packer, project.yarn_path(), on_path("node", environment.get("PATH")))
    {
        found.push((node, vec![path.into()]));
    }
    let corepack = on_path("corepack", environment.get("PATH")).filter(|_| matches!(name, "pnpm" | "yarn"));
    found.extend(corepack.map(|program| (program, vec![name.into()])));
    found
}

/// The program of this name in the folders of PATH. Relative ones are skipped: they would lead into the project.
#[must_use]
pub fn on_path(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat"] } else { &[""] };
    let folders = std::env::split_paths(path?).filter(|folder| folder.is_absolute());
    let files = folders.flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))));
    files.into_iter().find(|file| runs(file))
}

#[cfg(unix)]
fn runs(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(file: &Path) -> bool {
    file.is_file()
}

enum Asked {
    Version(String),
    /// It gave none: what it printed instead.
    Nothing(Vec<u8>),
}

fn ask(packer: Packer, program: &Path, lead: &[OsString], folder: &Path, shop: &Shop) -> Result<Asked, PackError> {
    let mut command = bare(program, lead, folder, packer, shop);
    command.arg("--version");
    let Ended { end, output } = shop
        .run(&command, &Limits::of_time(VERSION))
        .map_err(|source| PackError::Start { program: program.display().to_string(), source })?;
    let text = String::from_utf8_lossy(&output);
    let number = |line: &&str| line.starts_with(|sign: char| sign.is_ascii_digit()) && line.contains('.');
    let version = text.lines().rev().map(str::trim).find(number).map(str::to_owned);
    Ok(match (end, version) {
        (End::Exit(status), Some(version)) if status.success() => Asked::Version(version),
        (End::Exit(_) | End::Limit(_), _) => Asked::Nothing(output),
    })
}

/// Whether a version is one of this packer: the two Yarns share a name.
fn suits(packer: Packer, version: &str) -> bool {
    match packer {
        Packer::Npm | Packer::Pnpm | Packer::Bun => true,
        Packer::YarnClassic => major(version).is_none_or(|major| major < 2),
        Packer::Yarn => major(version).is_some_and(|major| major > 1),
    }
}

fn hint(packer: Packer) -> &'static str {
    match packer {
        Packer::Npm => "install Node.js, which brings it",
        Packer::Pnpm => "run `corepack enable`, or install it with `npm install --global pnpm`",
        Packer::YarnClassic => "run `corepack enable`, or install it with `npm install --global yarn`",
        Packer::Yarn => "run `corepack enable`, or set yarnPath in .yarnrc.yml",
        Packer::Bun => "install it with `npm install --global bun`",
    }
}
