//! The end record and the central directory of a zip archive → its members, as the directory states them.

use std::ops::Range;

use super::super::record::Record;

pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
pub(super) const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
const END64: &[u8; 4] = b"PK\x06\x06";
const LOCATOR64: &[u8; 4] = b"PK\x06\x07";

/// Where the directory is, and what stands around it.
#[derive(Debug)]
pub(super) struct End {
    /// The central directory.
    pub(super) directory: Range<usize>,
    /// What has to be added to the offsets in it: the bytes before the archive.
    pub(super) base: usize,
    /// How many members it claims.
    pub(super) members: u64,
    /// Everything from the end of the directory to the end of the comment.
    pub(super) records: Range<usize>,
    /// The comment.
    pub(super) comment: Range<usize>,
    /// Whether it is one part of several.
    pub(super) spanned: bool,
    /// Whether other readers may take another end record.
    pub(super) disputed: bool,
    /// Whether the directory does not have the length that the end record states.
    pub(super) misfit: bool,
}

/// Finds the end record of `bytes`.
pub(super) fn end(bytes: &[u8]) -> Option<End> {
    let from = bytes.len().saturating_sub(22 + 0xffff);
    let tail = bytes.get(from..)?;
    let mut best: Option<End> = None;
    let mut disputed = false;
    for at in memchr::memmem::rfind_iter(tail, END).map(|at| from + at) {
        let Some(found) = end_at(bytes, at) else { continue };
        // Seen from the end, the first that reaches to the end of the file wins, else the first of all. What comes
        // before the winner is for nobody: an archive that is stored in this one, or one that stands before it.
        disputed |= best.is_some();
        let reaches = found.comment.end == bytes.len();
        if best.is_none() || reaches {
            best = Some(found);
        }
        if reaches {
            break;
        }
    }
    best.map(|best| End { disputed, ..best })
}

fn end_at(bytes: &[u8], at: usize) -> Option<End> {
    let record = Record(bytes.get(at..)?);
    let comment = at + 22..at + 22 + usize::from(record.u16(20)?);
    bytes.get(comment.clone())?;
    let mut spanned = record.u16(4)? != record.u16(6)? || !matches!(record.u16(4)?, 0 | 0xffff);
    let (mut members, mut size, mut offset) =
        (u64::from(record.u16(10)?), u64::from(record.u32(12)?), u64::from(record.u32(16)?));
    let mut upto = at;
    let locator = at.checked_sub(20).and_then(|at| bytes.get(at..)).filter(|rest| rest.starts_with(LOCATOR64));
    // A locator that leads nowhere is no locator.
    let stated = locator.and_then(|locator| usize::try_from(Record(locator).u64(8)?).ok());
    let own = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(END64));
    let wide = locator.and_then(|_| [stated, at.checked_sub(76)].into_iter().flatten().find(own));
    if let Some(wide) = wide {
        let record = Record(bytes.get(wide..at)?);
        spanned = record.u32(16)? != record.u32(20)?;
        (members, size, offset) = (record.u64(32)?, record.u64(40)?, record.u64(48)?);
        upto = wide;
    }
    let (size, offset) = (usize::try_from(size).ok()?, usize::try_from(offset).ok()?);
    // Where the size does not fit, readers believe the offset.
    let own = |start: &usize| {
        let directory = bytes.get(*start..upto);
        directory.is_some_and(|first| first.starts_with(CENTRAL) || (members == 0 && first.is_empty()))
    };
    let sized = upto.checked_sub(size).filter(|start| *start >= offset).filter(own);
    let start = sized.or(Some(offset).filter(own))?;
    let base = if sized.is_some() { start.checked_sub(offset)? } else { 0 };
    // Bytes between the records belong to none of them.
    let records = if wide.is_none_or(|wide| wide + 76 == at) { upto..comment.end } else { at..comment.end };
    Some(End {
        directory: start..upto,
        base,
        members,
        records,
        comment,
        spanned,
        disputed: false,
        misfit: sized.is_none(),
    })
}

/// A member, as a header states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) name: Vec<u8>,
    /// Whether an extra field gives it a name in Unicode that is another, for readers that look there.
    pub(super) renamed: bool,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where its local header is, before the base is added; for a local header, where its data begins.
    pub(super) offset: u64,
    /// The kind and mode that Unix gives it, where it was made there.
    pub(super) mode: u32,
    /// Whether its numbers are 64 bits wide.
    pub(super) wide: bool,
    /// How many bytes its fields hold beside name and numbers: room for more than readers ask for.
    pub(super) beside: usize,
}

