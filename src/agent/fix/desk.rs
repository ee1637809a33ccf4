//! Changes to the texts of files → one edit for each file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Edit, Files, Proposal};

/// No settings file is larger.
const MOST: usize = 4 << 20;

/// The files of a package, what is to change in them, and what is left to a person.
pub(super) struct Desk<'f> {
    files: &'f dyn Files,
    /// Where the package lies below the root.
    pub(super) folder: &'f str,
    drafts: BTreeMap<String, Draft>,
    open: Vec<String>,
}

struct Draft {
    before: Option<String>,
    changes: BTreeMap<(usize, usize), String>,
    why: Vec<&'static str>,
}

impl<'f> Desk<'f> {
    pub(super) fn new(files: &'f dyn Files, folder: &'f str) -> Self {
        Self { files, folder: folder.trim_matches('/'), drafts: BTreeMap::new(), open: Vec::new() }
    }

    /// A file below the root. One that is too large to be settings is left to a person.
    pub(super) fn read(&mut self, path: &str) -> Option<String> {
        let text = self.files.read(path)?;
        if text.len() > MOST {
            self.note(format!("{path}: too large to be settings, so it was not read"));
            return None;
        }
        Some(text)
    }

    /// The names of the files that lie directly in a folder of the package, in order.
    pub(super) fn list(&self, below: &str) -> Vec<String> {
        let mut names = join(self.folder, below).map(|path| self.files.list(&path)).unwrap_or_default();
        names.sort();
        names
    }

    /// Takes other text for a place in a file.
    pub(super) fn change(&mut self, path: &str, before: &str, place: Range<usize>, to: String, why: &'static str) {
        self.draft(path, Some(before), (place.start, place.end), to, why);
    }

    /// Adds to the end of a file, which may have to be made.
    pub(super) fn append(&mut self, path: &str, before: Option<&str>, text: String, why: &'static str) {
        let end = before.map_or(0, str::len);
        self.draft(path, before, (end, end), text, why);
    }

    fn draft(&mut self, path: &str, before: Option<&str>, place: (usize, usize), to: String, why: &'static str) {
        let empty = || Draft { before: before.map(str::to_owned), changes: BTreeMap::new(), why: Vec::new() };
        let draft = self.drafts.entry(path.to_owned()).or_insert_with(empty);
        draft.changes.insert(place, to);
        if !draft.why.contains(&why) {
            draft.why.push(why);
        }
    }

    /// Leaves something to a person, in words.
    pub(super) fn note(&mut self, words: String) {
        self.open.push(words);
    }

    /// Whether anything is to change.
    pub(super) fn touched(&self) -> bool {
        !self.drafts.is_empty()
    }

    pub(super) fn finish(self) -> Proposal {
        let edits = self.drafts.into_iter().map(|(path, draft)| draft.edit(path)).collect();
        let mut open: Vec<String> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        open.extend(self.open.into_iter().filter(|words| seen.insert(words.clone())));
        Proposal { edits, open }
    }
}

impl Draft {
    fn edit(self, path: String) -> Edit {
        let text = self.before.as_deref().unwrap_or_default();
        let mut after = String::with_capacity(text.len() + 64);
        let mut done = 0;
        for ((start, end), to) in &self.changes {
            if let Some(kept) = text.get(done..*start) {
                after.push_str(kept);
                after.push_str(to);
                done = *end;
            }
        }
        after.push_str(text.get(done..).unwrap_or_default());
        Edit { path, before: self.before, after, why: self.why.join("; ") }
    }
}

/// A path as seen from a folder; `None` where it leaves the root.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The line a place stands in.
pub(super) fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
