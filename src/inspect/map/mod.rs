//! Source maps in every textual form -> carriers, findings, and references to be settled.

mod buried;
mod comment;
mod data_url;
mod draft;
mod fields;
mod json;
mod literal;
mod origin;
mod pointer;
mod rules;
mod script;
mod texts;
mod unescape;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{Found, Inspector, Reference, Subject, TextKind, host};
use crate::model::{Carried, Carrier, EntryPath, Finding, Place, Position, Positions, Rule};

use comment::Mention;
use draft::Scan;
use fields::Draft;
pub(super) use literal::decoded as literal;
pub use pointer::{Pointer, is_remote};
pub use rules::{EMBEDDED, PATHS};
use texts::Measures;
pub(super) use texts::measured;

/// Finds source maps by content, in any file of any name.
pub struct Maps;

impl Inspector for Maps {
    fn rules(&self) -> Vec<Rule> {
        rules::RULES.to_vec()
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let text = &*subject.text.bytes;
        if let Some(start) = json_start(text) {
            let (scan, measures) = texts::scan(text, start);
            let any = !scan.drafts.is_empty();
            report(text, &scan, &measures, None, Form::Document, found);
            if any {
                return;
            }
        }
        loose(subject, found);
    }
}

/// Maps in a text that is none itself: in comments, in strings, behind something that is no JSON.
fn loose(subject: &Subject<'_>, found: &mut Found<'_>) {
    let (text, kind) = (&*subject.text.bytes, subject.text.kind);
    let mut search =
        Search { text, kind, apart: &|at| subject.is_apart(at), fixed: None, depth: 0, within: Vec::new() };
    search.run(found);
}

/// How deep strings in strings are followed.
const STRINGS: u32 = 2;

/// The search for maps in one text, or in the inside of one of its strings.
struct Search<'s> {
    text: &'s [u8],
    kind: TextKind,
    /// What is inspected as a file of its own.
    apart: &'s dyn Fn(usize) -> bool,
    /// Where the string begins whose inside this is.
    fixed: Option<Position>,
    depth: u32,
    /// What was read already, in order.
    within: Vec<Range<usize>>,
}

impl Search<'_> {
    fn run(&mut self, found: &mut Found<'_>) {
        let mentions = comment::mentions(self.text, self.kind);
        let holds = memchr::memmem::find(self.text, b"sourcesContent").is_some();
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
        for url in mentions.filter_map(|mention| self.text.get(mention.value)) {
            if let Some(rest) = data_url::strip(url) {
                inline(rest, self.fixed, Form::Quoted(Carrier::Eval), found);
            }
        }
    }

    fn is_read(&self, at: usize) -> bool {
        let before = self.within.partition_point(|range| range.start <= at).checked_sub(1);
        before.and_then(|index| self.within.get(index)).is_some_and(|range| range.contains(&at))
    }

    /// Strings that hold a map as JSON, or code that holds one.
    fn strings(&mut self, found: &mut Found<'_>) {
        let mut positions = Positions::new(self.text);
        for (range, inside) in literal::strings(self.text) {
            let position = self.fixed.or_else(|| Some(positions.at(range.start)));
            let (scan, measures) = json_start(&inside).map(|start| texts::scan(&inside, start)).unwrap_or_default();
            if !scan.drafts.is_empty() {
                report(&inside, &scan, &measures, position, Form::Quoted(Carrier::Script), found);
            } else if self.depth < STRINGS {
                let (apart, depth) = (&|_| false, self.depth + 1);
                let (text, kind, within) = (&*inside, TextKind::Script, Vec::new());
                Search { text, kind, apart, fixed: position, depth, within }.run(found);
            } else {
                continue;
            }
            self.within.push(range);
        }
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
                report(self.text, &scan, &Measures::default(), position, form, found);
            }
            read.push(range);
        }
        self.within.append(&mut read);
        self.within.sort_by_key(|range| range.start);
        let mut positions = Positions::new(self.text);
        for map in written {
            // JSON outside of a program was read as such, whatever it was worth.
            if self.is_read(map.at) || (map.plain && self.kind != TextKind::Script) {
                continue;
            }
            let position = self.fixed.or_else(|| Some(positions.at(map.at)));
            let json = map.json();
            let (scan, measures) = texts::scan(&json, 0);
            report(&json, &scan, &measures, position, Form::Quoted(Carrier::Script), found);
        }
    }
}

