//! The budget of one audit: charged before the work, shared by everything that lies inside.

use crate::model::{Finding, Limits, Place};

use super::rules;

/// What has been used of the limits.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    unpacked: u64,
    entries: u64,
}

impl Meter {
    /// A fresh budget.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, unpacked: 0, entries: 0 }
    }

    /// The limits behind it.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Charges one entry of `bytes`.
    ///
    /// # Errors
    /// The finding to report where a limit is reached; nothing more may be read then.
    pub fn charge(&mut self, bytes: u64) -> Result<(), Box<Finding>> {
        self.entries += 1;
        self.unpacked = self.unpacked.saturating_add(bytes);
        if self.entries > self.limits.entries {
            return Err(limit(format!("more than {} entries: the rest was not read", self.limits.entries)).into());
        }
        if self.unpacked > self.limits.unpacked {
            return Err(
                limit(format!("more than {} bytes unpacked: the rest was not read", self.limits.unpacked)).into()
            );
        }
        Ok(())
    }
}

/// A limit that was reached, for the artifact as a whole.
pub(super) fn limit(message: String) -> Finding {
    Finding::new(&rules::LIMIT.id, Place::whole(), message).unread()
}
