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
    classified(text, kind, &places(text))
}

/// Where they stand in `text`.
pub(super) fn places(text: &[u8]) -> Vec<usize> {
    memmem::find_iter(text, MARK).collect()
}

/// Classifies those at `places`.
pub(super) fn classified(text: &[u8], kind: TextKind, places: &[usize]) -> Vec<Mention> {
    if places.is_empty() {
        return Vec::new();
    }
    let context = Context::of(text, kind);
    let mut mentions = Vec::with_capacity(places.len());
    let mut unsettled = Vec::new();
    let ends = places.iter().skip(1).copied().chain([text.len()]);
    for (at, until) in places.iter().copied().zip(ends) {
        let opener = opener(text, at);
        // No URL reaches over the next one: that bounds the work on a text full of them.
        let (value, whole) = value(text.get(..until).unwrap_or(text), at + MARK.len(), opener, kind);
        let mut effective = false;
        if let (Some(opener), true, false) = (opener, whole, value.is_empty()) {
            match context.verdict(opener) {
                Some(settled) => effective = settled,
                None => unsettled.push((mentions.len(), opener.at())),
            }
        }
        mentions.push(Mention { at, value, effective });
    }
    unsettled.sort_by_key(|(_, at)| *at);
    for (from, to) in context.regions {
        let first = unsettled.partition_point(|(_, at)| *at < from);
        let end = unsettled.partition_point(|(_, at)| *at < to);
        let own = unsettled.get(first..end).unwrap_or_default();
        let starts: Vec<usize> = own.iter().map(|(_, start)| start - from).collect();
        for ((index, _), is_comment) in own.iter().zip(comments_at(text.get(from..to).unwrap_or_default(), &starts)) {
            if let Some(mention) = mentions.get_mut(*index) {
                mention.effective = is_comment;
            }
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
fn value(text: &[u8], from: usize, opener: Option<Opener>, kind: TextKind) -> (Range<usize>, bool) {
    let blanks = |bytes: &[u8]| bytes.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    // Engines skip blanks before the URL.
    let from = if opener.is_some() { from + blanks(text.get(from..).unwrap_or_default()) } else { from };
    let line_end = line_end(text, from);
    let rest = text.get(from..).unwrap_or_default();
    let is_data = rest.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"data:"));
    if let Some(Opener::Block(_)) = opener {
        let Some(len) = memmem::find(rest, b"*/") else { return (from..line_end, false) };
        let content = rest.get(..len).unwrap_or_default();
        let end = from + content.trim_ascii_end().len();
        let single = is_data || !content.trim_ascii().iter().any(u8::is_ascii_whitespace);
        return (from..end, single);
    }
    let mut on_line = text.get(from..line_end).unwrap_or_default();
    if kind == TextKind::Markup
        && let Some(end) = memmem::find(on_line, b"</")
    {
        on_line = on_line.get(..end).unwrap_or_default();
    }
    let len = blank(on_line);
    let tail = String::from_utf8_lossy(on_line.get(len..).unwrap_or_default());
    let alone = tail.trim().is_empty() || tail.starts_with('\u{fffd}');
    // A map that is written into the URL as it is may hold blanks, and so may what stands before its content.
    let url = on_line.get(..len).unwrap_or_default();
    let headless = url.split(|b| *b == b',').nth(1).is_none_or(<[u8]>::is_empty);
    let bare = is_data && (url.contains(&b'{') || headless);
    if alone || !bare { (from..from + len, alone) } else { (from..from + on_line.len(), true) }
}

/// Where the first blank of a line is; a blank that does not break lines is one too, and is part of many letters.
fn blank(line: &[u8]) -> usize {
    let ascii = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let kept = match std::str::from_utf8(line) {
        Ok(text) => text.find('\u{a0}'),
        Err(_) => memchr::memchr(0xa0, line),
    };
    ascii.min(kept.unwrap_or(line.len()))
}

/// What decides whether a comment counts, found once for the whole text.
struct Context<'t> {
    text: &'t [u8],
    kind: TextKind,
    /// From here on there are only blanks and line comments: no string or template can be open.
    tail: usize,
    /// The code in the text.
    regions: Vec<(usize, usize)>,
    binary: bool,
}

impl<'t> Context<'t> {
    fn of(text: &'t [u8], kind: TextKind) -> Self {
        let regions = if kind == TextKind::Markup { elements(text) } else { vec![(0, text.len())] };
        let binary = text.get(..text.len().min(4096)).is_some_and(|head| head.contains(&0));
        Self { text, kind, tail: comment_tail(text), regions, binary }
    }

    /// Whether the comment counts; `None` where only reading all the code before it can tell.
    fn verdict(&self, opener: Opener) -> Option<bool> {
        match self.kind {
            TextKind::Script | TextKind::Sheet => {
                (opener.at() >= self.tail && self.starts_line(opener)).then_some(true)
            }
            TextKind::Style => match opener {
                Opener::Block(_) => None,
                Opener::Line(_) => Some(false),
            },
            TextKind::Markup => None,
            TextKind::Prose | TextKind::Json => Some(false),
            TextKind::Other => {
                let starts = match opener {
                    Opener::Line(_) => self.starts_line(opener),
                    Opener::Block(_) => true,
                };
                Some(starts && !self.binary)
            }
        }
    }

    /// Whether only blanks stand before the comment on its line.
    fn starts_line(&self, opener: Opener) -> bool {
        let before = self.text.get(..opener.at()).unwrap_or_default();
        let blanks = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c)).count();
        let before = before.get(..before.len() - blanks).unwrap_or_default();
        let ends = |end: &&[u8]| before.ends_with(end);
        before.is_empty() || [&b"\n"[..], b"\r", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xef\xbb\xbf"].iter().any(ends)
    }
}

/// Where the last run of blank lines and comment lines begins.
fn comment_tail(text: &[u8]) -> usize {
    let mut end = text.len();
    while end > 0 {
        let before = text.get(..end).unwrap_or_default();
        let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
        let line = before.get(start..).unwrap_or_default().trim_ascii();
        let block = line.starts_with(b"/*") && memmem::find(line, b"*/") == line.len().checked_sub(2);
        let comment = line.starts_with(b"//") && !line.ends_with(b"*/");
        if !(line.is_empty() || ((comment || block) && !line.contains(&b'`'))) {
            return end;
        }
        end = start.saturating_sub(1);
    }
    0
}

/// The scripts and styles of a page: only there are comments of this kind.
fn elements(text: &[u8]) -> Vec<(usize, usize)> {
    let mut regions = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| memchr::memchr(b'<', rest)).map(|step| at + step) {
        at = open + 1;
        let is = |name: &[u8]| text.get(at..at + name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name));
        let Some(name) = [&b"script"[..], b"style"].into_iter().find(|name| is(name)) else { continue };
        let Some(body) = text.get(at..).and_then(|rest| memchr::memchr(b'>', rest)).map(|step| at + step + 1) else {
            break;
        };
        let rest = text.get(body..).unwrap_or_default();
        let close = memmem::find_iter(rest, b"</").find(|close| {
            rest.get(close + 2..close + 2 + name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name))
        });
        at = close.map_or(text.len(), |close| body + close);
        regions.push((body, at));
    }
    regions
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
            "//# sourceMappingURL= \ta.map\n",
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
