//! The reviewed contents of each package: read, written, and held against what would ship.

use std::collections::BTreeMap;

use super::generated::{generated, restored};
use crate::model::{Finding, Level, Listed, Place, Reviewed, Rule};

pub(super) const UNLISTED: Rule = Rule::fixed(
    "path/unlisted",
    (Level::Deny, Level::Deny),
    "a file that is not on the reviewed list",
    "Nobody has looked at it: this is how a source map, a key or a dump slips into a release.",
    "leave it out, or review it and write the list anew: lastlook audit TARGET --write-snapshot",
);

pub(super) const GROWTH: Rule = Rule::fixed(
    "path/growth",
    (Level::Deny, Level::Deny),
    "more than the reviewed list lets it grow",
    "A file that suddenly is much larger holds something that was not there when it was reviewed, such as an inline map.",
    "see what grew (lastlook diff OLD NEW), and if it is right write the list anew: lastlook audit TARGET --write-snapshot",
);

/// Growth by fewer bytes is nothing.
const SLACK: u64 = 512;

const HEAD: &str = "\
# The reviewed contents of each package: bytes and path of every file. A file that is not listed blocks the release.
# Written by `lastlook audit TARGET --write-snapshot`; review what changes in it as you review code.
# [hash:8] stands for any eight generated characters; * 3 behind it says for how many files, with the sum of their bytes.
";

/// The name under which what is no package is listed.
const NO_PACKAGE: &str = "(no package)";

/// Why a list can't be used.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct SnapshotError {
    line: usize,
    what: &'static str,
}

/// The files of one package: how many each row stands for, and their bytes.
type Files = BTreeMap<String, (u64, u64)>;

/// The reviewed contents.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    text: String,
    packages: BTreeMap<String, Files>,
}

/// The reviewed contents, and how much they may grow.
#[derive(Debug, Clone)]
pub struct Contents {
    /// What was reviewed.
    pub snapshot: Snapshot,
    /// By which part of their size.
    pub growth: Option<f64>,
}