/// The URL in a section of a WebAssembly module.
pub(super) fn section(url: &[u8], found: &mut Found<'_>) {
    if let Some(rest) = data_url::strip(url) {
        inline(rest, None, Form::Section, found);
    } else if !url.is_empty() {
        let url = String::from_utf8_lossy(url).into_owned();
        found.seen.references.push(Reference { url, position: None });
    }
}

/// Whether a map in a URL in `text` holds the text of its sources.
pub(super) fn holds_text(text: &str) -> bool {
    comment::mentions(text.as_bytes(), TextKind::Script).into_iter().any(|mention| {
        let url = text.as_bytes().get(mention.value).unwrap_or_default();
        let decoded = data_url::strip(url).and_then(data_url::decode).unwrap_or_default();
        let scan = json_start(&decoded).map(|start| texts::scan(&decoded, start).0).unwrap_or_default();
        scan.drafts.iter().flat_map(|draft| &draft.parts).any(|part| !part.contents.is_empty())
    })
}

/// How a map is written into a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The file is the map, or holds it as JSON.
    Document,
    /// Behind something that is no JSON.
    Buried,
    /// In a comment that consumers obey.
    Comment,
    /// In a section of a WebAssembly module.
    Section,
    /// In something else that ships: a string, an example.
    Quoted(Carrier),
}

/// Where the JSON begins: behind a mark, blanks, and what servers put before it to keep it from being run as code.
fn json_start(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest).trim_ascii_start();
        let guard =
            [&b")]}'"[..], b")]}", b"for(;;);", b"while(1);", b","].iter().find_map(|guard| rest.strip_prefix(*guard));
        match guard {
            Some(after) => rest = after,
            None => break,
        }
    }
    let start = text.len() - rest.len();
    let packed = rest.starts_with(b"\"{") || rest.starts_with(b"\"[");
    (packed || matches!(rest.first(), Some(b'{' | b'['))).then_some(start)
}

/// Turns what a scan found into carriers and findings.
fn report(
    text: &[u8],
    scan: &Scan,
    measures: &Measures,
    position: Option<Position>,
    form: Form,
    found: &mut Found<'_>,
) {
    for draft in &scan.drafts {
        let carrier = match form {
            Form::Document if draft.top => Carrier::File,
            Form::Buried => Carrier::File,
            Form::Document => Carrier::Report,
            Form::Comment => Carrier::Inline,
            Form::Section => Carrier::Wasm,
            Form::Quoted(carrier) => carrier,
        };
        let place = Place { position, ..found.place() };
        let row = texts::carried(text, draft, measures, &place, carrier, found.taker());
        // Outside a comment only text is worth a word: code is full of examples.
        if matches!(form, Form::Quoted(_)) && row.bytes() == 0 {
            continue;
        }
        describe(text, draft, &row, position, found);
        let buried = (form == Form::Buried).then(|| "something else stands before it".to_owned());
        if let Some(why) = refusal(draft, scan).or(buried) {
            let message = format!("looks like a source map and does not parse: {why}");
            found.finding(&rules::UNREADABLE, position, message);
        }
        for url in &draft.urls {
            let url = unescape::unescape(url.raw(text), url.escaped, &mut Vec::new()).into_owned();
            match data_url::strip(url.as_bytes()) {
                Some(rest) => inline(rest, position, form, found),
                None => found.seen.references.push(Reference { url, position }),
            }
        }
        found.seen.carried.push(row);
    }
    for quoted in &scan.packed {
        let inner = unescape::unescape(quoted.raw(text), true, &mut Vec::new()).into_owned();
        let (scan, measures) = texts::scan(inner.as_bytes(), 0);
        report(inner.as_bytes(), &scan, &measures, position, Form::Quoted(Carrier::Report), found);
    }
    if scan.too_deep && scan.drafts.is_empty() {
        let message = "nested deeper than many readers follow: they may not see a source map in it";
        found.finding(&rules::UNREADABLE, position, message.to_owned());
    }
}

/// Why consumers refuse a map.
fn refusal(draft: &Draft, scan: &Scan) -> Option<String> {
    let deep = scan.too_deep.then(|| "it is nested deeper than many readers follow".to_owned());
    draft.refused.map(str::to_owned).or(deep).or(scan.broken_at.map(|at| format!("it is no JSON from byte {at} on")))
}

