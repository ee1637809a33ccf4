//! The provenance that was cleared with an artifact → whether it is about that artifact.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::audit::Clearance;
use crate::judge::hex;

/// Why a bundle can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum ProvenanceError {
    /// It is not about one thing.
    #[error("the provenance bundle is not about one subject")]
    Subjects,
    /// It is about something else.
    #[error("the provenance bundle is about {found}, and what is published is {wanted}: make it for these very bytes")]
    Other {
        /// What it names.
        found: String,
        /// What it should name.
        wanted: String,
    },
}

/// Refuses a bundle that is about anything but what is published.
pub(super) fn check(clearance: &Clearance) -> Result<(), ProvenanceError> {
    let Some(provenance) = clearance.provenance() else { return Ok(()) };
    let subjects = provenance.statement().get("subject").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let [subject] = subjects else { return Err(ProvenanceError::Subjects) };
    let name = subject.get("name").and_then(Value::as_str).unwrap_or_default();
    let digest = subject.get("digest").and_then(|digest| digest.get("sha512")?.as_str()).unwrap_or_default();
    let (wanted, sum) = (address(clearance), hash(clearance));
    if name == wanted && digest.eq_ignore_ascii_case(&sum) {
        return Ok(());
    }
    let shown = |name: &str, sum: &str| format!("{name} sha512:{}…", sum.chars().take(16).collect::<String>());
    Err(ProvenanceError::Other { found: shown(name, digest), wanted: shown(&wanted, &sum) })
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
