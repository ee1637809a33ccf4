//! Where from, and where to → folders opened on both sides without following a link, and where links lead then.

use std::fs::DirBuilder;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::CopyError;

/// Both ends of a copy.
pub(super) struct Route {
    /// The original, by its real path.
    pub(super) from: PathBuf,
    /// The copy, by its real path.
    pub(super) to: PathBuf,
    named: PathBuf,
    source: OwnedFd,
    target: OwnedFd,
}

impl Route {
    /// Makes the folder `to`, which nobody else can enter.
    pub(super) fn open(from: &Path, to: &Path) -> Result<Self, CopyError> {
        let named = std::path::absolute(from).map_err(|error| CopyError::io(from, error))?;
        let real = from.canonicalize().map_err(|error| CopyError::io(from, error))?;
        let to = std::path::absolute(to).map_err(|error| CopyError::io(to, error))?;
        let (Some(parent), Some(name)) = (to.parent(), to.file_name()) else {
            return Err(CopyError::io(&to, rustix::io::Errno::EXIST));
        };
        let to = parent.canonicalize().map_err(|error| CopyError::io(parent, error))?.join(name);
        if to.starts_with(&real) {
            return Err(CopyError::Inside { to, from: real });
        }
        DirBuilder::new().mode(0o700).create(&to).map_err(|error| CopyError::io(&to, error))?;
        let source = folder(CWD, &real).map_err(|error| CopyError::io(&real, error))?;
        let target = folder(CWD, &to).map_err(|error| CopyError::io(&to, error))?;
        Ok(Self { from: real, to, named, source, target })
    }

    /// The folder at `path` in the original.
    pub(super) fn source(&self, path: &Path) -> rustix::io::Result<OwnedFd> {
        enter(&self.source, path)
    }

    /// The folder at `path` in the copy.
    pub(super) fn target(&self, path: &Path) -> Result<OwnedFd, CopyError> {
        enter(&self.target, path).map_err(|error| CopyError::io(&self.to.join(path), error))
    }

    /// What the copy of the link at `path` says if the original says `text`, and whether that leads out of the copy.
    pub(super) fn aim(&self, path: &Path, text: &Path) -> (PathBuf, bool) {
        if text.is_relative() && stays(path, text) {
            return (text.to_owned(), false);
        }
        let below = [&self.named, &self.from].into_iter().find_map(|from| text.strip_prefix(from).ok());
        if let Some(below) = below.filter(|below| !climbs(below)) {
            return (self.to.join(below), false);
        }
        let full = self.from.join(path.parent().unwrap_or(path)).join(text);
        let real = full.canonicalize().unwrap_or_else(|_| folded(&full));
        match real.strip_prefix(&self.from) {
            Ok(below) => (self.to.join(below), false),
            Err(_) if text.is_absolute() => (text.to_owned(), true),
            // From the copy's place it would lead to something else, which another user may have put there.
            Err(_) => (real, true),
        }
    }
}

/// Opens one name at a time, since a folder on the way may have become a link.
fn enter(root: &OwnedFd, path: &Path) -> rustix::io::Result<OwnedFd> {
    let mut at = folder(root, Path::new("."))?;
    for name in path {
        at = folder(&at, Path::new(name))?;
    }
    Ok(at)
}

fn folder(at: impl AsFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    openat(at, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Whether a relative link at `path` can't leave the tree: it climbs first, and less high than it lies.
fn stays(path: &Path, text: &Path) -> bool {
    let up = text.components().take_while(|part| matches!(part, Component::ParentDir | Component::CurDir));
    let height = up.clone().filter(|part| *part == Component::ParentDir).count();
    let rest: PathBuf = text.components().skip(up.count()).collect();
    height < path.components().count() && !climbs(&rest)
}

fn climbs(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// An absolute path without its dots.
fn folded(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut folded, part| {
        match part {
            Component::ParentDir => drop(folded.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => folded.push(part),
        }
        folded
    })
}
