//! A text → the secrets and the words of the project in it. The rules are data.

mod company;
mod data;
mod encoded;
mod escaped;
mod filter;
mod gitleaks;
mod hidden;
mod keywords;
mod matcher;
mod phrase;
mod rows;
mod spans;
mod term;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::rules::{RuleError, RuleFile, fault};
use crate::model::{Rule, RuleId};

use company::Words;
use data::{Example, RawTextRule};
use keywords::{Exact, Keywords};
use matcher::{Counted, Doubt, Kind, Matcher};
use spans::{PIECE, merged, pieces};

pub(super) use data::WHY;
pub(super) use encoded::STANDARD;
pub(super) use gitleaks::{is_one as is_gitleaks, read as gitleaks};
pub(super) use phrase::spoken;
pub use term::TERM;

/// The rules that ship with lastlook. What stands first is asked first where several would take the same text.
pub const BUILT_IN: &[&str] = &[
    include_str!("../../../rules/secrets-cloud.toml"),
    include_str!("../../../rules/secrets-services.toml"),
    include_str!("../../../rules/secrets.toml"),
];

/// What is said to agents.
pub const PHRASES: &str = include_str!("../../../rules/agent.toml");

/// From this size on a text is searched on every core.
const LARGE: usize = 2 << 20;

/// How far before and behind a row the keyword of a secret may stand.
const NEAR: (usize, usize) = (128, 32);

/// Something that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule.
    pub rule: RuleId,
    /// Where it begins.
    pub at: usize,
    /// What it is, without giving it away.
    pub message: String,
    /// Names the value: the same wherever it stands.
    pub name: String,
    /// Whether it may be made up.
    pub doubtful: bool,
}

/// The digits that a text was decoded from, if it was: over lines, where they go on.
type Row = Option<(usize, usize)>;

/// A hit, and whose it is.
struct Raw {
    matcher: usize,
    /// In the text, or in what was decoded at `row`.
    secret: Range<usize>,
    row: Row,
    way: Way,
    name: String,
    shown: String,
    doubt: Doubt,
}

/// How what was found is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As it is, or in base64 where it stands in a row.
    Plain,
    /// Split by characters that nobody sees.
    Veiled,
    /// With escapes, all of it or a part.
    Escaped,
}

/// All rules about texts, matched in one go.
#[derive(Debug)]
pub struct TextRules {
    rules: BTreeMap<RuleId, Rule>,
    matchers: Vec<Matcher>,
    /// Keywords of secrets, looked for near rows of letters and digits.
    near: Keywords,
    /// Keywords of terms and of other tools' rules, looked for everywhere.
    anywhere: Keywords,
    /// Keywords of secrets that may be short, looked for everywhere as they are written.
    short: Exact,
    /// Keywords in languages that need more than ASCII, looked for where there is more.
    accented: Exact,
    /// Matchers without a keyword.
    always: Vec<usize>,
    examples: Vec<Example>,
}

