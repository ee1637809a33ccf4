//! Path rules -> findings. The rules are data; a file's content decides where its name is not enough.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::bytes::Regex;

use super::Found;
use crate::model::{EntryPath, Finding, Level, Place, Rule, RuleId};

/// The rules that ship with lastlook.
const BUILT_IN: &str = include_str!("../../rules/paths.toml");

/// Why a file of rules can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not the form described in rules/README.md.
    #[error("the rules do not parse: {0}")]
    Form(#[from] Box<toml::de::Error>),
    /// A glob or a pattern that does not compile.
    #[error("{rule}: {why}")]
    Pattern {
        /// The rule.
        rule: String,
        /// What is wrong.
        why: String,
    },
    /// An example that comes out wrong.
    #[error("{rule}: {path} should {} found", if *.expected { "be" } else { "not be" })]
    Example {
        /// The rule.
        rule: String,
        /// The example.
        path: String,
        /// Whether it should be found.
        expected: bool,
    },
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    rule: Vec<RawRule>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    title: String,
    why: String,
    help: String,
    closed: Level,
    open: Level,
    files: Vec<String>,
    but: Vec<String>,
    hits: Vec<String>,
    misses: Vec<String>,
    #[serde(default)]
    content: Vec<RawContent>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawContent {
    files: Vec<String>,
    deny: String,
    otherwise: Level,
    hits: Vec<RawExample>,
    misses: Vec<RawExample>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExample {
    path: String,
    text: String,
}

/// One rule, ready to use.
struct PathRule {
    rule: Rule,
    contents: Vec<Content>,
    raw: RawRule,
}

struct Content {
    deny: Regex,
    otherwise: Level,
}

/// What a glob belongs to.
#[derive(Clone, Copy)]
enum Part {
    Files(usize),
    But(usize),
    Content(usize, usize),
}

/// All path rules, matched in one go.
pub struct PathRules {
    rules: Vec<PathRule>,
    globs: GlobSet,
    parts: Vec<Part>,
}

impl PathRules {
    /// The rules that ship with lastlook.
    ///
    /// # Errors
    /// When they are broken, which the tests rule out.
    pub fn built_in() -> Result<Self, RuleError> {
        Self::parse(BUILT_IN)
    }

    /// The text of the rules that ship with lastlook, for the digest of a policy.
    #[must_use]
    pub fn text() -> &'static str {
        BUILT_IN
    }

    /// Reads rules in the form of rules/README.md.
    ///
    /// # Errors
    /// When the text has another form, or a glob or pattern does not compile.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let file: RawFile = toml::from_str(text).map_err(Box::new)?;
        let mut globs = GlobSetBuilder::new();
        let mut parts = Vec::new();
        let mut rules = Vec::new();
        for (number, raw) in file.rule.into_iter().enumerate() {
            let fault = |why: String| RuleError::Pattern {
                rule: raw.id.clone(),
                why,
            };
            let id = RuleId::parse(&raw.id)
                .ok_or_else(|| fault("an id has the form family/name".to_owned()))?;
            let mut add = |list: &[String], part: Part| -> Result<(), RuleError> {
                for text in list {
                    globs.add(glob(text).map_err(|error| fault(error.to_string()))?);
                    parts.push(part);
                }
                Ok(())
            };
            add(&raw.files, Part::Files(number))?;
            add(&raw.but, Part::But(number))?;
            let mut contents = Vec::new();
            for (index, content) in raw.content.iter().enumerate() {
                add(&content.files, Part::Content(number, index))?;
                let deny = Regex::new(&content.deny).map_err(|error| fault(error.to_string()))?;
                contents.push(Content {
                    deny,
                    otherwise: content.otherwise,
                });
            }
            let rule = Rule {
                id,
                title: raw.title.clone().into(),
                why: raw.why.clone().into(),
                help: raw.help.clone().into(),
                closed: raw.closed,
                open: raw.open,
            };
            rules.push(PathRule {
                rule,
                contents,
                raw,
            });
        }
        let globs = globs.build().map_err(|error| RuleError::Pattern {
            rule: "paths".to_owned(),
            why: error.to_string(),
        })?;
        Ok(Self {
            rules,
            globs,
            parts,
        })
    }

    /// The rules themselves.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|rule| &rule.rule)
    }

    /// Judges the path of an entry, and its content where a rule asks for it.
    pub fn inspect(&self, path: &EntryPath, bytes: &[u8], found: &mut Found<'_>) {
        for finding in self.findings(path.as_str(), bytes, &found.place()) {
            found.seen.findings.push(finding);
        }
    }

    fn findings(&self, path: &str, bytes: &[u8], place: &Place) -> Vec<Finding> {
        let matched: Vec<Part> = self
            .globs
            .matches(path)
            .into_iter()
            .filter_map(|at| self.parts.get(at).copied())
            .collect();
        if matched.is_empty() {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            if matched
                .iter()
                .any(|part| matches!(part, Part::But(at) if *at == number))
            {
                continue;
            }
            let named = matched
                .iter()
                .any(|part| matches!(part, Part::Files(at) if *at == number));
            let judged = matched.iter().filter_map(|part| match part {
                Part::Content(at, index) if *at == number => rule.contents.get(*index),
                Part::Content(..) | Part::Files(_) | Part::But(_) => None,
            });
            let level = judged
                .map(|content| {
                    if content.deny.is_match(bytes) {
                        Level::Deny
                    } else {
                        content.otherwise
                    }
                })
                .chain(named.then_some(Level::Deny))
                .max()
                .unwrap_or(Level::Allow);
            if level > Level::Allow {
                let mut finding =
                    Finding::new(&rule.rule.id, place.clone(), rule.rule.title.as_ref());
                if level < Level::Deny {
                    finding.message.push_str(", though none was seen in it");
                    finding.at_most = Some(level);
                }
                findings.push(finding);
            }
        }
        findings
    }

    /// Runs every rule's own examples, and says how many there were.
    ///
    /// # Errors
    /// The first example that comes out wrong.
    pub fn test(&self) -> Result<usize, RuleError> {
        let mut count = 0;
        for rule in &self.rules {
            let mut check = |path: &str, text: &str, expected: bool, grave: bool| {
                count += 1;
                let findings = self.findings(path, text.as_bytes(), &Place::at(path));
                let found = findings
                    .iter()
                    .any(|f| f.rule == rule.rule.id && (!grave || f.at_most.is_none()));
                if found == expected {
                    Ok(())
                } else {
                    Err(RuleError::Example {
                        rule: rule.raw.id.clone(),
                        path: path.to_owned(),
                        expected,
                    })
                }
            };
            for path in &rule.raw.hits {
                check(path, "", true, false)?;
            }
            for path in &rule.raw.misses {
                check(path, "", false, false)?;
            }
            for content in &rule.raw.content {
                for example in &content.hits {
                    check(&example.path, &example.text, true, true)?;
                }
                for example in &content.misses {
                    check(&example.path, &example.text, false, true)?;
                }
            }
        }
        Ok(count)
    }
}