/// The finding about the texts or names that a map gives away.
fn describe(text: &[u8], draft: &Draft, carried: &Carried, position: Option<Position>, found: &mut Found<'_>) {
    let names: Vec<String> = draft.parts.iter().flat_map(|part| texts::names(text, part)).collect();
    let tool = origin::tool(text, &names);
    if text.len() >= host::LARGE {
        host::in_names(&names, found);
    }
    let help = tool
        .map(|tool| format!("{}, and keep maps out of the package: \"files\": [\"dist\", \"!**/*.map\"]", tool.fix));
    let by = tool.map_or_else(String::new, |tool| format!(", written by {}", tool.name));
    let key = carried.carrier.word();
    let mut add = |rule: &Rule, message: String| {
        let finding = found.finding(rule, position, message);
        finding.help.clone_from(&help);
        key.clone_into(&mut finding.key);
    };
    if carried.bytes() > 0 {
        let (count, lines) = (carried.texts.len(), carried.lines());
        let plural = if count == 1 { "source with its" } else { "sources with their" };
        let line = if lines == 1 { "line" } else { "lines" };
        add(&rules::EMBEDDED, format!("{count} {plural} text, {lines} {line}{by}"));
    } else if let Some(name) = names.iter().find(|name| !name.is_empty()) {
        let count = names.len();
        let plural = if count == 1 { "path" } else { "paths" };
        add(&rules::PATHS, format!("{count} original {plural} without text, such as {}{by}", bounded(name)));
    }
    let remote: Vec<&String> = names.iter().filter(|name| is_remote(name)).collect();
    if let Some(first) = remote.first() {
        let message = format!("{} of its sources stand on another host, such as {}", remote.len(), bounded(first));
        "sources".clone_into(&mut found.finding(&rules::REMOTE, position, message).key);
    }
}

/// Reads the maps in URLs, and keeps the references that consumers obey.
fn settle_mentions(text: &[u8], kind: TextKind, mentions: impl Iterator<Item = Mention>, found: &mut Found<'_>) {
    let mut positions = Positions::new(text);
    let mut known = BTreeSet::new();
    for mention in mentions {
        let Some(url) = text.get(mention.value.clone()) else { continue };
        let position = Some(positions.at(mention.at));
        if let Some(rest) = data_url::strip(url) {
            let form = if mention.effective {
                Form::Comment
            } else {
                Form::Quoted(if kind == TextKind::Script { Carrier::Eval } else { Carrier::Inline })
            };
            inline(rest, position, form, found);
        } else if mention.effective && known.insert(url) {
            let url = String::from_utf8_lossy(url).into_owned();
            found.seen.references.push(Reference { url, position });
        }
    }
}

/// A map in a `data:` URL.
fn inline(rest: &[u8], position: Option<Position>, form: Form, found: &mut Found<'_>) {
    let decoded = data_url::decode(rest).unwrap_or_default();
    let text = super::Text::of("", &decoded);
    let (scan, measures) = json_start(&text.bytes).map(|start| texts::scan(&text.bytes, start)).unwrap_or_default();
    report(&text.bytes, &scan, &measures, position, form, found);
    let empty = scan.drafts.is_empty() && !scan.too_deep;
    if empty && form == Form::Comment && !decoded.is_empty() {
        let message = "a data: URL in a source map comment that holds no source map";
        found.finding(&rules::UNREADABLE, position, message.to_owned());
    }
}

/// Settles a reference now that all files are known.
pub fn settle(from: &EntryPath, place: &Place, reference: &Reference, ships: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let place = Place { position: reference.position, ..place.clone() };
    let url = bounded(&reference.url);
    match Pointer::follow(from, &reference.url) {
        Pointer::Remote => Some(Finding::new(&rules::REMOTE.id, place, format!("points to {url}")).keyed(url.as_ref())),
        Pointer::Inside(paths) if paths.iter().any(|path| ships(path)) => None,
        Pointer::Inside(_) | Pointer::Outside => Some(
            Finding::new(&rules::DANGLING.id, place, format!("points to {url}, which does not ship"))
                .keyed(url.as_ref()),
        ),
    }
}

/// Text of an artifact in a message, bounded.
fn bounded(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(160) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}
