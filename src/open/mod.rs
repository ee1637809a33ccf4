//! bytes → entries: one container per file, found by content, never by name.

mod ahead;
mod asar;
mod buffer;
mod deflate;
mod embedded;
mod executable;
mod file;
mod folder;
mod form;
mod gaps;
mod gunzip;
mod gzip;
#[cfg(feature = "libdeflate")]
mod inflate;
mod kept;
mod meter;
mod packed;
mod record;
mod rules;
mod source;
mod tar;
mod zip;

use std::borrow::Cow;
use std::path::PathBuf;

use crate::model::{Entry, EntryPath, Finding, Kind, Limits, Place, Wrap};

pub use ahead::Ahead;
pub use buffer::Buffer;
pub use file::{Held, Input, OpenError, hold, hold_open, read_file, read_kept, read_stdin};
pub use folder::{Listed, beside, list, read};
pub use form::{Form, Opened, Owning, sniff};
pub use kept::Kept;
pub use meter::Meter;
pub use rules::{COLLISION, CONFLICT, DUPLICATE, EMPTY, LIMIT, LINK, NAME, RULES, TWIN, UNREAD};

/// Fields that readers skip, and that hold more bytes than this, are looked at: the usual ones are shorter.
const ROOMY: usize = 64;

/// The same for names and comments.
const WORDY: usize = 24;

/// What an opener hands its entries and findings to, in the order of the archive.
pub trait Sink<'a> {
    /// What the container is to its entries: said before the first of them, where it is no plain archive.
    fn wrap(&mut self, wrap: Wrap) {
        let _ = wrap;
    }
    /// One file. Its body may be inspected on another thread, beside the reading.
    fn entry(&mut self, entry: Entry<'a>);
    /// Something odd about the container.
    fn finding(&mut self, finding: Finding);
}

/// What a target is, as far as its kind on disk tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// A folder.
    Folder(PathBuf),
    /// A file that has no path any more.
    Kept(Kept),
}

impl Target {
    /// How many bytes there are to read, where that is known beforehand.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::File(path) => std::fs::metadata(path).map_or(0, |about| about.len()),
            Self::Kept(kept) => kept.len(),
            Self::Stdin | Self::Folder(_) => u64::MAX,
        }
    }
}

/// Bytes after the outer compression, if there was one.
pub struct Unpacked<'b> {
    kind: Kind,
    content: Content<'b>,
    packed: u64,
    /// The bytes with their compression, where they are held.
    outer: &'b [u8],
}

enum Content<'b> {
    /// All of it, in one piece, and what follows the compressed members.
    Whole(&'b [u8]),
    /// Too much to hold, or not readable by the fast way: to be read as a stream.
    Stream(Box<dyn source::Again<'b> + 'b>),
}

/// Takes off the outer gzip, where there is one, into `buffer` if the result fits.
pub fn unpack<'b>(input: &'b Input, buffer: &'b mut Buffer, limits: &Limits) -> Unpacked<'b> {
    let packed = input.len();
    let outer: &[u8] = match input {
        Input::Memory(bytes) if gzip::is_gzip(bytes) => bytes,
        Input::Memory(_) => &[],
        Input::Large(file) => file.head(),
    };
    let whole = |kind, content| Unpacked { kind, content: Content::Whole(content), packed, outer };
    let stream = |kind, content| Unpacked { kind, content: Content::Stream(content), packed, outer };
    match input {
        Input::Memory(bytes) if gzip::is_gzip(bytes) => match gzip::whole(bytes, buffer, limits) {
            Some(content) => whole(Kind::Tgz, content),
            None => stream(Kind::Tgz, Box::new(gunzip::Gunzip::over_bytes(bytes, *limits))),
        },
        Input::Memory(bytes) => whole(Kind::Tar, bytes),
        Input::Large(file) if gzip::is_gzip(file.head()) => {
            stream(Kind::Tgz, Box::new(gunzip::Gunzip::over_file(file, *limits)))
        }
        Input::Large(file) => stream(Kind::Tar, Box::new(source::Plain::new(file))),
    }
}

/// Reads the entries of `unpacked` into `sink`, and says what kind of artifact it was and what it keeps beside it.
pub fn entries<'b>(unpacked: Unpacked<'b>, name: &str, meter: &Meter, sink: &mut dyn Sink<'b>) -> (Kind, Vec<String>) {
    let Unpacked { kind, content, packed, outer } = unpacked;
    if packed == 0 {
        sink.finding(Finding::new(&rules::EMPTY.id, Place::whole(), "the file is empty").unread());
        return (Kind::Unknown, Vec::new());
    }
    // What readers skip before the stream, and what those see that begin at the end.
    let head = gzip::fields(outer);
    if !head.is_empty() {
        sink.entry(Entry::rest("(gzip header)", Cow::Borrowed(head)));
    }
    if gzip::is_gzip(outer) {
        Form::Gzip.other_reading(outer, meter, sink);
    }
    let bytes = match content {
        Content::Whole(bytes) => bytes,
        Content::Stream(stream) => return (tar::read_stream(stream, kind, name, meter, sink), Vec::new()),
    };
    // A program is one entry, as any file is; so is what a stream held that was no archive.
    let form = sniff(bytes, name).filter(|form| kind == Kind::Tar && form.is_container());
    match form {
        None | Some(Form::Tar) => {
            let kind = tar::read_whole(bytes, kind, name, meter, sink);
            form.inspect(|form| form.other_reading(bytes, meter, sink));
            (kind, Vec::new())
        }
        Some(form) => {
            let mut watched = Watched { sink: &mut *sink, any: false };
            let opened = form.open(bytes, name, meter, &mut watched);
            if let Some(opened) = opened {
                if !watched.any && opened.beside.is_empty() {
                    sink.finding(Finding::new(&rules::EMPTY.id, Place::whole(), "it holds no file").unread());
                }
                return (form.kind(), opened.beside);
            }
            // What is wrong with it has been said, unless only the name promised something.
            if form == Form::Brotli {
                sink.finding(tar::broken_promise());
            }
            sink.entry(Entry { rest: true, ..single(name, Cow::Borrowed(bytes)) });
            (Kind::File, Vec::new())
        }
    }
}

/// Passes everything on, and knows whether any of it was a file or worth a word.
struct Watched<'s, 'b> {
    sink: &'s mut dyn Sink<'b>,
    any: bool,
}

impl<'b> Sink<'b> for Watched<'_, 'b> {
    fn wrap(&mut self, wrap: Wrap) {
        self.sink.wrap(wrap);
    }
    fn entry(&mut self, entry: Entry<'b>) {
        self.any |= entry.counted;
        self.sink.entry(entry);
    }
    fn finding(&mut self, finding: Finding) {
        self.any = true;
        self.sink.finding(finding);
    }
}

/// The one entry of a target that is no container.
fn single<'a>(name: &str, body: Cow<'a, [u8]>) -> Entry<'a> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let path = EntryPath::nearest(name);
    Entry::new(path, body)
}

/// Names that promise a container.
const PROMISES: &[&str] = &[
    ".tgz", ".tar.gz", ".tar", ".gz", ".zip", ".vsix", ".crx", ".xpi", ".whl", ".jar", ".nupkg", ".asar", ".zst",
    ".br", ".xz", ".7z", ".rar", ".bz2",
];

/// Whether a file of this name is expected to be a container.
fn promises_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PROMISES.iter().any(|ending| name.ends_with(ending))
}
