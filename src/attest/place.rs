//! Attestations and keys → files: whole or not at all, and never over what is there.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{AttestError, Attestation, Key};

/// Where the results of the rules go, that belong to the attestation at `path`.
#[must_use]
pub fn beside(path: &Path) -> PathBuf {
    let json = path.extension().is_some_and(|ending| ending == "json");
    let mut name = if json { path.with_extension("") } else { path.to_owned() }.into_os_string();
    name.push(".tests.json");
    name.into()
}

fn failed(path: &Path, source: io::Error) -> AttestError {
    AttestError::Write { place: path.display().to_string(), source }
}

fn exists(path: &Path) -> AttestError {
    AttestError::Exists(path.display().to_string())
}

/// Room for an attestation, taken before anything depends on it: what can't be written later is known now.
pub struct Place {
    path: PathBuf,
    beside: PathBuf,
    /// The summary, then the results.
    files: (NamedTempFile, NamedTempFile),
}

impl Place {
    /// Takes the room for an attestation at `path`.
    ///
    /// # Errors
    /// When there is a file already, or none can be made there.
    pub fn reserve(path: &Path) -> Result<Self, AttestError> {
        let beside = beside(path);
        if let Some(path) = [path, &beside].into_iter().find(|path| path.symlink_metadata().is_ok()) {
            return Err(exists(path));
        }
        let files = (room(path)?, room(&beside)?);
        Ok(Self { path: path.to_owned(), beside, files })
    }

    /// What the file of the results is called.
    #[must_use]
    pub fn tests(&self) -> String {
        self.beside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The path of the attestation.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes both files, and gives them their names when they are whole.
    ///
    /// # Errors
    /// When that is not possible; neither is there then.
    pub fn write(self, attestation: &Attestation) -> Result<(), AttestError> {
        let Self { path, beside, files: (mut summary, mut results) } = self;
        fill(summary.as_file_mut(), &attestation.envelope).map_err(|source| failed(&path, source))?;
        fill(results.as_file_mut(), &attestation.tests).map_err(|source| failed(&beside, source))?;
        let named = |file: NamedTempFile, path: &Path| match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(path)),
            Err(error) => Err(failed(path, error.error)),
        };
        named(results, &beside)?;
        named(summary, &path).inspect_err(|_| remove(&beside))
    }
}

fn fill(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file without a lasting name in the folder of `path`.
fn room(path: &Path) -> Result<NamedTempFile, AttestError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.prefix(".lastlook-").tempfile_in(folder).map_err(|source| failed(path, source))
}

/// Takes back what was made a moment ago.
fn remove(path: &Path) {
    if std::fs::remove_file(path).is_err() {
        // What is left is a file that nothing points to.
    }
}

impl Key {
    /// Writes the key to a new file that only its owner can read, and its public part beside it. Where that one is.
    ///
    /// # Errors
    /// When there is such a file already, or it can't be written; neither is there then.
    pub fn write(&self, path: &Path) -> Result<PathBuf, AttestError> {
        let mut public = path.as_os_str().to_owned();
        public.push(".pub");
        let public = PathBuf::from(public);
        let mut own = new(path, 0o600)?;
        let both = new(&public, 0o644).and_then(|mut file| {
            let text = self.public().pem();
            let filled = fill(&mut own, self.pem().as_bytes()).map_err(|source| failed(path, source));
            let filled = filled.and_then(|()| fill(&mut file, text.as_bytes()).map_err(|error| failed(&public, error)));
            filled.inspect_err(|_| remove(&public))
        });
        both.inspect_err(|_| remove(path)).map(|()| public)
    }
}

/// A file that was not there before.
fn new(path: &Path, mode: u32) -> Result<File, AttestError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => failed(path, source),
    })
}
