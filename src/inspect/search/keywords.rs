//! Keywords of many matchers → which of them to try, and where.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

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

/// The keywords that ship with lastlook, in the order in which they cost least.
///
/// The searcher deals them to eight groups by turns, and takes for the start of a keyword what looks like any in its
/// group. In the order of the alphabet that is eight times as much of a text as in this one, which was found by trying
/// on 260 MB of packages: it puts words into a group whose first three bytes are alike in both halves of each byte.
/// More than 32 need twice as many groups, and take twice as long.
pub(super) const DEALT: [[&str; 8]; 4] = [
    ["<|im_", "ropbox", "opilot", "gnore all", "_auth", "%3A%2F%2F", "RUCTIONS", "npmAuth"],
    ["hrase", "AI ", "machine ", "HRASE", "laude", "ROPBOX", "ou are now", "NEMONIC"],
    ["isregard", ":_password", "ructions", "tlook", "e user", "ystem prompt", "%3a%2f%2f", "ark this"],
    ["<system", "[INST]", " agent", "DBX_", "nemonic", "://", ":\\/\\/", "dbx_"],
];

impl Exact {
    /// The keywords of `matchers`, as they are written.
    pub(super) fn of<'m>(matchers: impl Iterator<Item = (usize, &'m Matcher)>) -> Result<Self, RuleError> {
        let mut owners: Vec<_> = owners(matchers, str::to_owned).into_iter().collect();
        owners
            .sort_by_key(|(word, _)| DEALT.as_flattened().iter().position(|dealt| dealt == word).unwrap_or(usize::MAX));
        // Most of a text is passed over before the automaton is asked: one that is built quickly is fast enough.
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostFirst).kind(Some(AhoCorasickKind::ContiguousNFA));
        let words = builder.build(owners.iter().map(|(word, _)| word));
        let words = words.map_err(|error| fault("keywords", error.to_string()))?;
        Ok(Self { words, owners: owners.into_iter().map(|(_, owners)| owners).collect() })
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
