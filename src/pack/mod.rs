//! A project → the tarballs that its own package manager makes of it, with no credential in reach of its scripts.

mod bench;
mod credential;
mod environment;
mod error;
mod fetch;
mod outbox;
mod tool;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub use credential::holds_credential;
pub use environment::is_registry;
pub use error::PackError;
pub use tool::on_path;

use bench::Bench;
use environment::Environment;
use tool::Tool;

use crate::open::Kept;
use crate::project::{Package, Packer, Project, major, real};
use crate::sandbox::{Bounds, Cell, Ended, Host, Limits, Proxy, Scratch, Wall, own_program, places, run};

/// How to pack.
#[derive(Debug, Clone)]
pub struct Options {
    /// The names of variables that scripts need, and that hold no registry credential.
    pub env: Vec<String>,
    /// What one step may use: its scripts, or packing one package.
    pub limits: Limits,
    /// Whether to pack with the other packers too, to see whether they would ship the same.
    pub compare: bool,
    /// Files and folders that scripts may not open, besides the known ones.
    pub hidden: Vec<PathBuf>,
    /// The home folder that holds the user's credentials, if not the one of whoever runs this.
    pub home: Option<PathBuf>,
    /// Whether to run first what publishing runs before it packs, such as prepublishOnly.
    pub publish: bool,
    /// The program that raises the wall, if not the one that runs: lastlook itself.
    pub runner: Option<PathBuf>,
    /// The cell that everything runs in, instead of behind a wall: it can open nothing but the project and programs.
    pub cell: Option<Cell>,
    /// The hosts that scripts in a cell may reach.
    pub hosts: Vec<Host>,
}

impl Default for Options {
    fn default() -> Self {
        let limits = Limits::of_time(Duration::from_mins(15));
        let (env, hidden) = (Vec::new(), Vec::new());
        Self {
            env,
            limits,
            compare: true,
            hidden,
            home: None,
            publish: true,
            runner: None,
            cell: None,
            hosts: Vec::new(),
        }
    }
}

/// What was packed.
#[derive(Debug)]
pub struct Packing {
    /// The packer that the project names.
    pub packer: Packer,
    /// Its version.
    pub version: String,
    /// One tarball of each package that is published, in the order of the workspace.
    pub packages: Vec<Packed>,
    /// What the user should know, in words; those of the project too.
    pub notes: Vec<String>,
}

/// One package, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its name.
    pub name: String,
    /// Where it is below the project's root, with forward slashes; empty where it is the root.
    pub folder: String,
    /// What its packer made, where no script can reach it any more.
    pub tarball: Kept,
    /// What its packer makes when no script runs, where a script may have cleaned up behind itself: that is what the
    /// others are to be compared with.
    pub without_scripts: Option<Kept>,
    /// What other packers make of it, none of which ran a script.
    pub others: Vec<Other>,
}

/// What another packer made of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Which.
    pub packer: Packer,
    /// Its version.
    pub version: String,
    /// The tarball, or why there is none.
    pub tarball: Result<Kept, String>,
}

/// Packs every package of `project` that is published.
///
/// # Errors
/// What stops it: in the project, its settings or its packer.
pub fn pack(project: &Project, options: &Options) -> Result<Packing, PackError> {
    let packages = project.publishable()?;
    Workshop::open(project, options)?.pack(&packages)
}

/// A project with its package manager, and room to work in.
pub struct Workshop<'p> {
    bench: Bench<'p>,
    tool: Tool,
    compare: bool,
    notes: Vec<String>,
    _proxy: Option<Proxy>,
    _scratch: Scratch,
}

