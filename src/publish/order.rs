//! Several clearances → the same, each behind what it depends on, so that nobody finds a package before its dependencies.

use std::collections::BTreeSet;

use super::before::dependencies;
use crate::audit::Clearance;

/// Puts packages behind those they depend on, and leaves them as they are otherwise.
#[must_use]
pub fn in_order(clearances: Vec<Clearance>) -> Vec<Clearance> {
    let mut waiting = clearances;
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let names: BTreeSet<String> = waiting.iter().map(|one| one.document().name().to_owned()).collect();
        let free = |one: &Clearance| {
            let own = one.document().name();
            dependencies(one.document()).all(|(name, _)| name == own || !names.contains(name))
        };
        // In a circle, whatever comes first has to wait for somebody.
        let next = waiting.iter().position(free).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}
