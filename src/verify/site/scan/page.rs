//! A page → what it loads, where it leads, and what the scripts and styles in it name.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, Token, Tokenizer};

use super::script::plausible;
use super::{Chunks, Link, Names, Scanner, Sort, Sure, Url, sort};

/// The attributes of an element, as browsers read them.
type Attributes = BTreeMap<String, String>;

/// How a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As browsers do.
    True,
    /// As if no element held text alone, and no comment hid anything. Where what is drawn decides how a page is read, as
    /// in an SVG, or after a script has run, this finds what may be there: better to ask for too much than for too little.
    Wide,
}

/// Where what is named goes, and the page that names it.
struct Into<'n> {
    url: &'n Url,
    names: &'n mut Names,
    chunks: &'n mut Chunks,
}

/// Pages in attributes of pages are not read deeper than this.
const DEEPEST: u32 = 3;

impl Scanner {
    /// What a page names; what its scripts say of chunks goes into `chunks`.
    pub(in crate::verify::site) fn page(&self, text: &str, url: &Url, names: &mut Names, chunks: &mut Chunks) {
        let mut into = Into { url, names, chunks };
        self.elements(text, Reading::True, &mut into, 0);
        self.elements(text, Reading::Wide, &mut into, 0);
    }

    fn elements(&self, text: &str, reading: Reading, into: &mut Into<'_>, deep: u32) {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(reading == Reading::True);
        // The script or style that is open: what it is, and its text so far.
        let mut open: Option<(bool, Attributes, Vec<u8>)> = None;
        for token in Tokenizer::new_with_emitter(text, emitter) {
            match token.unwrap_or_else(|never| match never {}) {
                Token::StartTag(tag) => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let attributes: Attributes =
                        tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                    self.element(&tag.name, &attributes, reading, into, deep);
                    if reading == Reading::True && matches!(&**tag.name, b"script" | b"style") {
                        open = Some((*tag.name == b"script", attributes, Vec::new()));
                    }
                }
                Token::String(text) => open.iter_mut().for_each(|(.., inner)| inner.extend_from_slice(&text)),
                Token::EndTag(_) => self.close(open.take(), into),
                Token::Comment(text) if reading == Reading::Wide && deep <= DEEPEST => {
                    self.elements(&String::from_utf8_lossy(&text), reading, into, DEEPEST + 1);
                }
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        self.close(open, into);
    }

    /// The text of a script or a style.
    fn close(&self, open: Option<(bool, Attributes, Vec<u8>)>, into: &mut Into<'_>) {
        match open {
            Some((true, attributes, text)) if !attributes.contains_key("src") => {
                self.inline(&String::from_utf8_lossy(&text), attributes.get("type"), into);
            }
            Some((false, _, text)) => self.style(&String::from_utf8_lossy(&text), into.names),
            Some(_) | None => {}
        }
    }

    fn element(&self, name: &[u8], attributes: &Attributes, reading: Reading, into: &mut Into<'_>, deep: u32) {
        let get = |name: &str| attributes.get(name).map(|value| value.trim());
        let sure = if reading == Reading::True { Sure::Here } else { Sure::Perhaps };
        let mut leads = |to: Option<&str>| {
            if let Some(to) = to.filter(|_| reading == Reading::True) {
                into.names.page(to);
            }
        };
        match name {
            b"base" if reading == Reading::True => {
                into.names.base = into.names.base.take().or_else(|| get("href").map(str::to_owned));
            }
            b"a" | b"area" => leads(get("href").or_else(|| get("xlink:href"))),
            b"iframe" | b"frame" | b"embed" | b"object" if reading == Reading::True => {
                if let Some(to) = get("src").or_else(|| get("data")) {
                    into.names.link(Link::new(to, Sort::Page, Sure::Here));
                }
            }
            b"meta" if get("http-equiv").is_some_and(|own| own.eq_ignore_ascii_case("refresh")) => {
                leads(get("content").and_then(refreshed));
            }
            b"link" => link(attributes, sure).into_iter().for_each(|link| into.names.link(link)),
            b"script" => {
                let source = ["src", "href", "xlink:href"].into_iter().find_map(get);
                let kind = get("type").unwrap_or_default().to_ascii_lowercase();
                let runs =
                    kind.is_empty() || ["javascript", "ecmascript", "module"].iter().any(|own| kind.contains(own));
                if let Some(source) = source {
                    let sure = if runs { sure } else { Sure::Perhaps };
                    into.names.link(Link::new(source, Sort::Script, plausible(source, sure)));
                }
            }
            _ => {}
        }
        for (name, value) in attributes {
            let script = value.trim_start();
            let script = script
                .get(..11)
                .filter(|start| start.eq_ignore_ascii_case("javascript:"))
                .map_or_else(|| name.starts_with("on").then_some(value.as_str()), |start| script.get(start.len()..));
            if let Some(script) = script {
                self.code(script, into);
            } else if name == "srcdoc" && deep >= DEEPEST {
                into.names.more |= reading == Reading::True;
            } else if name == "srcdoc" {
                let base = into.names.base.clone();
                self.elements(value, reading, into, deep + 1);
                into.names.base = base;
            } else if let Some(sort @ (Sort::Script | Sort::Style | Sort::Wasm)) = sort(value) {
                // Whatever it is called: scripts of pages load what attributes name.
                into.names.link(Link::new(value.trim(), sort, Sure::Perhaps));
            }
        }
    }

    /// A script in the page: code, data or an import map.
    fn inline(&self, text: &str, kind: Option<&String>, into: &mut Into<'_>) {
        let kind = kind.map(|kind| kind.trim().to_ascii_lowercase()).unwrap_or_default();
        if kind != "importmap" {
            // Data names nothing for sure.
            let mut own = Names::default();
            self.code(text, &mut Into { names: &mut own, chunks: &mut *into.chunks, url: into.url });
            let data = kind.contains("json");
            own.links
                .into_iter()
                .filter(|link| !data || link.sure == Sure::Perhaps)
                .for_each(|link| into.names.link(link));
            into.names.more |= own.more;
            into.names.bare.append(&mut own.bare);
            return;
        }
        let map: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let scopes = map.get("scopes").and_then(|scopes| scopes.as_object());
        let tables = map.get("imports").into_iter().chain(scopes.into_iter().flat_map(|scopes| scopes.values()));
        let rows = tables.filter_map(|table| table.as_object()).flatten();
        for (name, file) in rows.filter_map(|(name, file)| Some((name, file.as_str()?))) {
            into.names.imports.push((name.clone(), file.to_owned()));
            if !file.ends_with('/') {
                into.names.link(Link::new(file, sort(file).unwrap_or(Sort::Script), Sure::Here));
            }
        }
    }

    fn code(&self, text: &str, into: &mut Into<'_>) {
        into.chunks.read(self, text, into.url);
        self.script(text, into.names);
    }
}

/// What the `Link` headers of an answer load.
pub(in crate::verify::site) fn header_links<'h>(headers: impl Iterator<Item = &'h str>) -> Names {
    let mut names = Names::default();
    for header in headers {
        for part in header.split('<').skip(1) {
            let Some((href, rest)) = part.split_once('>') else { continue };
            let mut attributes = Attributes::from([("href".to_owned(), href.to_owned())]);
            for (name, value) in rest.split([';', ',']).filter_map(|one| one.split_once('=')) {
                let value = value.trim().trim_matches('"').to_owned();
                attributes.entry(name.trim().to_ascii_lowercase()).or_insert(value);
            }
            if let Some(link) = link(&attributes, Sure::Here) {
                names.link(link);
            }
        }
    }
    names
}

