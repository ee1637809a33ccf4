//! One file of an artifact, at its installed path.

use std::borrow::Cow;
use std::fmt;

/// A path that stays inside its container: relative, with plain parts, slashes between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(String);

impl EntryPath {
    /// Accepts `raw` if it stays inside its container. `.` parts are dropped.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let mut path = String::with_capacity(raw.len());
        for part in raw.split('/') {
            match part {
                "" | ".." => return None,
                "." => {}
                _ if part.bytes().any(|b| b == b'\\' || b == 0) => return None,
                _ => {
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(part);
                }
            }
        }
        (!path.is_empty()).then_some(Self(path))
    }

    /// The nearest path inside the container: what a client that strips dangerous parts would use.
    #[must_use]
    pub fn tamed(raw: &str) -> Self {
        // A backslash is a plain character where the name does not climb with it.
        let climbs = raw.split(['/', '\\']).any(|part| part == "..");
        let ends = |c: char| c == '/' || c == '\0' || (climbs && c == '\\');
        let parts: Vec<&str> = raw.split(ends).filter(|part| !matches!(*part, "" | "." | "..")).collect();
        if parts.is_empty() { Self("(no name)".to_owned()) } else { Self(parts.join("/")) }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// Everything before the last part, without a slash at the end.
    #[must_use]
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file inside an artifact.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Where it is installed.
    pub path: EntryPath,
    /// What lies deeper, for an entry of a nested container.
    pub inside: Vec<String>,
    /// Its bytes.
    pub body: Cow<'a, [u8]>,
    /// Whether npm would lay it down; other readings of an odd archive are inspected, not counted.
    pub counted: bool,
    /// Whether its raw name held a `.` part, as some packers write for the same file twice.
    pub dotted: bool,
}
