//! A project's lock file → what it names, fetched where nothing else of the project is: no program of it runs with a host in reach.

use std::io;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::{Bounds, Ended, Host, PackError, Shop, Workshop, granted};
use crate::project::Packer;
use crate::sandbox::End;

/// What says what is to be fetched.
const NAMED_BY: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
];

/// Settings that say how it is laid down, and that name neither programs nor places.
const SETTINGS: &[&str] = &[
    "auto-install-peers",
    "engine-strict",
    "hoist",
    "hoist-pattern[]",
    "install-links",
    "install-strategy",
    "legacy-peer-deps",
    "link-workspace-packages",
    "node-linker",
    "public-hoist-pattern[]",
    "shamefully-hoist",
    "strict-peer-deps",
    "strict-peer-dependencies",
];

/// Variables that say where packages come from.
const REGISTRY: &[&str] = &["npm_config_registry", "NPM_CONFIG_REGISTRY", "YARN_REGISTRY", "BUN_CONFIG_REGISTRY"];

impl Workshop<'_> {
    /// Fetches what the lock file names from `registry`, with `hosts` in reach and no script running; then what has to be
    /// built of it, in the project and with no host in reach.
    ///
    /// # Errors
    /// When hosts can't be granted here, or a command can't be started.
    pub fn install(&self, registry: &str, hosts: &[Host]) -> Result<Vec<(String, Ended)>, PackError> {
        let shop = &self.bench.shop;
        let Bounds::Cell(cell) = &shop.bounds else { return Err(PackError::Hosts) };
        if self.tool.packer == Packer::Yarn {
            // Its settings name its plugins, and it does little without them.
            return Err(PackError::FetchedElsewhere);
        }
        let place = shop.whole.join("fetch");
        let project = place.join("project");
        std::fs::create_dir(&place).and_then(|()| self.lay_out(&project)).map_err(PackError::Scratch)?;
        let environment = Environment::new(&place, None, &[]).map_err(PackError::Scratch)?;
        let mut cell = cell.clone();
        cell.open = vec![place.clone()];
        let _proxy = granted(&mut cell, &shop.whole.join("fetch-way"), hosts)?;
        let runner = shop.runner.clone();
        let alone = Shop { environment, bounds: Bounds::Cell(cell), runner, scratch: place, whole: shop.whole.clone() };
        let mut fetch = self.tool.fetch(&project, &alone);
        fetch.envs(REGISTRY.iter().map(|name| (name, registry)));
        let mut ended = vec![self.told(&alone, &fetch)?];
        if ended.iter().all(|(_, end)| is_well(end)) {
            self.take_over(&project).map_err(PackError::Scratch)?;
            if let Some(build) = self.tool.rebuild(self.bench.project.root(), shop) {
                ended.push(self.told(shop, &build)?);
            }
        }
        Ok(ended)
    }

    fn told(&self, shop: &Shop, command: &std::process::Command) -> Result<(String, Ended), PackError> {
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        let what = format!("{} {}", self.tool.packer.program(), words.join(" "));
        Ok((what, self.bench.run_in(shop, command)?))
    }

    /// Writes manifests, lock files and harmless settings into `to`, as they lie in the project.
    fn lay_out(&self, to: &Path) -> io::Result<()> {
        for folder in self.folders() {
            let (from, to) = (self.bench.project.root().join(&folder), to.join(&folder));
            std::fs::create_dir_all(&to)?;
            for name in NAMED_BY.iter().filter(|name| is_file(&from.join(name))) {
                std::fs::copy(from.join(name), to.join(name))?;
            }
            if is_file(&from.join(".npmrc")) {
                std::fs::write(to.join(".npmrc"), harmless(&std::fs::read_to_string(from.join(".npmrc"))?))?;
            }
        }
        Ok(())
    }

    /// Puts what was fetched into the project, in place of what was there.
    fn take_over(&self, from: &Path) -> io::Result<()> {
        for folder in self.folders() {
            let (fetched, own) = (from.join(&folder), self.bench.project.root().join(&folder));
            let (fetched, own) = (fetched.join("node_modules"), own.join("node_modules"));
            if !fetched.is_symlink() && fetched.is_dir() {
                match std::fs::remove_dir_all(&own) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => std::fs::rename(&fetched, &own)?,
                }
            }
        }
        Ok(())
    }

    /// The folders of all packages, below the root, and the root itself.
    fn folders(&self) -> Vec<PathBuf> {
        let own = self.bench.project.packages().iter().map(|package| PathBuf::from(&package.folder));
        let mut folders: Vec<PathBuf> = std::iter::once(PathBuf::new()).chain(own).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}

/// Whether it is a file of the project itself, and no link to another.
fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|about| about.is_file())
}

fn is_well(ended: &Ended) -> bool {
    matches!(&ended.end, End::Exit(status) if status.success())
}

/// The lines of settings that say how packages are laid down.
fn harmless(text: &str) -> String {
    let lines = text.split(['\n', '\r']).filter(|line| {
        let key = line.split('=').next().unwrap_or_default().trim();
        SETTINGS.contains(&key) && !line.contains("${")
    });
    lines.map(|line| [line, "\n"].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_name_programs_or_places_are_left_out() {
        let text = "legacy-peer-deps=true\ngit=./git.sh\nregistry=http://127.0.0.1:1/\r\nnode-linker = hoisted\nscript-shell=x\rhoist-pattern[]=*a*\n//r/:_authToken=x\nnode-linker=${X}\n";
        assert_eq!(harmless(text), "legacy-peer-deps=true\nnode-linker = hoisted\nhoist-pattern[]=*a*\n");
    }
}
