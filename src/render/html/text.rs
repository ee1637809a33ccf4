//! Text from an artifact → text that a page, or the script in it, shows and does not obey.

use super::super::escape::{escape, marked_up};

/// As many characters are shown of any one text.
const LONGEST: usize = 2000;

/// Bounded, and without characters that reorder or hide.
pub(super) fn plain(text: &str) -> String {
    // A text of very many characters is cut before it is looked at, and what that made longer once more after.
    let start: String = text.chars().take(LONGEST + 1).collect();
    let safe = escape(&start);
    if safe.chars().nth(LONGEST).is_none() {
        return safe;
    }
    safe.chars().take(LONGEST).chain(['…']).collect()
}

/// The same, for the text of an element or a quoted attribute.
pub(super) fn html(text: &str) -> String {
    marked_up(&plain(text))
}

/// A string of JSON that can't end the element it stands in.
pub(super) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                json.extend(format!("\\u{:04x}", u32::from(c)).chars());
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_as_it_is_written() {
        assert_eq!(html("<b a=\"x\" b='y'>&"), "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
        assert_eq!(html("gnp.\u{202e}js"), "gnp.\\u{202e}js");
    }

    #[test]
    fn a_string_of_json_cannot_end_its_script() {
        let hostile = "</script><!-- & \"quotes\" 'single' \\ \u{2028}\u{2029}\n\0 日本";
        let json = quoted(hostile);
        assert_eq!(json.find(['<', '>', '&', '\u{2028}', '\u{2029}', '\n', '\0']), None);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn no_text_is_endless() {
        assert_eq!(plain(&"a".repeat(LONGEST)).chars().count(), LONGEST);
        assert_eq!(plain(&"a".repeat(5000)).chars().count(), LONGEST + 1);
        assert_eq!(plain(&"\u{202e}".repeat(5000)).chars().count(), LONGEST + 1);
    }
}
