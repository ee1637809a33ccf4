//! A file, a pipe or a descriptor → a token, which a registry can be chosen for later.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use super::files::bounded;
use super::secret::{MOST, Secret};
use super::{Credential, CredentialError, Kind};
use crate::publish::Chosen;

/// What names a descriptor, and leads to its number.
const DESCRIPTORS: &[&str] = &["/dev/fd/", "/proc/self/fd/"];

/// A token of the user's. It is read at once, so that nothing that runs later can read it in our place.
pub struct Token {
    secret: Arc<Secret>,
    source: String,
    warning: Option<String>,
}

impl Token {
    /// Reads a regular file or a pipe; `/dev/stdin` is what was piped in.
    ///
    /// # Errors
    /// When it can't be read, or holds no token.
    pub fn from_file(path: &Path) -> Result<Self, CredentialError> {
        let text = path.to_string_lossy();
        let number = DESCRIPTORS.iter().find_map(|start| text.strip_prefix(start)?.parse().ok());
        if let Some(number) = number.or_else(|| (text == "/dev/stdin").then_some(0)) {
            return Self::from_descriptor(number);
        }
        let source = "the file given with --token-file";
        let failed = |source| CredentialError::Read { place: path.display().to_string(), source };
        let meta = path.metadata().map_err(failed)?;
        if !meta.is_file() && !is_pipe(&meta) {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a pipe")));
        }
        let file = File::open(path).map_err(failed)?;
        let warning = warning(path, &meta);
        Self::read(file, source, &path.display().to_string(), warning)
    }

    /// Reads what was piped into a descriptor, to its end.
    ///
    /// # Errors
    /// When it can't be read, or is one that every script would inherit with the token in it.
    pub fn from_descriptor(number: u32) -> Result<Self, CredentialError> {
        let refuse = |why| Err(CredentialError::Descriptor { number, why });
        let source = format!("descriptor {number}");
        let failed = |source| CredentialError::Read { place: format!("descriptor {number}"), source };
        if number == 0 {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                return refuse("it is a terminal, which would show it; pipe it in");
            }
            Self::read(stdin.lock(), "standard input", "standard input", None)
        } else if number < 3 {
            refuse("it is for output")
        } else if !cfg!(unix) {
            refuse("this system has no numbers for them; pipe it in, and say --token-file /dev/stdin")
        } else {
            let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
            let path = Path::new(folder).join(number.to_string());
            let meta = path.metadata().map_err(failed)?;
            if !is_pipe(&meta) {
                // It stays open in all that we start, which could read it again from its beginning.
                return refuse("it is no pipe; use a pipe, or name a file with --token-file");
            }
            Self::read(File::open(path).map_err(failed)?, &source, &source, None)
        }
    }

    fn read(from: impl io::Read, source: &str, place: &str, warning: Option<String>) -> Result<Self, CredentialError> {
        let most = MOST as u64;
        let failed = |source| CredentialError::Read { place: place.to_owned(), source };
        let bytes = bounded(from, most, most).map_err(failed)?;
        // What is no text holds a sign that no token has.
        let text = std::str::from_utf8(&bytes).unwrap_or("\u{fffd}");
        let secret = Arc::new(Secret::new(text, source)?);
        Ok(Self { secret, source: source.to_owned(), warning })
    }

    /// What a person should know about the file.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Binds it to the registry that was chosen.
    ///
    /// # Errors
    /// When the package alone chose it, or it could be listened to.
    pub fn bind(&self, chosen: &Chosen) -> Result<Credential, CredentialError> {
        if !chosen.vouched {
            let (registry, named_by) = (chosen.registry.url(), chosen.named_by.clone());
            return Err(CredentialError::Unvouched { registry, named_by });
        }
        Credential::bind(Kind::Bearer(Arc::clone(&self.secret)), &chosen.registry, &self.source)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.source)
    }
}

#[cfg(unix)]
fn is_pipe(meta: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn warning(path: &Path, meta: &std::fs::Metadata) -> Option<String> {
    let others = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o077 != 0;
    let path = path.display();
    others.then(|| format!("others on this machine may read {path}; run chmod 600 on it"))
}

#[cfg(not(unix))]
fn warning(_: &Path, _: &std::fs::Metadata) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::Registry;

    #[test]
    fn a_token_goes_only_where_the_user_sends_it() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("t");
        std::fs::write(&file, "hush-hush\n").unwrap();
        let token = Token::from_file(&file).unwrap();
        assert_eq!(token.warning().is_some(), cfg!(unix));
        let registry = Registry::parse("https://r.example/").unwrap();
        let mut chosen = Chosen { registry, named_by: "package.json".to_owned(), vouched: false };
        assert!(matches!(token.bind(&chosen), Err(CredentialError::Unvouched { .. })));
        chosen.vouched = true;
        let credential = token.bind(&chosen).unwrap();
        assert_eq!(credential.header("https://r.example/").unwrap(), "Bearer hush-hush");
        assert_eq!(credential.source(), "the file given with --token-file");
        assert_eq!(format!("{token:?}"), "Token(the file given with --token-file)");
    }

    #[test]
    fn what_is_no_file_with_a_token_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("t");
        std::fs::write(&file, "a\nb").unwrap();
        assert!(matches!(Token::from_file(&file), Err(CredentialError::Form { .. })));
        std::fs::write(&file, "a".repeat(MOST + 1)).unwrap();
        assert!(matches!(Token::from_file(&file), Err(CredentialError::Read { .. })));
        assert!(matches!(Token::from_file(place.path()), Err(CredentialError::Read { .. })));
        assert!(matches!(Token::from_descriptor(1), Err(CredentialError::Descriptor { .. })));
        assert!(matches!(Token::from_file(Path::new("/dev/fd/2")), Err(CredentialError::Descriptor { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_is_read_to_its_end_if_nobody_can_read_it_again() {
        use std::io::Write as _;
        use std::os::fd::AsRawFd as _;

        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"hush-hush\n").unwrap();
        drop(writer);
        let number = u32::try_from(reader.as_raw_fd()).unwrap();
        let token = Token::from_descriptor(number).unwrap();
        assert_eq!(
            (token.secret.text(), token.source.as_str()),
            ("hush-hush", format!("descriptor {number}").as_str())
        );
        assert!(matches!(Token::from_descriptor(number), Err(CredentialError::Form { .. })));
        let file = tempfile::tempfile().unwrap();
        let error = Token::from_descriptor(u32::try_from(file.as_raw_fd()).unwrap()).unwrap_err();
        assert!(error.to_string().contains("it is no pipe"), "{error}");
    }
}
