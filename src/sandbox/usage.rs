//! This process → what all that it started uses now.

use std::collections::BTreeMap;
use std::time::Duration;

use super::run::Limits;

/// What is used.
#[derive(Debug, Default)]
pub(super) struct Usage {
    memory: u64,
    processes: u64,
}

impl Usage {
    /// Of all that this process started, also where it lost its parent meanwhile and is our child now; none where the
    /// system does not tell.
    #[cfg(target_os = "linux")]
    pub(super) fn of_ours() -> Option<Self> {
        let page = rustix::param::page_size() as u64;
        let mut all: BTreeMap<u32, (u32, u64)> = BTreeMap::new();
        for entry in std::fs::read_dir("/proc").ok()?.flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            // The name stands in brackets, and may hold anything.
            let Some((_, rest)) = stat.rsplit_once(')') else { continue };
            let field = |at: usize| rest.split_whitespace().nth(at);
            all.insert(id, (field(1)?.parse().ok()?, field(21)?.parse().ok()?));
        }
        let own = std::process::id();
        let mut usage = Self::default();
        for (_, pages) in all.iter().filter(|(id, _)| descends(**id, own, &all)).map(|(_, row)| row) {
            usage.processes += 1;
            usage.memory = usage.memory.saturating_add(pages.saturating_mul(page));
        }
        Some(usage)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of_ours() -> Option<Self> {
        None
    }

    /// What is more than it may be, in words.
    pub(super) fn excess(&self, limits: &Limits) -> Option<String> {
        if self.memory > limits.memory {
            return Some(format!("it took more than {} MB of memory", limits.memory >> 20));
        }
        (self.processes > limits.processes).then(|| format!("it started more than {} processes", limits.processes))
    }
}

/// Whether `above` is above a process. A chain is as long as there are processes at most.
#[cfg(target_os = "linux")]
fn descends(mut id: u32, above: u32, all: &BTreeMap<u32, (u32, u64)>) -> bool {
    for _ in 0..all.len() {
        match all.get(&id) {
            Some((parent, _)) if *parent == above => return true,
            Some((parent, _)) if *parent > 1 => id = *parent,
            _ => return false,
        }
    }
    false
}

/// A length of time, for people.
pub(super) fn in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
