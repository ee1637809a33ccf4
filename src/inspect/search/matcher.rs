//! One pattern, and what makes its matches count → hits.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::company::{Company, Words};
use super::{encoded, rows, value};
use crate::inspect::TextKind;
use crate::model::RuleId;

/// As many places of one value are kept of one text, and as many values of one rule.
const MOST: (usize, usize) = (16, 10_000);

/// What ends a word behind a keyword: blanks, quotes, brackets, commas, slashes.
#[allow(clippy::indexing_slicing, reason = "the compiler runs it")]
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        let quote = matches!(byte, b'"' | b'\'' | b'`');
        let bracket = matches!(byte, b'<' | b'>' | b'(' | b')' | b'{' | b'}');
        let other = matches!(byte, b',' | b'|' | b'/' | b'\\' | 0x7f);
        stops[byte as usize] = byte <= b' ' || quote || bracket || other;
        byte += 1;
    }
    stops
};

/// Bytes around a secret that can tell what it is for.
const AROUND: usize = 200;

/// Patterns that are compiled when first asked for: most never are.
#[derive(Debug)]
pub(super) struct Patterns {
    texts: Vec<String>,
    /// Whether they look at short texts alone.
    brief: bool,
    compiled: OnceLock<Option<Regex>>,
}

impl Patterns {
    pub(super) fn new(texts: Vec<String>) -> Self {
        Self { texts, brief: false, compiled: OnceLock::new() }
    }

    /// The same for patterns that look at short texts alone: preparing to pass over what can't match would take longer
    /// than looking at it.
    pub(super) fn brief(texts: Vec<String>) -> Self {
        Self { brief: true, ..Self::new(texts) }
    }

    /// What is wrong with them, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        let alone = |text: &String| compile(std::slice::from_ref(text), self.brief).err();
        self.texts.iter().find_map(alone).or_else(|| self.get().is_none().then(|| "it does not compile".to_owned()))
    }

    /// None where they do not compile, which the tests rule out for those that ship, and the door for all others.
    fn get(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.texts, self.brief).ok()).as_ref()
    }

    fn is_match(&self, text: &[u8]) -> bool {
        !self.texts.is_empty() && self.get().is_some_and(|regex| regex.is_match(text))
    }
}

/// Compiles patterns over bytes; classes are those of ASCII unless that does not work.
fn compile(texts: &[String], brief: bool) -> Result<Regex, String> {
    let build = |unicode: bool| {
        let limit = Some(64 << 20);
        let config = Regex::config().utf8_empty(false).nfa_size_limit(limit).hybrid_cache_capacity(4 << 20);
        let config = config.auto_prefilter(!brief).onepass(false);
        let syntax = syntax::Config::new().utf8(false).unicode(unicode);
        let built = Regex::builder().configure(config).syntax(syntax).build_many(texts);
        built.map_err(|error| error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string))
    };
    build(false).or_else(|_| build(true))
}

/// What an allowance looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The secret alone.
    Secret,
    /// All of what the pattern matched.
    Match,
    /// The line it stands in.
    Line,
    /// The text around it.
    Around,
}

/// What is no finding after all.
#[derive(Debug)]
pub(super) struct Allowance {
    pub(super) target: Target,
    pub(super) patterns: Patterns,
    /// In lower case; any of them in the secret is enough.
    pub(super) words: Vec<String>,
    /// Over the path of the file.
    pub(super) paths: Patterns,
    /// Whether all kinds of reasons that are given must hold, not just one.
    pub(super) all: bool,
}

impl Allowance {
    pub(super) fn of(target: Target, patterns: Vec<String>) -> Self {
        let none = || Patterns::new(Vec::new());
        Self { target, patterns: Patterns::brief(patterns), words: Vec::new(), paths: none(), all: false }
    }

