//! Why a credential can't be had, or not be used.

use std::io;

use crate::secret::SourceError;

/// What stops a credential; none of its texts holds one.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// What should be a secret can be none.
    #[error("{source_name} {fault}; write the bare token into it, and nothing else")]
    Form {
        /// Where it came from.
        source_name: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// A file or a descriptor can't be read.
    #[error("{place} can't be read: {source}")]
    Read {
        /// Which.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// A descriptor that can't be taken.
    #[error("descriptor {number} can't be read for a token: {why}")]
    Descriptor {
        /// Which.
        number: u32,
        /// Why.
        why: String,
    },
    /// A registry that others could listen to.
    #[error("no credential is sent to {registry}, where it could be read on the way; use https")]
    Insecure {
        /// Its address.
        registry: String,
    },
    /// A token for whatever registry is chosen, and a package that chose it.
    #[error(
        "{named_by} names the registry {registry}, and the token could be for another one; say --registry {registry}"
    )]
    Unvouched {
        /// Its address.
        registry: String,
        /// What named it.
        named_by: String,
    },
    /// A client certificate.
    #[error("{place} asks for a client certificate, which lastlook does not support; use a token for this registry")]
    Certificate {
        /// Where.
        place: String,
    },
    /// The handing over failed.
    #[error("credentials can't be taken out of the environment, so nothing was started: {source}")]
    Handover {
        /// Why.
        source: io::Error,
    },
    /// An address that gets no request token.
    #[error("ACTIONS_ID_TOKEN_REQUEST_URL is no https address, so no identity was asked for")]
    RequestUrl,
    /// An identity that is meant for somebody else.
    #[error("NPM_ID_TOKEN is not made for this registry; let the job ask for one with the audience {audience}")]
    Audience {
        /// What it should say.
        audience: String,
    },
    /// The place that gives identities did not answer as it should.
    #[error("the job's identity could not be had from GitHub: {answer}; the job needs `permissions: id-token: write`")]
    Identity {
        /// What it said.
        answer: String,
    },
    /// The registry gives no token for the identity.
    #[error("{registry} gives {package} no token for the identity of this job ({answer}); {advice}")]
    Exchange {
        /// The registry.
        registry: String,
        /// The package.
        package: String,
        /// The status, and what it said.
        answer: String,
        /// What to do.
        advice: &'static str,
    },
}

impl From<SourceError> for CredentialError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Read { place, source } => Self::Read { place, source },
            SourceError::Descriptor { number, why } => Self::Descriptor { number, why },
        }
    }
}
