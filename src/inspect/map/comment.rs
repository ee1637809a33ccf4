//! Text → every `sourceMappingURL=` in it: what it points to, and whether it is a comment or only looks like one.

use std::ops::Range;

use memchr::memmem;

use super::script::{comments_at, line_end};
use crate::inspect::TextKind;

const MARK: &[u8] = b"sourceMappingURL=";

/// One occurrence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// Where it stands.
    pub(super) at: usize,
    /// The URL.
    pub(super) value: Range<usize>,
    /// Whether it is a comment that some consumer obeys.
    pub(super) effective: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    Line(usize),
    Block(usize),
}

impl Opener {
    fn at(self) -> usize {
        match self {
            Self::Line(at) | Self::Block(at) => at,
        }
    }
}

/// Finds and classifies every occurrence in `text`.
pub(super) fn mentions(text: &[u8], kind: TextKind) -> Vec<Mention> {
    let raw: Vec<_> = memmem::find_iter(text, MARK).map(|at| (at, opener(text, at))).collect();
    if raw.is_empty() {
        return Vec::new();
    }
    let mut mentions = Vec::with_capacity(raw.len());
    let mut unsettled = Vec::new();
    for (at, opener) in raw {
        let (value, whole) = value(text, at + MARK.len(), opener);
        let mut effective = false;
        if let (Some(opener), true, false) = (opener, whole, value.is_empty()) {
            match verdict(text, kind, opener, value.end) {
                Some(settled) => effective = settled,
                None => unsettled.push((mentions.len(), opener.at())),
            }
        }
        mentions.push(Mention { at, value, effective });
    }
    let starts: Vec<usize> = unsettled.iter().map(|(_, start)| *start).collect();
    for ((index, _), is_comment) in unsettled.iter().zip(comments_at(text, &starts)) {
        if let Some(mention) = mentions.get_mut(*index) {
            mention.effective = is_comment;
        }
    }
    mentions
}

/// The comment that the mark at `at` would be the content of.
fn opener(text: &[u8], at: usize) -> Option<Opener> {
    let before = text.get(..at)?.trim_ascii_end();
    let before = before.strip_suffix(b"#").or_else(|| before.strip_suffix(b"@"))?;
    let start = before.len().checked_sub(2)?;
    match before.get(start..)? {
        b"//" => Some(Opener::Line(start)),
        b"/*" => Some(Opener::Block(start)),
        _ => None,
    }
}

/// The URL that begins at `from`, and whether nothing else stands in the comment.
fn value(text: &[u8], from: usize, opener: Option<Opener>) -> (Range<usize>, bool) {
    let line = from..line_end(text, from);
    let rest = text.get(from..).unwrap_or_default();
    let is_data = rest.starts_with(b"data:");
    if let Some(Opener::Block(_)) = opener {
        let Some(len) = memmem::find(rest, b"*/") else {
            return (line, false);
        };
        let content = rest.get(..len).unwrap_or_default();
        let end = from + content.trim_ascii_end().len();
        let single = is_data || !content.trim_ascii().iter().any(u8::is_ascii_whitespace);
        return (from..end, single);
    }
    let on_line = text.get(line.clone()).unwrap_or_default();
    let len = on_line.iter().position(|b| b.is_ascii_whitespace() || *b == 0xa0).unwrap_or(on_line.len());
    let tail = String::from_utf8_lossy(on_line.get(len..).unwrap_or_default());
    let alone = tail.trim().is_empty() || tail.starts_with('\u{fffd}');
    // A map that is written into the URL as it is may hold blanks.
    let bare = is_data && on_line.get(..len).is_some_and(|url| url.contains(&b'{'));
    if alone || !bare { (from..from + len, alone) } else { (line, true) }
}

/// Whether the comment counts; `None` where only reading all the code before it can tell.
fn verdict(text: &[u8], kind: TextKind, opener: Opener, end: usize) -> Option<bool> {
    let at = opener.at();
    let starts_line = || {
        let before = text.get(..at).unwrap_or_default().trim_ascii_end();
        let gap = text.get(before.len()..at).unwrap_or_default();
        before.is_empty()
            || gap.contains(&b'\n')
            || gap.contains(&b'\r')
            || before.ends_with(b"\xe2\x80\xa8")
            || before.ends_with(b"\xe2\x80\xa9")
    };
    match kind {
        TextKind::Script | TextKind::Sheet => {
            if starts_line() && only_comments(text.get(end..).unwrap_or_default(), opener) { Some(true) } else { None }
        }
        TextKind::Style => match opener {
            Opener::Block(_) => None,
            Opener::Line(_) => Some(false),
        },
        TextKind::Markup => in_element(text, at),
        TextKind::Prose | TextKind::Json => Some(false),
        TextKind::Other => Some(
            match opener {
                Opener::Line(_) => starts_line(),
                Opener::Block(_) => true,
            } && !text.get(..text.len().min(4096)).is_some_and(|head| head.contains(&0)),
        ),
    }
}