    fn holds(&self, sight: &Sight<'_>) -> bool {
        let target = match self.target {
            Target::Secret => sight.secret(),
            Target::Match => sight.text.get(sight.matched.clone()).unwrap_or_default(),
            Target::Line => sight.line(),
            Target::Around => sight.around(),
        };
        let word = || {
            let lower = sight.secret().to_ascii_lowercase();
            self.words.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
        };
        let reasons = [
            (!self.patterns.texts.is_empty()).then(|| self.patterns.is_match(target)),
            (!self.words.is_empty()).then(word),
            (!self.paths.texts.is_empty()).then(|| self.paths.is_match(sight.path.as_bytes())),
        ];
        let mut given = reasons.into_iter().flatten().peekable();
        given.peek().is_some() && if self.all { given.all(|holds| holds) } else { given.any(|holds| holds) }
    }
}

/// A match in its surroundings.
struct Sight<'s> {
    text: &'s [u8],
    path: &'s str,
    matched: Range<usize>,
    secret: Range<usize>,
}

impl<'s> Sight<'s> {
    fn secret(&self) -> &'s [u8] {
        self.text.get(self.secret.clone()).unwrap_or_default()
    }

    fn around(&self) -> &'s [u8] {
        let end = (self.secret.end + AROUND).min(self.text.len());
        self.text.get(self.secret.start.saturating_sub(AROUND)..end).unwrap_or_default()
    }

    fn line(&self) -> &'s [u8] {
        let (before, behind) = (self.text.get(..self.matched.start), self.text.get(self.matched.end..));
        let start = memchr::memrchr(b'\n', before.unwrap_or_default()).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', behind.unwrap_or_default()).map_or(self.text.len(), |at| self.matched.end + at);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Whether it stands in a text for people, or in a comment that explains an interface.
    fn is_told(&self) -> bool {
        TextKind::of(self.path) == TextKind::Prose || self.line().trim_ascii_start().starts_with(b"* ")
    }

    /// Whether the secret is a word of its own: no letter, digit or `_` beside it, but for the end of an escape.
    fn stands_alone(&self, named: bool) -> bool {
        let is_word = |at: Option<usize>| {
            let byte = at.and_then(|at| self.text.get(at));
            byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
        };
        let before = self.text.get(..self.secret.start).unwrap_or_default();
        let before = before.get(before.len().saturating_sub(12)..).unwrap_or_default();
        let escaped = ends_with_escape(before);
        let before = is_word(self.secret.start.checked_sub(1)) && !escaped;
        let behind = is_word(Some(self.secret.end));
        // In a program one text begins right behind another: there one side is enough.
        let sides = usize::from(!before) + usize::from(!behind);
        sides == 2 || sides == 1 && !named && self.in_program()
    }

    /// Whether it stands in a program, where one text begins right behind another.
    fn in_program(&self) -> bool {
        memchr::memchr(0, self.text.get(..self.text.len().min(4096)).unwrap_or_default()).is_some()
    }
}

/// Whether a text ends with an escape, so that its last letter or digit belongs to that.
fn ends_with_escape(text: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match text {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0'] => true,
        [.., b'\\', b'x', hi, lo] | [.., b'%' | b'=', hi, lo] if hex(&[*hi, *lo]) => true,
        _ => {
            let unicode = text
                .last_chunk::<6>()
                .is_some_and(|six| six.starts_with(b"\\u") && hex(six.get(2..).unwrap_or_default()));
            // The colours of a terminal: `\x1b[32m`.
            let colour = text.strip_suffix(b"m").is_some_and(|rest| {
                let digits = rest.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b';').count();
                digits > 0 && rest.len().checked_sub(digits + 1).and_then(|at| rest.get(at)) == Some(&b'[')
            });
            unicode || colour
        }
    }
}

/// What a match has to be beyond matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A secret in the form of our rules: a word of its own, and nothing made up.
    Secret,
    /// A secret in a form that any other rule knows better.
    General,
    /// A rule of another tool, which says for itself what counts.
    Foreign,
    /// A word of the project.
    Term,
    /// Words that tell an agent what to do.
    Phrase,
}

