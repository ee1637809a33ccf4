//! All rules there are, by id.

use std::collections::BTreeMap;

use crate::model::{Rule, RuleId};

/// Every rule that an artifact is judged by.
#[derive(Debug, Default)]
pub struct Rulebook {
    rules: BTreeMap<RuleId, Rule>,
}

impl Rulebook {
    /// The book of `rules`.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut book = Self::default();
        for rule in rules {
            // Who comes later can add to a rule, and not change its levels.
            book.rules.entry(rule.id.clone()).or_insert(rule);
        }
        book
    }

    /// The rule of this id.
    #[must_use]
    pub fn get(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// The rule of this name.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.get(&RuleId::parse(id)?)
    }

    /// The id that was most likely meant by a name that is none.
    #[must_use]
    pub fn nearest(&self, id: &str) -> Option<&RuleId> {
        let begun = self.rules.keys().find(|known| id.len() > 4 && known.as_str().starts_with(id));
        // A slip is looked for in as much of a name as was written.
        let far = |known: &str| {
            let start = known
                .char_indices()
                .nth(id.chars().count())
                .map_or(known, |(end, _)| known.get(..end).unwrap_or(known));
            distance(id, known).min(if id.len() > 8 { distance(id, start) + 1 } else { usize::MAX })
        };
        let scored = self.rules.keys().map(|known| (far(known.as_str()), known));
        begun.or_else(|| scored.min_by_key(|(far, _)| *far).filter(|(far, _)| *far <= 4).map(|(_, known)| known))
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }
}

/// How many letters must be changed, added or left out.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&row, j) + usize::from(x != *y);
            next.push(changed.min(at(&row, j + 1) + 1).min(at(&next, j) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        assert_eq!(distance("map/dangeling", "map/dangling"), 1);
        assert_eq!(distance("", "abc"), 3);
        let rule = |id| Rule::fixed(id, (Level::Deny, Level::Deny), "", "", "");
        let book = Rulebook::new([rule("map/dangling"), rule("map/embedded-sources"), rule("path/ci")]);
        let nearest = |id: &str| book.nearest(id).map(RuleId::as_str);
        assert_eq!(nearest("map/embeded"), Some("map/embedded-sources"));
        assert_eq!(nearest("map/dangeling"), Some("map/dangling"));
        assert_eq!(nearest("something/else"), None);
    }
}
