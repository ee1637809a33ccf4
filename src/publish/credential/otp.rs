//! A one-time password → its header, for one registry.

use std::fmt;

use ureq::http::HeaderValue;

use super::secret::Secret;
use super::{CredentialError, scrub};
use crate::publish::Registry;

/// A one-time password, or what a registry's web page gives in its place.
pub struct Otp {
    registry: Registry,
    secret: Secret,
}

impl Otp {
    /// Takes what a person typed, or a page gave.
    ///
    /// # Errors
    /// When it can't be one, or the registry could be listened to.
    pub fn new(text: &str, registry: &Registry) -> Result<Self, CredentialError> {
        if !registry.is_private() {
            return Err(CredentialError::Insecure { registry: registry.url() });
        }
        Ok(Self { registry: registry.clone(), secret: Secret::new(text, "the one-time password")? })
    }

    /// The value of `npm-otp` for a request to `url`; none where that is not its registry.
    #[must_use]
    pub(in crate::publish) fn header(&self, url: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.secret.text()).ok().filter(|_| self.registry.owns(url))?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes it out of a text that came from outside.
    pub(in crate::publish) fn scrub(&self, text: &mut String) {
        scrub::scrub(text, self.secret.text(), false);
    }
}

impl fmt::Debug for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Otp({})", self.registry.url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_time_password_goes_to_its_registry_alone() {
        let registry = Registry::parse("https://r.example/").unwrap();
        let otp = Otp::new("123456\n", &registry).unwrap();
        assert_eq!(otp.header("https://r.example/w").unwrap(), "123456");
        assert_eq!(otp.header("https://s.example/w"), None);
        assert_eq!(format!("{otp:?}"), "Otp(https://r.example/)");
        assert!(Otp::new("1\n2", &registry).is_err());
    }
}
