//! One 512-byte block → a tar header, and whether all clients read it alike.

/// A block that is taken for a header.
#[derive(Clone, Copy)]
pub(super) struct Header<'a> {
    block: &'a [u8; 512],
}

/// How a block's checksum fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    /// As every client computes it.
    Good,
    /// Only for clients that add signed bytes, or read the field leniently.
    Loose,
    /// Not at all.
    Bad,
}

/// A number field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// The value npm takes; negative where the field says so.
    pub(super) value: i64,
    /// Whether every client takes the same.
    pub(super) exact: bool,
}

/// Whether `bytes` start with a tar header.
pub(crate) fn is_tar(bytes: &[u8]) -> bool {
    let Some(block) = bytes.first_chunk::<512>() else {
        return false;
    };
    let header = Header::new(block);
    match header.sum() {
        Sum::Good => !header.is_zero(),
        Sum::Loose | Sum::Bad => header.has_magic(),
    }
}

impl<'a> Header<'a> {
    pub(super) fn new(block: &'a [u8; 512]) -> Self {
        Self { block }
    }

    fn field(self, from: usize, len: usize) -> &'a [u8] {
        self.block.get(from..from + len).unwrap_or_default()
    }

    fn text(self, from: usize, len: usize) -> &'a [u8] {
        until_nul(self.field(from, len))
    }

    pub(super) fn is_zero(self) -> bool {
        self.block.iter().all(|b| *b == 0)
    }

    pub(super) fn kind(self) -> u8 {
        self.block.get(156).copied().unwrap_or(0)
    }

    pub(super) fn link_name(self) -> &'a [u8] {
        self.text(157, 100)
    }

    pub(super) fn has_magic(self) -> bool {
        self.field(257, 5) == b"ustar"
    }

    /// POSIX, where the prefix is part of the name for everyone; GNU writes `ustar` and two spaces.
    fn is_posix(self) -> bool {
        self.field(257, 8) == b"ustar\x0000"
    }

    /// Whether mark and version are those of POSIX or of GNU: without them some clients obey no header about another.
    pub(super) fn is_known(self) -> bool {
        self.is_posix() || self.field(257, 8) == b"ustar  \0"
    }

    pub(super) fn short_name(self) -> &'a [u8] {
        self.text(0, 100)
    }

    /// The whole field, with what stands behind the end of the name.
    pub(super) fn name_field(self) -> &'a [u8] {
        self.field(0, 100)
    }

    /// The name as npm reads it.
    pub(super) fn name(self) -> Vec<u8> {
        if self.is_posix() { self.prefixed() } else { self.short_name().to_vec() }
    }

    /// The name with the prefix, whatever the magic says: some clients read it so.
    pub(super) fn prefixed(self) -> Vec<u8> {
        let prefix = self.text(345, 155);
        if prefix.is_empty() {
            return self.short_name().to_vec();
        }
        [prefix, b"/", self.short_name()].concat()
    }

    /// Whether clients disagree about the prefix.
    pub(super) fn prefix_is_disputed(self) -> bool {
        !self.is_posix() && !self.text(345, 155).is_empty()
    }

    /// Why some client skips this header and takes the body behind it for headers, or reads another name in it.
    pub(super) fn unsound(self) -> Option<&'static str> {
        if self.field(0, 1) == [0] {
            return Some("this header begins with a zero, which some clients take for the end");
        }
        let numbers = [(100, 8), (108, 8), (116, 8), (136, 12), (329, 8), (337, 8)];
        if !numbers.into_iter().all(|(from, len)| is_plain_number(self.field(from, len))) {
            return Some("a number in this header is written in a form that clients read differently, or refuse");
        }
        let padded = |from, len| self.field(from, len).iter().skip_while(|b| **b != 0).all(|b| *b == 0);
        if !(padded(0, 100) && padded(157, 100)) {
            return Some("bytes stand behind the end of a name in this header");
        }
        // Some clients look for two times behind a short prefix, and refuse the header where they are none.
        let times = is_plain_number(self.field(476, 12)) && is_plain_number(self.field(488, 12));
        let prefix = self.field(345, 131).iter().skip_while(|b| **b != 0).all(|b| *b == 0);
        let long = !self.field(345, 131).contains(&0);
        if self.is_posix() && !(long && padded(345, 155)) && !(prefix && times) {
            return Some("bytes stand behind the end of the prefix in this header");
        }
        None
    }

    /// Whether npm takes it for a header that states a link target.
    pub(super) fn names_link(self) -> bool {
        let field = self.field(157, 100);
        !until_nul(field).is_empty() || field.iter().any(|b| matches!(b, b'\n' | b'\r'))
    }

    pub(super) fn size(self) -> Number {
        number(self.field(124, 12))
    }

    /// How the checksum fits.
    pub(super) fn sum(self) -> Sum {
        let field = self.field(148, 8);
        let stated = number(field);
        // The blanks that stand in for the field alone add up to more: most of what is no header is told by this.
        if stated.value == 0 {
            return Sum::Bad;
        }
        // Without an end, some clients read on into the next field.
        let ended = field.last().is_some_and(|b| matches!(b, 0 | b' '));
        let all: u32 = self.block.iter().map(|b| u32::from(*b)).sum();
        let own: u32 = self.field(148, 8).iter().map(|b| u32::from(*b)).sum();
        let unsigned = i64::from(all) - i64::from(own) + 8 * 32;
        if stated.value == unsigned {
            return if stated.exact && ended { Sum::Good } else { Sum::Loose };
        }
        let high = |bytes: &[u8]| bytes.iter().filter(|b| **b >= 128).map(|_| 1_i64).sum::<i64>();
        let signed = unsigned - 256 * (high(self.block) - high(self.field(148, 8)));
        if stated.value == signed { Sum::Loose } else { Sum::Bad }
    }
}

