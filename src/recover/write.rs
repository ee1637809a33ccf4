//! A folder that only grows: nothing outside it, nothing through a link, nothing over what is there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use super::RecoverError;

/// A folder of our own.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folder at `root`, or takes one that is empty.
    ///
    /// # Errors
    /// When something is there, or it can't be made.
    pub fn create(root: &Path) -> Result<Self, RecoverError> {
        let fault = |source| RecoverError::Io { path: root.to_owned(), source };
        match fs::symlink_metadata(root) {
            Ok(meta) if meta.is_symlink() => return Err(RecoverError::Link(root.to_owned())),
            Ok(_) => {
                if fs::read_dir(root).map_err(fault)?.next().is_some() {
                    return Err(RecoverError::NotEmpty(root.to_owned()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(root).map_err(fault)?,
            Err(error) => return Err(fault(error)),
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Writes a new file at `path` inside the folder.
    ///
    /// # Errors
    /// When the path leads elsewhere, something is there, or the file system refuses.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), RecoverError> {
        let whole = self.root.join(path);
        let fault = |source| RecoverError::Io { path: whole.clone(), source };
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(fault(io::ErrorKind::InvalidInput.into()));
        }
        self.make_folders(path.parent().unwrap_or(Path::new("")))?;
        // `create_new` neither follows a link nor replaces a file.
        let mut file = OpenOptions::new().write(true).create_new(true).open(&whole).map_err(fault)?;
        file.write_all(bytes).map_err(fault)
    }

    fn make_folders(&self, path: &Path) -> Result<(), RecoverError> {
        let mut at = self.root.clone();
        for part in path.components() {
            at.push(part);
            match fs::create_dir(&at) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let real = fs::symlink_metadata(&at).is_ok_and(|meta| meta.is_dir());
                    if !real {
                        return Err(RecoverError::Link(at));
                    }
                }
                Err(source) => return Err(RecoverError::Io { path: at, source }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_replaced_and_nothing_leaves() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::create(&scratch.path().join("out")).unwrap();
        folder.write(Path::new("a/b.ts"), b"x").unwrap();
        assert!(folder.write(Path::new("a/b.ts"), b"y").is_err());
        assert!(folder.write(Path::new("../c.ts"), b"y").is_err());
        assert!(folder.write(Path::new("/tmp/c.ts"), b"y").is_err());
        assert_eq!(fs::read(scratch.path().join("out/a/b.ts")).unwrap(), b"x");
        assert!(matches!(Folder::create(&scratch.path().join("out")), Err(RecoverError::NotEmpty(_))));
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = Folder::create(&scratch.path().join("out")).unwrap();
        std::os::unix::fs::symlink(scratch.path(), scratch.path().join("out/a")).unwrap();
        assert!(matches!(folder.write(Path::new("a/b.ts"), b"x"), Err(RecoverError::Link(_))));
        std::os::unix::fs::symlink(scratch.path(), scratch.path().join("link")).unwrap();
        assert!(matches!(Folder::create(&scratch.path().join("link")), Err(RecoverError::Link(_))));
    }
}
