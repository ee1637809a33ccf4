//! A text → one bit for each of its bytes that is of a class, 64 at a time, with whatever the processor has for that.

use std::ops::Range;
use std::sync::LazyLock;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes that one word tells of.
pub(super) const WORD: usize = 64;

/// Words that are made in one go: few, for most texts are short.
const WORDS: usize = 8;

/// What the processor has.
pub(super) static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// What a word tells of 64 bytes.
pub(super) trait Word: Copy + Default {
    /// Reads it off them.
    fn of<S: Simd>(bytes: u8x64<S>) -> Self;
}

/// Calls `seen` with each word of `text` in `range`, and where it begins. Behind the end of the range no bit is set.
pub(super) fn each<W: Word>(text: &[u8], range: Range<usize>, mut seen: impl FnMut(usize, W)) {
    until(text, range, |at, word| {
        seen(at, word);
        true
    });
}

/// The same, for as long as `seen` wants more.
pub(super) fn until<W: Word>(text: &[u8], range: Range<usize>, mut seen: impl FnMut(usize, W) -> bool) {
    let mut words = [W::default(); WORDS];
    for from in range.clone().step_by(WORD * WORDS) {
        let bytes = text.get(from..(from + WORD * WORDS).min(range.end)).unwrap_or_default();
        let count = read(bytes, &mut words);
        for (number, word) in words.iter().take(count).enumerate() {
            if !seen(from + number * WORD, *word) {
                return;
            }
        }
    }
}

/// The word of what stands at `at`.
pub(super) fn at<W: Word>(text: &[u8], at: usize) -> W {
    let mut words = [W::default(); WORDS];
    read(text.get(at..(at + WORD).min(text.len())).unwrap_or_default(), &mut words);
    words[0]
}

/// The first bytes of `bytes`, and zeros where there are not enough.
pub(super) fn padded<const LEN: usize>(bytes: &[u8]) -> [u8; LEN] {
    bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; LEN];
        padded.iter_mut().zip(bytes).for_each(|(byte, own)| *byte = *own);
        padded
    })
}

/// The first eight bytes of a word as a number, and which of them it has.
pub(super) fn head(word: &[u8]) -> (u64, u64) {
    let beyond = u32::try_from(word.len()).ok().and_then(|len| u64::MAX.checked_shl(8 * len));
    (u64::from_le_bytes(padded(word)), beyond.map_or(u64::MAX, |beyond| !beyond))
}

