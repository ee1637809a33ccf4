//! Folders -> every file in them with its bytes, so that two looks show what changed between.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// More than this of a file is kept as a sum, which no attempt here is made to match.
const WHOLE: u64 = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    mode: u32,
    owner: u32,
    links: u64,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Folder,
    Link(PathBuf),
    Bytes(Vec<u8>),
    Sum(u64, u64),
    Special,
    Unread(String),
}

/// What stands in some folders. Times are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest(BTreeMap<PathBuf, Entry>);

impl Manifest {
    /// Of everything below `roots`, which may be files or not there.
    pub fn of(roots: &[PathBuf]) -> Self {
        let mut all = BTreeMap::new();
        for root in roots {
            take(root, &mut all);
        }
        Self(all)
    }

    /// The names in folders of the system where something that stays would be put, without their contents.
    pub fn system() -> Vec<PathBuf> {
        let folders = [
            "/usr/local/bin",
            "/usr/local/sbin",
            "/etc",
            "/etc/cron.d",
            "/etc/profile.d",
            "/etc/systemd/system",
            "/var/spool/cron",
            "/var/spool/cron/crontabs",
            "/lib/systemd/system",
        ];
        let mut all = Vec::new();
        for folder in folders {
            let names = fs::read_dir(folder).into_iter().flatten().flatten();
            all.extend(names.map(|entry| entry.path()));
        }
        all.sort();
        all
    }

    /// One line for each path that changed, is new or is gone.
    pub fn changes(&self, after: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, entry) in &self.0 {
            match after.0.get(path) {
                None => lines.push(format!("gone: {}", path.display())),
                Some(now) if now != entry => {
                    let what = match (&entry.content, &now.content) {
                        (before, after) if before == after => "mode, owner or links",
                        _ => "content",
                    };
                    lines.push(format!("changed ({what}): {}", path.display()));
                }
                Some(_) => {}
            }
        }
        let new = after.0.keys().filter(|path| !self.0.contains_key(*path));
        lines.extend(new.map(|path| format!("new: {}", path.display())));
        lines
    }
}

fn take(path: &Path, all: &mut BTreeMap<PathBuf, Entry>) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    let kind = metadata.file_type();
    let content = if kind.is_dir() {
        Content::Folder
    } else if kind.is_symlink() {
        Content::Link(fs::read_link(path).unwrap())
    } else if kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device() {
        Content::Special
    } else {
        read(path, metadata.len())
    };
    // The links of a folder count the folders in it.
    let links = if kind.is_dir() { 0 } else { metadata.nlink() };
    let entry = Entry { mode: metadata.mode(), owner: metadata.uid(), links, content };
    all.insert(path.to_owned(), entry);
    if kind.is_dir() {
        let names = fs::read_dir(path).into_iter().flatten().flatten();
        names.for_each(|entry| take(&entry.path(), all));
    }
}

fn read(path: &Path, length: u64) -> Content {
    if length > 1 << 30 {
        return Content::Unread(format!("{length} bytes"));
    }
    match fs::read(path) {
        Err(error) => Content::Unread(error.to_string()),
        Ok(bytes) if length > WHOLE => {
            let mut sum = std::hash::DefaultHasher::new();
            std::hash::Hasher::write(&mut sum, &bytes);
            Content::Sum(length, std::hash::Hasher::finish(&sum))
        }
        Ok(bytes) => Content::Bytes(bytes),
    }
}
