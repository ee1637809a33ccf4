//! Recoverable texts → a short tree of folders: what a maintainer recognises at a glance.

use std::collections::BTreeMap;

use crate::model::Carried;

/// A folder of recoverable sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branch {
    /// Its name: two parts at the most.
    pub name: String,
    /// How many texts it has.
    pub files: u64,
    /// How many lines they have together.
    pub lines: u64,
}

/// The folders of the sources that are the project's own, most lines first.
#[must_use]
pub fn branches(carried: &[Carried]) -> Vec<Branch> {
    let mut folders: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for text in carried.iter().flat_map(|row| &row.texts).filter(|text| !text.third_party) {
        let sum = folders.entry(folder(&text.name)).or_default();
        sum.0 += 1;
        sum.1 += text.lines;
    }
    let mut branches: Vec<Branch> =
        folders.into_iter().map(|(name, (files, lines))| Branch { name, files, lines }).collect();
    branches.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.name.cmp(&b.name)));
    branches
}

/// The parts of a name, without what bundlers put before it.
pub(super) fn parts(name: &str) -> Vec<&str> {
    let path = name.split_once("://").map_or(name, |(_, rest)| rest.split_once('/').map_or(rest, |(_, path)| path));
    path.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect()
}

/// The first two folders of a source.
fn folder(name: &str) -> String {
    let parts = parts(name);
    match parts.as_slice() {
        [] | [_] => "(top)".to_owned(),
        [folder, _] => (*folder).to_owned(),
        [outer, inner, ..] => format!("{outer}/{inner}"),
    }
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn what_bundlers_add_is_dropped() {
        for (name, shown) in [
            ("webpack://acme/./src/agent/loop.ts", "src/agent"),
            ("../../src/ui/a/b.tsx", "src/ui"),
            ("a.ts", "(top)"),
            ("src/a.ts", "src"),
            ("turbopack:///[project]/app/x/page.tsx", "[project]/app"),
            ("C:\\build\\src\\a.ts", "C:/build"),
        ] {
            assert_eq!(folder(name), shown, "{name}");
        }
    }
}