/// Whether all clients read a number here, or none: octal, nothing at all, or base 256 that fits a double.
fn is_plain_number(field: &[u8]) -> bool {
    let blank = field.iter().all(|b| matches!(b, 0 | b' '));
    let wide = match field {
        [0x80, rest @ ..] => fits(rest, 0, 0x1f),
        [0xff, rest @ ..] => fits(rest, 0xff, 0xff),
        _ => false,
    };
    blank || wide || (field.first().is_some_and(|b| *b < 0x80) && number(field).exact)
}

/// Whether the number in `bytes` stays below 2^53: everything but its last seven bytes is `fill`, and the highest of
/// those at most `most`.
fn fits(bytes: &[u8], fill: u8, most: u8) -> bool {
    let (high, low) = bytes.split_at(bytes.len().saturating_sub(7));
    high.iter().all(|b| *b == fill) && low.first().is_some_and(|b| *b <= most && (fill == 0 || *b >= 0xe0))
}

/// Everything before the first NUL.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

/// Reads a number field: octal digits between spaces and NULs, or base 256.
fn number(field: &[u8]) -> Number {
    if field.first().is_some_and(|b| b & 0x80 != 0) {
        // GNU's form for what octal can't hold. No file of that size is in a package, so it is never exact.
        let negative = field.first().is_some_and(|b| b & 0x40 != 0);
        let tail = field.get(field.len().saturating_sub(8)..).unwrap_or_default();
        let value = tail.iter().fold(0_i64, |sum, b| (sum << 8) | i64::from(*b));
        return Number { value: if negative && value > 0 { -value } else { value }, exact: false };
    }
    let text = field.trim_ascii_start();
    let blank = field.len() - text.len() == field.iter().take_while(|b| **b == b' ').count();
    let digits = text.iter().take_while(|b| (b'0'..=b'7').contains(*b)).count();
    let (head, tail) = text.split_at(digits);
    let value = head.iter().fold(0_i64, |sum, b| sum.saturating_mul(8).saturating_add(i64::from(b - b'0')));
    let ended = tail.iter().all(|b| matches!(b, 0 | b' '));
    Number { value, exact: digits > 0 && ended && blank }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_is_exact_between_spaces_and_nuls() {
        for text in [&b"00000000012\0"[..], b"         12 ", b"12\0\0\0\0\0\0\0\0\0\0"] {
            assert_eq!(number(text), Number { value: 10, exact: true }, "{text:?}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for (text, value) in [(&b"\0\0\0\0"[..], 0), (b"0x10", 0), (b"12 9", 10), (b"-7\0\0", 0), (b"9\0", 0)] {
            assert_eq!(number(text), Number { value, exact: false }, "{text:?}");
        }
    }

    #[test]
    fn a_header_of_the_tar_crate_sums_up() {
        let mut header = tar::Header::new_ustar();
        header.set_path("package/index.js").unwrap();
        header.set_size(10);
        header.set_cksum();
        let mut block = *header.as_bytes();
        assert_eq!(Header::new(&block).sum(), Sum::Good);
        block[0] ^= 1;
        assert_eq!(Header::new(&block).sum(), Sum::Bad);
    }
}
