//! Source maps in every textual form -> carriers, findings, and references to be settled.

mod buried;
mod comment;
mod data_url;
mod deployed;
mod draft;
mod encoded;
mod entities;
mod fields;
mod frame;
mod given;
mod json;
mod literal;
mod lookup;
mod origin;
mod pointer;
mod rewritten;
mod rules;
mod script;
mod search;
mod texts;
mod unescape;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Found, Inspector, Reference, Subject, TextKind, host};
use crate::model::{Carried, Carrier, EntryPath, Finding, Place, Position, Positions, Rule};

use comment::Mention;
pub use deployed::{is_map, leads, pointers, section_pointers};
use draft::Scan;
use fields::Draft;
pub(super) use literal::decoded as literal;
pub use lookup::{Spot, carried, origins, spot};
pub use pointer::{Pointer, is_remote};
pub use rules::{DANGLING, EMBEDDED, PATHS, REMOTE};
pub use texts::Measure;
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
        let (mut read, mut strings) = (Vec::new(), false);
        if let Some(start) = json_start(text) {
            let (scan, mut measures) = texts::scan(text, start, found.task());
            report(text, &scan, &mut measures, None, Form::Document, found);
            // Where it is JSON to its end, there is nothing else but its strings.
            let whole = !scan.drafts.is_empty() && scan.broken_at.is_none();
            strings = whole || subject.text.kind != TextKind::Script;
            if strings {
                told(text, &scan, None, whole, found);
            }
            if whole {
                return;
            }
            read.extend(scan.drafts.iter().map(|draft| draft.span.clone()));
            read.sort_unstable_by_key(|span| span.start);
        }
        search::loose(subject, read, strings, found);
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
        let scan = json_start(&decoded).map(|start| draft::scan(&decoded, start, &mut |_| ())).unwrap_or_default();
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

/// The maps in what was decoded, if it is JSON.
fn scanned(text: &[u8], found: &Found<'_>) -> (Scan, Measures) {
    json_start(text).map(|start| texts::scan(text, start, found.task())).unwrap_or_default()
}

/// Turns what a scan found into carriers and findings.
fn report(
    text: &[u8],
    scan: &Scan,
    measures: &mut Measures,
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
        let row = texts::carried(text, draft, measures, &place, carrier, found);
        if matches!(form, Form::Document | Form::Buried) {
            found.read.extend(texts::ranges(draft));
        }
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
                Some(rest) => deeper(position, found, |found| inline(rest, position, form, found)),
                None => found.seen.references.push(Reference { url, position }),
            }
        }
        found.seen.carried.push(row);
    }
    for quoted in &scan.packed {
        deeper(position, found, |found| {
            let inner = unescape::unescape(quoted.raw(text), true, &mut Vec::new()).into_owned();
            let (scan, mut measures) = scanned(inner.as_bytes(), found);
            report(inner.as_bytes(), &scan, &mut measures, position, Form::Quoted(Carrier::Report), found);
        });
    }
    if form != Form::Document {
        told(text, scan, position, true, found);
    }
    if scan.crowded {
        let message = "more source maps, or more texts in them, than any tool writes: the last were not looked at";
        found.finding(&rules::UNREADABLE, position, message.to_owned()).unread = true;
    }
    if scan.too_deep && scan.drafts.is_empty() {
        let message = "nested deeper than many readers follow: they may not see a source map in it";
        found.finding(&rules::UNREADABLE, position, message.to_owned());
    }
}

/// Looks for maps in the strings of `scan` that speak of them; for those in URLs too where nobody else does.
fn told(text: &[u8], scan: &Scan, position: Option<Position>, urls: bool, found: &mut Found<'_>) {
    let mut positions = Positions::new(text);
    for quoted in &scan.told {
        let position = position.or_else(|| Some(positions.at(quoted.range.start)));
        deeper(position, found, |found| {
            let inner = unescape::unescape(quoted.raw(text), quoted.escaped, &mut Vec::new()).into_owned();
            search::inside(inner.as_bytes(), position, urls, found);
        });
    }
}

/// How deep maps in maps are followed, each decoded out of the one around it.
const DEEPEST: u32 = 8;

/// Reads what was written into a map, as deep as that makes sense.
fn deeper<'t>(position: Option<Position>, found: &mut Found<'t>, read: impl FnOnce(&mut Found<'t>)) {
    if found.deep < DEEPEST {
        found.deep += 1;
        read(found);
        found.deep -= 1;
    } else if !found.seen.findings.last().is_some_and(|last| last.unread) {
        let message = format!("source maps in source maps, more than {DEEPEST} deep: the last were not looked at");
        found.finding(&rules::UNREADABLE, position, message).unread = true;
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
    let (mut known, mut remote, mut others) = (BTreeSet::new(), 0_u64, 0_u64);
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
            found.read.push(mention.value);
        } else if mention.effective && known.insert(url) {
            if known.len() > REFERENCES {
                let more = if is_remote(&String::from_utf8_lossy(url)) { &mut remote } else { &mut others };
                *more += 1;
                continue;
            }
            let url = String::from_utf8_lossy(url).into_owned();
            found.seen.references.push(Reference { url, position });
        }
    }
    for (rule, count, what) in [(&rules::REMOTE, remote, "on other hosts"), (&rules::DANGLING, others, "of this one")] {
        if count > 0 {
            let message = format!("{count} more references to maps {what}; no tool writes so many into one file");
            found.finding(rule, None, message);
        }
    }
}

/// As many references of one file are looked at one by one.
const REFERENCES: usize = 1_000;

/// A map in a `data:` URL.
fn inline(rest: &[u8], position: Option<Position>, form: Form, found: &mut Found<'_>) {
    let decoded = data_url::decode(rest).unwrap_or_default();
    let text = super::Text::of("", &decoded);
    let (scan, mut measures) = scanned(&text.bytes, found);
    report(&text.bytes, &scan, &mut measures, position, form, found);
    let mut apart: Vec<_> = scan.drafts.iter().flat_map(texts::ranges).collect();
    apart.sort_unstable_by_key(|range| range.start);
    found.search(&text.bytes, &apart, position);
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
pub(super) fn bounded(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(160) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}
