//! The registry a package goes to, and who said so.

use super::Registry;

/// The registry that was chosen for a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Which.
    pub registry: Registry,
    /// What named it, for people.
    pub named_by: String,
    /// Whether the user named it, and not the package alone: only then may it get a token that is bound to no host.
    pub vouched: bool,
}
