//! One file of an artifact, at its installed path.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::Place;

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

    /// The path that `raw` leads to: as it is where it stays inside its container, else the nearest one that does.
    #[must_use]
    pub fn nearest(raw: &str) -> Self {
        Self::parse(raw).unwrap_or_else(|| Self::tamed(raw))
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

/// What a container inside the artifact is, as far as it matters to what lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// Files with names of their own.
    Archive,
    /// One file, packed: it stands for the file of the same name without the ending.
    Packed,
    /// A program that holds files.
    Executable,
}

/// The container that an entry lies in, where that is not the artifact itself.
#[derive(Debug)]
pub struct Within {
    /// Where the container is.
    pub place: Place,
    /// How many containers lie around the entry.
    pub depth: u32,
    /// What it is.
    pub wrap: Wrap,
    /// Whether it, or a container around it, is an executable.
    pub executable: bool,
}

/// One file inside an artifact.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Where it is installed; for an entry of a nested container, where it lies in that one.
    pub path: EntryPath,
    /// The nested container that it lies in.
    pub within: Option<Arc<Within>>,
    /// Its bytes.
    pub body: Cow<'a, [u8]>,
    /// Whether npm would lay it down; other readings of an odd archive are inspected, not counted.
    pub counted: bool,
    /// Whether its raw name held a `.` part, as some packers write for the same file twice.
    pub dotted: bool,
    /// Whether it is what is left of a container that was taken apart: it is not to be opened as one.
    pub rest: bool,
}

impl<'a> Entry<'a> {
    /// A file that is laid down at `path`.
    #[must_use]
    pub fn new(path: EntryPath, body: Cow<'a, [u8]>) -> Self {
        Self { path, within: None, body, counted: true, dotted: false, rest: false }
    }

    /// What only some reading of an archive shows.
    #[must_use]
    pub fn hidden(path: EntryPath, body: Cow<'a, [u8]>) -> Self {
        Self { counted: false, ..Self::new(path, body) }
    }

    /// Bytes of a container that belong to none of its files.
    #[must_use]
    pub fn rest(name: &str, body: Cow<'a, [u8]>) -> Self {
        Self { rest: true, ..Self::hidden(EntryPath::tamed(name), body) }
    }

    /// The same entry with a body of its own.
    #[must_use]
    pub fn into_owned(self) -> Entry<'static> {
        let Self { path, within, body, counted, dotted, rest } = self;
        Entry { path, within, body: Cow::Owned(body.into_owned()), counted, dotted, rest }
    }
}

/// Where an entry lies, from the outside.
#[must_use]
pub fn place_of(within: Option<&Within>, path: &EntryPath) -> Place {
    match within {
        Some(within) => within.place.within(path.as_str()),
        None => Place::at(path.as_str()),
    }
}
