//! A gzip member: its header, its trailer, and the fast way through a file that is one member and nothing else.

use crate::model::Limits;

use super::buffer::Tried;
use super::{Buffer, WORDY};

/// Whether `bytes` start like a gzip member.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The length of the member header at the start of `bytes`; `None` where it is cut short or no deflate member.
pub(super) fn header_len(bytes: &[u8]) -> Option<usize> {
    let [0x1f, 0x8b, 8, flags, ..] = *bytes else {
        return None;
    };
    let mut at = 10;
    if flags & 4 != 0 {
        let extra = u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        at += 2 + usize::from(extra);
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += memchr::memchr(0, bytes.get(at..)?)? + 1;
        }
    }
    if flags & 2 != 0 {
        let stated = u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?);
        if u32::from(stated) != crc32fast::hash(bytes.get(..at)?) & 0xffff {
            return None;
        }
        at += 2;
    }
    (at <= bytes.len() && flags & 0xe0 == 0).then_some(at)
}

/// The optional fields of the header at the start of `bytes`, where they hold more than a name.
pub(super) fn fields(bytes: &[u8]) -> &[u8] {
    let len = header_len(bytes).unwrap_or(0);
    bytes.get(10..len).filter(|fields| fields.len() > WORDY).unwrap_or_default()
}

/// The checksum and length that a member ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) crc: u32,
    pub(super) len: u32,
}

impl Trailer {
    /// Reads the eight bytes of a trailer.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let crc = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        let len = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
        Some(Self { crc, len })
    }

    /// Whether it fits what was inflated.
    pub(super) fn fits(self, crc: u32, len: u64) -> bool {
        self.crc == crc && u64::from(self.len) == len & u64::from(u32::MAX)
    }
}

/// Inflates `bytes` into `buffer` if they are exactly one sound member that fits.
///
/// Everything else is `None`, and left to the reader that goes piece by piece and says what is wrong.
pub(super) fn whole<'b>(bytes: &[u8], buffer: &'b mut Buffer, limits: &Limits) -> Option<&'b [u8]> {
    let noted = buffer.noted();
    let claim = claim(bytes, limits)?;
    let len = match noted {
        Some(Tried::Sound(len)) => len,
        Some(Tried::Unsound) => return None,
        None => into(bytes, buffer.reserve(claim.max(1)).ok()?.get_mut(..claim)?)?,
    };
    buffer.bytes().get(..len)
}

/// Tries the same before it is asked for, and notes in `buffer` what came of it.
pub(super) fn ahead(bytes: &[u8], buffer: &mut Buffer, limits: &Limits) {
    if claim(bytes, limits).is_some() {
        let tried = whole(bytes, buffer, limits).map_or(Tried::Unsound, |content| Tried::Sound(content.len()));
        buffer.note(tried);
    }
}

/// How many bytes the trailer claims. It only serves to skip a try that would most likely be in vain.
pub(super) fn claim(bytes: &[u8], limits: &Limits) -> Option<usize> {
    stated(bytes.get(bytes.len().checked_sub(8)?..)?, bytes.len() as u64, limits)
}

/// The same, given the trailer of a file of `packed` bytes.
#[cfg(feature = "libdeflate")]
pub(super) fn stated(trailer: &[u8], packed: u64, limits: &Limits) -> Option<usize> {
    let claim = Trailer::parse(trailer)?.len as usize;
    (claim <= Buffer::CAP && claim as u64 <= limits.unpacked_from(packed)).then_some(claim)
}

/// Inflates `bytes` into `room` if they are exactly one sound member that fits, and says how many there were.
#[cfg(feature = "libdeflate")]
pub(super) fn into(bytes: &[u8], room: &mut [u8]) -> Option<usize> {
    let header = header_len(bytes)?;
    let done = super::inflate::inflate(bytes.get(header..)?, room)?;
    let trailer_at = header + done.consumed;
    let trailer = Trailer::parse(bytes.get(trailer_at..)?)?;
    let content = room.get(..done.produced)?;
    let sound = trailer_at + 8 == bytes.len() && trailer.fits(checksum(content), content.len() as u64);
    sound.then_some(done.produced)
}

/// Contents from this size on are summed by two threads.
#[cfg(feature = "libdeflate")]
const SPLIT: usize = 8 << 20;

/// The checksum of `content`.
#[cfg(feature = "libdeflate")]
fn checksum(content: &[u8]) -> u32 {
    let sum = |part: &[u8]| {
        let mut sum = crc32fast::Hasher::new();
        sum.update(part);
        sum
    };
    if content.len() < SPLIT {
        return sum(content).finalize();
    }
    let (first, second) = content.split_at(content.len() / 2);
    let (mut first, second) = std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().spawn_scoped(scope, || sum(second));
        let first = sum(first);
        (first, beside.ok().and_then(|beside| beside.join().ok()).unwrap_or_else(|| sum(second)))
    });
    first.combine(&second);
    first.finalize()
}

/// Without libdeflate every stream is read piece by piece.
#[cfg(not(feature = "libdeflate"))]
pub(super) fn stated(_: &[u8], _: u64, _: &Limits) -> Option<usize> {
    None
}

#[cfg(not(feature = "libdeflate"))]
pub(super) fn into(_: &[u8], _: &mut [u8]) -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_with_every_optional_field_is_read_over() {
        let mut bytes = vec![0x1f, 0x8b, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 3, 3, 0, b'a', b'b', b'c'];
        bytes.extend(b"name\0comment\0");
        let crc = crc32fast::hash(&bytes).to_le_bytes();
        bytes.extend([crc[0], crc[1]]);
        bytes.extend(b"rest");
        assert_eq!(header_len(&bytes), Some(bytes.len() - 4));
    }

    #[cfg(feature = "libdeflate")]
    #[test]
    fn the_checksum_of_a_large_content_is_that_of_all_of_it() {
        let content: Vec<u8> = (0..SPLIT + 77).map(|at| u8::try_from(at % 251).unwrap()).collect();
        assert_eq!(checksum(&content), crc32fast::hash(&content));
    }

    #[test]
    fn a_header_that_is_cut_short_has_no_length() {
        assert_eq!(header_len(&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, b'n', b'a']), None);
        assert_eq!(header_len(&[0x1f, 0x8b, 8, 0, 0]), None);
    }
}
