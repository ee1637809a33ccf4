//! A project as it would be → edits that nobody has made yet.

use std::cell::RefCell;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::agent::copy::{self, Secrets};
use crate::agent::fix::{Edit, Files, patch};
use crate::pack::holds_credential;

/// No settings are longer.
const MOST: u64 = 8 << 20;

/// As many files are searched.
const FILES: usize = 20_000;

/// What steers lastlook, agents, editors or pipelines, runs by itself, or is somebody else's: no model and no playbook writes there,
/// in whatever folder it lies. So it is with every name that begins with a dot, but for `OPEN`.
const CLOSED: &[&str] = &[
    "lastlook.toml",
    "lastlook.files",
    "node_modules",
    "bunfig.toml",
    "claude.md",
    "agents.md",
    "gemini.md",
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
    "jenkinsfile",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "appveyor.yml",
    "cloudbuild.yaml",
    "buildspec.yml",
];

/// What begins with a dot, and says how a package is built or what it ships.
const OPEN: &[&str] =
    &[".npmignore", ".gitignore", ".babelrc", ".swcrc", ".browserslistrc", ".parcelrc", ".postcssrc", ".terserrc"];

/// Whether a part of a path is closed. Some file systems take names in either case.
fn closed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let open =
        OPEN.iter().any(|open| name.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    CLOSED.contains(&name.as_str()) || name.starts_with('.') && !open
}

/// The work tree of a project, and the edits that were drafted.
pub(in crate::agent) struct Draft {
    root: PathBuf,
    /// Files of the policy and its rules, below the root.
    closed: Vec<PathBuf>,
    /// Files that hold credentials, whatever they are called.
    secret: Vec<PathBuf>,
    edits: RefCell<Vec<Edit>>,
}

impl Draft {
    /// Of the project in `root`, whose real path it is; `closed` are further files that stay as they are, and `secret`
    /// further ones that no model is shown.
    pub(in crate::agent) fn of(root: &Path, closed: Vec<PathBuf>, secret: Vec<PathBuf>) -> Self {
        Self { root: root.to_owned(), closed, secret, edits: RefCell::default() }
    }

    /// The same project and edits, to which others can be added.
    pub(super) fn anew(&self) -> Self {
        let anew = Self::of(&self.root, self.closed.clone(), self.secret.clone());
        anew.take(&self.edits.borrow());
        anew
    }

    /// Takes up edits that were made before.
    pub(in crate::agent) fn take(&self, made: &[Edit]) {
        self.edits.borrow_mut().extend_from_slice(made);
    }

    /// The edits so far, one a file.
    pub(in crate::agent) fn edits(&self) -> Vec<Edit> {
        self.edits.borrow().clone()
    }

    /// The edits so far, for people.
    pub(in crate::agent) fn patch(&self) -> String {
        patch(&self.edits.borrow())
    }

    /// A path in its one spelling, below the root: what is compared, kept and written to.
    fn plain(path: &str) -> String {
        path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
    }

    /// The place of a path below the root. No part of it may be a link, so it leads nowhere else.
    fn place(&self, path: &str) -> Result<PathBuf, String> {
        let mut place = self.root.clone();
        for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
            if part == ".." || part.contains('\\') {
                return Err(format!("{path:.200} leads out of the project"));
            }
            place.push(part);
            if place.is_symlink() {
                return Err(format!("{path:.200} is a link, or lies behind one"));
            }
        }
        Ok(place)
    }

    /// The paths of the files below the root, but for what is installed, built or hidden.
    pub(super) fn files(&self) -> Vec<String> {
        let open = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0
                || !name.starts_with('.') && !matches!(&*name, "node_modules" | "dist" | "build" | "target")
        };
        let walk = walkdir::WalkDir::new(&self.root).sort_by_file_name().into_iter().filter_entry(open).flatten();
        let files = walk.filter(|entry| entry.file_type().is_file()).take(FILES);
        files.filter_map(|entry| Some(entry.path().strip_prefix(&self.root).ok()?.to_str()?.to_owned())).collect()
    }

    /// The text of a file, as it would be.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, String> {
        let path = &Self::plain(path);
        if let Some(edit) = self.edits.borrow().iter().find(|edit| edit.path == *path) {
            return Ok(Some(edit.after.clone()));
        }
        let place = self.place(path)?;
        let mut text = String::new();
        match std::fs::metadata(&place) {
            Ok(meta) if meta.is_file() => {}
            Ok(_) => return Err(format!("{path:.200} is no file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{path:.200}: {error}")),
        }
        let file = std::fs::File::open(&place).map_err(|error| format!("{path:.200}: {error}"))?;
        let read = file.take(MOST + 1).read_to_string(&mut text).map_err(|error| format!("{path:.200}: {error}"))?;
        if read as u64 > MOST { Err(format!("{path:.200} is too long")) } else { Ok(Some(text)) }
    }

    /// The same for a model, which is shown no credentials: what no copy holds either.
    pub(super) fn shown(&self, path: &str) -> Result<Option<String>, String> {
        let place = self.place(path)?;
        let below = place.strip_prefix(&self.root).unwrap_or(&place);
        let text = self.text(path)?;
        let secrets = Secrets { keep: &[], omit: &self.secret, holds: &holds_credential };
        let about = place.metadata().ok();
        if copy::is_secret(below, about.as_ref(), text.as_deref().unwrap_or_default(), &secrets) {
            return Err(format!("{path:.200} may hold credentials, which no agent reads"));
        }
        Ok(text)
    }

    /// Drafts an edit.
    pub(super) fn edit(&self, path: &str, after: String, why: String) -> Result<(), String> {
        let place = self.place(path)?;
        let path = &Self::plain(path);
        if path.split('/').any(closed) || self.closed.contains(&place) {
            return Err(format!("{path:.200} is not to be changed by an agent"));
        }
        let before = self.text(path)?;
        let mut edits = self.edits.borrow_mut();
        match edits.iter_mut().find(|edit| edit.path == *path) {
            Some(edit) => (edit.after, edit.why) = (after, why),
            None => edits.push(Edit { path: path.clone(), before, after, why }),
        }
        edits.retain(|edit| edit.before.as_deref() != Some(&edit.after));
        Ok(())
    }
}

impl Files for Draft {
    fn read(&self, path: &str) -> Option<String> {
        // What can't be read is not there to be mended.
        self.text(path).ok().flatten()
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let Ok(place) = self.place(folder) else { return Vec::new() };
        let names = std::fs::read_dir(place).into_iter().flatten().flatten();
        let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }
}
