//! A file or standard input → the exact bytes that are audited, read once.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use sha2::{Digest as _, Sha512};

use super::gzip::is_gzip;
use super::tar::is_tar;
use super::{Buffer, Kept, Target};
use crate::model::{Integrity, Limits};

/// Why a target could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not there, or not ours to read.
    #[error("can not be read: {0}")]
    Io(#[from] io::Error),
    /// A pipe, a device or a socket.
    #[error("is not a regular file; pipe it in and name it `-` to audit what it yields")]
    NotRegular,
    /// More than the limit.
    #[error("is larger than the {0} bytes the policy allows")]
    TooLarge(u64),
    /// More than is ever held at once.
    #[error("is larger than the {0} bytes that are published in one piece")]
    TooLargeToHold(u64),
    /// A folder, where only one file makes sense.
    #[error("is a folder, and what is published is a tarball; --pack makes one of it")]
    Folder,
    /// It was written to meanwhile.
    #[error("changed while it was being read")]
    Changed,
}

/// The bytes of a target.
pub enum Input {
    /// All of them, held privately: nobody can change them after they were hashed.
    Memory(Held),
    /// Too many to hold: read in pieces, each hashed as it is read.
    Large(Box<Large>),
}

/// Bytes in memory.
pub enum Held {
    /// From a stream of unknown length.
    Vec(Vec<u8>),
    /// From a file, with their hash once somebody asked for it.
    Map(Buffer, usize, OnceLock<Integrity>),
}

impl Deref for Held {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Vec(bytes) => bytes,
            Self::Map(buffer, len, _) => buffer.bytes().get(..*len).unwrap_or_default(),
        }
    }
}

/// A file that is read in pieces.
pub struct Large {
    head: Vec<u8>,
    len: u64,
    state: Mutex<Reading>,
}

struct Reading {
    file: File,
    hashed: u64,
    sha: Sha512,
}

/// Files up to this size are held in memory, whatever they are.
const HELD: u64 = 64 << 20;

impl Input {
    /// Bytes that the caller already holds.
    #[must_use]
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self::Memory(Held::Vec(bytes))
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Large(file) => file.len,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that the bytes were in, for the next file.
    #[must_use]
    pub fn into_buffer(self) -> Buffer {
        match self {
            Self::Memory(Held::Map(buffer, ..)) => buffer,
            Self::Memory(Held::Vec(_)) | Self::Large(_) => Buffer::default(),
        }
    }

    /// The hash of all the bytes. For a large file, of those that the audit read, and of what it left unread.
    ///
    /// # Errors
    /// When a large file can't be read to its end, or is not as long as it was.
    pub fn integrity(&self) -> Result<Integrity, OpenError> {
        match self {
            Self::Memory(bytes) => {
                let hash = || Integrity::from_sha512(&Sha512::digest(&**bytes));
                Ok(if let Held::Map(_, _, known) = bytes { known.get_or_init(hash).clone() } else { hash() })
            }
            Self::Large(file) => file.integrity(),
        }
    }
}

impl Large {
    /// The first bytes.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Reads at `offset`, hashing what is read for the first time.
    pub(super) fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.file.seek(SeekFrom::Start(offset))?;
        let count = read_full(&mut state.file, into)?;
        let end = offset + count as u64;
        if offset <= state.hashed && end > state.hashed {
            let known = usize::try_from(state.hashed - offset).unwrap_or(usize::MAX);
            state.sha.update(into.get(known..count).unwrap_or_default());
            state.hashed = end;
        }
        Ok(count)
    }

    fn integrity(&self) -> Result<Integrity, OpenError> {
        let mut chunk = vec![0; 1 << 20];
        loop {
            let from = self.state.lock().unwrap_or_else(PoisonError::into_inner).hashed;
            if self.read_at(from, &mut chunk)? == 0 {
                break;
            }
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.hashed != self.len {
            return Err(OpenError::Changed);
        }
        Ok(Integrity::from_sha512(&state.sha.clone().finalize()))
    }
}

