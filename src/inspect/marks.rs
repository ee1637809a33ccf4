//! A text → where the words stand that detectors look for: one pass for all of them.

use std::sync::LazyLock;

use memchr::memmem;

use super::spot::Spotter;

/// A word that some detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The settings of a coding agent.
    Servers,
    /// A home folder.
    Home,
    /// A home folder on Windows.
    UsersToo,
    /// Permissions of an agent.
    Permissions,
    /// A folder of Jenkins.
    Jenkins,
    /// The folders of who builds in a container.
    Root,
    /// What the folders of build machines begin with.
    Builds,
    /// What was measured for coverage.
    Coverage,
    /// The settings of an agent, as others write them.
    ServersToo,
    /// A home folder on a Mac, or written with slashes.
    Users,
    /// The texts of a map in base64.
    Packed,
    /// How webpack writes down what was asked for.
    Asked,
    /// A reference to a map.
    Map,
    /// The name of a module in `eval`.
    Source,
    /// The texts of a map.
    Contents,
    /// The same in base64, behind one byte more.
    PackedBehindOne,
    /// The same behind two bytes.
    PackedBehindTwo,
    /// A folder of who builds at GitHub.
    Workspace,
}

impl Mark {
    /// All of them, in the order of their numbers, in which they cost least: see [`Spotter::new`].
    const ALL: [(Self, &str); 18] = [
        (Self::Servers, "mcpServers"),
        (Self::Home, "/home/"),
        (Self::UsersToo, "\\Users\\"),
        (Self::Permissions, "\"permissions\""),
        (Self::Jenkins, "/var/jenkins_home/"),
        (Self::Root, "/root/."),
        (Self::Builds, "/builds/"),
        (Self::Coverage, "statementMap"),
        (Self::ServersToo, "mcp_servers"),
        (Self::Users, "/Users/"),
        (Self::Packed, "c291cmNlc0NvbnRlbn"),
        (Self::Asked, "(/*! "),
        (Self::Map, "sourceMappingURL="),
        (Self::Source, " sourceURL="),
        (Self::Contents, "sourcesContent"),
        (Self::PackedBehindOne, "NvdXJjZXNDb250ZW50"),
        (Self::PackedBehindTwo, "zb3VyY2VzQ29udGVud"),
        (Self::Workspace, "/github/workspace/"),
    ];

    /// The word as it is written.
    pub(super) fn word(self) -> &'static str {
        Self::ALL.get(self as usize).map_or("", |(_, word)| word)
    }
}

static SPOTTER: LazyLock<Spotter> = LazyLock::new(|| Spotter::new(Mark::ALL.iter().map(|(_, word)| word.as_bytes())));

/// As many places are noted. A text that holds more is searched for each word by itself.
const MOST: usize = 1 << 12;

/// Where the words stand in one text.
#[derive(Debug)]
pub(super) struct Marks {
    /// In the order of the text; none where there were too many.
    places: Option<Vec<(usize, Mark)>>,
}

impl Marks {
    /// Looks through `text`.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut places = Vec::new();
        SPOTTER.until(text, 0..text.len(), |number, at| {
            places.extend(Mark::ALL.get(number).map(|(mark, _)| (at, *mark)));
            places.len() <= MOST
        });
        Self { places: (places.len() <= MOST).then_some(places) }
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
