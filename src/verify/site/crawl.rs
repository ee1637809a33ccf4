//! The first page → everything that it leads to: files first, then maps that nothing names, then other pages.

use std::collections::{BTreeSet, VecDeque};

use super::answer::{is_page, no_page, script_like};
use super::fetch::{Answer, Fetcher};
use super::record::{Kind, Record, Way};
use super::scan::{Chunks, Link, Scanner, Sort, Sure};
use super::{Bounds, Build, Origin, Seen, SiteError, Url};
use crate::inspect::{TextKind, map};
use crate::publish::Page;

/// What is to be asked for.
struct Wanted {
    /// Where it may be, the likeliest first: the search ends where it is.
    places: Vec<Url>,
    /// The file that leads there.
    from: Url,
    task: Task,
}

enum Task {
    File { sort: Sort, sure: Sure },
    Map { way: Way, reference: String },
    Page { depth: u32 },
}

/// A look at a site.
pub(super) struct Crawl<'b> {
    scanner: Scanner,
    fetcher: Fetcher<'b>,
    bounds: &'b Bounds,
    start: Url,
    chunks: Chunks,
    seen: BTreeSet<Url>,
    good: BTreeSet<Url>,
    files: VecDeque<Wanted>,
    probes: VecDeque<Wanted>,
    pages: VecDeque<Wanted>,
    record: Record,
    read: u64,
    /// Links that lead farther than was asked for.
    farther: bool,
}

/// What one address gave.
enum Outcome {
    Good,
    Nothing(String),
    Failed,
    Stop,
}

impl<'b> Crawl<'b> {
    pub(super) fn new(start: &Url, others: &[Origin], bounds: &'b Bounds) -> Result<Self, SiteError> {
        Ok(Self {
            scanner: Scanner::new()?,
            fetcher: Fetcher::new(start, others, bounds)?,
            bounds,
            start: start.clone(),
            chunks: Chunks::default(),
            seen: BTreeSet::new(),
            good: BTreeSet::new(),
            files: VecDeque::new(),
            probes: VecDeque::new(),
            pages: VecDeque::new(),
            record: Record::new(start),
            read: 0,
            farther: false,
        })
    }

    /// Looks until there is nothing left, or a bound is reached.
    pub(super) fn run(mut self, start: &Url) -> Self {
        self.pages.push_back(Wanted {
            places: vec![start.clone()],
            from: start.clone(),
            task: Task::Page { depth: 0 },
        });
        while let Some(wanted) =
            self.files.pop_front().or_else(|| self.probes.pop_front()).or_else(|| self.pages.pop_front())
        {
            if matches!(wanted.task, Task::Page { .. }) && self.read >= self.bounds.pages {
                let why = format!("it has more than {} pages (--pages)", self.bounds.pages);
                self.record.bound(&why);
                break;
            }
            if !self.want(&wanted) {
                break;
            }
        }
        if self.farther {
            let why = format!("pages lie more than {} links away (--depth)", self.bounds.depth);
            self.record.bound(&why);
        }
        self
    }

    pub(super) fn settle(self, build: Option<&Build>) -> Seen {
        self.record.settle(self.fetcher.requests, self.fetcher.bytes, build)
    }

    /// Asks for one thing wherever it may be; false where nothing is asked any more.
    fn want(&mut self, wanted: &Wanted) -> bool {
        let mut last = None;
        for place in &wanted.places {
            if self.good.contains(place) {
                return true;
            }
            if !self.seen.insert(place.clone()) {
                continue;
            }
            match self.ask(place, wanted) {
                Outcome::Good | Outcome::Failed => return true,
                Outcome::Stop => return false,
                Outcome::Nothing(why) => last = Some((place, why)),
            }
        }
        let Some((place, why)) = last else { return true };
        match &wanted.task {
            Task::File { sure: Sure::Here | Sure::Somewhere, .. } => {
                let place = wanted.places.first().unwrap_or(place);
                self.record.missing(place, &wanted.from, &why);
            }
            Task::Map { way: Way::Announced, reference } => self.record.announced(&wanted.from, reference, true),
            Task::Page { depth: 0 } => self.record.unread(place, &why),
            Task::File { sure: Sure::Perhaps, .. } | Task::Map { .. } | Task::Page { .. } => {}
        }
        true
    }

