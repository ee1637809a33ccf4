//! Keywords of many matchers → which of them to try, and where.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::filter::Filter;
use super::matcher::Matcher;
use crate::inspect::rules::{RuleError, fault};

/// Keywords, and the matchers that each belongs to.
#[derive(Debug)]
pub(super) struct Keywords {
    filter: Filter,
    owners: Vec<Vec<usize>>,
}

impl Keywords {
    /// The keywords of `matchers`, in either case.
    pub(super) fn of<'m>(matchers: impl Iterator<Item = (usize, &'m Matcher)>) -> Self {
        let owners = owners(matchers, str::to_ascii_lowercase);
        let filter = Filter::new(owners.keys().map(String::as_bytes));
        Self { filter, owners: owners.into_values().collect() }
    }

    /// Calls `seen` with the matchers of each keyword in `piece`, and where it begins.
    pub(super) fn each(&self, text: &[u8], piece: Range<usize>, mut seen: impl FnMut(&[usize], usize)) {
        let owners = |keyword: usize| self.owners.get(keyword).map_or(&[][..], Vec::as_slice);
        self.filter.each(text, piece, |keyword, at| seen(owners(keyword), at));
    }
}

/// A few keywords that are matched as they are written: that takes one pass at the speed of memory.
#[derive(Debug)]
pub(super) struct Exact {
    words: AhoCorasick,
    owners: Vec<Vec<usize>>,
}

impl Exact {
    /// The keywords of `matchers`, as they are written.
    pub(super) fn of<'m>(matchers: impl Iterator<Item = (usize, &'m Matcher)>) -> Result<Self, RuleError> {
        let owners = owners(matchers, str::to_owned);
        let words = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(owners.keys());
        let words = words.map_err(|error| fault("keywords", error.to_string()))?;
        Ok(Self { words, owners: owners.into_values().collect() })
    }

    /// The same, for keywords that begin in `piece`.
    pub(super) fn each(&self, text: &[u8], piece: Range<usize>, mut seen: impl FnMut(&[usize], usize)) {
        let mut from = piece.start;
        // A keyword may begin in this piece and end in the next, or begin inside another.
        while let Some(found) =
            self.words.find(aho_corasick::Input::new(text).range(from..text.len().min(piece.end + 64)))
        {
            if found.start() >= piece.end {
                break;
            }
            let owners = self.owners.get(found.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            seen(owners, found.start());
            from = found.start() + 1;
        }
    }
}

/// Each keyword, written as `form` has it, with the numbers of its matchers.
fn owners<'m>(
    matchers: impl Iterator<Item = (usize, &'m Matcher)>,
    form: fn(&str) -> String,
) -> BTreeMap<String, Vec<usize>> {
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, matcher) in matchers {
        for word in &matcher.keywords {
            owners.entry(form(word)).or_default().push(number);
        }
    }
    owners
}
