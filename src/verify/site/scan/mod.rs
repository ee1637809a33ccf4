//! The text of a page, a script or a style → what it names. Tolerant: it reads what is there, whatever else is broken.

mod chunks;
mod expression;
mod glance;
mod page;
mod script;

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::Regex;

pub(super) use chunks::Chunks;
pub use glance::Glance;
pub(super) use page::{header_links, refreshed};

use super::Url;

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
    /// The script that says it, where that is not the one that is read.
    pub(super) owner: Option<Url>,
}

impl Link {
    fn new(reference: &str, sort: Sort, sure: Sure) -> Self {
        Self { reference: reference.to_owned(), sort, sure, folder: None, owner: None }
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
    /// What names in scripts stand for: a name, or its beginning where that ends with a slash, and an address.
    pub(super) imports: Vec<(String, String)>,
    /// Names that only such a table makes an address of.
    pub(super) bare: BTreeSet<String>,
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
    bare: Regex,
    worker: Regex,
    scripts: Regex,
    beside: Regex,
    amd: Regex,
    cached: Regex,
    named: Regex,
    style: Regex,
    public: Regex,
    chunk: Regex,
    lists: Regex,
    maker: Regex,
}

/// Between an opening bracket and what stands in it: comments, as bundlers write them.
const GAP: &str = r"(?:\s|/\*(?:[^*]|\*+[^*/]){0,200}\*+/|//[^\n]{0,200}\n)*";
/// A text in quotes, without code in it.
const QUOTED: &str = r#"["'`]([^"'`\r\n\\$]+)["'`]"#;

impl Scanner {
    /// Ready to read.
    pub(super) fn new() -> Result<Self, regex::Error> {
        const IMPORT: &str = r"(?:\bfrom|\bimport(?:\.defer|\.source|\.meta\.resolve)?)";
        Ok(Self {
            import: Regex::new(&format!(r#"{IMPORT}{GAP}\(?{GAP}["'`]((?:\.{{0,2}}/|https?://)[^"'`\r\n\\$]+)["'`]"#))?,
            bare: Regex::new(&format!(r#"{IMPORT}{GAP}\(?{GAP}["'`]([^"'`\s\\$./:][^"'`\s\\$:]{{0,200}})["'`]"#))?,
            worker: Regex::new(&format!(
                r"(?:\bnew\s+(?:\w{{1,20}}\.)?(?:Shared)?Worker|\bserviceWorker\s*\.\s*register|\baddModule){GAP}\({GAP}(new\s+URL\s*\({GAP})?{QUOTED}"
            ))?,
            scripts: Regex::new(r"\bimportScripts\s*\(([^()]+)\)")?,
            beside: Regex::new(&format!(
                r"\bnew\s+URL\s*\({GAP}{QUOTED}{GAP},{GAP}(?:import\.meta\.url|document\.baseURI)"
            ))?,
            amd: Regex::new(r#"\b(?:define|require)\s*\(\s*(?:["'`][^"'`\n]{0,300}["'`]\s*,\s*)?\[([^\[\]]+)\]"#)?,
            cached: Regex::new(
                r#"(?:\burl["']?\s*:\s*|\bcreateHandlerBoundToURL\s*\(\s*)["'`]([^"'`\s\\$<>]+)["'`]|\baddAll\s*\(\s*\[([^\[\]]+)\]"#,
            )?,
            named: Regex::new(r#"["'`]([^"'`\s\\<>{}|^,;*]+\.(?:[mc]?js|css|wasm)(?:\?[^"'`\s\\]{0,200})?)\\?["'`]"#)?,
            style: Regex::new(
                r#"(?i)@import(?:\s|/\*(?:[^*]|\*+[^*/]){0,200}\*+/)*(?:url\(\s*)?(?:"([^"\n]+)"|'([^'\n]+)'|([^"')\s;]+))"#,
            )?,
            public: Regex::new(r#"\.p\s*=\s*["']((?:https?:/)?/?[^"'\s]{0,200}/)["']"#)?,
            chunk: Regex::new(&format!(
                r#"\.[eu]\({GAP}(?:(\d{{1,9}}(?:[eE]\d)?)|["'`]([^"'`\s\\$]{{1,200}})["'`])\s*\)"#
            ))?,
            lists: Regex::new(
                r#"["'`]\.{1,2}/[^"'`\n]{1,500}["'`]\s*:\s*\[\s*(?:\d{1,9}|["'][^"'\n]{1,500}["'])\s*,([^{}()]+?)\]\s*[,}]|\[([^\[\]{}()]+)\]\s*\.map\(\s*[\w$]{1,40}\.e\b"#,
            )?,
            maker: Regex::new(
                r"\.(?:u|k|miniCssF)\s*=\s*(?:\(?\s*[\w$]{1,40}\s*\)?\s*=>|function\s*[\w$]{0,40}\(\s*[\w$]{1,40}\s*\))|\breturn\s+[\w$]{1,40}\.p\s*\+",
            )?,
        })
    }

    /// What a style names.
    pub(super) fn style(&self, text: &str, names: &mut Names) {
        let bare = without_comments(text);
        for (text, sure) in [(&*bare, Sure::Here), (text, Sure::Perhaps)] {
            let one = |found: regex::Captures<'_>| Some((1..=3).find_map(|part| found.get(part))?.as_str().to_owned());
            for name in self.style.captures_iter(text).filter_map(one) {
                names.link(Link::new(&name, Sort::Style, sure));
            }
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

/// A style without its comments.
fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("/*") {
        return Cow::Borrowed(text);
    }
    let (mut bare, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, comment)) = rest.split_once("/*") {
        bare.push_str(before);
        bare.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    Cow::Owned(bare)
}

/// A script as it is looked through: plain signs that stand there escaped, as in JSON, are themselves.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(r"\/") && !text.contains(r"\u00") && !text.contains(r"\x") {
        return Cow::Borrowed(text);
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        plain.push_str(before);
        let digits = |from: usize| u8::from_str_radix(escaped.get(from..from + 2)?, 16).ok();
        let (sign, len) = match escaped.as_bytes().get(1) {
            Some(b'/') => (Some(b'/'), 2),
            Some(b'x') => (digits(2), 4),
            Some(b'u') if escaped.get(2..4) == Some("00") => (digits(4), 6),
            _ => (None, 0),
        };
        // Quotes and backslashes mean something else when they are escaped.
        let sign = sign.filter(|sign| sign.is_ascii_alphanumeric() || b"/._-~@+:%=&?".contains(sign));
        let taken = if let Some(sign) = sign {
            plain.push(char::from(sign));
            len
        } else {
            let next = escaped.char_indices().nth(2).map_or(escaped.len(), |(at, _)| at);
            plain.push_str(escaped.get(..next).unwrap_or_default());
            next
        };
        rest = escaped.get(taken..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
