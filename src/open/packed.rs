//! One packed file → its content: gzip, zstd, brotli. What is odd about the stream is said, what can be read is read.

use std::io::Read as _;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::model::{Finding, Limits, Place, Rule};

use super::gunzip::Gunzip;
use super::source::Source as _;
use super::{Meter, deflate, gzip, rules};

/// What a stream holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// What is odd.
    pub(super) findings: Vec<Finding>,
    /// What stands before the stream, in fields that readers skip.
    pub(super) head: Vec<u8>,
    /// What stands behind the stream.
    pub(super) tail: Vec<u8>,
    /// Whether the packed bytes are worth a look as they are: not all of them could be unpacked.
    pub(super) opaque: bool,
}

impl Content {
    fn say(&mut self, rule: &Rule, what: &str) {
        self.findings.push(Finding::new(&rule.id, Place::whole(), what).unread());
    }

    /// Reads from `stream` as much as may be unpacked; false where it broke.
    fn fill(&mut self, stream: &mut dyn std::io::Read, meter: &Meter) -> bool {
        let most = most(meter);
        let room = most.saturating_sub(self.bytes.len() as u64) + 1;
        let whole = stream.take(room).read_to_end(&mut self.bytes).is_ok();
        if self.bytes.len() as u64 > most {
            self.findings.push(meter.too_much());
        }
        whole
    }
}

/// How many bytes one stream may unpack to.
fn most(meter: &Meter) -> u64 {
    meter.left().min(Limits::ENTRY)
}

/// The content of a gzip stream.
pub(super) fn gunzip(packed: &[u8], meter: &Meter) -> Content {
    let limits = Limits { unpacked: most(meter), ..*meter.limits() };
    let head = gzip::fields(packed).to_vec();
    if let Some(claim) = gzip::claim(packed, &limits) {
        let mut bytes = vec![0; claim];
        if let Some(len) = gzip::into(packed, &mut bytes) {
            bytes.truncate(len);
            return Content { bytes, head, ..Content::default() };
        }
    }
    let mut stream = Gunzip::over_bytes(packed, limits);
    let bytes = stream.take(most(meter) + 1).into_owned();
    while !stream.take(1 << 20).is_empty() {}
    let odd = stream.oddities();
    Content { bytes, findings: odd.findings, tail: odd.tail, head, opaque: false }
}

/// Whether bytes are text, whatever they begin like or are called.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !c.is_whitespace()))
}

/// Whether `bytes` begin with a zstd frame, and not just like one.
pub(super) fn is_zstd(bytes: &[u8]) -> bool {
    let skippable = matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    skippable || bytes.strip_prefix(b"\x28\xb5\x2f\xfd").is_some_and(|rest| !is_text(rest))
}

/// The content of a zstd stream, frame after frame.
pub(super) fn unzstd(packed: &[u8], meter: &Meter) -> Content {
    let mut content = Content::default();
    let mut rest = packed;
    let mut frames = 0;
    while !rest.is_empty() && content.findings.is_empty() {
        let mut decoder = FrameDecoder::new();
        let start = rest;
        match StreamingDecoder::new_with_decoder(&mut rest, &mut decoder) {
            Ok(mut stream) => {
                if !content.fill(&mut stream, meter) {
                    content.say(&rules::CHECKSUM, "the zstd stream is broken or cut short");
                    content.opaque = true;
                }
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                // A frame for others: what it holds is looked at as it is.
                let body = start.get(8..).unwrap_or_default();
                let len = (length as usize).min(body.len());
                content.tail.extend_from_slice(body.get(..len).unwrap_or_default());
                if length as usize > len {
                    content.say(&rules::TRUNCATED, "the zstd stream is cut short in a frame that readers skip");
                }
                rest = body.get(len..).unwrap_or_default();
                continue;
            }
            Err(_) if frames > 0 => {
                content.tail.extend_from_slice(start);
                content.findings.push(Finding::new(
                    &rules::TRAILING.id,
                    Place::whole(),
                    format!("{} bytes stand behind the zstd stream", start.len()),
                ));
                break;
            }
            Err(_) => {
                content.say(&rules::UNSUPPORTED, "a zstd stream of a kind that is not known");
                content.opaque = true;
                break;
            }
        }
        frames += 1;
        let fits = decoder.get_checksum_from_data().is_none_or(|sum| decoder.get_calculated_checksum() == Some(sum));
        if content.findings.is_empty() && !fits {
            content.say(&rules::CHECKSUM, "the zstd stream does not have the checksum that it states");
        }
    }
    content
}

/// The content of a brotli stream; `None` where the bytes are none, and only the name promised it.
pub(super) fn unbrotli(packed: &[u8], meter: &Meter) -> Option<Content> {
    let most = usize::try_from(most(meter)).unwrap_or(usize::MAX);
    let mut content = Content::default();
    let mut state = BrotliState::new(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
    let (mut left, mut at, mut made) = (packed.len(), 0, 0);
    let mut room = vec![0; 64 << 10];
    let result = loop {
        let (mut free, mut written) = (room.len(), 0);
        let step = BrotliDecompressStream(
            &mut left,
            &mut at,
            packed,
            &mut free,
            &mut written,
            &mut room,
            &mut made,
            &mut state,
        );
        content.bytes.extend_from_slice(room.get(..written).unwrap_or_default());
        if content.bytes.len() > most {
            content.findings.push(meter.too_much());
            break BrotliResult::ResultSuccess;
        }
        if !matches!(step, BrotliResult::NeedsMoreOutput) {
            break step;
        }
    };
    if matches!(result, BrotliResult::ResultSuccess) {
        content.tail = packed.get(at..).filter(|_| content.findings.is_empty()).unwrap_or_default().to_vec();
        if !content.tail.is_empty() {
            let what = format!("{} bytes stand behind the brotli stream", content.tail.len());
            content.findings.push(Finding::new(&rules::TRAILING.id, Place::whole(), what));
        }
        return Some(content);
    }
    // Without a single byte of content there is nothing that anyone could read.
    if content.bytes.is_empty() || is_text(packed) {
        return None;
    }
    content.say(&rules::CHECKSUM, "the name promises a brotli stream, and it is none, or broken, or cut short");
    content.opaque = true;
    Some(content)
}

/// Whether `bytes` begin as a zlib stream does: with a window of any size, and with no words that stand elsewhere.
pub(super) fn is_zlib(bytes: &[u8]) -> bool {
    bytes.first_chunk::<2>().is_some_and(|header| {
        let [method, flags] = *header;
        method & 0x8f == 8 && flags & 0x20 == 0 && u16::from_be_bytes(*header) % 31 == 0
    })
}

/// The content of a zlib stream; `None` where the bytes are none that is whole, and only begin like one.
pub(super) fn unzlib(packed: &[u8], meter: &Meter) -> Option<Content> {
    let deflated = packed.get(2..).filter(|_| is_zlib(packed))?;
    let done = deflate::stream(deflated, most(meter));
    let trailer = deflated.get(done.consumed..)?;
    let sum = u32::from_be_bytes(trailer.get(..4)?.try_into().ok()?);
    (done.ended && deflate::adler32(&done.bytes) == sum).then_some(())?;
    let tail = trailer.get(4..).unwrap_or_default().to_vec();
    Some(Content { bytes: done.bytes, tail, ..Content::default() })
}
