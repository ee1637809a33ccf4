//! A page → what it loads, where it leads, and what the scripts and styles in it name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Chunks, Link, MOST, Scanner, Sort, Sure, sort};

/// What a page names.
#[derive(Debug, Default)]
pub(in crate::verify::site) struct Named {
    /// What the addresses in it are relative to, where it says so.
    pub(in crate::verify::site) base: Option<String>,
    pub(in crate::verify::site) links: Vec<Link>,
    /// Where people can go from it.
    pub(in crate::verify::site) pages: Vec<String>,
}

impl Scanner {
    /// What a page names; what its scripts say of chunks goes into `chunks`.
    pub(in crate::verify::site) fn page(&self, text: &str, chunks: &mut Chunks) -> Named {
        let mut named = Named::default();
        self.tags(text, &mut named, chunks);
        // What looks like a comment may be the text of a script, and hide another one or be hidden by it: so the page is
        // read with its comments and without, and better asked for too much than for too little.
        if let Cow::Owned(bare) = self.comment.replace_all(text, "") {
            self.tags(&bare, &mut named, chunks);
        }
        named
    }

    fn tags(&self, text: &str, named: &mut Named, chunks: &mut Chunks) {
        let (mut at, before) = (0, named.links.len() + named.pages.len());
        while let Some(tag) = self.tag.captures_at(text, at) {
            let (Some(whole), Some(name)) = (tag.get(0), tag.get(1)) else { break };
            at = whole.end();
            let attributes = self.attributes(tag.get(2).map_or("", |own| own.as_str()));
            let attribute = |name: &str| attributes.get(name).map(String::as_str);
            match name.as_str().to_ascii_lowercase().as_str() {
                "base" => named.base = named.base.take().or_else(|| attribute("href").map(str::to_owned)),
                "link" => named.links.extend(link(&attributes)),
                "iframe" | "frame" => named.pages.extend(attribute("src").map(str::to_owned)),
                "a" | "area" => named.pages.extend(attribute("href").map(str::to_owned)),
                "meta" if attribute("http-equiv").is_some_and(|own| own.eq_ignore_ascii_case("refresh")) => {
                    let to = attribute("content").and_then(|content| self.refresh.captures(content)?.get(1));
                    named.pages.extend(to.map(|to| to.as_str().trim_matches(['"', '\'']).to_owned()));
                }
                element @ ("script" | "style") => {
                    let end = inner_end(text, at, element);
                    let inner = text.get(at..end).unwrap_or_default();
                    at = end;
                    match (element, attribute("src")) {
                        ("script", Some(source)) => named.links.push(Link::new(source, Sort::Script, Sure::Here)),
                        ("script", None) => named.links.extend(self.inline(inner, attribute("type"), chunks)),
                        _ => named.links.extend(self.style(inner)),
                    }
                }
                _ => {}
            }
            if named.links.len() + named.pages.len() > before + MOST {
                break;
            }
        }
    }

    /// A script in the page: code, data or an import map.
    fn inline(&self, text: &str, kind: Option<&str>, chunks: &mut Chunks) -> Vec<Link> {
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind != "importmap" {
            let data = kind.contains("json");
            chunks.read(self, text);
            return self.script(text).into_iter().filter(|link| !data || link.sure == Sure::Perhaps).collect();
        }
        let map: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let scopes = map.get("scopes").and_then(|scopes| scopes.as_object());
        let tables = map.get("imports").into_iter().chain(scopes.into_iter().flat_map(|scopes| scopes.values()));
        let addresses = tables.filter_map(|table| table.as_object()).flat_map(|table| table.values());
        let files = addresses.filter_map(|address| address.as_str()).filter(|address| !address.ends_with('/'));
        files.map(|file| Link::new(file, sort(file).unwrap_or(Sort::Script), Sure::Here)).collect()
    }

    fn attributes(&self, text: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for found in self.attribute.captures_iter(text).take(100) {
            let value = found.get(2).or(found.get(3)).or(found.get(4)).map_or("", |own| own.as_str());
            let name = found.get(1).map_or("", |own| own.as_str()).to_ascii_lowercase();
            all.entry(name).or_insert_with(|| decoded(value));
        }
        all
    }
}

/// Where the text of an element that holds no others ends.
fn inner_end(text: &str, from: usize, element: &str) -> usize {
    let bytes = text.as_bytes();
    let closes = |at: &usize| {
        let name = bytes.get(at + 2..at + 2 + element.len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(element.as_bytes()))
    };
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memmem::find_iter(rest, b"</").map(|at| from + at).find(closes).unwrap_or(text.len())
}

/// What a `link` loads, if it loads code.
fn link(attributes: &BTreeMap<String, String>) -> Option<Link> {
    let href = attributes.get("href")?;
    let relations = attributes.get("rel")?.to_ascii_lowercase();
    let purpose = attributes.get("as").map(|own| own.to_ascii_lowercase());
    let sort = relations.split_ascii_whitespace().find_map(|relation| match relation {
        "stylesheet" => Some(Sort::Style),
        "modulepreload" => Some(Sort::Script),
        "manifest" => Some(Sort::Json),
        "preload" | "prefetch" => match purpose.as_deref() {
            Some("script" | "worker" | "serviceworker") => Some(Sort::Script),
            Some("style") => Some(Sort::Style),
            _ => sort(href),
        },
        _ => None,
    })?;
    Some(Link::new(href, sort, Sure::Here))
}

/// The few characters that addresses hide behind names.
fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let plain = text.replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'").replace("&#x2F;", "/");
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_page_names_what_it_loads_and_where_it_leads() {
        let scanner = Scanner::new().unwrap();
        let text = r#"<!doctype html><base href="/app/"><!-- <script src="old.js"></script> -->
            <SCRIPT type=module crossorigin SRC='a.js?x=1&amp;y=2'></SCRIPT><link rel="modulepreload" href=b.js>
            <link rel="icon" href="i.png"><link rel=preload as=script href="c"><link rel="stylesheet" href="s.css">
            <script type="importmap">{"imports":{"x":"./x.js","y/":"./y/"}}</script>
            <script>const q = "<a href='no'>"; import("./lazy.js")</script><style>@import url("t.css");</style>
            <a href="/two">2</a><iframe src="three.html"></iframe>"#;
        let named = scanner.page(text, &mut Chunks::default());
        assert_eq!(named.base.as_deref(), Some("/app/"));
        assert_eq!(named.pages, ["/two", "three.html", "/two", "three.html"]);
        let links: BTreeSet<&str> = named.links.iter().map(|link| link.reference.as_str()).collect();
        let wanted = ["./lazy.js", "./x.js", "a.js?x=1&y=2", "b.js", "c", "old.js", "s.css", "t.css"];
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
        ] {
            let named = scanner.page(text, &mut Chunks::default());
            assert!(named.links.iter().any(|link| link.reference == "/bad.js"), "{text}");
        }
        assert!(scanner.style("@import\"b.css\";").iter().any(|link| link.reference == "b.css"));
    }

    #[test]
    fn a_page_that_never_ends_is_read_all_the_same() {
        let scanner = Scanner::new().unwrap();
        for text in ["<script", "<script>x", "<a href=\"", "<!-- <script src=a.js>", "<<<<<<"] {
            scanner.page(text, &mut Chunks::default());
        }
    }
}
