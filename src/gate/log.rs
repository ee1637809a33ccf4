//! Who asked for what, and what came of it → lines on disk, each bound to the one before it by its hash.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::judge::{Moment, hex};

/// Why the log can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It can't be read or written.
    #[error("the log {path} can not be used: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Somebody changed it.
    #[error("line {line} of the log {path} is not the one that followed: {why}")]
    Chain {
        /// The file.
        path: String,
        /// Which.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The log of a gate, which one process writes.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    end: Mutex<End>,
}

#[derive(Debug)]
struct End {
    file: File,
    len: u64,
    number: u64,
    last: String,
}

/// What the first line follows.
const BEGIN: &str = "lastlook.gate/1";

impl Log {
    /// The file of the log in a folder.
    #[must_use]
    pub fn file(folder: &Path) -> PathBuf {
        folder.join("gate.jsonl")
    }

    /// Opens the log in `folder`, and checks what is there.
    ///
    /// # Errors
    /// When it can't be used, or was changed.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let path = Self::file(folder);
        let fault = |source| LogError::Io { path: path.display().to_string(), source };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        super::state::private(&mut options);
        let file = options.open(&path).map_err(fault)?;
        let mut end = (0, 0, hash(BEGIN.as_bytes()));
        let whole = walk(&path, &file, |number, line| end = (number, 0, hash(line)))?;
        end.1 = whole;
        let (number, len, last) = end;
        // What was cut off while it was written was never acted on.
        if len < file.metadata().map_err(fault)?.len() {
            file.set_len(len).map_err(fault)?;
        }
        Ok(Self { end: Mutex::new(End { file, len, number, last }), path })
    }

    /// Whether the file that is written to is still the one that people look at.
    ///
    /// # Errors
    /// When it was moved or taken away.
    pub fn check(&self) -> Result<(), LogError> {
        self.is_there(&self.end.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_there(&self, end: &End) -> Result<(), LogError> {
        use std::os::unix::fs::MetadataExt as _;
        let fault = |source| LogError::Io { path: self.path.display().to_string(), source };
        let (own, there) = (end.file.metadata().map_err(fault)?, self.path.symlink_metadata().map_err(fault)?);
        if (own.dev(), own.ino()) == (there.dev(), there.ino()) {
            return Ok(());
        }
        Err(fault(io::Error::other("another file lies there now; start the gate anew")))
    }

    /// Adds a line, and comes back when it is on disk.
    ///
    /// # Errors
    /// When that is not possible: then nothing may be done of which it speaks.
    pub fn write(&self, event: &str, fields: Map<String, Value>) -> Result<(), LogError> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_there(&end)?;
        let mut line = Map::new();
        line.insert("number".to_owned(), (end.number + 1).into());
        line.insert("time".to_owned(), Moment::now().to_string().into());
        line.insert("event".to_owned(), event.into());
        line.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        line.insert("before".to_owned(), end.last.clone().into());
        let fault = |source| LogError::Io { path: self.path.display().to_string(), source };
        let mut text = serde_json::to_vec(&line).map_err(|error| fault(error.into()))?;
        let own = hash(&text);
        text.push(b'\n');
        let written = end.file.write_all(&text).and_then(|()| end.file.sync_data());
        if let Err(error) = written {
            let len = end.len;
            end.file.set_len(len).map_err(fault)?;
            return Err(fault(error));
        }
        end.len += text.len() as u64;
        end.number += 1;
        end.last = own;
        Ok(())
    }

    /// Hands out the lines of the log in `folder`, in order.
    ///
    /// # Errors
    /// When it can't be read, or a line is not the one that followed; what stands before it was handed out.
    pub fn read(folder: &Path, mut take: impl FnMut(&[u8])) -> Result<u64, LogError> {
        let path = Self::file(folder);
        let fault = |source| LogError::Io { path: path.display().to_string(), source };
        let file = File::open(&path).map_err(fault)?;
        let mut count = 0;
        walk(&path, &file, |number, line| {
            count = number;
            take(line);
        })?;
        Ok(count)
    }
}

/// Walks the whole lines of a log, and says where they end.
fn walk(path: &Path, mut file: &File, mut take: impl FnMut(u64, &[u8])) -> Result<u64, LogError> {
    let fault = |source| LogError::Io { path: path.display().to_string(), source };
    file.seek(SeekFrom::Start(0)).map_err(fault)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut at, mut number, mut last, mut line) = (0, 0, hash(BEGIN.as_bytes()), Vec::new());
    loop {
        line.clear();
        let count = (&mut reader).take(1 << 20).read_until(b'\n', &mut line).map_err(fault)?;
        if line.pop() != Some(b'\n') {
            return Ok(at);
        }
        let chain = |why| LogError::Chain { path: path.display().to_string(), line: number + 1, why };
        let value: Value = serde_json::from_slice(&line).map_err(|_| chain("it is no line of ours"))?;
        if value.get("before").and_then(Value::as_str) != Some(&*last) {
            return Err(chain("its hash of the line before is another one"));
        }
        if value.get("number").and_then(Value::as_u64) != Some(number + 1) {
            return Err(chain("its number is another one"));
        }
        number += 1;
        at += count as u64;
        last = hash(&line);
        take(number, &line);
    }
}

fn hash(line: &[u8]) -> String {
    hex(&Sha256::digest(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_changed_or_taken_out_is_seen() {
        let place = tempfile::tempdir().unwrap();
        for number in 0..3 {
            let log = Log::open(place.path()).unwrap();
            for part in 0..3 {
                let fields = Map::from_iter([("what".to_owned(), format!("{number}-{part}").into())]);
                log.write("test", fields).unwrap();
            }
        }
        let file = Log::file(place.path());
        let whole = std::fs::read_to_string(&file).unwrap();
        assert_eq!(Log::read(place.path(), |_| ()).unwrap(), 9);
        let lines: Vec<&str> = whole.lines().collect();
        let without = |gone: usize| {
            lines
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != gone)
                .map(|(_, line)| format!("{line}\n"))
                .collect::<Vec<_>>()
                .concat()
        };
        for text in
            [without(0), without(4), whole.replace("1-1", "1-9"), format!("{}{}", whole, lines[8].to_owned() + "\n")]
        {
            std::fs::write(&file, &text).unwrap();
            assert!(matches!(Log::read(place.path(), |_| ()), Err(LogError::Chain { .. })), "{text}");
            assert!(Log::open(place.path()).is_err());
        }
        // What was cut off while it was written is taken away, and the next line follows.
        std::fs::write(&file, format!("{whole}{{\"number\":10,")).unwrap();
        Log::open(place.path()).unwrap().write("test", Map::new()).unwrap();
        assert_eq!(Log::read(place.path(), |_| ()).unwrap(), 10);
    }
}
