//! A packer and a package → the one tarball it makes, in a folder of its own, and nothing left behind beside it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::run::{End, run};
use super::tool::Tool;
use super::{Other, PackError, Packed};
use crate::project::{Package, Project};

/// Where packing happens.
pub(super) struct Bench<'p> {
    pub(super) project: &'p Project,
    pub(super) environment: Environment,
    /// A folder of our own.
    pub(super) scratch: PathBuf,
    /// How long one package may take.
    pub(super) limit: Duration,
}

impl Bench<'_> {
    /// Packs one package after the other: the scripts of one may need what those before it built.
    pub(super) fn all(&self, tool: &Tool, packages: &[&Package], compare: bool) -> Result<Vec<Packed>, PackError> {
        let others = if compare { tool.others(self.project, &self.environment) } else { Vec::new() };
        let rows = packages.iter().enumerate();
        rows.map(|(number, package)| self.one(tool, package, &self.scratch.join(format!("{number}")), &others))
            .collect()
    }

    fn one(&self, tool: &Tool, package: &Package, into: &Path, others: &[Tool]) -> Result<Packed, PackError> {
        let folder = self.project.root().join(&package.folder);
        let before = Leavings::look(&folder);
        let tarball = self.tarball(tool, package, &into.join("own"), true);
        before.tidy();
        let tarball = tarball?.ok_or_else(|| PackError::Count {
            packer: tool.packer,
            package: package.name().to_owned(),
            count: 0,
            output: Vec::new(),
        })?;
        // Scripts that run after packing may remove what shipped, and then the others could not have packed it.
        let cleans = !others.is_empty() && package.manifest.scripts.contains_key("postpack");
        let plain = if cleans { self.tarball(tool, package, &into.join("plain"), false).ok().flatten() } else { None };
        let rows = others.iter().enumerate();
        let other = |(number, tool): (usize, &Tool)| {
            let tarball = match self.tarball(tool, package, &into.join(format!("other-{number}")), false) {
                Ok(Some(tarball)) => Ok(tarball),
                Ok(None) => Err("it can't be kept from running scripts, and was left out".to_owned()),
                Err(error) => Err(in_words(&error)),
            };
            Other { packer: tool.packer, version: tool.version.clone(), tarball }
        };
        let others = rows.map(other).collect();
        before.tidy();
        let (name, folder) = (package.name().to_owned(), package.folder.clone());
        Ok(Packed { name, folder, tarball, without_scripts: plain, others })
    }

    /// The tarball; `None` where the packer can't be kept from running scripts, and should be.
    fn tarball(
        &self,
        tool: &Tool,
        package: &Package,
        into: &Path,
        scripts: bool,
    ) -> Result<Option<PathBuf>, PackError> {
        std::fs::create_dir_all(into).map_err(PackError::Scratch)?;
        let folder = self.project.root().join(&package.folder);
        let Some(command) = tool.command(&folder, into, scripts, &self.environment) else {
            return Ok(None);
        };
        let program = command.get_program().to_string_lossy().into_owned();
        let (end, output) =
            run(command, self.limit, &self.scratch).map_err(|source| PackError::Start { program, source })?;
        let (packer, package, limit) = (tool.packer, package.name().to_owned(), self.limit);
        match end {
            End::Exit(status) if status.success() => {}
            End::Exit(status) => {
                return Err(PackError::Failed { packer, package, status: status.to_string(), output });
            }
            End::Limit => return Err(PackError::Limit { packer, package, limit, output }),
        }
        let mut made = tarballs(into).map_err(PackError::Scratch)?;
        match (made.pop(), made.len()) {
            (Some(tarball), 0) => Ok(Some(tarball)),
            (Some(_), more) => Err(PackError::Count { packer, package, count: more + 1, output }),
            (None, _) => Err(PackError::Count { packer, package, count: 0, output }),
        }
    }
}

/// The tarballs in a folder. What the packer says about it is not asked.
fn tarballs(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let named = entry.path().extension().is_some_and(|ending| ending == "tgz");
        if named && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
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
