//! Names of sources → names of files: inside the folder, sound on every system, never the same twice.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// The names that are taken.
#[derive(Default)]
pub(super) struct Names {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl Names {
    /// A free name for the source `name` of the carrier at `carrier`; without a name, for the carrier itself.
    pub(super) fn take(&mut self, carrier: &str, name: &str) -> String {
        let own = if name.is_empty() { String::new() } else { format!("/{}", safe(without_scheme(name))) };
        let mut candidate = format!("sources/{}{own}", safe(carrier));
        let mut number = 2;
        while !self.is_free(&candidate) {
            candidate = if own.is_empty() {
                format!("sources/~{number}/{}", safe(carrier))
            } else {
                format!("sources/{}/~{number}{own}", safe(carrier))
            };
            number += 1;
        }
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
    path.nfc().collect::<String>().to_lowercase().nfc().collect()
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

fn without_scheme(name: &str) -> &str {
    name.split_once("://").map_or(name, |(_, rest)| rest)
}

/// A path of plain parts.
fn safe(path: &str) -> String {
    let parts: Vec<String> =
        path.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).take(32).map(part).collect();
    if parts.is_empty() { "_".to_owned() } else { parts.join("/") }
}

/// One part of a path: no character that some system refuses, no reserved name, not too long.
fn part(part: &str) -> String {
    let refused = |c: char| {
        c.is_control()
            || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