impl Stated {
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 0x2041 != 0 || self.method == 99
    }
    /// Whether sizes and checksum stand behind the data.
    pub(super) fn is_streamed(&self) -> bool {
        self.flags & 8 != 0
    }
    pub(super) fn is_link(&self) -> bool {
        self.mode & 0xf000 == 0xa000
    }
    /// A pipe is none: packers that read from one write so.
    pub(super) fn is_device(&self) -> bool {
        matches!(self.mode & 0xf000, 0x2000 | 0x6000 | 0xc000)
    }
}

/// The members that the directory lists, and whether it is sound.
pub(super) fn members(bytes: &[u8], end: &End) -> (Vec<Stated>, bool) {
    let directory = bytes.get(end.directory.clone()).unwrap_or_default();
    let mut members = Vec::new();
    let mut at = 0;
    while let Some((member, len)) = directory.get(at..).and_then(central) {
        members.push(member);
        at += len;
    }
    let sound = at == directory.len() && members.len() as u64 == end.members;
    (members, sound)
}

fn central(bytes: &[u8]) -> Option<(Stated, usize)> {
    let record = Record(bytes.strip_prefix(CENTRAL).map(|_| bytes)?);
    let (name, extra, comment) =
        (usize::from(record.u16(28)?), usize::from(record.u16(30)?), usize::from(record.u16(32)?));
    let len = 46 + name + extra + comment;
    bytes.get(..len)?;
    let unix = matches!(record.u16(4)? >> 8, 3 | 19);
    let mut stated = Stated {
        name: bytes.get(46..46 + name)?.to_vec(),
        renamed: false,
        flags: record.u16(8)?,
        method: record.u16(10)?,
        crc: record.u32(16)?,
        packed: u64::from(record.u32(20)?),
        size: u64::from(record.u32(24)?),
        offset: u64::from(record.u32(42)?),
        mode: if unix { record.u32(38)? >> 16 } else { 0 },
        wide: false,
        beside: extra + comment,
    };
    stated.extras(bytes.get(46 + name..46 + name + extra)?, true);
    Some((stated, len))
}

/// The local header at `at`; its offset is that of the data.
pub(super) fn local(bytes: &[u8], at: usize) -> Option<Stated> {
    let bytes_here = bytes.get(at..).filter(|rest| rest.starts_with(LOCAL))?;
    let record = Record(bytes_here);
    let (name, extra) = (usize::from(record.u16(26)?), usize::from(record.u16(28)?));
    let mut stated = Stated {
        name: bytes_here.get(30..30 + name)?.to_vec(),
        renamed: false,
        flags: record.u16(6)?,
        method: record.u16(8)?,
        crc: record.u32(14)?,
        packed: u64::from(record.u32(18)?),
        size: u64::from(record.u32(22)?),
        offset: (at + 30 + name + extra) as u64,
        mode: 0,
        wide: false,
        beside: extra,
    };
    stated.extras(bytes_here.get(30 + name..30 + name + extra)?, false);
    Some(stated)
}

impl Stated {
    /// Takes what extra fields say in place of the header.
    fn extras(&mut self, mut extra: &[u8], central: bool) {
        while let (Some(id), Some(len)) = (Record(extra).u16(0), Record(extra).u16(2)) {
            let Some(body) = extra.get(4..4 + usize::from(len)) else { return };
            if id == 1 {
                let mut at = 0;
                let mut widen = |value: &mut u64| {
                    if *value == u64::from(u32::MAX)
                        && let Some(wide) = Record(body).u64(at)
                    {
                        *value = wide;
                        at += 8;
                    }
                };
                widen(&mut self.size);
                widen(&mut self.packed);
                if central {
                    widen(&mut self.offset);
                }
                self.wide = true;
            } else if id == 0x7075 {
                // Some readers take it though its checksum is that of another name. Without that it stands for a name
                // in the letters of some country.
                let own = Record(body).u32(1) == Some(crc32fast::hash(&self.name));
                let local = own && std::str::from_utf8(&self.name).is_err();
                self.renamed |= !local && body.get(5..).is_some_and(|other| other != self.name);
            }
            extra = extra.get(4 + usize::from(len)..).unwrap_or_default();
        }
    }
}
