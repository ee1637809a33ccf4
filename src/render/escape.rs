//! Text from an artifact → text that a terminal shows and does not obey.

/// Replaces what could move the cursor, change colours, or reorder or hide text.
#[must_use]
pub fn escape(text: &str) -> String {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut safe, c| {
        if is_hostile(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    })
}

/// The same for a table in Markdown: what it would obey is shown as it is.
#[must_use]
pub fn markdown(text: &str) -> String {
    let plain = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '/' | '.' | ',' | ':' | ';' | '-' | '…' | '→' | '%' | '(' | ')' | '+')
    };
    escape(text).chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if plain(c) {
            safe.push(c);
        } else {
            safe.extend(['&', '#']);
            safe.push_str(&u32::from(c).to_string());
            safe.push(';');
        }
        safe
    })
}

/// Control characters, and those that change the direction of text or can't be seen.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
            | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}' | '\u{ad}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        assert_eq!(escape("a\x1b[31m\r\n"), "a\\u{1b}[31m\\u{d}\\u{a}");
        assert_eq!(escape("gnp.\u{202e}js"), "gnp.\\u{202e}js");
        assert_eq!(escape("naïve 日本"), "naïve 日本");
    }
}
