//! A program → the files that its packer put into it: one packer per file, each found by what it leaves behind.

mod bun;
mod deno;
mod eszip;
mod nexe;
mod pkg;
mod sea;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::model::{Entry, EntryPath, Finding, Place};

use super::{Meter, Sink, packed, rules};

/// Whether `bytes` begin like a program, or like what is put into one.
pub(super) fn is_program(bytes: &[u8]) -> bool {
    match bytes {
        [0x7f, b'E', b'L', b'F', ..]
        | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
        // Several programs in one; Java classes begin the same, with a version where the count stands.
        | [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=30, ..]
        | [b'E', b'S', b'Z', b'I', b'P', b'_' | b'2', ..]
        | [0x20, 0xda, 0x43, 0x01, ..] => true,
        [b'M', b'Z', ..] => bytes.len() > 64,
        _ => false,
    }
}

/// A file inside a program.
struct Piece {
    name: String,
    /// Where it was.
    at: Range<usize>,
    body: Body,
}

enum Body {
    /// The bytes there.
    Plain,
    /// A map of this many names, and packed texts, that takes the place of a format that only its packer knows.
    Map(Vec<(String, Range<usize>)>),
}

/// What the packers left in some bytes.
struct Pieces {
    list: Vec<Piece>,
    /// How many pieces, and how many bytes of names, there may still be.
    room: (u64, usize),
    /// How many bytes of tables may still be read: a mark is soon written, and may lead to the same table again.
    effort: usize,
    /// What could not be read, each once.
    broken: BTreeSet<&'static str>,
}

/// Bytes of all names together.
const NAMES: usize = 32 << 20;

const TOO_MANY: &str = "holds more files, or longer names, than the limits allow";

impl Pieces {
    fn new(bytes: &[u8], meter: &Meter) -> Self {
        let effort = bytes.len().saturating_mul(4).saturating_add(1 << 20);
        Self { list: Vec::new(), room: (meter.entries_left(), NAMES), effort, broken: BTreeSet::new() }
    }

    /// Notes a file, if there is room for it. The same bytes under the same name are noted once.
    fn add(&mut self, name: String, at: Range<usize>, body: Body) {
        let (Some(files), Some(names)) = (self.room.0.checked_sub(1), self.room.1.checked_sub(name.len())) else {
            self.broken.insert(TOO_MANY);
            return;
        };
        self.room = (files, names);
        self.list.push(Piece { name, at, body });
    }

    /// Whether another `len` bytes of tables may be read.
    fn spend(&mut self, len: usize) -> bool {
        let left = self.effort.checked_sub(len.max(64));
        if left.is_none() {
            self.broken.insert(TOO_MANY);
        }
        self.effort = left.unwrap_or(self.effort);
        left.is_some()
    }
}

/// Notes what one packer left in some bytes.
type Packer = fn(&[u8], &mut Pieces);

const PACKERS: &[Packer] = &[bun::find, sea::find, deno::find, eszip::find, nexe::find, pkg::find];

/// Hands the files in `bytes` to `sink`, and says where they were.
pub(super) fn read<'b>(bytes: &'b [u8], meter: &Meter, sink: &mut dyn Sink<'b>) -> Vec<Range<usize>> {
    let mut pieces = Pieces::new(bytes, meter);
    for packer in PACKERS {
        packer(bytes, &mut pieces);
    }
    for what in pieces.broken {
        let rule = if what == TOO_MANY { &rules::LIMIT } else { &rules::UNSUPPORTED };
        sink.finding(Finding::new(&rule.id, Place::whole(), format!("this program {what}")).unread());
    }
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut seen = BTreeSet::new();
    for piece in pieces.list {
        // A table that is found twice leads to the same files.
        if !seen.insert((piece.at.start, piece.at.end, piece.name.clone())) {
            continue;
        }
        let path = EntryPath::tamed(&piece.name);
        let body: Cow<'b, [u8]> = match piece.body {
            Body::Plain => Cow::Borrowed(bytes.get(piece.at.clone()).unwrap_or_default()),
            Body::Map(sources) => match map(bytes, &path, &sources, meter, sink) {
                Some(json) => Cow::Owned(json),
                None => continue,
            },
        };
        if let Err(limit) = meter.charge(body.len() as u64) {
            sink.finding(*limit);
            break;
        }
        taken.push(piece.at);
        if !body.is_empty() {
            sink.entry(Entry::new(path, body));
        }
    }
    taken
}

/// A source map with these names and the texts that are packed beside them, as any tool would write it.
fn map(
    bytes: &[u8],
    path: &EntryPath,
    sources: &[(String, Range<usize>)],
    meter: &Meter,
    sink: &mut dyn Sink<'_>,
) -> Option<Vec<u8>> {
    let mut texts = Vec::new();
    for (_, at) in sources {
        let content = packed::unzstd(bytes.get(at.clone()).unwrap_or_default(), meter);
        for finding in content.findings {
            sink.finding(Finding { place: Place::at(path.as_str()), ..finding });
        }
        if let Err(limit) = meter.charge(content.bytes.len() as u64) {
            sink.finding(*limit);
            return None;
        }
        texts.push(String::from_utf8_lossy(&content.bytes).into_owned());
    }
    let names: Vec<&String> = sources.iter().map(|(name, _)| name).collect();
    let map = serde_json::json!({
        "version": 3, "sources": names, "sourcesContent": texts, "names": [], "mappings": "",
    });
    match serde_json::to_vec(&map) {
        Ok(json) => Some(json),
        Err(error) => {
            sink.finding(Finding::new(&rules::UNREAD.id, Place::at(path.as_str()), error.to_string()).unread());
            None
        }
    }
}

/// Numbers in a row of bytes, little end first unless said otherwise.
#[derive(Clone, Copy)]
struct Numbers<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Numbers<'b> {
    fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at }
    }
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(N)?)?.try_into().ok()?;
        self.at += N;
        Some(taken)
    }
    fn u8(&mut self) -> Option<u8> {
        Some(u8::from_le_bytes(self.take()?))
    }
    fn u32(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take()?)).ok()
    }
    fn u64(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take()?)).ok()
    }
    fn u32_big(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(self.take()?)).ok()
    }
    /// The next `len` bytes, as a range of the whole.
    fn span(&mut self, len: usize) -> Option<Range<usize>> {
        let range = self.at..self.at.checked_add(len)?;
        self.bytes.get(range.clone())?;
        self.at = range.end;
        Some(range)
    }
}

/// Text at `range`, if it is short enough for a name. What else a name may hold, its packer does not care.
fn name(bytes: &[u8], range: Range<usize>) -> Option<Cow<'_, str>> {
    let text = bytes.get(range).filter(|text| text.len() <= 4096)?;
    Some(String::from_utf8_lossy(text))
}
