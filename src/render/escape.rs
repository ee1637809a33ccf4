//! Text from an artifact → text that a terminal, a page, a table or a log shows and does not obey.

/// Replaces what could move the cursor, change colours, reorder or hide text, or command the log of a workflow.
#[must_use]
pub fn escape(text: &str) -> String {
    let commands = text.trim_start().starts_with("::") || text.contains("##[");
    if !commands && text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return text.to_owned();
    }
    let safe = text.chars().fold(String::with_capacity(text.len() + 8), |mut safe, c| {
        if is_hostile(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    });
    // What a step of a workflow prints is searched for commands, at the start of a line and, in their old form, anywhere.
    let safe = safe.replace("##[", "##\\u{5b}");
    if safe.trim_start().starts_with("::") { safe.replacen("::", "\\u{3a}:", 1) } else { safe }
}

/// The same for Markdown: nothing in it is a mark, a link, or the name of somebody to be told.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = escape(text);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let plain = match c {
            '.' => !ends_with(&safe, b"www"),
            ':' => rest.peek() != Some(&'/'),
            ' ' | '/' | ',' | ';' | '-' | '…' | '→' | '%' | '(' | ')' | '+' | '=' => true,
            c => c.is_alphanumeric(),
        };
        if plain {
            safe.push(c);
        } else {
            safe.push_str(&format!("&#{};", u32::from(c)));
        }
        // A name or a number after one of these would become a link or a picture, also where it is spelled as a number.
        let next = rest.peek().is_some_and(|next| next.is_alphanumeric() || matches!(next, '+' | '-'));
        if matches!(c, '@' | '#') || next && (c == ':' || c == '-' && ends_with(&safe, b"gh-")) {
            safe.push_str("<!-- -->");
        }
    }
    // A list, a rule or a heading can begin with what is plain in a line.
    match safe.chars().next() {
        Some(first @ ('-' | '+' | '=')) => format!("&#{};{}", u32::from(first), safe.get(1..).unwrap_or_default()),
        Some(_) | None => safe,
    }
}

fn ends_with(text: &str, end: &[u8]) -> bool {
    let last = text.len().checked_sub(end.len()).and_then(|at| text.as_bytes().get(at..));
    last.is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// The same for XML, where some characters can't even be named.
#[must_use]
pub(super) fn xml(text: &str) -> String {
    let visible = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    let text = escape(text);
    if text.contains(visible) { marked_up(&text.replace(visible, "\u{fffd}")) } else { marked_up(&text) }
}

/// With the characters that mark up named.
#[must_use]
pub fn marked_up(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len() + 8), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
        safe
    })
}

/// Control characters, and those that change the direction of text or can't be seen.
pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
            | '\u{115f}'..='\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}' | '\u{ad}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        assert_eq!(escape("a\x1b[31m\r\n"), "a\\u{1b}[31m\\u{d}\\u{a}");
        assert_eq!(escape("gnp.\u{202e}js"), "gnp.\\u{202e}js");
        assert_eq!(escape("naïve 日本"), "naïve 日本");
    }

    #[test]
    fn a_log_takes_no_commands() {
        assert_eq!(escape("::stop-commands::x"), "\\u{3a}:stop-commands::x");
        assert_eq!(escape(" ::add-mask::x"), " \\u{3a}:add-mask::x");
        assert_eq!(escape("x##[error]y"), "x##\\u{5b}error]y");
        assert_eq!(escape("a::b"), "a::b");
    }

    #[test]
    fn long_texts_take_no_longer_than_they_are_long() {
        // Half a million dots took seconds when each asked for the whole text before it.
        let dots = ".".repeat(2_000_000);
        assert_eq!(markdown(&dots), dots);
    }

    #[test]
    fn markdown_links_nothing_and_calls_nobody() {
        for (text, shown) in [
            ("[x](y) `z` | <b>", "&#91;x&#93;(y) &#96;z&#96; &#124; &#60;b&#62;"),
            ("https://a.example www.b.example", "https&#58;//a.example www&#46;b.example"),
            ("@team #12", "&#64;<!-- -->team &#35;<!-- -->12"),
            ("- item", "&#45; item"),
            ("dist/a-b.js: 12", "dist/a-b.js: 12"),
            ("a.js:12 :tada: GH-1", "a.js:<!-- -->12 :<!-- -->tada: GH-<!-- -->1"),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }

    #[test]
    fn marks_are_named() {
        assert_eq!(xml("<a b=\"x\">'&"), "&lt;a b=&quot;x&quot;&gt;&#39;&amp;");
        assert_eq!(xml("\u{ffff}\u{1}"), "\u{fffd}\\u{1}");
    }
}
