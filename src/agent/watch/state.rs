//! What is known, and what nobody took yet ↔ a file: whole on disk before anything is sent, and of one watch alone.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::WatchError;
use super::outbox::Outbox;
use super::watched::Watched;
use crate::secret::{bounded, private_folder, synced};

const SCHEMA: &str = "lastlook.watch-state/1";

/// No state is larger.
const MOST: u64 = 256 << 20;

/// All that a watch remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    schema: String,
    /// The number of the last report.
    pub(super) seq: u64,
    /// Targets, by what they are remembered by.
    pub(super) watched: BTreeMap<String, Watched>,
    pub(super) outbox: Outbox,
}

impl Default for State {
    fn default() -> Self {
        let (watched, outbox) = (BTreeMap::new(), Outbox::default());
        Self { schema: SCHEMA.to_owned(), seq: 0, watched, outbox }
    }
}

impl State {
    /// Reports that wait to be taken.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The number of the last report.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }
}

/// Keeps a state where a crash does not reach it.
pub trait Keep {
    /// Keeps it in place of the one before, whole or not at all.
    ///
    /// # Errors
    /// When that is not possible.
    fn keep(&mut self, state: &State) -> Result<(), WatchError>;
}

/// A folder with a state in it, and the lock that keeps others out.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the folder `watch` in `place`, and reads what is there; nothing is there at first.
    ///
    /// # Errors
    /// When another watch has it, or what is there can't be read.
    pub fn open(place: &Path) -> Result<(Self, State), WatchError> {
        let folder = place.join("watch");
        let fault = |source| WatchError::Unwritable { path: folder.display().to_string(), source };
        private_folder(&folder).map_err(fault)?;
        let lock = opened(&folder.join("lock"), false).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WatchError::Busy(folder.display().to_string())),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        let store = Self { folder, _lock: lock };
        let state = store.read()?;
        Ok((store, state))
    }

    fn file(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    fn read(&self) -> Result<State, WatchError> {
        let path = self.file();
        let fault = |why: String| WatchError::State { path: path.display().to_string(), why };
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
            Err(error) => return Err(fault(error.to_string())),
        };
        let about = file.metadata().map_err(|error| fault(error.to_string()))?;
        if !about.is_file() {
            return Err(fault("it is not a regular file".to_owned()));
        }
        let text = bounded(file, about.len(), MOST).map_err(|error| fault(error.to_string()))?;
        let form = |value: &serde_json::Value| value.get("schema").and_then(|form| form.as_str()).map(str::to_owned);
        let parsed: Result<State, _> = serde_json::from_slice(&text);
        match (parsed, serde_json::from_slice(&text).ok().as_ref().and_then(form)) {
            (_, Some(form)) if form != SCHEMA => {
                Err(fault(format!("it is of the form {form:.40}, by another lastlook")))
            }
            (Ok(state), _) => Ok(state),
            (Err(error), _) => Err(fault(error.to_string())),
        }
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        let part = self.folder.join("state.json.part");
        let mut file = opened(&part, true)?;
        // What a crash left there, or somebody put there, is no state.
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("something else lies where its next form is written (state.json.part)"));
        }
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(&part, self.file())?;
        synced(&self.folder)
    }
}

impl Keep for Store {
    fn keep(&mut self, state: &State) -> Result<(), WatchError> {
        let text = serde_json::to_vec(state).map_err(io::Error::from);
        let written = text.and_then(|text| self.write(&text));
        written.map_err(|source| WatchError::Unwritable { path: self.file().display().to_string(), source })
    }
}

/// A file of ours alone, open for writing.
fn opened(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(empty).mode(0o600);
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}
