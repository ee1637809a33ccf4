//! Where reports are to be written → files that are no part of what they are about, and, where scripts ran meanwhile, where they were.

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
fn resolved(path: &Path) -> PathBuf {
    // A link to what is not there yet is followed too, as writing would.
    let path = path.read_link().map_or_else(|_| path.to_owned(), |to| path.parent().unwrap_or(Path::new("")).join(to));
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or(path.as_os_str());
    folder.canonicalize().map_or_else(|_| path.clone(), |folder| folder.join(name))
}

/// Where something is to be written.
pub(super) struct Outlet {
    path: PathBuf,
    /// Scripts run before it is written: it is where it was before, and nothing else.
    fixed: bool,
}

impl Outlet {
    /// The file at `path`; where scripts run before it is written, it is settled now what that is.
    pub(super) fn new(path: &Path, scripts: bool) -> Self {
        // A device or a pipe is the caller's own, and has no real path.
        let special = path.starts_with("/dev") || path.metadata().is_ok_and(|meta| !meta.is_file());
        let fixed = scripts && !special;
        Self { path: if fixed { resolved(path) } else { path.to_owned() }, fixed }
    }

    /// The path to write to.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it with `options`, without waiting for anybody, and without following a link that was put there meanwhile.
    pub(super) fn open(&self, options: &mut OpenOptions) -> io::Result<File> {
        if !self.fixed {
            return options.open(&self.path);
        }
        let moved = || io::Error::other("it was replaced while packing");
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        if folder.canonicalize()? != folder {
            return Err(moved());
        }
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = options.open(&self.path)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(moved()) }
    }

    /// Opens it to be written anew.
    pub(super) fn create(&self) -> io::Result<File> {
        self.open(OpenOptions::new().write(true).create(true).truncate(true))
    }
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
