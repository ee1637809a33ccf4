//! Files, settings and the environment → credentials, each bound to one registry. No other folder can read one.

mod error;
mod expand;
mod files;
mod handover;
mod identity;
mod npmrc;
mod otp;
mod rows;
mod scrub;
mod secret;
mod token;
mod vault;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

pub use error::CredentialError;
pub use identity::{Ask, Identity};
#[doc(hidden)]
pub use npmrc::keys as npmrc_keys;
pub use otp::Otp;
pub use token::Token;
pub use vault::Vault;

pub(super) use files::OF_PROJECT;
pub(super) use rows::Rows;

use super::Registry;
use secret::Secret;

/// A secret that one registry gets, and nobody else.
pub struct Credential {
    registry: Registry,
    kind: Kind,
    source: String,
}

/// What stands before it in the header.
#[derive(Clone)]
enum Kind {
    Bearer(Arc<Secret>),
    /// Base64 of `user:password`.
    Basic(Arc<Secret>),
}

impl Credential {
    /// Binds a secret to `registry`.
    fn bind(kind: Kind, registry: &Registry, source: &str) -> Result<Self, CredentialError> {
        if !registry.is_private() {
            return Err(CredentialError::Insecure { registry: registry.url() });
        }
        Ok(Self { registry: registry.clone(), kind, source: source.to_owned() })
    }

    /// The value of the header for a request to `url`; none where that is not its registry.
    #[must_use]
    pub(super) fn header(&self, url: &str) -> Option<HeaderValue> {
        let (scheme, secret) = match &self.kind {
            Kind::Bearer(secret) => ("Bearer", secret),
            Kind::Basic(secret) => ("Basic", secret),
        };
        if self.registry.owns(url) { header(scheme, secret) } else { None }
    }

    /// Takes the secret out of a text that came from outside.
    pub(super) fn scrub(&self, text: &mut String) {
        match &self.kind {
            Kind::Bearer(secret) => scrub::scrub(text, secret.text(), false),
            Kind::Basic(secret) => scrub::scrub(text, secret.text(), true),
        }
    }

    /// Where it came from, for people.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The registry it is for.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }
}

impl Kind {
    /// From a user and a password.
    fn pair(user: &str, password: &str, source: &str) -> Result<Self, CredentialError> {
        let pair = Zeroizing::new(format!("{user}:{password}"));
        let code = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Ok(Self::Basic(Arc::new(Secret::new(&code, source)?)))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, {})", self.registry.url(), self.source)
    }
}

/// A header that HTTP libraries don't print.
fn header(scheme: &str, secret: &Secret) -> Option<HeaderValue> {
    let text = Zeroizing::new(format!("{scheme} {}", secret.text()));
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_gets_it_and_no_other() {
        let registry = Registry::parse("https://r.example/npm/").unwrap();
        let kind = Kind::Bearer(Arc::new(Secret::new("hush-hush", "x").unwrap()));
        let credential = Credential::bind(kind.clone(), &registry, "the test").unwrap();
        let header = credential.header("https://r.example/npm/w").unwrap();
        assert!(header.is_sensitive() && header == "Bearer hush-hush");
        for other in ["http://r.example/npm/w", "https://r.example:444/", "https://s.example/", "https://r.example@x/"]
        {
            assert_eq!(credential.header(other), None, "{other}");
        }
        assert_eq!(format!("{credential:?} {header:?}"), "Credential(https://r.example/npm/, the test) Sensitive");
        let open = Registry::parse("http://r.example/").unwrap();
        assert!(matches!(Credential::bind(kind, &open, "x"), Err(CredentialError::Insecure { .. })));
    }
}
