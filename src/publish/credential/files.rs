//! A folder and the environment → the settings files that npm would read there, and their texts.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{CredentialError, Vault};
use crate::project::{Project, real};
use crate::secret::bounded;

/// No settings need more.
const MOST: u64 = 1 << 20;

/// A settings file that is there.
pub(super) struct Settings {
    /// What people call it.
    pub(super) name: String,
    pub(super) text: Zeroizing<String>,
}

/// The folder whose settings are those of the project that `start` is in.
pub(super) fn project(start: &Path) -> PathBuf {
    let start = real(start).unwrap_or_else(|_| start.to_owned());
    let holds = |folder: &&Path| folder.join("package.json").is_file() || folder.join("node_modules").is_dir();
    // Where anybody can put a file, it is not for anybody to say how others publish.
    let nearest = start.ancestors().take_while(|folder| *folder == start || !is_for_all(folder)).find(holds);
    let nearest = nearest.unwrap_or(&start);
    // A member of a workspace has the settings of its root.
    Project::read(nearest).map_or_else(|_| nearest.to_owned(), |project| project.root().to_owned())
}

/// Whether everybody on this machine can put files there.
#[cfg(unix)]
fn is_for_all(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    folder.metadata().map_or(true, |meta| meta.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_for_all(_: &Path) -> bool {
    false
}

/// What the settings of the project are called, for people.
pub(in crate::publish) const OF_PROJECT: &str = ".npmrc of the project";

/// Those of the project.
pub(super) fn own(project: &Path, user: Option<&Path>) -> Result<Option<Settings>, CredentialError> {
    let file = project.join(".npmrc");
    // In the home folder they are those of the user, and are read as such.
    let same = user.is_some_and(|user| {
        file == user || real(&file).ok().is_some_and(|file| real(user).is_ok_and(|user| user == file))
    });
    if same { Ok(None) } else { read(&file, OF_PROJECT) }
}

/// Where those of the user are.
pub(super) fn user(vault: &Vault) -> Option<PathBuf> {
    let home = vault.home();
    let named = vault.npm("userconfig").map(|place| below(&place, home.as_deref()));
    named.or_else(|| Some(home?.join(".npmrc")))
}

/// Where those of the machine are; `further` gives what the user's own settings say.
pub(super) fn global(vault: &Vault, further: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let home = vault.home();
    let setting = |name: &str| vault.npm(name).or_else(|| further(name)).map(|place| below(&place, home.as_deref()));
    if let Some(place) = setting("globalconfig") {
        return Some(place);
    }
    let named = setting("prefix").or_else(|| vault.plain("PREFIX").map(PathBuf::from));
    let prefix = named.or_else(|| {
        let node = vault.program("node")?.canonicalize().ok()?;
        let folder = node.parent()?;
        // On Windows, node lies in the folder itself.
        Some(if cfg!(windows) { folder } else { folder.parent()? }.to_owned())
    });
    Some(prefix?.join("etc").join("npmrc"))
}

/// A path as npm's settings write it.
pub(super) fn below(place: &str, home: Option<&Path>) -> PathBuf {
    match (place.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => std::path::absolute(place).unwrap_or_else(|_| PathBuf::from(place)),
    }
}

/// Reads settings, if they are there.
pub(super) fn read(file: &Path, name: &str) -> Result<Option<Settings>, CredentialError> {
    // People name it to have no settings at all.
    if file == Path::new("/dev/null") || (cfg!(windows) && file.as_os_str().eq_ignore_ascii_case("nul")) {
        return Ok(None);
    }
    let failed = |source| CredentialError::Read { place: file.display().to_string(), source };
    let (file, meta) = match open(file) {
        Ok(open) => open,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    if !meta.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")));
    }
    let bytes = bounded(file, meta.len(), MOST).map_err(failed)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    Ok(Some(Settings { name: name.to_owned(), text }))
}

/// Opens without waiting for whoever writes into a pipe.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    let meta = file.metadata()?;
    Ok((file, meta))
}
