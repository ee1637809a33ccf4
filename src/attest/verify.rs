//! An attestation, keys and an artifact → what holds, or what does not.

use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};

use super::key::hex;
use super::statement::{CLEAR, Digests, PASSED, STATEMENT, SUMMARY, Statement, Summary, VERIFIER};
use super::{PublicKey, envelope, purl};
use crate::judge::Moment;
use crate::model::json;

/// Clocks may differ by as many seconds.
const SKEW: u64 = 300;

/// What an attestation has to say, besides being about the artifact.
#[derive(Debug, Clone)]
pub struct Expect {
    /// The name in the package.json of the artifact.
    pub name: String,
    /// The version there.
    pub version: String,
    /// The digest of the policy; any where there is none.
    pub policy: Option<String>,
    /// The registry where it was published; any or none where there is none.
    pub registry: Option<String>,
    /// When it was cleared at the earliest.
    pub oldest: Option<Moment>,
    /// The time that it is.
    pub now: Moment,
}

/// What an attestation says, where it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Which key signed it.
    pub keyid: String,
    /// The name and the version, as an address.
    pub package: String,
    /// When it was cleared.
    pub time: Moment,
    /// Where it was published, if it was.
    pub registry: Option<String>,
    /// The digest of the policy that cleared it.
    pub policy: String,
    /// The version of lastlook that did.
    pub tool: String,
    /// What it says of the artifact.
    pub levels: Vec<String>,
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The envelope is too long.
    #[error("the attestation is longer than any that lastlook writes")]
    Size,
    /// The envelope is none, or can be read in more ways than one.
    #[error("the attestation is no envelope that everybody reads alike: {}", short(.0))]
    Form(String),
    /// There is no signature, or there are several.
    #[error("the attestation has {0} signatures, and exactly one is needed")]
    Signatures(usize),
    /// Another key signed it.
    #[error("the attestation is signed with the key {}, which is none of those given; add --public-key", short(.0))]
    UnknownKey(String),
    /// The signature does not fit.
    #[error("the signature of the attestation is wrong: it was changed, or not signed with the key {0}")]
    Signature(String),
    /// The envelope holds something else.
    #[error("the attestation is signed, and holds {:?} where a statement is expected", short(.0))]
    Holds(String),
    /// The statement is none that lastlook makes.
    #[error("the statement in the attestation can not be read: {}", short(.0))]
    Statement(String),
    /// It says something else.
    #[error("the attestation is about {:?}, which is not that something was cleared", short(.0))]
    Predicate(String),
    /// Somebody else says so.
    #[error("the attestation is by {:?}, and not by lastlook", short(.0))]
    Verifier(String),
    /// The artifact did not pass.
    #[error("the attestation says {:?}, and not that the artifact passed", short(.0))]
    Result(String),
    /// It does not say that it was cleared.
    #[error("the attestation does not say {CLEAR}, which lastlook says of all that it clears")]
    Level,
    /// It is about other bytes.
    #[error("the attestation is about other bytes: its {kind} is {}, and that of the artifact {artifact}", short(.attested))]
    Digest {
        /// The kind of hash.
        kind: &'static str,
        /// As it is attested.
        attested: String,
        /// As it is.
        artifact: String,
    },
    /// It is about another package or version.
    #[error("the attestation is about {}, and the package.json of the artifact says {artifact}", short(.attested))]
    Name {
        /// As it is attested.
        attested: String,
        /// As it is.
        artifact: String,
    },
    /// It is for another registry.
    #[error("the attestation is for {}, and not for {expected}", short(.attested))]
    Registry {
        /// As it is attested.
        attested: String,
        /// As it should be.
        expected: String,
    },
    /// Another policy cleared it.
    #[error("it was cleared by another policy: the digest is {}, and should be {expected}", short(.attested))]
    Policy {
        /// As it is attested.
        attested: String,
        /// As it should be.
        expected: String,
    },
    /// It was cleared at no time.
    #[error("the attestation has no time that can be read: {:?}", short(.0))]
    Time(String),
    /// It was cleared too early.
    #[error("it was cleared at {0}, which is too long ago; audit it again, or allow more with --max-age")]
    Old(Moment),
    /// It will be cleared later.
    #[error("it was cleared at {0}, which is in the future; one of the clocks is wrong")]
    Future(Moment),
}