/// A pattern and its keywords.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a key of the rule as it is written")]
pub(super) struct Matcher {
    pub(super) rule: RuleId,
    /// What it finds, in words.
    pub(super) title: String,
    pub(super) kind: Kind,
    /// Every match holds one of them; where there are none, all of a text is searched.
    pub(super) keywords: Vec<String>,
    /// What stands around every match.
    pub(super) with: Company,
    /// One of these words stands before a keyword that begins with a blank.
    pub(super) led: Vec<String>,
    /// One of these stands in every match behind the keyword, before a blank, a quote, a bracket, a comma or a slash.
    pub(super) then: Vec<String>,
    pub(super) pattern: Patterns,
    /// The group that is the secret; the first one that took part where this is none.
    pub(super) group: Option<usize>,
    /// How far before and behind a keyword the pattern is tried.
    pub(super) reach: (usize, usize),
    pub(super) entropy: f64,
    /// What its base64 parts have to say, in any of them; where this is none, they may say anything.
    pub(super) claims: Patterns,
    pub(super) checksum: bool,
    pub(super) allow: Vec<Allowance>,
    /// Only files whose path matches.
    pub(super) paths: Patterns,
    /// Whether it came with a project: then it adds to what is found, and takes nothing from other rules.
    pub(super) extra: bool,
    /// Whether it may be without a row of letters and digits.
    pub(super) short: bool,
    /// Whether only a name beside it says that it is a secret: in documentation that is weak evidence.
    pub(super) named: bool,
}

/// Why a match may be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// There is no reason to doubt.
    None,
    /// It is an example that explains something, by all appearances.
    Told,
    /// A checksum that should hold does not.
    Checksum,
}

/// A match that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) secret: Range<usize>,
    pub(super) doubt: Doubt,
}

impl Matcher {
    /// The matches that count in the parts `windows` of `text`.
    pub(super) fn matches(&self, text: &[u8], path: &str, windows: &[Range<usize>]) -> Vec<Counted> {
        let mut found = Vec::new();
        let mut values: HashMap<&[u8], usize> = HashMap::new();
        // Where the path is not known yet, more is found rather than less.
        if !self.paths.texts.is_empty() && !path.is_empty() && !self.paths.is_match(path.as_bytes()) {
            return found;
        }
        let Some(regex) = self.pattern.get() else {
            // A pattern nobody can read denies too much, never too little.
            let all = windows.iter().take(MOST.0);
            return all.map(|window| Counted { secret: window.clone(), doubt: Doubt::None }).collect();
        };
        let mut captures = regex.create_captures();
        for window in windows {
            let mut from = window.start;
            while from < window.end && values.len() < MOST.1 {
                let input = Input::new(text).span(from..window.end);
                regex.search_captures(&input, &mut captures);
                let Some(matched) = captures.get_match() else { break };
                let groups = 1..captures.group_len();
                let group =
                    self.group.or_else(|| groups.into_iter().find(|group| captures.get_group(*group).is_some()));
                let secret = captures.get_group(group.unwrap_or(0)).map_or(matched.range(), |span| span.range());
                let sight = Sight { text, path, matched: matched.range(), secret };
                let Some(counted) = self.counts(&sight) else {
                    // What does not count may hide what does: the search goes on inside it. A long one is not tried
                    // again at every byte, which would take time for each of its bytes.
                    let next = sight.secret.start.max(matched.start()) + 1 + matched.len() / 16;
                    from = next.min(matched.end()).max(from + 1);
                    continue;
                };
                from = matched.end().max(from + 1);
                let places = values.entry(sight.secret()).or_default();
                *places += 1;
                if *places <= MOST.0 {
                    found.push(counted);
                }
                // What is said to agents counts once in a text.
                if self.kind == Kind::Phrase {
                    return found;
                }
            }
        }
        found
    }

    /// Whether what follows a keyword at `at` goes on as every match does.
    pub(super) fn goes_on(&self, text: &[u8], at: usize) -> bool {
        if self.then.is_empty() {
            return true;
        }
        let rest = text.get(at..).unwrap_or_default();
        let rest = rest.get(..rest.len().min(self.reach.1)).unwrap_or_default();
        // The keyword itself may end with slashes.
        let own = rest.iter().take_while(|byte| matches!(byte, b':' | b'/' | b'\\')).count();
        let stops = |byte: &u8| STOPS.get(usize::from(*byte)).is_some_and(|stops| *stops);
        let rest = rest.get(own..).unwrap_or_default();
        let word = rest.get(..rest.iter().position(stops).unwrap_or(rest.len())).unwrap_or_default();
        // They are so short that a searcher is not worth preparing.
        let holds = |then: &String| {
            let Some(first) = then.as_bytes().first() else { return true };
            memchr::memchr_iter(*first, word)
                .any(|at| word.get(at..).is_some_and(|rest| rest.starts_with(then.as_bytes())))
        };
        self.then.iter().any(holds)
    }

