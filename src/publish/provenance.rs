//! A provenance bundle from a file → what is sent beside the bytes, if it is about them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::audit::Clearance;
use crate::judge::hex;
use crate::model::json;

/// Why a bundle can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum ProvenanceError {
    /// It is not what it should be.
    #[error("the provenance bundle can not be used: {0}")]
    Form(String),
    /// It is about something else.
    #[error("the provenance bundle is about {found}, and what is published is {wanted}: make it for these very bytes")]
    Other {
        /// What it names.
        found: String,
        /// What it should name.
        wanted: String,
    },
}

/// A bundle, written anew by us.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) kind: String,
    pub(super) text: String,
}

impl Bundle {
    /// Reads the bundle that was cleared with `clearance`.
    pub(super) fn of(clearance: &Clearance) -> Result<Option<Self>, ProvenanceError> {
        let Some(raw) = clearance.provenance() else { return Ok(None) };
        let form = |why: &str| ProvenanceError::Form(why.to_owned());
        let bundle = json::strict(raw).map_err(|error| ProvenanceError::Form(error.to_string()))?;
        let kind = bundle.get("mediaType").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !kind.starts_with("application/vnd.dev.sigstore.bundle") {
            return Err(form("its mediaType is not that of a sigstore bundle"));
        }
        let envelope = bundle.get("dsseEnvelope").ok_or_else(|| form("it has no dsseEnvelope"))?;
        if envelope.get("payloadType").and_then(Value::as_str) != Some("application/vnd.in-toto+json") {
            return Err(form("its payload is no in-toto statement"));
        }
        let payload = envelope.get("payload").and_then(Value::as_str).unwrap_or_default();
        let payload = STANDARD.decode(payload).map_err(|_| form("its payload is not base64"))?;
        let statement = json::strict(&payload).map_err(|error| ProvenanceError::Form(error.to_string()))?;
        let [subject] = statement.get("subject").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) else {
            return Err(form("it is not about one subject"));
        };
        let name = subject.get("name").and_then(Value::as_str).unwrap_or_default();
        let digest = subject.get("digest").and_then(|digest| digest.get("sha512")?.as_str()).unwrap_or_default();
        let (wanted, sum) = (address(clearance), hash(clearance));
        if name != wanted || !digest.eq_ignore_ascii_case(&sum) {
            let shown =
                |name: &str, digest: &str| format!("{name} sha512:{}…", digest.chars().take(16).collect::<String>());
            return Err(ProvenanceError::Other { found: shown(name, digest), wanted: shown(&wanted, &sum) });
        }
        Ok(Some(Self { kind, text: bundle.to_string() }))
    }
}

/// The name that statements give a package.
fn address(clearance: &Clearance) -> String {
    let document = clearance.document();
    format!("pkg:npm/{}@{}", document.name().replacen('@', "%40", 1), document.version())
}

/// The sha512 in the form that statements write.
fn hash(clearance: &Clearance) -> String {
    let text = clearance.integrity().as_str().trim_start_matches("sha512-");
    STANDARD.decode(text).map(|bytes| hex(&bytes)).unwrap_or_default()
}