/// Reads until `into` is full or the file ends.
fn read_full(file: &mut File, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Opens `path` without ever waiting for a pipe.
pub(super) fn open_regular(path: &Path, follow: bool) -> Result<(File, u64), OpenError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | if follow { 0 } else { libc::O_NOFOLLOW });
    }
    #[cfg(not(unix))]
    let _ = follow;
    if !std::fs::metadata(path)?.is_file() {
        return Err(OpenError::NotRegular);
    }
    let file = options.open(path)?;
    let meta = file.metadata()?;
    if meta.is_file() { Ok((file, meta.len())) } else { Err(OpenError::NotRegular) }
}

/// Reads the file at `path` into `buffer`.
///
/// # Errors
/// When it is no regular file, can't be read, or changes meanwhile.
pub fn read_file(path: &Path, buffer: Buffer) -> Result<Input, OpenError> {
    let (file, len) = open_regular(path, true)?;
    held(file, len, buffer)
}

/// Reads a file that was kept into `buffer`.
///
/// # Errors
/// When it can't be read.
pub fn read_kept(kept: &Kept, buffer: Buffer) -> Result<Input, OpenError> {
    let file = kept.file()?;
    let len = file.metadata()?.len();
    held(file, len, buffer)
}

fn held(mut file: File, len: u64, buffer: Buffer) -> Result<Input, OpenError> {
    let mut head = vec![0; 512];
    let count = read_full(&mut file, &mut head)?;
    head.truncate(count);
    file.seek(SeekFrom::Start(0))?;
    // Only what is read from front to back can be read in pieces.
    let in_order = is_gzip(&head) || is_tar(&head);
    if len > HELD && (in_order || len > Limits::ENTRY) {
        let state = Mutex::new(Reading { file, hashed: 0, sha: Sha512::new() });
        return Ok(Input::Large(Box::new(Large { head, len, state })));
    }
    into_memory(file, len, buffer).map(Input::Memory)
}

fn into_memory(mut file: File, len: u64, mut buffer: Buffer) -> Result<Held, OpenError> {
    let len = usize::try_from(len).map_err(|_| OpenError::TooLarge(HELD))?;
    let room = buffer.reserve(len + 1)?;
    // One byte more than it should have tells a file that grew from one that is whole.
    let count = read_full(&mut file, room.get_mut(..=len).unwrap_or_default())?;
    if count == len { Ok(Held::Map(buffer, len, OnceLock::new())) } else { Err(OpenError::Changed) }
}

/// What is published is held in one piece: no registry takes more.
const PUBLISHED: u64 = 1 << 30;

/// Reads all of `target` into memory, where nobody can change it any more.
///
/// # Errors
/// When it is no regular file, can't be read, is too large or changes meanwhile.
pub fn hold(target: &Target) -> Result<Held, OpenError> {
    let file = match target {
        Target::Stdin => {
            let input = read_stdin(PUBLISHED)?;
            let Input::Memory(held) = input else { return Err(OpenError::TooLargeToHold(PUBLISHED)) };
            return Ok(held);
        }
        Target::Folder(_) => return Err(OpenError::Folder),
        Target::File(path) => open_regular(path, true)?.0,
        Target::Kept(kept) => kept.file()?,
    };
    hold_open(file)
}

/// The same for a file that is open already.
///
/// # Errors
/// When it is no regular file, can't be read, is too large or changes meanwhile.
pub fn hold_open(file: File) -> Result<Held, OpenError> {
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(OpenError::NotRegular);
    }
    let len = about.len();
    if len > PUBLISHED { Err(OpenError::TooLargeToHold(PUBLISHED)) } else { into_memory(file, len, Buffer::default()) }
}

/// Reads standard input to its end.
///
/// # Errors
/// When it can't be read, or is larger than `limit`.
pub fn read_stdin(limit: u64) -> Result<Input, OpenError> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(OpenError::TooLarge(limit)) } else { Ok(Input::from_vec(bytes)) }
}
