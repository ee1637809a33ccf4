//! Text that is no JSON → the maps that lie in it all the same: behind a banner, in a program, cut off at the head.

use std::ops::Range;

use super::draft::{Scan, scan_one};
use super::json::{Token, Tokens};
use crate::inspect::TextKind;

const KEY: &[u8] = b"\"sourcesContent\"";

/// Maps behind or inside something that is no JSON: what people can read there, they can recover.
pub(super) fn maps(text: &[u8], kind: TextKind) -> Vec<(Range<usize>, Scan)> {
    let mut all = Vec::new();
    let mut at = 0;
    // Programs are full of pieces of other programs that handle maps: in them only a sound map is one.
    let binary = is_binary(text);
    let mut effort = 4 * text.len() + (1 << 20);
    while let Some(start) = next(text, at).filter(|_| kind != TextKind::Prose) {
        let (scan, end) = scan_one(text, start);
        if !binary || is_sound(&scan) {
            at = end.max(start + 1);
            all.push((start..end, scan));
            continue;
        }
        // What is none may reach over one: the search goes on inside it, as long as that does not go round in circles.
        let key = text.get(start..).and_then(|rest| memchr::memmem::find(rest, KEY)).unwrap_or(0);
        at = if effort > end - start { start + key + KEY.len() } else { end.max(start + 1) };
        effort = effort.saturating_sub(end - start);
    }
    all
}

/// Whether `text` is none.
pub(super) fn is_binary(text: &[u8]) -> bool {
    text.iter().take(4096).filter(|b| **b == 0).count() > 16
}

/// Whether every reader takes it.
pub(super) fn is_sound(scan: &Scan) -> bool {
    scan.broken_at.is_none() && !scan.too_deep && scan.drafts.iter().all(|draft| draft.refused.is_none())
}

/// Where an object begins, from `from` on, whose texts stand in a file that is no JSON: the brace before the key, or
/// the key itself where the head is missing.
fn next(text: &[u8], from: usize) -> Option<usize> {
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
