//! A folder for temporary files → gone when it is dropped, also where a script closed a part of it, or we die first.

use std::io;
use std::path::{Path, PathBuf};

use super::Guard;

/// The folder.
pub struct Scratch {
    place: PathBuf,
    _guard: Guard,
    _folder: tempfile::TempDir,
}

impl Scratch {
    /// Makes one that nobody else may enter.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn new() -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.prefix("lastlook-").tempdir()?;
        let place = folder.path().canonicalize()?;
        Ok(Self { _guard: Guard::of(&place), place, _folder: folder })
    }

    /// Its real path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place
    }
}

/// So often folders are opened that are in the way: a script may have closed one in another.
const ROUNDS: usize = 64;

impl Drop for Scratch {
    fn drop(&mut self) {
        for _ in 0..ROUNDS {
            match std::fs::remove_dir_all(&self.place) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => open_up(&self.place),
                // What can't be removed otherwise is left to the system, as other temporary files are.
                Ok(()) | Err(_) => return,
            }
        }
    }
}

/// Opens the folders that can be seen, to their owner.
#[cfg(unix)]
fn open_up(place: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for entry in walkdir::WalkDir::new(place) {
        let folder = match &entry {
            Ok(entry) => Some(entry.path()).filter(|_| entry.file_type().is_dir()),
            Err(error) => error.path(),
        };
        if let Some(folder) = folder {
            // What does not take it stays in the way, and is tried again.
            let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700));
        }
    }
}

#[cfg(not(unix))]
fn open_up(_: &Path) {}
