//! Base64 in a text → what it says, one level deep.

use std::cell::RefCell;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The shortest row of digits that is decoded: 24 bytes. One byte in as many is looked at to find it.
const SHORTEST: usize = 32;

/// Lines of this length and more go on in the next one.
const LINE: usize = 60;

/// Whether a byte is a digit of base64, in either alphabet.
#[allow(clippy::indexing_slicing, reason = "the compiler evaluates it, and would refuse to step out of bounds")]
const DIGITS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    table
};

fn is_digit(byte: u8) -> bool {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(false)
}

/// What a part of a token says.
pub(super) fn url_safe(part: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE.decode(part).ok()
}

/// Calls `read` with what each row of digits says, and where the row begins. Looks at the rows whose first byte at a
/// multiple of [`SHORTEST`] lies in `range`, so that ranges beside each other find each row once.
pub(super) fn each(text: &[u8], range: Range<usize>, mut read: impl FnMut(usize, &[u8])) {
    thread_local!(static SCRATCH: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) });
    let end = range.end.min(text.len());
    let mut at = range.start.next_multiple_of(SHORTEST);
    while at < end {
        let Some(row) = row(text, at) else {
            at += SHORTEST;
            continue;
        };
        let begun_before = at - row.start >= SHORTEST;
        at = (row.end + 1).next_multiple_of(SHORTEST);
        if row.len() < SHORTEST || begun_before {
            continue;
        }
        SCRATCH.with_borrow_mut(|(digits, bytes)| {
            digits.clear();
            digits.extend(lines(text.get(row.clone()).unwrap_or_default()));
            if digits.len() % 4 == 1 {
                digits.pop();
            }
            bytes.clear();
            let safe = digits.iter().any(|b| matches!(b, b'-' | b'_'));
            let engine = if safe { &URL_SAFE } else { &STANDARD };
            // What mixes both alphabets is a path or a name.
            if engine.decode_vec(&*digits, bytes).is_ok() {
                read(row.start, bytes);
            }
        });
    }
}

/// The digits of a row that may go over several lines, written with real line breaks or with escaped ones.
fn lines(row: &[u8]) -> impl Iterator<Item = u8> {
    let mut escaped = false;
    row.iter().copied().filter(move |byte| {
        let keep = !escaped && is_digit(*byte);
        escaped = *byte == b'\\';
        keep
    })
}

/// The row of digits around `at`, looked for one step back at most; over line breaks where lines are long.
fn row(text: &[u8], at: usize) -> Option<Range<usize>> {
    if !is_digit(*text.get(at)?) {
        return None;
    }
    let before = text.get(at.saturating_sub(SHORTEST)..at)?;
    let from = at - before.iter().rev().take_while(|b| is_digit(**b)).count();
    let (mut line, mut end) = (from, at);
    loop {
        end += text.get(end..)?.iter().take_while(|b| is_digit(**b)).count();
        let rest = text.get(end..)?;
        let breaks = [&b"\r\n"[..], b"\n", b"\\r\\n", b"\\n"];
        let skip = breaks.into_iter().find(|line_break| rest.starts_with(line_break)).map_or(0, <[u8]>::len);
        let goes_on = end - line >= LINE && skip > 0 && rest.get(skip).is_some_and(|b| is_digit(*b));
        if !goes_on {
            return Some(from..end);
        }
        end += skip;
        line = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(text.as_bytes(), 0..text.len(), |_, bytes| found.push(String::from_utf8_lossy(bytes).into_owned()));
        found
    }

    #[test]
    fn rows_are_found_wherever_they_begin() {
        let secret = "a secret that is encoded here, and long";
        let encoded = STANDARD.encode(secret);
        for before in 0..70 {
            let text = format!("{}\"{encoded}\";", " ".repeat(before));
            assert_eq!(all(&text), [secret], "{before}");
        }
        assert_eq!(all("short c2hvcnQ="), Vec::<String>::new());
    }

    #[test]
    fn rows_go_over_lines() {
        let secret = "x".repeat(200);
        let encoded = STANDARD.encode(&secret);
        for line_break in ["\n", "\r\n", "\\n"] {
            let lines: Vec<&str> =
                (0..encoded.len()).step_by(64).map(|at| &encoded[at..encoded.len().min(at + 64)]).collect();
            assert_eq!(all(&format!("= {}", lines.join(line_break))), [secret.as_str()], "{line_break:?}");
        }
    }
}
