//! A cell → the words by which bubblewrap builds it out of namespaces.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::cell::{Cell, MACHINE, SETTINGS, SYSTEM};

/// Where lastlook stands inside.
pub(super) const RUNNER: &str = "/run/lastlook";

/// Its own namespaces of every kind, no privileges, no terminal, and an end with us.
const LEAD: &[&str] =
    &["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "cell"];

/// Folders that vanish with the cell; they are memory, and so they are small. What steers the kernel stays as it is: to
/// the one with number 0 it is open without any privilege.
const ROOM: &[&str] = &[
    "--proc",
    "/proc",
    "--ro-bind",
    "/proc/sys",
    "/proc/sys",
    "--ro-bind-try",
    "/proc/sysrq-trigger",
    "/proc/sysrq-trigger",
    "--ro-bind-try",
    "/proc/irq",
    "/proc/irq",
    "--ro-bind-try",
    "/proc/bus",
    "/proc/bus",
    "--dev",
    "/dev",
    "--size",
    "1073741824",
    "--tmpfs",
    "/tmp",
    "--size",
    "1073741824",
    "--tmpfs",
    "/dev/shm",
    "--symlink",
    "/tmp",
    "/var/tmp",
];

/// What lies over a folder that is hidden.
const NOTHING: &[&str] = &["--size", "65536", "--tmpfs"];

/// The program. One that others may change is not taken.
pub(super) fn program() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let found = folders.map(|folder| folder.join("bwrap")).find(|file| file.is_file());
    let found = found.ok_or("bubblewrap is not installed")?;
    if is_of_the_system(&found) { Ok(found) } else { Err(format!("{} can be changed by others", found.display())) }
}

#[cfg(unix)]
fn is_of_the_system(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|meta| meta.uid() == 0 && meta.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_of_the_system(_: &Path) -> bool {
    false
}

/// How deep, and how many files, are looked at for sockets: whoever listens there could be reached from inside.
const DEEP: usize = 4;
const MOST: usize = 20_000;

#[cfg(unix)]
fn sockets(place: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::FileTypeExt as _;
    let all = walkdir::WalkDir::new(place).max_depth(DEEP).into_iter().flatten().take(MOST);
    all.filter(|entry| entry.file_type().is_socket()).map(walkdir::DirEntry::into_path).collect()
}

#[cfg(not(unix))]
fn sockets(_: &Path) -> Vec<PathBuf> {
    let _ = (DEEP, MOST);
    Vec::new()
}

/// How it is told. What comes later lies over what came before.
pub(super) fn words(cell: &Cell, runner: &Path, folder: Option<&Path>) -> Vec<OsString> {
    let mut words: Vec<OsString> = LEAD.iter().map(OsString::from).collect();
    let all = SYSTEM.iter().chain(SETTINGS).chain(MACHINE).map(PathBuf::from);
    let mut read: Vec<PathBuf> = all.chain(cell.read.iter().cloned()).collect();
    // A folder comes before what lies in it.
    read.sort();
    read.dedup();
    words.extend(ROOM.iter().map(OsString::from));
    for place in &read {
        let link = place.parent() == Some(Path::new("/")) && place.is_symlink();
        if let (true, Ok(target)) = (link, std::fs::read_link(place)) {
            words.extend(["--symlink".into(), target.into(), place.into()]);
        } else {
            // A name that leads elsewhere stands for what it leads to.
            let source = place.canonicalize().unwrap_or_else(|_| place.clone());
            words.extend(["--ro-bind-try".into(), source.into(), place.into()]);
        }
    }
    for place in cell.hidden.iter().filter(|place| read.iter().any(|read| place.starts_with(read))) {
        if place.is_dir() {
            words.extend(NOTHING.iter().map(OsString::from));
        } else {
            words.extend(["--ro-bind".into(), "/dev/null".into()]);
        }
        words.push(place.into());
    }
    let found = cell.read.iter().flat_map(|place| sockets(place));
    for socket in found.filter(|socket| cell.proxy.as_ref() != Some(socket)) {
        words.extend(["--ro-bind".into(), "/dev/null".into(), socket.into()]);
    }
    for place in &cell.open {
        words.extend(["--bind".into(), place.into(), place.into()]);
    }
    // Whoever it was that started us, this is the file that runs.
    let runner = runner.canonicalize().unwrap_or_else(|_| runner.to_owned());
    words.extend(["--ro-bind".into(), runner.into(), RUNNER.into(), "--remount-ro".into(), "/".into()]);
    if let Some(folder) = folder {
        words.extend(["--chdir".into(), folder.into()]);
    }
    words
}
