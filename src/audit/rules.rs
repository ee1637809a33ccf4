//! Every rule there is, and the data of those that are data.

use crate::inspect::{self, PathRules, RuleError};
use crate::judge::{self, Rulebook};
use crate::open;

/// Why the rules can't be used.
pub type RulesError = RuleError;

/// All rules, ready to use.
pub struct Rules {
    book: Rulebook,
    paths: PathRules,
}

impl Rules {
    /// The rules that ship with lastlook.
    ///
    /// # Errors
    /// When they are broken, which the tests rule out.
    pub fn built_in() -> Result<Self, RulesError> {
        let paths = PathRules::built_in()?;
        let coded = open::RULES.iter().chain(judge::RULES).cloned();
        let book = Rulebook::new(coded.chain(inspect::rules()).chain(paths.rules().cloned()));
        Ok(Self { book, paths })
    }

    /// The rules by id.
    #[must_use]
    pub fn book(&self) -> &Rulebook {
        &self.book
    }

    /// The rules about paths.
    #[must_use]
    pub fn paths(&self) -> &PathRules {
        &self.paths
    }

    /// The text of all rules that are data: part of the digest of a policy.
    #[must_use]
    pub fn text(&self) -> &'static str {
        PathRules::text()
    }
}
