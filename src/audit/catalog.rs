//! Records → what lies where once it is installed: twice the same path, paths that collide, what ships.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization as _;

use super::batch::nested;
use super::crew::Record;
use crate::model::{EntryPath, Finding, Limits, Listed, Place, Rule, Wrap};
use crate::open::{COLLISION, CONFLICT, DUPLICATE, TWIN};

/// As many paths that collide are named.
const NAMED: usize = 4;

/// The files of the artifact, and those of each container in it.
#[derive(Default)]
pub(super) struct Catalogs<'r> {
    outer: Catalog<'r>,
    inner: BTreeMap<Place, Catalog<'r>>,
}

impl<'r> Catalogs<'r> {
    pub(super) fn of(records: &'r [Record]) -> Self {
        let mut catalogs = Self::default();
        for record in records.iter().filter(|record| record.counted) {
            match record.within.as_deref() {
                None => catalogs.outer.add(record),
                Some(within) => catalogs.inner.entry(within.place.clone()).or_default().add(record),
            }
        }
        catalogs
    }

    /// The files of the artifact itself.
    pub(super) fn outer(&self) -> &Catalog<'r> {
        &self.outer
    }

    /// How many files npm lays down, and their bytes.
    pub(super) fn laid_down(&self) -> (u64, u64) {
        self.outer.laid_down()
    }

    /// What is wrong with how files lie beside each other; on a site, addresses do not stand in each other's way.
    pub(super) fn findings(&self, site: bool) -> Vec<Finding> {
        let mut findings = if site { Vec::new() } else { self.outer.findings() };
        for (place, catalog) in &self.inner {
            for finding in catalog.findings() {
                findings.push(nested(Finding { place: finding.place.placed_in(place), ..finding }));
            }
        }
        findings
    }

    /// The files that `record` lies among, and its path there. What is packed on its own stands for a file beside it.
    pub(super) fn around(&self, record: &Record) -> (&Catalog<'r>, EntryPath) {
        let Some(within) = record.within.as_deref() else { return (&self.outer, record.path.clone()) };
        let mut place = within.place.clone();
        if within.wrap != Wrap::Packed {
            return (self.inner.get(&place).unwrap_or(&self.outer), record.path.clone());
        }
        let last = place.inside.pop();
        let (catalog, packed) = match last {
            None => (&self.outer, place.path),
            Some(last) => {
                // The place of the container around it, which is what the catalogs go by.
                let catalog = self.inner.get(&place).unwrap_or(&self.outer);
                (catalog, last)
            }
        };
        let parent = packed.rsplit_once('/').map_or("", |(parent, _)| parent);
        let path = EntryPath::parse(&sibling(parent, record.path.file_name()));
        (catalog, path.unwrap_or_else(|| record.path.clone()))
    }
}

/// The files of one container, as they are laid down.
#[derive(Default)]
pub(super) struct Catalog<'r> {
    /// The record that is installed at each path: the last one.
    files: HashMap<&'r str, &'r Record>,
    /// Records that a later one replaces.
    replaced: Vec<&'r Record>,
}

impl<'r> Catalog<'r> {
    fn add(&mut self, record: &'r Record) {
        self.replaced.extend(self.files.insert(record.path.as_str(), record));
    }

    /// Where files are installed, in no order.
    #[allow(clippy::iter_over_hash_type, reason = "who asks puts them into ordered sets")]
    pub(super) fn paths(&self) -> impl Iterator<Item = &'r str> + '_ {
        self.files.keys().copied()
    }

    /// The files as they are installed, in order.
    pub(super) fn listing(&self) -> Vec<Listed> {
        let files: BTreeMap<&str, &Record> = self.files.iter().map(|(path, record)| (*path, *record)).collect();
        let each = |(path, record): (&str, &Record)| Listed {
            path: path.to_owned(),
            size: record.size,
            digest: record.digest,
        };
        files.into_iter().map(each).collect()
    }

