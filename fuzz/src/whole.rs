//! An audit of some bytes, and what holds of every one: no fault of ours, nothing clear that was not read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use lastlook::audit::{Auditor, Rules};
use lastlook::judge::Policy;
use lastlook::model::{ArtifactReport, Digest, Verdict};

pub static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().expect("the rules are sound"));

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::built_in(None, RULES.book(), RULES.data()));

pub static POOL: LazyLock<rayon::ThreadPool> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread"));

/// A text that must not ship: whoever sees this map in what is clear has found a hole.
pub const CANARY: &[u8] =
    br#"{"version":3,"sources":["src/canary.ts"],"sourcesContent":["the canary\nsings"],"names":[],"mappings":"AAAA"}"#;

/// Audits `bytes` under the policy that holds without one.
pub fn audit(name: &str, bytes: Vec<u8>) -> ArtifactReport {
    let mut report = Auditor::new(&RULES, &POLICY, &POOL).listing(true).audit_bytes(name, bytes);
    let verdict = report.verdict();
    let artifact = report.artifacts.pop().expect("one report for one artifact");
    assert_eq!(verdict, artifact.verdict);
    for ruling in &artifact.rulings {
        assert!(!ruling.finding.message.starts_with("a fault in lastlook"), "{:?}", ruling.finding);
    }
    if verdict == Verdict::Clear {
        assert!(artifact.files > 0, "clear without a file");
        assert_eq!(artifact.exposure.bytes, 0, "clear, and gives {:?} away", artifact.carried);
    }
    artifact
}

/// What a plain reader sees: a path, and what lies there.
pub type Plain = (String, Vec<u8>);

/// Where the verdict is clear, what a plain reader sees was seen, at the same path and byte for byte.
pub fn assert_seen(artifact: &ArtifactReport, reader: &str, files: &[Plain]) {
    if artifact.verdict != Verdict::Clear {
        return;
    }
    let listed: BTreeSet<(&str, Digest)> =
        artifact.listing.iter().filter_map(|file| Some((file.path.as_str(), file.digest?))).collect();
    for (path, body) in files {
        assert!(!holds(body, CANARY), "clear, and {reader} sees the canary at {path:?}");
        let digest = lastlook::model::digest(body);
        assert!(
            listed.contains(&(path.as_str(), digest)),
            "clear, and {reader} sees {path:?} of {} bytes, which is not listed: {:?}",
            body.len(),
            artifact.listing
        );
    }
}

/// Whether `part` stands somewhere in `bytes`.
pub fn holds(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}
