//! The text of a page, a script or a style → what it names. Tolerant: it reads what is there, whatever else is broken.

mod chunks;
mod expression;
mod page;
mod script;

use regex::Regex;

pub(super) use chunks::Chunks;

/// What is expected at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Page,
    Script,
    Style,
    Wasm,
    Json,
}

/// How sure it is that something is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// A text that looks like the name of a file.
    Perhaps,
    /// It is loaded from somewhere, and the code alone knows the folder.
    Somewhere,
    /// It stands where browsers load it.
    Here,
}

/// What a file names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) reference: String,
    pub(super) sort: Sort,
    pub(super) sure: Sure,
}

impl Link {
    fn new(reference: &str, sort: Sort, sure: Sure) -> Self {
        Self { reference: reference.to_owned(), sort, sure }
    }
}

/// As many references are taken from one file.
const MOST: usize = 2_000;

/// Everything that is looked for.
pub(super) struct Scanner {
    tag: Regex,
    attribute: Regex,
    refresh: Regex,
    import: Regex,
    worker: Regex,
    named: Regex,
    comment: Regex,
    style: Regex,
    public: Regex,
    chunk: Regex,
    maker: Regex,
}

impl Scanner {
    /// Ready to read.
    pub(super) fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            tag: Regex::new(
                r"(?is)<(script|style|link|iframe|frame|a|area|base|meta)\b((?:[^<>\x22']|\x22[^\x22]*\x22|'[^']*')*)>",
            )?,
            attribute: Regex::new(r#"(?is)([a-z][a-z-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#)?,
            refresh: Regex::new(r"(?i)^\s*[\d.]+\s*[;,]\s*url\s*=\s*(.+)$")?,
            import: Regex::new(
                r#"(?:\bfrom|\bimport)\s*\(?\s*(?:/\*[^*]{0,200}\*/\s*)*["'`]((?:\.{0,2}/|https?://)[^"'`\s\\$]{1,1000})["'`]"#,
            )?,
            worker: Regex::new(
                r#"(?:\bnew\s+(?:Shared)?Worker|\bimportScripts|\bserviceWorker\s*\.\s*register)\s*\(\s*(?:/\*[^*]{0,200}\*/\s*)*(?:new\s+URL\s*\(\s*(?:/\*[^*]{0,200}\*/\s*)*)?["'`]([^"'`\s\\$]{1,1000})["'`]"#,
            )?,
            named: Regex::new(
                r#"["'`]([A-Za-z0-9_@.~%+:/\[\]()$-]{1,500}\.(?:[mc]?js|css|wasm)(?:\?[A-Za-z0-9_.=&%-]{1,100})?)\\?["'`]"#,
            )?,
            comment: Regex::new(r"(?s)<!--.*?-->")?,
            style: Regex::new(r#"(?i)@import\s*(?:url\(\s*)?["']?([^"')\s;]{1,1000})"#)?,
            public: Regex::new(r#"\.p\s*=\s*["']((?:https?:/)?/?[^"'\s]{0,200}/)["']"#)?,
            chunk: Regex::new(r#"\.e\(\s*(?:/\*[^*]{0,200}\*/\s*)*(?:(\d{1,9})|["']([^"'\s\\]{1,200})["'])\s*\)"#)?,
            maker: Regex::new(
                r"\.(?:u|k|miniCssF)\s*=\s*(?:\(?\s*[\w$]{1,40}\s*\)?\s*=>|function\s*[\w$]{0,40}\(\s*[\w$]{1,40}\s*\))|\breturn\s+[\w$]{1,40}\.p\s*\+",
            )?,
        })
    }

    /// What a style names.
    pub(super) fn style(&self, text: &str) -> Vec<Link> {
        let named = self.style.captures_iter(text).filter_map(|found| found.get(1));
        named.take(MOST).map(|name| Link::new(name.as_str(), Sort::Style, Sure::Here)).collect()
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
