//! Variables with credentials → the same program again, which gets them in memory that nobody else knows of.

use std::ffi::{OsStr, OsString};
use std::io;

use super::CredentialError;

/// Names the descriptor of that memory.
#[cfg(unix)]
const MARKER: &str = "LASTLOOK_VAULT";

/// How it begins. It is no secret: whoever starts us can give us any environment anyway.
#[cfg(unix)]
const MAGIC: &[u8] = b"lastlook variables 1\0";

/// No environment is larger.
#[cfg(unix)]
const MOST: u64 = 16 << 20;

/// Starts this program again, with the same arguments and without `rows` in its environment. Comes back only when that
/// failed.
#[cfg(unix)]
pub(super) fn begin_anew(rows: &[(&OsStr, &OsStr)]) -> io::Error {
    use std::os::fd::AsRawFd as _;
    use std::os::unix::process::CommandExt as _;

    let file = match filled(rows) {
        Ok(file) => file,
        Err(error) => return error,
    };
    // It has to stay open in what we become.
    if let Err(error) = rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()) {
        return error.into();
    }
    // Also where its file was replaced meanwhile.
    let own = if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() };
    let program = match own {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut words = std::env::args_os();
    let mut command = std::process::Command::new(program);
    if let Some(name) = words.next() {
        command.arg0(name);
    }
    command.args(words).env(MARKER, file.as_raw_fd().to_string());
    for (name, _) in rows {
        command.env_remove(name);
    }
    command.exec()
}

#[cfg(not(unix))]
pub(super) fn begin_anew(_: &[(&OsStr, &OsStr)]) -> io::Error {
    io::ErrorKind::Unsupported.into()
}

/// Memory with all of `rows` in it, in the form of an environment.
#[cfg(unix)]
fn filled(rows: &[(&OsStr, &OsStr)]) -> io::Result<std::fs::File> {
    use std::io::Write as _;
    use std::os::unix::ffi::OsStrExt as _;

    let size: usize = rows.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    // A buffer that grows leaves copies of itself behind.
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(MAGIC.len() + size));
    bytes.extend_from_slice(MAGIC);
    for (name, value) in rows {
        for part in [name.as_bytes(), b"=", value.as_bytes(), b"\0"] {
            bytes.extend_from_slice(part);
        }
    }
    let mut file = memory()?;
    file.write_all(&bytes)?;
    Ok(file)
}

#[cfg(target_os = "linux")]
fn memory() -> io::Result<std::fs::File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("lastlook", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?.into())
}

/// A file that has no name any more.
#[cfg(all(unix, not(target_os = "linux")))]
fn memory() -> io::Result<std::fs::File> {
    tempfile::tempfile()
}

/// Takes what the program before us left, once.
#[cfg(unix)]
pub(super) fn receive() -> Result<Vec<(OsString, OsString)>, CredentialError> {
    let Some(file) = left_behind() else { return Ok(Vec::new()) };
    emptied(file).map_err(|source| CredentialError::Handover { source })
}

#[cfg(not(unix))]
pub(super) fn receive() -> Result<Vec<(OsString, OsString)>, CredentialError> {
    Ok(Vec::new())
}

/// The file that the marker names, if it can be one of ours: whoever starts us can set the marker as well.
#[cfg(unix)]
fn left_behind() -> Option<std::fs::File> {
    use std::os::unix::fs::MetadataExt as _;

    let number: u32 = std::env::var(MARKER).ok()?.parse().ok().filter(|number| *number > 2)?;
    let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    let path = std::path::Path::new(folder).join(number.to_string());
    // Asked before it is opened, since opening a pipe would wait.
    let meta = path.metadata().ok()?;
    let own = meta.is_file() && meta.nlink() == 0 && meta.uid() == rustix::process::geteuid().as_raw();
    (own && meta.len() <= MOST).then(|| std::fs::File::options().read(true).write(true).open(path).ok())?
}

/// Reads the variables and wipes them out of the file, which stays open in all that we start: a descriptor that was
/// inherited can't be closed without unsafe code.
#[cfg(unix)]
fn emptied(mut file: std::fs::File) -> io::Result<Vec<(OsString, OsString)>> {
    use std::io::{Read as _, Seek as _, Write as _};
    use std::os::unix::ffi::OsStrExt as _;

    let size = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(size + 1));
    file.rewind()?;
    (&mut file).take(MOST).read_to_end(&mut bytes)?;
    let Some(rows) = bytes.strip_prefix(MAGIC) else { return Ok(Vec::new()) };
    file.rewind()?;
    file.write_all(&vec![0; bytes.len()])?;
    file.set_len(0)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{SealFlags, fcntl_add_seals};
        // So that it can't be used to pass anything on; it is empty either way.
        let _ = fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SEAL);
    }
    let pairs = rows.split(|byte| *byte == 0).filter_map(|row| {
        let equals = row.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (row.get(..equals)?, row.get(equals + 1..)?);
        Some((OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(value).to_owned()))
    });
    Ok(pairs.collect())
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
