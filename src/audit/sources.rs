//! What only shows once all files are known: maps whose sources ship as files, and sources beside their build.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::Catalog;
use crate::inspect::map::{EMBEDDED, PATHS, Pointer};
use crate::inspect::{RAW, TextKind};
use crate::model::{Carried, Digest, EntryPath, Finding, Place};

/// Adds to what was found about maps how many of their sources ship as files too.
pub(super) fn mark_shipped(findings: &mut [Finding], carried: &[Carried], files: &BTreeSet<Digest>) {
    let mut shipped: BTreeMap<(&str, &[String]), usize> = BTreeMap::new();
    for row in carried {
        let count = row.texts.iter().filter(|text| text.bytes > 0 && files.contains(&text.digest)).count();
        *shipped.entry((&row.path, &row.inside)).or_default() += count;
    }
    for finding in findings.iter_mut().filter(|finding| finding.rule == EMBEDDED.id) {
        let Finding { place: Place { path, inside, .. }, message, .. } = finding;
        // The first finding about a file speaks for all maps in it.
        if let Some(count) = shipped.remove(&(path.as_str(), inside.as_slice())).filter(|count| *count > 0) {
            message.push_str(&ships(count));
        }
    }
}

/// Adds to what was found about a map without text how many of the paths it names lead to files.
pub(super) fn mark_named(findings: &mut [Finding], carried: &[Carried], from: &EntryPath, catalog: &Catalog<'_>) {
    let leads = |name: &&String| match Pointer::follow(from, name) {
        Pointer::Inside(paths) => paths.iter().any(|path| catalog.ships(path)),
        Pointer::Remote | Pointer::Outside => false,
    };
    let count = carried.iter().flat_map(|row| &row.names).filter(leads).count();
    if let Some(finding) = findings.iter_mut().find(|finding| finding.rule == PATHS.id).filter(|_| count > 0) {
        finding.message.push_str(&ships(count));
    }
}

fn ships(count: usize) -> String {
    if count == 1 {
        "; 1 of them ships as a file too".to_owned()
    } else {
        format!("; {count} of them ship as files too")
    }
}

/// Folders that only builds make.
const BUILDS: &[&str] = &["dist", "build", "out", "es", "esm", "cjs", "umd", "bundle", "bundles", "_bundles"];

/// Folders that people write in.
const SOURCES: &[&str] = &["src", "source", "sources"];

/// Scripts in a folder of sources, where what was built of them ships too.
pub(super) fn beside_build(catalog: &Catalog<'_>) -> Vec<Finding> {
    let scripts = || catalog.paths().filter(|path| TextKind::of(path) == TextKind::Script && !is_compiled(path));
    let folders: BTreeSet<&str> = scripts().filter_map(|path| Some(path.split_once('/')?.0)).collect();
    let built = BUILDS.iter().any(|build| folders.contains(build));
    let mut sources = BTreeSet::new();
    for path in scripts() {
        let Some((folder, rest)) = path.split_once('/').filter(|(folder, _)| SOURCES.contains(folder)) else {
            continue;
        };
        // `lib` may be written by hand, unless it holds the same files.
        if built || folders.contains("lib") && catalog.ships(&format!("lib/{rest}")) {
            sources.insert((folder, path));
        }
    }
    let what = |folder: &str| format!("original source: what was built of {folder}/ ships beside it");
    sources.into_iter().map(|(folder, path)| Finding::new(&RAW.id, Place::at(path), what(folder))).collect()
}

/// Languages that are found by their ending already.
fn is_compiled(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "ts" | "mts" | "cts" | "tsx" | "jsx")
}
