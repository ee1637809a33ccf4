//! A `data:` URL → the bytes it holds, as far as they can be read.

use base64::Engine as _;

use crate::inspect::search::STANDARD;

/// What follows `data:` in a URL, also one in quotes or brackets.
pub(super) fn strip(url: &[u8]) -> Option<&[u8]> {
    let quotes = url.iter().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'<' | b'(' | b'[')).count();
    let (scheme, rest) = url.get(quotes..)?.split_at_checked(5)?;
    scheme.eq_ignore_ascii_case(b"data:").then_some(rest)
}

/// Decodes what follows `data:`: the type and its parameters in any order, a comma, the content.
pub(super) fn decode(rest: &[u8]) -> Option<Vec<u8>> {
    let comma = memchr::memchr(b',', rest.get(..rest.len().min(16 << 10))?)?;
    let (head, body) = (rest.get(..comma)?, rest.get(comma + 1..)?);
    let base64 = head.split(|b| *b == b';').any(|part| part.trim_ascii().eq_ignore_ascii_case(b"base64"));
    if base64 { Some(from_base64(body)) } else { Some(from_percent(body)) }
}

/// Decodes base64 of either alphabet, with or without padding, broken over lines or percent-encoded.
fn from_base64(body: &[u8]) -> Vec<u8> {
    let plain = body.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    if plain && let Ok(bytes) = STANDARD.decode(body) {
        return bytes;
    }
    let body = if body.contains(&b'%') { from_percent(body) } else { body.to_vec() };
    let digits = body.iter().filter_map(|b| match b {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b' ' | b'\t' | b'\r' | b'\n' | b'*' => None,
        other => Some(*other),
    });
    let valid = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let mut clean: Vec<u8> = digits.skip_while(|b| *b == b'=').take_while(valid).collect();
    // One digit alone is no byte: the text was cut there.
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    STANDARD.decode(clean).unwrap_or_default()
}

fn from_percent(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, tail)) = rest.split_first() {
        let hex = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                out.push(hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_in_any_order() {
        for head in
            ["application/json;base64", "application/json;charset=utf-8;base64", ";base64;charset=UTF-8", ";BASE64"]
        {
            assert_eq!(decode(format!("{head},eyJhIjoxfQ==").as_bytes()).unwrap(), b"{\"a\":1}", "{head}");
        }
    }

    #[test]
    fn content_is_read_however_it_is_written() {
        for body in ["eyJhIjoxfQ", "eyJh IjoxfQ==", "eyJhIjoxfQ%3D%3D", "eyJhIjoxfQ==\"rest"] {
            assert_eq!(decode(format!(";base64,{body}").as_bytes()).unwrap(), b"{\"a\":1}", "{body}");
        }
        assert_eq!(decode(b"application/json;charset=utf-8,%7B%22a%22%3A1}").unwrap(), b"{\"a\":1}");
        assert_eq!(decode(b"nothing"), None);
    }
}
