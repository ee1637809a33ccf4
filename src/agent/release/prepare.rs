//! A project → a copy of it that scripts may work in, with its next version and its package manager.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Plan;
use crate::agent::copy::{self, Secrets, copy};
use crate::agent::fix::Edit;
use crate::agent::guarded::Guarded;
use crate::agent::session::{Session, What};
use crate::agent::{AgentError, bump};
use crate::pack::{Options, Workshop, holds_credential};
use crate::project::{Package, Project};
use crate::sandbox::{Host, Scratch, places};

/// A folder with a copy of the project in it, gone when it is dropped.
pub(in crate::agent) struct Room {
    folder: PathBuf,
    /// What the copy refers to, and scripts have to read.
    readable: Vec<PathBuf>,
    _scratch: Scratch,
}

impl Room {
    /// Copies the repository that the project lies in, with the fixes that were made and the next version.
    pub(in crate::agent) fn copy(plan: &Plan, made: &[Edit], session: &mut Session<'_>) -> Result<Self, AgentError> {
        let project = Project::read(&plan.folder)?;
        let from = top(&project).to_owned();
        let scratch = Scratch::new().map_err(|source| fault("a folder for temporary files", "made", source))?;
        let into = scratch.path().join("copy");
        if let Some(file) = plan.keep.iter().find(|file| !project.folder().join(file).exists()) {
            return Err(fault(file.display().to_string(), "kept", std::io::ErrorKind::NotFound.into()));
        }
        let keep: Vec<PathBuf> = plan.keep.iter().map(|file| project.folder().join(file)).collect();
        let omit: Vec<PathBuf> = plan.secret.iter().cloned().chain(places(None, None)).collect();
        let secrets = Secrets { keep: &keep, omit: &omit, holds: &holds_credential };
        let copied = copy(&from, &into, &secrets, &copy::Limits::default())?;
        for text in copied.notes {
            session.add(What::Note { text })?;
        }
        let below = project.root().strip_prefix(&from).unwrap_or(Path::new(""));
        made.iter().try_for_each(|edit| write(&into.join(below).join(&edit.path), &edit.after))?;
        let inside = project.folder().strip_prefix(&from).unwrap_or(Path::new(""));
        let room = Self { folder: into.join(inside), readable: copied.readable, _scratch: scratch };
        room.bump(plan, session)?;
        Ok(room)
    }

    /// The copy of the folder that was named.
    pub(in crate::agent) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives every package that is published its next version.
    fn bump(&self, plan: &Plan, session: &mut Session<'_>) -> Result<(), AgentError> {
        let Some(step) = &plan.bump else { return Ok(()) };
        let project = Project::read(&self.folder)?;
        let mut next = Vec::new();
        for package in project.publishable()? {
            let version = package.manifest.version.as_deref().unwrap_or_default();
            next.push((package.folder.clone(), package.name().to_owned(), bump::next(version, step)?));
        }
        for text in bump_in(project.root(), &project, &next)? {
            session.add(What::Note { text })?;
        }
        Ok(())
    }
}

/// What is copied: the repository that the project lies in, unless that is a home folder as a whole.
fn top(project: &Project) -> &Path {
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    let whole = home.is_some_and(|home| home.starts_with(project.repository()));
    if whole { project.root() } else { project.repository() }
}

/// Writes versions into manifests, what depends on them, and lock files below `root`; says which it gave to whom.
pub(super) fn bump_in(
    root: &Path,
    project: &Project,
    next: &[(String, String, String)],
) -> Result<Vec<String>, AgentError> {
    let lock_files = ["package-lock.json", "npm-shrinkwrap.json"];
    let mut said = Vec::new();
    for package in project.packages() {
        let file = root.join(&package.folder).join("package.json");
        let before = read(&file)?;
        let mut text = before.clone();
        for (folder, name, version) in next {
            if *folder == package.folder {
                text = bump::manifest(&text, version)?;
                said.push(format!("{name} becomes {version}"));
            }
            text = bump::depend(&text, name, version)?;
        }
        if text != before {
            write(&file, &text)?;
        }
        for lock in lock_files
            .map(|name| root.join(&package.folder).join(name))
            .into_iter()
            .filter(|lock| lock.symlink_metadata().is_ok())
        {
            let mut text = read(&lock)?;
            for (folder, name, version) in next {
                let own = if package.folder.is_empty() {
                    Some(folder.as_str())
                } else {
                    (*folder == package.folder).then_some("")
                };
                if let Some(own) = own {
                    text = bump::lock(&text, own, version)?;
                }
                text = bump::depend(&text, name, version)?;
            }
            write(&lock, &text)?;
        }
    }
    Ok(said)
}

/// A copy in which commands can run.
pub(in crate::agent) struct Prepared<'p> {
    pub(super) project: &'p Project,
    pub(in crate::agent) workshop: Workshop<'p>,
    pub(super) guarded: Guarded,
    pub(super) room: Room,
}

