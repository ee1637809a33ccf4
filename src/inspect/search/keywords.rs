//! Keywords of many matchers → which of them to try, and where.

use std::collections::BTreeMap;
use std::ops::Range;

use super::filter::Filter;
use super::matcher::Matcher;
use crate::inspect::spot::Spotter;

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
    words: Spotter,
    owners: Vec<Vec<usize>>,
}

/// The keywords that ship with lastlook, in the order in which they cost least.
///
/// They are dealt to groups by turns, and what looks like any of its group in both halves of its first three bytes is
/// compared. In the order of the alphabet that is one byte of 12 in a text, in this one, which was found by trying on
/// what is written in packages, one of 139.
pub(super) const DEALT: [&str; 36] = [
    "_auth",
    "RUCTIONS",
    "ystem prompt",
    "npmAuth",
    "isregard",
    "gnore all",
    "<|im_",
    "ropbox",
    "laude",
    "AI ",
    ":_password",
    "HRASE",
    "[INST]",
    "tlook",
    "opilot",
    "ROPBOX",
    "e user",
    "ructions",
    "<system",
    "hrase",
    "7Q~",
    "NEMONIC",
    "machine ",
    "%3A%2F%2F",
    "dbx_",
    "ou are now",
    "8Q~",
    "ark this",
    "9Q~",
    "nemonic",
    " agent",
    "%3a%2f%2f",
    "://",
    ":\\/\\/",
    "pscale_",
    "DBX_",
];

impl Exact {
    /// The keywords of `matchers`, as they are written.
    pub(super) fn of<'m>(matchers: impl Iterator<Item = (usize, &'m Matcher)>) -> Self {
        let mut owners: Vec<_> = owners(matchers, str::to_owned).into_iter().collect();
        owners.sort_by_key(|(word, _)| DEALT.iter().position(|dealt| dealt == word).unwrap_or(usize::MAX));
        let words = Spotter::new(owners.iter().map(|(word, _)| word.as_bytes()));
        Self { words, owners: owners.into_iter().map(|(_, owners)| owners).collect() }
    }

    /// The same, for keywords that begin in `piece`.
    pub(super) fn each(&self, text: &[u8], piece: Range<usize>, mut seen: impl FnMut(&[usize], usize)) {
        self.words.until(text, piece, |keyword, at| {
            seen(self.owners.get(keyword).map_or(&[][..], Vec::as_slice), at);
            true
        });
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
