//! A gzip stream of any length → its content, member after member, each checked; and what is odd about the stream.

use std::borrow::Cow;
use std::io::{self, BufRead, Read as _};

use flate2::{Decompress, FlushDecompress, Status};

use crate::model::{Finding, Limits, Place};

use super::file::Large;
use super::gzip::{Trailer, is_gzip};
use super::meter::limit;
use super::rules;
use super::source::{Again, Ahead, Oddities, Pieces, Source};

/// Where the packed bytes come from.
#[derive(Clone, Copy)]
enum Packed<'b> {
    Bytes(&'b [u8]),
    File(&'b Large),
}

/// The content of a gzip stream, member after member, each checked.
pub(super) struct Gunzip<'b> {
    packed: Packed<'b>,
    limits: Limits,
    input: Box<dyn BufRead + 'b>,
    ahead: Ahead,
    inflater: Decompress,
    crc: crc32fast::Hasher,
    members: u32,
    in_member: bool,
    read: u64,
    made: u64,
    ended: bool,
    odd: Oddities,
}

/// Bytes behind the stream that are looked at.
const TAIL: u64 = 16 << 20;

impl<'b> Gunzip<'b> {
    pub(super) fn over_bytes(bytes: &'b [u8], limits: Limits) -> Self {
        Self::new(Packed::Bytes(bytes), limits)
    }

    pub(super) fn over_file(file: &'b Large, limits: Limits) -> Self {
        Self::new(Packed::File(file), limits)
    }

    fn new(packed: Packed<'b>, limits: Limits) -> Self {
        let input: Box<dyn BufRead + 'b> = match packed {
            Packed::Bytes(bytes) => Box::new(bytes),
            Packed::File(file) => Box::new(Pieces::new(file)),
        };
        Self {
            packed,
            limits,
            input,
            ahead: Ahead::default(),
            inflater: Decompress::new(false),
            crc: crc32fast::Hasher::new(),
            members: 0,
            in_member: false,
            read: 0,
            made: 0,
            ended: false,
            odd: Oddities::default(),
        }
    }

    fn end(&mut self, finding: Finding) {
        self.odd.findings.push(finding);
        self.ended = true;
    }

    fn cut(&mut self, what: &str) {
        let finding = Finding::new(&rules::TRUNCATED.id, Place::whole(), format!("the gzip stream ends {what}"));
        self.end(finding.unread());
    }

    fn broken(&mut self, what: &str) {
        let finding = Finding::new(&rules::CHECKSUM.id, Place::whole(), format!("the gzip stream {what}"));
        self.odd.findings.push(finding.unread());
    }

    /// Makes some more bytes ready; false at the end.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let step = if self.in_member { self.inflate() } else { self.next_member() };
        if let Err(error) = step {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                self.cut("in the middle");
            } else {
                self.end(Finding::new(&rules::UNREAD.id, Place::whole(), error.to_string()).unread());
            }
        }
        !self.ended
    }

    fn next_member(&mut self) -> io::Result<()> {
        let start = self.input.fill_buf()?;
        if start.is_empty() {
            self.ended = true;
            return Ok(());
        }
        if self.members > 0 && !(is_gzip(start) || start == [0x1f]) {
            return self.read_tail();
        }
        let start = skip_header(&mut *self.input)?;
        if matches!(start, Start::BadSum) {
            self.broken("has a header with a checksum that does not fit");
        }
        if matches!(start, Start::Unknown) {
            let what = "this gzip stream uses a method or flags that are not known";
            self.end(Finding::new(&rules::UNSUPPORTED.id, Place::whole(), what).unread());
            return Ok(());
        }
        self.members += 1;
        if self.members == 2 {
            let what = format!("a second gzip member begins behind {} unpacked bytes", self.made);
            self.odd.findings.push(Finding::new(&rules::MEMBER.id, Place::whole(), what));
        }
        self.inflater = Decompress::new(false);
        self.crc = crc32fast::Hasher::new();
        self.in_member = true;
        Ok(())
    }

    fn read_tail(&mut self) -> io::Result<()> {
        (&mut self.input).take(TAIL).read_to_end(&mut self.odd.tail)?;
        let what = format!("{} bytes or more stand behind the gzip stream", self.odd.tail.len());
        self.end(Finding::new(&rules::TRAILING.id, Place::whole(), what));
        if !self.input.fill_buf()?.is_empty() {
            self.odd.findings.push(limit("too much stands behind the gzip stream: not all was read".to_owned()));
        }
        Ok(())
    }

    fn inflate(&mut self) -> io::Result<()> {
        const ROOM: usize = 256 << 10;
        let packed = self.input.fill_buf()?;
        let at_end = packed.is_empty();
        let (read_before, made_before) = (self.inflater.total_in(), self.inflater.total_out());
        let start = self.ahead.bytes.len();
        self.ahead.bytes.reserve(ROOM);
        let status = self.inflater.decompress_vec(packed, &mut self.ahead.bytes, FlushDecompress::None);
        let read = self.inflater.total_in() - read_before;
        let made = self.inflater.total_out() - made_before;
        self.input.consume(usize::try_from(read).unwrap_or(usize::MAX));
        self.crc.update(self.ahead.bytes.get(start..).unwrap_or_default());
        self.read += read;
        self.made += made;
        match status {
            Err(_) => {
                self.broken("is broken: what follows could not be read");
                self.ended = true;
            }
            Ok(Status::StreamEnd) => self.close_member()?,
            Ok(Status::Ok | Status::BufError) if at_end && made == 0 => self.cut("in the middle"),
            Ok(Status::Ok | Status::BufError) => {}
        }
        self.check_limits();
        Ok(())
    }

    fn close_member(&mut self) -> io::Result<()> {
        self.in_member = false;
        let mut bytes = [0; 8];
        self.input.read_exact(&mut bytes)?;
        self.read += 8;
        let sound =
            Trailer::parse(&bytes).is_some_and(|t| t.fits(self.crc.clone().finalize(), self.inflater.total_out()));
        if !sound {
            self.broken("does not have the checksum or length that it states");
        }
        Ok(())
    }

    fn check_limits(&mut self) {
        let dense = self.made > Limits::RATIO_FLOOR && self.made > self.read.saturating_mul(self.limits.ratio);
        if dense {
            self.end(limit(format!("unpacks to more than {} times its size: reading stopped", self.limits.ratio)));
        } else if self.made > self.limits.unpacked {
            self.end(limit(format!("unpacks to more than {} bytes: reading stopped", self.limits.unpacked)));
        }
    }
}

