//! The form that bytes have, told by themselves; and how each form is opened.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Entry, EntryPath, Finding, Kind, Place, Wrap};

use super::packed::Content;
use super::{Meter, Sink, asar, embedded, executable, packed, rules, tar, zip};

/// A form that can hold other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A tar archive.
    Tar,
    /// A gzip stream.
    Gzip,
    /// A zstd stream.
    Zstd,
    /// A brotli stream, as its name says.
    Brotli,
    /// A zip archive.
    Zip,
    /// A browser extension.
    Crx,
    /// An asar archive.
    Asar,
    /// A zlib stream.
    Zlib,
    /// A program.
    Executable,
    /// Something else with packed files in it.
    Mixed,
    /// A container that can't be opened, by its name.
    Unsupported(&'static str),
}

/// What was opened.
#[derive(Debug)]
pub struct Opened {
    /// What it is to what lies in it.
    pub wrap: Wrap,
    /// The parts of it that were handed over as entries; of anything but a program, that is all.
    pub taken: Vec<Range<usize>>,
    /// Files that it keeps beside itself.
    pub beside: Vec<String>,
}

const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"\xfd7zXZ\0", "xz stream"),
    (b"Rar!\x1a\x07", "rar archive"),
    (b"\x04\x22\x4d\x18", "lz4 stream"),
    (b"\x02\x21\x4c\x18", "lz4 stream"),
    (b"\x1f\x9d", "compress stream"),
    (b"\x89LZO\0\x0d\x0a\x1a\x0a", "lzop stream"),
    (b"hsqs", "squashfs image"),
    (b"sqsh", "squashfs image"),
    (b"xar!\0", "xar archive"),
    (b"MSWIM\0\0\0", "wim image"),
    (b"LZIP\x01", "lzip stream"),
    (b"MSCF\0\0\0\0", "cabinet"),
    (b"!<arch>\ndebian-binary", "Debian package"),
    (b"\xed\xab\xee\xdb", "rpm package"),
];

/// The form of `bytes`; `name` helps only where a form has no mark of its own.
#[must_use]
pub fn sniff(bytes: &[u8], name: &str) -> Option<Form> {
    if zip::begins(bytes) {
        return Some(Form::Zip);
    }
    // Flags that nobody knows make it one that can't be read, and not none.
    if bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return Some(Form::Gzip);
    }
    if packed::is_zstd(bytes) {
        return Some(Form::Zstd);
    }
    if bytes.starts_with(b"Cr24") && zip::behind_crx_header(bytes).is_some_and(zip::is_zip) {
        return Some(Form::Crx);
    }
    if asar::is_asar(bytes) {
        return Some(Form::Asar);
    }
    if let Some((_, what)) = UNSUPPORTED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(Form::Unsupported(what));
    }
    if bytes.starts_with(b"BZh") && bytes.get(4..10) == Some(b"1AY&SY") {
        return Some(Form::Unsupported("bzip2 stream"));
    }
    if bytes.get(2..5) == Some(b"-lh") && bytes.get(6) == Some(&b'-') {
        return Some(Form::Unsupported("lzh archive"));
    }
    if ending(name) == "lzma" && bytes.starts_with(&[0x5d, 0, 0]) {
        return Some(Form::Unsupported("lzma stream"));
    }
    if bytes.starts_with(b"\x7fELF") && bytes.get(8..11).is_some_and(|mark| matches!(mark, b"AI\x01" | b"AI\x02")) {
        return Some(Form::Unsupported("AppImage"));
    }
    // Some readers go on behind one block of zeros.
    let behind_zeros = bytes.get(512..).filter(|_| bytes.iter().take(512).all(|b| *b == 0));
    if tar::is_tar(bytes) || behind_zeros.is_some_and(tar::is_tar) {
        return Some(Form::Tar);
    }
    if executable::is_program(bytes) {
        return Some(Form::Executable);
    }
    if zip::is_zip(bytes) {
        return Some(Form::Zip);
    }
    if matches!(ending(name).as_str(), "br" | "brotli") && !bytes.is_empty() {
        return Some(Form::Brotli);
    }
    if packed::is_zlib(bytes) {
        return Some(Form::Zlib);
    }
    embedded::is_likely(bytes).then_some(Form::Mixed)
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

