//! The first page → everything that it leads to: files first, then maps that nothing names, then other pages.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::answer::{is_page, text};
use super::fetch::{Answer, Fetcher};
use super::record::{Kind, Record, Way};
use super::scan::{Chunks, Link, Names, Scanner, Sort, Sure};
use super::{Bounds, Build, Origin, Seen, SiteError, Url};
use crate::model::{Digest, digest};
use crate::publish::Page;

/// What is to be asked for.
pub(super) struct Wanted {
    /// Where it may be, the likeliest first.
    pub(super) places: Vec<Url>,
    /// Whether it may be at several of them at once; else the search ends where it is.
    pub(super) every: bool,
    /// The file that leads there.
    pub(super) from: Url,
    /// What the addresses in the page are relative to.
    pub(super) page: Url,
    pub(super) task: Task,
}

/// What it is to be.
#[derive(Debug, Clone)]
pub(super) enum Task {
    File { sort: Sort, sure: Sure },
    Map { way: Way, reference: String },
    Original,
    Page { depth: u32, lead: Lead },
}

/// What leads to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// Whoever asked us.
    Person,
    /// A link, which people may follow.
    Link,
    /// A frame, which is part of the page around it.
    Frame,
    /// Nothing: to see what people are shown where nothing is.
    Nobody,
}

/// As many folders above a script are looked at, and as many names are kept.
const ABOVE: usize = 6;
const BARE: usize = 20_000;

/// An address at which no site has anything.
const NOTHING: &str = "/lastlook-asks-for-what-is-not-there";

impl Task {
    /// Whether both look at a file in the same way.
    fn reads_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { sort, .. }, Self::File { sort: other, .. }) => sort == other,
            (Self::Map { way, .. }, Self::Map { way: other, .. }) => way == other,
            (Self::Original, Self::Original) | (Self::Page { .. }, Self::Page { .. }) => true,
            _ => false,
        }
    }
}

/// What there was at an address.
pub(super) struct Held {
    pub(super) url: Url,
    pub(super) page: Page,
    /// What it turned out to be, if it is part of the site.
    pub(super) kind: Option<Kind>,
    /// As what it was read, where it was that.
    read: Vec<Task>,
}

/// What came of asking for an address. None is asked twice.
#[derive(Debug, Clone)]
enum Given {
    /// One of those that are held.
    Held(usize),
    Nothing(String),
    Failed,
    Away(Url),
}

/// A look at a site.
pub(super) struct Crawl<'b> {
    pub(super) scanner: Scanner,
    pub(super) fetcher: Fetcher<'b>,
    pub(super) bounds: &'b Bounds,
    pub(super) start: Url,
    pub(super) chunks: Chunks,
    pub(super) record: Record,
    pub(super) held: Vec<Held>,
    given: BTreeMap<Url, Given>,
    /// What is to be asked for, by how much depends on it.
    queues: [VecDeque<Wanted>; 4],
    /// Pages that were read.
    pub(super) read: u64,
    /// What pages say, by its hash: a server that answers one page to everything has one.
    pub(super) bodies: HashSet<Digest>,
    /// What names in scripts stand for, as the tables of pages say: a name, or its beginning, and an address.
    imports: BTreeMap<String, Url>,
    /// Names that only such a table makes an address of, and who says them.
    bare: BTreeMap<String, Url>,
    /// Links that lead farther than was asked for.
    pub(super) farther: bool,
}

impl<'b> Crawl<'b> {
    pub(super) fn new(start: &Url, others: &[Origin], bounds: &'b Bounds) -> Result<Self, SiteError> {
        Ok(Self {
            scanner: Scanner::new()?,
            fetcher: Fetcher::new(start, others, bounds)?,
            bounds,
            start: start.clone(),
            chunks: Chunks::default(),
            record: Record::new(start),
            held: Vec::new(),
            given: BTreeMap::new(),
            queues: Default::default(),
            read: 0,
            bodies: HashSet::new(),
            imports: BTreeMap::new(),
            bare: BTreeMap::new(),
            farther: false,
        })
    }

    /// Looks until there is nothing left, or a bound is reached.
    pub(super) fn run(mut self) -> Self {
        let start = self.start.clone();
        self.later(vec![start.clone()], &start, &start, Task::Page { depth: 0, lead: Lead::Person });
        if self.bounds.depth > 0 {
            let nothing = start.root(NOTHING);
            self.later(vec![nothing], &start, &start, Task::Page { depth: 0, lead: Lead::Nobody });
        }
        while let Some(wanted) = self.queues.iter_mut().find_map(VecDeque::pop_front) {
            if matches!(wanted.task, Task::Page { .. }) && self.read >= self.bounds.pages {
                self.record.bound(&format!("it has more than {} pages (--pages)", self.bounds.pages));
                continue;
            }
            if !self.want(&wanted) {
                break;
            }
        }
        if self.farther {
            self.record.bound(&format!("pages lie more than {} links away (--depth)", self.bounds.depth));
        }
        if self.chunks.more() {
            self.record.bound("its scripts have more tables of chunks than are read");
        }
        self
    }

