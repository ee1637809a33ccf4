//! A tarball → what a registry would show of it, without an audit: for whoever compares it with what was cleared before.

use super::document::{Document, Unfit};
use super::front::{Front, Tap};
use crate::model::{Entry, Finding, Limits};
use crate::open::{self, Buffer, Input, Meter, Sink};

/// Sees nothing. What is read here is no audit, and clears nothing.
struct Blind;

impl Sink<'_> for Blind {
    fn entry(&mut self, _: Entry<'_>) {}
    fn finding(&mut self, _: Finding) {}
}

impl Document {
    /// What a registry would show of `input`.
    ///
    /// # Errors
    /// When it has no package.json that everybody reads alike.
    pub fn shown(input: &Input, limits: Limits) -> Result<Self, Unfit> {
        let (mut front, mut buffer) = (Front::default(), Buffer::default());
        let meter = Meter::new(limits, input.len());
        let unpacked = open::unpack(input, &mut buffer, &limits);
        open::entries(unpacked, "package.tgz", &meter, &mut Tap { front: &mut front, sink: &mut Blind });
        Self::of(&front, &[])
    }
}
