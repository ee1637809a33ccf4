//! Files of rules that a project brings → rules about paths and about texts, each in its own form.

use serde::Deserialize as _;

use super::path::RawPathRule;
use super::search::{self, TextRule};

/// Why rules can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not the form described in rules/README.md.
    #[error("the rules do not parse: {0}")]
    Form(#[from] Box<toml::de::Error>),
    /// Something in a rule that can't be used.
    #[error("{rule}: {why}")]
    Rule {
        /// The rule, or the key.
        rule: String,
        /// What is wrong.
        why: String,
    },
    /// An example that comes out wrong.
    #[error("{rule}: {example} should {} found", if *.expected { "be" } else { "not be" })]
    Example {
        /// The rule.
        rule: String,
        /// The example, or the ends of it.
        example: String,
        /// Whether it should be found.
        expected: bool,
    },
    /// What is wrong with a file.
    #[error("{name}: {why}")]
    File {
        /// The file.
        name: String,
        /// What is wrong.
        why: Box<RuleError>,
    },
}

/// The rules of one file.
#[derive(Default)]
pub struct RuleFile {
    pub(super) paths: Vec<RawPathRule>,
    pub(super) texts: Vec<TextRule>,
}

impl RuleFile {
    /// Reads rules in our own form, or in that of gitleaks.
    ///
    /// # Errors
    /// When something in the file has no meaning here.
    pub fn read(text: &str) -> Result<Self, RuleError> {
        let mut file: toml::Table = toml::from_str(text).map_err(Box::new)?;
        if search::is_gitleaks(&file) {
            return Ok(Self { paths: Vec::new(), texts: search::gitleaks(file)? });
        }
        let Some(toml::Value::Array(rows)) = file.remove("rule") else {
            return Err(fault("rule", "a file of rules holds [[rule]] tables, as rules/README.md says"));
        };
        if let Some(other) = file.keys().next() {
            return Err(fault(other, "there is no such key in a file of rules"));
        }
        if rows.is_empty() {
            return Err(fault("rule", "there is no rule in this file"));
        }
        let mut rules = Self::default();
        for row in rows {
            let id = row.get("id").and_then(toml::Value::as_str).unwrap_or_default();
            if ["archive/", "audit/", "policy/"].iter().any(|family| id.starts_with(family)) {
                return Err(fault(id, "what is found in this family is not told by rules that are data"));
            }
            if row.get("files").is_some() {
                rules.paths.push(RawPathRule::deserialize(row).map_err(Box::new)?);
            } else if row.get("phrase").is_some() {
                rules.texts.extend(search::spoken(row)?);
            } else {
                rules.texts.push(search::own(row)?);
            }
        }
        Ok(rules)
    }
}

pub(super) fn fault(rule: &str, why: impl Into<String>) -> RuleError {
    RuleError::Rule { rule: rule.to_owned(), why: why.into() }
}
