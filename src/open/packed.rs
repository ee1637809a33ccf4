//! One packed file → its content: gzip, zstd, brotli. What is odd about the stream is said, what can be read is read.

use std::io::Read as _;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::model::{Finding, Limits, Place, Rule};

use super::gunzip::Gunzip;
use super::source::Source as _;
use super::{Meter, gzip, rules};

/// What a stream holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// What is odd.
    pub(super) findings: Vec<Finding>,
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
    if let Some(claim) = gzip::claim(packed, &limits) {
        let mut bytes = vec![0; claim];
        if let Some(len) = gzip::into(packed, &mut bytes) {
            bytes.truncate(len);
            return Content { bytes, ..Content::default() };
        }
    }
    let mut stream = Gunzip::over_bytes(packed, limits);
    let bytes = stream.take(most(meter) + 1).into_owned();
    while !stream.take(1 << 20).is_empty() {}
    let odd = stream.oddities();
    Content { bytes, findings: odd.findings, tail: odd.tail, opaque: false }
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
    let mut content = Content::default();
    let mut rest = packed;
    let whole = content.fill(&mut brotli_decompressor::Decompressor::new(&mut rest, 64 << 10), meter);
    if !whole && content.findings.is_empty() {
        // Without a single byte of content there is nothing that anyone could read.
        if content.bytes.is_empty() || is_text(packed) {
            return None;
        }
        content.say(&rules::CHECKSUM, "the name promises a brotli stream, and it is none, or broken, or cut short");
        content.opaque = true;
    }
    Some(content)
}
