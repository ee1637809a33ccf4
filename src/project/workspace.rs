//! A workspace's patterns → its packages, in order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::manifest::Manifest;
use super::{Package, ProjectError, text, yaml};

/// No honest workspace has more folders outside of `node_modules`.
const MOST: usize = 200_000;

/// The patterns of a workspace, checked.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    written: String,
    /// Matches the path of a manifest below the root.
    glob: GlobMatcher,
    /// The part of the path before the first sign of a pattern.
    base: String,
    negated: bool,
}

/// The patterns that `folder` states as the root of a workspace; `None` where it is none.
pub(super) fn patterns(folder: &Path, manifest: Option<&Manifest>) -> Result<Option<Patterns>, ProjectError> {
    const PNPM: &str = "pnpm-workspace.yaml";
    let pnpm = text::read(&folder.join(PNPM), PNPM)?.and_then(|text| yaml::list(&text, "packages"));
    let (file, written) = match (pnpm, manifest.and_then(|manifest| manifest.workspaces.clone())) {
        (Some(list), _) => (PNPM, list),
        (None, Some(list)) => ("package.json", list),
        (None, None) => return Ok(None),
    };
    let rows = written.iter().map(|pattern| row(pattern, file)).collect::<Result<_, _>>()?;
    Ok(Some(Patterns { rows }))
}

fn row(written: &str, file: &str) -> Result<Row, ProjectError> {
    let (negated, rest) = written.strip_prefix('!').map_or((false, written), |rest| (true, rest));
    let trimmed = rest.trim_start_matches("./").trim_end_matches('/');
    let path = if matches!(trimmed, "." | "") { "package.json".to_owned() } else { format!("{trimmed}/package.json") };
    let glob = GlobBuilder::new(&path).literal_separator(true).build().map_err(|error| ProjectError::Pattern {
        file: file.to_owned(),
        pattern: written.to_owned(),
        why: error.kind().to_string(),
    })?;
    let special = |part: &&str| part.contains(['*', '?', '[', '{']);
    let base: Vec<&str> =
        path.split('/').take_while(|part| !special(part)).filter(|part| *part != "package.json").collect();
    Ok(Row { written: written.to_owned(), glob: glob.compile_matcher(), base: base.join("/"), negated })
}

impl Patterns {
    /// Whether the package in `folder`, a path below the root, belongs to the workspace.
    pub(super) fn include(&self, folder: &str) -> bool {
        let file = format!("{folder}/package.json");
        let hit = |row: &Row| row.glob.is_match(&file);
        !folder.split('/').any(|part| part == "node_modules")
            && self.rows.iter().filter(|row| !row.negated).any(hit)
            && !self.rows.iter().filter(|row| row.negated).any(hit)
    }

    /// Every package below `root`: in the order of the patterns, then of their paths; and what was odd.
    pub(super) fn packages(&self, root: &Path) -> Result<(Vec<Package>, Vec<String>), ProjectError> {
        let (mut found, mut seen, mut notes) = (Vec::new(), BTreeSet::from([String::new()]), Vec::new());
        let mut looked = 0;
        for row in self.rows.iter().filter(|row| !row.negated) {
            let mut hits = 0;
            for folder in folders(root, row, &mut looked, &mut notes)? {
                if !row.glob.is_match(Path::new(&folder).join("package.json")) {
                    continue;
                }
                // What was taken out again is not read: it may be broken on purpose.
                if !folder.is_empty() && !self.include(&folder) {
                    hits += 1;
                } else if let Some(manifest) = Manifest::find(&root.join(&folder), &folder)? {
                    hits += 1;
                    if seen.insert(folder.clone()) {
                        found.push(Package { folder, manifest });
                    }
                }
            }
            if hits == 0 {
                notes.push(format!("the workspace pattern {:?} matches no package", row.written));
            }
        }
        Ok((found, notes))
    }
}

/// The folders below `root` that a pattern could mean, as paths with forward slashes. Links are not followed, so that
/// nothing outside of the project is taken for a part of it.
fn folders(root: &Path, row: &Row, looked: &mut usize, notes: &mut Vec<String>) -> Result<Vec<String>, ProjectError> {
    let base: PathBuf = root.join(&row.base);
    let inside = super::real(&base).is_ok_and(|real| real.starts_with(root));
    if !inside || row.base.split('/').any(|part| matches!(part, ".." | "node_modules")) {
        return Ok(Vec::new());
    }
    let skipped = |name: &std::ffi::OsStr| name == "node_modules" || name == ".git";
    let walk = walkdir::WalkDir::new(&base).follow_links(false).sort_by_file_name();
    // One more star can only mean one more folder.
    let deep = row.written.contains("**");
    let depth = row
        .glob
        .glob()
        .glob()
        .split('/')
        .count()
        .saturating_sub(row.base.split('/').filter(|part| !part.is_empty()).count() + 1);
    let walk = if deep { walk } else { walk.max_depth(depth) };
    let mut found = Vec::new();
    for entry in walk.into_iter().filter_entry(|entry| entry.file_type().is_dir() && !skipped(entry.file_name())) {
        let entry = match entry {
            Ok(entry) => entry,
            // It may be no part of the workspace at all, so it stops nothing; but the user should know.
            Err(error) if error.depth() > 0 => {
                notes.push(format!("while looking for packages: {error}"));
                continue;
            }
            Err(_) => return Ok(found),
        };
        *looked += 1;
        if *looked > MOST {
            return Err(ProjectError::Vast { most: MOST });
        }
        if let Some(path) = below(root, entry.path()) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The path of `folder` below `root`, with forward slashes; `None` where it is not below, or is no UTF-8.
pub(super) fn below(root: &Path, folder: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = folder.strip_prefix(root).ok()?.iter().map(std::ffi::OsStr::to_str).collect();
    Some(parts?.join("/"))
}
