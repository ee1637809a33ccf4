//! What is said to agents, as rules/README.md has it → one matcher for each phrase, with the examples it is tested by.

use serde::Deserialize;

use super::TextRule;
use super::company::Company;
use super::data::Example;
use super::filter::Filter;
use super::hidden;
use super::matcher::{Allowance, Kind, Matcher, Patterns, Target};
use super::value;
use crate::inspect::rules::{RuleError, fault};
use crate::model::{Level, Rule, RuleId};

/// What lies between two words: blanks, line breaks also where they are escaped, signs, the marks of a comment.
const GAP: &str = r"(?:[^0-9A-Za-z]|\\[nrt])+";

/// Where a word begins: also behind a line break that is escaped, and behind a colour of a terminal.
const BEGIN: &str = r"(?:\b|\\[nrt]|\[[0-9;]{1,8}m)";

/// How far before and behind a keyword a phrase is looked for, unless its rule says more.
const REACH: (usize, usize) = (128, 64);

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpeech {
    id: String,
    title: String,
    why: String,
    help: String,
    closed: Level,
    open: Level,
    phrase: Vec<RawPhrase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPhrase {
    says: String,
    keywords: Vec<String>,
    #[serde(default)]
    led: Vec<String>,
    #[serde(default)]
    with: Vec<Vec<String>>,
    pattern: String,
    reach: Option<usize>,
    #[serde(default)]
    accented: bool,
    #[serde(default)]
    beside: Vec<String>,
    hits: Vec<String>,
    misses: Vec<String>,
}

/// Reads a file that ships with lastlook.
pub(super) fn parse(text: &str) -> Result<Vec<TextRule>, RuleError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawFile {
        rule: Vec<RawSpeech>,
    }
    let file: RawFile = toml::from_str(text).map_err(Box::new)?;
    let rules = file.rule.into_iter().map(RawSpeech::read);
    Ok(rules.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// A rule of a project.
pub(in crate::inspect) fn spoken(row: toml::Value) -> Result<Vec<TextRule>, RuleError> {
    let raw: RawSpeech = row.try_into().map_err(Box::new)?;
    let mut rules = raw.read()?;
    for rule in &mut rules {
        rule.matcher.extra = true;
        if let Some(why) = rule.matcher.fault() {
            return Err(fault(rule.rule.id.as_str(), why));
        }
    }
    Ok(rules)
}

impl RawSpeech {
    fn read(self) -> Result<Vec<TextRule>, RuleError> {
        let fault = |why: &str| fault(&self.id, why);
        let id = RuleId::parse(&self.id).filter(|id| id.family() == "agent");
        let id = id.ok_or_else(|| fault("the id of a rule with phrases has the form agent/name"))?;
        let rule = Rule {
            id,
            title: self.title.into(),
            why: self.why.into(),
            help: self.help.into(),
            closed: self.closed,
            open: self.open,
        };
        let short = |phrase: &RawPhrase| phrase.keywords.iter().any(|word| word.len() < Filter::SHORTEST);
        if self.phrase.iter().any(|phrase| phrase.keywords.is_empty() || short(phrase)) {
            return Err(fault("a phrase needs keywords of at least three bytes, one of which stands in every match"));
        }
        Ok(self.phrase.into_iter().map(|phrase| phrase.read(&rule)).collect())
    }
}

impl RawPhrase {
    fn read(self, rule: &Rule) -> TextRule {
        let allow = (!self.beside.is_empty()).then(|| Allowance::of(Target::Around, self.beside));
        let (begin, rest) = self.pattern.strip_prefix(r"\b").map_or(("", &*self.pattern), |rest| (BEGIN, rest));
        let pattern = format!("(?i){begin}({})", rest.replace(' ', GAP));
        let matcher = Matcher {
            rule: rule.id.clone(),
            title: self.says,
            kind: Kind::Phrase,
            keywords: self.keywords,
            led: self.led,
            with: Company::of(&self.with),
            then: Vec::new(),
            pattern: Patterns::brief(vec![pattern]),
            group: Some(1),
            reach: (REACH.0, self.reach.unwrap_or(REACH.1)),
            entropy: 0.0,
            claims: Patterns::new(Vec::new()),
            checksum: false,
            allow: allow.into_iter().collect(),
            paths: Patterns::new(Vec::new()),
            extra: false,
            short: !self.accented,
            named: false,
        };
        let example = |hit: bool| move |text: String| Example { rule: rule.id.clone(), text, hit };
        let hits = self.hits.into_iter().map(example(true));
        let examples = hits.chain(self.misses.into_iter().map(example(false))).collect();
        TextRule { rule: rule.clone(), matcher, examples }
    }
}

/// Names what a phrase says, and shows it: the name is the same however its words are set.
pub(super) fn told(title: &str, text: &[u8]) -> (String, String) {
    let letters = text.iter().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    let letters: Vec<u8> = title.bytes().chain([0]).chain(letters.map(u8::to_ascii_lowercase)).collect();
    (value::name(&letters), hidden::quoted(text))
}
