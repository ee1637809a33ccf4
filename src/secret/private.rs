//! Folders and files for whoever runs this alone, and on disk when that is said.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Makes a folder, and those above it, that nobody else may enter.
///
/// # Errors
/// When that is not possible.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file that nobody else may read in place of what was there, whole or not at all.
///
/// # Errors
/// When that is not possible.
pub fn private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let part = folder.join(format!(".{}.part", std::process::id()));
    let written = options.open(&part).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    let moved = written.and_then(|()| std::fs::rename(&part, path));
    if moved.is_err() {
        // What is half there is worth nothing, and may not be there at all.
        let _ = std::fs::remove_file(&part);
    }
    moved.and_then(|()| synced(folder))
}

/// Puts the names in a folder on disk.
///
/// # Errors
/// When that is not possible.
#[cfg(unix)]
pub fn synced(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Puts the names in a folder on disk: nothing is to be done here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn synced(_: &Path) -> io::Result<()> {
    let _: Option<File> = None;
    Ok(())
}
