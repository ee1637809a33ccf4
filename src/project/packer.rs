//! packageManager, devEngines and lock files → the package manager of a project, and what contradicts it.

use std::fmt;
use std::path::Path;

use super::manifest::Manifest;
use super::{ProjectError, text, yaml};

/// A package manager that makes tarballs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Packer {
    /// npm.
    Npm,
    /// pnpm.
    Pnpm,
    /// Yarn 1, which is frozen and still common.
    YarnClassic,
    /// Yarn 2 and later, whose commands and settings are others.
    Yarn,
    /// Bun.
    Bun,
}

impl Packer {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Npm, Self::Pnpm, Self::YarnClassic, Self::Yarn, Self::Bun];

    /// The name of its program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::Yarn => "yarn",
            Self::Bun => "bun",
        }
    }

    /// The one of this name, and of this version where the name alone does not tell.
    fn named(name: &str, version: Option<&str>, yarn: Self) -> Option<Self> {
        match name {
            "npm" => Some(Self::Npm),
            "pnpm" => Some(Self::Pnpm),
            "bun" => Some(Self::Bun),
            "yarn" => Some(match version.map(|version| (major(version), version)) {
                Some((Some(1), _)) => Self::YarnClassic,
                Some((Some(_), _) | (None, "berry" | "stable" | "canary")) => Self::Yarn,
                Some((None, _)) | None => yarn,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Packer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic => "Yarn 1",
            Self::Yarn => "Yarn 2 or later",
            Self::Bun => "Bun",
        })
    }
}

/// The package manager of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub packer: Packer,
    /// The version that the project asks for, without a hash: `9.1.0`, `^4`.
    pub version: Option<String>,
    /// What told it: `packageManager`, `pnpm-lock.yaml`, or nothing.
    pub told_by: Option<String>,
    /// What contradicts it, in words.
    pub notes: Vec<String>,
}

/// Chooses by what the manifests say, innermost first, then by the lock files of `folders`, innermost first.
pub(super) fn choose(manifests: &[&Manifest], folders: &[&Path]) -> Result<Choice, ProjectError> {
    let locks = locks(folders)?;
    let yarn = locks.iter().map(|lock| lock.1).find(|packer| packer.program() == "yarn");
    let yarn = yarn.unwrap_or(if folders.iter().any(|folder| folder.join(".yarnrc.yml").exists()) {
        Packer::Yarn
    } else {
        Packer::YarnClassic
    });
    let mut notes = Vec::new();
    let mut choice = None;
    for (place, name, version) in manifests.iter().flat_map(|manifest| fields(manifest)) {
        match Packer::named(&name, version.as_deref(), yarn) {
            Some(packer) if choice.is_none() => choice = Some((packer, version, Some(place.to_owned()))),
            Some(_) => {}
            None => notes.push(format!("{place} names {name:?}, which is no package manager that can be packed with")),
        }
    }
    let first = locks.first().copied().or_else(|| settings(folders));
    let first = first.map(|(file, packer)| (packer, None, Some(file.to_owned())));
    let (packer, version, told_by) = choice.or(first).unwrap_or((Packer::Npm, None, None));
    let reason = told_by.clone().unwrap_or_default();
    for (file, other) in locks.iter().filter(|(file, other)| *other != packer && *file != reason) {
        notes.push(format!("{file} was written by {other}, but {reason} says {packer}: packing with {packer}"));
    }
    Ok(Choice { packer, version, told_by, notes })
}

/// What a manifest says: where, the name, the version.
fn fields(manifest: &Manifest) -> Vec<(&'static str, String, Option<String>)> {
    let mut found = Vec::new();
    if let Some(text) = &manifest.package_manager {
        let (name, version) = text.split_once('@').map_or((text.as_str(), None), |(name, rest)| (name, Some(rest)));
        let version = version.map(|version| version.split('+').next().unwrap_or_default().to_owned());
        // A version may also be a URL, which tells nothing.
        found.push(("packageManager", name.to_owned(), version.filter(|version| !version.contains(':'))));
    }
    let engines = manifest.dev_engines.iter();
    found.extend(engines.map(|(name, version)| ("devEngines.packageManager", name.clone(), version.clone())));
    found
}

/// The lock files in the innermost folder that has any.
fn locks(folders: &[&Path]) -> Result<Vec<(&'static str, Packer)>, ProjectError> {
    for folder in folders {
        let mut found = Vec::new();
        let is = |name: &str| folder.join(name).is_file();
        if is("pnpm-lock.yaml") {
            found.push(("pnpm-lock.yaml", Packer::Pnpm));
        }
        if let Some(text) = text::read(&folder.join("yarn.lock"), "yarn.lock")? {
            found.push(("yarn.lock", yarn_of(&text, is(".yarnrc.yml"))));
        }
        for (name, packer) in [
            ("bun.lock", Packer::Bun),
            ("bun.lockb", Packer::Bun),
            ("npm-shrinkwrap.json", Packer::Npm),
            ("package-lock.json", Packer::Npm),
        ] {
            if is(name) {
                found.push((name, packer));
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Settings that only one package manager has: they tell where nothing was locked yet.
fn settings(folders: &[&Path]) -> Option<(&'static str, Packer)> {
    let rows = [(".yarnrc.yml", Packer::Yarn), ("pnpm-workspace.yaml", Packer::Pnpm), ("bunfig.toml", Packer::Bun)];
    folders.iter().find_map(|folder| rows.iter().find(|(file, _)| folder.join(file).is_file()).copied())
}

/// Yarn 1 and later write different lock files under one name; an empty one tells nothing.
fn yarn_of(lock: &str, settings: bool) -> Packer {
    if lock.lines().any(|line| line.trim_start_matches(['"', '\'']).starts_with("__metadata")) {
        Packer::Yarn
    } else if lock.contains("# yarn lockfile v1") || !settings {
        Packer::YarnClassic
    } else {
        Packer::Yarn
    }
}

/// The first number of a version or a range.
#[must_use]
pub fn major(version: &str) -> Option<u64> {
    let digits: String =
        version.chars().skip_while(|c| "^~>=<v ".contains(*c)).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The program that `.yarnrc.yml` names in the innermost of `folders` that names one.
pub(super) fn yarn_path(folders: &[&Path]) -> Result<Option<std::path::PathBuf>, ProjectError> {
    const SETTINGS: &str = ".yarnrc.yml";
    for folder in folders {
        let settings = text::read(&folder.join(SETTINGS), SETTINGS)?;
        let path = settings.map(|text| yaml::word(&text, SETTINGS, "yarnPath")).transpose()?;
        if let Some(path) = path.flatten() {
            return Ok(Some(folder.join(path)));
        }
    }
    Ok(None)
}