    fn ask(&mut self, place: &Url, wanted: &Wanted) -> Outcome {
        let (url, page) = match self.fetcher.get(place) {
            Answer::Found(url, page) => (url, page),
            Answer::Missing(status) => return Outcome::Nothing(format!("the server answers {status}")),
            Answer::Failed(why) => {
                self.record.unread(place, &why);
                return Outcome::Failed;
            }
            Answer::Bound(why) => {
                self.record.bound(&format!("it ended {why}"));
                return Outcome::Stop;
            }
            Answer::Elsewhere(to) => return self.sent_away(&to, wanted),
        };
        if url != *place && !self.seen.insert(url.clone()) {
            self.good.insert(place.clone());
            return Outcome::Good;
        }
        let good = match &wanted.task {
            Task::Page { depth } => self.page(&url, page, *depth),
            Task::File { sort, .. } => self.file(&url, page, *sort, &wanted.from),
            Task::Map { way, .. } => self.map(&url, page, *way, &wanted.from),
        };
        if !good {
            return Outcome::Nothing("what the server answers is something else: a page, most likely".to_owned());
        }
        self.good.extend([url, place.clone()]);
        Outcome::Good
    }

    fn sent_away(&mut self, to: &Url, wanted: &Wanted) -> Outcome {
        match &wanted.task {
            Task::Page { depth: 0 } => {
                let why = format!("it sends us to {}, which was not named (--origin)", to.origin());
                self.record.unread(&self.start.clone(), &why);
            }
            Task::File { .. } => self.record.elsewhere(to),
            Task::Map { way: Way::Announced | Way::Named, reference } => {
                self.record.announced(&wanted.from, reference, false);
            }
            Task::Page { .. } | Task::Map { .. } => {}
        }
        Outcome::Good
    }

    fn page(&mut self, url: &Url, page: Page, depth: u32) -> bool {
        if !is_page(&page) {
            // A link to something else: what it is tells its name, and the first page may be a script.
            let sort = script_like(url, &page);
            return sort.is_some_and(|sort| self.file(url, page, sort, url)) || depth > 0;
        }
        self.read += 1;
        let text = String::from_utf8_lossy(page.body()).into_owned();
        let named = self.scanner.page(&text, &mut self.chunks);
        let base = named.base.as_deref().and_then(|base| url.join(base)).unwrap_or_else(|| url.clone());
        self.links(url, &base, named.links);
        for reference in named.pages {
            let Some(to) = base.join(&reference).filter(|to| self.fetcher.may_ask(to)) else { continue };
            if to.origin() != self.start.origin() || no_page(to.path()) || self.seen.contains(&to) {
                continue;
            }
            if depth < self.bounds.depth {
                self.pages.push_back(Wanted {
                    places: vec![to],
                    from: url.clone(),
                    task: Task::Page { depth: depth + 1 },
                });
            } else {
                self.farther |= self.bounds.depth > 0;
            }
        }
        self.maps(url, &page, TextKind::of("x.html"), false);
        self.record.file(url, page.into_body(), Kind::Page, url);
        true
    }

    fn file(&mut self, url: &Url, page: Page, sort: Sort, from: &Url) -> bool {
        if is_page(&page) {
            return false;
        }
        let text = || String::from_utf8_lossy(page.body()).into_owned();
        let kind = match sort {
            Sort::Style => {
                let links = self.scanner.style(&text());
                self.links(url, url, links);
                self.maps(url, &page, TextKind::of("x.css"), true);
                Kind::Style
            }
            Sort::Wasm => {
                self.maps(url, &page, TextKind::of("x.wasm"), true);
                Kind::Wasm
            }
            Sort::Json => Kind::Json,
            Sort::Script | Sort::Page => {
                let text = text();
                self.chunks.read(&self.scanner, &text);
                let links = self.scanner.script(&text);
                self.links(url, url, links);
                self.maps(url, &page, TextKind::of("x.js"), true);
                Kind::Script
            }
        };
        self.record.file(url, page.into_body(), kind, from);
        true
    }

