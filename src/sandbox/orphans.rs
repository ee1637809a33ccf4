//! Processes that left their group → ended all the same: whoever loses its parent becomes our child. Linux only.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

/// Who was there before packing started anybody.
#[derive(Debug)]
pub(super) struct Orphans {
    before: BTreeSet<u32>,
}

/// How long it may take until all of them are gone.
const PATIENCE: Duration = Duration::from_secs(30);

impl Orphans {
    /// Takes in, from now on, whoever loses its parent.
    pub(super) fn adopt() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        // An old system does not know this, and they are then nobody's.
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        Ok(Self { before: everybody()? })
    }

    /// Ends those that came to us since, and all that they started.
    ///
    /// What can't be seen or ended is a fault: it could change what was packed.
    pub(super) fn end(&self) -> io::Result<()> {
        let started = Instant::now();
        loop {
            let left: Vec<u32> = children()?.into_iter().filter(|id| !self.before.contains(id)).collect();
            if left.is_empty() {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                return Err(io::Error::other("what its scripts left running could not be ended"));
            }
            // Each round takes the children of those that the last one ended.
            left.into_iter().for_each(end);
        }
    }
}

#[cfg(target_os = "linux")]
fn end(id: u32) {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
    let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return };
    // It may have ended by itself, which is as well. Not waited for: another may hold on to it, who comes next.
    let _ = kill_process(pid, Signal::KILL);
    if !matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(Some(_))) {
        std::thread::sleep(Duration::from_millis(1));
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

#[cfg(not(target_os = "linux"))]
fn end(_: u32) {}

/// The numbers of all processes.
#[cfg(target_os = "linux")]
fn everybody() -> io::Result<BTreeSet<u32>> {
    let names =
        std::fs::read_dir("/proc")?.map(|entry| Ok(entry?.file_name().to_str().and_then(|name| name.parse().ok())));
    names.filter_map(io::Result::transpose).collect()
}

#[cfg(not(target_os = "linux"))]
fn everybody() -> io::Result<BTreeSet<u32>> {
    Ok(BTreeSet::new())
}

/// Our children, as the system lists them.
fn children() -> io::Result<Vec<u32>> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for id in everybody()? {
        let stat = match std::fs::read_to_string(format!("/proc/{id}/stat")) {
            Ok(stat) => stat,
            // It ended meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(NO_PROCESS) => {
                continue;
            }
            Err(error) => return Err(error),
        };
        // The name stands in brackets, and may hold anything.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if parent == Some(own.as_str()) {
            found.push(id);
        }
    }
    Ok(found)
}

/// What Linux says of a process that ended while it was looked at.
const NO_PROCESS: i32 = 3;