    /// Whether what stands before a keyword at `at` leads up to it as in every match.
    pub(super) fn comes_from(&self, text: &[u8], at: usize) -> bool {
        if self.led.is_empty() || text.get(at) != Some(&b' ') {
            return true;
        }
        let mut before = text.get(at.saturating_sub(self.reach.0)..at).unwrap_or_default();
        loop {
            before = match before {
                [rest @ .., b'\\', b'n' | b'r' | b't'] => rest,
                [rest @ .., last] if !last.is_ascii_alphanumeric() => rest,
                _ => break,
            };
        }
        // Most are told by their last letter.
        let Some(last) = before.last() else { return false };
        let ends = |word: &String| {
            word.as_bytes().last().is_some_and(|own| own.eq_ignore_ascii_case(last))
                && before
                    .len()
                    .checked_sub(word.len())
                    .and_then(|from| before.get(from..))
                    .is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
        };
        self.led.iter().any(ends)
    }

    /// Whether a window is worth trying. That is far cheaper than the pattern, which may never have to be compiled.
    pub(super) fn is_worth(&self, text: &[u8], window: &Range<usize>, words: &mut Words) -> bool {
        self.with.is_there(text, window, words)
    }

    fn counts(&self, sight: &Sight<'_>) -> Option<Counted> {
        let secret = sight.secret();
        let certain = self.checksum && value::crc32_holds(secret);
        let ours = matches!(self.kind, Kind::Secret | Kind::General);
        if secret.is_empty() || self.kind == Kind::Term && !super::term::is_whole(sight.text, &sight.secret) {
            return None;
        }
        if !certain {
            let dull = self.entropy > 0.0 && value::entropy(secret) < self.entropy;
            let plain = ours && !self.short && !rows::any(sight.text.get(sight.matched.clone()).unwrap_or_default());
            if plain || dull || ours && (!sight.stands_alone(self.named) || value::is_made_up(secret)) {
                return None;
            }
        }
        let claims = |part: &[u8]| encoded::url_safe(part).is_some_and(|said| self.claims.is_match(&said));
        if !self.claims.texts.is_empty() && !secret.split(|b| *b == b'.').any(claims) {
            return None;
        }
        if self.allow.iter().any(|allowance| allowance.holds(sight)) {
            return None;
        }
        let doubt = if self.checksum && !certain {
            Doubt::Checksum
        } else if self.named && sight.is_told() {
            Doubt::Told
        } else {
            Doubt::None
        };
        Some(Counted { secret: sight.secret.clone(), doubt })
    }

    /// Whether it finds words that may be read by anybody, not values.
    pub(super) fn is_words(&self) -> bool {
        match self.kind {
            Kind::Term | Kind::Phrase => true,
            Kind::Secret | Kind::General | Kind::Foreign => false,
        }
    }

    /// Whether it looks at the path of a file.
    pub(super) fn minds_paths(&self) -> bool {
        let allowed = self.allow.iter().any(|allowance| !allowance.paths.texts.is_empty());
        allowed || !self.paths.texts.is_empty()
    }

    /// What is wrong with its patterns, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        let all = self.allow.iter().flat_map(|allowance| [&allowance.patterns, &allowance.paths]);
        let broken =
            [&self.pattern, &self.paths, &self.claims].into_iter().chain(all).filter(|one| !one.texts.is_empty());
        broken.into_iter().find_map(Patterns::fault).or_else(|| {
            let groups =
                self.pattern.get().map_or(0, |regex| regex.group_info().group_len(regex_automata::PatternID::ZERO));
            self.group.filter(|group| *group >= groups).map(|group| format!("there is no group {group} in it"))
        })
    }
}
