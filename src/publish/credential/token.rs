//! A file, a pipe or a descriptor → a token, which a registry can be chosen for later.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::secret::{MOST, Secret};
use super::{Credential, CredentialError, Kind, scrub};
use crate::publish::Chosen;
use crate::secret::{Read, Source};

const SOURCE: Source = Source { what: "token", flag: "--token-file", most: MOST };

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
        Self::of(&SOURCE.path(path)?)
    }

    /// Reads what was piped into a descriptor, to its end.
    ///
    /// # Errors
    /// When it can't be read, or is one that every script would inherit with the token in it.
    pub fn from_descriptor(number: u32) -> Result<Self, CredentialError> {
        Self::of(&SOURCE.descriptor(number)?)
    }

    fn of(read: &Read) -> Result<Self, CredentialError> {
        let source = if read.named { "the file given with --token-file" } else { &read.place };
        // What is no text holds a sign that no token has.
        let text = std::str::from_utf8(&read.bytes).unwrap_or("\u{fffd}");
        let secret = Arc::new(Secret::new(text, source)?);
        Ok(Self { secret, source: source.to_owned(), warning: read.warning() })
    }

    /// What a person should know about the file.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Takes it out of a text, however it is spelled there.
    pub fn scrub(&self, text: &mut String) {
        scrub::scrub(text, self.secret.text(), false);
    }

    /// Whether it stands in `bytes`.
    #[must_use]
    pub fn stands_in(&self, bytes: &[u8]) -> bool {
        scrub::stands_in(bytes, self.secret.text())
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
