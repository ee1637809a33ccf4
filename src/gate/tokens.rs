//! The tokens that the gate gives to its clients: it keeps their hashes alone, and a copy of its files opens nothing.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};

use crate::judge::{Moment, hex};

/// Why tokens can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file can't be read or written.
    #[error("the tokens in {path} can not be used: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file says something else.
    #[error("the tokens in {path} can not be read: {why}")]
    Form {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// There is one of this name.
    #[error("there is a token {0:?} already; remove it first, or choose another name")]
    Exists(String),
    /// There is none.
    #[error("there is no token {0:?}")]
    Missing(String),
    /// It is no name.
    #[error("{0:?} is no name for a token: use letters, digits, - _ . and no more than 64 of them")]
    Name(String),
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Row {
    sha256: String,
    created: String,
}

/// The tokens of a gate.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// What the file was when it was read.
    mark: Option<(SystemTime, u64, u64, (i64, i64))>,
    rows: BTreeMap<String, Row>,
}

/// What tokens begin with, so that whoever finds one knows what it is.
const PREFIX: &str = "lastlook_";

impl Tokens {
    /// Those of the gate whose state is in `folder`.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join("tokens.json"), known: Mutex::default() }
    }

    fn fault(&self, source: io::Error) -> TokenError {
        TokenError::Io { path: self.path.display().to_string(), source }
    }

    fn read(&self) -> Result<BTreeMap<String, Row>, TokenError> {
        let mut text = Vec::new();
        match File::open(&self.path) {
            Ok(file) => file.take(16 << 20).read_to_end(&mut text).map_err(|source| self.fault(source))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.fault(error)),
        };
        let form = |error: serde_json::Error| TokenError::Form {
            path: self.path.display().to_string(),
            why: error.to_string(),
        };
        serde_json::from_slice(&text).map_err(form)
    }

    /// Changes the file, all or nothing, while no other process does.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<String, Row>) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let made = || -> io::Result<File> {
            super::state::folder(folder)?;
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true);
            super::state::private(&mut options);
            let lock = options.open(self.path.with_extension("lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let _lock = made().map_err(|source| self.fault(source))?;
        let mut rows = self.read()?;
        let result = change(&mut rows)?;
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(&rows)?)?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|source| self.fault(source))?;
        Ok(result)
    }

    /// Makes a token of this name, which is shown this once.
    ///
    /// # Errors
    /// When there is one, or it can't be kept.
    pub fn add(&self, name: &str) -> Result<String, TokenError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) || name.starts_with('-') {
            return Err(TokenError::Name(name.to_owned()));
        }
        let mut random = [0; 32];
        SystemRandom::new().fill(&mut random).map_err(|_| self.fault(io::Error::other("there is no randomness")))?;
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        self.change(|rows| {
            if rows.contains_key(name) {
                return Err(TokenError::Exists(name.to_owned()));
            }
            let row = Row { sha256: hash(&token), created: Moment::now().to_string() };
            rows.insert(name.to_owned(), row);
            Ok(())
        })?;
        Ok(token)
    }

    /// Takes a token away, from the next request on.
    ///
    /// # Errors
    /// When there is none of this name, or it can't be taken away.
    pub fn remove(&self, name: &str) -> Result<(), TokenError> {
        self.change(|rows| rows.remove(name).map(|_| ()).ok_or_else(|| TokenError::Missing(name.to_owned())))
    }

    /// The names of all tokens, and when each was made.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn list(&self) -> Result<Vec<(String, String)>, TokenError> {
        Ok(self.read()?.into_iter().map(|(name, row)| (name, row.created)).collect())
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// When the tokens can't be read: then it is nobody's.
    pub fn owner(&self, token: &str) -> Result<Option<String>, TokenError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = match self.path.metadata() {
            Ok(meta) => {
                use std::os::unix::fs::MetadataExt as _;
                let changed = meta.modified().map_err(|source| self.fault(source))?;
                Some((changed, meta.len(), meta.ino(), (meta.ctime(), meta.ctime_nsec())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(self.fault(error)),
        };
        if known.mark != mark || mark.is_none() {
            *known = Known { rows: self.read()?, mark };
        }
        // Hashes are compared, not tokens: how far two agree tells nothing of either token.
        let hash = hash(token);
        Ok(known.rows.iter().find(|(_, row)| row.sha256 == hash).map(|(name, _)| name.clone()))
    }
}

/// A token has 256 bits of chance, so its hash needs no salt and no work.
fn hash(token: &str) -> String {
    hex(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_it_is_removed_and_is_nowhere_on_disk() {
        let place = tempfile::tempdir().unwrap();
        let tokens = Tokens::of(place.path());
        assert_eq!(tokens.owner("x").unwrap(), None);
        let token = tokens.add("ci").unwrap();
        let other = tokens.add("agent-1").unwrap();
        assert_eq!(tokens.owner(&token).unwrap().as_deref(), Some("ci"));
        assert_eq!(tokens.owner(&other).unwrap().as_deref(), Some("agent-1"));
        assert_eq!(tokens.owner(&token[1..]).unwrap(), None);
        assert!(matches!(tokens.add("ci"), Err(TokenError::Exists(_))));
        for name in ["", "a b", "../x", "-x", &"a".repeat(65)] {
            assert!(matches!(tokens.add(name), Err(TokenError::Name(_))), "{name}");
        }
        for file in std::fs::read_dir(place.path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(!text.contains(&token[PREFIX.len()..]));
        }
        tokens.remove("ci").unwrap();
        assert_eq!(tokens.owner(&token).unwrap(), None);
        assert!(matches!(tokens.remove("ci"), Err(TokenError::Missing(_))));
        std::fs::write(place.path().join("tokens.json"), "{").unwrap();
        assert!(tokens.owner(&other).is_err());
    }
}
