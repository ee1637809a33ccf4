//! A text that is no map → the maps in it: in strings, in objects, in URLs, behind something that is no JSON.

use std::ops::Range;

use super::comment::{self, Mention};
use super::rewritten::{Rewritten, rewritten};
use super::texts::{self, Measures};
use super::{Form, buried, data_url, encoded, inline, literal, report, scanned, settle_mentions};
use crate::inspect::marks::Mark;
use crate::inspect::{Found, Subject, TextKind};
use crate::model::{Carrier, Position, Positions};

/// Maps in a text that is none itself: in comments, in strings, behind something that is no JSON. What stands `within`
/// some ranges, in order, was read; where its strings were `told`, so was what is written in them in another way.
pub(super) fn loose(subject: &Subject<'_>, within: Vec<Range<usize>>, told: bool, found: &mut Found<'_>) {
    let (text, kind, anew) = (&*subject.text.bytes, subject.text.kind, if told { 0 } else { ANEW });
    let mut search = Search { text, kind, apart: &|at| subject.is_apart(at), fixed: None, depth: 0, anew, within };
    let marks = subject.marks();
    let references: Vec<usize> = marks.each(text, Mark::Map).collect();
    search.run(&references, marks.any(Mark::Contents), found);
    search.encoded(encoded::WORDS.iter().flat_map(|word| marks.each(text, *word)).collect(), found);
}

/// Maps in what was decoded out of a string at `position`; those in URLs too, if `urls`.
pub(super) fn inside(text: &[u8], position: Option<Position>, urls: bool, found: &mut Found<'_>) {
    let (kind, within) = (TextKind::Script, Vec::new());
    let mut search = Search { text, kind, apart: &|_| false, fixed: position, depth: 1, anew: ANEW, within };
    let references = if urls { comment::places(text) } else { Vec::new() };
    search.run(&references, memchr::memmem::find(text, Mark::Contents.word().as_bytes()).is_some(), found);
    if urls {
        let places = |word: &Mark| memchr::memmem::find_iter(text, word.word().as_bytes()).collect::<Vec<_>>();
        search.encoded(encoded::WORDS.iter().flat_map(places).collect(), found);
    }
}

/// How deep strings in strings are followed.
const STRINGS: u32 = 2;

/// How often a text is written anew, each time out of the one before.
const ANEW: u32 = 3;

/// The search for maps in one text, or in the inside of one of its strings.
struct Search<'s> {
    text: &'s [u8],
    kind: TextKind,
    /// What is inspected as a file of its own.
    apart: &'s dyn Fn(usize) -> bool,
    /// Where the string begins whose inside this is.
    fixed: Option<Position>,
    depth: u32,
    /// How often it may still be written anew.
    anew: u32,
    /// What was read already, in order.
    within: Vec<Range<usize>>,
}

