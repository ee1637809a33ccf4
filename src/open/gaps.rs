//! Ranges that are accounted for → the bytes between them that nobody accounts for.

use std::ops::Range;

/// The parts of `bytes` that no range in `taken` covers and that hold anything but zeros.
pub(super) fn gaps(mut taken: Vec<Range<usize>>, bytes: &[u8]) -> Vec<Range<usize>> {
    taken.sort_by_key(|range| range.start);
    taken.push(bytes.len()..bytes.len());
    let mut found = Vec::new();
    let mut upto = 0;
    for range in taken {
        if range.start > upto {
            let gap = upto..range.start;
            if bytes.get(gap.clone()).is_some_and(|bytes| bytes.iter().any(|b| *b != 0)) {
                found.push(gap);
            }
        }
        upto = upto.max(range.end);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn only_what_holds_something_is_a_gap() {
        assert_eq!(gaps(vec![4..6, 0..2, 7..8], b"abcdef\0\0"), gaps(vec![0..2, 4..8], b"abcdefgh"));
        assert_eq!(gaps(vec![4..6, 0..2], b"abcdef\0\0").len(), 1);
        assert_eq!(gaps(vec![1..3, 2..3], b"a\0bcd"), [0..1, 3..5]);
        assert!(gaps(Vec::new(), b"").is_empty());
    }
}
