//! A project → the tarballs that its own package manager makes of it, with no credential in reach of its scripts.

mod bench;
mod credential;
mod environment;
mod error;
mod guard;
mod hide;
mod orphans;
mod places;
mod run;
mod tool;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::PackError;
pub use hide::{VERB, behind};

use bench::Bench;
use environment::Environment;
use guard::Guard;
use hide::Wall;
use tool::{Tool, on_path};

use crate::open::Kept;
use crate::project::{Packer, Project, major, real};

/// How to pack.
#[derive(Debug, Clone)]
pub struct Options {
    /// The names of variables that scripts need, and that hold no registry credential.
    pub env: Vec<String>,
    /// How long one package may take.
    pub limit: Duration,
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
}

impl Default for Options {
    fn default() -> Self {
        let limit = Duration::from_mins(15);
        Self { env: Vec::new(), limit, compare: true, hidden: Vec::new(), home: None, publish: true, runner: None }
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
    crate::secret::keep_memory();
    let packages = project.publishable()?;
    let folders = settings_of(project);
    let names = credential::references(&folders, project.repository())?;
    let scratch = tempfile::Builder::new().prefix("lastlook-").tempdir().map_err(PackError::Scratch)?;
    // Packers and the wall work with real paths, and the folder for temporary files is often a link.
    let place = real(scratch.path()).map_err(PackError::Scratch)?;
    if place.starts_with(project.root()) {
        return Err(PackError::Inside { folder: place.parent().unwrap_or(&place).display().to_string() });
    }
    let _guard = Guard::of(&place);
    let home = options.home.clone().or_else(std::env::home_dir);
    let (hidden, open) = hidden(project, options, &folders);
    let mut notes = project.notes().to_vec();
    notes.extend(open);
    let mut environment = Environment::new(&place, home.as_deref(), &hidden).map_err(PackError::Scratch)?;
    let absent = environment.pass(&options.env)?;
    notes.extend(absent.iter().map(|name| format!("{name} was to be passed on to scripts, and is not set")));
    environment.empty(names);
    let kept = environment.get("COREPACK_HOME").and_then(|home| Path::new(home).canonicalize().ok());
    // A folder that can't be changed closes those above it too, and the project has to stay open.
    let kept = kept.filter(|place| !place.starts_with(project.root()));
    let wall = Wall { hidden, kept: kept.into_iter().collect() };
    let runner = options.runner.clone().map_or_else(own_program, Ok).map_err(PackError::Scratch)?;
    notes.extend(wall.fault(&runner));
    notes.extend(as_root());
    let shop = Shop { environment, wall, runner, scratch: place };
    let tool = Tool::own(project, &shop)?;
    let bench = Bench { project, shop, limit: options.limit, publish: options.publish };
    let packages = bench.all(&tool, &packages, options.compare)?;
    notes.extend(other_version(project, &tool));
    Ok(Packing { packer: tool.packer, version: tool.version, packages, notes })
}

/// What every command needs: its variables, the wall around it, and room.
struct Shop {
    environment: Environment,
    wall: Wall,
    runner: PathBuf,
    scratch: PathBuf,
}

/// This program, also where its file was replaced meanwhile.
fn own_program() -> std::io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
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
    let mut places = places::places(options.home.as_deref(), node.as_deref());
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
