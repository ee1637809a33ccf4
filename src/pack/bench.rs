//! A packer and a package → the one tarball it makes, in a folder of its own, and nothing left behind beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::outbox::Outbox;
use super::tool::Tool;
use super::{Other, PackError, Packed, Shop};
use crate::open::Kept;
use crate::project::{Package, Project};
use crate::sandbox::{End, Ended, Limits};

/// Where packing happens.
pub(super) struct Bench<'p> {
    pub(super) project: &'p Project,
    pub(super) shop: Shop,
    /// What packing one package may use.
    pub(super) limits: Limits,
    /// Whether to run first what publishing runs before it packs.
    pub(super) publish: bool,
}

impl Bench<'_> {
    /// Packs one package after the other: the scripts of one may need what those before it built.
    pub(super) fn all(&self, tool: &Tool, packages: &[&Package], compare: bool) -> Result<Vec<Packed>, PackError> {
        let others = if compare { tool.others(self.project, &self.shop) } else { Vec::new() };
        packages.iter().map(|package| self.one(tool, package, &others)).collect()
    }

    fn one(&self, own: &Tool, package: &Package, others: &[Tool]) -> Result<Packed, PackError> {
        let folder = self.project.root().join(&package.folder);
        let before = Leavings::look(&folder);
        let tarball = self.prepare(own, package).and_then(|()| self.tarball(own, package, true));
        before.tidy();
        let tarball = tarball?.ok_or_else(|| PackError::Count {
            packer: own.packer,
            package: package.name().to_owned(),
            count: 0,
            output: Vec::new(),
        })?;
        // Scripts that run after packing may remove what shipped, and then the others could not have packed it.
        let cleans = !others.is_empty() && package.manifest.scripts.contains_key("postpack");
        let plain = if cleans { self.tarball(own, package, false).ok().flatten() } else { None };
        // What a script has cleaned up behind itself, the others could not have packed.
        let cleaned = cleans && plain.is_none();
        let other = |tool: &Tool| {
            if cleaned {
                let why = format!("postpack may have removed what {packer} packed", packer = own.packer);
                return Other { packer: tool.packer, version: tool.version.clone(), tarball: Err(why) };
            }
            let tarball = match self.tarball(tool, package, false) {
                Ok(Some(tarball)) => Ok(tarball),
                Ok(None) => Err("it can't be kept from running scripts, and was left out".to_owned()),
                Err(error) => Err(in_words(&error)),
            };
            Other { packer: tool.packer, version: tool.version.clone(), tarball }
        };
        let others = others.iter().map(other).collect();
        before.tidy();
        let (name, folder) = (package.name().to_owned(), package.folder.clone());
        Ok(Packed { name, folder, tarball, without_scripts: plain, others })
    }

    /// Runs what publishing runs before it packs.
    fn prepare(&self, tool: &Tool, package: &Package) -> Result<(), PackError> {
        let there = |script: &&&str| self.publish && package.manifest.scripts.contains_key(**script);
        let folder = self.project.root().join(&package.folder);
        for script in tool.before_publishing().iter().filter(there) {
            let command = tool.script(&folder, script, &self.shop);
            let Ended { end, output } = self.run(&command)?;
            let (name, packer) = (package.name().to_owned(), tool.packer);
            match end {
                End::Exit(status) if status.success() => {}
                End::Exit(status) => {
                    return Err(PackError::Script { package: name, script, status: status.to_string(), output });
                }
                End::Limit(why) => return Err(PackError::Limit { packer, package: name, why, output }),
            }
        }
        Ok(())
    }

    pub(super) fn run(&self, command: &Command) -> Result<Ended, PackError> {
        self.run_in(&self.shop, command)
    }

    pub(super) fn run_in(&self, shop: &Shop, command: &Command) -> Result<Ended, PackError> {
        let program = || command.get_program().to_string_lossy().into_owned();
        let ended = shop.run(command, &self.limits);
        ended.map_err(|source| PackError::Start { program: program(), source })
    }

    /// The tarball; `None` where the packer can't be kept from running scripts, and should be.
    fn tarball(&self, tool: &Tool, package: &Package, scripts: bool) -> Result<Option<Kept>, PackError> {
        let outbox = Outbox::new(&self.shop.scratch).map_err(PackError::Scratch)?;
        let folder = self.project.root().join(&package.folder);
        let Some(command) = tool.command(&folder, outbox.path(), &file_name(package), scripts, &self.shop) else {
            return Ok(None);
        };
        let Ended { end, output } = self.run(&command)?;
        let (packer, package) = (tool.packer, package.name().to_owned());
        match end {
            End::Exit(status) if status.success() => {}
            End::Exit(status) => {
                return Err(PackError::Failed { packer, package, status: status.to_string(), output });
            }
            End::Limit(why) => return Err(PackError::Limit { packer, package, why, output }),
        }
        let mut made = outbox.tarballs().map_err(PackError::Scratch)?;
        match (made.pop(), made.len()) {
            // Scripts that run later could change it where it lies.
            (Some(tarball), 0) => {
                let kept = outbox.take(&tarball, &self.shop.whole);
                kept.map(Some).map_err(|source| PackError::Tarball { package, source })
            }
            (Some(_), more) => Err(PackError::Count { packer, package, count: more + 1, output }),
            (None, _) => Err(PackError::Count { packer, package, count: 0, output }),
        }
    }
}

/// What npm would call the tarball of a package; the others are asked to.
fn file_name(package: &Package) -> String {
    let version = package.manifest.version.as_deref().unwrap_or_default();
    let name = format!("{}-{version}", package.name().trim_start_matches('@'));
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    format!("{}.tgz", name.chars().map(plain).take(200).collect::<String>().trim_start_matches(['.', '-']))
}

/// The lines in which another packer says why it did not pack.
fn in_words(error: &PackError) -> String {
    let text = error.output().map(String::from_utf8_lossy).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| line.to_ascii_lowercase().contains("error"));
    let said: Vec<&str> = lines.take(3).collect();
    if said.is_empty() { error.to_string() } else { said.join("; ").chars().take(400).collect() }
}

/// Folders that packers make for themselves in a project, and that were not there.
struct Leavings(Vec<PathBuf>);

impl Leavings {
    fn look(folder: &Path) -> Self {
        // pnpm makes them for the scripts it runs.
        let usual = ["node_modules/.tmp", "node_modules"];
        Self(usual.iter().map(|name| folder.join(name)).filter(|path| path.symlink_metadata().is_err()).collect())
    }

    /// Removes those that are there now and are empty.
    fn tidy(&self) {
        for folder in &self.0 {
            // A folder that holds something stays: a script may have put it there on purpose.
            let _ = std::fs::remove_dir(folder);
        }
    }
}