/// Where a page sends people after a while: `5; url=/there`.
pub(in crate::verify::site) fn refreshed(content: &str) -> Option<&str> {
    let rest = content.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';' || c == ',');
    let named = rest.get(..3).filter(|name| name.eq_ignore_ascii_case("url")).and_then(|_| rest.get(3..));
    let to = named.and_then(|rest| rest.trim_start().strip_prefix('=')).unwrap_or(rest).trim();
    let quote = to.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let to = quote.map_or(to, |quote| to.get(1..).and_then(|rest| rest.split(quote).next()).unwrap_or_default());
    Some(to).filter(|to| !to.is_empty())
}

/// What a `link` loads, if it loads code.
fn link(attributes: &Attributes, sure: Sure) -> Option<Link> {
    let href = attributes.get("href")?.trim();
    let relations = attributes.get("rel")?.to_ascii_lowercase();
    let purpose = attributes.get("as").map(|own| own.trim().to_ascii_lowercase());
    let sort = relations.split_ascii_whitespace().find_map(|relation| match relation {
        "stylesheet" => Some(Sort::Style),
        "modulepreload" | "serviceworker" => Some(Sort::Script),
        "manifest" => Some(Sort::Json),
        "preload" | "prefetch" => match purpose.as_deref() {
            Some("script" | "worker" | "serviceworker" | "sharedworker" | "audioworklet" | "paintworklet") => {
                Some(Sort::Script)
            }
            Some("style") => Some(Sort::Style),
            _ => sort(href),
        },
        _ => None,
    })?;
    Some(Link::new(href, sort, sure))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn here() -> Url {
        Url::parse("https://example.com/").unwrap()
    }

    #[test]
    fn a_page_names_what_it_loads_and_where_it_leads() {
        let scanner = Scanner::new().unwrap();
        let text = r#"<!doctype html><base href="/app/"><!-- <script src="old.js"></script> -->
            <SCRIPT type=module crossorigin SRC='a.js?x=1&amp;y=2'></SCRIPT><link rel="modulepreload" href=b.js>
            <link rel="icon" href="i.png"><link rel=preload as=script href="c"><link rel="stylesheet" href="s.css">
            <script type="importmap">{"imports":{"x":"./x.js","y/":"./y/"}}</script>
            <script>const q = "<a href='no'>"; import("./lazy.js")</script><style>@import url("t.css");</style>
            <a href="/two">2</a><iframe src="three.html"></iframe>"#;
        let mut named = Names::default();
        scanner.page(text, &here(), &mut named, &mut Chunks::default());
        assert_eq!(named.base.as_deref(), Some("/app/"));
        assert_eq!(named.pages, ["/two"]);
        let links: BTreeSet<&str> = named.links.iter().map(|link| link.reference.as_str()).collect();
        let wanted = ["./lazy.js", "./x.js", "a.js?x=1&y=2", "b.js", "c", "old.js", "s.css", "t.css", "three.html"];
        assert_eq!(links.into_iter().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn no_comment_hides_a_script() {
        let scanner = Scanner::new().unwrap();
        for text in [
            r#"<script>var a="<!--";</script><script src="/bad.js"></script><!-- x -->"#,
            r#"<!-- <script> --><script src="/bad.js"></script>"#,
            r#"<p title="<!--"><script src="/bad.js"></script><!-- x -->"#,
            r#"<!--><script src="/bad.js"></script><!-- x -->"#,
            r#"<p data-x=it's><script src="/bad.js"></script><p data-y=it's>"#,
            r#"<script :src="/no.js" data-n="a<b" src="/bad.js"></script>"#,
            r#"<script x:src="/no.js" src="&#47;bad&#x2e;js"></script>"#,
            r#"<script>let a = "</scripty>";import("/bad.js")</script>"#,
            r#"<script type="importmap ">{"imports":{"x":"/bad.js"}}</script>"#,
            r#"<svg><style><!-- </style><script href="/bad.js"></script></svg>"#,
            r#"<iframe srcdoc="<script src='/bad.js'></script>"></iframe>"#,
            r"<noscript><link rel=stylesheet href=/bad.js></noscript>",
            r#"<button onclick="import('/bad.js')">"#,
            r#"<a href="javascript:import('/bad.js')">"#,
            r#"<script>self.x = {"a":"\/bad.js"}</script>"#,
            r#"<div data-component="/bad.js">"#,
            &format!(
                "<script {} src=/bad.js></script>",
                (0..200).map(|n| format!("a{n}=1 ")).collect::<Vec<_>>().concat()
            ),
        ] {
            let mut named = Names::default();
            scanner.page(text, &here(), &mut named, &mut Chunks::default());
            assert!(named.links.iter().any(|link| link.reference == "/bad.js"), "{text}: {:?}", named.links);
        }
        let mut named = Names::default();
        scanner.style("@import\"b.css\";", &mut named);
        assert!(named.links.iter().any(|link| link.reference == "b.css"));
    }

    #[test]
    fn headers_name_what_they_load() {
        let all = ["</a.js>; rel=preload; as=script, <b.css>;rel=\"stylesheet\"", "<c>; rel=next"];
        let links: Vec<String> = header_links(all.into_iter()).links.into_iter().map(|link| link.reference).collect();
        assert_eq!(links, ["/a.js", "b.css"]);
        assert_eq!(
            ["5; url=/x", "0;URL='y'", "3", "0 url=/z", "0; url='/w'junk"].map(refreshed),
            [Some("/x"), Some("y"), None, Some("/z"), Some("/w")]
        );
    }

    #[test]
    fn a_page_that_never_ends_is_read_all_the_same() {
        let scanner = Scanner::new().unwrap();
        for text in ["<script", "<script>x", "<a href=\"", "<!-- <script src=a.js>", "<<<<<<"] {
            scanner.page(text, &here(), &mut Names::default(), &mut Chunks::default());
        }
        let mut named = Names::default();
        let many = (0..20_000).map(|number| format!("<script src={number}.js></script>")).collect::<Vec<_>>().concat();
        scanner.page(&many, &here(), &mut named, &mut Chunks::default());
        assert!(named.more);
    }
}