/// What others wrote, as far as it is worth telling.
fn short(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether `envelope`, signed with one of `keys`, says what is expected of the bytes of `artifact`.
///
/// # Errors
/// What does not hold.
pub fn verify(envelope: &[u8], keys: &[PublicKey], artifact: &[u8], expect: &Expect) -> Result<Verified, Refusal> {
    let (payload, key) = envelope::open(envelope, keys)?;
    let form = |error: serde_json::Error| Refusal::Statement(error.to_string());
    let statement: Statement<Value> = serde_json::from_value(json::strict(&payload).map_err(form)?).map_err(form)?;
    if statement.kind != STATEMENT {
        return Err(Refusal::Statement(format!("it is of the form {:?}", statement.kind)));
    }
    if statement.predicate_type != SUMMARY {
        return Err(Refusal::Predicate(statement.predicate_type));
    }
    let [subject] = statement.subject.as_slice() else {
        return Err(Refusal::Statement(format!("it is about {} subjects", statement.subject.len())));
    };
    let summary: Summary = serde_json::from_value(statement.predicate).map_err(form)?;
    if summary.verifier.id != VERIFIER {
        return Err(Refusal::Verifier(summary.verifier.id));
    }
    if summary.verification_result != PASSED {
        return Err(Refusal::Result(summary.verification_result));
    }
    if !summary.verified_levels.iter().any(|level| level == CLEAR) {
        return Err(Refusal::Level);
    }
    same("sha512", &subject.digest, &hex(&Sha512::digest(artifact)))?;
    same("sha256", &subject.digest, &hex(&Sha256::digest(artifact)))?;
    let own = purl::of(&expect.name, &expect.version);
    if subject.name != own {
        return Err(Refusal::Name { attested: subject.name.clone(), artifact: own });
    }
    let registry = published(&summary, &own, expect.registry.as_deref())?;
    let policy = format!("sha256:{}", digest("sha256", &summary.policy.digest));
    if let Some(expected) = expect.policy.as_ref().filter(|expected| **expected != policy) {
        return Err(Refusal::Policy { attested: policy, expected: expected.clone() });
    }
    let time = timely(summary.time_verified, expect)?;
    let tool = summary.verifier.version.get("lastlook").cloned().unwrap_or_default();
    let levels = summary.verified_levels;
    Ok(Verified { keyid: key.keyid(), package: own, time, registry, policy, tool, levels })
}

fn digest<'d>(kind: &str, digests: &'d Digests) -> &'d str {
    digests.get(kind).map_or("not there", String::as_str)
}

/// A hash that is not attested is as wrong as another one.
fn same(kind: &'static str, digests: &Digests, artifact: &str) -> Result<(), Refusal> {
    let attested = digest(kind, digests);
    if attested == artifact {
        return Ok(());
    }
    Err(Refusal::Digest { kind, attested: attested.to_owned(), artifact: artifact.to_owned() })
}

/// Where it was published, if that is where it should be.
fn published(summary: &Summary, own: &str, expected: Option<&str>) -> Result<Option<String>, Refusal> {
    let resource = &summary.resource_uri;
    let other = || Refusal::Name { attested: resource.clone(), artifact: own.to_owned() };
    let registry = purl::registry(own, resource).map_err(|()| other())?;
    if let Some(expected) = expected.filter(|expected| *resource != purl::at(own, expected)) {
        let attested = registry.unwrap_or("no registry").to_owned();
        return Err(Refusal::Registry { attested, expected: expected.to_owned() });
    }
    Ok(registry.map(str::to_owned))
}

/// When it was cleared, if that is neither too long ago nor in the future.
fn timely(text: String, expect: &Expect) -> Result<Moment, Refusal> {
    let Some(time) = Moment::parse(&text) else { return Err(Refusal::Time(text)) };
    if time > expect.now.after(SKEW) {
        return Err(Refusal::Future(time));
    }
    if expect.oldest.is_some_and(|oldest| time < oldest) {
        return Err(Refusal::Old(time));
    }
    Ok(time)
}
