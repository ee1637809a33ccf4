//! Lines → a file in which each names the hash of the one before it, and nothing is announced that is not on disk.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::line::{Line, What};
use crate::judge::{Moment, hex};

/// Why a session can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The system says no.
    #[error(
        "the session {path} can not be used: {source}; nothing is done that is not written down there (--state DIR)"
    )]
    Io {
        /// Where.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A line is not what was written.
    #[error("line {line} of the session {path} is not as it was written: {why}")]
    Line {
        /// Where.
        path: String,
        /// Which.
        line: usize,
        /// Why.
        why: String,
    },
    /// Another process is at it.
    #[error("the session {0} is still running")]
    Busy(String),
    /// There is none.
    #[error("there is no session {wanted} in {folder}; lastlook agent log --list shows what there is")]
    Missing {
        /// What was asked for.
        wanted: String,
        /// Where.
        folder: String,
    },
}

/// How secrets are left out of a text.
type Hush<'h> = Box<dyn Fn(&mut String) + 'h>;

/// A session that is being written.
pub struct Session<'h> {
    id: String,
    folder: PathBuf,
    file: File,
    seq: u64,
    prev: String,
    hush: Hush<'h>,
    show: Box<dyn Fn(&What) + 'h>,
}

/// A session as it was read.
#[derive(Debug)]
pub struct Told {
    /// Its name.
    pub id: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The bytes of a last line that was cut off while it was written.
    pub torn: u64,
    /// The hash of the last line, which stands for all of them.
    pub head: String,
}

/// What the first line names in place of one before it.
const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The form of the lines.
const FORM: u32 = 1;

/// What is no secret by what it is called, and would look like one.
const PLAIN: &[&str] = &["integrity", "policy", "prev", "id", "tool", "kind", "time"];

impl<'h> Session<'h> {
    /// Begins a session below `state`; each line is shown to `show`.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(state: &Path, hush: Hush<'h>, show: Box<dyn Fn(&What) + 'h>) -> Result<Self, SessionError> {
        let all = sessions(state);
        let fault = |source| SessionError::Io { path: all.display().to_string(), source };
        crate::secret::private_folder(&all).map_err(fault)?;
        let stamp: String = Moment::now().to_string().chars().filter(char::is_ascii_alphanumeric).collect();
        let folder = tempfile::Builder::new().prefix(&format!("{stamp}-")).tempdir_in(&all).map_err(fault)?.keep();
        let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = opened(&folder.join(FILE), true).map_err(fault)?;
        crate::secret::synced(&all).and_then(|()| crate::secret::synced(&folder)).map_err(fault)?;
        Ok(Self { id, folder, file, seq: 0, prev: FIRST.to_owned(), hush, show })
    }

    /// Goes on with a session; gives what was in it. A line that was cut off while it was written is taken away: what
    /// it announced was not done.
    ///
    /// # Errors
    /// When it is not there, running, or not as it was written.
    pub fn resume(
        state: &Path,
        id: &str,
        hush: Hush<'h>,
        show: Box<dyn Fn(&What) + 'h>,
    ) -> Result<(Self, Told), SessionError> {
        let folder = found(state, id)?;
        let path = folder.join(FILE);
        let fault = |source| SessionError::Io { path: path.display().to_string(), source };
        let mut file = opened(&path, false).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => SessionError::Busy(id.to_owned()),
            _ => fault(error),
        })?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(fault)?;
        let (lines, whole, prev) = parsed(&text, &path)?;
        let torn = (text.len() - whole) as u64;
        file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(fault)?;
        let seq = lines.len() as u64;
        let mut session = Self { id: id.to_owned(), folder, file, seq, prev, hush, show };
        let head = session.prev.clone();
        session.add(What::Resumed { torn })?;
        Ok((session, Told { id: id.to_owned(), lines, torn, head }))
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes out of `text` what no session keeps.
    pub fn hush(&self, text: &mut String) {
        (self.hush)(text);
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The hash of its last line.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.prev
    }

    /// Its name, and the hash of its last line: whoever has written them down sees whether anything was changed since.
    #[must_use]
    pub fn anchor(&self) -> (String, String) {
        (self.id.clone(), self.prev.clone())
    }

    /// Writes down what happens, and comes back when that is on disk.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn add(&mut self, what: What) -> Result<(), SessionError> {
        let line = Line { v: FORM, seq: self.seq, time: Moment::now().to_string(), what, prev: self.prev.clone() };
        let fault = |source| SessionError::Io { path: self.folder.join(FILE).display().to_string(), source };
        let mut value = serde_json::to_value(&line).map_err(|error| fault(error.into()))?;
        hushed(&mut value, "", &*self.hush);
        let (text, hash) = sealed(&value.to_string());
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()).map_err(fault)?;
        (self.seq, self.prev) = (self.seq + 1, hash);
        // What is shown is what was written.
        let what = serde_json::from_value(value).map_or(line.what, |line: Line| line.what);
        (self.show)(&what);
        Ok(())
    }

    /// Keeps the bytes of a tarball beside the session.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), SessionError> {
        let path = self.folder.join(name);
        let fault = |source| SessionError::Io { path: path.display().to_string(), source };
        crate::secret::private_file(&path, bytes).and_then(|()| crate::secret::synced(&self.folder)).map_err(fault)
    }
}

