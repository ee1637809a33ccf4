//! What stands around a phrase → whether that phrase is worth trying: far cheaper than its pattern.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;

/// Lists of words in lower case with one blank between them: of each list one stands around every match, in either
/// case and with whatever between its words.
#[derive(Debug, Default)]
pub(super) struct Company {
    lists: Vec<Vec<Finder<'static>>>,
    /// The longest word of each row of one list: one of them stands around every match as it is, in either case.
    stems: Vec<String>,
    /// Finds them. Built when first asked for: most never are.
    any: OnceLock<Option<AhoCorasick>>,
}

impl Company {
    /// The words of these lists.
    pub(super) fn of(lists: &[Vec<String>]) -> Self {
        let finder = |words: &String| Finder::new(words.as_bytes()).into_owned();
        let stem = |words: &String| words.split(' ').max_by_key(|word| word.len()).unwrap_or_default().to_owned();
        let stems = lists.iter().map(|list| list.iter().map(stem).collect::<Vec<_>>());
        // Long words are rare: the list whose shortest is the longest tells most.
        let stems = stems.rev().max_by_key(|stems| stems.iter().map(String::len).min()).unwrap_or_default();
        let lists = lists.iter().map(|list| list.iter().map(finder).collect()).collect();
        Self { lists, stems, any: OnceLock::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Whether one of each list stands in the part `window` of `text`.
    pub(super) fn is_there(&self, text: &[u8], window: &Range<usize>, words: &mut Words) -> bool {
        let any = self.any.get_or_init(|| {
            let mut builder = AhoCorasick::builder();
            builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(&self.stems).ok()
        });
        let near = text.get(window.clone()).unwrap_or_default();
        if any.as_ref().is_some_and(|any| !any.is_match(near)) {
            return false;
        }
        let words = words.read(text, window);
        self.lists.iter().all(|list| list.iter().any(|word| word.find(words).is_some()))
    }
}

/// The words of a part of a text in lower case, with one blank between them. Kept, for several ask for the same part.
#[derive(Default)]
pub(super) struct Words {
    of: Range<usize>,
    bytes: Vec<u8>,
}

impl Words {
    /// Those in the part `window` of `text`.
    fn read(&mut self, text: &[u8], window: &Range<usize>) -> &[u8] {
        if self.of != *window {
            let text = text.get(window.clone()).unwrap_or_default();
            self.of = window.clone();
            self.bytes.clear();
            let mut before = b' ';
            for byte in text {
                let escaped = before == b'\\' && matches!(byte, b'n' | b'r' | b't');
                before = *byte;
                if byte.is_ascii_alphanumeric() && !escaped {
                    self.bytes.push(byte.to_ascii_lowercase());
                } else if self.bytes.last() != Some(&b' ') {
                    self.bytes.push(b' ');
                }
            }
        }
        &self.bytes
    }
}
