//! The form of what is signed: an in-toto statement about one version of a package.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of the statement.
pub(super) const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// What it says: that something was verified (a verification summary, as SLSA has it).
pub(super) const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";

/// What it says: which tests passed.
pub(super) const TESTS: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Who verified. A program of this name, and not whoever ran it: that is what the key tells.
pub(super) const VERIFIER: &str = "pkg:cargo/lastlook";

/// The word for what may go.
pub(super) const PASSED: &str = "PASSED";

/// What is said of all that was cleared.
pub(super) const CLEAR: &str = "LASTLOOK_CLEAR";

/// Hashes by the names of their kinds.
pub(super) type Digests = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statement<P> {
    #[serde(rename = "_type")]
    pub(super) kind: String,
    pub(super) subject: Vec<Subject>,
    pub(super) predicate_type: String,
    pub(super) predicate: P,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) digest: Digests,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) verifier: Verifier,
    pub(super) time_verified: String,
    pub(super) resource_uri: String,
    pub(super) policy: Resource,
    #[serde(default)]
    pub(super) input_attestations: Vec<Resource>,
    pub(super) verification_result: String,
    pub(super) verified_levels: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Verifier {
    pub(super) id: String,
    #[serde(default)]
    pub(super) version: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Resource {
    pub(super) uri: String,
    pub(super) digest: Digests,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Results {
    pub(super) result: &'static str,
    pub(super) configuration: Vec<Resource>,
    pub(super) passed_tests: Vec<String>,
    pub(super) warned_tests: Vec<String>,
    pub(super) failed_tests: Vec<String>,
}
