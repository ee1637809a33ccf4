//! Text that is no JSON → the maps that lie in it all the same: behind a banner, in a program, cut off at the head.

use std::ops::Range;

use super::draft::{Scan, scan_one};
use super::json::{Token, Tokens};
use crate::inspect::TextKind;

/// Maps behind or inside something that is no JSON: what people can read there, they can recover.
pub(super) fn maps(text: &[u8], kind: TextKind) -> Vec<(Range<usize>, Scan)> {
    let mut all = Vec::new();
    let mut at = 0;
    // Executables are full of pieces of programs that handle maps.
    if text.iter().take(4096).filter(|b| **b == 0).count() > 16 {
        return all;
    }
    while let Some(start) = next(text, at).filter(|_| kind != TextKind::Prose) {
        let (scan, end) = scan_one(text, start);
        at = end.max(start + 1);
        all.push((start..end, scan));
    }
    all
}

/// Where an object begins, from `from` on, whose texts stand in a file that is no JSON: the brace before the key, or
/// the key itself where the head is missing.
fn next(text: &[u8], from: usize) -> Option<usize> {
    const KEY: &[u8] = b"\"sourcesContent\"";
    let rest = text.get(from..)?;
    let key = memchr::memmem::find_iter(rest, KEY).find(|at| {
        let mut tokens = Tokens::new(rest, at + KEY.len());
        let colon = tokens.next() == Some(Token::Colon);
        let open = matches!(tokens.next(), Some(Token::Open(_)));
        let first = tokens.find(|token| !matches!(token, Token::Comma | Token::Open(_) | Token::Word(_)));
        colon && open && matches!(first, Some(Token::Text(_)))
    })?;
    // The nearest brace that is followed by a key, and whose object is still open at the key.
    let mut end = key;
    let mut effort = 4 * (key + KEY.len()) + (1 << 16);
    while let Some(brace) = memchr::memrchr(b'{', rest.get(..end)?) {
        let mut tokens = Tokens::new(rest, brace + 1);
        let keyed = matches!(tokens.next(), Some(Token::Text(first)) if first.range.end < key + KEY.len())
            && tokens.next() == Some(Token::Colon);
        if keyed {
            let upto = rest.get(..key).unwrap_or_default();
            if scan_one(upto, brace).1 >= upto.trim_ascii_end().len() {
                return Some(from + brace);
            }
            effort = effort.saturating_sub(key - brace);
        }
        effort = effort.saturating_sub(64);
        if effort == 0 {
            break;
        }
        end = brace;
    }
    Some(from + key)
}
