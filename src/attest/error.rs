//! Why an attestation can't be made.

use std::io;

use crate::secret::SourceError;

/// What stops a key or an attestation; none of its texts holds a key.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// A key can't be read.
    #[error("{place} can not be read: {source}")]
    Read {
        /// Where it is.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// A descriptor that no key is read from.
    #[error("descriptor {number} can not be read: {why}")]
    Descriptor {
        /// Its number.
        number: u32,
        /// Why.
        why: String,
    },
    /// What should be a key can be none.
    #[error("{place} holds no key that can be used: {why}")]
    Key {
        /// Where it is.
        place: String,
        /// What is wrong, and the way out.
        why: &'static str,
    },
    /// There is a file where one is to be written.
    #[error("{0} is there already, and is not written over; name another file, or take that one away")]
    Exists(String),
    /// A file can't be written.
    #[error("{place} can not be written: {source}")]
    Write {
        /// Where it is.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers to make a key or a signature with; try again on another machine")]
    Random,
    /// A fault of ours.
    #[error("the attestation could not be made, which is a fault of lastlook; please report it ({0})")]
    Fault(&'static str),
}

impl From<SourceError> for AttestError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Read { place, source } => Self::Read { place, source },
            SourceError::Descriptor { number, why } => Self::Descriptor { number, why },
        }
    }
}
