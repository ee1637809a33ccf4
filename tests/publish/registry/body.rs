//! The bytes behind a head → the body they carry, as far as they came.

use super::http::Head;

/// How far a body is.
pub enum Body {
    /// So many bytes are still to come.
    Length(usize),
    /// Chunks; so many bytes of the one that began are still to come.
    Chunked(usize),
    Done,
}

impl Body {
    pub fn of(head: &Head) -> Self {
        let chunked = head.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        let length = head.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        match (chunked, length) {
            (true, _) => Self::Chunked(0),
            (false, 0) => Self::Done,
            (false, length) => Self::Length(length),
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// Moves what belongs to the body out of `from`, at most `most` bytes. Empty when more has to be read first.
    pub fn take(&mut self, from: &mut Vec<u8>, most: usize) -> Vec<u8> {
        match self {
            Self::Done => Vec::new(),
            Self::Length(left) => {
                let bytes: Vec<u8> = from.drain(..from.len().min(*left).min(most)).collect();
                *left -= bytes.len();
                if *left == 0 {
                    *self = Self::Done;
                }
                bytes
            }
            Self::Chunked(left) => {
                if *left == 0 {
                    let Some(size) = chunk(from) else { return Vec::new() };
                    if size == 0 {
                        *self = Self::Done;
                        return Vec::new();
                    }
                    *left = size;
                }
                let bytes: Vec<u8> = from.drain(..from.len().min(*left).min(most)).collect();
                *left -= bytes.len();
                bytes
            }
        }
    }
}

/// The size of the next chunk; nothing is taken unless its whole line is here. The last one comes with its empty line.
fn chunk(from: &mut Vec<u8>) -> Option<usize> {
    let start = if from.starts_with(b"\r\n") { 2 } else { 0 };
    let line = from.get(start..)?.windows(2).position(|pair| pair == b"\r\n")?;
    let text = String::from_utf8_lossy(&from[start..start + line]).into_owned();
    let size = usize::from_str_radix(text.split(';').next()?.trim(), 16).ok()?;
    let end = start + line + 2;
    if size > 0 {
        from.drain(..end);
        return Some(size);
    }
    let rest = from.get(end..)?;
    let trailer = if rest.starts_with(b"\r\n") { 2 } else { rest.windows(4).position(|four| four == b"\r\n\r\n")? + 4 };
    from.drain(..end + trailer);
    Some(0)
}
