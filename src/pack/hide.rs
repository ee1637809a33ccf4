//! Places that hold credentials → a thread, and all that it starts, that can't open them. Linux only, by Landlock.

#[cfg(target_os = "linux")]
use std::path::Path;
use std::path::PathBuf;

/// Why scripts may see what they should not.
const OPEN: &str = "scripts that ran while packing could have read the credentials in your home folder";

/// What stays out of reach.
#[derive(Debug, Default)]
pub(super) struct Wall {
    /// Can't be opened at all. Real paths, which exist.
    pub(super) hidden: Vec<PathBuf>,
    /// Can be read, and not changed.
    pub(super) kept: Vec<PathBuf>,
}

impl Wall {
    /// Does `work` on a thread behind the wall, and tells it what is wrong with the wall.
    pub(super) fn behind<T: Send>(&self, work: impl FnOnce(Option<String>) -> T + Send) -> T {
        let done = std::thread::scope(|scope| {
            let walled = move || work(self.raise().err().map(|why| format!("{OPEN}: {why}")));
            scope.spawn(walled).join()
        });
        done.unwrap_or_else(|fault| std::panic::resume_unwind(fault))
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
    fn split(&self, place: &Path, open: &mut Vec<PathBuf>, fixed: &mut Vec<PathBuf>, listed: &mut Vec<PathBuf>) {
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
