//! Text from anywhere → text that a model and its terminal can be shown: bounded, and nothing hidden in it.

use std::fmt;

use rmcp::schemars::{self, JsonSchema};
use serde::Serialize;

/// What one text holds at most, in characters.
const MOST: usize = 500;

/// One line of text that is data: at most 500 characters, and what could command, reorder or hide is spelled out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("maxLength" = MOST))]
pub struct Shown(String);

impl<T: AsRef<str>> From<T> for Shown {
    fn from(text: T) -> Self {
        Self(bounded(text.as_ref(), MOST, is_hostile))
    }
}

impl Shown {
    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The same for a page of at most `most` characters, whose lines stay lines.
pub(super) fn page(text: &str, most: usize) -> String {
    bounded(text, most, |c| c != '\n' && c != '\t' && is_hostile(c))
}

/// `text` with what is `hostile` spelled out, and an ellipsis for what is above `most` characters.
fn bounded(text: &str, most: usize, hostile: fn(char) -> bool) -> String {
    let mut safe = String::new();
    let mut left = most;
    for c in text.chars() {
        let spelled = if hostile(c) { c.escape_unicode().to_string() } else { c.to_string() };
        // The last place is kept for the ellipsis.
        left = left.saturating_sub(spelled.chars().count());
        if left == 0 {
            safe.push('…');
            break;
        }
        safe.push_str(&spelled);
    }
    safe
}

/// Control characters, and those that change the direction of text or can't be seen.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
            | '\u{e0000}'..='\u{e01ef}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{ad}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use super::{Shown, page};

    #[test]
    fn what_could_command_or_hide_is_spelled_out() {
        let text = Shown::from("a\u{1b}[2J\n\u{202e}b\u{e0041}\u{7f}ü");
        assert_eq!(text.to_string(), "a\\u{1b}[2J\\u{a}\\u{202e}b\\u{e0041}\\u{7f}ü");
    }

    #[test]
    fn a_text_ends_at_500_characters_and_says_so() {
        for (text, end) in [("é".repeat(499), 'é'), ("é".repeat(500), '…'), ("\u{1b}".repeat(9999), '…')] {
            let shown = Shown::from(text).to_string();
            assert!(shown.chars().count() <= 500);
            assert_eq!(shown.chars().last(), Some(end));
        }
    }

    #[test]
    fn the_lines_of_a_page_stay_lines() {
        assert_eq!(page("# a\n\tb\r\n", 100), "# a\n\tb\\u{d}\n");
        assert_eq!(page("abcdef", 4), "abc…");
    }
}