impl<'p> Workshop<'p> {
    /// Finds the package manager, and draws the bounds within which it runs.
    ///
    /// # Errors
    /// What stops it: in the project, its settings or its packer.
    pub fn open(project: &'p Project, options: &Options) -> Result<Self, PackError> {
        crate::secret::keep_memory();
        let folders = settings_of(project);
        let names = credential::references(&folders, project.repository())?;
        let scratch = Scratch::new().map_err(PackError::Scratch)?;
        // Packers and the wall work with real paths, and the folder for temporary files is often a link.
        let place = real(scratch.path()).map_err(PackError::Scratch)?;
        if place.starts_with(project.root()) {
            return Err(PackError::Inside { folder: place.parent().unwrap_or(&place).display().to_string() });
        }
        // Scripts may open what they can change to others, and so that lies in a folder which they can't.
        let (whole, place) = (place.clone(), place.join("room"));
        std::fs::create_dir(&place).map_err(PackError::Scratch)?;
        let home = options.home.clone().or_else(std::env::home_dir);
        let (hidden, open) = hidden(project, options, &folders);
        let mut notes = project.notes().to_vec();
        let mut environment = Environment::new(&place, home.as_deref(), &hidden).map_err(PackError::Scratch)?;
        let absent = environment.pass(&options.env)?;
        notes.extend(absent.iter().map(|name| format!("{name} was to be passed on to scripts, and is not set")));
        environment.empty(names);
        let runner = options.runner.clone().map_or_else(own_program, Ok).map_err(PackError::Scratch)?;
        let mut proxy = None;
        let (way, own) = (whole.join("way"), place.clone());
        let bounds = if let Some(cell) = &options.cell {
            let mut cell = furnished(cell, project, &environment, &place, hidden);
            if !options.hosts.is_empty() {
                proxy = Some(granted(&mut cell, &way, &options.hosts)?);
            }
            Bounds::Cell(cell)
        } else {
            let wall = Wall { hidden, kept: kept(project, &environment) };
            notes.extend(open.into_iter().chain(wall.fault(&runner)).chain(as_root()));
            Bounds::Wall(wall)
        };
        let shop = Shop { environment, bounds, runner, scratch: own, whole };
        let listed = options.cell.as_ref().is_none_or(Cell::takes_hosts);
        if project.choice().packer == Packer::Bun && !listed {
            return Err(PackError::Bun);
        }
        let tool = Tool::own(project, &shop)?;
        notes.extend(other_version(project, &tool));
        let bench = Bench { project, shop, limits: options.limits, publish: options.publish };
        Ok(Self { bench, tool, compare: options.compare, notes, _proxy: proxy, _scratch: scratch })
    }

    /// The package manager, and its version.
    #[must_use]
    pub fn packer(&self) -> (Packer, &str) {
        (self.tool.packer, &self.tool.version)
    }

    /// What the user should know, in words.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Runs a script of a package with the package manager.
    ///
    /// # Errors
    /// When it can't be started, or what it left running can't be ended.
    pub fn script(&self, package: &Package, script: &str) -> Result<Ended, PackError> {
        let folder = self.bench.project.root().join(&package.folder);
        self.bench.run(&self.tool.script(&folder, script, &self.bench.shop))
    }

    /// Runs a command of a shell in the folder of the project.
    ///
    /// # Errors
    /// When it can't be started, or what it left running can't be ended.
    pub fn command(&self, text: &str) -> Result<Ended, PackError> {
        self.bench.run(&self.tool.shell(self.bench.project.folder(), text, &self.bench.shop))
    }

    /// Packs each of `packages`.
    ///
    /// # Errors
    /// What a packer says, or does otherwise than it should.
    pub fn pack(&self, packages: &[&Package]) -> Result<Packing, PackError> {
        let packages = self.bench.all(&self.tool, packages, self.compare)?;
        let (packer, version) = (self.tool.packer, self.tool.version.clone());
        Ok(Packing { packer, version, packages, notes: self.notes.clone() })
    }
}

/// What every command needs: its variables, its bounds, and room.
struct Shop {
    environment: Environment,
    bounds: Bounds,
    runner: PathBuf,
    /// Where scripts may write.
    scratch: PathBuf,
    /// What that lies in, where they may not.
    whole: PathBuf,
}

impl Shop {
    fn run(&self, command: &Command, limits: &Limits) -> std::io::Result<Ended> {
        run(&self.bounds, &self.runner, command, limits)
    }
}

