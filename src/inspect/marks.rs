//! A text → where the words stand that detectors look for: one pass for all of them.

use std::sync::LazyLock;

use aho_corasick::packed::{MatchKind, Searcher};
use memchr::memmem;

/// A word that some detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The settings of a coding agent.
    Servers,
    /// The same, as others write it.
    ServersToo,
    /// Permissions of an agent.
    Permissions,
    /// How webpack writes down what was asked for.
    Asked,
    /// A home folder.
    Home,
    /// A home folder on a Mac, or written with slashes.
    Users,
    /// A home folder on Windows.
    UsersToo,
    /// What the folders of build machines begin with.
    Builds,
    /// The folders of who builds in a container.
    Root,
    /// The same for Jenkins.
    Jenkins,
    /// The same for GitHub.
    Workspace,
    /// The name of a module in `eval`.
    Source,
    /// The texts of a map.
    Contents,
    /// A reference to a map.
    Map,
    /// What was measured for coverage.
    Coverage,
    /// The texts of a map in base64.
    Packed,
    /// The same behind one byte more.
    PackedBehindOne,
    /// The same behind two.
    PackedBehindTwo,
}

impl Mark {
    /// All of them, in the order of their numbers.
    const ALL: [(Self, &str); 18] = [
        (Self::Servers, "mcpServers"),
        (Self::ServersToo, "mcp_servers"),
        (Self::Permissions, "\"permissions\""),
        (Self::Asked, "(/*! "),
        (Self::Home, "/home/"),
        (Self::Users, "/Users/"),
        (Self::UsersToo, "\\Users\\"),
        (Self::Builds, "/builds/"),
        (Self::Root, "/root/."),
        (Self::Jenkins, "/var/jenkins_home/"),
        (Self::Workspace, "/github/workspace/"),
        (Self::Source, " sourceURL="),
        (Self::Contents, "sourcesContent"),
        (Self::Map, "sourceMappingURL="),
        (Self::Coverage, "statementMap"),
        (Self::Packed, "c291cmNlc0NvbnRlbn"),
        (Self::PackedBehindOne, "NvdXJjZXNDb250ZW50"),
        (Self::PackedBehindTwo, "zb3VyY2VzQ29udGVud"),
    ];

    /// The word as it is written.
    pub(super) fn word(self) -> &'static str {
        Self::ALL.get(self as usize).map_or("", |(_, word)| word)
    }
}

static SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    let mut config = aho_corasick::packed::Config::new();
    config.match_kind(MatchKind::LeftmostFirst).builder().extend(Mark::ALL.iter().map(|(_, word)| word)).build()
});

/// As many places are noted. A text that holds more is searched for each word by itself.
const MOST: usize = 1 << 12;

/// Where the words stand in one text.
#[derive(Debug)]
pub(super) struct Marks {
    /// In the order of the text; none where there were too many, or no searcher for this machine.
    places: Option<Vec<(usize, Mark)>>,
}

impl Marks {
    /// Looks through `text`.
    pub(super) fn of(text: &[u8]) -> Self {
        let all = SEARCHER.as_ref().map(|searcher| {
            // One may begin inside another.
            let mut from = 0;
            let next = std::iter::from_fn(|| {
                let found = searcher.find_in(text, aho_corasick::Span::from(from..text.len()))?;
                from = found.start() + 1;
                Some((found.start(), Mark::ALL.get(found.pattern().as_usize())?.0))
            });
            next.take(MOST + 1).collect::<Vec<_>>()
        });
        Self { places: all.filter(|places| places.len() <= MOST) }
    }

    /// Where `mark` stands in `text`, which is the one that was looked through.
    pub(super) fn each(&self, text: &[u8], mark: Mark) -> impl Iterator<Item = usize> {
        let known = self.places.iter().flatten().filter(move |place| place.1 == mark).map(|place| place.0);
        let searched = self.places.is_none().then(|| memmem::find_iter(text, mark.word().as_bytes()));
        known.chain(searched.into_iter().flatten())
    }

    /// Whether `mark` may stand in the text.
    pub(super) fn any(&self, mark: Mark) -> bool {
        self.places.as_ref().is_none_or(|places| places.iter().any(|place| place.1 == mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_found_wherever_it_stands() {
        for (number, (mark, word)) in Mark::ALL.into_iter().enumerate() {
            assert_eq!(mark as usize, number);
            for before in 0..70 {
                let text = format!("{}{word}{word}...", "/".repeat(before));
                let marks = Marks::of(text.as_bytes());
                let places: Vec<usize> = marks.each(text.as_bytes(), mark).collect();
                assert_eq!(places, memmem::find_iter(text.as_bytes(), word).collect::<Vec<_>>(), "{text}");
                assert!(marks.any(mark));
            }
        }
    }

    #[test]
    fn words_that_share_letters_are_all_found() {
        let text = "/home/root/.x /var/jenkins_home/Users/y /builds/home/z/github/workspace/home/";
        let marks = Marks::of(text.as_bytes());
        for (mark, word) in Mark::ALL {
            let places: Vec<usize> = marks.each(text.as_bytes(), mark).collect();
            assert_eq!(places, memmem::find_iter(text.as_bytes(), word).collect::<Vec<_>>(), "{word}");
        }
    }

    #[test]
    fn a_text_that_is_full_of_them_is_searched_word_by_word() {
        let text = "/home/x sourceMappingURL=".repeat(MOST);
        let marks = Marks::of(text.as_bytes());
        assert!(marks.places.is_none());
        assert_eq!(marks.each(text.as_bytes(), Mark::Home).count(), MOST);
    }
}