/// A glob over installed paths: without a slash it matches in every folder, and case is ignored.
fn glob(text: &str) -> Result<globset::Glob, globset::Error> {
    let text = if text.contains('/') {
        text.to_owned()
    } else {
        format!("**/{text}")
    };
    GlobBuilder::new(&text)
        .literal_separator(true)
        .case_insensitive(true)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_example_comes_out_right() {
        let count = PathRules::built_in().and_then(|rules| rules.test());
        assert!(count.as_ref().is_ok_and(|count| *count > 100), "{count:?}");
    }

    #[test]
    fn a_file_whose_content_is_harmless_is_a_warning_or_nothing() {
        let rules = PathRules::built_in().unwrap();
        let level = |path: &str, text: &str| {
            let findings = rules.findings(path, text.as_bytes(), &Place::whole());
            findings.iter().map(|f| f.at_most).collect::<Vec<_>>()
        };
        assert_eq!(level(".npmrc", "save-exact=true"), [Some(Level::Warn)]);
        assert_eq!(level(".npmrc", "//r/:_authToken=abcdefghijk"), [None]);
        assert_eq!(level("ca.pem", "-----BEGIN CERTIFICATE-----"), []);
        assert_eq!(
            level("server.key", "-----BEGIN EC PRIVATE KEY-----"),
            [None]
        );
        assert_eq!(level("server.key", "\x01\x02"), [Some(Level::Warn)]);
    }
}
