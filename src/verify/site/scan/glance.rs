//! One text → all that it names, for the fuzzer, which has no site.

use super::super::SiteError;
use super::{Chunks, Names, Scanner, Url, header_links, refreshed, unescaped};

/// Reads single texts.
#[doc(hidden)]
pub struct Glance(Scanner);

impl Glance {
    /// Ready to read.
    ///
    /// # Errors
    /// When a pattern of ours is broken, which the tests rule out.
    pub fn new() -> Result<Self, SiteError> {
        Ok(Self(Scanner::new()?))
    }

    /// What the page at `url` names.
    #[must_use]
    pub fn page(&self, text: &str, url: &Url) -> Vec<String> {
        let (mut names, mut chunks) = (Names::default(), Chunks::default());
        self.0.page(text, url, &mut names, &mut chunks);
        all(names, chunks)
    }

    /// What the script at `url` names.
    #[must_use]
    pub fn script(&self, text: &str, url: &Url) -> Vec<String> {
        let (mut names, mut chunks) = (Names::default(), Chunks::default());
        let text = unescaped(text);
        self.0.script(&text, &mut names);
        chunks.read(&self.0, &text, url);
        all(names, chunks)
    }

    /// What a style names.
    #[must_use]
    pub fn style(&self, text: &str) -> Vec<String> {
        let mut names = Names::default();
        self.0.style(text, &mut names);
        all(names, Chunks::default())
    }

    /// What the headers of an answer name.
    #[must_use]
    pub fn headers(text: &str) -> Vec<String> {
        let mut names = header_links(text.lines());
        names.pages.extend(text.lines().filter_map(refreshed).map(str::to_owned));
        all(names, Chunks::default())
    }
}

fn all(names: Names, mut chunks: Chunks) -> Vec<String> {
    let links = names.links.into_iter().chain(chunks.fresh()).map(|link| link.reference);
    links.chain(names.pages).collect()
}
