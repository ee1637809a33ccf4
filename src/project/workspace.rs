//! A workspace's patterns → its packages, in order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::packer::Packer;
use super::pattern::{Pattern, split};
use super::walk::{Place, Walk};
use super::{Package, ProjectError, text, yaml};

const PNPM: &str = "pnpm-workspace.yaml";

/// The patterns of a workspace, checked.
#[derive(Debug)]
pub(super) struct Patterns {
    rows: Vec<Row>,
    packer: Packer,
}

#[derive(Debug)]
struct Row {
    written: String,
    pattern: Pattern,
    negated: bool,
}

/// The patterns that `folder` states as the root of a workspace of `packer`; `None` where it is none. Where both files
/// state some, each package manager reads its own; where only the other does, more is better than less.
pub(super) fn patterns(
    folder: &Path,
    manifest: Option<&Manifest>,
    packer: Packer,
) -> Result<Option<Patterns>, ProjectError> {
    let pnpm = text::read(&folder.join(PNPM), PNPM)?;
    let pnpm = pnpm.map(|text| yaml::list(&text, PNPM, "packages")).transpose()?.flatten();
    let own = manifest.and_then(|manifest| manifest.workspaces.clone());
    let (file, written) = match (pnpm, own) {
        (Some(list), None) => (PNPM, list),
        (Some(list), Some(_)) if packer == Packer::Pnpm => (PNPM, list),
        (Some(_) | None, Some(list)) => ("package.json", list),
        (None, None) => return Ok(None),
    };
    Patterns::parse(&written, file, packer).map(Some)
}

impl Patterns {
    fn parse(written: &[String], file: &str, packer: Packer) -> Result<Self, ProjectError> {
        let rows = written.iter().map(|pattern| row(pattern, packer)).collect::<Result<_, _>>();
        let rows = rows.map_err(|(pattern, why)| ProjectError::Pattern { file: file.to_owned(), pattern, why })?;
        Ok(Self { rows, packer })
    }

    /// Whether the package in `folder`, a path below the root, belongs to the workspace. Older versions of a package
    /// manager count otherwise than newer ones: what any of them counts is counted.
    pub(super) fn include(&self, folder: &str) -> bool {
        let hit = |row: &Row| row.pattern.matches(split(folder), row.negated);
        let Some(last) = self.rows.iter().rposition(|row| !row.negated && hit(row)) else {
            return false;
        };
        let out = |(at, row): (usize, &Row)| {
            row.negated
                && match self.packer {
                    Packer::Pnpm => true,
                    // It has no negation: it looks for a folder whose name begins with `!`.
                    Packer::YarnClassic => false,
                    Packer::Npm | Packer::Yarn | Packer::Bun => at > last && !self.recalled(at, row),
                }
                && hit(row)
        };
        // Bun takes out only what a star brought in.
        let named = || {
            self.packer == Packer::Bun && self.rows.iter().any(|row| !row.negated && row.pattern.literal() && hit(row))
        };
        split(folder).all(|part| part != "node_modules") && (named() || !self.rows.iter().enumerate().any(out))
    }

    /// Whether a later pattern begins again where this one ends. npm then forgets the whole negation.
    fn recalled(&self, at: usize, row: &Row) -> bool {
        let mut later = self.rows.iter().skip(at + 1).filter(|later| !later.negated);
        later.any(|later| row.pattern.matches(later.pattern.text.iter().map(String::as_str), true))
    }

    /// Every package below `root`: in the order of the patterns, then of their paths; and what was odd.
    pub(super) fn packages(&self, root: &Path) -> Result<(Vec<Package>, Vec<String>), ProjectError> {
        let seen = BTreeSet::from([root.to_owned()]);
        let mut search = Search { root, walk: Walk::default(), seen, found: Vec::new() };
        search.gather(root, self)?;
        let mut at = 0;
        // Yarn's workspaces may hold others.
        while let Some(package) = search.found.get(at).filter(|_| self.packer == Packer::Yarn) {
            let (folder, list) = (package.folder.clone(), package.manifest.workspaces.clone());
            let inner = Self::parse(&list.unwrap_or_default(), &format!("{folder}/package.json"), self.packer)?;
            search.gather(&root.join(&folder), &inner)?;
            at += 1;
        }
        let mut notes = search.walk.notes;
        if self.packer == Packer::YarnClassic {
            let odd = self.rows.iter().filter(|row| row.negated).map(|row| &row.written);
            notes.extend(odd.map(|one| format!("Yarn 1 takes out nothing for the workspace pattern {one:?}")));
        }
        Ok((search.found, notes))
    }
}

/// An error is the pattern, and what is wrong with it.
fn row(written: &str, packer: Packer) -> Result<Row, (String, String)> {
    let rest = written.trim_start_matches('!');
    let signs = written.len() - rest.len();
    // `!!a` is `a`; what three of them mean is another thing to some, who take nothing out for it.
    let negated = signs == 1 || signs % 2 == 1 && matches!(packer, Packer::Npm | Packer::Bun);
    let pattern = Pattern::parse(rest).map_err(|why| (written.to_owned(), why))?;
    Ok(Row { written: written.to_owned(), pattern, negated })
}

/// A search for packages, and what it has brought so far.
struct Search<'r> {
    root: &'r Path,
    walk: Walk,
    /// Real paths: a package that is reached twice is one.
    seen: BTreeSet<PathBuf>,
    found: Vec<Package>,
}

impl Search<'_> {
    /// Takes up what `patterns`, stated in `base`, mean.
    fn gather(&mut self, base: &Path, patterns: &Patterns) -> Result<(), ProjectError> {
        for row in patterns.rows.iter().filter(|row| !row.negated) {
            let mut hits = 0_usize;
            for place in self.walk.folders(base, &row.pattern)? {
                // What was taken out again is not read: it may be broken on purpose.
                let counted = place.path.is_empty() || patterns.include(&place.path);
                if !counted || self.seen.contains(&place.real) || self.take(&place)? {
                    hits += 1;
                }
            }
            if hits == 0 {
                self.walk.notes.push(format!("the workspace pattern {:?} matches no package", row.written));
            }
        }
        Ok(())
    }

    /// Takes up the package in `place`, under its real path: packers run there. Whether there is one.
    fn take(&mut self, place: &Place) -> Result<bool, ProjectError> {
        let inside = below(self.root, &place.real);
        let Some(manifest) = Manifest::find(&place.real, inside.as_deref().unwrap_or(&place.path))? else {
            return Ok(false);
        };
        self.seen.insert(place.real.clone());
        match inside {
            Some(folder) => self.found.push(Package { folder, manifest }),
            None if manifest.unpublished().is_some() => {}
            None => {
                let target = place.real.display().to_string();
                return Err(ProjectError::Outside { folder: place.path.clone(), target });
            }
        }
        Ok(true)
    }
}

/// The path of `folder` below `root`, with forward slashes; `None` where it is not below, or is no UTF-8.
pub(super) fn below(root: &Path, folder: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = folder.strip_prefix(root).ok()?.iter().map(std::ffi::OsStr::to_str).collect();
    Some(parts?.join("/"))
}
