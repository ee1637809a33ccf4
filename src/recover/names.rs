//! Names of sources → names of files: inside the folder, sound on every system, never the same twice.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

/// The names that are taken.
#[derive(Default)]
pub(super) struct Names {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    /// The first number that may be free for a name that was taken before.
    numbers: BTreeMap<String, usize>,
}

/// As many bytes may the path of a carrier have, and as many that of a source: both together, below a folder of the
/// user's, stay within what systems open.
const LONGEST: usize = 1000;

impl Names {
    /// A free name for the source `name` of the carrier at `carrier`; without a name, for the carrier itself.
    pub(super) fn take(&mut self, carrier: &str, name: &str) -> String {
        let own = if name.is_empty() { String::new() } else { format!("/{}", safe(without_scheme(name))) };
        let carrier = safe(carrier);
        let mut candidate = format!("sources/{carrier}{own}");
        let first = key(&candidate);
        let mut number = self.numbers.get(&first).copied().unwrap_or(2);
        while !self.is_free(&candidate) {
            candidate = if own.is_empty() {
                format!("sources/~{number}/{carrier}")
            } else {
                format!("sources/{carrier}/~{number}{own}")
            };
            number += 1;
        }
        self.numbers.insert(first, number);
        let key = key(&candidate);
        self.folders.extend(parents(&key).map(str::to_owned));
        self.files.insert(key);
        candidate
    }

    fn is_free(&self, path: &str) -> bool {
        let key = key(path);
        !self.files.contains(&key)
            && !self.folders.contains(&key)
            && parents(&key).all(|parent| !self.files.contains(parent))
    }
}

/// The name under which file systems that fold case or normalise keep a path.
fn key(path: &str) -> String {
    let folded: String = path.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    folded.nfc().collect()
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

fn without_scheme(name: &str) -> &str {
    name.split_once("://").map_or(name, |(_, rest)| rest)
}

/// A path of plain parts, no more of them than fit; the last ones say the most.
fn safe(path: &str) -> String {
    let named = path.split(['/', '\\']).rev().filter(|part| !matches!(*part, "" | "." | "..")).take(32).map(part);
    let mut left = LONGEST;
    let fits = |part: &String| {
        let fits = part.len() < left;
        left = left.saturating_sub(part.len() + 1);
        fits
    };
    let mut parts: Vec<String> = named.take_while(fits).collect();
    parts.reverse();
    if parts.is_empty() { "_".to_owned() } else { parts.join("/") }
}

/// One part of a path: no character that some system refuses, no reserved name, not too long.
fn part(part: &str) -> String {
    let refused = |c: char| {
        c.is_control()
            || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut text: String = part.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    while text.len() > 100 {
        text.pop();
    }
    let trimmed = text.trim_end_matches(['.', ' ']).trim_start_matches('~').to_owned();
    let stem = trimmed.split('.').next().unwrap_or("").to_ascii_lowercase();
    let numbered = |name: &str| stem.strip_prefix(name).is_some_and(|rest| rest.chars().count() == 1);
    let reserved = matches!(&*stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt");
    // A folder that a tool takes for its own (.git, .vscode, a bare repository) would run what the artifact says.
    let obeyed = trimmed.starts_with('.') || matches!(&*stem, "head" | "git~1");
    if reserved || obeyed || trimmed.is_empty() { format!("_{trimmed}") } else { trimmed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        for (name, file) in [
            ("../../../../etc/passwd", "etc/passwd"),
            ("/abs/x", "abs/x"),
            ("webpack://a/./src/x.ts?1", "a/src/x.ts_1"),
            ("..\\..\\x", "x"),
            (".", "_"),
            ("con.ts", "_con.ts"),
            ("a\0b\n", "a_b_"),
            ("dir./x ", "dir/x"),
            ("..", "_"),
            ("~2/x", "2/x"),
            (".git/config", "_.git/config"),
            ("HEAD", "_HEAD"),
            ("COM\u{b9}.x", "_COM\u{b9}.x"),
        ] {
            assert_eq!(Names::default().take("m", name), format!("sources/m/{file}"), "{name:?}");
        }
    }

    #[test]
    fn no_path_is_longer_than_systems_open() {
        let long = format!("{}a/end.ts", format!("{}/", "d".repeat(99)).repeat(40));
        let taken = Names::default().take(&long, &long);
        assert!(taken.len() < 2 * LONGEST + 20 && taken.ends_with("/a/end.ts"), "{taken}");
    }

    #[test]
    fn names_that_fold_to_one_are_told_apart() {
        let mut names = Names::default();
        let taken: Vec<_> = ["ſ.ts", "s.ts", "ß", "SS"].map(|name| names.take("m", name)).into();
        assert_eq!(taken, ["sources/m/ſ.ts", "sources/m/~2/s.ts", "sources/m/ß", "sources/m/~2/SS"]);
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let taken: Vec<_> = ["a.ts", "A.ts", "a.ts", "a.ts/b", "d/e", "d"].map(|name| names.take("m", name)).into();
        assert_eq!(
            taken,
            [
                "sources/m/a.ts",
                "sources/m/~2/A.ts",
                "sources/m/~3/a.ts",
                "sources/m/~2/a.ts/b".replace("~2", "~4").as_str(),
                "sources/m/d/e",
                "sources/m/~2/d",
            ]
        );
    }
}
