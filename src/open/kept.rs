//! A file that somebody else made → the same bytes where nobody but us can reach them.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::OpenError;
use super::file::open_regular;

/// A copy without a name, gone when it is dropped.
#[derive(Debug, Clone)]
pub struct Kept {
    name: String,
    file: Arc<File>,
}

impl Kept {
    /// Copies the file at `path` into a nameless one in `folder`.
    ///
    /// # Errors
    /// When it is no regular file, or can't be read or copied.
    pub fn take(path: &Path, folder: &Path) -> Result<Self, OpenError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::from_file(&name, open_regular(path, false)?.0, folder)
    }

    /// Copies an open file into a nameless one in `folder`.
    ///
    /// # Errors
    /// When it is no regular file, or can't be read or copied.
    pub fn from_file(name: &str, mut from: File, folder: &Path) -> Result<Self, OpenError> {
        if !from.metadata()?.is_file() {
            return Err(OpenError::NotRegular);
        }
        let mut file = tempfile::tempfile_in(folder)?;
        io::copy(&mut from, &mut file)?;
        Ok(Self { name: name.to_owned(), file: Arc::new(file) })
    }

    /// Keeps bytes that came from elsewhere, under `name`.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self, OpenError> {
        let mut file = tempfile::tempfile()?;
        io::Write::write_all(&mut file, bytes)?;
        Ok(Self { name: name.to_owned(), file: Arc::new(file) })
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |about| about.len())
    }

    /// The name that the file had.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes, from the first on. Whoever reads them does so alone.
    ///
    /// # Errors
    /// When the system has no handle left.
    pub fn file(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Eq for Kept {}
