//! What was found at an address → what it turns out to be, and where that leads.

use std::collections::BTreeSet;

use super::Url;
use super::answer::{is_document, is_markup, is_page, no_page, script_like, text};
use super::crawl::{Crawl, Lead, Task, Wanted};
use super::record::{Kind, Way};
use super::scan::{Names, Sort, Sure, header_links, refreshed};
use crate::inspect::{TextKind, map};
use crate::model::digest;

/// As many different maps are asked for that one file names.
const MAPS: usize = 1_000;
/// As many originals of one map are asked for: where one is served, most of them are.
const ORIGINALS: usize = 20;

impl Crawl<'_> {
    /// Says what one of those that are held turned out to be; what says more counts.
    fn is(&mut self, number: usize, kind: Kind) {
        if let Some(held) = self.held.get_mut(number) {
            held.kind = held.kind.max(Some(kind));
        }
    }

    pub(super) fn page(&mut self, number: usize, depth: u32) -> bool {
        let Some(held) = self.held.get(number) else { return false };
        let (url, text) = (held.url.clone(), text(&held.page));
        if !is_page(&held.page, &text) {
            return self.no_page(number, &url, depth);
        }
        let mut names = Names::default();
        let sent = held.page.header("refresh").and_then(refreshed);
        names.pages.extend(sent.map(str::to_owned));
        let announced = header_links(held.page.headers("link"));
        let lost = held.page.status() != 200;
        let fresh = self.bodies.insert(digest(held.page.body()));
        self.read += 1;
        self.scanner.page(&text, &url, &mut names, &mut self.chunks);
        let base = names.base.as_deref().and_then(|base| url.join(base)).unwrap_or_else(|| url.clone());
        for reference in std::mem::take(&mut names.pages) {
            let Some(to) = base.join(&reference).filter(|to| self.fetcher.may_ask(to)) else { continue };
            if to.origin() != self.start.origin() || no_page(to.path()) {
                continue;
            }
            if depth < self.bounds.depth {
                self.later(vec![to.clone()], &url, &to, Task::Page { depth: depth + 1, lead: Lead::Link });
            } else {
                self.farther |= self.bounds.depth > 0;
            }
        }
        self.links(&url, &url, &base, depth, announced);
        self.links(&url, &base, &base, depth, names);
        self.maps(number, &url, &text, TextKind::of("x.html"));
        if fresh {
            self.is(number, if lost { Kind::Lost } else { Kind::Page });
        }
        true
    }

    /// A link to something else: a script, a map, anything that people can have.
    fn no_page(&mut self, number: usize, url: &Url, depth: u32) -> bool {
        let Some(held) = self.held.get(number) else { return false };
        if map::is_map(held.page.body()) {
            return self.map(number, Way::Named, url);
        }
        if let Some(sort) = script_like(url, &held.page) {
            let task = Task::File { sort, sure: Sure::Here };
            self.later(vec![url.clone()], url, url, task);
            return true;
        }
        self.is(number, Kind::Other);
        depth > 0 || *url != self.start
    }

    pub(super) fn file(&mut self, number: usize, place: &Url, sort: Sort, wanted: &Wanted) -> bool {
        let Some(held) = self.held.get(number) else { return false };
        let (url, text) = (held.url.clone(), text(&held.page));
        if is_markup(&text) {
            // It is there all the same, and says something to whoever asks for it.
            let sure = !matches!(wanted.task, Task::File { sure: Sure::Perhaps, .. });
            if sure && self.bodies.insert(digest(held.page.body())) {
                self.is(number, Kind::Page);
            }
            return false;
        }
        let mut names = header_links(held.page.headers("link"));
        let (kind, name) = match sort {
            Sort::Style => {
                self.scanner.style(&text, &mut names);
                (Kind::Style, "x.css")
            }
            Sort::Wasm => (Kind::Wasm, "x.wasm"),
            Sort::Json => (Kind::Other, "x.json"),
            Sort::Script | Sort::Page => {
                self.chunks.read(&self.scanner, &text, &url);
                self.scanner.script(&text, &mut names);
                (Kind::Script, "x.js")
            }
        };
        self.links(&url, &url, &wanted.page, 0, names);
        if sort != Sort::Json {
            self.maps(number, &url, &text, TextKind::of(name));
            self.probe(&url);
            // Where we were sent on, the map may have stayed behind.
            self.probe(place);
        }
        self.is(number, kind);
        true
    }

    pub(super) fn map(&mut self, number: usize, way: Way, from: &Url) -> bool {
        let Some(held) = self.held.get(number) else { return false };
        let (url, body) = (held.url.clone(), held.page.body());
        // What is named is read by whoever opens the tools of a browser, so it is looked at even where it is broken.
        if !map::is_map(body) && (way == Way::Hidden || is_markup(&text(&held.page))) {
            return false;
        }
        let (sections, originals) = map::leads(body);
        for reference in sections {
            let Some(to) = url.join(&reference) else { continue };
            let task = Task::Map { way: Way::Named, reference };
            self.later(vec![to], &url, &url, task);
        }
        let originals = originals.iter().filter_map(|original| url.join(original));
        let originals: BTreeSet<Url> = originals.filter(|to| self.fetcher.may_ask(to)).collect();
        for to in originals.into_iter().take(ORIGINALS) {
            self.later(vec![to], &url, &url, Task::Original);
        }
        self.record.way(&url, way, from);
        self.is(number, Kind::Map(way));
        true
    }

    /// A file that a map calls an original, and that the site does not need.
    pub(super) fn original(&mut self, number: usize, from: &Url) -> bool {
        let Some(held) = self.held.get(number) else { return false };
        if held.page.body().is_empty() || is_document(&text(&held.page)) {
            return false;
        }
        let url = held.url.clone();
        self.record.original(&url, from);
        self.is(number, Kind::Original);
        true
    }

    /// Asks for the maps that a file names later on.
    fn maps(&mut self, number: usize, url: &Url, text: &str, kind: TextKind) {
        let Some(held) = self.held.get(number) else { return };
        let comments = map::pointers(text.as_bytes(), kind).into_iter().chain(map::section_pointers(held.page.body()));
        let comments = comments.map(|reference| (Way::Named, reference));
        let headers = ["sourcemap", "x-sourcemap"].into_iter().flat_map(|name| held.page.headers(name));
        let headers = headers.map(|reference| (Way::Announced, reference.trim().to_owned()));
        let all: BTreeSet<(Way, String)> = headers.chain(comments).collect();
        if all.len() > MAPS {
            self.record.bound(&format!("{} names more maps than are read", url.file()));
        }
        for (way, reference) in all.into_iter().take(MAPS) {
            if reference.starts_with("data:") {
                // It stands in the header itself, and is audited as the comment that it stands for.
                let own = url.root(&format!("{}!header.js", url.path()));
                let body = format!("//# sourceMappingURL={reference}\n").into_bytes();
                self.record.way(&own, way, url);
                self.record.file(&own, body, Kind::Map(way));
                continue;
            }
            let Some(to) = url.join(&reference) else { continue };
            if self.fetcher.may_ask(&to) {
                self.later(vec![to], url, url, Task::Map { way, reference });
            } else if way == Way::Announced {
                self.record.announced(url, &reference, false);
            }
        }
    }

    /// Asks later on for the map that nothing may name.
    pub(super) fn probe(&mut self, url: &Url) {
        let mut places = vec![url.root(&format!("{}.map", url.path()))];
        // Where the file is named behind the question mark, so is its map.
        if url.query().contains('.') {
            places.push(url.root(&format!("{}{}.map", url.path(), url.query())));
        }
        for place in places {
            self.later(vec![place], url, url, Task::Map { way: Way::Hidden, reference: String::new() });
        }
    }
}
