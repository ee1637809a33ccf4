//! A tree → its copy, a folder at a time, on several threads.

use std::fs::{File, Metadata, symlink_metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::{AtFlags, Dir, FileType, Mode, Timespec, Timestamps, UTIME_OMIT};
use rustix::fs::{mkdirat, readlinkat, statat, symlinkat, utimensat};
use rustix::io::Errno;

use super::file::{Original, dress};
use super::leave::{Left, Reason, Rules, is_package};
use super::route::Route;
use super::{CopyError, Limits};

/// No project lies deeper, and each folder is reached from the top.
const DEPTH: usize = 256;

/// No private key is larger.
const KEY: u64 = 64 << 10;

/// More threads wait for each other in the file system.
const THREADS: usize = 8;

/// What was copied of a tree.
pub(super) struct Tree {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) left: Left,
}

/// Copies all that `rules` do not leave out.
pub(super) fn copy(route: &Route, rules: &Rules<'_>, limits: &Limits) -> Result<Tree, CopyError> {
    let work = Mutex::new(Work { folders: vec![PathBuf::new()], ..Work::default() });
    let walk =
        Walk { route, rules, limits, work, news: Condvar::new(), files: AtomicU64::new(0), bytes: AtomicU64::new(0) };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, |count| count.get().min(THREADS)) {
            scope.spawn(|| walk.run());
        }
    });
    let work = walk.work.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = work.failed {
        return Err(error);
    }
    // At the end, since each file that is written into a folder changes its time.
    for (path, about) in &work.entered {
        // Its owner can always write: the copy has to be removed again.
        dress(&File::from(route.target(path)?), about, 0o700).map_err(|error| CopyError::io(path, error))?;
    }
    Ok(Tree { files: walk.files.into_inner(), bytes: walk.bytes.into_inner(), left: work.left })
}

/// Whether its maker says of a folder that it can be made anew, as many tools say it: with a file of a known beginning.
fn is_cache(folder: &OwnedFd) -> bool {
    const MARK: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
    let read = Original::open(folder, Path::new("CACHEDIR.TAG")).and_then(|file| file.read(MARK.len() as u64));
    read.is_ok_and(|bytes| bytes == MARK)
}

/// A copy under way.
struct Walk<'a> {
    route: &'a Route,
    rules: &'a Rules<'a>,
    limits: &'a Limits,
    work: Mutex<Work>,
    news: Condvar,
    files: AtomicU64,
    bytes: AtomicU64,
}

/// What is still to do, and what came of the rest.
#[derive(Default)]
struct Work {
    folders: Vec<PathBuf>,
    busy: usize,
    failed: Option<CopyError>,
    entered: Vec<(PathBuf, Metadata)>,
    left: Left,
}

/// A folder, opened on both sides.
struct Folder {
    source: OwnedFd,
    target: OwnedFd,
    below: Vec<PathBuf>,
    left: Left,
}

