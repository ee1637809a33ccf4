//! A program → the files that its packer put into it: one packer per file, each found by what it leaves behind.

use std::ops::Range;

use super::{Meter, Sink};

/// The format of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Elf,
    MachO,
    Pe,
}

/// The format that `bytes` begin like.
pub(super) fn format(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x7f, b'E', b'L', b'F', ..] => Some(Format::Elf),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => Some(Format::MachO),
        // Several programs in one; Java classes begin the same, with a version where the count stands.
        [0xca, 0xfe, 0xba, 0xbe | 0xbf, 0, 0, 0, 1..=30, ..] => Some(Format::MachO),
        [b'M', b'Z', ..] if bytes.len() > 64 => Some(Format::Pe),
        _ => None,
    }
}

/// Hands the files in `bytes` to `sink`, and says where they were.
pub(super) fn read<'b>(
    _format: Format,
    _bytes: &'b [u8],
    _name: &str,
    _meter: &Meter,
    _sink: &mut dyn Sink<'b>,
) -> Vec<Range<usize>> {
    Vec::new()
}