    /// Whether a file is installed at `path`.
    pub(super) fn ships(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether a file is installed at `path`, or packed on its own beside it.
    pub(super) fn serves(&self, path: &str) -> bool {
        self.ships(path) || ["gz", "br", "zst"].iter().any(|ending| self.ships(&format!("{path}.{ending}")))
    }

    /// npm drops a `.gitignore` beside an `.npmignore`.
    fn laid_down(&self) -> (u64, u64) {
        let dropped = |record: &Record| {
            record.path.file_name() == ".gitignore" && self.ships(&sibling(record.path.parent(), ".npmignore"))
        };
        #[allow(clippy::iter_over_hash_type, reason = "a sum has no order")]
        self.files
            .values()
            .filter(|record| !dropped(record))
            .fold((0, 0), |(files, bytes), record| (files + 1, bytes + record.size))
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.replaced.iter().filter_map(|record| self.twice(record)).collect();
        findings.extend(self.collisions());
        findings.extend(self.files_as_folders());
        findings
    }

    fn twice(&self, earlier: &Record) -> Option<Finding> {
        let last = self.files.get(earlier.path.as_str())?;
        let dotted = last.dotted || earlier.dotted;
        let same = dotted && last.digest.is_some() && last.digest == earlier.digest && last.size == earlier.size;
        let (rule, what): (&Rule, _) = if same {
            (&TWIN, "the archive holds this file twice, byte for byte the same")
        } else {
            (&DUPLICATE, "the archive holds this path twice; the last one is installed")
        };
        Some(Finding::new(&rule.id, Place::at(earlier.path.as_str()), what))
    }

    fn collisions(&self) -> Vec<Finding> {
        let mut folded: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        #[allow(clippy::iter_over_hash_type, reason = "it fills ordered sets")]
        for path in self.files.keys() {
            // A path of lower-case ASCII can only collide with one that is not, and that one looks for it.
            if path.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
                let key = fold(path);
                if let Some((plain, _)) = self.files.get_key_value(key.as_str()) {
                    folded.entry(key.clone()).or_default().insert(plain);
                }
                folded.entry(key).or_default().insert(path);
            }
        }
        let clashes = folded.into_values().filter(|paths| paths.len() > 1);
        let each = |paths: BTreeSet<&str>| {
            let some: Vec<String> = paths.iter().take(NAMED).map(|path| format!("{path:?}")).collect();
            let more = paths.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let what = format!("one file where case or Unicode forms are folded: {}{more}", some.join(", "));
            paths.into_iter().map(|path| Finding::new(&COLLISION.id, Place::at(path), what.clone())).collect::<Vec<_>>()
        };
        clashes.flat_map(each).collect()
    }

    /// A path that is a file for one entry and a folder for another can't be both.
    fn files_as_folders(&self) -> Vec<Finding> {
        let mut both = BTreeSet::new();
        let mut checked = HashSet::new();
        #[allow(clippy::iter_over_hash_type, reason = "it fills an ordered set")]
        for path in self.files.keys() {
            // From the innermost folder outwards: where one was looked at before, so were all around it.
            // Deeper paths have a finding of their own.
            if path.matches('/').count() > Limits::PARTS {
                continue;
            }
            let mut parent = *path;
            while let Some((outer, _)) = parent.rsplit_once('/') {
                if !checked.insert(outer) {
                    break;
                }
                if self.ships(outer) {
                    both.insert(outer);
                }
                parent = outer;
            }
        }
        let what = "a file here, and a folder for other entries: clients differ in which they install";
        both.into_iter().map(|path| Finding::new(&CONFLICT.id, Place::at(path), what).unread()).collect()
    }
}

fn sibling(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
}

/// The name under which a file system that folds case and normalises keeps a path.
fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    let folded: String = path.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    folded.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn names_fold_as_file_systems_fold_them() {
        assert_eq!(fold("A/B.js"), "a/b.js");
        assert_eq!(fold("Caf\u{e9}"), fold("cafe\u{301}"));
        assert_eq!(fold("stra\u{df}e"), fold("STRASSE"));
    }
}
