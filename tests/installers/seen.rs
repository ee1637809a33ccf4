//! What lastlook sees of an archive: what it hands to its inspectors, what they find, and the verdict.

use std::collections::{BTreeMap, BTreeSet};

use lastlook::audit::{Auditor, Rules};
use lastlook::judge::Policy;
use lastlook::model::{Entry, EntryPath, Finding, Level, Limits};
use lastlook::open::{Buffer, Input, Meter, Sink};

use crate::grammar::{WORDS, word};
use crate::laid::Laid;

/// The eyes: rules under which every word of a file is a finding.
pub struct Eyes {
    rules: Rules,
    policy: Policy,
    pool: rayon::ThreadPool,
}

#[derive(Default)]
pub struct Seen {
    /// Every body that is inspected, by its path.
    pub bodies: BTreeMap<String, Vec<Vec<u8>>>,
    /// Words that were found, and where.
    words: BTreeMap<String, BTreeSet<String>>,
    /// Paths that anything was said of.
    named: BTreeSet<String>,
    /// Paths that climb, start at a root or are links: clients make different paths of them, and of what lies below.
    climbing: BTreeSet<String>,
    /// Whether something could not be read whole or unambiguously.
    pub incomplete: bool,
    /// Rules about the archive that deny it.
    pub odd: BTreeSet<String>,
    /// Paths of what would be laid down, with sizes.
    pub listing: Vec<(String, u64)>,
    pub said: Vec<String>,
    /// Whether it is a zip archive.
    zipped: bool,
}

#[derive(Default)]
struct Bodies(BTreeMap<String, Vec<Vec<u8>>>);

impl Sink<'_> for Bodies {
    fn entry(&mut self, entry: Entry<'_>) {
        if entry.within.is_none() {
            self.0.entry(entry.path.to_string()).or_default().push(entry.body.into_owned());
        }
    }
    fn finding(&mut self, _finding: Finding) {}
}

impl Eyes {
    pub fn new() -> Self {
        let terms: Vec<String> = (0..WORDS).map(word).collect();
        let rules = Rules::with(&[], &terms).unwrap();
        let policy = Policy::built_in(None, rules.book(), rules.data());
        Self { policy, rules, pool: rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap() }
    }

    pub fn see(&self, name: &str, bytes: &[u8]) -> Seen {
        let input = Input::from_vec(bytes.to_vec());
        let limits = Limits::default();
        let (mut buffer, mut bodies) = (Buffer::default(), Bodies::default());
        let meter = Meter::new(limits, input.len());
        lastlook::open::entries(lastlook::open::unpack(&input, &mut buffer, &limits), name, &meter, &mut bodies);
        let report = Auditor::new(&self.rules, &self.policy, &self.pool).listing(true).audit_input(name, &input);
        let artifact = report.artifacts.into_iter().next().unwrap();
        let mut seen = Seen {
            bodies: bodies.0,
            zipped: name.ends_with(".zip"),
            listing: artifact.listing.iter().map(|row| (row.path.clone(), row.size)).collect(),
            ..Seen::default()
        };
        for ruling in &artifact.rulings {
            let finding = &ruling.finding;
            let places = std::iter::once(&finding.place).chain(&ruling.also).map(|place| place.path.clone());
            if finding.rule.as_str() == "term/confidential" {
                let word = finding.message.split(['\u{201c}', '\u{201d}']).nth(1).unwrap_or_default();
                seen.words.entry(word.to_owned()).or_default().extend(places);
                continue;
            }
            if matches!(finding.rule.as_str(), "archive/escape" | "archive/link") {
                seen.climbing.insert(finding.place.path.clone());
            }
            seen.named.extend(places);
            seen.incomplete |= finding.unread;
            seen.said.push(format!("{} at {:?}: {}", finding.rule, finding.place.path, finding.message));
            if finding.rule.family() == "archive" && ruling.level == Level::Deny {
                seen.odd.insert(finding.rule.to_string());
            }
        }
        seen
    }
}