impl Walk<'_> {
    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while let Some(path) = self.next() {
            let copied = self.folder(&path);
            let mut work = self.work();
            work.busy = work.busy.saturating_sub(1);
            match copied {
                Ok(Some((folder, about))) => {
                    work.folders.extend(folder.below);
                    work.left.append(folder.left);
                    if !path.as_os_str().is_empty() {
                        work.entered.push((path, about));
                    }
                }
                Ok(None) => work.left.add(&path, Reason::Unreadable),
                Err(error) => drop(work.failed.get_or_insert(error)),
            }
            self.news.notify_all();
        }
    }

    /// Waits for the next folder; there is none once nobody can find another.
    fn next(&self) -> Option<PathBuf> {
        let mut work = self.work();
        loop {
            if work.failed.is_some() || work.folders.is_empty() && work.busy == 0 {
                return None;
            }
            if let Some(path) = work.folders.pop() {
                work.busy += 1;
                return Some(path);
            }
            work = self.news.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Copies what lies in a folder, other folders aside; nothing if it can't be read.
    fn folder(&self, path: &Path) -> Result<Option<(Folder, Metadata)>, CopyError> {
        if path.components().count() > DEPTH {
            return Err(CopyError::Deep(self.route.from.join(path)));
        }
        let opened = self.route.source(path).and_then(|source| Ok((Dir::read_from(&source)?, source)));
        let Some((entries, source)) = self.readable(path, opened.map_err(io::Error::from))? else { return Ok(None) };
        let mut folder = Folder { source, target: self.route.target(path)?, below: Vec::new(), left: Left::default() };
        let about = File::from(folder.source.try_clone().map_err(|error| CopyError::io(path, error))?).metadata();
        let about = about.map_err(|error| self.changed(path, error))?;
        let inner = !path.as_os_str().is_empty();
        let out = if inner && self.rules.omits(&about) {
            Some(Reason::Credential)
        } else {
            (inner && !is_package(path) && is_cache(&folder.source)).then_some(Reason::Cache)
        };
        if let Some(reason) = out {
            folder.left.add(path, reason);
        }
        for entry in entries {
            let entry = entry.map_err(|error| self.changed(path, error))?;
            let name = std::ffi::OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." && out.is_none() {
                self.entry(&mut folder, &path.join(name), Path::new(name), entry.file_type())?;
            }
        }
        Ok(Some((folder, about)))
    }

    fn entry(&self, folder: &mut Folder, path: &Path, name: &Path, kind: FileType) -> Result<(), CopyError> {
        let reason = match kind {
            // The repository of the whole tree is made anew.
            _ if path.components().count() == 1 && name.as_os_str().eq_ignore_ascii_case(".git") => None,
            FileType::Directory => self.make(folder, path, name)?,
            FileType::RegularFile => self.file(folder, path, name)?,
            FileType::Symlink => self.link(folder, path, name)?,
            FileType::Unknown => {
                let about = statat(&folder.source, name, AtFlags::SYMLINK_NOFOLLOW);
                let kind = FileType::from_raw_mode(about.map_err(|error| self.changed(path, error))?.st_mode);
                return if kind == FileType::Unknown { Ok(()) } else { self.entry(folder, path, name, kind) };
            }
            FileType::Fifo | FileType::Socket | FileType::CharacterDevice | FileType::BlockDevice => {
                Some(Reason::Special)
            }
        };
        if let Some(reason) = reason {
            folder.left.add(path, reason);
        }
        Ok(())
    }

    fn make(&self, folder: &mut Folder, path: &Path, name: &Path) -> Result<Option<Reason>, CopyError> {
        if let Some(reason) = self.rules.folder(path) {
            return Ok(Some(reason));
        }
        self.count(0)?;
        mkdirat(&folder.target, name, Mode::RWXU).map_err(|error| self.unwritten(path, error))?;
        folder.below.push(path.to_owned());
        Ok(None)
    }

    fn file(&self, folder: &Folder, path: &Path, name: &Path) -> Result<Option<Reason>, CopyError> {
        if let Some(reason) = self.rules.file(path) {
            return Ok(Some(reason));
        }
        let Some(original) = self.readable(path, Original::open(&folder.source, name))? else {
            return Ok(Some(Reason::Unreadable));
        };
        let mut before = Vec::new();
        if self.rules.omits(original.about()) {
            return Ok(Some(Reason::Credential));
        }
        if original.size() <= KEY && self.rules.asks(path) {
            // What is written is what was looked at, whatever happens to the file.
            before = original.read(original.size()).map_err(|error| CopyError::io(path, error))?;
            if let Some(reason) = self.rules.text(path, &before) {
                return Ok(Some(reason));
            }
        }
        self.count(original.size())?;
        let written = original.write(&folder.target, name, &before).map_err(|error| self.unwritten(path, error))?;
        if written == original.size() { Ok(None) } else { Err(CopyError::Changed(self.route.from.join(path))) }
    }

    fn link(&self, folder: &Folder, path: &Path, name: &Path) -> Result<Option<Reason>, CopyError> {
        if let Some(reason) = self.rules.file(path) {
            return Ok(Some(reason));
        }
        self.count(0)?;
        let text = readlinkat(&folder.source, name, Vec::new()).map_err(|error| self.changed(path, error))?;
        let (text, leads_out) = self.route.aim(path, Path::new(std::ffi::OsStr::from_bytes(text.as_bytes())));
        symlinkat(&text, &folder.target, name).map_err(|error| self.unwritten(path, error))?;
        if let Ok(about) = symlink_metadata(self.route.from.join(path)) {
            let times = Timestamps {
                last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
                last_modification: Timespec { tv_sec: about.mtime(), tv_nsec: about.mtime_nsec() },
            };
            utimensat(&folder.target, name, &times, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|error| self.unwritten(path, error))?;
        }
        Ok(leads_out.then_some(Reason::LeadsOut))
    }

    fn count(&self, bytes: u64) -> Result<(), CopyError> {
        if self.files.fetch_add(1, Ordering::Relaxed) >= self.limits.files {
            return Err(CopyError::Files(self.limits.files));
        }
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.checked_add(bytes).is_some_and(|bytes| bytes <= self.limits.bytes);
        if fits { Ok(()) } else { Err(CopyError::Bytes(self.limits.bytes)) }
    }

    /// What was opened, if one may: a build could not have read it either.
    fn readable<T>(&self, path: &Path, opened: io::Result<T>) -> Result<Option<T>, CopyError> {
        match opened {
            Ok(opened) => Ok(Some(opened)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
            Err(error) => Err(self.changed(path, error)),
        }
    }

    /// What was listed a moment ago is gone, or is something else, unless the file system is at fault.
    fn changed(&self, path: &Path, error: impl Into<io::Error>) -> CopyError {
        let (path, error) = (self.route.from.join(path), error.into());
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::INVAL) => CopyError::Changed(path),
            _ => CopyError::io(&path, error),
        }
    }

    fn unwritten(&self, path: &Path, error: impl Into<io::Error>) -> CopyError {
        CopyError::io(&self.route.to.join(path), error)
    }
}
