//! entry → findings: one detector per file, and the table that names them all.

mod agent;
mod bits;
mod carry;
mod escapes;
mod eval;
mod globs;
mod hermes;
mod host;
pub mod map;
mod marks;
mod modules;
mod native;
mod package;
mod path;
mod raw;
mod report;
mod rules;
pub mod search;
mod spot;
mod text;
mod wasm;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::model::{Carried, EntryPath, Finding, Level, Package, Place, Position, Positions, Rule, Sighting};

use marks::{Mark, Marks};
use search::Hit;

pub use map::Measure;
pub use path::PathRules;
pub use raw::RAW;
pub use rules::{RuleError, RuleFile};
pub use search::TextRules;
pub use text::{Kind as TextKind, Text};

/// What a detector looks at.
pub struct Subject<'a> {
    /// The path as installed; only a hint about what the bytes are.
    pub path: &'a EntryPath,
    /// The exact bytes.
    pub bytes: &'a [u8],
    /// The bytes as text, transcoded where they were UTF-16 or UTF-32.
    pub text: Text<'a>,
    /// Parts that are files of their own, and are inspected as such.
    pub apart: &'a [Range<usize>],
    /// Where the words stand that detectors look for.
    marks: OnceLock<Marks>,
}

impl<'a> Subject<'a> {
    /// Prepares the bytes of one entry.
    #[must_use]
    pub fn new(path: &'a EntryPath, bytes: &'a [u8]) -> Self {
        Self { path, bytes, text: Text::of(path.as_str(), bytes), apart: &[], marks: OnceLock::new() }
    }

    /// The same, but for the parts `apart`.
    #[must_use]
    pub fn but(self, apart: &'a [Range<usize>]) -> Self {
        Self { apart, ..self }
    }

    /// The bytes without transcoding, where that was done and they hold a word of a map.
    fn as_it_is(&self) -> Option<Self> {
        let words = [Mark::Contents, Mark::Map].map(Mark::word);
        let holds = || words.iter().any(|word| memchr::memmem::find(self.bytes, word.as_bytes()).is_some());
        let text = Text { bytes: Cow::Borrowed(self.bytes), kind: self.text.kind };
        let plain = Self { path: self.path, bytes: self.bytes, text, apart: self.apart, marks: OnceLock::new() };
        (matches!(self.text.bytes, Cow::Owned(_)) && holds()).then_some(plain)
    }

    /// Where the words stand in the text that detectors look for.
    fn marks(&self) -> &Marks {
        self.marks.get_or_init(|| Marks::of(&self.text.bytes))
    }

    /// Whether the byte at `at` belongs to a file of its own.
    #[must_use]
    pub fn is_apart(&self, at: usize) -> bool {
        self.apart.iter().any(|part| part.contains(&at))
    }
}

/// Looks at one entry and says what it sees.
pub trait Inspector: Sync {
    /// The rules it finds violations of.
    fn rules(&self) -> Vec<Rule>;
    /// Looks at `subject`.
    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>);
}

/// Every detector that looks at contents.
pub const INSPECTORS: &[&dyn Inspector] = &[
    &map::Maps,
    &eval::Evals,
    &report::Reports,
    &wasm::Wasm,
    &native::Native,
    &hermes::Hermes,
    &raw::Raw,
    &modules::Modules,
    &host::Hosts,
    &package::Manifest,
    &agent::Settings,
];

/// Receives each original text that could be recovered, with the place of its carrier.
pub type Taker<'t> = &'t (dyn Fn(&Place, &crate::model::Text, &str) + Sync);

/// A reference from one file to another, to be settled once all files are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What it points to, as written.
    pub url: String,
    /// Where it stands.
    pub position: Option<Position>,
}

/// What was seen in one entry.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Findings.
    pub findings: Vec<Finding>,
    /// Carriers of original text.
    pub carried: Vec<Carried>,
    /// References to other files.
    pub references: Vec<Reference>,
    /// What package.json says.
    pub package: Option<Package>,
}

impl Seen {
    /// Takes what another detector saw in the same entry.
    fn add(&mut self, mut other: Self) {
        self.findings.append(&mut other.findings);
        self.carried.append(&mut other.carried);
        self.references.append(&mut other.references);
        self.package = self.package.take().or(other.package);
    }
}

/// From this size on a file is worth two cores.
const SPREAD: usize = 1 << 20;

/// What is asked of the detectors.
#[derive(Clone, Copy)]
pub struct Task<'t> {
    /// What texts are searched for.
    pub texts: &'t TextRules,
    /// Who wants the texts that could be recovered, if anybody does.
    pub taker: Option<Taker<'t>>,
    /// Who knows which texts of maps were seen before.
    pub recall: Option<&'t dyn Recall>,
}

impl<'t> Task<'t> {
    /// To look for `texts` alone.
    #[must_use]
    pub fn of(texts: &'t TextRules) -> Self {
        Self { texts, taker: None, recall: None }
    }
}

/// Remembers what was made of the texts of maps, which may come again.
pub trait Recall: Sync {
    /// What was made of a text that is written as `raw`.
    fn recall(&self, raw: &[u8]) -> Option<Arc<Measure>>;
    /// Notes it.
    fn remember(&self, raw: &[u8], measure: &Arc<Measure>);
}

