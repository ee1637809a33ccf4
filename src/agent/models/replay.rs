//! What was recorded → the same again, one reply after the other.

use std::collections::VecDeque;

use crate::agent::core::{Model, ModelFault, Reply, Turn};

/// Says again what was said once.
#[derive(Debug)]
pub struct Replay {
    replies: VecDeque<Reply>,
}

impl Replay {
    /// Gives `replies` back in their order.
    #[must_use]
    pub fn of(replies: Vec<Reply>) -> Self {
        Self { replies: replies.into() }
    }
}

impl Model for Replay {
    fn name(&self) -> String {
        "replay".to_owned()
    }

    fn turn(&mut self, _: &Turn<'_>) -> Result<Reply, ModelFault> {
        self.replies.pop_front().ok_or_else(|| ModelFault {
            model: "replay".to_owned(),
            why: "the recording has no further reply".to_owned(),
        })
    }
}
