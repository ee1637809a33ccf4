//! A path that an agent names → what lies there, below the working directory and nowhere else.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};

/// What lies at a path, and the path as it is from the working directory.
#[derive(Debug)]
pub(super) enum Found {
    /// A file that is open, so that it can't be another one any more.
    File(String, File),
    /// A folder.
    Folder(PathBuf),
}

/// The working directory, as it was when the session began.
pub(super) struct Root(PathBuf);

/// Why something is not looked at.
const OUTSIDE: &str = "it lies outside the working directory, and nothing there is looked at";

impl Root {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        folder.canonicalize().map(Self)
    }

    /// What `text` names, or why that is not looked at.
    pub(super) fn find(&self, text: &str) -> Result<Found, String> {
        if text.contains("://") || text.starts_with("npm:") {
            return Err(format!("{text} is no path; verify looks at what a registry serves"));
        }
        let (named, fault) = (Path::new(text), |error: io::Error| format!("{text} can not be read: {error}"));
        let up = named.components().any(|part| part == Component::ParentDir);
        if up || named.is_absolute() && !named.starts_with(&self.0) {
            return Err(format!("{text}: {OUTSIDE}"));
        }
        let real = self.0.join(named).canonicalize().map_err(fault)?;
        let below = real.strip_prefix(&self.0).map_err(|_| format!("{text}: {OUTSIDE}"))?;
        let file = self.open(below).map_err(fault)?;
        let about = file.metadata().map_err(fault)?;
        match (about.is_file(), about.is_dir()) {
            (true, _) => Ok(Found::File(below.display().to_string(), file)),
            (_, true) => Ok(Found::Folder(real)),
            (false, false) => Err(format!("{text} is neither a file nor a folder")),
        }
    }

    /// Opens what is below. The path is a real one: a link on it was put there since, and is not followed.
    fn open(&self, below: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut at = File::open(&self.0)?;
        for part in below.components() {
            at = openat(&at, part.as_os_str(), flags, Mode::empty())?.into();
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    use super::{Found, Root};

    #[test]
    fn only_what_is_below_is_found() {
        let all = tempfile::tempdir().unwrap();
        let (inner, outer) = (all.path().join("work"), all.path().join("other"));
        for folder in [&inner, &outer] {
            std::fs::create_dir_all(folder.join("sub")).unwrap();
            std::fs::write(folder.join("sub/a.tgz"), "bytes").unwrap();
        }
        symlink("../other/sub/a.tgz", inner.join("out.tgz")).unwrap();
        symlink("../other", inner.join("out")).unwrap();
        symlink("sub", inner.join("in")).unwrap();
        let root = Root::new(&inner).unwrap();
        let absolute = inner.canonicalize().unwrap().join("sub/a.tgz");
        for good in ["sub/a.tgz", "./sub//a.tgz", "in/a.tgz", absolute.to_str().unwrap()] {
            let Ok(Found::File(name, mut file)) = root.find(good) else { panic!("{good}") };
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            assert_eq!((name.as_str(), text.as_str()), ("sub/a.tgz", "bytes"));
        }
        assert!(matches!(root.find("in"), Ok(Found::Folder(path)) if path.ends_with("work/sub")));
        assert!(matches!(root.find("."), Ok(Found::Folder(_))));
        let elsewhere = outer.join("sub/a.tgz");
        for bad in ["../other/sub/a.tgz", "sub/../sub/a.tgz", "out.tgz", "out/sub/a.tgz", elsewhere.to_str().unwrap()] {
            assert!(root.find(bad).unwrap_err().contains("outside the working directory"), "{bad}");
        }
        for bad in ["npm:widget@1.0.0", "https://r.example/a.tgz", "file:///etc/passwd"] {
            assert!(root.find(bad).unwrap_err().contains("is no path"), "{bad}");
        }
        assert!(root.find("none.tgz").unwrap_err().contains("can not be read"));
        // What is put there between the two looks is not followed.
        assert!(root.open(std::path::Path::new("out/sub/a.tgz")).is_err());
        assert!(root.open(std::path::Path::new("out.tgz")).is_err());
    }
}
