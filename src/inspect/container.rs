//! Containers inside the artifact -> findings: what was not opened is not clear.

use super::{Found, Inspector, Subject};
use crate::model::{Level, Rule};

/// The same rule as for the artifact itself; only here may an exception cover it, file by file.
const UNSUPPORTED: Rule = Rule::fixed(
    "archive/unsupported",
    (Level::Deny, Level::Deny),
    "a container that lastlook can not open",
    "What can not be opened can not be cleared.",
    "leave it out of the package, or except this one file in the policy by path and sha256",
);

pub(super) struct Containers;

impl Inspector for Containers {
    fn rules(&self) -> Vec<Rule> {
        Vec::new() // listed once, with the rules about containers
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        if let Some(what) = what(subject.bytes) {
            found.finding(&UNSUPPORTED, None, format!("a {what} inside the artifact: it was not opened")).unread = true;
        }
    }
}

const MAGICS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "zip archive"),
    (b"PK\x05\x06", "zip archive"),
    (b"Cr24", "browser extension"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"\xfd7zXZ\0", "xz stream"),
    (b"Rar!\x1a\x07", "rar archive"),
    (b"\x28\xb5\x2f\xfd", "zstd stream"),
    (b"\x1f\x8b\x08", "gzip stream"),
];

/// The kind of container that `bytes` are, if they are one.
fn what(bytes: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(what);
    }
    if bytes.starts_with(b"BZh") && bytes.get(4..10) == Some(b"1AY&SY") {
        return Some("bzip2 stream");
    }
    if bytes.starts_with(&[4, 0, 0, 0]) && bytes.get(16..25) == Some(b"{\"files\":") {
        return Some("asar archive");
    }
    (bytes.get(257..262) == Some(b"ustar") && bytes.len() >= 512).then_some("tar archive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_like_bzip2_is_text() {
        assert_eq!(what(b"BZhello world"), None);
        assert_eq!(what(b"BZh91AY&SY...."), Some("bzip2 stream"));
    }

    #[test]
    fn an_archive_is_told_by_its_content() {
        assert_eq!(what(b"PK\x03\x04...."), Some("zip archive"));
        assert_eq!(what(b"\x1f\x8b\x08\0"), Some("gzip stream"));
        assert_eq!(what(b"// just text"), None);
    }
}