impl Seen {
    /// What a reader sees that believes what it lists.
    pub fn by(laid: &Laid) -> Self {
        let mut seen = Self { incomplete: laid.error.is_some(), ..Self::default() };
        for (path, body) in &laid.files {
            let path = EntryPath::nearest(path).to_string();
            for word in words(&String::from_utf8_lossy(body)) {
                seen.words.entry(word.to_owned()).or_default().insert(path.clone());
            }
            seen.named.insert(path.clone());
            seen.bodies.entry(path).or_default().push(body.clone());
        }
        seen
    }

    /// Why a file that was laid down was not seen, if it was not.
    pub fn missed(&self, path: &str, body: &[u8]) -> Option<String> {
        // Installers give this file the name of the other.
        let path = path.strip_suffix(".npmignore").filter(|_| !self.bodies.contains_key(path)).map_or_else(
            || EntryPath::nearest(path).to_string(),
            |folder| EntryPath::nearest(&format!("{folder}.gitignore")).to_string(),
        );
        let holds = |whole: &Vec<u8>| solid(body).all(|part| memchr::memmem::find(whole, part).is_some());
        let bodies = self.bodies.get(&path).map_or(&[][..], Vec::as_slice);
        // Where there are both, the one that comes last has the other's name.
        let other = path.strip_suffix(".npmignore").map(|folder| format!("{folder}.gitignore"));
        let others = other.as_ref().and_then(|other| self.bodies.get(other)).map_or(&[][..], Vec::as_slice);
        if !bodies.iter().chain(others).any(holds) {
            let named = if bodies.is_empty() && body.is_empty() { self.named.contains(&path) } else { false };
            if named {
                return None;
            }
            let climbs = |(path, bodies): (&String, &Vec<Vec<u8>>)| {
                let mut ways = path.match_indices('/').map(|(end, _)| &path[..end]).chain([path.as_str()]);
                let climbs = ways.any(|way| self.climbing.contains(way));
                // Zip archives do not say how names beyond ASCII are to be read.
                let foreign = self.zipped && !path.is_ascii();
                (climbs || foreign) && bodies.iter().any(holds)
            };
            if self.bodies.iter().any(climbs) {
                return None;
            }
            let elsewhere = self.bodies.values().flatten().any(holds) && !body.is_empty();
            return Some(match (elsewhere, bodies.is_empty()) {
                (true, _) => format!("path: {path:?} is not named"),
                (false, true) => format!("file: {path:?} was not seen"),
                (false, false) => format!("bytes: not all of {path:?} were seen"),
            });
        }
        let text = String::from_utf8_lossy(body);
        let at = |places: &_, path: &String| BTreeSet::contains(places, path);
        let here = |places: &_| at(places, &path) || other.as_ref().is_some_and(|other| at(places, other));
        let found = |word: &&str| self.words.get(*word).is_some_and(here);
        let lost = words(&text).into_iter().find(|word| !found(word))?;
        Some(format!("word: {lost} in {path:?} was not found"))
    }

    /// Some of the paths, to be shown.
    pub fn short(&self) -> Vec<String> {
        self.bodies.keys().take(12).map(|path| path.chars().take(40).collect()).collect()
    }

    /// Whether a link was told.
    pub fn tells(&self, path: &str) -> bool {
        self.named.contains(EntryPath::nearest(path).as_str())
    }
}

/// The words in the lines that stand whole in a text.
fn words(text: &str) -> BTreeSet<&str> {
    let whole = text.lines().filter(|line| line.len() == 23 && line.starts_with("zq") && line.ends_with(" ...."));
    whole.filter_map(|line| line.split(' ').next()).collect()
}

/// The parts of a body between its holes: some readers fill in zeros where an archive says that nothing is.
fn solid(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = body;
    let has_holes = body.windows(64).step_by(32).any(|some| some.iter().all(|byte| *byte == 0));
    std::iter::from_fn(move || {
        if !has_holes {
            let all = (!rest.is_empty()).then_some(rest);
            rest = &[];
            return all;
        }
        let start = rest.iter().position(|byte| *byte != 0)?;
        let len = memchr::memmem::find(&rest[start..], &[0; 64]).unwrap_or(rest.len() - start);
        let part = &rest[start..start + len];
        rest = &rest[start + len..];
        Some(part)
    })
}
