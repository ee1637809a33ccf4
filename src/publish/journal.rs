//! What is about to be sent, and what became of it → lines on disk, written before anything is done.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::receipt::{Event, Receipt, SCHEMA};
use crate::judge::hex;
use crate::secret::{private_folder, synced};

/// Why the journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be read or written.
    #[error("the journal {path} can not be used: {source}; nothing is sent without it (--journal DIR names another)")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A line of it was not written by lastlook.
    #[error(
        "line {line} of the journal {path} can not be read: {why}; look at it, and move the file away if it is lost"
    )]
    Line {
        /// The file.
        path: String,
        /// Which.
        line: usize,
        /// Why.
        why: String,
    },
    /// Another process publishes the same version.
    #[error("another lastlook is publishing {0} right now; wait for it to end")]
    Busy(String),
    /// There is none where one was named.
    #[error("there is no journal in {0}: it is the folder that lastlook publish was given, with journal.jsonl in it")]
    Missing(String),
    /// No home folder and no place named.
    #[error("there is no folder for the journal; name one with --journal DIR")]
    NoPlace,
}

/// The lines on disk.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    known: Mutex<Known>,
}

/// What is known of the lines: a journal that is kept for years is not read anew for each of them.
#[derive(Debug, Default)]
struct Known {
    /// The file, and how far it was read.
    file: Option<(u64, u64)>,
    end: u64,
    lines: usize,
    /// The last line about every version of which nobody knows how that ended.
    open: BTreeMap<(String, String, String), (usize, Receipt)>,
}

/// How long to wait for others.
const LOCK: Duration = Duration::from_secs(10);

/// Lines are this long at most: what is said in them is bounded.
const LINE: usize = 64 << 10;

impl Journal {
    /// The journal in `folder`, or in that of the user.
    ///
    /// # Errors
    /// When there is no such place, or it can't be made.
    pub fn open(folder: Option<&Path>) -> Result<Self, JournalError> {
        let folder = folder.map(Path::to_owned).or_else(usual).ok_or(JournalError::NoPlace)?;
        let journal = Self { folder, known: Mutex::default() };
        journal.prepare().map_err(|source| journal.fault(source))?;
        Ok(journal)
    }