impl Snapshot {
    /// Reads a list.
    ///
    /// # Errors
    /// The first line that has another form.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let mut packages: BTreeMap<String, Files> = BTreeMap::new();
        let mut current: Option<String> = None;
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let fault = |what| SnapshotError { line: at + 1, what };
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let name = unquoted(name).ok_or_else(|| fault("a quoted name is written as in JSON"))?;
                if packages.insert(name.clone(), Files::new()).is_some() {
                    return Err(fault("this package is listed twice"));
                }
                current = Some(name);
                continue;
            }
            let files = current.as_ref().and_then(|name| packages.get_mut(name));
            let files =
                files.ok_or_else(|| fault("a package has to be named before its files, such as [@acme/cli]"))?;
            let row = line
                .trim_start()
                .split_once([' ', '\t'])
                .and_then(|(size, path)| Some((size.parse().ok()?, path.trim_start())));
            let (size, path): (u64, &str) = row.ok_or_else(|| fault("a row has the form BYTES PATH"))?;
            let counted = path.rsplit_once(" * ").filter(|(path, _)| path.contains("[hash:"));
            let (path, count) =
                counted.and_then(|(path, count)| Some((path, count.parse().ok()?))).unwrap_or((path, 1));
            let literal = path.starts_with('"');
            let path = unquoted(path).ok_or_else(|| fault("a quoted path is written as in JSON"))?;
            let path = if literal { format!("\"{path}") } else { path };
            if files.insert(path, (count, size)).is_some() {
                return Err(fault("this path is listed twice: which of its sizes was reviewed?"));
            }
        }
        Ok(Self { text: text.to_owned(), packages })
    }

    /// The list as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Lists the files of a package, in place of what was listed of it.
    pub fn replace(&mut self, package: Option<&str>, listing: &[Listed]) {
        let mut files = Files::new();
        for file in listing {
            let row = files.entry(key(&file.path)).or_default();
            *row = (row.0 + 1, row.1.saturating_add(file.size));
        }
        self.packages.insert(package.unwrap_or(NO_PACKAGE).to_owned(), files);
        self.text = self.written();
    }

    fn written(&self) -> String {
        let mut text = HEAD.to_owned();
        for (package, files) in &self.packages {
            let odd = package.starts_with('"') || package.chars().any(|c| c.is_control() || matches!(c, '[' | ']'));
            text.extend(["\n[", &if odd { quoted(package) } else { package.clone() }, "]\n"]);
            for (path, (count, size)) in files {
                let path = path.strip_prefix('"').map_or_else(|| path.clone(), quoted);
                let count = if *count > 1 { format!(" * {count}") } else { String::new() };
                text.extend([&format!("{size:>10} "), path.as_str(), &count, "\n"]);
            }
        }
        text
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn unquoted(text: &str) -> Option<String> {
    if text.starts_with('"') { serde_json::from_str(text).ok() } else { Some(text.to_owned()) }
}

/// How a path is listed: with its generated parts left open; odd ones behind a quote, as they are.
fn key(path: &str) -> String {
    let odd = path.chars().any(|c| c.is_control() || c == '"') || path.trim() != path || path.contains("[hash:");
    if odd { format!("\"{path}") } else { generated(path) }
}

impl Contents {
    /// Holds the files of a package against what was reviewed of it.
    #[must_use]
    pub fn compare(&self, package: Option<&str>, listing: &[Listed]) -> Vec<Finding> {
        let name = package.unwrap_or(NO_PACKAGE);
        let Some(reviewed) = self.snapshot.packages.get(name) else {
            let what = format!("nothing of {name} is on the reviewed list: all {} files are new", listing.len());
            return vec![Finding::new(&UNLISTED.id, Place::whole(), what).keyed(name)];
        };
        let mut findings = Vec::new();
        let mut sizes: BTreeMap<&str, (u64, u64, &str)> = BTreeMap::new();
        for file in listing {
            match row_of(reviewed, &file.path) {
                Some((row, (most, _))) => {
                    let (count, size, _) = sizes.entry(row).or_insert((0, 0, &file.path));
                    (*count, *size) = (*count + 1, size.saturating_add(file.size));
                    if *count > *most {
                        let what = format!("one more than the {most} that were reviewed of such a name");
                        findings.push(Finding::new(&UNLISTED.id, Place::at(&file.path), what));
                    }
                }
                None => findings.push(Finding::new(&UNLISTED.id, Place::at(&file.path), "not on the reviewed list")),
            }
        }
        let Some(limit) = self.growth else { return findings };
        let mut check = |place: Place, old: u64, new: u64| {
            if let Some(part) = grown(old, new).filter(|part| *part > limit) {
                let by = if part.is_finite() { format!("{:.0}%", part * 100.0) } else { "from nothing".to_owned() };
                let what = format!("grew {by}: {old} bytes were reviewed, {new} would ship");
                findings.push(Finding::new(&GROWTH.id, place, what));
            }
        };
        for (row, (_, size, path)) in &sizes {
            check(Place::at(path), reviewed.get(*row).map_or(0, |(_, size)| *size), *size);
        }
        let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
        let whole = sum(&mut listing.iter().map(|file| file.size));
        check(Place::whole(), sum(&mut reviewed.values().map(|(_, size)| *size)), whole);
        findings
    }

    /// What changed since the files of a package were reviewed; none where they never were.
    #[must_use]
    pub fn since(&self, package: Option<&str>, listing: &[Listed]) -> Option<Vec<Reviewed>> {
        let reviewed = self.snapshot.packages.get(package.unwrap_or(NO_PACKAGE))?;
        let was = |(row, (_, size)): (&String, &(u64, u64))| (row.clone(), (Some(*size), None));
        let mut rows: BTreeMap<String, (Option<u64>, Option<u64>)> = reviewed.iter().map(was).collect();
        for file in listing {
            let row = row_of(reviewed, &file.path).map_or_else(|| file.path.clone(), |(row, _)| row.clone());
            let (_, now) = rows.entry(row).or_default();
            *now = Some(now.unwrap_or(0).saturating_add(file.size));
        }
        let changed = rows.into_iter().filter(|(_, (before, now))| before != now);
        let plain = |row: String| row.strip_prefix('"').map_or_else(|| row.clone(), str::to_owned);
        Some(changed.map(|(row, (before, now))| Reviewed { path: plain(row), before, now }).collect())
    }
}

/// The row of the list that a path falls under.
fn row_of<'f>(reviewed: &'f Files, path: &str) -> Option<(&'f String, &'f (u64, u64))> {
    let row = reviewed.get_key_value(&key(path)).or_else(|| reviewed.get_key_value(path));
    row.or_else(|| reviewed.iter().find(|(row, _)| row.contains("[hash:") && restored(row, path)))
}

