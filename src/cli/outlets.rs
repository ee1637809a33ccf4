//! Where reports are to be written → files that are no part of what they are about, opened without following a link.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::CliError;
use crate::open::Target;

/// What a path leads to, however it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A file that is there: under all its names it is the same.
    #[cfg(unix)]
    Known(u64, u64),
    /// By its real path.
    At(PathBuf),
}

/// What `path` leads to; none where it is a device or a pipe, which can take any number of reports.
fn place(path: &Path) -> Option<Place> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() || meta.is_dir() => Some(known(path, &meta)),
        Ok(_) => None,
        Err(_) => Some(Place::At(resolved(path))),
    }
}

#[cfg(unix)]
fn known(_: &Path, meta: &std::fs::Metadata) -> Place {
    use std::os::unix::fs::MetadataExt as _;
    Place::Known(meta.dev(), meta.ino())
}

#[cfg(not(unix))]
fn known(path: &Path, _: &std::fs::Metadata) -> Place {
    Place::At(resolved(path))
}

/// The real path of what is there, or of where it will be.
pub(super) fn resolved(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or(path.as_os_str());
    folder.canonicalize().map_or_else(|_| path.to_owned(), |folder| folder.join(name))
}

/// Refuses to write over what is audited, what it is judged by (`others`), or another report.
pub(super) fn check(files: &[&Path], targets: &[Target], others: &[PathBuf]) -> Result<(), CliError> {
    let mut taken: BTreeSet<Place> = others.iter().filter_map(|path| place(path)).collect();
    let mut folders = Vec::new();
    for target in targets {
        match target {
            Target::File(path) => taken.extend(place(path)),
            Target::Folder(path) => folders.extend(path.canonicalize()),
            Target::Stdin => taken.extend(place(Path::new("/dev/stdin"))),
            Target::Kept(_) => {}
        }
    }
    for file in files {
        let shipped = file.is_file() && folders.iter().any(|folder| resolved(file).starts_with(folder));
        let free = place(file).is_none_or(|place| taken.insert(place));
        if shipped || !free {
            let what = format!("{} would be written over; name another file for the report", file.display());
            return Err(CliError::Usage(what));
        }
    }
    Ok(())
}

/// Opens a file for writing that was resolved before: whatever became of its last part since, no link is followed.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    options.open(path)
}