    pub(super) fn settle(mut self, build: Option<&Build>) -> Seen {
        for held in self.held {
            if let Some(kind) = held.kind {
                self.record.file(&held.url, held.page.into_body(), kind);
            }
        }
        self.record.settle(self.fetcher.requests, self.fetcher.bytes, build)
    }

    /// Asks for something later on, wherever it may be.
    pub(super) fn later(&mut self, places: Vec<Url>, from: &Url, page: &Url, task: Task) {
        let every = matches!(task, Task::File { sure: Sure::OnPage | Sure::Somewhere, .. });
        self.push(Wanted { places, every, from: from.clone(), page: page.clone(), task });
    }

    pub(super) fn push(&mut self, wanted: Wanted) {
        let [first, second, third, last] = &mut self.queues;
        let queue = match wanted.task {
            Task::File { sure: Sure::Perhaps, .. } => third,
            Task::File { .. } | Task::Map { way: Way::Named | Way::Announced, .. } => first,
            Task::Map { way: Way::Hidden, .. } | Task::Original => second,
            Task::Page { .. } => last,
        };
        queue.push_back(wanted);
    }

    /// Asks for one thing wherever it may be; false where nothing is asked any more.
    fn want(&mut self, wanted: &Wanted) -> bool {
        let (mut known, mut last) = (false, None);
        for place in &wanted.places {
            let Some(given) = self.given(place, wanted) else { return false };
            match given {
                Given::Held(number) => {
                    if self.read(number, place, wanted) {
                        known = true;
                    } else {
                        last =
                            Some((place, "what the server answers is something else: a page, most likely".to_owned()));
                    }
                }
                Given::Nothing(why) => last = Some((place, why)),
                Given::Failed => known = true,
                Given::Away(to) => {
                    self.sent_away(&to, wanted);
                    known = true;
                }
            }
            if known && !wanted.every {
                break;
            }
        }
        let Some((place, why)) = last.filter(|_| !known) else { return true };
        match &wanted.task {
            Task::File { sure: Sure::Here | Sure::OnPage | Sure::Somewhere, .. } => {
                let place = wanted.places.first().unwrap_or(place);
                self.record.missing(place, &wanted.from, &why);
            }
            Task::Map { way: Way::Announced, reference } => self.record.announced(&wanted.from, reference, true),
            Task::Page { lead: Lead::Person, .. } => self.record.unread(place, &why),
            Task::Page { lead: Lead::Frame, .. } => self.record.missing(place, &wanted.from, &why),
            Task::File { sure: Sure::Perhaps, .. } | Task::Map { .. } | Task::Page { .. } | Task::Original => {}
        }
        true
    }

    /// What there is at an address; none where nothing is asked any more.
    fn given(&mut self, place: &Url, wanted: &Wanted) -> Option<Given> {
        if let Some(given) = self.given.get(place) {
            return Some(given.clone());
        }
        let given = match self.fetcher.get(place) {
            Answer::Found(url, page) => {
                let known = self.given.get(&url).and_then(|given| match given {
                    Given::Held(number) => Some(*number),
                    Given::Nothing(_) | Given::Failed | Given::Away(_) => None,
                });
                let number = known.unwrap_or_else(|| self.hold(url.clone(), page));
                self.given.insert(url, Given::Held(number));
                Given::Held(number)
            }
            Answer::Missing(status, url, page) => {
                // What people see instead has scripts, too; most often it is the same for all that is not there.
                if let Task::Page { depth, .. } = wanted.task
                    && is_page(&page, &text(&page))
                    && !self.bodies.contains(&digest(page.body()))
                {
                    let number = self.hold(url, page);
                    self.page(number, depth);
                }
                Given::Nothing(format!("the server answers {status}"))
            }
            Answer::Failed(why) => {
                self.record.unread(place, &why);
                Given::Failed
            }
            Answer::Bound(why) => {
                self.record.bound(&format!("it ended {why}"));
                return None;
            }
            Answer::Elsewhere(to) => Given::Away(to),
        };
        self.given.insert(place.clone(), given.clone());
        Some(given)
    }

    fn hold(&mut self, url: Url, page: Page) -> usize {
        self.held.push(Held { url, page, kind: None, read: Vec::new() });
        self.held.len() - 1
    }

    /// Reads what was found at `place` as what was asked for there; false where it is not that.
    fn read(&mut self, number: usize, place: &Url, wanted: &Wanted) -> bool {
        let Some(held) = self.held.get(number) else { return false };
        if held.read.iter().any(|task| task.reads_as(&wanted.task)) {
            return true;
        }
        let good = match &wanted.task {
            Task::Page { depth, .. } => self.page(number, *depth),
            Task::File { sort, .. } => self.file(number, place, *sort, wanted),
            Task::Map { way, .. } => self.map(number, *way, &wanted.from),
            Task::Original => self.original(number, &wanted.from),
        };
        if !good {
            return false;
        }
        if let Some(held) = self.held.get_mut(number) {
            held.read.push(wanted.task.clone());
        }
        true
    }