/// Lets a cell out to hosts, by a socket in the new folder `way`, which it can't change.
fn granted(cell: &mut Cell, way: &Path, hosts: &[Host]) -> Result<Proxy, PackError> {
    if !cell.takes_hosts() {
        return Err(PackError::Hosts);
    }
    std::fs::create_dir(way).map_err(PackError::Scratch)?;
    let proxy = Proxy::open(&way.join("out"), hosts.to_vec()).map_err(PackError::Scratch)?;
    cell.read.push(way.to_owned());
    cell.proxy = Some(proxy.socket().to_owned());
    Ok(proxy)
}

/// What scripts may read and not change behind a wall.
fn kept(project: &Project, environment: &Environment) -> Vec<PathBuf> {
    let kept = environment.get("COREPACK_HOME").and_then(|home| Path::new(home).canonicalize().ok());
    // A folder that can't be changed closes those above it too, and the project has to stay open.
    kept.filter(|place| !place.starts_with(project.root())).into_iter().collect()
}

/// The cell, with the project and the room beside it, and the programs that are needed.
fn furnished(cell: &Cell, project: &Project, environment: &Environment, scratch: &Path, hidden: Vec<PathBuf>) -> Cell {
    let mut cell = cell.clone();
    cell.open.extend([project.repository().to_owned(), scratch.to_owned()]);
    cell.hidden.extend(hidden);
    cell.read.extend(environment.places());
    cell
}

/// To root, files of the system itself stay open, and through them a way around the wall.
#[cfg(unix)]
fn as_root() -> Option<String> {
    let what = "scripts ran as root while packing, whom no wall holds for sure: pack as an ordinary user";
    rustix::process::getuid().is_root().then(|| what.to_owned())
}

#[cfg(not(unix))]
fn as_root() -> Option<String> {
    None
}

/// The folders whose settings packers and scripts can read: those of all packages, and those above in the repository.
fn settings_of(project: &Project) -> BTreeSet<PathBuf> {
    let own: Vec<PathBuf> = project.packages().iter().map(|package| project.root().join(&package.folder)).collect();
    let above = own.iter().flat_map(|folder| folder.ancestors());
    above.filter(|folder| folder.starts_with(project.repository())).map(Path::to_owned).collect()
}

/// What scripts may not open; and what they can, because it lies where they work.
fn hidden(project: &Project, options: &Options, settings: &BTreeSet<PathBuf>) -> (Vec<PathBuf>, Vec<String>) {
    let path = std::env::var_os("PATH");
    let node = on_path("node", path.as_deref());
    let mut places = places(options.home.as_deref(), node.as_deref());
    let above = project.repository().ancestors().skip(1);
    let settings_above = above.flat_map(|folder| credential::names().map(|name| folder.join(name)));
    places.extend(settings_above.filter_map(|place| place.canonicalize().ok()).filter(|place| place.is_file()));
    places.extend(options.hidden.iter().filter_map(|place| place.canonicalize().ok()));
    let (inside, outside): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.starts_with(project.root()));
    // Those were looked at, and hold no credential.
    let name = |place: &Path| place.file_name().map(|name| name.to_string_lossy().into_owned());
    let seen = |place: &PathBuf| {
        name(place).is_some_and(|name| credential::looked_at(&name))
            && place.parent().is_some_and(|folder| settings.contains(folder))
    };
    let warning = |place: PathBuf| {
        let place = place.strip_prefix(project.root()).unwrap_or(&place).display().to_string();
        format!("{place} lies in the project, so the scripts that ran while packing could have read it")
    };
    let outside = outside.into_iter().filter(|place| !seen(place)).collect();
    (outside, inside.into_iter().filter(|place| !seen(place)).map(warning).collect())
}

/// Says so where another version packed than the project asks for.
fn other_version(project: &Project, tool: &Tool) -> Option<String> {
    let choice = project.choice();
    let wanted = choice.version.as_deref()?;
    let exact = wanted.starts_with(|sign: char| sign.is_ascii_digit()) && wanted.matches('.').count() > 1;
    let same = if exact { wanted == tool.version } else { major(wanted) == major(&tool.version) };
    let (program, version) = (tool.packer.program(), &tool.version);
    let note = || format!("the project asks for {program} {wanted}, and {program} {version} packed it");
    (!same && major(wanted).is_some()).then(note)
}