    /// The same, to be read: that of the user if it is there, but the one in `folder` has to be.
    ///
    /// # Errors
    /// When `folder` has none.
    pub fn found(folder: Option<&Path>) -> Result<Option<Self>, JournalError> {
        let Some(place) = folder.map(Path::to_owned).or_else(usual) else { return Ok(None) };
        let journal = Self { folder: place, known: Mutex::default() };
        match (journal.path().symlink_metadata(), folder) {
            (Ok(_), _) => Ok(Some(journal)),
            (Err(error), None) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            (Err(error), Some(folder))
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Err(JournalError::Missing(folder.display().to_string()))
            }
            (Err(error), _) => Err(journal.fault(error)),
        }
    }

    /// Whether its last line was cut off while it was written.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn is_torn(&self) -> Result<bool, JournalError> {
        let torn = self.file().and_then(|mut file| Ok(whole(&mut file)? < file.metadata()?.len()));
        torn.map_err(|source| self.fault(source))
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn fault(&self, source: io::Error) -> JournalError {
        JournalError::Io { path: self.path().display().to_string(), source }
    }

    fn prepare(&self) -> io::Result<()> {
        private_folder(&self.folder)?;
        let file = self.file()?;
        file.sync_all()?;
        synced(&self.folder)
    }

    /// The file, open for reading and adding, by this process alone.
    fn file(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        }
        let file = options.open(self.path())?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        // Others hold it for as long as a line takes.
        let until = Instant::now() + LOCK;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOCK / 1000),
                Err(TryLockError::WouldBlock) => return Err(io::Error::other("another process keeps it locked")),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Adds a line, and comes back when it is on disk.
    pub(super) fn write(&self, receipt: &Receipt) -> Result<(), JournalError> {
        let mut text = serde_json::to_vec(receipt).map_err(|error| self.fault(error.into()))?;
        text.push(b'\n');
        // Threads of one process wait for each other here, and not at the file.
        let _one = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.append(&text).map_err(|source| self.fault(source))
    }

    fn append(&self, text: &[u8]) -> io::Result<()> {
        let mut file = self.file()?;
        let whole = whole(&mut file)?;
        // What was cut off while it was written was never acted on.
        if whole < file.metadata()?.len() {
            file.set_len(whole)?;
        }
        let written = file.write_all(text).and_then(|()| file.sync_all());
        if written.is_err() {
            file.set_len(whole)?;
        }
        written
    }

    /// All lines, in order.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn read(&self) -> Result<Vec<Receipt>, JournalError> {
        let mut text = Vec::new();
        let read = self.file().and_then(|mut file| {
            let whole = whole(&mut file)?;
            file.seek(SeekFrom::Start(0))?;
            file.take(whole).read_to_end(&mut text)
        });
        read.map_err(|source| self.fault(source))?;
        let lines = text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        lines.map(|(number, line)| self.line(number, line)).collect()
    }

    /// What a line says.
    fn line(&self, number: usize, line: &[u8]) -> Result<Receipt, JournalError> {
        let fault = |why: String| JournalError::Line { path: self.path().display().to_string(), line: number + 1, why };
        let receipt: Receipt = serde_json::from_slice(line).map_err(|error| {
            let newer = memchr::memmem::find(line, b"\"lastlook.receipt/").is_some();
            fault(if newer { "a newer lastlook wrote it".to_owned() } else { error.to_string() })
        })?;
        if receipt.schema == SCHEMA { Ok(receipt) } else { Err(fault(format!("it is of the form {}", receipt.schema))) }
    }

    /// Reads what was added since it was last read.
    fn known(&self) -> Result<MutexGuard<'_, Known>, JournalError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = Vec::new();
        let read = self.file().and_then(|mut file| {
            let (whole, own) = (whole(&mut file)?, identity(&file)?);
            // Another file, or one that was cut: it is read from its beginning.
            if known.file != Some(own) || whole < known.end {
                *known = Known { file: Some(own), ..Known::default() };
            }
            file.seek(SeekFrom::Start(known.end))?;
            let count = file.take(whole.saturating_sub(known.end)).read_to_end(&mut text)?;
            Ok(known.end + count as u64)
        });
        let end = read.map_err(|source| self.fault(source))?;
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let mut number = known.lines;
        let mut found = Vec::new();
        for line in lines {
            found.push((number, self.line(number, line)?));
            number += 1;
        }
        for (number, receipt) in found {
            let key = (receipt.registry.clone(), receipt.name.clone(), receipt.version.clone());
            if receipt.event.is_open() {
                known.open.insert(key, (number, receipt));
            } else {
                known.open.remove(&key);
            }
        }
        (known.end, known.lines) = (end, number);
        Ok(known)
    }

    /// The last line about a version in a registry.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub fn last(&self, registry: &str, name: &str, version: &str) -> Result<Option<Receipt>, JournalError> {
        Ok(self.read()?.into_iter().rev().find(|receipt| receipt.is_about(registry, name, version)))
    }

    /// The same, if nobody knows yet how that ended.
    pub(super) fn open_end(&self, registry: &str, name: &str, version: &str) -> Result<Option<Receipt>, JournalError> {
        let key = (registry.to_owned(), name.to_owned(), version.to_owned());
        Ok(self.known()?.open.get(&key).map(|(_, receipt)| receipt.clone()))
    }

    /// The last line about every version of which nobody knows yet how that ended, in order.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub fn open_ends(&self) -> Result<Vec<Receipt>, JournalError> {
        let mut open: Vec<_> = self.known()?.open.values().cloned().collect();
        open.sort_by_key(|(number, _)| *number);
        Ok(open.into_iter().map(|(_, receipt)| receipt).collect())
    }

    /// Writes down that nobody will look for what became of an attempt any more.
    ///
    /// # Errors
    /// When the journal can't be written, or somebody is at it.
    pub fn abandon(&self, receipt: &Receipt) -> Result<(), JournalError> {
        let _hold = self.hold(&receipt.registry, &receipt.name, &receipt.version)?;
        match self.open_end(&receipt.registry, &receipt.name, &receipt.version)? {
            Some(open) => self.write(&open.then(Event::Abandoned, "given up")),
            None => Ok(()),
        }
    }

    /// Keeps others from publishing the same version at the same time, for as long as the result is there.
    pub(super) fn hold(&self, registry: &str, name: &str, version: &str) -> Result<Hold, JournalError> {
        let what = hex(&Sha256::digest(format!("{registry}\0{name}\0{version}"))).chars().take(32).collect::<String>();
        let path = self.folder.join(format!("{what}.lock"));
        let file = Hold::file(&path).map_err(|source| self.fault(source))?;
        file.map(|file| Hold { path, _file: file }).ok_or_else(|| JournalError::Busy(format!("{name}@{version}")))
    }
}

/// How far the lines of `file` are whole.
fn whole(file: &mut File) -> io::Result<u64> {
    let len = file.metadata()?.len();
    let start = len.saturating_sub(LINE as u64);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.take(LINE as u64).read_to_end(&mut end)?;
    match memchr::memrchr(b'\n', &end) {
        Some(at) => Ok(start + at as u64 + 1),
        None if start == 0 => Ok(0),
        None => Err(io::Error::other("its end is no line of ours; look at it, and move the file away if it is lost")),
    }
}

/// What a lock stands for, for as long as this is there.
#[derive(Debug)]
pub(super) struct Hold {
    path: PathBuf,
    _file: File,
}

impl Hold {
    fn file(path: &Path) -> io::Result<Option<File>> {
        loop {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
            let file = options.open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Whoever held it before may have taken the file away meanwhile, and somebody else made a new one.
            if same(&file, path) {
                return Ok(Some(file));
            }
        }
    }
}

/// Which file it is.
#[cfg(unix)]
fn identity(file: &File) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn identity(_: &File) -> io::Result<(u64, u64)> {
    // Nobody replaces it there while it is open.
    Ok((0, 0))
}

#[cfg(unix)]
fn same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let known = file.metadata().map(|meta| (meta.dev(), meta.ino()));
    let there = path.symlink_metadata().map(|meta| (meta.dev(), meta.ino()));
    known.ok().zip(there.ok()).is_some_and(|(known, there)| known == there)
}

#[cfg(not(unix))]
fn same(_: &File, _: &Path) -> bool {
    // A file that is open can't be taken away there.
    true
}

impl Drop for Hold {
    fn drop(&mut self) {
        // It only stays behind where the folder was closed to us, and is empty.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The folder of lastlook among those for what a user's programs remember.
#[must_use]
pub fn usual() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|place| place.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("LOCALAPPDATA").filter(|_| cfg!(windows)));
    let state = state.or_else(|| Some(std::env::home_dir().filter(|home| home.is_absolute())?.join(".local/state")));
    state.map(|state| state.join("lastlook"))
}
