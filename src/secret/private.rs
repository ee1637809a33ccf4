//! Folders and files for whoever runs this alone, and on disk when that is said.

use std::fs::{DirBuilder, File};
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
    // Its name is nobody else's, also not that of a process that was killed; its rights are the owner's alone.
    let mut part = tempfile::Builder::new().prefix(".").suffix(".part").tempfile_in(folder)?;
    part.write_all(bytes)?;
    part.as_file().sync_all()?;
    part.persist(path).map_err(|error| error.error)?;
    synced(folder)
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