/// Reads the words of `bytes`, and says how many there are.
fn read<W: Word>(bytes: &[u8], words: &mut [W; WORDS]) -> usize {
    let (whole, rest) = bytes.as_chunks::<WORD>();
    // What stands behind the last byte is of no class.
    let last = padded(rest);
    let last = if rest.is_empty() { &[][..] } else { std::slice::from_ref(&last) };
    dispatch!(*LEVEL, simd => words_of(simd, whole, last, words));
    whole.len() + last.len()
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
fn words_of<S: Simd, W: Word>(simd: S, whole: &[[u8; WORD]], last: &[[u8; WORD]], words: &mut [W; WORDS]) {
    for (bytes, word) in whole.iter().chain(last).zip(words) {
        *word = W::of(u8x64::from_slice(simd, bytes));
    }
}

/// Digits of base64, in either alphabet.
#[derive(Clone, Copy, Default)]
pub(super) struct Digits(pub(super) u64);

impl Word for Digits {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
    fn of<S: Simd>(bytes: u8x64<S>) -> Self {
        let letter = ((bytes | 0x20) - b'a').simd_lt(26);
        let other = (bytes - b'0').simd_lt(10) | bytes.simd_eq(b'+');
        // `-` and `/`, `_`.
        let signs = (bytes | 0x02).simd_eq(b'/') | bytes.simd_eq(b'_');
        Self((letter | other | signs).to_bitmask())
    }
}

/// Of what sort digits of base64 are.
#[derive(Clone, Copy, Default)]
pub(super) struct Sorts {
    /// Letters in upper case.
    pub(super) upper: u64,
    /// Numbers, and `+`: what no name is made of.
    pub(super) other: u64,
    /// What stands between words: `-` `/` `_`.
    pub(super) signs: u64,
    /// `s`, in either case.
    pub(super) esses: u64,
    /// `w`, in either case.
    pub(super) double: u64,
}

impl Word for Sorts {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
    fn of<S: Simd>(bytes: u8x64<S>) -> Self {
        let folded = bytes | 0x20;
        let other = (bytes - b'0').simd_lt(10) | bytes.simd_eq(b'+');
        let signs = (bytes | 0x02).simd_eq(b'/') | bytes.simd_eq(b'_');
        Self {
            upper: (bytes - b'A').simd_lt(26).to_bitmask(),
            other: other.to_bitmask(),
            signs: signs.to_bitmask(),
            esses: folded.simd_eq(b's').to_bitmask(),
            double: folded.simd_eq(b'w').to_bitmask(),
        }
    }
}

/// Bytes that are more than ASCII.
#[derive(Clone, Copy, Default)]
pub(super) struct Beyond(pub(super) u64);

impl Word for Beyond {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
    fn of<S: Simd>(bytes: u8x64<S>) -> Self {
        Self(bytes.simd_ge(0x80).to_bitmask())
    }
}

/// What tells where a string of JSON ends.
#[derive(Clone, Copy, Default)]
pub(super) struct Quotes {
    /// `"`.
    pub(super) quotes: u64,
    /// Backslashes.
    pub(super) slashes: u64,
}

impl Word for Quotes {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
    fn of<S: Simd>(bytes: u8x64<S>) -> Self {
        Self { quotes: bytes.simd_eq(b'"').to_bitmask(), slashes: bytes.simd_eq(b'\\').to_bitmask() }
    }
}

/// What tells where the words of a line begin.
#[derive(Clone, Copy, Default)]
pub(super) struct Lines {
    /// Line feeds.
    pub(super) feeds: u64,
    /// Other blanks.
    pub(super) blanks: u64,
    /// What a bundler begins a line with where it names a module: `;` `/` `!` `"` `_` `}`.
    pub(super) marks: u64,
}

impl Word for Lines {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is not inlined is not compiled for the processor")]
    fn of<S: Simd>(bytes: u8x64<S>) -> Self {
        let blank = bytes.simd_eq(b' ') | bytes.simd_eq(b'\t') | bytes.simd_eq(b'\r') | bytes.simd_eq(0x0c);
        let quote = bytes.simd_eq(b'!') | bytes.simd_eq(b'"');
        let sign = bytes.simd_eq(b'/') | bytes.simd_eq(b';') | bytes.simd_eq(b'_') | bytes.simd_eq(b'}');
        Self {
            feeds: bytes.simd_eq(b'\n').to_bitmask(),
            blanks: blank.to_bitmask(),
            marks: (quote | sign).to_bitmask(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_of_the_classes_that_a_plain_look_says() {
        let text: Vec<u8> = (0..10_000_u32).map(|n| u8::try_from(n * 7 % 256).unwrap_or(0)).collect();
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
        for range in [0..10_000, 3..4_200, 64..128, 5..5, 9_999..10_000] {
            let mut covered = 0;
            each(&text, range.clone(), |from, Digits(digits)| {
                let (sorts, Beyond(beyond)) = (at::<Sorts>(&text, from), at(&text, from));
                for bit in 0..WORD {
                    let byte = text.get(from + bit).copied().unwrap_or(0);
                    let is = |word: u64| word >> bit & 1 == 1;
                    assert_eq!(is(digits), is_digit(byte) && from + bit < range.end, "{from} {bit}");
                    assert_eq!(is(sorts.upper), byte.is_ascii_uppercase(), "{from} {bit}");
                    assert_eq!(is(sorts.other), byte.is_ascii_digit() || byte == b'+', "{from} {bit}");
                    assert_eq!(is(sorts.signs), b"-/_".contains(&byte), "{from} {bit}");
                    assert_eq!(is(sorts.esses), byte | 0x20 == b's', "{from} {bit}");
                    assert_eq!(is(sorts.double), byte | 0x20 == b'w', "{from} {bit}");
                    assert_eq!(is(beyond), !byte.is_ascii(), "{from} {bit}");
                }
                covered += WORD;
            });
            assert!(covered >= range.len());
            each(&text, range.clone(), |at, Lines { feeds, blanks, marks }| {
                for bit in 0..WORD {
                    let byte = text.get(at + bit).copied().filter(|_| at + bit < range.end).unwrap_or(0);
                    assert_eq!(feeds >> bit & 1 == 1, byte == b'\n');
                    assert_eq!(blanks >> bit & 1 == 1, byte.is_ascii_whitespace() && byte != b'\n');
                    assert_eq!(marks >> bit & 1 == 1, b";/!\"_}".contains(&byte));
                }
            });
        }
    }
}
