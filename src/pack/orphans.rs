//! Processes that left their group → ended all the same: whoever loses its parent becomes our child. Linux only.

use std::collections::BTreeSet;

/// The children we have now, none of which packing started.
#[derive(Debug)]
pub(super) struct Orphans {
    known: BTreeSet<u32>,
}

impl Orphans {
    /// Takes in, from now on, whoever loses its parent.
    pub(super) fn adopt() -> Self {
        #[cfg(target_os = "linux")]
        // An old system does not know this, and they are then nobody's.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        Self { known: children() }
    }

    /// Ends those that came since, and all that they started.
    pub(super) fn end(&self) {
        // Each round takes the children of those that the last one ended.
        for _ in 0..ROUNDS {
            let left: Vec<u32> = children().into_iter().filter(|id| !self.known.contains(id)).collect();
            if left.is_empty() {
                return;
            }
            left.into_iter().for_each(end);
        }
    }
}

/// A tree of processes is no deeper than this, or makes new ones faster than they can be ended.
const ROUNDS: usize = 1000;

#[cfg(target_os = "linux")]
fn end(id: u32) {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
    let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return };
    // It may have ended by itself, which is as well.
    let _ = kill_process(pid, Signal::KILL);
    let _ = waitpid(Some(pid), WaitOptions::empty());
}

#[cfg(not(target_os = "linux"))]
fn end(_: u32) {}

/// Our children, as the system lists them.
#[cfg(target_os = "linux")]
fn children() -> BTreeSet<u32> {
    let own = std::process::id().to_string();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_ours = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The name stands in brackets, and may hold anything.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
        parent == Some(own.as_str())
    };
    ids.filter(is_ours).collect()
}

#[cfg(not(target_os = "linux"))]
fn children() -> BTreeSet<u32> {
    BTreeSet::new()
}
