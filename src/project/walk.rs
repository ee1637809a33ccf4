//! A pattern of a workspace → the folders on disk that it means, links followed as package managers follow them.

use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use super::ProjectError;
use super::pattern::{Pattern, State};

/// No honest workspace has more folders outside of `node_modules`.
const MOST: usize = 200_000;

/// A folder that a pattern means.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its path below where the pattern begins, with forward slashes, links as they are named.
    pub(super) path: String,
    /// Where it really is.
    pub(super) real: PathBuf,
}

/// A walk below one root, which may be taken for several patterns.
#[derive(Debug, Default)]
pub(super) struct Walk {
    looked: usize,
    /// What could not be looked into. It may be no part of the workspace, so it stops nothing; but the user should know.
    pub(super) notes: Vec<String>,
}

/// Where a walk for one pattern stands.
struct Trail<'p> {
    pattern: &'p Pattern,
    /// The folders it stands in. One that is met again in the same state leads in a circle.
    above: Vec<(PathBuf, State)>,
    found: Vec<Place>,
}

impl Walk {
    /// The folders below `base`, a real path, that `pattern` means, in the order of their names.
    pub(super) fn folders(&mut self, base: &Path, pattern: &Pattern) -> Result<Vec<Place>, ProjectError> {
        let mut trail = Trail { pattern, above: Vec::new(), found: Vec::new() };
        self.enter(&mut trail, Place { path: String::new(), real: base.to_owned() }, pattern.start())?;
        Ok(trail.found)
    }

    fn enter(&mut self, trail: &mut Trail<'_>, place: Place, state: State) -> Result<(), ProjectError> {
        self.looked += 1;
        if self.looked > MOST {
            return Err(ProjectError::Vast { most: MOST });
        }
        if trail.pattern.met(&state) {
            trail.found.push(place.clone());
        }
        if !trail.pattern.leads_on(&state) {
            return Ok(());
        }
        let inner = self.inner(trail, &place, &state);
        trail.above.push((place.real, state));
        for (place, state) in inner {
            if !trail.above.iter().any(|(real, before)| *real == place.real && *before == state) {
                self.enter(trail, place, state)?;
            }
        }
        trail.above.pop();
        Ok(())
    }

    /// The folders in `place` that the pattern can mean, or whose folders it can.
    fn inner(&mut self, trail: &Trail<'_>, place: &Place, state: &State) -> Vec<(Place, State)> {
        let mut found = Vec::new();
        let entries = std::fs::read_dir(&place.real).and_then(Iterator::collect::<io::Result<Vec<DirEntry>>>);
        let mut entries = entries.unwrap_or_else(|error| self.unread(&place.path, &error));
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let next = name.to_str().map(|name| (name, trail.pattern.step(state, name, false)));
            if name == "node_modules" || next.as_ref().is_some_and(|(_, next)| next.is_empty()) {
                continue;
            }
            let path = join(&place.path, &name);
            match (folder(&entry, &place.real), next) {
                (Ok(Some(real)), Some((_, next))) => found.push((Place { path, real }, next)),
                (Ok(Some(_)), None) => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, "its name is no UTF-8");
                    found.extend(self.unread(&path, &error));
                }
                (Ok(None), _) => {}
                (Err(error), _) => found.extend(self.unread(&path, &error)),
            }
        }
        found
    }

    /// Notes what could not be looked into, which stands for nothing.
    fn unread<T>(&mut self, path: &str, error: &io::Error) -> Vec<T> {
        let path = if path.is_empty() { "." } else { path };
        self.notes.push(format!("while looking for packages: {path}: {error}"));
        Vec::new()
    }
}

/// Where the folder that is named in `above` really is; `None` if it is none, or a link to nothing.
fn folder(entry: &DirEntry, above: &Path) -> io::Result<Option<PathBuf>> {
    let kind = entry.file_type()?;
    if !kind.is_symlink() {
        return Ok(kind.is_dir().then(|| above.join(entry.file_name())));
    }
    match super::real(&entry.path()) {
        Ok(real) => Ok(real.is_dir().then_some(real)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn join(path: &str, name: &OsStr) -> String {
    let name = name.to_string_lossy();
    if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") }
}
