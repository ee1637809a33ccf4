//! Rules in the form of gitleaks → matchers. What has no meaning here is an error that names it, never passed over.

use serde::Deserialize;
use toml::Value;

use super::TextRule;
use super::company::Company;
use super::filter::Filter;
use super::matcher::{Allowance, Kind, Matcher, Patterns, Target};
use crate::inspect::rules::{RuleError, fault};
use crate::model::{Level, Rule, RuleId};

/// A keyword anywhere in a text is enough for its pattern to be tried on all of it.
const REACH: (usize, usize) = (usize::MAX, usize::MAX);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawFile {
    #[serde(default, rename = "title")]
    _title: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    rules: Vec<RawRule>,
    allowlist: Option<RawAllow>,
    #[serde(default)]
    allowlists: Vec<RawAllow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawRule {
    id: String,
    description: Option<String>,
    regex: Option<String>,
    secret_group: Option<usize>,
    entropy: Option<f64>,
    #[serde(default)]
    keywords: Vec<String>,
    path: Option<String>,
    /// For people; they change nothing that is found.
    #[serde(default, rename = "tags")]
    _tags: Vec<String>,
    allowlist: Option<RawAllow>,
    #[serde(default)]
    allowlists: Vec<RawAllow>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawAllow {
    #[serde(default, rename = "description")]
    _description: Option<String>,
    condition: Option<String>,
    regex_target: Option<String>,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    target_rules: Vec<String>,
}

/// Whether `file` has that form.
pub(in crate::inspect) fn is_one(file: &toml::Table) -> bool {
    ["rules", "allowlist", "allowlists", "extend"].iter().any(|key| file.contains_key(*key))
}

/// Reads the rules in `file`.
pub(in crate::inspect) fn read(file: toml::Table) -> Result<Vec<TextRule>, RuleError> {
    for (key, why) in [
        ("extend", "rules can't be taken from elsewhere: name each file in [rules] extra"),
        ("minVersion", "it speaks of a version of another tool"),
    ] {
        if file.contains_key(key) {
            return Err(fault(key, why));
        }
    }
    let file: RawFile = Value::Table(file).try_into().map_err(Box::new)?;
    if file.rules.is_empty() {
        return Err(fault("rules", "there is no rule in this file"));
    }
    let shared: Vec<RawAllow> = file.allowlist.into_iter().chain(file.allowlists).collect();
    file.rules.into_iter().map(|rule| rule.read(&shared)).collect()
}

impl RawRule {
    fn read(self, shared: &[RawAllow]) -> Result<TextRule, RuleError> {
        let fault = |why: &str| fault(&self.id, why);
        let name = self.id.to_ascii_lowercase().replace('_', "-");
        let id =
            RuleId::parse(&format!("secret/{name}")).ok_or_else(|| fault("an id has letters, digits and dashes"))?;
        let regex = self.regex.clone().ok_or_else(|| {
            fault(
                "it has no regex: a rule about paths alone is written as [[rule]] with files, as rules/README.md says",
            )
        })?;
        let own = self.allowlist.iter().chain(&self.allowlists);
        let meant = |allow: &&RawAllow| allow.target_rules.is_empty() || allow.target_rules.contains(&self.id);
        let allow = own.chain(shared.iter().filter(meant)).map(|allow| allow.read(&fault)).collect::<Result<_, _>>()?;
        let title = self.description.clone().unwrap_or_else(|| self.id.clone());
        // Keywords that are too short for the filter would be missed: then every text is searched.
        let short = self.keywords.iter().any(|word| word.len() < Filter::SHORTEST || !word.is_ascii());
        let matcher = Matcher {
            rule: id.clone(),
            title: title.clone(),
            kind: Kind::Foreign,
            led: Vec::new(),
            with: Company::default(),
            then: Vec::new(),
            keywords: if short { Vec::new() } else { self.keywords.clone() },
            pattern: Patterns::new(vec![translated(&regex)]),
            group: self.secret_group.filter(|group| *group > 0),
            reach: REACH,
            entropy: self.entropy.unwrap_or(0.0),
            claims: Patterns::new(Vec::new()),
            checksum: false,
            allow,
            paths: Patterns::new(self.path.iter().cloned().collect()),
            extra: true,
            short: false,
            named: false,
        };
        if regex.is_empty() || !self.entropy.unwrap_or(0.0).is_finite() {
            return Err(fault("an empty regex, or an entropy that is no number, would find nothing"));
        }
        if let Some(why) = matcher.fault() {
            return Err(fault(&why));
        }
        let rule = Rule {
            id,
            title: title.into(),
            why: "A rule of this project, in [rules] extra of its policy.".into(),
            help: "take it out of what ships, and revoke it if it is a credential".into(),
            closed: Level::Deny,
            open: Level::Deny,
        };
        Ok(TextRule { rule, matcher, examples: Vec::new() })
    }
}

/// The same pattern for our engine, to which some doubled signs in a class say something else.
fn translated(regex: &str) -> String {
    regex.replace("&&", r"&\&").replace("--", r"-\-").replace("~~", r"~\~")
}

impl RawAllow {
    fn read(&self, fault: &impl Fn(&str) -> RuleError) -> Result<Allowance, RuleError> {
        let target = match self.regex_target.as_deref() {
            None | Some("secret") => Target::Secret,
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            Some(other) => return Err(fault(&format!("regexTarget {other:?} has no meaning here"))),
        };
        let all = match self.condition.as_deref() {
            None | Some("OR" | "or" | "||") => false,
            Some("AND" | "and" | "&&") => true,
            Some(other) => return Err(fault(&format!("condition {other:?} has no meaning here"))),
        };
        Ok(Allowance {
            target,
            patterns: Patterns::new(self.regexes.clone()),
            words: self.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect(),
            paths: Patterns::new(self.paths.clone()),
            all,
        })
    }
}