impl Search<'_> {
    /// The search, given where references stand, and whether there is a word of a map: in the text as it is, and as it
    /// is read.
    fn run(&mut self, references: &[usize], holds: bool, found: &mut Found<'_>) {
        self.plainly(references, holds, found);
        let anew = (self.anew > 0 && self.kind != TextKind::Prose).then(|| rewritten(self.text, self.kind, holds));
        if let Some(plain) = anew.flatten() {
            self.again(&plain, found);
        }
    }

    /// The same in the text that was written anew, but for what was read.
    fn again(&mut self, plain: &Rewritten, found: &mut Found<'_>) {
        if self.depth == 0 {
            self.read(found.read.clone());
        }
        let fixed = self.fixed.or_else(|| Some(Positions::new(self.text).at(plain.first)));
        let (text, within, apart) = (&*plain.bytes, plain.ranges(&self.within), |at| (self.apart)(plain.before(at)));
        let (kind, depth, anew) = (TextKind::Script, self.depth.max(1), self.anew - 1);
        let holds = memchr::memmem::find(text, Mark::Contents.word().as_bytes()).is_some();
        let references = comment::places(text);
        Search { text, kind, apart: &apart, fixed, depth, anew, within }.run(&references, holds, found);
    }

    /// The search in the text as it is.
    fn plainly(&mut self, references: &[usize], holds: bool, found: &mut Found<'_>) {
        let mentions = comment::classified(self.text, self.kind, references);
        if holds && self.kind == TextKind::Script {
            self.strings(found);
        }
        if holds {
            self.objects(&mentions, found);
        }
        let outside = |mention: &Mention| !self.is_read(mention.at) && !(self.apart)(mention.at);
        let mentions = mentions.into_iter().filter(outside);
        if self.depth == 0 {
            return settle_mentions(self.text, self.kind, mentions, found);
        }
        // What a string says is obeyed once it is run: only a map that it holds itself counts.
        let mentions: Vec<Mention> = mentions.collect();
        for mention in &mentions {
            if let Some(rest) = self.text.get(mention.value.clone()).and_then(data_url::strip) {
                inline(rest, self.fixed, Form::Quoted(Carrier::Eval), found);
            }
        }
        self.read(mentions.into_iter().map(|mention| mention.value).collect());
    }

    /// Maps in base64 around `places` that nothing else led to.
    fn encoded(&mut self, mut places: Vec<usize>, found: &mut Found<'_>) {
        if places.is_empty() {
            return;
        }
        places.sort_unstable();
        if self.depth == 0 {
            self.read(found.read.clone());
        }
        let read = |at: usize| self.is_read(at) || (self.apart)(at);
        let mut positions = Positions::new(self.text);
        for (range, text) in encoded::maps(self.text, places.into_iter(), read) {
            let position = self.fixed.or_else(|| Some(positions.at(range.start)));
            let form = Form::Quoted(Carrier::Inline);
            let (scan, mut measures) = scanned(&text, found);
            report(&text, &scan, &mut measures, position, form, found);
            let buried = if scan.drafts.is_empty() { buried::maps(&text, TextKind::Other) } else { Vec::new() };
            for (_, scan) in buried {
                report(&text, &scan, &mut Measures::default(), position, form, found);
            }
        }
    }

    fn is_read(&self, at: usize) -> bool {
        let before = self.within.partition_point(|range| range.start <= at).checked_sub(1);
        before.and_then(|index| self.within.get(index)).is_some_and(|range| range.contains(&at))
    }

    /// Strings that hold a map as JSON, or code that holds one.
    fn strings(&mut self, found: &mut Found<'_>) {
        let (mut positions, mut read) = (Positions::new(self.text), Vec::new());
        for (range, inside) in literal::strings(self.text) {
            if self.is_read(range.start) {
                continue;
            }
            let position = self.fixed.or_else(|| Some(positions.at(range.start)));
            let (scan, mut measures) = scanned(&inside, found);
            if !scan.drafts.is_empty() {
                report(&inside, &scan, &mut measures, position, Form::Quoted(Carrier::Script), found);
            } else if self.depth < STRINGS {
                let (apart, depth) = (&|_| false, self.depth + 1);
                let (text, kind, within) = (&*inside, TextKind::Script, Vec::new());
                let holds = memchr::memmem::find(text, Mark::Contents.word().as_bytes()).is_some();
                let references = comment::places(text);
                let anew = self.anew;
                Search { text, kind, apart, fixed: position, depth, anew, within }.run(&references, holds, found);
            } else {
                continue;
            }
            read.push(range);
        }
        self.read(read);
    }

    /// Notes what was read.
    fn read(&mut self, mut ranges: Vec<Range<usize>>) {
        self.within.append(&mut ranges);
        self.within.sort_by_key(|range| range.start);
    }

    /// Maps that are written as JSON or as literals, outside of strings.
    fn objects(&mut self, mentions: &[Mention], found: &mut Found<'_>) {
        let readable = !matches!(self.kind, TextKind::Prose | TextKind::Json) && !buried::is_binary(self.text);
        let mut written = if readable { literal::written(self.text) } else { Vec::new() };
        written.retain(|map| !self.is_read(map.at) && !(self.apart)(map.at));
        let mut positions = Positions::new(self.text);
        let mut read = Vec::new();
        for (range, scan) in buried::maps(self.text, self.kind) {
            // A map that is written into a URL as it is belongs to that URL.
            let before = mentions.partition_point(|mention| mention.at <= range.start).checked_sub(1);
            let around = before.and_then(|at| mentions.get(at)).filter(|mention| mention.value.contains(&range.start));
            let in_url = around.and_then(|mention| data_url::strip(self.text.get(mention.value.clone())?)).is_some();
            if self.is_read(range.start) {
                continue;
            }
            // What is no sound JSON may be sound JavaScript, which is read as that.
            let from = written.partition_point(|map| map.at < range.start);
            let literal = written.get(from).is_some_and(|map| range.contains(&map.at));
            if literal && !buried::is_sound(&scan) && self.kind == TextKind::Script {
                continue;
            }
            if !in_url && !(self.apart)(range.start) {
                let form = match self.kind {
                    TextKind::Script => Form::Quoted(Carrier::Script),
                    _ if buried::is_binary(self.text) => Form::Quoted(Carrier::File),
                    _ => Form::Buried,
                };
                let position = self.fixed.or_else(|| Some(positions.at(range.start)));
                report(self.text, &scan, &mut Measures::default(), position, form, found);
            }
            read.push(range);
        }
        self.read(read);
        let (mut positions, mut read) = (Positions::new(self.text), Vec::new());
        for map in written {
            // JSON outside of a program was read as such, whatever it was worth.
            if self.is_read(map.at) || (map.plain && self.kind != TextKind::Script) {
                continue;
            }
            let position = self.fixed.or_else(|| Some(positions.at(map.at)));
            let json = map.json();
            let (scan, mut measures) = texts::scan(&json, 0, found.task());
            report(&json, &scan, &mut measures, position, Form::Quoted(Carrier::Script), found);
            read.push(map.at..map.at + 1);
        }
        self.read(read);
    }
}
