//! clearance → signed statement, and back.

mod draft;
mod envelope;
mod error;
mod key;
mod pem;
mod place;
mod purl;
mod statement;
mod verify;

pub use draft::{Attestation, Draft};
pub use envelope::MOST;
pub use error::AttestError;
pub use key::{Form, Key, PublicKey};
pub use place::{Place, beside};
pub use verify::{Expect, Refusal, Verified, verify};
