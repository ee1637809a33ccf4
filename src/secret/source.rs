//! A file, a pipe or a descriptor → bytes that are wiped when they are dropped.

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

/// What is read, for people: what it is, the flag that names it, and how long it can be.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// What it is, such as a key.
    pub what: &'static str,
    /// The flag that names a file with it.
    pub flag: &'static str,
    /// None is longer.
    pub most: usize,
}

/// What was read, and what a person should know about where.
pub struct Read {
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Where they came from.
    pub place: String,
    /// Whether that is a file or a pipe with a name, and not a descriptor.
    pub named: bool,
    /// Whether others on this machine may read it.
    pub open_to_others: bool,
}

/// Why a secret can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system says no.
    #[error("{place} can not be read: {source}")]
    Read {
        /// Where it is.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// A descriptor that no secret is read from.
    #[error("the descriptor {number}: {why}")]
    Descriptor {
        /// Its number.
        number: u32,
        /// Why, and the way out.
        why: String,
    },
}

/// What names a descriptor, and leads to its number.
const DESCRIPTORS: &[&str] = &["/dev/fd/", "/proc/self/fd/"];

/// The number of the descriptor that a path means; standard input is 0.
#[must_use]
pub fn descriptor(path: &Path) -> Option<u32> {
    let text = path.to_string_lossy();
    let number = DESCRIPTORS.iter().find_map(|start| text.strip_prefix(start)?.parse().ok());
    number.or_else(|| (text == "/dev/stdin" || text == "-").then_some(0))
}

impl Source {
    /// Reads a regular file or a pipe; `/dev/stdin` is what was piped in.
    ///
    /// # Errors
    /// When it can't be read, or is too long.
    pub fn path(&self, path: &Path) -> Result<Read, SourceError> {
        if let Some(number) = descriptor(path) {
            return self.descriptor(number);
        }
        let place = path.display().to_string();
        let failed = |source| SourceError::Read { place: place.clone(), source };
        let meta = path.metadata().map_err(failed)?;
        if !meta.is_file() && !is_pipe(&meta) {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a pipe")));
        }
        let bytes = self.all(File::open(path).map_err(failed)?).map_err(failed)?;
        Ok(Read { bytes, open_to_others: is_open_to_others(&meta), place, named: true })
    }

    /// Reads what was piped into a descriptor, to its end.
    ///
    /// # Errors
    /// When it can't be read, or is one that every script would inherit with the secret in it.
    pub fn descriptor(&self, number: u32) -> Result<Read, SourceError> {
        let Self { what, flag, .. } = self;
        let refuse = |why: String| Err(SourceError::Descriptor { number, why });
        let place = if number == 0 { "standard input".to_owned() } else { format!("descriptor {number}") };
        let failed = |source| SourceError::Read { place: place.clone(), source };
        let bytes = if number == 0 {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                return refuse(format!("it is a terminal, which would show the {what}; pipe it in"));
            }
            self.all(stdin.lock()).map_err(failed)?
        } else if number < 3 {
            return refuse("it is for output".to_owned());
        } else if !cfg!(unix) {
            let why = "this system has no numbers for them; pipe it in";
            return refuse(format!("{why}, and say {flag} /dev/stdin"));
        } else {
            let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
            let path = Path::new(folder).join(number.to_string());
            if !is_pipe(&path.metadata().map_err(failed)?) {
                // It stays open in all that we start, which could read it again from its beginning.
                return refuse(format!("it is no pipe; use a pipe, or name a file with {flag}"));
            }
            self.all(File::open(path).map_err(failed)?).map_err(failed)?
        };
        Ok(Read { bytes, place, named: false, open_to_others: false })
    }

    fn all(&self, from: impl io::Read) -> io::Result<Zeroizing<Vec<u8>>> {
        bounded(from, self.most as u64, self.most as u64)
    }
}

impl Read {
    /// What a person should know about where it was.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Self { place, .. } = self;
        self.open_to_others.then(|| format!("others on this machine may read {place}; run chmod 600 on it"))
    }
}

/// Reads it all, or fails where it is longer than `most`.
///
/// # Errors
/// When it is, or can't be read.
pub fn bounded(from: impl io::Read, expected: u64, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it from the start, since a buffer that grows leaves copies of itself behind.
    let room = usize::try_from(expected.min(most)).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.saturating_add(64)));
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too large"));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn is_pipe(meta: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_open_to_others(meta: &Metadata) -> bool {
    meta.is_file() && std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_mean_a_descriptor() {
        for (path, number) in [
            ("-", Some(0)),
            ("/dev/stdin", Some(0)),
            ("/dev/fd/0", Some(0)),
            ("/proc/self/fd/7", Some(7)),
            ("/dev/fd/x", None),
            ("key", None),
        ] {
            assert_eq!(descriptor(Path::new(path)), number, "{path}");
        }
    }
}