/// Whether blanks and line comments are all that follows: then no string or template can be open.
fn only_comments(tail: &[u8], opener: Opener) -> bool {
    let tail = match opener {
        Opener::Block(_) => tail.trim_ascii_start().strip_prefix(b"*/").unwrap_or(tail),
        Opener::Line(_) => tail,
    };
    tail.split(|b| matches!(b, b'\n' | b'\r')).all(|line| {
        let line = line.trim_ascii();
        line.is_empty() || (line.starts_with(b"//") && !line.contains(&b'`') && !line.ends_with(b"*/"))
    })
}

/// In HTML only scripts and styles have comments of this kind.
fn in_element(text: &[u8], at: usize) -> Option<bool> {
    let before = text.get(..at)?;
    let last = |names: [&[u8]; 4]| names.iter().filter_map(|name| memmem::rfind(before, name)).max();
    let open = last([b"<script", b"<SCRIPT", b"<style", b"<STYLE"]);
    let closed = last([b"</script", b"</SCRIPT", b"</style", b"</STYLE"]);
    let Some(open) = open.filter(|open| closed.is_none_or(|closed| closed < *open)) else {
        return Some(false);
    };
    let body = open + memchr::memchr(b'>', before.get(open..)?)? + 1;
    Some(comments_at(text.get(body..)?, &[at - body]) == [true])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective(text: &str, kind: TextKind) -> Vec<String> {
        let mentions = mentions(text.as_bytes(), kind);
        mentions.into_iter().filter(|m| m.effective).map(|m| text[m.value].to_owned()).collect()
    }

    #[test]
    fn comments_of_every_kind_are_found() {
        for text in [
            "a()\n//# sourceMappingURL=a.map",
            "a()\n//@ sourceMappingURL=a.map\n",
            "a();//# sourceMappingURL=a.map\r\nb()",
            "/*# sourceMappingURL=a.map */",
            "//# sourceMappingURL=a.map\u{2028}b()",
            "//#\tsourceMappingURL=a.map  \nmore()",
            "//# sourceMappingURL=a.map\n//# sourceURL=x\n",
            "/*# sourceMappingURL=a.map*/\nbody{}",
        ] {
            assert_eq!(effective(text, TextKind::Script), ["a.map"], "{text:?}");
        }
        assert_eq!(effective("b{}\n/*# sourceMappingURL=a.map */\n", TextKind::Style), ["a.map"]);
        assert_eq!(effective("<p><script>x()\n//# sourceMappingURL=a.map\n</script>", TextKind::Markup), ["a.map"]);
        assert_eq!(effective("x\n//# sourceMappingURL=a.map\ny", TextKind::Other), ["a.map"]);
    }

    #[test]
    fn what_only_looks_like_one_is_not() {
        for text in [
            "s = '//# sourceMappingURL=a.map'",
            "s = `\n//# sourceMappingURL=a.map\n`",
            "// see //# sourceMappingURL=a.map",
            "//# sourceMappingURL=a.map and more words",
            "/*\n//@ sourceMappingURL=a.map\n*/",
            "//# sourceMappingURL=",
            "const re = /\\/\\/# sourceMappingURL=a.map/",
        ] {
            assert_eq!(effective(text, TextKind::Script), Vec::<String>::new(), "{text:?}");
        }
        assert!(effective("```\n//# sourceMappingURL=a.map\n```", TextKind::Prose).is_empty());
        assert!(effective("<pre>\n//# sourceMappingURL=a.map\n</pre>", TextKind::Markup).is_empty());
    }

    #[test]
    fn every_comment_counts_not_only_the_last() {
        let text = "//# sourceMappingURL=a.map\nx()\n//# sourceMappingURL=b.map\n";
        assert_eq!(effective(text, TextKind::Script), ["a.map", "b.map"]);
    }

    #[test]
    fn a_url_in_a_block_comment_may_be_broken_over_lines() {
        let text = "/*# sourceMappingURL=data:application/json;base64,AAAA\nBBBB */";
        assert_eq!(effective(text, TextKind::Style), ["data:application/json;base64,AAAA\nBBBB"]);
    }
}
