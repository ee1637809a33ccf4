//! The fields of a JSON object → whether it is a source map, and what it holds.

use std::ops::Range;

use super::json::Quoted;

/// One map: its own fields, and those of its sections.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The map itself, then its sections.
    pub(super) parts: Vec<Part>,
    /// URLs of sections that stand elsewhere.
    pub(super) urls: Vec<Quoted>,
    /// Whether it is the whole text, not a part of another document.
    pub(super) top: bool,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// Whether consumers refuse it although it is JSON.
    pub(super) refused: Option<&'static str>,
}

/// A map or a section of one.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) sources: Vec<Option<Quoted>>,
    pub(super) contents: Vec<(usize, Quoted)>,
    pub(super) ignored: Vec<usize>,
    pub(super) root: Option<Quoted>,
}

/// The fields of an object that could be a map.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether one key of the object was seen")]
pub(super) struct Fields {
    pub(super) part: Part,
    pub(super) sections: Vec<Part>,
    pub(super) urls: Vec<Quoted>,
    pub(super) version: bool,
    pub(super) file: bool,
    pub(super) names: bool,
    pub(super) sources: Option<bool>,
    pub(super) mappings: Option<bool>,
    pub(super) contents: bool,
    /// Whether they stand in a list, as maps have them.
    pub(super) listed: bool,
    pub(super) has_sections: bool,
    pub(super) offsets: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Version,
    File,
    Sources,
    Contents,
    Names,
    Mappings,
    Root,
    Ignored,
    Sections,
    Map,
    Offset,
    Url,
    Other,
}

impl Key {
    /// The meaning of a decoded key.
    pub(super) fn of(key: &str) -> Self {
        match key {
            "version" => Self::Version,
            "file" => Self::File,
            "sources" => Self::Sources,
            "sourcesContent" => Self::Contents,
            "names" => Self::Names,
            "mappings" => Self::Mappings,
            "sourceRoot" => Self::Root,
            "ignoreList" | "x_google_ignoreList" => Self::Ignored,
            "sections" => Self::Sections,
            "map" => Self::Map,
            "offset" => Self::Offset,
            "url" => Self::Url,
            _ => Self::Other,
        }
    }
}

impl Fields {
    /// Whether this object is a map, as far as its keys tell.
    pub(super) fn is_map(&self) -> bool {
        let marks = [self.version, self.file, self.part.root.is_some()];
        let marked = marks.iter().filter(|mark| **mark).count();
        let listed = self.sources == Some(true);
        // Names and mappings alone also describe the functions of one source.
        // A word about texts is no text: schemas and documents speak of maps too.
        let told = self.listed || self.mappings == Some(true) || self.sources == Some(true) || self.version;
        self.is_index()
            || (self.contents && told)
            || (self.mappings == Some(true) && (listed || marked > 0))
            || (listed && marked + usize::from(self.names) > 1)
    }

    fn is_index(&self) -> bool {
        self.has_sections && (self.offsets || !self.sections.is_empty())
    }

    /// Why consumers refuse a map of these fields, though it is sound JSON.
    fn refused(&self) -> Option<&'static str> {
        if self.is_index() {
            None
        } else if self.mappings != Some(true) {
            Some("its mappings are missing or no text")
        } else if self.sources != Some(true) {
            Some("its sources are missing or no list")
        } else {
            None
        }
    }

    pub(super) fn into_draft(self, top: bool, cut: bool) -> Option<Draft> {
        // A text that was cut had more keys to come.
        let begun = cut && self.version && self.sources == Some(true);
        if !(self.is_map() || begun) {
            return None;
        }
        let refused = self.refused();
        let mut parts = vec![self.part];
        parts.extend(self.sections);
        Some(Draft { parts, urls: self.urls, top, refused, span: 0..0 })
    }
}