/// How a line ends, around its hash.
const SEAL: (&str, &str) = (",\"hash\":\"", "\"}");

/// An object with the hash of its text as its last key, as a line; and that hash.
fn sealed(object: &str) -> (String, String) {
    let hash = hex(&Sha256::digest(object));
    let open = object.strip_suffix('}').unwrap_or(object);
    (format!("{open}{}{hash}{}\n", SEAL.0, SEAL.1), hash)
}

/// The hash that a line ends with, if it is that of the rest.
fn hash_of(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix(SEAL.1)?;
    let (open, hash) = line.rsplit_once(SEAL.0)?;
    (hex(&Sha256::digest(format!("{open}}}"))) == hash).then(|| hash.to_owned())
}

const FILE: &str = "session.jsonl";

fn sessions(state: &Path) -> PathBuf {
    state.join("sessions")
}

/// The folder of a session. Its name is one part of a path.
fn found(state: &Path, id: &str) -> Result<PathBuf, SessionError> {
    let all = sessions(state);
    let plain = !id.is_empty() && id.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_');
    let folder = all.join(id);
    // A link would lead to what others write.
    let own = |path: &Path| path.symlink_metadata().is_ok_and(|about| !about.is_symlink() && is_ours(&about));
    if plain && own(&folder) && own(&folder.join(FILE)) {
        return Ok(folder);
    }
    Err(SessionError::Missing { wanted: id.chars().take(80).collect(), folder: all.display().to_string() })
}

/// Whether nobody else could have written it.
#[cfg(unix)]
fn is_ours(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_ours(_: &std::fs::Metadata) -> bool {
    true
}

/// The names of all sessions, in the order of their beginnings.
///
/// # Errors
/// When they can't be listed.
pub fn latest(state: &Path) -> Result<Vec<String>, SessionError> {
    let all = sessions(state);
    let fault = |source| SessionError::Io { path: all.display().to_string(), source };
    let names = match std::fs::read_dir(&all) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault(error)),
    };
    let mut found = Vec::new();
    for name in names {
        let name = name.map_err(fault)?.file_name().to_string_lossy().into_owned();
        if all.join(&name).join(FILE).is_file() {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// A session as it stands, also while it is written.
///
/// # Errors
/// When it is not there, or not as it was written.
pub fn read(state: &Path, id: &str) -> Result<Told, SessionError> {
    let path = found(state, id)?.join(FILE);
    let fault = |source| SessionError::Io { path: path.display().to_string(), source };
    let text = std::fs::read(&path).map_err(fault)?;
    let (lines, whole, head) = parsed(&text, &path)?;
    Ok(Told { id: id.to_owned(), lines, torn: (text.len() - whole) as u64, head })
}

/// The lines of a session, how far they are whole, and the hash of the last.
fn parsed(text: &[u8], path: &Path) -> Result<(Vec<Line>, usize, String), SessionError> {
    let fault = |line: usize, why: &str| SessionError::Line {
        path: path.display().to_string(),
        line: line + 1,
        why: why.to_owned(),
    };
    let whole = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let (mut lines, mut prev) = (Vec::new(), FIRST.to_owned());
    let rows = text.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
    for (number, row) in rows.enumerate().filter(|(_, row)| !row.is_empty()) {
        let hash = hash_of(row).ok_or_else(|| fault(number, "its hash is not that of what it says"))?;
        let line: Line = serde_json::from_slice(row).map_err(|error| fault(number, &error.to_string()))?;
        if line.v != FORM {
            return Err(fault(number, "a newer lastlook wrote it"));
        }
        if line.prev != prev || line.seq != lines.len() as u64 {
            return Err(fault(number, "it does not follow from the line before it"));
        }
        prev = hash;
        lines.push(line);
    }
    Ok((lines, whole, prev))
}

/// The file, for this process alone.
fn opened(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(new);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Leaves secrets out of every text.
fn hushed(value: &mut Value, key: &str, hush: &dyn Fn(&mut String)) {
    match value {
        Value::String(text) if !PLAIN.contains(&key) => hush(text),
        Value::Array(list) => list.iter_mut().for_each(|one| hushed(one, key, hush)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, one)| hushed(one, key, hush)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