/// By which part something grew, unless that is next to nothing.
#[allow(clippy::cast_precision_loss, reason = "a part of a hundred needs no more than a float has")]
fn grown(old: u64, new: u64) -> Option<f64> {
    let more = new.checked_sub(old).filter(|more| *more >= SLACK)?;
    Some(more as f64 / old as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(files: &[(&str, u64)]) -> Vec<Listed> {
        files.iter().map(|(path, size)| Listed { path: (*path).to_owned(), size: *size, digest: None }).collect()
    }

    fn against(reviewed: &[(&str, u64)], files: &[(&str, u64)]) -> Vec<String> {
        let mut snapshot = Snapshot::default();
        snapshot.replace(Some("a"), &listed(reviewed));
        let snapshot = Snapshot::parse(snapshot.text()).unwrap();
        let contents = Contents { snapshot, growth: Some(0.25) };
        let findings = contents.compare(Some("a"), &listed(files));
        findings.iter().map(|finding| format!("{} {}", finding.rule, finding.place)).collect()
    }

    #[test]
    fn what_was_reviewed_is_no_finding_and_anything_else_is() {
        let odd = "odd \"name\"\nin two lines [hash:8].js";
        let files = [("a.js", 1000), ("dist/index-3fa91c0e.js", 50), ("dist/index-77aa01bc.js", 50), (odd, 1)];
        assert_eq!(against(&files, &files), Vec::<String>::new());
        assert_eq!(against(&files, &[("dist/index-00ff00aa.js", 100)]), Vec::<String>::new());
        let twice = [("dist/index-00ff00aa.js", 30), ("dist/index-11ff11aa.js", 30), ("dist/index-22ff22aa.js", 30)];
        assert_eq!(against(&files, &twice), ["path/unlisted dist/index-22ff22aa.js"]);
        assert_eq!(against(&files, &[("b.js", 1)]), ["path/unlisted b.js"]);
        assert_eq!(against(&files, &[("dist/index-internal.js", 1)]), ["path/unlisted dist/index-internal.js"]);
    }

    #[test]
    fn growth_beyond_the_limit_is_a_finding_of_the_file_and_of_the_whole() {
        let files = [("a.js", 10_000), ("b.js", 1_000_000)];
        assert_eq!(against(&files, &[("a.js", 12_500), ("b.js", 1_000_000)]), Vec::<String>::new());
        assert_eq!(against(&files, &[("a.js", 12_501), ("b.js", 1_000_000)]), ["path/growth a.js"]);
        assert_eq!(against(&files, &[("b.js", 1_300_000)]), ["path/growth b.js", "path/growth "]);
    }

    #[test]
    fn a_name_does_not_reach_into_other_rows() {
        let mut snapshot = Snapshot::default();
        snapshot.replace(Some("other]\n[acme]\n   5 evil.js\n[other"), &listed(&[("a.js", 1)]));
        let read = Snapshot::parse(snapshot.text()).unwrap();
        assert_eq!(read.packages.len(), 1);
        for twice in ["[a]\n1 x\n2 x\n", "[a]\n1 x\n[b]\n[a]\n2 y\n"] {
            assert!(Snapshot::parse(twice).is_err(), "{twice}");
        }
    }

    #[test]
    fn what_changed_since_the_review_is_told_row_by_row() {
        let mut snapshot = Snapshot::default();
        snapshot.replace(Some("a"), &listed(&[("a.js", 1), ("gone.js", 2), ("dist/i-3fa91c0e.js", 3), ("same.js", 4)]));
        let contents = Contents { snapshot, growth: None };
        let now = listed(&[("a.js", 9), ("dist/i-77aa01bc.js", 5), ("new.js", 6), ("same.js", 4)]);
        let row = |path: &str, before, now| Reviewed { path: path.to_owned(), before, now };
        let rows = [
            row("a.js", Some(1), Some(9)),
            row("dist/i-[hash:8].js", Some(3), Some(5)),
            row("gone.js", Some(2), None),
            row("new.js", None, Some(6)),
        ];
        assert_eq!(contents.since(Some("a"), &now), Some(rows.to_vec()));
        assert_eq!(contents.since(Some("b"), &now), None);
    }

    #[test]
    fn a_package_nobody_reviewed_is_one_finding() {
        let contents = Contents { snapshot: Snapshot::default(), growth: None };
        assert_eq!(contents.compare(None, &listed(&[("a", 1), ("b", 2)])).len(), 1);
    }
}
