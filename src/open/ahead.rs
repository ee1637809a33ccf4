//! One artifact → its bytes and what they inflate to, while the rules to judge it by are still being read.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::file::open_regular;
use super::{Buffer, Input, OpenError, Target, gzip, read_file};
use crate::model::Limits;

/// Smaller files are read in less time than it takes to share the work.
const WORTH: u64 = 1 << 20;

/// The smallest page there is.
const PAGE: usize = 4 << 10;

/// Pages that are asked for in one go: as many as there are in the usual huge one.
const PART: usize = 2 << 20;

/// An artifact that was read already, and is inflated meanwhile.
pub struct Ahead(JoinHandle<Begun>);

struct Begun {
    path: PathBuf,
    read: Result<Input, OpenError>,
    inflated: Buffer,
}

impl Ahead {
    /// Reads the only one of `targets`, where that saves time; and hashes it, if somebody will ask for that.
    #[must_use]
    pub fn start(targets: &[Target], hashed: bool) -> Option<Self> {
        let [Target::File(path)] = targets else { return None };
        let room = room(path)?;
        let mut inflated = Buffer::default();
        let parts = Mutex::new(inflated.reserve(room).ok()?.chunks_mut(PART));
        // Fresh pages may cost more than what is done to them: both cores ask for them, one of them once it has read.
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let touch = || std::iter::from_fn(next).for_each(|part| part.chunks_mut(PAGE).for_each(touch));
        let read = thread::scope(|scope| {
            let _ = thread::Builder::new().spawn_scoped(scope, touch);
            let read = read_file(path, Buffer::default());
            touch();
            read
        });
        let path = path.clone();
        let inflate = move || {
            if let Ok(input) = &read
                && let Input::Memory(bytes) = input
            {
                thread::scope(|scope| {
                    let hash = || input.integrity().is_ok();
                    let _ = hashed.then(|| thread::Builder::new().spawn_scoped(scope, hash));
                    gzip::ahead(bytes, &mut inflated, &Limits::default());
                });
            }
            Begun { path, read, inflated }
        };
        thread::Builder::new().spawn(inflate).ok().map(Self)
    }

    /// What was read of the file at `path`, if it was that one.
    #[must_use]
    pub fn take(self, path: &Path) -> Option<(Result<Input, OpenError>, Buffer)> {
        let begun = self.0.join().ok()?;
        (begun.path == path).then_some((begun.read, begun.inflated))
    }
}

/// Has the kernel make a page.
fn touch(page: &mut [u8]) {
    if let Some(first) = page.first_mut() {
        *first = 0;
    }
}

/// How much room the file at `path` asks for, if it looks like one that is inflated in one piece.
fn room(path: &Path) -> Option<usize> {
    let (mut file, len) = open_regular(path, true).ok().filter(|(_, len)| *len >= WORTH)?;
    let (mut head, mut trailer) = ([0; 2], [0; 8]);
    file.read_exact(&mut head).ok()?;
    file.seek(SeekFrom::End(-8)).ok()?;
    file.read_exact(&mut trailer).ok()?;
    let claim = gzip::stated(&trailer, len, &Limits::default())?;
    (gzip::is_gzip(&head) && claim > 0).then_some(claim)
}
