//! A project's `.git` → a new one in its copy: the same history, and no credential, hook, remote or setting of its own.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;

use super::file::{Original, carry};
use super::leave::Rules;
use super::route::Route;
use super::settings::Settings;
use super::{CopyError, Limits, walk};

/// More than a file of settings or names holds.
const TEXT: u64 = 1 << 20;

/// How many object folders lend to each other.
const STORES: usize = 32;

/// Makes the repository of the copy anew, if the original has one. Runs no git, which would do what its settings say.
///
/// Gives the folders that the copy reads objects in, and notes for the user.
pub(super) fn renew(route: &Route, limits: &Limits) -> Result<(Vec<PathBuf>, Vec<String>), CopyError> {
    match Repository::find(&route.from) {
        Ok(Some(original)) => {
            let mut notes = original.write(&route.to.join(".git"), limits)?;
            let borrowed =
                original.stores.iter().skip(1).map(|store| store.display().to_string().escape_debug().to_string());
            notes
                .extend(borrowed.map(|store| {
                    format!("scripts can read the history in {store}, which the repository borrows from")
                }));
            Ok((original.stores, notes))
        }
        Ok(None) => Ok((Vec::new(), Vec::new())),
        Err(why) => Ok((Vec::new(), vec![format!("the copy is no git repository: {why}")])),
    }
}

/// Whether the repository `own` says of the work tree with the file `file` that it is one of its own: else everybody's
/// history could be had by naming it.
fn names_back(own: &Path, file: &Path) -> bool {
    let same = |path: &Path, other: &Path| {
        path.canonicalize().is_ok_and(|path| other.canonicalize().is_ok_and(|other| path == other))
    };
    let linked = text(&own.join("gitdir")).is_some_and(|text| same(&own.join(line(&text)), file));
    let config = text(&own.join("config")).unwrap_or_default();
    let config = String::from_utf8_lossy(&config).into_owned();
    let rows = config.lines().filter_map(|row| row.split_once('='));
    let mut trees = rows.filter(|(key, _)| key.trim().eq_ignore_ascii_case("worktree"));
    let tree = file.parent().unwrap_or(file);
    linked || trees.any(|(_, value)| same(&own.join(value.trim().trim_matches('"')), tree))
}

/// The repository of a work tree.
struct Repository {
    /// What this work tree has of its own.
    own: PathBuf,
    /// What it shares with others.
    common: PathBuf,
    /// Where its objects lie.
    stores: Vec<PathBuf>,
    /// The configuration of its copy.
    settings: String,
    reftable: bool,
}

impl Repository {
    fn find(root: &Path) -> Result<Option<Self>, &'static str> {
        let mut own = root.join(".git");
        let mut named_by = None;
        // Whoever may write into the project could lead us to the repository of another.
        if own.is_symlink() || own.join("objects").is_symlink() {
            return Err("its .git is a link, or leads to one");
        }
        match fs::metadata(&own) {
            Ok(about) if about.is_dir() => {}
            Ok(_) => {
                let named = text(&own).and_then(|text| Some(root.join(line(text.strip_prefix(b"gitdir:")?))));
                named_by = Some(own);
                own = named.ok_or("its .git is a file that names no folder")?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err("its .git can not be read"),
        }
        let own = own.canonicalize().map_err(|_| "its .git names a folder that is not there")?;
        if named_by.is_some_and(|file| !names_back(&own, &file)) {
            return Err("its .git names a repository that does not name it");
        }
        let common = text(&own.join("commondir")).map_or(Ok(own.clone()), |text| own.join(line(&text)).canonicalize());
        let common = common.map_err(|_| "its .git belongs to a repository that is not there")?;
        // That a work tree is one of a repository's own is said in there, and not by the work tree.
        if own != common && own.parent() != Some(&common.join("worktrees")) {
            return Err("its .git belongs to a repository that does not know it");
        }
        let mut settings = Settings::default();
        for file in [common.join("config"), own.join("config.worktree")] {
            settings.read(&String::from_utf8_lossy(&text(&file).unwrap_or_default()));
        }
        // A bare repository may have work trees, and they are not.
        if own == common && settings.is("core", "bare", "true") {
            return Err("the original is bare, without files of its own");
        }
        if !text(&own.join("HEAD")).is_some_and(|head| is_head(&head)) {
            return Err("the original has no HEAD");
        }
        let reftable = settings.is("extensions", "refstorage", "reftable");
        if reftable && own != common {
            return Err("the original is a work tree whose references are in tables");
        }
        let settings = settings.write().ok_or("the original is stored in a way that lastlook does not know")?;
        let stores = stores(&common.join("objects")).ok_or("the original's objects are not where git keeps them")?;
        Ok(Some(Self { own, common, stores, settings, reftable }))
    }

