//! `--pack`: a project → its tarballs, and what other package managers would ship otherwise.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{CliError, Exit, print, tell};
use crate::audit::Auditor;
use crate::judge::differs;
use crate::model::{Finding, Report};
use crate::open::Target;
use crate::pack::{self, Options, Other, Packed, pack};
use crate::project::{Packer, Project};
use crate::render::escape;
use crate::sandbox::{Inside, Limits, behind, inside};

#[derive(clap::Args)]
pub(super) struct Packing {
    /// Pack the project in DIR (here) with its own package manager, and audit what comes out
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = ".", conflicts_with = "targets")]
    pub(super) pack: Option<PathBuf>,
    /// Pass a variable of the environment on to the scripts that packing runs (repeatable)
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// Do not pack with the other package managers that are installed, to compare
    #[arg(long)]
    no_compare: bool,
    /// Do not run what publishing runs before it packs, such as prepublishOnly
    #[arg(long)]
    no_prepublish: bool,
    /// How long packing one package may take [default: 15]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=1440))]
    pack_limit: Option<u64>,
}

/// Raises the wall behind which scripts run, and becomes their program. Started by packing itself.
#[derive(clap::Parser)]
pub(super) struct Wall {
    #[arg(long)]
    hide: Vec<PathBuf>,
    #[arg(long)]
    keep: Vec<PathBuf>,
    #[arg(last = true)]
    program: Vec<OsString>,
}

impl Wall {
    pub(super) fn run(self) -> Exit {
        said(behind(self.hide, self.keep, &self.program))
    }
}

/// Closes a cell around itself, and becomes its program. Started by packing itself.
#[derive(clap::Parser)]
pub(super) struct Cell {
    #[arg(long)]
    by: String,
    #[arg(long, default_value_t = u64::MAX)]
    memory: u64,
    #[arg(long)]
    open: Vec<PathBuf>,
    #[arg(long)]
    read: Vec<PathBuf>,
    #[arg(long)]
    hide: Vec<PathBuf>,
    #[arg(long)]
    proxy: Option<PathBuf>,
    #[arg(last = true)]
    program: Vec<OsString>,
}

impl Cell {
    pub(super) fn run(self) -> Exit {
        let Self { by, memory, open, read, hide: hidden, proxy, program } = self;
        said(inside(&Inside { by, open, read, hidden, memory, proxy }, &program))
    }
}

/// What lastlook says to itself, who started it.
fn said(how: Result<(), String>) -> Exit {
    match how {
        Ok(()) => Exit::Clear,
        Err(why) => {
            print(why.as_bytes());
            Exit::Incomplete
        }
    }
}

/// What was packed: its tarballs are there as long as this is.
pub(super) struct Work {
    packing: pack::Packing,
    /// The folder of each package, below the root of the repository.
    homes: Vec<Option<String>>,
}

impl Packing {
    /// Where the policy is looked for: in the project, if one is packed, else here.
    pub(super) fn start(&self) -> &Path {
        self.pack.as_deref().unwrap_or(Path::new("."))
    }

    /// Packs, where that was asked for, with `hidden` out of reach of what runs meanwhile.
    pub(super) fn work(&self, hidden: &[PathBuf]) -> Result<Option<Work>, CliError> {
        let Some(folder) = &self.pack else {
            let idle = [
                ("--env", !self.env.is_empty()),
                ("--no-compare", self.no_compare),
                ("--no-prepublish", self.no_prepublish),
                ("--pack-limit", self.pack_limit.is_some()),
            ];
            return match idle.iter().find(|(_, given)| *given) {
                Some((flag, _)) => Err(CliError::Usage(format!("{flag} is for packing: add --pack"))),
                None => Ok(None),
            };
        };
        let project = Project::read(folder)?;
        let defaults = Options::default();
        let limits = self.pack_limit.map_or(defaults.limits, |minutes| Limits::of_time(Duration::from_mins(minutes)));
        let (compare, publish) = (!self.no_compare, !self.no_prepublish);
        let hidden = hidden.to_owned();
        let options = Options { env: self.env.clone(), compare, publish, limits, hidden, ..defaults };
        if io::stderr().is_terminal() {
            tell(&format!(
                "lastlook: packing with {}; what its scripts build may take a while …",
                project.choice().packer
            ));
        }
        let packing = pack(&project, &options)?;
        for note in &packing.notes {
            tell(&format!("lastlook: {}", escape(note)));
        }
        let (count, packer) = (packing.packages.len(), with_version(packing.packer, &packing.version));
        let what = if count == 1 { "1 package".to_owned() } else { format!("{count} packages") };
        tell(&format!("lastlook: packed {what} with {}", escape(&packer)));
        let homes = packing.packages.iter().map(|package| home(&project, package)).collect();
        Ok(Some(Work { packing, homes }))
    }
}

/// Where a package lies in its repository, if not at its root.
fn home(project: &Project, package: &Packed) -> Option<String> {
    let folder = project.root().join(&package.folder);
    let parts = folder.strip_prefix(project.repository()).ok()?.iter().map(|part| part.to_string_lossy());
    let home = parts.collect::<Vec<_>>().join("/");
    (!home.is_empty()).then_some(home)
}

impl Work {
    /// The tarballs that are to be audited.
    pub(super) fn targets(&self) -> Vec<Target> {
        self.packing.packages.iter().map(|package| Target::Kept(package.tarball.clone())).collect()
    }

    /// What other package managers would ship otherwise, package by package.
    pub(super) fn differences(&self, auditor: &Auditor<'_>) -> Vec<Vec<Finding>> {
        let others = || self.packing.packages.iter().flat_map(|package| &package.others);
        let silent = others().filter_map(|other| Some((named(other), other.tarball.as_ref().err()?)));
        for (packer, why) in silent.collect::<BTreeSet<_>>() {
            tell(&format!("lastlook: not compared with {}: {}", escape(&packer), escape(why)));
        }
        self.packing.packages.iter().map(|package| of_one(package, auditor)).collect()
    }

    /// Writes into the report where each package came from.
    pub(super) fn place(&self, report: &mut Report) {
        for (artifact, home) in report.artifacts.iter_mut().zip(&self.homes) {
            artifact.home.clone_from(home);
        }
    }
}

/// What other package managers would ship of one package otherwise.
fn of_one(package: &Packed, auditor: &Auditor<'_>) -> Vec<Finding> {
    let packed = |other: &Other| Some((named(other), Target::Kept(other.tarball.as_ref().ok()?.clone())));
    let (packers, others): (Vec<String>, Vec<Target>) = package.others.iter().filter_map(packed).unzip();
    let own = Target::Kept(package.without_scripts.as_ref().unwrap_or(&package.tarball).clone());
    let targets: Vec<Target> = std::iter::once(own).chain(others).collect();
    let report = auditor.audit(&targets);
    let Some((own, others)) = report.artifacts.split_first() else { return Vec::new() };
    let pairs = packers.iter().zip(others);
    pairs.filter_map(|(packer, theirs)| differs(&own.listing, packer, &theirs.listing)).collect()
}

fn named(other: &Other) -> String {
    with_version(other.packer, &other.version)
}

/// A package manager and its version, which tells the two Yarns apart.
fn with_version(packer: Packer, version: &str) -> String {
    match packer {
        Packer::YarnClassic | Packer::Yarn => format!("Yarn {version}"),
        Packer::Npm | Packer::Pnpm | Packer::Bun => format!("{packer} {version}"),
    }
}
