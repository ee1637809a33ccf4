//! A file, a pipe or a descriptor → bytes that are wiped when they are dropped.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::AttestError;

/// No key in text is longer.
const MOST: usize = 16 << 10;

/// What names a descriptor, and leads to its number.
const DESCRIPTORS: &[&str] = &["/dev/fd/", "/proc/self/fd/"];

/// What was read, and what a person should know about where.
pub(super) struct Text {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) place: String,
    pub(super) open_to_others: bool,
}

/// Reads a regular file or a pipe; `/dev/stdin` is what was piped in.
pub(super) fn from_path(path: &Path) -> Result<Text, AttestError> {
    let text = path.to_string_lossy();
    let number = DESCRIPTORS.iter().find_map(|start| text.strip_prefix(start)?.parse().ok());
    if let Some(number) = number.or_else(|| (text == "/dev/stdin" || text == "-").then_some(0)) {
        return from_descriptor(number);
    }
    let place = path.display().to_string();
    let failed = |source| AttestError::Read { place: place.clone(), source };
    let meta = path.metadata().map_err(failed)?;
    if !meta.is_file() && !is_pipe(&meta) {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a pipe")));
    }
    let file = OpenOptions::new().read(true).open(path).map_err(failed)?;
    let bytes = bounded(file).map_err(failed)?;
    Ok(Text { bytes, open_to_others: is_open_to_others(&meta), place })
}

/// Reads what was piped into a descriptor, to its end.
pub(super) fn from_descriptor(number: u32) -> Result<Text, AttestError> {
    let refuse = |why| Err(AttestError::Descriptor { number, why });
    let place = if number == 0 { "standard input".to_owned() } else { format!("descriptor {number}") };
    let failed = |source| AttestError::Read { place: place.clone(), source };
    let bytes = if number == 0 {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return refuse("it is a terminal, which would show the key; pipe it in");
        }
        bounded(stdin.lock()).map_err(failed)?
    } else if number < 3 {
        return refuse("it is for output");
    } else if !cfg!(unix) {
        return refuse("this system has no numbers for them; pipe the key in, and name /dev/stdin");
    } else {
        let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
        let path = Path::new(folder).join(number.to_string());
        if !is_pipe(&path.metadata().map_err(failed)?) {
            // It stays open in all that we start, which could read it again from its beginning.
            return refuse("it is no pipe; use a pipe, or name the file with --key");
        }
        bounded(File::open(path).map_err(failed)?).map_err(failed)?
    };
    Ok(Text { bytes, place, open_to_others: false })
}

/// Reads it all, or fails where it is too long for a key.
fn bounded(from: impl io::Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it from the start, since a buffer that grows leaves copies of itself behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST + 64));
    from.take(MOST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too large for a key"));
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
