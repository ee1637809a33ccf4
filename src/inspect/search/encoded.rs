//! Base64 in a text → what it says, one level deep.

use std::cell::RefCell;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::rows;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
/// Reads base64 as browsers do: with or without padding.
pub(in crate::inspect) const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The shortest row of digits that is decoded: 18 bytes.
const SHORTEST: usize = 24;

/// What lies between two lines is no longer than this.
const GAP: usize = 128;

/// Lines of this length and more go on in the next one.
const LINE: usize = 60;

/// What a part of a token says.
pub(super) fn url_safe(part: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE.decode(part).ok()
}

/// Hands what the row of digits at `row` says to `read`, and says where it ends: long lines go on in the next one.
pub(super) fn decode(text: &[u8], row: Range<usize>, read: impl FnOnce(&[u8])) -> usize {
    thread_local!(static SCRATCH: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) });
    if row.len() < SHORTEST {
        return row.end;
    }
    SCRATCH.with_borrow_mut(|(digits, bytes)| {
        digits.clear();
        let mut line = row;
        loop {
            digits.extend_from_slice(text.get(line.clone()).unwrap_or_default());
            match next_line(text, &line) {
                Some(next) => line = next,
                None => break,
            }
        }
        if digits.len() % 4 == 1 {
            digits.pop();
        }
        bytes.clear();
        let safe = digits.iter().any(|b| matches!(b, b'-' | b'_'));
        let engine = if safe { &URL_SAFE } else { &STANDARD };
        // What mixes both alphabets is a path or a name.
        if engine.decode_vec(&*digits, bytes).is_ok() {
            read(bytes);
        }
        line.end
    })
}

/// The line of digits behind a long one: with blanks before it, or as the next string of a sum.
fn next_line(text: &[u8], line: &Range<usize>) -> Option<Range<usize>> {
    if line.len() < LINE {
        return None;
    }
    let rest = text.get(line.end..)?;
    let rest = rest.get(..rest.len().min(GAP))?;
    let broken = rest.starts_with(b"\\n") || rest.starts_with(b"\\r\\n");
    let skip = if broken {
        if rest.starts_with(b"\\n") { 2 } else { 4 }
    } else {
        rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`')).count()
    };
    let (gap, behind) = rest.split_at_checked(skip)?;
    // `"…" +`, the sign before or behind the line break.
    let sum = if gap.iter().any(|b| matches!(b, b'"' | b'\'' | b'`')) && behind.starts_with(b"+") {
        let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`');
        1 + behind.get(1..)?.iter().take_while(blank).count()
    } else {
        0
    };
    let start = line.end + skip + sum;
    let inside = broken || text.get(line.end..start)?.contains(&b'\n');
    let digits = text.get(start..)?.iter().take_while(|byte| rows::is_digit(**byte)).count();
    (inside && digits > 0).then(|| start..start + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let (mut found, mut done) = (Vec::new(), 0);
        rows::each(text.as_bytes(), 0..text.len(), |row| {
            if row.start >= done {
                let read = |bytes: &[u8]| found.push(String::from_utf8_lossy(bytes).into_owned());
                done = decode(text.as_bytes(), row, read);
            }
        });
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
        for line_break in ["\n", "\r\n", "\\n", "\n      ", "\" +\n  \"", "\"\n+ \""] {
            let lines: Vec<&str> =
                (0..encoded.len()).step_by(64).map(|at| &encoded[at..encoded.len().min(at + 64)]).collect();
            assert_eq!(all(&format!("= {}", lines.join(line_break))), [secret.as_str()], "{line_break:?}");
        }
    }
}
