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
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The shortest row of digits that is decoded: 24 bytes.
const SHORTEST: usize = 32;

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
    let end = last_line(text, &row);
    SCRATCH.with_borrow_mut(|(digits, bytes)| {
        digits.clear();
        digits.extend(lines(text.get(row.start..end).unwrap_or_default()));
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
    });
    end
}

/// The digits of a row that may go over several lines, written with real line breaks or with escaped ones.
fn lines(row: &[u8]) -> impl Iterator<Item = u8> {
    let mut escaped = false;
    row.iter().copied().filter(move |byte| {
        let keep = !escaped && rows::is_digit(*byte);
        escaped = *byte == b'\\';
        keep
    })
}

/// Where the last line ends that a row of digits goes on in.
fn last_line(text: &[u8], row: &Range<usize>) -> usize {
    let (mut line, mut end) = (row.start, row.end);
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let breaks = [&b"\r\n"[..], b"\n", b"\\r\\n", b"\\n"];
        let skip = breaks.into_iter().find(|line_break| rest.starts_with(line_break)).map_or(0, <[u8]>::len);
        let next = rest.get(skip..).unwrap_or_default().iter().take_while(|byte| rows::is_digit(**byte)).count();
        if end - line < LINE || skip == 0 || next == 0 {
            return end;
        }
        line = end + skip;
        end = line + next;
    }
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
        for line_break in ["\n", "\r\n", "\\n"] {
            let lines: Vec<&str> =
                (0..encoded.len()).step_by(64).map(|at| &encoded[at..encoded.len().min(at + 64)]).collect();
            assert_eq!(all(&format!("= {}", lines.join(line_break))), [secret.as_str()], "{line_break:?}");
        }
    }
}
