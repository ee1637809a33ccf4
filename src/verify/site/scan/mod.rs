//! The text of a page, a script or a style → what it names. Tolerant: it reads what is there, whatever else is broken.

mod chunks;
mod expression;
mod page;
mod script;

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::Regex;

pub(super) use chunks::Chunks;
pub(super) use page::{header_links, refreshed};

/// What is expected at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Page,
    Script,
    Style,
    Wasm,
    Json,
}

/// How sure it is that something is named, and what it is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// A text that looks like the name of a file.
    Perhaps,
    /// It is loaded from a folder that the code alone knows.
    Somewhere,
    /// It is loaded, relative to the page.
    OnPage,
    /// It stands where browsers load it.
    Here,
}

/// What a file names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) reference: String,
    pub(super) sort: Sort,
    pub(super) sure: Sure,
    /// The folder that the code says it lies in, relative to the page.
    pub(super) folder: Option<String>,
}

impl Link {
    fn new(reference: &str, sort: Sort, sure: Sure) -> Self {
        Self { reference: reference.to_owned(), sort, sure, folder: None }
    }
}

/// As many different names are taken from one file.
const MOST: usize = 10_000;

/// What a text names, each once, in the order in which it does.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What the addresses in it are relative to, where it says so.
    pub(super) base: Option<String>,
    pub(super) links: Vec<Link>,
    /// Where people can go from it.
    pub(super) pages: Vec<String>,
    /// Whether it names more than is taken.
    pub(super) more: bool,
    known: BTreeSet<Link>,
    known_pages: BTreeSet<String>,
}

impl Names {
    fn link(&mut self, link: Link) {
        if !self.known.contains(&link) && self.has_room() {
            self.known.insert(link.clone());
            self.links.push(link);
        }
    }

    fn page(&mut self, reference: &str) {
        if !self.known_pages.contains(reference) && self.has_room() {
            self.known_pages.insert(reference.to_owned());
            self.pages.push(reference.to_owned());
        }
    }

    fn has_room(&mut self) -> bool {
        let room = self.links.len() + self.pages.len() < MOST;
        self.more |= !room;
        room
    }
}

/// Everything that is looked for.
pub(super) struct Scanner {
    import: Regex,
    worker: Regex,
    beside: Regex,
    named: Regex,
    style: Regex,
    public: Regex,
    chunk: Regex,
    maker: Regex,
}

/// Between an opening bracket and what stands in it: comments, as bundlers write them.
const GAP: &str = r"\s*(?:/\*[^*]{0,200}\*/\s*)*";
/// A text in quotes, without code in it.
const QUOTED: &str = r#"["'`]([^"'`\s\\$]{1,1000})["'`]"#;

impl Scanner {
    /// Ready to read.
    pub(super) fn new() -> Result<Self, regex::Error> {
        let beside = format!(r"\bnew\s+URL\s*\({GAP}{QUOTED}\s*,\s*(?:import\.meta\.url|document\.baseURI)");
        Ok(Self {
            import: Regex::new(&format!(
                r#"(?:\bfrom|\bimport)\s*\(?{GAP}["'`]((?:\.{{0,2}}/|https?://)[^"'`\s\\$]{{1,1000}})["'`]"#
            ))?,
            worker: Regex::new(&format!(
                r"(?:\bnew\s+(?:Shared)?Worker|\bimportScripts|\bserviceWorker\s*\.\s*register|\baddModule)\s*\({GAP}{QUOTED}"
            ))?,
            beside: Regex::new(&beside)?,
            named: Regex::new(
                r#"["'`]([^"'`\s\\<>{}|^,;*]{1,500}\.(?:[mc]?js|css|wasm)(?:\?[A-Za-z0-9_.=&%-]{1,100})?)\\?["'`]"#,
            )?,
            style: Regex::new(r#"(?i)@import\s*(?:url\(\s*)?["']?([^"')\s;]{1,1000})"#)?,
            public: Regex::new(r#"\.p\s*=\s*["']((?:https?:/)?/?[^"'\s]{0,200}/)["']"#)?,
            chunk: Regex::new(&format!(
                r#"\.e\({GAP}(?:(\d{{1,9}}(?:[eE]\d)?)|["'`]([^"'`\s\\$]{{1,200}})["'`])\s*\)"#
            ))?,
            maker: Regex::new(
                r"\.(?:u|k|miniCssF)\s*=\s*(?:\(?\s*[\w$]{1,40}\s*\)?\s*=>|function\s*[\w$]{0,40}\(\s*[\w$]{1,40}\s*\))|\breturn\s+[\w$]{1,40}\.p\s*\+",
            )?,
        })
    }

    /// What a style names.
    pub(super) fn style(&self, text: &str, names: &mut Names) {
        for found in self.style.captures_iter(text).filter_map(|found| found.get(1)) {
            names.link(Link::new(found.as_str(), Sort::Style, Sure::Here));
        }
    }
}

/// What a name ends in, as far as that tells.
pub(super) fn sort(reference: &str) -> Option<Sort> {
    let path = reference.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match path.rsplit('/').next()?.rsplit_once('.')?.1 {
        "js" | "mjs" | "cjs" => Some(Sort::Script),
        "css" => Some(Sort::Style),
        "wasm" => Some(Sort::Wasm),
        "json" | "webmanifest" => Some(Sort::Json),
        "html" | "htm" => Some(Sort::Page),
        _ => None,
    }
}

/// A script as it is looked through: slashes that stand there escaped, as in JSON, are slashes.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(r"\/") && !text.contains(r"\u002") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(r"\u002F", "/").replace(r"\u002f", "/").replace(r"\/", "/"))
}
