//! Recoverable texts → folders, as the names of the texts tell them.

use std::collections::BTreeMap;

use super::super::tree::parts;
use crate::model::{Carried, Text};

/// Folders below each other; what lies deeper stays in the name of the file. A name is hostile, and may have thousands.
const DEEPEST: usize = 40;

/// Texts, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) files: u64,
    pub(super) lines: u64,
    pub(super) bytes: u64,
}

/// The project's own texts and those of others, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) own: Count,
    pub(super) third: Count,
}

impl Sum {
    pub(super) fn of(text: &Text) -> Self {
        let count = Count { files: 1, lines: text.lines, bytes: text.bytes };
        if text.third_party { Self { third: count, ..Self::default() } } else { Self { own: count, ..Self::default() } }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in [(&mut self.own, other.own), (&mut self.third, other.third)] {
            count.files += more.files;
            count.lines += more.lines;
            count.bytes += more.bytes;
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.own.bytes + self.third.bytes
    }
}

/// A text in its folder.
#[derive(Debug, Clone)]
pub(super) struct File<'r> {
    pub(super) name: String,
    pub(super) text: &'r Text,
    pub(super) row: &'r Carried,
    /// What stands before the path in the name the text came with; none if more was dropped than that.
    pub(super) before: Option<&'r str>,
}

/// A folder of texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder<'r> {
    pub(super) folders: BTreeMap<&'r str, Folder<'r>>,
    pub(super) files: Vec<File<'r>>,
    pub(super) sum: Sum,
}

impl<'r> Folder<'r> {
    /// All texts of an artifact.
    pub(super) fn of(carried: &'r [Carried]) -> Self {
        let mut top = Self::default();
        for row in carried {
            for text in &row.texts {
                top.put(row, text);
            }
        }
        top
    }

    fn put(&mut self, row: &'r Carried, text: &'r Text) {
        let parts = parts(&text.name);
        let path = parts.join("/");
        let before = text.name.strip_suffix(path.as_str());
        let depth = parts.len().saturating_sub(1).min(DEEPEST);
        let sum = Sum::of(text);
        let mut folder = self;
        folder.sum.add(&sum);
        for part in parts.iter().take(depth) {
            folder = folder.folders.entry(part).or_default();
            folder.sum.add(&sum);
        }
        let name = parts.get(depth..).unwrap_or_default().join("/");
        folder.files.push(File { name, text, row, before });
    }

    /// How many folders and files stand side by side, at the most.
    pub(super) fn widest(&self) -> usize {
        let below = self.folders.values().map(Self::widest).max().unwrap_or(0);
        below.max(self.folders.len() + self.files.len())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Carrier, digest};

    /// A map that holds texts of these names, the first with a byte, each with one more than the last.
    pub(in super::super) fn map(names: &[String]) -> Carried {
        let text = |(at, name): (u64, &String)| Text {
            name: name.clone(),
            third_party: name.contains("node_modules/"),
            lines: 1,
            bytes: at + 1,
            digest: digest(name.as_bytes()),
        };
        Carried {
            path: "dist/a.js.map".to_owned(),
            inside: Vec::new(),
            carrier: Carrier::File,
            sources: names.len() as u64,
            third_party: 0,
            texts: (0..).zip(names).map(text).collect(),
            names: Vec::new(),
        }
    }

    #[test]
    fn what_bundlers_add_is_kept_beside_the_path() {
        let names = ["webpack://acme/./src/a.ts", "../../src/a.ts", "src/./b/../c.ts", "", "../.."];
        let carried = [map(&names.map(str::to_owned))];
        let top = Folder::of(&carried);
        let source = &top.folders["src"];
        let before: Vec<_> = source.files.iter().map(|file| (file.name.as_str(), file.before)).collect();
        assert_eq!(before, [("a.ts", Some("webpack://acme/./")), ("a.ts", Some("../../"))]);
        assert_eq!(source.folders["b"].files[0].before, None);
        assert_eq!(top.files.iter().map(|file| file.before).collect::<Vec<_>>(), [Some(""), Some("../..")]);
    }

    #[test]
    fn sums_are_those_of_the_texts() {
        let names = ["src/a.ts", "src/b/c.ts", "node_modules/x/i.js", "__proto__/constructor"];
        let carried = [map(&names.map(str::to_owned))];
        let top = Folder::of(&carried);
        assert_eq!(top.sum.own, Count { files: 3, lines: 3, bytes: 1 + 2 + 4 });
        assert_eq!(top.sum.third, Count { files: 1, lines: 1, bytes: 3 });
        assert_eq!(top.folders["src"].sum.bytes(), 3);
        assert_eq!(top.folders["src"].folders["b"].sum.bytes(), 2);
    }

    #[test]
    fn a_name_of_thousands_of_folders_stays_shallow() {
        let carried = [map(&["a/".repeat(20_000) + "b"])];
        let mut folder = &Folder::of(&carried);
        let mut depth = 0;
        while let Some(next) = folder.folders.get("a") {
            folder = next;
            depth += 1;
        }
        assert_eq!(depth, DEEPEST);
        assert!(folder.files[0].name.starts_with("a/a/"));
    }
}
