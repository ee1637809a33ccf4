//! Places that no build may touch → whether one was, also in ways that no wall keeps it from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How deep a folder is looked into.
const DEEP: usize = 3;

/// As many files of one place are looked at.
const MOST: usize = 2_000;

/// What steers agents, shells and git in a home folder, beside the credentials there.
const HOME: &[&str] =
    &[".claude", ".codex", ".cursor", ".gemini", ".gitconfig", ".config/git", ".config/lastlook", ".local/bin"];

/// Landlock keeps files from being opened, and lets their owner change who may: so that is looked at behind every script.
#[derive(Debug)]
pub(super) struct Guarded {
    places: Vec<PathBuf>,
    before: BTreeMap<PathBuf, Rights>,
}

/// Its kind and rights, its owner, its group.
type Rights = (u32, u32, u32);

impl Guarded {
    /// Watches `places`, and what steers programs in the home folder.
    pub(super) fn of(mut places: Vec<PathBuf>) -> Self {
        let home = std::env::home_dir();
        places.extend(home.iter().flat_map(|home| HOME.iter().map(|name| home.join(name))));
        let before = look(&places);
        Self { places, before }
    }

    /// Puts back what was changed, and names the first.
    pub(super) fn touched(&self) -> Option<PathBuf> {
        let now = look(&self.places);
        let changed: Vec<(&PathBuf, &Rights)> =
            self.before.iter().filter(|(path, was)| now.get(*path).is_some_and(|is| is != *was)).collect();
        for (path, was) in &changed {
            restore(path, was.0);
        }
        changed.first().map(|(path, _)| (*path).clone())
    }
}

#[cfg(unix)]
fn look(places: &[PathBuf]) -> BTreeMap<PathBuf, Rights> {
    use std::os::unix::fs::MetadataExt as _;
    let all =
        places.iter().flat_map(|place| walkdir::WalkDir::new(place).max_depth(DEEP).into_iter().flatten().take(MOST));
    let rows = all.filter(|entry| !entry.path_is_symlink()).filter_map(|entry| {
        let about = entry.metadata().ok()?;
        Some((entry.into_path(), (about.mode(), about.uid(), about.gid())))
    });
    rows.collect()
}

#[cfg(unix)]
fn restore(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    // The release stops here either way, and says what was changed.
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o7777));
}
