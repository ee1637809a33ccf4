//! Original source that ships as a file of its own, told by its name and held against its content.

use super::carry::carry;
use super::{Found, Inspector, Subject};
use crate::model::{Carrier, Level, Rule};

/// Original source beside the build.
pub const RAW: Rule = Rule::fixed(
    "source/raw",
    (Level::Deny, Level::Allow),
    "original source beside the build",
    "It is the code before it was built, comments and all, for anyone who installs the package.",
    "name what ships in package.json: \"files\": [\"dist\"]",
);

/// Endings of languages that are compiled before they run.
const ENDINGS: &[&str] = &[
    "ts",
    "tsx",
    "mts",
    "cts",
    "jsx",
    "vue",
    "svelte",
    "astro",
    "coffee",
    "litcoffee",
    "flow",
    "marko",
    "riot",
    "elm",
    "imba",
    "civet",
    "res",
    "resi",
];

pub(super) struct Raw;

impl Inspector for Raw {
    fn rules(&self) -> Vec<Rule> {
        vec![RAW]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let path = subject.path.as_str();
        if !is_raw(path) {
            return;
        }
        let Some(text) = std::str::from_utf8(&subject.text.bytes).ok().filter(|text| is_code(text)) else { return };
        found.finding(&RAW, None, "original source, as it was written".to_owned());
        carry(found, Carrier::Raw, None, &[(path.to_owned(), text.to_owned())]);
    }
}

/// Whether a file at `path` is looked at: dependencies are somebody else's.
pub(super) fn is_raw(path: &str) -> bool {
    is_source(path) && !path.split('/').any(|part| part == "node_modules")
}

/// Whether a file of this name holds code before it is compiled. Declarations are made to ship.
fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let declares = matches!(ending, "ts" | "mts" | "cts") && stem.split('.').skip(1).any(|part| part == "d");
    ENDINGS.contains(&ending) && !declares
}

/// Other files share these endings: videos, translations.
fn is_code(text: &str) -> bool {
    let head = text.trim_start_matches('\u{feff}').trim_start();
    let xml = head.starts_with("<?xml") || head.starts_with("<TS") || head.starts_with("<!DOCTYPE TS");
    !head.is_empty() && !xml && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_videos_and_translations_are_no_source() {
        for path in ["src/a.ts", "A.TSX", "x.vue", "lib/a.js.flow", "a.d.tsx"] {
            assert!(is_source(path), "{path}");
        }
        for path in ["a.d.ts", "b.d.mts", "style.d.css.ts", "a.js", "ts"] {
            assert!(!is_source(path), "{path}");
        }
        assert!(!is_code("<?xml version=\"1.0\"?><TS>"));
        assert!(!is_code("G@\0\x10"));
        assert!(is_code("export const a = 1"));
    }
}
