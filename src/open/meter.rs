//! The budget of one audit: charged before the work, shared by everything that lies inside.

use std::cell::Cell;

use crate::model::{Finding, Limits, Place};

use super::rules;

/// What has been used of the limits. Charged on one thread, in the order of the artifact: so it ends at the same
/// place on every machine.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    packed: u64,
    allowed: u64,
    unpacked: Cell<u64>,
    entries: Cell<u64>,
}

impl Meter {
    /// A fresh budget for an artifact of `packed` bytes.
    #[must_use]
    pub fn new(limits: Limits, packed: u64) -> Self {
        Self { limits, packed, allowed: limits.unpacked_from(packed), unpacked: Cell::new(0), entries: Cell::new(0) }
    }

    /// The limits behind it.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many bytes were charged.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.unpacked.get()
    }

    /// How many bytes may still be unpacked.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.allowed.saturating_sub(self.unpacked.get())
    }

    /// How many entries may still be read.
    #[must_use]
    pub fn entries_left(&self) -> u64 {
        self.limits.entries.saturating_sub(self.entries.get())
    }

    /// Charges one entry of `bytes`.
    ///
    /// # Errors
    /// The finding to report where a limit is reached; nothing more may be read then.
    pub fn charge(&self, bytes: u64) -> Result<(), Box<Finding>> {
        self.entries.set(self.entries.get() + 1);
        self.unpacked.set(self.unpacked.get().saturating_add(bytes));
        if self.entries.get() > self.limits.entries {
            return Err(limit(format!("more than {} entries: the rest was not read", self.limits.entries)).into());
        }
        if self.unpacked.get() > self.allowed { Err(self.too_much().into()) } else { Ok(()) }
    }

    /// What is said where the bytes are more than may be unpacked.
    pub(super) fn too_much(&self) -> Finding {
        let from = if self.allowed < self.limits.unpacked {
            format!(" from an artifact of {}", self.packed)
        } else {
            String::new()
        };
        limit(format!("more than {} bytes unpacked{from}: the rest was not read", self.allowed))
    }
}

/// A limit that was reached, for the artifact as a whole.
pub(super) fn limit(message: String) -> Finding {
    Finding::new(&rules::LIMIT.id, Place::whole(), message).unread()
}
