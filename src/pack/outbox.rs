//! A folder that a packer writes to → the tarballs in it, whatever scripts put in its place meanwhile.

use std::io;
use std::path::{Path, PathBuf};

use crate::open::{Kept, OpenError};

/// A new folder. It is held open, so that another one under its name is not taken for it.
pub(super) struct Outbox {
    path: PathBuf,
    #[cfg(unix)]
    held: std::os::fd::OwnedFd,
}

impl Outbox {
    /// Makes one in `folder`, under a name that nobody knows before.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let path = tempfile::Builder::new().prefix("out-").tempdir_in(folder)?.keep();
        #[cfg(unix)]
        {
            use rustix::fs::{Mode, OFlags, open};
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let held = open(&path, flags, Mode::empty())?;
            Ok(Self { path, held })
        }
        #[cfg(not(unix))]
        Ok(Self { path })
    }

    /// Where the packer finds it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the tarballs in it.
    #[cfg(unix)]
    pub(super) fn tarballs(&self) -> io::Result<Vec<String>> {
        use rustix::fs::FileType;
        let mut found = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.held)? {
            let entry = entry?;
            // Some file systems do not tell here, and it is looked at when it is taken.
            let is_file = matches!(entry.file_type(), FileType::RegularFile | FileType::Unknown);
            let name = entry.file_name().to_string_lossy().into_owned();
            found.extend(Some(name).filter(|name| is_file && is_tarball(name)));
        }
        found.sort();
        Ok(found)
    }

    #[cfg(not(unix))]
    pub(super) fn tarballs(&self) -> io::Result<Vec<String>> {
        let names = std::fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut found =
            names.filter(|name| name.as_ref().map_or(true, |name| is_tarball(name))).collect::<io::Result<Vec<_>>>()?;
        found.sort();
        Ok(found)
    }

    /// Takes one to where no script can reach it. It is a file of its own, and no link to another.
    #[cfg(unix)]
    pub(super) fn take(&self, name: &str, folder: &Path) -> Result<Kept, OpenError> {
        use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = std::fs::File::from(openat(&self.held, name, flags, Mode::empty()).map_err(io::Error::from)?);
        let kept = Kept::from_file(name, file, folder)?;
        // What is left there goes with the folder.
        let _ = unlinkat(&self.held, name, AtFlags::empty());
        Ok(kept)
    }

    #[cfg(not(unix))]
    pub(super) fn take(&self, name: &str, folder: &Path) -> Result<Kept, OpenError> {
        Kept::take(&self.path.join(name), folder)
    }
}

fn is_tarball(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tgz"))
}