    fn sent_away(&mut self, to: &Url, wanted: &Wanted) {
        match &wanted.task {
            Task::Page { lead: Lead::Person, .. } => {
                let why = format!("it sends us to {}, which was not named (--origin)", to.origin());
                self.record.unread(&self.start.clone(), &why);
            }
            Task::File { .. } | Task::Page { lead: Lead::Frame, .. } => self.record.elsewhere(to),
            Task::Map { way: Way::Announced | Way::Named, reference } => {
                self.record.announced(&wanted.from, reference, false);
            }
            Task::Page { .. } | Task::Map { .. } | Task::Original => {}
        }
    }

    /// Asks for what `from` names later on; `base` is what its own addresses are relative to, `page` those of the page.
    pub(super) fn links(&mut self, from: &Url, base: &Url, page: &Url, depth: u32, names: Names) {
        let long = |link: &Link| link.reference.len() > super::url::LONGEST;
        if names.more || names.links.iter().any(long) {
            self.record.bound(&format!("{} names more files than are read", from.file()));
        }
        self.mapped(from, base, page, &names);
        let fresh = self.chunks.fresh();
        for link in names.links.into_iter().chain(fresh) {
            let all = self.places(from, base, page, &link);
            let (places, others): (Vec<Url>, Vec<Url>) = all.into_iter().partition(|to| self.fetcher.may_ask(to));
            let Link { sort, sure, folder, owner, .. } = link;
            if places.is_empty() {
                others.iter().take(1).filter(|_| sure != Sure::Perhaps).for_each(|to| self.record.elsewhere(to));
                continue;
            }
            // A frame is part of the page that it stands in.
            let lead = if sure == Sure::Perhaps { Lead::Link } else { Lead::Frame };
            let task = if sort == Sort::Page { Task::Page { depth, lead } } else { Task::File { sort, sure } };
            let every = folder.is_none() && owner.is_none() && matches!(sure, Sure::OnPage | Sure::Somewhere);
            self.push(Wanted { places, every, from: from.clone(), page: page.clone(), task });
        }
    }

    /// Names that stand for addresses, as the tables of pages say; either may come first.
    fn mapped(&mut self, from: &Url, base: &Url, page: &Url, names: &Names) {
        for (name, address) in &names.imports {
            if let Some(to) = base.join(address) {
                self.imports.entry(name.clone()).or_insert(to);
            }
        }
        let fresh = names.bare.iter().chain(names.links.iter().map(|link| &link.reference));
        let fresh: Vec<&String> = fresh.filter(|name| !name.starts_with(['.', '/']) && !name.contains(':')).collect();
        for name in fresh {
            if self.bare.len() < BARE {
                self.bare.entry(name.clone()).or_insert_with(|| from.clone());
            }
        }
        if self.imports.is_empty() || (names.imports.is_empty() && names.bare.is_empty() && names.links.is_empty()) {
            return;
        }
        let begins = self.imports.iter().filter(|(name, _)| name.ends_with('/'));
        let mut found = Vec::new();
        for (begin, to) in begins {
            for (name, from) in self.bare.range(begin.clone()..).take_while(|(name, _)| name.starts_with(begin)) {
                found.extend(to.join(name.get(begin.len()..).unwrap_or_default()).map(|to| (to, from.clone())));
            }
        }
        for (to, from) in found {
            if self.fetcher.may_ask(&to) && !self.given.contains_key(&to) {
                self.later(vec![to], &from, page, Task::File { sort: Sort::Script, sure: Sure::Perhaps });
            }
        }
    }

    /// Where a file may be, the likeliest place first.
    fn places(&self, from: &Url, base: &Url, page: &Url, link: &Link) -> Vec<Url> {
        if link.sure == Sure::Here {
            return base.join(&link.reference).into_iter().collect();
        }
        let folder = link.folder.iter().flat_map(|folder| [page.join(folder), from.join(folder)]).flatten();
        let next = from.path().find("/_next/").and_then(|at| from.path().get(..at + "/_next/".len()));
        let next = next.map(|path| from.root(path));
        // Where no folder is said, it is that of the script, or one above it.
        let owner = link.owner.as_ref().unwrap_or(from);
        let above = link.owner.iter().flat_map(|owner| {
            owner.path().rmatch_indices('/').filter_map(|(at, _)| Some(owner.root(owner.path().get(..=at)?)))
        });
        let bases = [page.clone(), owner.clone(), self.start.clone(), self.start.root("/"), from.root("/")];
        let all = folder.chain(next).chain(above.take(ABOVE)).chain(bases);
        let mut places = Vec::new();
        for place in all.filter_map(|folder| folder.join(&link.reference)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}