/// Collects what detectors see.
pub struct Found<'t> {
    /// What was seen so far.
    pub seen: Seen,
    /// Parts of the entry whose text was decoded and searched as a text of its own.
    read: Vec<Range<usize>>,
    place: Place,
    task: Task<'t>,
    /// How many texts are open, each of which was decoded out of the one before.
    deep: u32,
}

impl<'t> Found<'t> {
    /// Nothing seen yet at `place`.
    #[must_use]
    pub fn new(place: Place, task: Task<'t>) -> Self {
        Self { seen: Seen::default(), read: Vec::new(), place, task, deep: 0 }
    }

    /// A finding at `position` of this entry.
    pub fn finding(&mut self, rule: &Rule, position: Option<Position>, message: String) -> &mut Finding {
        let place = Place { position, ..self.place.clone() };
        self.seen.findings.push_mut(Finding::new(&rule.id, place, message))
    }

    /// The place of this entry.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    /// What is asked of the detectors.
    #[must_use]
    pub fn task(&self) -> Task<'t> {
        self.task
    }

    /// Takes what was found in an original text that is called `name`.
    fn original(&mut self, name: &str, hits: &[(Hit, Position)]) {
        let place = self.place.within(name);
        let told =
            hits.iter().map(|(hit, position)| told(hit.clone(), Place { position: Some(*position), ..place.clone() }));
        self.seen
            .findings
            .extend(told.map(|finding| Finding { sighting: finding.sighting.map(Sighting::in_original), ..finding }));
    }

    /// Searches what was decoded from this entry at `position`, but for the parts `apart`.
    fn search(&mut self, text: &[u8], apart: &[Range<usize>], position: Option<Position>) {
        for hit in self.task.texts.find(text, apart, &self.place.path) {
            self.seen.findings.push(told(hit, Place { position, ..self.place.clone() }));
        }
    }
}

/// A hit as a finding at `place`.
fn told(hit: Hit, place: Place) -> Finding {
    let Hit { rule, message, name, doubtful, .. } = hit;
    let finding = Finding::new(&rule, place, message).keyed(name.clone());
    let finding = if doubtful { finding.at_most(Level::Warn) } else { finding };
    Finding { sighting: Some(Sighting::new(name)), ..finding }
}

/// Hits with their positions in `text`.
fn placed(text: &[u8], hits: Vec<Hit>) -> Vec<(Hit, Position)> {
    let mut positions = Positions::new(text);
    hits.into_iter().map(|hit| (positions.at(hit.at), hit)).map(|(position, hit)| (hit, position)).collect()
}

/// Runs every detector over `subject`, which is at `place`, and searches its text.
#[must_use]
pub fn inspect(subject: &Subject<'_>, place: &Place, task: Task<'_>) -> Seen {
    let run = |inspectors: &[&dyn Inspector]| {
        let mut found = Found::new(place.clone(), task);
        for inspector in inspectors {
            inspector.inspect(subject, &mut found);
        }
        (found.seen, found.read)
    };
    // In a large file the maps are searched beside everything else.
    let (mut seen, mut read) = match INSPECTORS.split_first() {
        Some((maps, others)) if subject.bytes.len() >= SPREAD => {
            let ((mut seen, read), (others, _)) = rayon::join(|| run(&[*maps]), || run(others));
            seen.add(others);
            (seen, read)
        }
        _ => run(INSPECTORS),
    };
    read.extend_from_slice(subject.apart);
    read.sort_unstable_by_key(|range| range.start);
    let search = |text: &[u8], apart: &[Range<usize>]| {
        let hits = placed(text, task.texts.find(text, apart, subject.path.as_str()));
        let place = |position| Place { position: Some(position), ..place.clone() };
        hits.into_iter().map(|(hit, position)| told(hit, place(position))).collect::<Vec<_>>()
    };
    seen.findings.append(&mut search(&subject.text.bytes, &read));
    if matches!(subject.text.bytes, Cow::Owned(_)) {
        seen.findings.append(&mut search(subject.bytes, subject.apart));
    }
    // Two bytes can make any file look like UTF-16: what is plain text then is looked at as such too.
    if let Some(plain) = subject.as_it_is() {
        let mut found = Found::new(place.clone(), task);
        map::Maps.inspect(&plain, &mut found);
        seen.add(found.seen);
    }
    seen
}

/// What the name of a file gives away.
#[must_use]
pub fn named(path: &EntryPath, place: &Place, texts: &TextRules) -> Vec<Finding> {
    let hits = texts.find(path.as_str().as_bytes(), &[], path.as_str());
    hits.into_iter().map(|hit| told(hit, place.clone())).collect()
}

/// What the detectors make of a path: the same content is seen alike at paths that are alike.
#[must_use]
pub fn likeness(path: &EntryPath) -> (u8, bool, bool) {
    let path = path.as_str();
    (TextKind::of(path) as u8, raw::is_raw(path), path == package::PATH)
}

/// The rules of all detectors that are written in code.
#[must_use]
pub fn rules() -> Vec<Rule> {
    INSPECTORS.iter().flat_map(|inspector| inspector.rules()).collect()
}
