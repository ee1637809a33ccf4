//! A project → a copy of it that build scripts may change, without its credentials, hooks and remotes. Unix only.

mod file;
mod git;
mod leave;
mod route;
mod settings;
mod walk;

use std::io;
use std::path::{Path, PathBuf};

use leave::Rules;
use route::Route;

/// How much is copied before it is taken for a mistake.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files, folders and links.
    pub files: u64,
    /// What they hold.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 500_000, bytes: 16 << 30 }
    }
}

/// What is a secret, besides what looks like one.
#[derive(Clone, Copy)]
pub struct Secrets<'s> {
    /// What is copied although it looks like a secret, by paths below the tree.
    pub keep: &'s [PathBuf],
    /// Files and folders that are not, under whatever name they stand in the tree.
    pub omit: &'s [PathBuf],
    /// Whether settings hold a credential, by the name of their file and their text.
    pub holds: &'s (dyn Fn(&str, &str) -> bool + Sync),
}

/// What the copy holds.
#[derive(Debug)]
pub struct Copied {
    /// Files, folders and links.
    pub files: u64,
    /// What they hold.
    pub bytes: u64,
    /// What was left out or is different, in words for the user.
    pub notes: Vec<String>,
    /// Folders of the original that git reads in the copy: its objects.
    pub readable: Vec<PathBuf>,
}

/// Why there is no copy. What was written of it stays, and is the caller's to remove.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The copy would be copied too.
    #[error("{to} lies inside {from}, and the copy would hold itself; choose a folder elsewhere")]
    Inside {
        /// Where the copy was to go.
        to: PathBuf,
        /// What was to be copied.
        from: PathBuf,
    },
    /// Somebody else writes there.
    #[error("{0} changed while it was copied; end what writes to the project, such as a watcher, and try again")]
    Changed(PathBuf),
    /// More than a project holds.
    #[error("the project holds more than {0} files; remove what a build does not need, or raise the limit")]
    Files(u64),
    /// More than a project holds.
    #[error("the project holds more than {0} bytes; remove what a build does not need, or raise the limit")]
    Bytes(u64),
    /// Deeper than a project goes.
    #[error("{0} lies too many folders deep; remove it, or move it up")]
    Deep(PathBuf),
    /// The file system refused.
    #[error("{path} can not be copied: {source}")]
    Io {
        /// What was to be read or written.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
}

impl CopyError {
    fn io(path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Io { path: path.to_owned(), source: source.into() }
    }
}

/// Copies the tree `from` (a repository's root, or a project's) into the new folder `to`.
///
/// # Errors
/// Why there is no copy, or only a part of one.
pub fn copy(from: &Path, to: &Path, secrets: &Secrets<'_>, limits: &Limits) -> Result<Copied, CopyError> {
    let route = Route::open(from, to)?;
    let tree = walk::copy(&route, &Rules::of(secrets, &[from, &route.from]), limits)?;
    let (readable, about_git) = git::renew(&route, limits)?;
    let notes = tree.left.notes().into_iter().chain(about_git).collect();
    Ok(Copied { files: tree.files, bytes: tree.bytes, notes, readable })
}

/// Whether a copy leaves out the file at `path`, below the tree, as a secret: by its name, by what it holds, or because it
/// is one of those that are named.
#[must_use]
pub fn is_secret(path: &Path, about: Option<&std::fs::Metadata>, text: &str, secrets: &Secrets<'_>) -> bool {
    let rules = Rules::of(secrets, &[]);
    about.is_some_and(|about| rules.omits(about))
        || rules.file(path).is_some()
        || path.ancestors().skip(1).any(|folder| rules.folder(folder).is_some())
        || rules.asks(path) && rules.text(path, text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests;
