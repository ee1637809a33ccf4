//! Folders of texts → the JSON that the script of the page reads, small enough to open at once.
//!
//! A folder is `[name, [children]]`, a file `[name, bytes, lines, kind, raw, excerpt]` (the last two may be missing),
//! and what was folded away is `[files, lines, bytes, files, lines, bytes]`: the project's own, then those of others.
//! A kind is `[carrier, form, third party, what stands before the path]`; a raw name of 0 is just that and the path.

use std::collections::BTreeMap;

use super::text::{plain, quoted};
use super::tree::{File, Folder, Sum};
use crate::model::{Carried, Digest, Report, Text};

/// As many bytes of JSON may the trees take, all together.
const TREES: usize = 1_200_000;
/// As many bytes may the excerpts take.
const EXCERPTS: usize = 600_000;

/// What the script reads, and what there was no room for.
pub(super) struct Data {
    pub(super) json: String,
    /// Files that are folded away, by artifact.
    pub(super) folded: Vec<u64>,
    /// Excerpts left out.
    pub(super) unsaid: usize,
}

impl Data {
    pub(super) fn of(report: &Report) -> Self {
        Self::within(report, TREES, EXCERPTS)
    }

    /// The largest files and folders of each folder: as many as there is room for.
    fn within(report: &Report, trees: usize, excerpts: usize) -> Self {
        let tops: Vec<Folder<'_>> = report.artifacts.iter().map(|artifact| Folder::of(&artifact.carried)).collect();
        let widest = tops.iter().map(Folder::widest).max().unwrap_or(0);
        let attempt = |keep, room| Page::new(report, keep, room, excerpts).written(&tops);
        if let Some(whole) = attempt(widest, trees) {
            return whole;
        }
        let (mut fits, mut over) = (0, widest);
        let mut best = None;
        while over - fits > 1 + fits / 32 {
            let keep = fits.midpoint(over);
            match attempt(keep, trees) {
                Some(data) => (fits, best) = (keep, Some(data)),
                None => over = keep,
            }
        }
        // With nothing kept a tree is one short line, which always has to fit.
        let nothing =
            || attempt(0, usize::MAX).unwrap_or(Self { json: "{}".to_owned(), folded: Vec::new(), unsaid: 0 });
        best.unwrap_or_else(nothing)
    }
}

/// The carrier, its form and whose text, and what stands before the path.
type Kind<'r> = (String, &'static str, bool, Option<&'r str>);

struct Page<'r> {
    report: &'r Report,
    keep: usize,
    room: usize,
    json: String,
    folded: u64,
    kinds: BTreeMap<Kind<'r>, usize>,
    /// The kinds as JSON, in the order of their numbers.
    listed: Vec<String>,
    begun: BTreeMap<Digest, Option<usize>>,
    excerpts: Vec<String>,
    /// Bytes left for excerpts of the project's own texts, and for those of others.
    left: (usize, usize),
    used: usize,
}

/// What stands in a folder.
enum Child<'f, 'r> {
    Folder(String, &'f Folder<'r>),
    File(&'f File<'r>),
}

impl Child<'_, '_> {
    fn sum(&self) -> Sum {
        match self {
            Self::Folder(_, folder) => folder.sum,
            Self::File(file) => Sum::of(file.text),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Folder(name, _) => name,
            Self::File(file) => &file.name,
        }
    }
}

impl<'r> Page<'r> {
    fn new(report: &'r Report, keep: usize, room: usize, excerpts: usize) -> Self {
        // The project's own texts come first: others get what those leave.
        let own: BTreeMap<&Digest, usize> = texts(report)
            .filter(|text| !text.third_party)
            .filter_map(|text| report.excerpts.get(&text.digest).map(|begin| (&text.digest, begin.len())))
            .collect();
        let others = excerpts.saturating_sub(own.values().sum());
        Self {
            report,
            keep,
            room,
            json: String::new(),
            folded: 0,
            kinds: BTreeMap::new(),
            listed: Vec::new(),
            begun: BTreeMap::new(),
            excerpts: Vec::new(),
            left: (excerpts, others),
            used: 0,
        }
    }

    fn put(&mut self, json: &str) {
        self.json.push_str(json);
    }