impl<'p> Prepared<'p> {
    /// Finds the package manager, and closes the cell.
    pub(in crate::agent) fn open(
        plan: &Plan,
        project: &'p Project,
        room: Room,
        session: &mut Session<'_>,
    ) -> Result<Self, AgentError> {
        project.publishable()?;
        if plan.registry.is_none() {
            installed(plan, project)?;
        }
        let mut cell = plan.cell.clone();
        cell.read.extend(room.readable.iter().cloned());
        let original = Project::read(&plan.folder)?;
        let original = top(&original).to_owned();
        let mut hidden: Vec<PathBuf> = plan.secret.iter().chain(&plan.policy_files).cloned().collect();
        let own = std::env::current_exe().ok();
        let git = [".git/config", ".git/hooks"].map(|name| original.join(name));
        let last = std::iter::once(original.clone());
        let guarded = places(None, None).into_iter().chain(hidden.iter().cloned()).chain(own).chain(git).chain(last);
        let guarded = Guarded::of(guarded.collect());
        hidden.push(original);
        let options = Options {
            env: plan.env.clone(),
            hosts: plan.hosts.clone(),
            limits: plan.limits,
            compare: false,
            hidden,
            cell: Some(cell),
            ..Options::default()
        };
        let workshop = Workshop::open(project, &options)?;
        let (packer, version) = workshop.packer();
        session.add(What::Note { text: format!("it is packed with {packer} {version}") })?;
        for text in workshop.notes().to_vec() {
            session.add(What::Note { text })?;
        }
        let prepared = Self { project, workshop, guarded, room };
        if plan.registry.is_some() {
            prepared.install(plan, session)?;
        }
        Ok(prepared)
    }

    /// Fetches what the lock file names, from the registry and nowhere else.
    fn install(&self, plan: &Plan, session: &mut Session<'_>) -> Result<(), AgentError> {
        let Some((registry, host)) = &plan.registry else { return Ok(()) };
        let hosts: Vec<Host> = std::iter::once(host).chain(&plan.hosts).cloned().collect();
        session.add(What::Runs { what: format!("{} install from {registry}", self.workshop.packer().0.program()) })?;
        let started = Instant::now();
        for (what, ended) in self.workshop.install(registry, &hosts)? {
            self.ran(what, started, ended, session)?;
        }
        Ok(())
    }
}

/// Says so where what a package is built with is not there: nothing is fetched while it is built.
fn installed(plan: &Plan, project: &Project) -> Result<(), AgentError> {
    let needs = |package: &&Package| {
        let inner: BTreeSet<&str> = project.packages().iter().map(Package::name).collect();
        let names = package.manifest.dependencies.iter().chain(&package.manifest.dev_dependencies);
        names.filter(|name| !inner.contains(name.as_str())).count() > 0
    };
    let above = |package: &Package| {
        let folder = project.root().join(&package.folder);
        let mut inside = folder.ancestors().take_while(|above| above.starts_with(project.repository()));
        inside.any(|above| ["node_modules", ".pnp.cjs", ".pnp.js"].iter().any(|name| above.join(name).exists()))
    };
    match project.packages().iter().filter(needs).find(|package| !above(package)) {
        None => Ok(()),
        Some(package) => Err(AgentError::NotInstalled {
            package: package.name().to_owned(),
            way: format!("{} install", project.choice().packer.program()),
            folder: plan.folder.display().to_string(),
        }),
    }
}

pub(super) fn fault(path: impl Into<String>, what: &'static str, source: std::io::Error) -> AgentError {
    AgentError::File { path: path.into(), what, source }
}

fn read(path: &Path) -> Result<String, AgentError> {
    // A link leads to what is not the project's.
    let is_link = || std::io::Error::other("it is a link, and a version is written into a file of the project");
    if path.is_symlink() {
        return Err(fault(path.display().to_string(), "read", is_link()));
    }
    std::fs::read_to_string(path).map_err(|source| fault(path.display().to_string(), "read", source))
}

/// Writes a file of the project, whole or not at all, with the rights that it had.
pub(super) fn write(path: &Path, text: &str) -> Result<(), AgentError> {
    let fault = |source| fault(path.display().to_string(), "written", source);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(fault)?;
    std::io::Write::write_all(&mut part, text.as_bytes()).map_err(fault)?;
    let rights = path.metadata().map(|meta| meta.permissions());
    if let Ok(rights) = rights.or_else(|_| folder.join("package.json").metadata().map(|meta| meta.permissions())) {
        std::fs::set_permissions(part.path(), rights).map_err(fault)?;
    }
    part.as_file().sync_all().map_err(fault)?;
    part.persist(path).map(drop).map_err(|error| fault(error.error))
}
