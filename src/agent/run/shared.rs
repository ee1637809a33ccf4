//! One model → two conversations: the one that works, and the one that reviews what came of it.

use std::cell::RefCell;

use crate::agent::core::{Model, ModelFault, Reply, Turn};

/// The same model for whoever asks, one after the other.
pub(super) struct Shared<'s, 'm>(pub(super) &'s RefCell<Box<dyn Model + 'm>>);

impl Model for Shared<'_, '_> {
    fn name(&self) -> String {
        self.0.borrow().name()
    }

    fn turn(&mut self, turn: &Turn<'_>) -> Result<Reply, ModelFault> {
        // A tool is called when the turn before it is over, so nobody else has it.
        self.0.borrow_mut().turn(turn)
    }
}