impl Form {
    /// Whether an artifact of this form is taken for what it holds.
    pub(super) const fn is_container(self) -> bool {
        !matches!(self, Self::Zlib | Self::Executable | Self::Mixed | Self::Unsupported(_))
    }

    /// Whether it is what a name for an archive promises, as far as its own mark tells.
    pub(super) const fn keeps_promise(self) -> bool {
        self.is_container() && !matches!(self, Self::Brotli) || matches!(self, Self::Unsupported(_))
    }

    /// The kind of an artifact that has this form.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Tar => Kind::Tar,
            Self::Gzip => Kind::Gzip,
            Self::Zstd => Kind::Zstd,
            Self::Brotli => Kind::Brotli,
            Self::Zip | Self::Crx => Kind::Zip,
            Self::Asar => Kind::Asar,
            Self::Zlib | Self::Executable | Self::Mixed | Self::Unsupported(_) => Kind::File,
        }
    }

    /// Whether `bytes` are a zip archive besides, for readers that begin at the end.
    fn is_also_zip(self, bytes: &[u8]) -> bool {
        let other = || zip::other_reading(bytes);
        match self {
            Self::Executable => other().is_some_and(|other| other.whole || other.closes),
            // An archive that is stored as the last file ends where the outer one does.
            Self::Tar | Self::Asar => other().is_some_and(|other| other.whole),
            Self::Gzip | Self::Zstd | Self::Brotli | Self::Zlib => {
                other().is_some_and(|other| other.whole || (other.closes && other.commented))
            }
            Self::Zip | Self::Crx | Self::Mixed | Self::Unsupported(_) => false,
        }
    }

    /// Reads `bytes` as the zip archive that they are besides, if they are.
    pub(super) fn other_reading<'b>(self, bytes: &'b [u8], meter: &Meter, sink: &mut dyn Sink<'b>) {
        if !self.is_also_zip(bytes) {
            return;
        }
        if self != Self::Executable {
            let what = "other readers see a zip archive in these bytes";
            sink.finding(Finding::new(&rules::CONFLICT.id, Place::whole(), what).unread());
            sink.wrap(Wrap::Archive);
        }
        zip::read(bytes, meter, sink);
    }

    /// Hands what `bytes` hold to `sink`, in every reading they have; `None` where they hold nothing after all, or
    /// nothing that can be told.
    pub fn open<'b>(self, bytes: &'b [u8], name: &str, meter: &Meter, sink: &mut dyn Sink<'b>) -> Option<Opened> {
        let opened = self.read(bytes, name, meter, sink);
        self.other_reading(bytes, meter, sink);
        opened
    }

    fn read<'b>(self, bytes: &'b [u8], name: &str, meter: &Meter, sink: &mut dyn Sink<'b>) -> Option<Opened> {
        let opened = |wrap| Some(Opened { wrap, taken: Vec::new(), beside: Vec::new() });
        match self {
            Self::Tar => {
                tar::read_nested(bytes, meter, sink);
                opened(Wrap::Archive)
            }
            Self::Gzip => opened(stream(packed::gunzip(bytes, meter), name, meter, sink)?),
            Self::Zstd => opened(stream(packed::unzstd(bytes, meter), name, meter, sink)?),
            // Whatever the name says, a sum that holds says more.
            Self::Brotli => {
                let content = packed::unzlib(bytes, meter).or_else(|| packed::unbrotli(bytes, meter))?;
                opened(stream(content, name, meter, sink)?)
            }
            Self::Zip => {
                zip::read(bytes, meter, sink);
                opened(Wrap::Archive)
            }
            Self::Crx => {
                let archive = zip::behind_crx_header(bytes)?;
                let header = bytes.get(..bytes.len() - archive.len()).unwrap_or_default();
                sink.entry(Entry::rest("(header)", Cow::Borrowed(header)));
                zip::read(archive, meter, sink);
                opened(Wrap::Archive)
            }
            Self::Asar => {
                let beside = asar::read(bytes, meter, sink);
                Some(Opened { wrap: Wrap::Archive, taken: Vec::new(), beside })
            }
            Self::Executable => {
                sink.wrap(Wrap::Executable);
                let taken = executable::read(bytes, meter, sink);
                embedded::read(bytes, &taken, meter, sink);
                Some(Opened { wrap: Wrap::Executable, taken, beside: Vec::new() })
            }
            Self::Zlib => match packed::unzlib(bytes, meter) {
                Some(content) => opened(stream(content, name, meter, sink)?),
                // What only begins like one may hold other files.
                None if embedded::is_likely(bytes) => Self::Mixed.read(bytes, name, meter, sink),
                None => None,
            },
            // The rest of it is looked at as it is.
            Self::Mixed => {
                embedded::read(bytes, &[], meter, sink);
                None
            }
            Self::Unsupported(what) => {
                let what = format!("a {what}, which can not be opened");
                sink.finding(Finding::new(&rules::UNSUPPORTED.id, Place::whole(), what).unread());
                None
            }
        }
    }
}