impl TextRules {
    /// The rules that ship with lastlook, those in `extra`, and the words of a policy.
    ///
    /// # Errors
    /// When the rules that ship are broken, which the tests rule out.
    pub fn new(extra: impl IntoIterator<Item = RuleFile>, terms: &[String]) -> Result<Self, RuleError> {
        // Parsing takes longer than reading a small package: each file on a thread of its own.
        let parsed: Vec<_> = std::thread::scope(|scope| {
            let mut parsers: Vec<_> = BUILT_IN.iter().map(|text| scope.spawn(|| parse(text))).collect();
            parsers.push(scope.spawn(|| phrase::parse(PHRASES)));
            parsers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let mut all = Vec::new();
        for rules in parsed {
            all.extend(rules.unwrap_or_else(|_| Err(fault("rules", "a fault while they were read")))?);
        }
        all.extend(extra.into_iter().flat_map(|file| file.texts));
        let mut rules = BTreeMap::from([(TERM.id, TERM)]);
        let (mut matchers, mut examples) = (Vec::new(), Vec::new());
        for TextRule { rule, matcher, examples: mut own } in all {
            // A rule that exists keeps its page; what is added to it finds more.
            rules.entry(rule.id.clone()).or_insert(rule);
            matchers.push(matcher);
            examples.append(&mut own);
        }
        matchers.extend(terms.iter().filter_map(|term| term::matcher(term)));
        let all = || matchers.iter().enumerate();
        let near = |matcher: &Matcher| matches!(matcher.kind, Kind::Secret | Kind::General) && !matcher.short;
        let anywhere = |matcher: &Matcher| matches!(matcher.kind, Kind::Foreign | Kind::Term);
        let always = all().filter(|(_, matcher)| matcher.keywords.is_empty()).map(|(number, _)| number).collect();
        Ok(Self {
            rules,
            near: Keywords::of(all().filter(|(_, matcher)| near(matcher))),
            anywhere: Keywords::of(all().filter(|(_, matcher)| anywhere(matcher))),
            short: Exact::of(all().filter(|(_, matcher)| matcher.short)),
            accented: Exact::of(all().filter(|(_, matcher)| matcher.kind == Kind::Phrase && !matcher.short)),
            always,
            matchers,
            examples,
        })
    }

    /// Whether what is found in a text may depend on the path of its file.
    #[must_use]
    pub fn minds_paths(&self) -> bool {
        self.matchers.iter().any(Matcher::minds_paths)
    }

    /// The rules themselves.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// What stands in `text`, but for the parts `apart`, which are in order; `path` is that of its file.
    #[must_use]
    pub fn find(&self, text: &[u8], apart: &[Range<usize>], path: &str) -> Vec<Hit> {
        let pieces = pieces(text.len(), apart);
        let look = |piece: &Range<usize>| self.read(text, piece.clone(), path);
        let looked = match text.len() {
            ..LARGE => pieces.iter().map(look).collect(),
            _ => pieces.par_iter().with_max_len(1).map(look).collect(),
        };
        self.settle(text, path, looked)
    }

    /// The same text with what is secret in it left out, if anything is.
    #[must_use]
    pub fn redacted(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut raw = self.run(bytes, "", vec![self.read(bytes, 0..bytes.len(), "")]);
        raw.retain(|raw| self.matchers.get(raw.matcher).is_some_and(|matcher| !matcher.is_words()));
        raw.sort_by_key(|raw| raw.row.map_or(raw.secret.start, |(start, _)| start));
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for raw in &raw {
            let range = raw.row.map_or(raw.secret.clone(), |(start, end)| start..end);
            if range.start >= at {
                out.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
                out.extend_from_slice(raw.shown.as_bytes());
                at = range.end;
            }
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        (at > 0).then(|| String::from_utf8_lossy(&out).into_owned())
    }

    /// What is in a piece of a text, as it stands there and as the program reads it.
    fn read(&self, text: &[u8], piece: Range<usize>, path: &str) -> Looked {
        let mut looked = self.look(text, piece.clone(), path, true);
        looked.decoded.append(&mut self.unescaped(text, piece, path));
        looked
    }

    /// Keywords in a piece of a text, and what its base64 says.
    fn look(&self, text: &[u8], piece: Range<usize>, path: &str, decode: bool) -> Looked {
        let mut looked = Looked::default();
        let mut seen = |owners: &[usize], at: usize| {
            for number in owners {
                self.note(&mut looked, *number, text, at);
            }
        };
        self.anywhere.each(text, piece.clone(), &mut seen);
        self.short.each(text, piece.clone(), &mut seen);
        let mut rows = Vec::new();
        // What was decoded is mostly no text at all, and holds more than ASCII everywhere.
        let part = if decode { piece.clone() } else { 0..0 };
        hidden::beyond(text, part, |part| {
            self.accented.each(text, part.clone(), &mut seen);
            rows.extend(self.unveiled(text, part, path));
        });
        // What a secret needs is rare, and its keyword stands near: the rest of the text is passed over.
        let (mut near, mut last) = (0..0, piece.start);
        rows::each(text, piece.clone(), |row| {
            let around = row.start.saturating_sub(NEAR.0)..(row.end + NEAR.1).min(text.len());
            if around.start > near.end {
                let whole = std::mem::replace(&mut near, around);
                self.near.each(text, whole, &mut seen);
            } else {
                near.end = around.end;
            }
            if decode && row.start >= last {
                let mut inner = Vec::new();
                last = encoded::decode(text, row.clone(), |bytes| {
                    inner = self.run(bytes, path, vec![self.look(bytes, 0..bytes.len(), path, false)]);
                });
                rows.extend(inner.into_iter().map(|raw| Raw { row: Some((row.start, last)), ..raw }));
            }
        });
        self.near.each(text, near, &mut seen);
        for number in &self.always {
            looked.add(*number, piece.clone());
        }
        looked.decoded = rows;
        looked
    }

    /// What is said around characters that nobody sees, without them.
    fn unveiled(&self, text: &[u8], part: Range<usize>, path: &str) -> Vec<Raw> {
        let mut found = Vec::new();
        hidden::each(text, part, |plain| {
            let (mut looked, all) = (Looked::default(), 0..plain.bytes.len());
            let mut seen = |owners: &[usize], at: usize| {
                for number in owners.iter().filter(|number| self.is_phrase(**number)) {
                    self.note(&mut looked, *number, &plain.bytes, at);
                }
            };
            self.short.each(&plain.bytes, all.clone(), &mut seen);
            self.accented.each(&plain.bytes, all, &mut seen);
            for raw in self.run(&plain.bytes, path, vec![looked]) {
                found.extend(plain.row(&raw.secret).map(|row| Raw { row: Some(row), way: Way::Veiled, ..raw }));
            }
        });
        found
    }

    fn is_phrase(&self, number: usize) -> bool {
        self.matchers.get(number).is_some_and(|matcher| matcher.kind == Kind::Phrase)
    }

    /// Notes where a matcher is tried around a keyword at `at`, if that is worth it.
    ///
    /// Where keywords stand close together it is cheaper to try than to look whether to.
    fn note(&self, looked: &mut Looked, number: usize, text: &[u8], at: usize) {
        let Some(matcher) =
            self.matchers.get(number).filter(|matcher| matcher.comes_from(text, at) && matcher.goes_on(text, at))
        else {
            return;
        };
        let window = at.saturating_sub(matcher.reach.0)..at.saturating_add(matcher.reach.1).min(text.len());
        if !matcher.with.is_empty() && looked.judged < PIECE {
            looked.judged += window.len();
            if !matcher.is_worth(text, &window, &mut looked.words) {
                return;
            }
        }
        looked.add(number, window);
    }

    /// Tries the matchers whose keywords were seen.
    fn run(&self, text: &[u8], path: &str, looked: Vec<Looked>) -> Vec<Raw> {
        let mut windows: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
        let mut found = Vec::new();
        for Looked { windows: own, decoded, .. } in looked {
            found.extend(decoded);
            for (number, mut list) in own {
                windows.entry(number).or_default().append(&mut list);
            }
        }
        for (number, list) in windows {
            let Some(matcher) = self.matchers.get(number) else { continue };
            for counted in matcher.matches(text, path, &merged(list)) {
                let secret = text.get(counted.secret.clone()).unwrap_or_default();
                let (name, shown) = match matcher.kind {
                    Kind::Term => (matcher.title.clone(), String::new()),
                    Kind::Phrase => phrase::told(&matcher.title, secret),
                    Kind::Secret | Kind::General | Kind::Foreign => (value::name(secret), value::shown(secret)),
                };
                let Counted { secret, doubt } = counted;
                found.push(Raw { matcher: number, secret, row: None, way: Way::Plain, name, shown, doubt });
            }
        }
        found
    }

    /// What remains where several rules took the same text, in the order of the text.
    fn settle(&self, text: &[u8], path: &str, looked: Vec<Looked>) -> Vec<Hit> {
        let mut raw = self.run(text, path, looked);
        let kind = |raw: &Raw| self.matchers.get(raw.matcher).map(|matcher| matcher.kind);
        let rank = |raw: &Raw| (raw.row, kind(raw) == Some(Kind::General), raw.doubt, raw.matcher, raw.secret.start);
        raw.sort_by_key(rank);
        let mut taken: BTreeMap<(Row, usize), usize> = BTreeMap::new();
        let mut hits = Vec::new();
        let mut told = BTreeSet::new();
        for raw in raw {
            let Some(matcher) = self.matchers.get(raw.matcher) else { continue };
            if !matcher.is_words() && !matcher.extra {
                let before = taken.range(..(raw.row, raw.secret.end)).next_back();
                if before.is_some_and(|((row, _), end)| *row == raw.row && *end > raw.secret.start) {
                    continue;
                }
                taken.insert((raw.row, raw.secret.start), raw.secret.end);
            }
            let at = raw.row.map_or(raw.secret.start, |(start, _)| start);
            // What is said to agents counts once in a text.
            let phrase = matcher.kind == Kind::Phrase;
            let key = if phrase { (&matcher.title, 0) } else { (&raw.name, at) };
            let known = |upto| (matcher.rule.clone(), key.0.clone(), upto);
            // What stands near an escape may be written without any.
            if raw.way == Way::Escaped && told.range(known(0)..=known(usize::MAX)).next().is_some() {
                continue;
            }
            if !told.insert(known(key.1)) {
                continue;
            }
            let mut message = match matcher.kind {
                Kind::Term => format!("\u{201c}{}\u{201d} is confidential", matcher.title),
                Kind::Phrase => format!("{}: \u{201c}{}\u{201d}", matcher.title, raw.shown),
                Kind::Secret | Kind::General | Kind::Foreign => format!("{}, {}", matcher.title, raw.shown),
            };
            message.push_str(match (raw.way, raw.row) {
                (Way::Plain, None) => "",
                (Way::Plain, Some(_)) => ", in base64",
                (Way::Veiled, _) => ", among characters that nobody sees",
                (Way::Escaped, _) => ", written with escapes",
            });
            message.push_str(match raw.doubt {
                Doubt::None => "",
                Doubt::Told => ", as an example by all appearances",
                Doubt::Checksum => "; its checksum does not hold, so it may be made up",
            });
            hits.push(Hit {
                rule: matcher.rule.clone(),
                at,
                message,
                name: raw.name,
                doubtful: raw.doubt > Doubt::None,
            });
        }
        hits.sort_by(|a, b| (a.at, &a.rule, &a.name).cmp(&(b.at, &b.rule, &b.name)));
        hits
    }

    /// Runs every rule's own examples, and says how many there were.
    ///
    /// # Errors
    /// The first example that comes out wrong, or a pattern that does not compile.
    pub fn test(&self) -> Result<usize, RuleError> {
        self.wrong().next().map_or(Ok(self.examples.len()), Err)
    }

    /// Runs the examples of the rules that came with a project.
    ///
    /// # Errors
    /// The first example that comes out wrong.
    pub fn test_extra(&self) -> Result<(), RuleError> {
        let extra = |id: &RuleId| self.matchers.iter().any(|matcher| matcher.extra && matcher.rule == *id);
        self.examples
            .iter()
            .filter(|example| extra(&example.rule))
            .find_map(|example| self.wrong_one(example))
            .map_or(Ok(()), Err)
    }

    fn wrong_one(&self, example: &Example) -> Option<RuleError> {
        let hits = self.find(example.text.as_bytes(), &[], "example");
        let found = hits.iter().any(|hit| hit.rule == example.rule && !hit.doubtful);
        let (rule, ends) = (example.rule.to_string(), value::shown(example.text.as_bytes()));
        (found != example.hit).then_some(RuleError::Example { rule, example: ends, expected: example.hit })
    }

    /// Patterns that do not compile, and examples that come out wrong.
    fn wrong(&self) -> impl Iterator<Item = RuleError> + '_ {
        let broken = |matcher: &Matcher| matcher.fault().map(|why| fault(matcher.rule.as_str(), why));
        self.matchers
            .iter()
            .filter_map(broken)
            .chain(self.examples.iter().filter_map(|example| self.wrong_one(example)))
    }
}

/// A rule, what finds it, and what it is tested by.
pub struct TextRule {
    rule: Rule,
    matcher: Matcher,
    examples: Vec<Example>,
}

/// A rule of a project in the form of rules/README.md.
pub(super) fn own(row: toml::Value) -> Result<TextRule, RuleError> {
    let raw: RawTextRule = row.try_into().map_err(Box::new)?;
    let rule = raw.read()?;
    let matcher = Matcher { extra: true, ..rule.matcher };
    match matcher.fault() {
        Some(why) => Err(fault(rule.rule.id.as_str(), why)),
        None => Ok(TextRule { matcher, ..rule }),
    }
}

/// Reads one of the files that ship with lastlook.
fn parse(text: &str) -> Result<Vec<TextRule>, RuleError> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawFile {
        rule: Vec<RawTextRule>,
    }
    let file: RawFile = toml::from_str(text).map_err(Box::new)?;
    file.rule.into_iter().map(RawTextRule::read).collect()
}

/// What one look at a piece of a text gave.
#[derive(Default)]
struct Looked {
    /// Which matchers to try, and where.
    windows: BTreeMap<usize, Vec<Range<usize>>>,
    /// What was found in base64.
    decoded: Vec<Raw>,
    /// Bytes that were looked at to see what is worth it.
    judged: usize,
    words: Words,
}

impl Looked {
    /// Notes a window. They come nearly in order: most of those that touch are joined at once.
    fn add(&mut self, number: usize, window: Range<usize>) {
        let windows = self.windows.entry(number).or_default();
        match windows.last_mut().filter(|last| last.end >= window.start && last.start <= window.start) {
            Some(last) => last.end = last.end.max(window.end),
            None => windows.push(window),
        }
    }
}

/// A value that some detector knows to be a secret: its name, and how it is shown.
pub(super) fn sighted(value: &str) -> (String, String) {
    (value::name(value.as_bytes()), value::shown(value.as_bytes()))
}

/// Whether a value stands for a secret and is none.
pub(super) fn is_made_up(value: &str) -> bool {
    value::is_made_up(value.as_bytes())
}

#[cfg(test)]
mod tests;
