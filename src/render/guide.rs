//! rules/fixes.toml → how to mend what a rule finds, tool by tool.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::model::RuleId;

const TEXT: &str = include_str!("../../rules/fixes.toml");

/// What to do about the findings of some rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fix {
    /// Their ids, or a family such as `secret/*`.
    rules: Vec<String>,
    /// The way out that needs no tool.
    pub(super) intro: Option<String>,
    #[serde(default, rename = "step")]
    pub(super) steps: Vec<Step>,
}

/// What to do in one tool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) tool: String,
    pub(super) text: String,
    /// As it stands in a file.
    pub(super) code: Option<String>,
    /// The language of the code.
    pub(super) language: Option<String>,
    /// The file that it goes into.
    pub(super) file: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixes {
    fix: Vec<Fix>,
}

/// What the guide says about this very rule.
pub(super) fn own(rule: &RuleId) -> Option<&'static Fix> {
    naming(rule.as_str())
}

/// What the guide says about all rules of a family that it does not name by themselves.
pub(super) fn family(family: &str) -> Option<&'static Fix> {
    naming(&format!("{family}/*"))
}

/// What to do about the findings of a rule in one tool, where the guide knows it.
#[must_use]
pub fn advice(rule: &str, tool: &str) -> Option<&'static str> {
    Some(naming(rule)?.steps.iter().find(|step| step.tool == tool)?.text.as_str())
}

fn naming(name: &str) -> Option<&'static Fix> {
    static FIXES: OnceLock<Fixes> = OnceLock::new();
    // That the file parses is held by a test; a page without its steps is still a page.
    let fixes = FIXES.get_or_init(|| toml::from_str(TEXT).unwrap_or_default());
    fixes.fix.iter().find(|fix| fix.rules.iter().any(|own| own == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Rules;

    #[test]
    fn every_rule_has_its_steps_and_every_row_a_rule() {
        let fixes: Fixes = toml::from_str(TEXT).unwrap();
        let rules = Rules::built_in().unwrap();
        for rule in rules.book().iter() {
            let fix = own(&rule.id).or_else(|| family(rule.id.family()));
            assert!(fix.is_some(), "{} has no row in rules/fixes.toml", rule.id);
        }
        for name in fixes.fix.iter().flat_map(|fix| &fix.rules) {
            let family = name.strip_suffix("/*");
            let known = |family: &str| rules.book().iter().any(|rule| rule.id.family() == family);
            assert!(family.map_or_else(|| rules.book().find(name).is_some(), known), "{name} is no rule");
        }
        for step in fixes.fix.iter().flat_map(|fix| &fix.steps) {
            assert!(step.code.is_none() || step.language.is_some(), "{}: code of which language?", step.tool);
        }
    }
}