impl<'b> Source<'b> for Gunzip<'b> {
    fn peek(&mut self) -> &[u8] {
        while self.ahead.len() < 512 && self.more() {}
        self.ahead.peek()
    }
    fn take(&mut self, len: u64) -> Cow<'b, [u8]> {
        while (self.ahead.len() as u64) < len && self.more() {}
        self.ahead.take(len)
    }
    fn oddities(&mut self) -> Oddities {
        std::mem::take(&mut self.odd)
    }
}

impl<'b> Again<'b> for Gunzip<'b> {
    fn again(&self) -> Box<dyn Again<'b> + 'b> {
        Box::new(Self::new(self.packed, self.limits))
    }
}

/// What a member begins with.
enum Start {
    Sound,
    /// The header has a checksum of its own, and it does not fit.
    BadSum,
    Unknown,
}

/// Reads over a member header.
fn skip_header(input: &mut dyn BufRead) -> io::Result<Start> {
    let mut header = vec![0; 10];
    input.read_exact(&mut header)?;
    let &[0x1f, 0x8b, 8, flags, ..] = header.as_slice() else { return Ok(Start::Unknown) };
    if flags & 0xe0 != 0 {
        return Ok(Start::Unknown);
    }
    if flags & 4 != 0 {
        let mut len = [0; 2];
        input.read_exact(&mut len)?;
        header.extend(len);
        let mut extra = vec![0; usize::from(u16::from_le_bytes(len))];
        input.read_exact(&mut extra)?;
        header.extend(extra);
    }
    for text in [8, 16] {
        if flags & text != 0 {
            // A name or comment that never ends is not held: its start is enough to see that.
            input.take(1 << 20).read_until(0, &mut header)?;
            if header.last() != Some(&0) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
    if flags & 2 == 0 {
        return Ok(Start::Sound);
    }
    let mut stated = [0; 2];
    input.read_exact(&mut stated)?;
    let sum = crc32fast::hash(&header) & 0xffff;
    Ok(if sum == u32::from(u16::from_le_bytes(stated)) { Start::Sound } else { Start::BadSum })
}
