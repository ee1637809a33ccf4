//! Text → a secret: wiped when it is dropped, printed by nobody, and fit for a header.

use std::fmt;

use zeroize::Zeroizing;

use super::CredentialError;

/// No token is longer.
pub(super) const MOST: usize = 64 << 10;

/// A text that leaves this folder only in a header.
pub(super) struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` without the space around it, which files end with; `whence` is for people.
    pub(super) fn new(text: &str, whence: &str) -> Result<Self, CredentialError> {
        let text = text.trim_ascii();
        let fault = if text.is_empty() {
            "is empty"
        } else if text.len() > MOST {
            "is too long for a token"
        } else if !text.is_ascii() {
            "holds a sign that no token has"
        } else if text.bytes().any(|byte| byte.is_ascii_control()) {
            "holds more than one line, or a control character"
        } else if text.contains(' ') {
            "holds a space"
        } else if text.starts_with("//") || text.contains("_authToken") || text.starts_with(['"', '\'']) {
            "is a line of .npmrc, or stands in quotes"
        } else {
            return Ok(Self(Zeroizing::new(text.to_owned())));
        };
        Err(CredentialError::Form { source_name: whence.to_owned(), fault })
    }

    /// What it says.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_header_can_hold_is_refused_and_not_told() {
        assert_eq!(Secret::new(" tok\r\n", "x").unwrap().text(), "tok");
        assert_eq!(format!("{:?}", Secret::new("tok", "x").unwrap()), "Secret(…)");
        for bad in ["", "\n", "hush\nhush", "hush\u{7f}", "hüsh", "hush hush", &"hush".repeat(20_000)] {
            let error = Secret::new(bad, "the file t").unwrap_err().to_string();
            assert!(error.starts_with("the file t ") && !error.contains("hush"), "{error}");
        }
    }
}
