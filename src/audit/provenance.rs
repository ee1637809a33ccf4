//! A provenance bundle → what would be published of it, written anew by us, and the statement in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Unfit;
use crate::model::{Entry, json};

/// What sigstore bundles are called.
const KINDS: &[&str] = &[
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
];

/// A provenance bundle. What is inspected of it is what is sent.
#[derive(Debug)]
pub struct Provenance {
    kind: &'static str,
    text: String,
    statement: Value,
}

impl Provenance {
    pub(super) fn read(raw: &[u8]) -> Result<Self, Unfit> {
        let form = |why: &str| Unfit::Provenance(why.to_owned());
        let bundle = json::strict(raw).map_err(|error| Unfit::Provenance(error.to_string()))?;
        let kind = bundle.get("mediaType").and_then(Value::as_str).unwrap_or_default();
        let kind = KINDS.iter().find(|known| **known == kind);
        let kind = kind.ok_or_else(|| form("its mediaType is not that of a sigstore bundle"))?;
        let envelope = bundle.get("dsseEnvelope").ok_or_else(|| form("it has no dsseEnvelope"))?;
        if envelope.get("payloadType").and_then(Value::as_str) != Some("application/vnd.in-toto+json") {
            return Err(form("its payload is no in-toto statement"));
        }
        let payload = envelope.get("payload").and_then(Value::as_str).unwrap_or_default();
        let payload = STANDARD.decode(payload).map_err(|_| form("its payload is not base64"))?;
        let statement = json::strict(&payload).map_err(|error| Unfit::Provenance(error.to_string()))?;
        Ok(Self { kind, text: bundle.to_string(), statement })
    }

    /// What kind of bundle it is.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The statement that it signs.
    #[must_use]
    pub const fn statement(&self) -> &Value {
        &self.statement
    }

    /// What is to be inspected: the text, and what readers will decode of it.
    pub(super) fn entries(&self) -> [Entry<'_>; 2] {
        let statement = serde_json::to_vec_pretty(&self.statement).unwrap_or_default();
        [
            Entry::rest("(provenance)", self.text.as_bytes().into()),
            Entry::rest("(provenance statement)", statement.into()),
        ]
    }
}
