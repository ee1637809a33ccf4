//! What a loop may use → whether there is any left. Every loop has one, so every loop ends.

use std::time::{Duration, Instant};

use super::model::Reply;

/// What a loop may use.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// How many turns.
    pub steps: u64,
    /// How many tokens.
    pub tokens: u64,
    /// How long.
    pub time: Duration,
    /// How much, in millionths of a dollar.
    pub cost: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 50, tokens: 1_000_000, time: Duration::from_mins(30), cost: 10_000_000 }
    }
}

/// What was used so far.
#[derive(Debug)]
pub struct Spent {
    started: Instant,
    steps: u64,
    tokens: u64,
    cost: u64,
}

impl Default for Spent {
    fn default() -> Self {
        Self { started: Instant::now(), steps: 0, tokens: 0, cost: 0 }
    }
}

impl Spent {
    /// Counts a reply.
    pub fn count(&mut self, reply: &Reply) {
        self.steps = self.steps.saturating_add(1);
        self.tokens = self.tokens.saturating_add(reply.tokens);
        self.cost = self.cost.saturating_add(reply.cost);
    }

    /// What there is nothing left of, in a word, if anything.
    #[must_use]
    pub fn over(&self, budget: &Budget) -> Option<&'static str> {
        let rows = [
            ("steps", self.steps >= budget.steps),
            ("tokens", self.tokens >= budget.tokens),
            ("time", self.started.elapsed() >= budget.time),
            ("cost", self.cost >= budget.cost),
        ];
        rows.iter().find(|(_, over)| *over).map(|(word, _)| *word)
    }
}
