//! A prepared copy → the same, built and tested, and packed by its own package manager.

use std::collections::BTreeSet;
use std::time::Instant;

use super::Plan;
use super::prepare::Prepared;
use crate::agent::AgentError;
use crate::agent::session::{Item, Session, What};
use crate::model::Integrity;
use crate::open::{self, Input, Target};
use crate::pack::Packed as Tarball;
use crate::project::{Package, Project};
use crate::sandbox::{End, Ended};

/// A copy that was built and tested.
pub(in crate::agent) struct Built<'p>(Prepared<'p>);

/// Tarballs, where no script can reach them any more.
pub(in crate::agent) struct Packed {
    pub(super) tarballs: Vec<Input>,
    pub(super) items: Vec<Item>,
    /// What the project says of each: where it lies, and how it is published.
    pub(super) packages: Vec<Package>,
}

impl<'p> Prepared<'p> {
    /// Runs what builds it, and what tests it.
    pub(in crate::agent) fn build(self, plan: &Plan, session: &mut Session<'_>) -> Result<Built<'p>, AgentError> {
        for (package, script) in scripts(self.project, plan.tests) {
            self.run(package, script, session)?;
        }
        Ok(Built(self))
    }

    fn run(&self, package: &Package, script: &str, session: &mut Session<'_>) -> Result<(), AgentError> {
        let place = if package.folder.is_empty() { String::new() } else { format!(" in {}", package.folder) };
        let what = format!("{} run {script}{place}", self.workshop.packer().0.program());
        session.add(What::Runs { what: what.clone() })?;
        let started = Instant::now();
        let ended = self.workshop.script(package, script)?;
        self.ran(what, started, ended, session)
    }

    /// Writes down how a command ended, and goes on only if that is well.
    pub(in crate::agent) fn ran(
        &self,
        what: String,
        started: Instant,
        ended: Ended,
        session: &mut Session<'_>,
    ) -> Result<(), AgentError> {
        let Ended { end, output } = ended;
        let (well, ended) = match end {
            End::Exit(status) if status.success() => (true, "ended well".to_owned()),
            End::Exit(status) => (false, format!("failed: {status}")),
            End::Limit(why) => (false, format!("was ended: {why}")),
        };
        let output = String::from_utf8_lossy(&output).into_owned();
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (said, printed) = (ended.clone(), output.clone());
        session.add(What::Ran { what: what.clone(), ended: said, well, milliseconds, output: printed })?;
        self.untouched(&what)?;
        if well { Ok(()) } else { Err(AgentError::Script { what, ended, output }) }
    }

    fn untouched(&self, what: &str) -> Result<(), AgentError> {
        self.guarded
            .touched()
            .map_or(Ok(()), |path| Err(AgentError::Touched { what: what.to_owned(), path: path.display().to_string() }))
    }
}

/// The scripts that run before packing, in order: those of the root, or those of its members where it has none.
fn scripts(project: &Project, tests: bool) -> Vec<(&Package, &'static str)> {
    let Some(root) = project.packages().first() else { return Vec::new() };
    let kinds: &[&'static str] = if tests { &["build", "test"] } else { &["build"] };
    let mut found = Vec::new();
    for kind in kinds {
        let own: Vec<&Package> = if has(root, kind) { vec![root] } else { in_order(project) };
        found.extend(own.into_iter().filter(|package| has(package, kind)).map(|package| (package, *kind)));
    }
    found
}

/// Whether a package has a script that does something: npm writes one that only says that there is none.
fn has(package: &Package, script: &str) -> bool {
    package
        .manifest
        .scripts
        .get(script)
        .is_some_and(|text| !text.contains("no test specified") && !text.trim().is_empty())
}

/// The packages, each behind those that it is built with.
pub(super) fn in_order(project: &Project) -> Vec<&Package> {
    let mut waiting: Vec<&Package> = project.packages().iter().collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|package| package.name()).collect();
        let free = |package: &&Package| {
            let manifest = &package.manifest;
            let mut needs = manifest.dependencies.iter().chain(&manifest.dev_dependencies);
            needs.all(|name| name == package.name() || !names.contains(name.as_str()))
        };
        // In a circle, whatever comes first has to wait for somebody.
        let next = waiting.iter().position(free).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

impl Built<'_> {
    /// Packs every package that is published, in the order in which they need each other.
    pub(in crate::agent) fn pack(self, session: &mut Session<'_>) -> Result<Packed, AgentError> {
        let Self(prepared) = self;
        let packages: Vec<&Package> =
            in_order(prepared.project).into_iter().filter(|package| package.manifest.unpublished().is_none()).collect();
        let packing = prepared.workshop.pack(&packages)?;
        prepared.untouched("packing")?;
        let mut packed = Packed { tarballs: Vec::new(), items: Vec::new(), packages: Vec::new() };
        for (tarball, package) in packing.packages.iter().zip(&packages) {
            packed.take(tarball, package)?;
        }
        let by = format!("{} {}", packing.packer, packing.version);
        session.add(What::Packed { packer: by, items: packed.items.clone() })?;
        // The copy has done its work.
        drop(prepared.room);
        Ok(packed)
    }
}

impl Packed {
    /// Takes the bytes of a tarball into memory, which is what is audited, hashed and sent.
    fn take(&mut self, tarball: &Tarball, package: &Package) -> Result<(), AgentError> {
        let name = tarball.tarball.name().to_owned();
        let bytes = open::hold(&Target::Kept(tarball.tarball.clone()))
            .map_err(|error| AgentError::Unfit { name: name.clone(), why: error.to_string() })?;
        let version = package.manifest.version.clone().unwrap_or_default();
        let number = self.items.len();
        self.items.push(Item {
            name: package.name().to_owned(),
            version,
            integrity: Integrity::of(&bytes).as_str().to_owned(),
            size: bytes.len() as u64,
            file: format!("{number}.tgz"),
        });
        self.tarballs.push(Input::Memory(bytes));
        self.packages.push(package.clone());
        Ok(())
    }
}
