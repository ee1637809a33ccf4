//! Escapes in a text → the secrets that are written with them.

use std::ops::Range;

use super::{Raw, TextRules, Way};
use crate::inspect::escapes;

/// How near to a secret something is escaped that belongs to it: its name, for one.
const NEAR: usize = 160;

impl TextRules {
    /// What stands in `piece` as the program reads it, where something was escaped.
    pub(super) fn unescaped(&self, text: &[u8], piece: Range<usize>, path: &str) -> Vec<Raw> {
        let mut found = Vec::new();
        escapes::each(text, piece, |plain| {
            let looked = self.look(&plain.bytes, 0..plain.bytes.len(), path, true);
            for raw in self.run(&plain.bytes, path, vec![looked]) {
                let range = raw.row.map_or(raw.secret.clone(), |(start, end)| start..end);
                let place = plain.place(&range).filter(|_| plain.is_escaped(&range, NEAR));
                found.extend(place.map(|place| Raw { row: Some((place.start, place.end)), way: Way::Escaped, ..raw }));
            }
        });
        found
    }
}
