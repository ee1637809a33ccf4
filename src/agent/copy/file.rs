//! A file → its copy in another folder, with its mode and its time.

use std::fs::{File, FileTimes, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::CopyError;

/// A file that was opened, and that is one.
pub(super) struct Original {
    file: File,
    about: Metadata,
}

impl Original {
    /// Opens the file `name` in the folder `at`. Neither follows a link nor waits for the other end of a pipe.
    pub(super) fn open(at: impl AsFd, name: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(openat(at, name, flags, Mode::empty())?);
        let about = file.metadata()?;
        // A link's own fault, since both say that this is no file.
        if about.is_file() { Ok(Self { file, about }) } else { Err(Errno::LOOP.into()) }
    }

    pub(super) fn about(&self) -> &Metadata {
        &self.about
    }

    pub(super) fn size(&self) -> u64 {
        self.about.len()
    }

    /// The first `most` bytes.
    pub(super) fn read(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&self.file).take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes the new file `name` into the folder `at`: what was read of it before, and the rest.
    ///
    /// As many bytes as it held when it was opened, since somebody may write to it for ever. Gives how many they were.
    pub(super) fn write(&self, at: impl AsFd, name: &Path, before: &[u8]) -> io::Result<u64> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut copy = File::from(openat(at, name, flags, Mode::RUSR | Mode::WUSR)?);
        copy.write_all(before)?;
        let before = before.len() as u64;
        let rest = io::copy(&mut (&self.file).take(self.size().saturating_sub(before)), &mut copy)?;
        dress(&copy, &self.about, 0)?;
        Ok(before + rest)
    }
}

/// Gives a copy the mode, with `more` bits set, and the time of its original. Nobody's rights go over with it.
pub(super) fn dress(copy: &File, about: &Metadata, more: u32) -> io::Result<()> {
    copy.set_permissions(Permissions::from_mode(about.permissions().mode() & 0o777 | more))?;
    copy.set_times(FileTimes::new().set_modified(about.modified()?))
}

/// Copies one file by its path, if it is there.
pub(super) fn carry(from: &Path, to: &Path) -> Result<(), CopyError> {
    let original = match Original::open(CWD, from) {
        Ok(original) => original,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(CopyError::io(from, error)),
    };
    match original.write(CWD, to, &[]) {
        Ok(bytes) if bytes == original.size() => Ok(()),
        Ok(_) => Err(CopyError::Changed(from.to_owned())),
        Err(error) => Err(CopyError::io(to, error)),
    }
}
