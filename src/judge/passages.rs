//! The `[gate]` table: which writes besides a release may pass the gate.

use serde::Deserialize;

/// Whether tags may be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tagging {
    /// Never.
    #[default]
    Deny,
    /// To versions alone that are clear today.
    Cleared,
    /// To any.
    Allow,
}

/// Whether a write may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Passage {
    /// Never.
    #[default]
    Deny,
    /// Always.
    Allow,
}

/// What may pass; what is not named may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Passages {
    /// Words about versions that are out.
    pub deprecate: Passage,
    /// Tags that stand for other versions.
    pub dist_tag: Tagging,
    /// Versions, packages and stages that go.
    pub unpublish: Passage,
    /// Who owns a package.
    pub owner: Passage,
    /// Who may read a package.
    pub access: Passage,
    /// Stars.
    pub star: Passage,
    /// Teams and organisations.
    pub team: Passage,
    /// Tokens of the account.
    pub token: Passage,
    /// Which pipelines may publish a package by trust.
    pub trust: Passage,
}
