//! Places that hold credentials → a process, and all that it starts, that can't open them. Linux only, by Landlock.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{WALL, dressed};

/// Why scripts may see what they should not.
const OPEN: &str = "scripts that ran while packing could have read the credentials in your home folder";

/// Raises a wall and becomes `program`; without one, says what is wrong with the wall. Comes back only when it failed.
///
/// # Errors
/// What is wrong with the wall, or with the program.
pub fn behind(hidden: Vec<PathBuf>, kept: Vec<PathBuf>, program: &[OsString]) -> Result<(), String> {
    let raised = Wall { hidden, kept }.raise();
    // Who started us has asked before, and said what scripts can read where there is no wall.
    let Some((program, args)) = program.split_first() else { return raised };
    become_program(Command::new(program).args(args))
}

/// Comes back only when it failed.
#[cfg(unix)]
pub(super) fn become_program(command: &mut Command) -> Result<(), String> {
    let error = std::os::unix::process::CommandExt::exec(command);
    Err(format!("{} could not be started: {error}", command.get_program().display()))
}

#[cfg(not(unix))]
pub(super) fn become_program(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| error.to_string())?;
    std::process::exit(status.code().unwrap_or(1))
}

/// What stays out of reach.
#[derive(Debug, Clone, Default)]
pub struct Wall {
    /// Can't be opened at all. Real paths, which exist.
    pub hidden: Vec<PathBuf>,
    /// Can be read, and not changed.
    pub kept: Vec<PathBuf>,
}

impl Wall {
    /// The command that runs `command` behind the wall: `runner` raises it around itself, and becomes the program.
    ///
    /// A process of its own, since whoever is behind the wall can reach the memory of whoever else is.
    pub(super) fn around(&self, runner: &Path, command: &Command) -> Command {
        dressed(runner, std::iter::once(WALL.into()).chain(self.words()), command)
    }

    /// What is wrong with the wall on this machine, in words, if anything is.
    #[must_use]
    pub fn fault(&self, runner: &Path) -> Option<String> {
        let output = Command::new(runner).arg(WALL).args(self.words()).env_clear().output();
        let said = match output {
            Ok(output) if output.status.success() => return None,
            Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        Some(format!("{OPEN}: {said}"))
    }

    fn words(&self) -> impl Iterator<Item = OsString> {
        let rows = |flag: &'static str, places: &[PathBuf]| {
            places.iter().flat_map(move |place| [flag.into(), place.clone().into_os_string()]).collect::<Vec<_>>()
        };
        rows("--hide", &self.hidden).into_iter().chain(rows("--keep", &self.kept))
    }

    #[cfg(not(target_os = "linux"))]
    fn raise(&self) -> Result<(), String> {
        let _ = (&self.hidden, &self.kept);
        Err("this system has no way to keep them out of reach".to_owned())
    }

    /// Landlock can only allow: so everything beside the hidden places is, along the paths that lead to them.
    #[cfg(target_os = "linux")]
    fn raise(&self) -> Result<(), String> {
        use landlock::{
            ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
            RulesetCreatedAttr as _, RulesetStatus, Scope, path_beneath_rules,
        };
        let old = |_| "this kernel has no Landlock that could keep them out of reach".to_owned();
        let fault = |error: landlock::RulesetError| error.to_string();
        give_up_privileges().map_err(|error| format!("privileges could not be given up: {error}"))?;
        let (mut open, mut fixed, mut listed) = (Vec::new(), Vec::new(), Vec::new());
        self.split(Path::new("/"), &mut open, &mut fixed, &mut listed);
        // The second version is the first that lets builds move files from folder to folder.
        let all = AccessFs::from_all(ABI::V2);
        let read = AccessFs::from_read(ABI::V2);
        let status = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(all)
            .map_err(old)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::Truncate)
            .and_then(|rules| rules.scope(Scope::Signal | Scope::AbstractUnixSocket))
            .map_err(fault)?
            .create()
            .map_err(old)?
            .add_rules(path_beneath_rules(open, all | AccessFs::Truncate))
            .and_then(|rules| rules.add_rules(path_beneath_rules(fixed, read)))
            .and_then(|rules| rules.add_rules(path_beneath_rules(listed, AccessFs::ReadDir)))
            .and_then(landlock::RulesetCreated::restrict_self)
            .map_err(fault)?;
        if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
            return Err("Landlock is turned off on this machine".to_owned());
        }
        let seen =
            self.hidden.iter().filter_map(|place| first_file(place)).find(|file| std::fs::File::open(file).is_ok());
        seen.map_or(Ok(()), |file| Err(format!("{} can be opened all the same", file.display())))
    }

    /// Sorts all that is at or below `place` into what may be changed, read, or only listed.
    #[cfg(target_os = "linux")]
    pub(super) fn split(
        &self,
        place: &Path,
        open: &mut Vec<PathBuf>,
        fixed: &mut Vec<PathBuf>,
        listed: &mut Vec<PathBuf>,
    ) {
        if self.hidden.iter().any(|hidden| hidden == place) {
            return;
        }
        if self.kept.iter().any(|kept| kept == place) {
            return fixed.push(place.to_owned());
        }
        if !self.hidden.iter().chain(&self.kept).any(|odd| odd.starts_with(place)) {
            return open.push(place.to_owned());
        }
        listed.push(place.to_owned());
        // What can't be listed stays closed. A link opens nothing: what it leads to has rules of its own.
        for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
                self.split(&entry.path(), open, fixed, listed);
            }
        }
    }
}

/// A file to try the wall with.
#[cfg(target_os = "linux")]
fn first_file(place: &Path) -> Option<PathBuf> {
    let files = walkdir::WalkDir::new(place).max_depth(3).into_iter().flatten();
    files.into_iter().find(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path)
}

/// Root may look past Landlock into other processes, and their environment, by these alone.
#[cfg(target_os = "linux")]
fn give_up_privileges() -> std::io::Result<()> {
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
    let given_up = CapabilitySet::SYS_ADMIN
        | CapabilitySet::SYS_PTRACE
        | CapabilitySet::SYS_RAWIO
        | CapabilitySet::SYS_MODULE
        | CapabilitySet::PERFMON
        | CapabilitySet::BPF
        | CapabilitySet::CHECKPOINT_RESTORE
        | CapabilitySet::MKNOD;
    let mut sets = capabilities(None)?;
    for set in [&mut sets.effective, &mut sets.permitted, &mut sets.inheritable] {
        set.remove(given_up);
    }
    Ok(set_capabilities(None, sets)?)
}
