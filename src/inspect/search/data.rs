//! Rules about texts as they are written in rules/README.md → matchers, with the examples they are tested by.

use serde::Deserialize;

use super::TextRule;
use super::company::Company;
use super::filter::Filter;
use super::matcher::{Allowance, Kind, Matcher, Patterns, Target};
use crate::inspect::rules::{RuleError, fault};
use crate::model::{Level, Rule, RuleId};

/// What lies between a name and its value, in code, in JSON, in shells: the rest of the name, a sign, a quote.
const IS: &str = r#"[\w.-]{0,40}(?:\\?["'`\]]){0,3}\s{0,8}(?:=>|:=|==?=?|:|,|\(|\|\||\?\?)\s{0,8}(?:\\?["'`(]){0,3}"#;

/// How far before and behind a keyword a pattern is tried, unless its rule says more.
const REACH: (usize, usize) = (128, 512);

/// Keeps a made-up token in a rule from being taken for one: it is taken out before an example is used.
const BREAK: char = '·';

/// Why a secret matters, where its rule says no more.
pub(in crate::inspect) const WHY: &str =
    "Whoever gets the release can use it in your name, and what was published once is never forgotten.";

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTextRule {
    id: String,
    title: String,
    help: String,
    why: Option<String>,
    #[serde(default = "deny")]
    closed: Level,
    #[serde(default = "deny")]
    open: Level,
    keywords: Vec<String>,
    pattern: String,
    reach: Option<usize>,
    entropy: Option<f64>,
    checksum: Option<Checksum>,
    #[serde(default)]
    general: bool,
    #[serde(default)]
    short: bool,
    #[serde(default)]
    then: Vec<String>,
    #[serde(default)]
    claims: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    beside: Vec<String>,
    #[serde(default)]
    whole: Vec<String>,
    hits: Vec<String>,
    misses: Vec<String>,
}

/// A checksum that a token carries.
#[derive(Deserialize)]
enum Checksum {
    #[serde(rename = "crc32-base62")]
    Crc32,
}

fn deny() -> Level {
    Level::Deny
}

/// A text, and whether something must be found in it.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) rule: RuleId,
    pub(super) text: String,
    pub(super) hit: bool,
}

impl RawTextRule {
    /// The rule, its matcher and its examples.
    pub(super) fn read(self) -> Result<TextRule, RuleError> {
        let fault = |why: &str| fault(&self.id, why);
        let id = RuleId::parse(&self.id).filter(|id| matches!(id.family(), "secret" | "term" | "text"));
        let id = id.ok_or_else(|| fault("the id of a rule about texts has the form secret/name"))?;
        if self.keywords.is_empty() || self.keywords.iter().any(|word| word.len() < Filter::SHORTEST) {
            return Err(fault("a rule needs keywords of at least three bytes, one of which stands in every match"));
        }
        let lists = [(Target::Secret, self.allow), (Target::Around, self.beside), (Target::Match, self.whole)];
        let allow = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let matcher = Matcher {
            rule: id.clone(),
            title: self.title.clone(),
            // A rule that is not about secrets says for itself what counts, and is looked for everywhere.
            kind: match id.family() {
                "secret" if self.general => Kind::General,
                "secret" => Kind::Secret,
                _ => Kind::Foreign,
            },
            extra: false,
            led: Vec::new(),
            with: Company::default(),
            then: self.then,
            keywords: self.keywords,
            pattern: Patterns::new(vec![self.pattern.replace("{{is}}", IS)]),
            group: None,
            reach: (REACH.0, self.reach.unwrap_or(REACH.1)),
            entropy: self.entropy.unwrap_or(0.0),
            claims: Patterns::brief(self.claims),
            checksum: matches!(self.checksum, Some(Checksum::Crc32)),
            allow: allow.map(|(target, list)| Allowance::of(target, list)).collect(),
            paths: Patterns::new(Vec::new()),
            short: self.short,
            named: self.general || self.pattern.contains("{{is}}"),
        };
        let example = |hit: bool| {
            let rule = id.clone();
            move |text: String| Example { rule: rule.clone(), text: text.replace(BREAK, ""), hit }
        };
        let hits = self.hits.into_iter().map(example(true));
        let examples = hits.chain(self.misses.into_iter().map(example(false))).collect();
        let rule = Rule {
            id: id.clone(),
            title: self.title.into(),
            why: self.why.map_or(WHY.into(), Into::into),
            help: self.help.into(),
            closed: self.closed,
            open: self.open,
        };
        Ok(TextRule { rule, matcher, examples })
    }
}
