//! Places that no build may touch → whether one was, also in ways that no wall keeps it from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How deep a folder is looked into.
const DEEP: usize = 3;

/// As many places are looked at.
const MOST: usize = 5_000;

/// Landlock keeps files from being opened, and lets their owner change who may: so that is looked at behind every script.
#[derive(Debug)]
pub(super) struct Guarded {
    places: Vec<PathBuf>,
    before: BTreeMap<PathBuf, (u32, u32, u32)>,
}

impl Guarded {
    pub(super) fn of(places: Vec<PathBuf>) -> Self {
        let before = look(&places);
        Self { places, before }
    }

    /// Puts back what was changed, and names the first.
    pub(super) fn touched(&self) -> Option<PathBuf> {
        let now = look(&self.places);
        let changed: Vec<(&PathBuf, &(u32, u32, u32))> =
            self.before.iter().filter(|(path, was)| now.get(*path).is_some_and(|is| is != *was)).collect();
        for (path, was) in &changed {
            restore(path, was.0);
        }
        changed.first().map(|(path, _)| (*path).clone())
    }
}

#[cfg(unix)]
fn look(places: &[PathBuf]) -> BTreeMap<PathBuf, (u32, u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let all = places.iter().flat_map(|place| walkdir::WalkDir::new(place).max_depth(DEEP)).flatten().take(MOST);
    let rows = all.filter_map(|entry| {
        let meta = entry.metadata().ok()?;
        Some((entry.into_path(), (meta.mode(), meta.uid(), meta.gid())))
    });
    rows.filter(|(_, (mode, ..))| mode & 0o170_000 != 0o120_000).collect()
}

#[cfg(not(unix))]
fn look(_: &[PathBuf]) -> BTreeMap<PathBuf, (u32, u32, u32)> {
    let _ = (DEEP, MOST);
    BTreeMap::new()
}

#[cfg(unix)]
fn restore(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    // The release stops here either way, and says what was changed.
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o7777));
}

#[cfg(not(unix))]
fn restore(_: &Path, _: u32) {}