    /// The whole block, if it fits.
    fn written(mut self, tops: &[Folder<'r>]) -> Option<Data> {
        let mut folded = Vec::new();
        self.put("{\"artifacts\":[");
        for (at, top) in tops.iter().enumerate() {
            self.kinds.clear();
            self.folded = 0;
            self.put(if at == 0 { "{\"tree\":" } else { ",{\"tree\":" });
            self.children(top)?;
            let listed = std::mem::take(&mut self.listed).join(",");
            self.put(&format!(",\"kinds\":[{listed}]}}"));
            self.used = 0;
            folded.push(self.folded);
        }
        let excerpts = self.excerpts.join(",");
        self.put(&format!("],\"excerpts\":[{excerpts}]}}"));
        let unsaid = self.begun.values().filter(|number| number.is_none()).count();
        Some(Data { json: self.json, folded, unsaid })
    }

    /// The children of a folder, the largest first; none once there is no room.
    fn children(&mut self, folder: &Folder<'r>) -> Option<()> {
        let folders = folder.folders.iter().map(|(name, inner)| straight(name, inner));
        let mut children: Vec<Child<'_, 'r>> = folders.chain(folder.files.iter().map(Child::File)).collect();
        children.sort_by(|a, b| b.sum().bytes().cmp(&a.sum().bytes()).then_with(|| a.name().cmp(b.name())));
        self.json.push('[');
        for (at, child) in children.iter().take(self.keep).enumerate() {
            self.put(if at == 0 { "" } else { "," });
            match child {
                Child::Folder(name, inner) => {
                    self.put(&format!("[{},", quoted(&plain(name))));
                    self.children(inner)?;
                    self.json.push(']');
                }
                Child::File(file) => self.file(file),
            }
            if self.json.len() + self.used > self.room {
                return None;
            }
        }
        let rest = children.get(self.keep..).unwrap_or_default();
        if !rest.is_empty() {
            self.fold(rest);
        }
        self.json.push(']');
        Some(())
    }

    fn fold(&mut self, rest: &[Child<'_, 'r>]) {
        let mut sum = Sum::default();
        for child in rest {
            sum.add(&child.sum());
        }
        self.folded += sum.own.files + sum.third.files;
        let comma = if self.json.ends_with('[') { "" } else { "," };
        let Sum { own, third } = sum;
        self.put(&format!(
            "{comma}[{},{},{},{},{},{}]",
            own.files, own.lines, own.bytes, third.files, third.lines, third.bytes
        ));
    }

    fn file(&mut self, file: &File<'r>) {
        let kind = self.kind(file);
        let text = file.text;
        let raw = if file.before.is_some() { "0".to_owned() } else { quoted(&plain(&text.name)) };
        let excerpt = self.excerpt(file);
        let tail = match (excerpt, file.before) {
            (Some(number), _) => format!(",{raw},{number}"),
            (None, None) => format!(",{raw}"),
            (None, Some(_)) => String::new(),
        };
        self.put(&format!("[{},{},{},{kind}{tail}]", quoted(&plain(&file.name)), text.bytes, text.lines));
    }

    fn kind(&mut self, file: &File<'r>) -> usize {
        let kind = (joined(file.row), file.row.carrier.word(), file.text.third_party, file.before);
        let next = self.kinds.len();
        if let Some(number) = self.kinds.get(&kind) {
            return *number;
        }
        let (carrier, form, third, before) = &kind;
        let before = quoted(&plain(before.unwrap_or_default()));
        let listed = format!("[{},\"{form}\",{},{before}]", quoted(&plain(carrier)), u8::from(*third));
        self.used += listed.len() + 1;
        self.listed.push(listed);
        self.kinds.insert(kind, next);
        next
    }

    /// The number of the excerpt of a text, where it has one and there is room.
    fn excerpt(&mut self, file: &File<'r>) -> Option<usize> {
        let begin = self.report.excerpts.get(&file.text.digest)?;
        if let Some(number) = self.begun.get(&file.text.digest) {
            return *number;
        }
        let json = quoted(&lines(begin));
        let left = if file.text.third_party { &mut self.left.1 } else { &mut self.left.0 };
        let number = (json.len() <= *left).then_some(self.excerpts.len());
        if number.is_some() {
            self.left.0 = self.left.0.saturating_sub(json.len());
            self.left.1 = self.left.1.saturating_sub(json.len()).min(self.left.0);
            self.excerpts.push(json);
        }
        self.begun.insert(file.text.digest, number);
        number
    }
}

/// A folder, together with those below it that hold nothing but the next.
fn straight<'f, 'r>(name: &str, folder: &'f Folder<'r>) -> Child<'f, 'r> {
    let (mut name, mut folder) = (name.to_owned(), folder);
    while let (true, 1, Some((next, inner))) =
        (folder.files.is_empty(), folder.folders.len(), folder.folders.first_key_value())
    {
        name = format!("{name}/{next}");
        folder = inner;
    }
    Child::Folder(name, folder)
}

/// All texts that could be recovered.
fn texts(report: &Report) -> impl Iterator<Item = &Text> {
    report.artifacts.iter().flat_map(|artifact| &artifact.carried).flat_map(|row| &row.texts)
}

/// A carrier and what it lies in, as people see it.
fn joined(row: &Carried) -> String {
    row.inside.iter().fold(row.path.clone(), |path, part| format!("{path}!{part}"))
}

/// Lines stay lines; anything else that a text could do to the page is made visible.
fn lines(text: &str) -> String {
    let line = |line: &str| super::super::escape(&line.replace('\t', "  "));
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