    fn map(&mut self, url: &Url, page: Page, way: Way, from: &Url) -> bool {
        // What is named is read by whoever opens the tools of a browser, so it is looked at even where it is broken.
        let good = map::is_map(page.body()) || (way != Way::Hidden && !is_page(&page));
        if good {
            self.record.file(url, page.into_body(), Kind::Map(way), from);
        }
        good
    }

    /// Asks for what `from` names later on.
    fn links(&mut self, from: &Url, base: &Url, links: Vec<Link>) {
        let fresh = self.chunks.fresh();
        for Link { reference, sort, sure } in links.into_iter().chain(fresh) {
            let all = match sure {
                Sure::Here => base.join(&reference).into_iter().collect(),
                Sure::Somewhere | Sure::Perhaps => self.places(from, base, &reference),
            };
            let (places, others): (Vec<Url>, Vec<Url>) = all.into_iter().partition(|to| self.fetcher.may_ask(to));
            if places.is_empty() {
                others.iter().take(1).filter(|_| sure != Sure::Perhaps).for_each(|to| self.record.elsewhere(to));
                continue;
            }
            let task = if sort == Sort::Page { Task::Page { depth: 1 } } else { Task::File { sort, sure } };
            self.files.push_back(Wanted { places, from: from.clone(), task });
        }
    }

    /// Where a file may be of which only a part of the address is known.
    fn places(&self, from: &Url, base: &Url, reference: &str) -> Vec<Url> {
        let folders = self.chunks.folders().iter().filter_map(|folder| from.join(folder)).collect::<Vec<_>>();
        let next = from.path().find("/_next/").and_then(|at| from.path().get(..at + "/_next/".len()));
        let next = next.map(|path| from.root(path));
        let roots = [self.start.root("/"), from.root("/")];
        let all = next.into_iter().chain(folders).chain([base.clone(), from.clone(), self.start.clone()]).chain(roots);
        let mut places = Vec::new();
        for place in all.filter_map(|folder| folder.join(reference)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// Asks for the maps of a file later on: those that are named, and the one that nothing may name.
    fn maps(&mut self, url: &Url, page: &Page, kind: TextKind, probe: bool) {
        let comments = map::pointers(page.body(), kind).into_iter().chain(map::section_pointers(page.body()));
        let comments = comments.map(|reference| (Way::Named, reference));
        let headers = ["sourcemap", "x-sourcemap"].into_iter().filter_map(|name| page.header(name));
        let headers = headers.map(|reference| (Way::Announced, reference.trim().to_owned()));
        for (way, reference) in comments.chain(headers).take(100).collect::<Vec<_>>() {
            if reference.starts_with("data:") {
                // It stands in the header itself, and is audited as the comment that it stands for.
                let own = url.root(&format!("{}!header.js", url.path()));
                let body = format!("//# sourceMappingURL={reference}\n").into_bytes();
                self.record.file(&own, body, Kind::Map(way), url);
                continue;
            }
            let Some(to) = url.join(&reference) else { continue };
            if self.fetcher.may_ask(&to) {
                let task = Task::Map { way, reference };
                self.files.push_back(Wanted { places: vec![to], from: url.clone(), task });
            } else if way == Way::Announced {
                self.record.announced(url, &reference, false);
            }
        }
        if probe {
            let task = Task::Map { way: Way::Hidden, reference: String::new() };
            let places = vec![url.root(&format!("{}.map", url.path()))];
            self.probes.push_back(Wanted { places, from: url.clone(), task });
        }
    }
}
