//! A few words → where they stand in a text, as they are written, 64 bytes at a time.

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{dispatch, u8x64};

use super::bits::{self, LEVEL, WORD};

/// As many bytes of a word are looked at before it is compared.
const FIRST: usize = 3;

/// Words of 64 bytes that are looked at in one go, and the bytes that this takes.
const WORDS: usize = 16;
const BLOCK: usize = WORD * WORDS;

/// Into as many groups the words are dealt.
const GROUPS: usize = 8;

/// Finds words.
#[derive(Debug)]
pub(super) struct Spotter {
    /// In the order of the bytes that they begin with.
    words: Vec<Word>,
    /// Where those begin that begin with each byte.
    starts: Vec<usize>,
    halves: Halves,
}

/// One of the words.
#[derive(Debug)]
struct Word {
    number: usize,
    /// Its first eight bytes as a number, and which of them it has.
    head: (u64, u64),
    bytes: Box<[u8]>,
}

/// The lower and the upper half of each of the first bytes: which groups hold a word with it.
type Halves = [[[u8; WORD]; 2]; FIRST];

impl Spotter {
    /// Finds `words`, which are dealt to groups by turns: what looks like any word of its group in each half of each of
    /// its first bytes is compared, and words of one group should look alike in them.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Self {
        let mut all = Vec::new();
        let mut halves = [[[0; WORD]; 2]; FIRST];
        for (number, word) in words.into_iter().enumerate() {
            if !word.is_empty() {
                all.push(Word { number, head: bits::head(word), bytes: Box::from(word) });
            }
            for (at, [lower, upper]) in halves.iter_mut().enumerate() {
                let byte = word.get(at);
                for (half, own) in [(lower, byte.map(|byte| byte & 0xf)), (upper, byte.map(|byte| byte >> 4))] {
                    // A shuffle looks at 16 bytes: each part of a word has the same ones. Behind a short word anything
                    // may stand.
                    let same = half.iter_mut().zip((0..16).cycle()).filter(|(_, at)| own.is_none_or(|own| own == *at));
                    same.for_each(|(groups, _)| *groups |= 1 << (number % GROUPS));
                }
            }
        }
        all.sort_by_key(|word| word.bytes.first().copied());
        let starts = (0..=1 << 8)
            .map(|byte| all.partition_point(|word| word.bytes.first().is_some_and(|first| usize::from(*first) < byte)))
            .collect();
        Self { words: all, starts, halves }
    }

    /// Calls `found` with the number of each word that begins in `range`, and where, for as long as it wants more.
    pub(super) fn until(&self, text: &[u8], range: Range<usize>, mut found: impl FnMut(usize, usize) -> bool) {
        let end = range.end.min(text.len());
        let mut masks = [0; WORDS];
        for from in (range.start..end).step_by(BLOCK) {
            let block = text.get(from..text.len().min(from + BLOCK + FIRST - 1)).unwrap_or_default();
            let count = dispatch!(*LEVEL, simd => likely(simd, block, &self.halves, &mut masks));
            for (number, mask) in masks.iter().take(count).enumerate() {
                let mut rest = *mask;
                while rest != 0 {
                    let at = from + number * WORD + rest.trailing_zeros() as usize;
                    if at >= end || !self.compare(text, at, &mut found) {
                        return;
                    }
                    rest &= rest - 1;
                }
            }
        }
    }

    /// Compares the words with what stands at `at`, and says whether more is wanted.
    fn compare(&self, text: &[u8], at: usize, found: &mut impl FnMut(usize, usize) -> bool) -> bool {
        let here = text.get(at..).unwrap_or_default();
        let first = usize::from(here.first().copied().unwrap_or_default());
        let bounds = self.starts.get(first).zip(self.starts.get(first + 1));
        let begun = bounds.and_then(|(from, to)| self.words.get(*from..*to)).unwrap_or_default();
        let (head, _) = bits::head(here);
        // Most are told apart by their first eight bytes.
        let same = |word: &Word| head & word.head.1 == word.head.0 && here.starts_with(&word.bytes);
        begun.iter().all(|word| !same(word) || found(word.number, at))
    }
}

/// What a mask is made of: 64 bytes, and what follows the last.
const NEAR: usize = WORD + FIRST - 1;

/// Notes which bytes of `block` look like the start of a word, and says how many masks that took.
#[inline(always)]
#[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
fn likely<S: Simd>(simd: S, block: &[u8], halves: &Halves, masks: &mut [u64; WORDS]) -> usize {
    let mut count = 0;
    for own in masks {
        let rest = block.get(count * WORD..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        // What stands behind the last byte is compared, and is no word.
        let mut last = [0; NEAR];
        let near = rest.first_chunk().unwrap_or_else(|| {
            last = bits::padded(rest);
            &last
        });
        *own = likely_in(simd, near, halves);
        count += 1;
    }
    count
}

/// Which of the first 64 bytes look like the start of a word.
#[inline(always)]
#[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
fn likely_in<S: Simd>(simd: S, near: &[u8; NEAR], [first, second, third]: &Halves) -> u64 {
    let groups =
        groups(simd, &near[..WORD], first) & groups(simd, &near[1..=WORD], second) & groups(simd, &near[2..], third);
    !groups.simd_eq(0).to_bitmask()
}

/// The groups that hold a word with such a byte, for each of 64.
#[inline(always)]
#[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
fn groups<S: Simd>(simd: S, bytes: &[u8], [lower, upper]: &[[u8; WORD]; 2]) -> u8x64<S> {
    let bytes = u8x64::from_slice(simd, bytes);
    let lower = u8x64::from_slice(simd, lower).swizzle_dyn_within_blocks(bytes & 0xf);
    let upper = u8x64::from_slice(simd, upper).swizzle_dyn_within_blocks(bytes >> 4);
    lower & upper
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(spotter: &Spotter, text: &[u8], range: Range<usize>) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        spotter.until(text, range, |word, at| {
            all.push((at, word));
            true
        });
        all
    }

    #[test]
    fn what_is_found_is_what_a_plain_search_finds() {
        let words = ["abc", "abcd", ".b", "bca", "/*!", "://", "\u{e4}\u{f6}", "a word that is long"];
        let spotter = Spotter::new(words.iter().map(|word| word.as_bytes()));
        let mut state = 1_u64;
        let mut next = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % end
        };
        for _ in 0..2_000 {
            let parts: String = (0..next(400))
                .map(|_| if next(3) == 0 { words[next(words.len())] } else { ["a", "b", ".", "/"][next(4)] })
                .collect();
            let text = parts.as_bytes();
            let start = next(text.len() + 1);
            let range = start..start + next(text.len() - start + 1);
            let mut plain = Vec::new();
            for at in range.clone() {
                let here = words.iter().enumerate().filter(|(_, word)| text[at..].starts_with(word.as_bytes()));
                plain.extend(here.map(|(number, _)| (at, number)));
            }
            assert_eq!(found(&spotter, text, range.clone()), plain, "{parts:?} {range:?}");
        }
    }

    #[test]
    fn who_wants_no_more_is_told_no_more() {
        let spotter = Spotter::new([&b"abc"[..]]);
        let mut count = 0;
        spotter.until(&b"abc".repeat(1_000), 0..3_000, |_, _| {
            count += 1;
            count < 5
        });
        assert_eq!(count, 5);
    }
}
