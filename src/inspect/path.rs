//! Path rules -> findings. The rules are data; a file's content decides where its name is not enough.

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::globs::Globs;
use super::rules::{RuleError, RuleFile, fault};
use crate::model::{Finding, Level, Place, Rule, RuleId};

/// The rules that ship with lastlook.
const BUILT_IN: &str = include_str!("../../rules/paths.toml");

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    rule: Vec<RawPathRule>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPathRule {
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
    raw: RawPathRule,
}

struct Content {
    pattern: String,
    deny: OnceLock<Option<Regex>>,
    otherwise: Level,
}

impl Content {
    /// Whether the content makes the file grave. A pattern that does not compile makes every file grave.
    fn is_grave(&self, bytes: &[u8]) -> bool {
        let deny = self.deny.get_or_init(|| Regex::new(&self.pattern).ok());
        deny.as_ref().is_none_or(|deny| deny.is_match(bytes))
    }
}

/// What a glob belongs to.
#[derive(Clone, Copy)]
enum Part {
    Files(usize),
    Content(usize, usize),
}

/// All path rules, matched in one go.
pub struct PathRules {
    rules: Vec<PathRule>,
    globs: Globs,
    parts: Vec<Part>,
    /// What is let pass, and by which rule: asked where something matched, which is rare.
    buts: Globs,
    passes: Vec<usize>,
}

impl PathRules {
    /// The rules that ship with lastlook.
    ///
    /// # Errors
    /// When they are broken, which the tests rule out.
    pub fn built_in() -> Result<Self, RuleError> {
        let file: RawFile = toml::from_str(BUILT_IN).map_err(Box::new)?;
        let mut all = Self {
            rules: Vec::new(),
            globs: Globs::default(),
            parts: Vec::new(),
            buts: Globs::default(),
            passes: Vec::new(),
        };
        all.add(file.rule)?;
        Ok(all)
    }

    /// The text of the rules that ship with lastlook, for the digest of a policy.
    #[must_use]
    pub fn text() -> &'static str {
        BUILT_IN
    }

    /// Takes the rules about paths in `file` too.
    ///
    /// # Errors
    /// When a glob or pattern does not compile.
    pub fn take(&mut self, file: &mut RuleFile) -> Result<(), RuleError> {
        for rule in &file.paths {
            let globs = || rule.files.iter().chain(rule.content.iter().flat_map(|content| &content.files));
            if globs().next().is_none() {
                return Err(fault(&rule.id, "a rule without files finds nothing"));
            }
            if let Some(glob) = globs().find(|glob| glob.starts_with("./") || glob.starts_with('/')) {
                return Err(fault(&rule.id, format!("{glob:?} matches nothing: paths begin with a name")));
            }
            for content in &rule.content {
                Regex::new(&content.deny).map_err(|error| fault(&rule.id, error.to_string()))?;
            }
        }
        self.add(std::mem::take(&mut file.paths))
    }

    fn add(&mut self, rows: Vec<RawPathRule>) -> Result<(), RuleError> {
        for raw in rows {
            let number = self.rules.len();
            let fault = |why: String| fault(&raw.id, why);
            let id = RuleId::parse(&raw.id).ok_or_else(|| fault("an id has the form family/name".to_owned()))?;
            for text in &raw.but {
                self.buts.add(text).map_err(|error| fault(error.to_string()))?;
                self.passes.push(number);
            }
            let mut add = |list: &[String], part: Part| -> Result<(), RuleError> {
                for text in list {
                    self.globs.add(text).map_err(|error| fault(error.to_string()))?;
                    self.parts.push(part);
                }
                Ok(())
            };
            add(&raw.files, Part::Files(number))?;
            let mut contents = Vec::new();
            for (index, content) in raw.content.iter().enumerate() {
                add(&content.files, Part::Content(number, index))?;
                let pattern = content.deny.clone();
                contents.push(Content { pattern, deny: OnceLock::new(), otherwise: content.otherwise });
            }
            let rule = Rule {
                id,
                title: raw.title.clone().into(),
                why: raw.why.clone().into(),
                help: raw.help.clone().into(),
                closed: raw.closed,
                open: raw.open,
            };
            self.rules.push(PathRule { rule, contents, raw });
        }
        Ok(())
    }

    /// Compiles the globs: best done while something else is read.
    pub fn prepare(&self) {
        // Where that fails, whoever asks for them is told.
        let _ = self.globs.prepare();
    }

    /// What matches `path`. Should the globs not compile together, though each does alone, every rule matches:
    /// that denies too much, and never too little.
    fn matched(&self, path: &str) -> Vec<Part> {
        match self.globs.matching(path) {
            Some(numbers) => numbers.into_iter().filter_map(|at| self.parts.get(at).copied()).collect(),
            None => self.parts.iter().filter(|part| matches!(part, Part::Files(_))).copied().collect(),
        }
    }

    /// The rules that let `path` pass: none, should their globs not compile together.
    fn passed(&self, path: &str) -> Vec<usize> {
        let numbers = self.buts.matching(path).unwrap_or_default();
        numbers.into_iter().filter_map(|at| self.passes.get(at).copied()).collect()
    }

    /// The rules themselves.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|rule| &rule.rule)
    }

    /// Judges the path of an entry at `place`, and its content where a rule asks for it.
    #[must_use]
    pub fn findings(&self, path: &str, bytes: &[u8], place: &Place) -> Vec<Finding> {
        let matched = self.matched(path);
        if matched.is_empty() {
            return Vec::new();
        }
        let passed = self.passed(path);
        let mut findings = Vec::new();
        for (number, rule) in self.rules.iter().enumerate().filter(|(number, _)| !passed.contains(number)) {
            let named = matched.iter().any(|part| matches!(part, Part::Files(at) if *at == number));
            let judged = matched.iter().filter_map(|part| match part {
                Part::Content(at, index) if *at == number => rule.contents.get(*index),
                Part::Content(..) | Part::Files(_) => None,
            });
            let level = judged
                .map(|content| if content.is_grave(bytes) { Level::Deny } else { content.otherwise })
                .chain(named.then_some(Level::Deny))
                .max()
                .unwrap_or(Level::Allow);
            if level > Level::Allow {
                let mut finding = Finding::new(&rule.rule.id, place.clone(), rule.rule.title.as_ref());
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
        self.globs
            .test()
            .and_then(|()| self.buts.test())
            .ok_or_else(|| fault("paths", "the globs do not compile together"))?;
        for rule in &self.rules {
            for content in &rule.contents {
                let broken = |error: regex::Error| fault(&rule.raw.id, error.to_string());
                Regex::new(&content.pattern).map_err(broken)?;
            }
            let mut check = |path: &str, text: &str, expected: bool, grave: bool| {
                count += 1;
                let findings = self.findings(path, text.as_bytes(), &Place::at(path));
                let found = findings.iter().any(|f| f.rule == rule.rule.id && (!grave || f.at_most.is_none()));
                if found == expected {
                    Ok(())
                } else {
                    Err(RuleError::Example { rule: rule.raw.id.clone(), example: path.to_owned(), expected })
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
        assert_eq!(level("server.key", "-----BEGIN EC PRIVATE KEY-----"), [None]);
        assert_eq!(level("server.key", "\x01\x02"), [Some(Level::Warn)]);
    }
}