    fn write(&self, to: &Path, limits: &Limits) -> Result<Vec<String>, CopyError> {
        let mut notes = Vec::new();
        let make = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        for folder in ["", "info", "objects", "objects/info", "objects/pack"] {
            make(&to.join(folder)).map_err(|error| CopyError::io(&to.join(folder), error))?;
        }
        for name in ["HEAD", "index", "info/sparse-checkout"] {
            carry(&self.own.join(name), &to.join(name))?;
        }
        // Before the packed ones, where git moves references to at any time.
        for name in ["refs"].into_iter().chain(self.reftable.then_some("reftable")) {
            let route = Route::open(&self.common.join(name), &to.join(name))?;
            notes.extend(walk::copy(&route, &Rules::none(), limits)?.left.notes());
        }
        for name in ["packed-refs", "shallow", "info/attributes", "info/exclude"] {
            carry(&self.common.join(name), &to.join(name))?;
        }
        // An index may be split: what changed in one file, and the rest in another.
        for entry in fs::read_dir(&self.own).map_err(|error| CopyError::io(&self.own, error))? {
            let name = entry.map_err(|error| CopyError::io(&self.own, error))?.file_name();
            if name.as_bytes().starts_with(b"sharedindex.") {
                carry(&self.own.join(&name), &to.join(&name))?;
            }
        }
        let alternates = self.stores.iter().flat_map(|store| [store.as_os_str().as_bytes(), b"\n"]).collect::<Vec<_>>();
        let config = self.settings.as_bytes().to_vec();
        for (name, text) in [("objects/info/alternates", alternates.concat()), ("config", config)] {
            fs::write(to.join(name), text).map_err(|error| CopyError::io(&to.join(name), error))?;
        }
        Ok(notes)
    }
}

/// An object folder and those that it borrows from; none if one of them is something else.
///
/// The sandbox makes them readable, so that a made-up repository must not name other folders.
fn stores(first: &Path) -> Option<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut next = vec![first.canonicalize().ok()?];
    while let Some(store) = next.pop() {
        if found.contains(&store) {
            continue;
        }
        if found.len() >= STORES || !is_store(&store)? {
            return None;
        }
        let borrows = text(&store.join("info/alternates")).unwrap_or_default();
        for line in borrows.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            next.push(store.join(OsStr::from_bytes(line)).canonicalize().ok()?);
        }
        found.push(store);
    }
    Some(found)
}

/// Whether a folder is named as git names it, and holds what git puts there.
fn is_store(folder: &Path) -> Option<bool> {
    let is_object = |name: &[u8]| {
        name == b"info"
            || name == b"pack"
            || name.starts_with(b"tmp_")
            || name.len() == 2 && name.iter().all(u8::is_ascii_hexdigit)
    };
    let names = fs::read_dir(folder).ok()?.map(|entry| Some(is_object(entry.ok()?.file_name().as_bytes())));
    let is_named = folder.ends_with("objects") && !folder.as_os_str().as_bytes().contains(&b'\n');
    Some(is_named && names.collect::<Option<Vec<_>>>()?.into_iter().all(|is_object| is_object))
}

/// Either the name of a branch, or a commit.
fn is_head(head: &[u8]) -> bool {
    head.starts_with(b"ref: refs/") || head.trim_ascii_end().iter().all(u8::is_ascii_hexdigit) && head.len() >= 40
}

/// What a small file holds, if it can be read.
fn text(path: &Path) -> Option<Vec<u8>> {
    Original::open(CWD, path).ok()?.read(TEXT).ok()
}

/// The path that a file of one line holds.
fn line(text: &[u8]) -> PathBuf {
    Path::new(OsStr::from_bytes(text.trim_ascii())).to_owned()
}