/// Hands over what a stream held: the files of an archive, or one file. `None` where its own bytes are to be looked at.
fn stream(content: Content, name: &str, meter: &Meter, sink: &mut dyn Sink<'_>) -> Option<Wrap> {
    let Content { bytes, findings, head, tail, opaque } = content;
    let broken = !findings.is_empty();
    for finding in findings {
        sink.finding(finding);
    }
    if !head.is_empty() {
        sink.entry(Entry::rest("(header)", Cow::Owned(head)));
    }
    if !tail.is_empty() {
        sink.entry(Entry::hidden(EntryPath::tamed("(behind the stream)"), Cow::Owned(tail)));
    }
    if let Err(limit) = meter.charge(bytes.len() as u64) {
        if !broken {
            sink.finding(*limit);
        }
        return Some(Wrap::Packed);
    }
    if tar::is_tar(&bytes) {
        tar::read_nested(&bytes, meter, &mut Owning(sink));
        return (!opaque).then_some(Wrap::Archive);
    }
    if !bytes.is_empty() {
        sink.wrap(Wrap::Packed);
        sink.entry(Entry::new(unpacked_name(name), Cow::Owned(bytes)));
    }
    (!opaque).then_some(Wrap::Packed)
}

/// The name of what a stream of this name holds.
fn unpacked_name(name: &str) -> EntryPath {
    let own = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let bare = match own.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => match ending.to_ascii_lowercase().as_str() {
            "gz" | "zst" | "br" | "gzip" | "zstd" | "brotli" => stem.to_owned(),
            "tgz" | "tzst" => format!("{stem}.tar"),
            "svgz" => format!("{stem}.svg"),
            _ => own.to_owned(),
        },
        _ => own.to_owned(),
    };
    EntryPath::nearest(&bare)
}

/// Passes on entries with bodies of their own, where what they borrow from ends too early.
pub struct Owning<'s, 'b>(pub &'s mut dyn Sink<'b>);

impl<'y> Sink<'y> for Owning<'_, '_> {
    fn entry(&mut self, entry: Entry<'y>) {
        self.0.entry(entry.into_owned());
    }
    fn wrap(&mut self, wrap: Wrap) {
        self.0.wrap(wrap);
    }
    fn finding(&mut self, finding: Finding) {
        self.0.finding(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_told_by_its_content() {
        assert_eq!(sniff(b"BZhello world", "x"), None);
        assert_eq!(sniff(b"BZh91AY&SY....", "x"), Some(Form::Unsupported("bzip2 stream")));
        assert_eq!(sniff(b"PK\x03\x04....", "x.zip"), None);
        assert_eq!(sniff(b"\x1f\x8b\x08\0", "x"), Some(Form::Gzip));
        assert_eq!(sniff(b"\x1f\x8b\x07\0", "x"), None);
        assert_eq!(sniff(b"// just text", "x.tgz"), None);
        assert_eq!(sniff(b"any bytes", "x.js.br"), Some(Form::Brotli));
    }

    #[test]
    fn a_stream_stands_for_the_file_without_the_ending() {
        for (name, bare) in [("dist/a.js.map.gz", "a.js.map"), ("b.TGZ", "b.tar"), ("c", "c"), (".br", ".br")] {
            assert_eq!(unpacked_name(name).as_str(), bare);
        }
    }
}
