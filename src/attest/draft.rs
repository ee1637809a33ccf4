//! A clearance and its report → what is said of them, and, once that is signed, two files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest as _, Sha256, Sha512};

use super::key::hex;
use super::statement::{
    CLEAR, Digests, PASSED, Resource, Results, STATEMENT, SUMMARY, Statement, Subject, Summary, TESTS, VERIFIER,
    Verifier,
};
use super::{AttestError, Key, envelope, purl};
use crate::audit::Clearance;
use crate::judge::Moment;
use crate::judge::Rulebook;
use crate::model::{ArtifactReport, Level, Report};

/// What can be said of an artifact that was cleared. Only a clearance makes one.
pub struct Draft {
    name: String,
    version: String,
    subject: Subject,
    time: Moment,
    /// The version of lastlook.
    tool: String,
    policy: String,
    digest: String,
    levels: Vec<String>,
    annotations: BTreeMap<String, serde_json::Value>,
    passed: Vec<String>,
    warned: Vec<String>,
}

/// Two envelopes: that it was cleared, and which rules it was cleared by.
pub struct Attestation {
    /// The summary, which names the other by its hash.
    pub envelope: Vec<u8>,
    /// The results, rule by rule.
    pub tests: Vec<u8>,
}

impl Draft {
    /// Collects what the audit of `report`, which ended at `time`, found out about the artifact of `clearance`.
    ///
    /// # Errors
    /// When the report is about something else, which is a fault of ours.
    pub fn of(clearance: &Clearance, report: &Report, book: &Rulebook, time: Moment) -> Result<Self, AttestError> {
        let is_it = |artifact: &&ArtifactReport| artifact.integrity.as_ref() == Some(clearance.integrity());
        let artifact = report.artifacts.iter().find(is_it).ok_or(AttestError::Fault("it was not reported"))?;
        let (name, version) = (clearance.document().name().to_owned(), clearance.document().version().to_owned());
        let digest = Digests::from([
            ("sha256".to_owned(), hex(&Sha256::digest(clearance.bytes()))),
            ("sha512".to_owned(), hex(&Sha512::digest(clearance.bytes()))),
        ]);
        let tool = clearance.tool().rsplit('/').next().unwrap_or_default().to_owned();
        // An exception is told like a warning: it is for the reader to ask about.
        let told = artifact.rulings.iter().filter(|ruling| ruling.waived.is_some() || ruling.level >= Level::Warn);
        let warned: BTreeSet<String> = told.map(|ruling| ruling.finding.rule.as_str().to_owned()).collect();
        let found: BTreeSet<&str> = artifact.rulings.iter().map(|ruling| ruling.finding.rule.as_str()).collect();
        let rules = book.iter().map(|rule| rule.id.as_str());
        // What is out there was not looked at.
        let rules = rules.filter(|rule| !rule.starts_with("site/") && !rule.starts_with("release/"));
        let profile = artifact.profile.word();
        let annotations = BTreeMap::from([
            ("profile".to_owned(), profile.into()),
            ("failOn".to_owned(), report.fail_on.word().into()),
            ("exceptions".to_owned(), artifact.counts().excepted.into()),
        ]);
        Ok(Self {
            subject: Subject { name: purl::of(&name, &version), digest },
            name,
            version,
            time,
            policy: format!("pkg:cargo/lastlook@{tool}#policy/{profile}"),
            digest: clearance.policy().trim_start_matches("sha256:").to_owned(),
            levels: levels(artifact, &found),
            annotations,
            passed: rules.filter(|rule| !found.contains(rule)).map(str::to_owned).collect(),
            warned: warned.into_iter().collect(),
            tool,
        })
    }

    /// The name of the package.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Signs it, for the one `registry` where it was published, if it was. `tests` is what the second file is called.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn sign(&self, key: &Key, registry: Option<&str>, tests: &str) -> Result<Attestation, AttestError> {
        let results = Results {
            result: if self.warned.is_empty() { PASSED } else { "WARNED" },
            configuration: vec![Resource { annotations: self.annotations.clone(), ..self.policy() }],
            passed_tests: self.passed.clone(),
            warned_tests: self.warned.clone(),
            failed_tests: Vec::new(),
        };
        let results = self.seal(TESTS, results, key)?;
        let beside = Digests::from([("sha256".to_owned(), hex(&Sha256::digest(&results)))]);
        let name = &self.subject.name;
        let summary = Summary {
            verifier: Verifier {
                id: VERIFIER.to_owned(),
                version: BTreeMap::from([("lastlook".to_owned(), self.tool.clone())]),
            },
            time_verified: self.time.to_string(),
            resource_uri: registry.map_or_else(|| name.clone(), |registry| purl::at(name, registry)),
            policy: self.policy(),
            input_attestations: vec![Resource {
                uri: purl::escaped(tests),
                digest: beside,
                annotations: BTreeMap::new(),
            }],
            verification_result: PASSED.to_owned(),
            verified_levels: self.levels.clone(),
        };
        Ok(Attestation { envelope: self.seal(SUMMARY, summary, key)?, tests: results })
    }

    fn seal(&self, kind: &str, predicate: impl Serialize, key: &Key) -> Result<Vec<u8>, AttestError> {
        let statement = Statement {
            kind: STATEMENT.to_owned(),
            subject: vec![self.subject.clone()],
            predicate_type: kind.to_owned(),
            predicate,
        };
        let text = serde_json::to_vec(&statement).map_err(|_| AttestError::Fault("a statement is no JSON"))?;
        envelope::seal(&text, key)
    }

    fn policy(&self) -> Resource {
        let digest = Digests::from([("sha256".to_owned(), self.digest.clone())]);
        Resource { uri: self.policy.clone(), digest, annotations: BTreeMap::new() }
    }
}

/// What holds of the artifact, whatever its policy lets pass.
fn levels(artifact: &ArtifactReport, found: &BTreeSet<&str>) -> Vec<String> {
    let without = |family: &str| !found.iter().any(|rule| rule.starts_with(family));
    let no_sources = artifact.exposure.embedded == 0 && artifact.loose.is_empty() && without("map/embedded-sources");
    let all = [
        (CLEAR, true),
        ("LASTLOOK_CANONICAL_ARCHIVE", without("archive/")),
        ("LASTLOOK_NO_EMBEDDED_SOURCES", no_sources),
        ("LASTLOOK_NO_FORBIDDEN_PATHS", without("path/")),
        ("LASTLOOK_NO_SECRETS", without("secret/")),
    ];
    all.iter().filter(|(_, holds)| *holds).map(|(level, _)| (*level).to_owned()).collect()
}
