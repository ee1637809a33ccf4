//! What was fetched → sets to audit, one an origin, and what is known besides.

use std::collections::{BTreeMap, BTreeSet};

use super::{Build, Origin, Seen, Tally, Url};
use crate::audit::Fetched;
use crate::inspect::map;
use crate::judge;
use crate::model::{EntryPath, Finding, Place};
use crate::open;

/// What a served file is.
/// What is below says more of it than what is above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// What is shown where nothing is.
    Lost,
    Page,
    Other,
    Original,
    Wasm,
    Style,
    Script,
    Map(Way),
}

/// How a map was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Hidden,
    Announced,
    Named,
}

impl Way {
    fn words(self, of: &str) -> String {
        match self {
            Self::Named => format!("named by {of}"),
            Self::Announced => format!("announced by the SourceMap header of {of}"),
            Self::Hidden => format!("hidden: nothing names it, and it answers beside {of}"),
        }
    }
}

/// The files of an origin, and what is known of them besides.
type Set = (Origin, BTreeMap<EntryPath, Vec<u8>>, Vec<Finding>);

/// Everything that was fetched and learnt.
pub(super) struct Record {
    start: Origin,
    files: Vec<(Url, Vec<u8>, Kind)>,
    ways: BTreeMap<Url, String>,
    /// What maps call originals, each with one of the maps.
    originals: BTreeMap<Url, Url>,
    bounds: BTreeSet<String>,
    missing: BTreeSet<Url>,
    beside: Vec<(Origin, Finding)>,
    elsewhere: BTreeMap<Origin, BTreeSet<String>>,
}

impl Record {
    pub(super) fn new(start: &Url) -> Self {
        let start = start.origin().clone();
        let (ways, originals, elsewhere) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (bounds, missing) = (BTreeSet::new(), BTreeSet::new());
        Self { start, files: Vec::new(), ways, originals, bounds, missing, beside: Vec::new(), elsewhere }
    }

    /// Keeps a file.
    pub(super) fn file(&mut self, url: &Url, body: Vec<u8>, kind: Kind) {
        self.files.push((url.clone(), body, kind));
    }

    /// How a map was found.
    pub(super) fn way(&mut self, url: &Url, way: Way, from: &Url) {
        self.ways.entry(url.clone()).or_insert_with(|| way.words(&from.file()));
    }

    /// A file that the map at `from` calls an original.
    pub(super) fn original(&mut self, url: &Url, from: &Url) {
        self.originals.entry(url.clone()).or_insert_with(|| from.clone());
    }

    /// Something that nobody could look at.
    pub(super) fn unread(&mut self, url: &Url, why: &str) {
        let finding = Finding::new(&open::UNREAD.id, Place::at(&url.file()), format!("could not be fetched: {why}"));
        self.beside.push((url.origin().clone(), finding.keyed(url.file()).unread()));
    }

    /// A bound that was reached.
    pub(super) fn bound(&mut self, why: &str) {
        if !self.bounds.insert(why.to_owned()) {
            return;
        }
        let finding = Finding::new(&open::UNREAD.id, Place::whole(), format!("the site was not seen whole: {why}"));
        self.beside.push((self.start.clone(), finding.keyed(why).unread()));
    }

    /// A file that is named by `from`, and not there.
    pub(super) fn missing(&mut self, url: &Url, from: &Url, why: &str) {
        if !self.missing.insert(url.clone()) {
            return;
        }
        let what = format!("{} names it, and {why}", from.file());
        self.beside.push((url.origin().clone(), judge::absent(&url.file(), &what)));
    }

    /// Something on an origin that is not asked.
    pub(super) fn elsewhere(&mut self, url: &Url) {
        let all = self.elsewhere.entry(url.origin().clone()).or_default();
        if all.len() < 1_000 {
            all.insert(url.file());
        }
    }

    /// A map that a header names, and that was not fetched.
    pub(super) fn announced(&mut self, of: &Url, reference: &str, fetched: bool) {
        let shown: String = reference.chars().take(160).collect();
        let place = Place::at(&of.file());
        let finding = if fetched {
            Finding::new(&map::DANGLING.id, place, format!("its SourceMap header points to {shown}, where no map is"))
        } else {
            Finding::new(&map::REMOTE.id, place, format!("its SourceMap header points to {shown}"))
        };
        self.beside.push((of.origin().clone(), finding.keyed(shown)));
    }

    /// Sorts everything by origin, the site's own first.
    pub(super) fn settle(self, requests: u64, bytes: u64, build: Option<&Build>) -> Seen {
        let mut tally = Tally { requests, bytes, ..Tally::default() };
        let mut sets = vec![(self.start.clone(), BTreeMap::new(), Vec::new())];
        let mut ways = BTreeMap::new();
        let mut others = 0;
        let slot = |sets: &mut Vec<Set>, origin: &Origin| {
            let found = sets.iter().position(|(own, ..)| own == origin);
            found.unwrap_or_else(|| {
                sets.push((origin.clone(), BTreeMap::new(), Vec::new()));
                sets.len() - 1
            })
        };
        for (url, body, kind) in self.files {
            *match kind {
                Kind::Lost | Kind::Other => &mut others,
                Kind::Page => &mut tally.pages,
                Kind::Script => &mut tally.scripts,
                Kind::Style => &mut tally.styles,
                Kind::Wasm => &mut tally.modules,
                Kind::Original => &mut tally.originals,
                Kind::Map(Way::Named) => &mut tally.named,
                Kind::Map(Way::Announced) => &mut tally.announced,
                Kind::Map(Way::Hidden) => &mut tally.hidden,
            } += 1;
            let number = slot(&mut sets, url.origin());
            let Some((_, files, beside)) = sets.get_mut(number) else { continue };
            let mut path = EntryPath::nearest(&url.file());
            let mut other = 2;
            // Two addresses can lead to one path, and neither may hide the other.
            while files.get(&path).is_some_and(|there| *there != body) {
                path = EntryPath::nearest(&format!("{} ({other})", url.file()));
                other += 1;
            }
            if let Some(build) = build.filter(|_| kind != Kind::Lost) {
                beside.extend(build.compare(path.as_str(), &body, kind == Kind::Page));
            }
            if let (Kind::Original, Some(map)) = (kind, self.originals.get(&url)) {
                beside.push(judge::original(path.as_str(), &map.file()));
            }
            if let Some(way) = self.ways.get(&url) {
                ways.insert((number, path.as_str().to_owned()), way.clone());
            }
            files.insert(path, body);
        }
        for (origin, finding) in self.beside {
            let number = slot(&mut sets, &origin);
            if let Some((.., beside)) = sets.get_mut(number) {
                beside.push(finding);
            }
        }
        if let Some((.., beside)) = sets.first_mut() {
            beside.extend(self.elsewhere.iter().map(|(origin, files)| {
                let first = files.first().map_or("", String::as_str);
                let name = origin.to_string();
                judge::elsewhere(&name, &format!("{} of {name} were not asked for, such as {first}", files.len()))
            }));
        }
        let fetched = |(origin, files, beside): Set| Fetched {
            name: origin.to_string(),
            files: files.into_iter().collect(),
            beside,
        };
        Seen { sets: sets.into_iter().map(fetched).collect(), tally, ways }
    }
}
