//! A folder → its files, in a fixed order, and what is odd about it. Links are never followed.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::model::{Entry, EntryPath, Finding, Level, Limits, Place};

use super::file::open_regular;
use super::{Meter, OpenError, Sink, rules};

/// The files of a folder.
#[derive(Debug, Default)]
pub struct Listed {
    /// Where each would be, and where it is.
    pub files: Vec<(EntryPath, PathBuf)>,
    /// What is odd.
    pub findings: Vec<Finding>,
}

/// Lists what is in `root`, sorted.
pub fn list(root: &Path, meter: &Meter) -> Listed {
    let mut listed = Listed::default();
    for step in walkdir::WalkDir::new(root).follow_links(false).follow_root_links(true).min_depth(1).sort_by_file_name()
    {
        let entry = match step {
            Ok(entry) => entry,
            Err(error) => {
                let place = error.path().map_or_else(Place::whole, |path| Place::at(&shown(root, path)));
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                listed.findings.push(unread(place, &why));
                continue;
            }
        };
        let kind = entry.file_type();
        if kind.is_dir() {
            continue;
        }
        let name = shown(root, entry.path());
        if kind.is_symlink() {
            listed.findings.push(link(root, entry.path(), &name));
        } else if !kind.is_file() {
            let what = "a pipe, socket or device; it was not opened";
            listed.findings.push(Finding::new(&rules::DEVICE.id, Place::at(&name), what).unread());
        } else {
            if entry.path().strip_prefix(root).is_ok_and(|path| path.to_str().is_none()) {
                let what = "the name is no UTF-8; it is shown with replacement characters";
                listed.findings.push(Finding::new(&rules::NAME.id, Place::at(&name), what));
            }
            if let Err(limit) = meter.charge(entry.metadata().map_or(0, |meta| meta.len())) {
                listed.findings.push(*limit);
                break;
            }
            let path = EntryPath::nearest(&name);
            listed.files.push((path, entry.into_path()));
        }
    }
    if listed.files.is_empty() && listed.findings.is_empty() {
        listed.findings.push(Finding::new(&rules::EMPTY.id, Place::whole(), "the folder holds no file").unread());
    }
    listed
}

/// Reads the files at `paths` below the folder that the archive at `archive` keeps beside itself.
pub fn beside(archive: Option<&Path>, paths: &[String], meter: &Meter, sink: &mut dyn Sink<'_>) {
    let name = archive.and_then(Path::file_name).map(|name| format!("{}.unpacked", name.to_string_lossy()));
    let (Some(archive), Some(name)) = (archive, name) else {
        let what = format!("{} files stand beside this archive, and were not given with it", paths.len());
        return sink.finding(unread(Place::whole(), &what));
    };
    let folder = archive.with_file_name(&name);
    for path in paths {
        let Some(own) = EntryPath::parse(&format!("{name}/{path}")) else {
            sink.finding(Finding::new(&rules::ESCAPE.id, Place::at(path), "the path leaves the folder").unread());
            continue;
        };
        match read(&own, &folder.join(path)) {
            Ok(body) => {
                if let Err(limit) = meter.charge(body.len() as u64) {
                    return sink.finding(*limit);
                }
                sink.entry(Entry { counted: false, ..Entry::new(own, body.into()) });
            }
            Err(fault) => sink.finding(*fault),
        }
    }
}

/// Reads one file of a folder.
///
/// # Errors
/// The finding to report.
pub fn read(name: &EntryPath, path: &Path) -> Result<Vec<u8>, Box<Finding>> {
    let fault = |error: &OpenError| Box::new(unread(Place::at(name.as_str()), &error.to_string()));
    let (file, len) = open_regular(path, false).map_err(|error| fault(&error))?;
    if len > Limits::ENTRY {
        let what = format!("larger than {} bytes: it was not read", Limits::ENTRY);
        return Err(Finding::new(&rules::LIMIT.id, Place::at(name.as_str()), what).unread().into());
    }
    let mut body = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    file.take(len + 1).read_to_end(&mut body).map_err(|error| fault(&error.into()))?;
    if body.len() as u64 == len { Ok(body) } else { Err(fault(&OpenError::Changed)) }
}

/// The path of `path` below `root`, with slashes.
fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn unread(place: Place, why: &str) -> Finding {
    Finding::new(&rules::UNREAD.id, place, why).unread()
}

/// A link to a file of the folder is only noted: that file is read under its own name.
fn link(root: &Path, path: &Path, name: &str) -> Finding {
    let place = Place::at(name);
    let home = root.canonicalize();
    match (path.canonicalize(), home) {
        (Ok(end), Ok(home)) if end.starts_with(&home) => {
            let what = format!("a link to {}, which is read under its own name", shown(&home, &end));
            Finding::new(&rules::LINK.id, place, what).at_most(Level::Allow)
        }
        (Ok(_), _) => Finding::new(&rules::LINK.id, place, "a link that leaves the folder; it was not followed"),
        (Err(_), _) => Finding::new(&rules::LINK.id, place, "a link to nothing that can be read"),
    }
}
