//! A text in which keys of maps are written with escapes or entities → the same with them written plainly.

use std::ops::Range;

use super::entities;
use crate::inspect::marks::Mark;
use crate::inspect::{TextKind, escapes};

/// A text of which some places were written anew.
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    /// Where the first of them stood.
    pub(super) first: usize,
    /// What follows each of them: where it stood, and where it stands.
    behind: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The same as `text`, but for the places that `anew` says, in order; none where there are none.
    fn of<T: AsRef<str>>(text: &[u8], anew: impl Iterator<Item = (Range<usize>, T)>) -> Option<Self> {
        let mut anew = anew.peekable();
        let first = anew.peek()?.0.start;
        let (mut bytes, mut behind, mut from) = (Vec::with_capacity(text.len()), Vec::new(), 0);
        for (place, word) in anew {
            if place.start < from {
                continue;
            }
            bytes.extend_from_slice(text.get(from..place.start).unwrap_or_default());
            bytes.extend_from_slice(word.as_ref().as_bytes());
            behind.push((place.end, bytes.len()));
            from = place.end;
        }
        bytes.extend_from_slice(text.get(from..).unwrap_or_default());
        Some(Self { bytes, first, behind })
    }

    /// Where that stands which stood at `at`.
    fn now(&self, at: usize) -> usize {
        let before = self.behind.partition_point(|(old, _)| *old <= at).checked_sub(1);
        before.and_then(|index| self.behind.get(index)).map_or(at, |(old, new)| new + (at - old))
    }

    /// Where that stood which stands at `at`.
    pub(super) fn before(&self, at: usize) -> usize {
        let before = self.behind.partition_point(|(_, new)| *new <= at).checked_sub(1);
        before.and_then(|index| self.behind.get(index)).map_or(at, |(old, new)| old + (at - new))
    }

    /// Where ranges stand that are in order.
    pub(super) fn ranges(&self, old: &[Range<usize>]) -> Vec<Range<usize>> {
        old.iter().map(|range| self.now(range.start)..self.now(range.end)).collect()
    }
}

/// Where words of maps stand that are written with escapes.
pub(super) fn escaped(text: &[u8]) -> Vec<(Range<usize>, &'static str)> {
    escapes::words(text, &[Mark::Contents.word(), Mark::Map.word()])
}

/// The same text with the words of maps as they are read, if some of them are written in another way.
pub(super) fn rewritten(text: &[u8], kind: TextKind, holds: bool) -> Option<Rewritten> {
    Rewritten::of(text, escaped(text).into_iter()).or_else(|| {
        let likely = kind == TextKind::Markup || holds && entities::follow(text, Mark::Contents.word());
        let plain = (likely && entities::hide(text)).then(|| Rewritten::of(text, entities::all(text))).flatten()?;
        memchr::memmem::find(&plain.bytes, Mark::Contents.word().as_bytes()).is_some().then_some(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_is_found_again() {
        let text = br"a sources\x43ontent b sourcesC\u006fntent c";
        let plain = rewritten(text, TextKind::Script, false).unwrap();
        assert_eq!(plain.bytes, b"a sourcesContent b sourcesContent c");
        for letter in [b'a', b'b', b'c'] {
            let at = |text: &[u8]| text.windows(3).position(|w| w[1] == letter && w[0] == b' ').map_or(0, |at| at + 1);
            let (old, new) =
                if letter == b'c' { (text.len() - 1, plain.bytes.len() - 1) } else { (at(text), at(&plain.bytes)) };
            assert_eq!((plain.now(old), plain.before(new)), (new, old));
        }
        assert!(rewritten(b"sourcesContent", TextKind::Script, true).is_none());
    }
}
