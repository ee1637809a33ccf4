//! A folder → the project in it: its packages, its package manager, what it builds and releases with. Runs nothing.

mod error;
mod habits;
mod manifest;
mod packer;
mod pattern;
mod text;
mod walk;
mod workspace;
mod yaml;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use error::ProjectError;
pub use habits::Habits;
pub use manifest::Manifest;
pub use packer::{Choice, Packer, major};

/// One package of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Where it is below the project's root, with forward slashes; empty where it is the root.
    pub folder: String,
    /// What it says about itself.
    pub manifest: Manifest,
}

impl Package {
    /// Its name, or its folder where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        match (&self.manifest.name, self.folder.as_str()) {
            (Some(name), _) => name,
            (None, "") => "the root",
            (None, folder) => folder,
        }
    }
}

/// A project as it lies on disk.
#[derive(Debug)]
pub struct Project {
    folder: PathBuf,
    root: PathBuf,
    repository: PathBuf,
    packages: Vec<Package>,
    choice: Choice,
    yarn_path: Option<PathBuf>,
    notes: Vec<String>,
    habits: Habits,
}

impl Project {
    /// Reads the project in `dir`: the whole workspace if it is the root of one, else the one package.
    ///
    /// # Errors
    /// What is wrong with a manifest, or with the patterns of the workspace.
    pub fn read(dir: &Path) -> Result<Self, ProjectError> {
        let shown = || dir.display().to_string();
        let folder = real(dir).map_err(|source| ProjectError::Folder { folder: shown(), source })?;
        let own = Manifest::read(&folder, ".").map_err(|error| match error {
            ProjectError::Missing { .. } => ProjectError::Missing { folder: shown() },
            other => other,
        })?;
        let home = repository(&folder);
        let within: Vec<&Path> = up(&folder, home.as_deref().unwrap_or(&folder)).collect();
        let packer = packer::choose(&[&own], &within)?.packer;
        let (root, mut packages, mut notes, above) = match workspace::patterns(&folder, Some(&own), packer)? {
            Some(patterns) => {
                let (members, notes) = patterns.packages(&folder)?;
                (folder.clone(), members, notes, None)
            }
            None => match enclosing(&folder, &own, home.as_deref())? {
                Some((root, above)) => (root, Vec::new(), Vec::new(), Some(above)),
                None => (folder.clone(), Vec::new(), Vec::new(), None),
            },
        };
        let place = workspace::below(&root, &folder).unwrap_or_default();
        packages.insert(0, Package { folder: place, manifest: own.clone() });
        let top = home.as_deref().unwrap_or(&root);
        let folders: Vec<&Path> = up(&folder, top).collect();
        let manifests: Vec<&Manifest> = std::iter::once(&own).chain(&above).collect();
        let choice = packer::choose(&manifests, &folders)?;
        notes.extend(choice.notes.iter().cloned());
        let yarn_path = packer::yarn_path(&folders)?;
        let habits = habits(&root, &folder, &packages, above.as_ref(), top);
        let repository = top.to_owned();
        Ok(Self { folder, root, repository, packages, choice, yarn_path, notes, habits })
    }

    /// The folder that was named, as a real path.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The root of the workspace; the folder itself where there is none.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The root of the repository; that of the project where there is none.
    #[must_use]
    pub fn repository(&self) -> &Path {
        &self.repository
    }

    /// Its packages: the one that was named, or the root of the workspace and all of its members, private ones too.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The package manager, and what told it.
    #[must_use]
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// The program that Yarn's settings name to be run in its place.
    #[must_use]
    pub fn yarn_path(&self) -> Option<&Path> {
        self.yarn_path.as_deref()
    }

    /// What was odd, in words for the user.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What it builds, checks and releases with.
    #[must_use]
    pub fn habits(&self) -> &Habits {
        &self.habits
    }

    /// The packages that are published, in the order of the workspace.
    ///
    /// # Errors
    /// There is none.
    pub fn publishable(&self) -> Result<Vec<&Package>, ProjectError> {
        let found: Vec<&Package> = self.packages.iter().filter(|one| one.manifest.unpublished().is_none()).collect();
        if found.is_empty() {
            let why = |one: &Package| Some(format!("{}: {}", one.name(), one.manifest.unpublished()?));
            let mut reasons: Vec<String> = self.packages.iter().filter_map(why).take(5).collect();
            if self.packages.len() > reasons.len() {
                reasons.push(format!("and {} more", self.packages.len() - reasons.len()));
            }
            return Err(ProjectError::NothingToPublish { why: reasons.join(", ") });
        }
        Ok(found)
    }
}

/// The path that the system knows `path` under, links resolved.
///
/// # Errors
/// There is nothing, or it can't be reached.
pub fn real(path: &Path) -> std::io::Result<PathBuf> {
    let real = path.canonicalize()?;
    // On Windows it begins with a mark that cmd.exe, which runs npm, does not know.
    let marked = real.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|rest| !rest.starts_with("UNC"));
    Ok(marked.filter(|_| cfg!(windows)).map(PathBuf::from).unwrap_or(real))
}

/// `folder` and the folders above it, up to `top`.
fn up<'p>(folder: &'p Path, top: &'p Path) -> impl Iterator<Item = &'p Path> {
    folder.ancestors().take_while(move |above| above.starts_with(top))
}

/// The root of the repository that `folder` lies in.
fn repository(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned)
}

/// The workspace above `folder` that counts it among its packages, and the manifest of its root.
fn enclosing(
    folder: &Path,
    own: &Manifest,
    repository: Option<&Path>,
) -> Result<Option<(PathBuf, Manifest)>, ProjectError> {
    for above in folder.ancestors().skip(1).filter(|above| repository.is_none_or(|top| above.starts_with(top))) {
        match counted(above, folder, own, repository) {
            Ok(Some(manifest)) => return Ok(Some((above.to_owned(), manifest))),
            Err(error) if repository.is_some() => return Err(error),
            // Without a repository, what stands above and can't be read is none of ours.
            Ok(None) | Err(_) => {}
        }
    }
    Ok(None)
}

/// The manifest of `above`, if that is the root of a workspace that `folder` belongs to.
fn counted(
    above: &Path,
    folder: &Path,
    own: &Manifest,
    repository: Option<&Path>,
) -> Result<Option<Manifest>, ProjectError> {
    let manifest = Manifest::find(above, &above.display().to_string())?;
    let folders: Vec<&Path> = up(folder, repository.unwrap_or(above)).collect();
    let manifests: Vec<&Manifest> = std::iter::once(own).chain(&manifest).collect();
    let packer = packer::choose(&manifests, &folders)?.packer;
    let patterns = workspace::patterns(above, manifest.as_ref(), packer)?;
    let place = workspace::below(above, folder);
    let within = patterns.zip(place).is_some_and(|(patterns, place)| patterns.include(&place));
    Ok(within.then(|| manifest.unwrap_or_default()))
}

fn habits(root: &Path, folder: &Path, packages: &[Package], above: Option<&Manifest>, top: &Path) -> Habits {
    let mut folders: Vec<PathBuf> = packages.iter().map(|package| root.join(&package.folder)).collect();
    folders.extend([root.to_owned(), folder.to_owned()]);
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    let manifests = packages.iter().map(|package| &package.manifest).chain(above);
    let installed: BTreeSet<&str> = manifests
        .flat_map(|manifest| manifest.dev_dependencies.iter().chain(&manifest.dependencies).map(String::as_str))
        .collect();
    habits::look(&folders, &installed, top)
}
