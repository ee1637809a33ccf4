//! Any bytes as what each parser reads: never a panic, and what was read is read the same again.

use std::sync::LazyLock;

use lastlook::gate::{Route, read_upload};
use lastlook::inspect::{RuleFile, Subject, Task, TextRules, inspect};
use lastlook::judge::{Policy, Snapshot};
use lastlook::model::{Entry, EntryPath, Finding, Limits, Place};
use lastlook::open::{Buffer, Input, Meter, Sink, sniff, unpack};

use super::whole::{RULES, audit};

static TEXTS: LazyLock<TextRules> = LazyLock::new(|| TextRules::new([], &[]).expect("the rules are sound"));

/// An artifact: gzip, tar, or a single file.
pub fn artifact(bytes: &[u8]) {
    audit("pkg.tgz", bytes.to_vec());
}

/// A deflate stream behind a sound header, with a trailer that claims some length: the one unsafe file.
pub fn inflate(bytes: &[u8]) {
    let (Some((crc, rest)), mut buffer) = (bytes.split_first_chunk::<4>(), Buffer::default()) else { return };
    let Some((length, stream)) = rest.split_first_chunk::<4>() else { return };
    let mut whole = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    whole.extend(stream);
    whole.extend(crc);
    whole.extend((u32::from_le_bytes(*length) % (1 << 20)).to_le_bytes());
    let input = Input::from_vec(whole);
    drop(unpack(&input, &mut buffer, &Limits::default()));
}

/// Takes entries as far down as they go.
struct Taken<'m> {
    meter: &'m Meter,
    depth: u32,
    bytes: u64,
}

impl<'a> Sink<'a> for Taken<'_> {
    fn entry(&mut self, entry: Entry<'a>) {
        self.bytes += entry.body.len() as u64;
        if self.depth < 4 && !entry.rest {
            let mut inner = Taken { meter: self.meter, depth: self.depth + 1, bytes: 0 };
            let name = entry.path.as_str();
            sniff(&entry.body, name).and_then(|form| form.open(&entry.body, name, self.meter, &mut inner));
        }
    }
    fn finding(&mut self, _: Finding) {}
}

/// A container of any form; the first byte chooses its name.
pub fn containers(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let names = ["a", "a.zip", "a.js.br", "a.gz"];
    let limits = Limits { unpacked: 16 << 20, ..Limits::default() };
    let meter = Meter::new(limits, bytes.len() as u64);
    let mut taken = Taken { meter: &meter, depth: 0, bytes: 0 };
    let name = names[usize::from(*first) % names.len()];
    sniff(bytes, name).and_then(|form| form.open(bytes, name, &meter, &mut taken));
}

/// A file of any kind, through every detector; the first byte chooses its name.
pub fn contents(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let names = [
        "a.js",
        "a.css",
        "a.html",
        "a.map",
        "README.md",
        "a.less",
        "a",
        "package.json",
        "a.ts",
        "a.jsbundle",
        ".claude/settings.json",
        "stats.json",
        "coverage/lcov.info",
        ".npmrc",
        ".env",
        "a.tsbuildinfo",
    ];
    let path = EntryPath::parse(names[usize::from(*first) % names.len()]).expect("a sound path");
    let seen = inspect(&Subject::new(&path, bytes), &Place::at(path.as_str()), Task::of(&TEXTS));
    for row in &seen.carried {
        // A byte of UTF-16, or one that is no text, becomes three at most.
        assert!(row.bytes() <= 3 * bytes.len() as u64 + 3 * row.texts.len() as u64);
    }
    for finding in &seen.findings {
        assert!(finding.message.len() < 64 << 10, "a message of {} bytes", finding.message.len());
    }
}

/// A policy: it is one, or there is an error with a place.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parse = || Policy::parse(text, "lastlook.toml", None, RULES.book(), RULES.data());
    match parse() {
        Ok(policy) => assert_eq!(policy.digest, parse().expect("it was read before").digest),
        Err(error) => assert!(error.line > 0 && error.column > 0),
    }
}

/// A file of rules, a list of reviewed contents, and a text that is searched.
pub fn rules(bytes: &[u8]) {
    drop(TEXTS.find(bytes, &[], "a.js"));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    drop(TEXTS.redacted(text));
    drop(Snapshot::parse(text));
    if let Ok(file) = RuleFile::read(text) {
        drop(TextRules::new([file], &[]).map(|rules| rules.find(b"some text", &[], "a.js")));
    }
}

/// A request of a client of the gate: its target, and the document that it publishes.
pub fn gate(bytes: &[u8]) {
    let (head, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    if let Ok(target) = std::str::from_utf8(head) {
        for method in ["GET", "PUT", "POST", "DELETE"] {
            if let Some(Route::Document { name }) = Route::of(method, target) {
                // A name has one form, and is the same when it is read again.
                let again = Route::of("PUT", &format!("/{}", name.replace('/', "%2f")));
                assert_eq!(again, Some(Route::Document { name }));
            }
        }
    }
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    // What is read once is read the same again.
    assert_eq!(read_upload("w", body), read_upload("w", body));
}
