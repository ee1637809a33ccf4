//! Attestations and keys: what was not signed does not hold, however an envelope is changed.

use std::path::PathBuf;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lastlook::attest::{Draft, Expect, Form, Key, PublicKey, Verified, verify};
use lastlook::audit::{Artifact, Auditor, Outcome};
use lastlook::judge::{Moment, Policy};
use lastlook::open::Held;
use serde_json::Value;

use super::archive::tgz;
use super::whole::{POOL, RULES};

/// An attestation that holds, and all that it is checked with.
struct Sealed {
    artifact: Vec<u8>,
    keys: Vec<PublicKey>,
    expect: Expect,
    envelope: Vec<u8>,
    payload: Vec<u8>,
    holds: Verified,
    folder: tempfile::TempDir,
}

static SEALED: LazyLock<Sealed> = LazyLock::new(|| {
    let artifact = tgz(&[("package/package.json", br#"{"name":"a","version":"1.0.0"}"#), ("package/a.js", b"a()\n")]);
    let policy = Policy::built_in(None, RULES.book(), RULES.data());
    let auditor = Auditor::new(&RULES, &policy, &POOL);
    let Outcome::Cleared(report, cleared) = auditor.clear(vec![Artifact {
        name: "a.tgz".to_owned(),
        bytes: Held::Vec(artifact.clone()),
        provenance: None,
    }]) else {
        panic!("a plain package is not clear")
    };
    let now = Moment::now();
    let draft = Draft::of(&cleared[0], &report, RULES.book(), now).expect("it was reported");
    let key = Key::new(Form::Ed25519).expect("random numbers");
    let envelope = draft.sign(&key, None, "a.tests.json").expect("a signature").envelope;
    let keys = vec![key.public().clone()];
    let expect =
        Expect { name: "a".to_owned(), version: "1.0.0".to_owned(), policy: None, registry: None, oldest: None, now };
    let holds = verify(&envelope, &keys, &artifact, &expect).expect("it holds");
    let payload = payload(&envelope).expect("a payload");
    let folder = tempfile::tempdir().expect("a folder");
    Sealed { artifact, keys, expect, envelope, payload, holds, folder }
});

fn payload(envelope: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(envelope).ok()?;
    STANDARD.decode(value.get("payload")?.as_str()?).ok()
}

/// The first byte says whether the rest is an envelope, changes to one that holds, a key, or a provenance bundle.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    match first % 4 {
        0 => {
            let found = verify(rest, &SEALED.keys, &SEALED.artifact, &SEALED.expect);
            assert!(
                found.is_err() || payload(rest).as_ref() == Some(&SEALED.payload),
                "it holds, and nobody signed it"
            );
        }
        1 => changed(rest),
        2 => key(rest),
        _ => provenance(rest),
    }
}

/// What would be sent of a bundle is what was read of it.
fn provenance(bundle: &[u8]) {
    let artifact = Artifact {
        name: "a.tgz".to_owned(),
        bytes: Held::Vec(SEALED.artifact.clone()),
        provenance: Some(bundle.to_vec()),
    };
    let policy = Policy::built_in(None, RULES.book(), RULES.data());
    let Outcome::Cleared(_, cleared) = Auditor::new(&RULES, &policy, &POOL).clear(vec![artifact]) else { return };
    let sent = cleared[0].provenance().expect("a bundle that was cleared");
    let (sent, given): (Value, Value) =
        (serde_json::from_str(sent.text()).expect("it is JSON"), serde_json::from_slice(bundle).expect("it is JSON"));
    assert_eq!(sent, given);
}

/// Each four bytes are a change: what is done, where, and with what.
fn changed(plan: &[u8]) {
    let mut envelope = SEALED.envelope.clone();
    let mut artifact = SEALED.artifact.clone();
    for change in plan.chunks_exact(4).take(8) {
        let at = usize::from(u16::from_le_bytes([change[1], change[2]]));
        let place = at % envelope.len().max(1);
        match change[0] % 5 {
            0 => envelope[place] = change[3],
            1 => envelope.insert(place, change[3]),
            2 => drop(envelope.drain(place..(place + usize::from(change[3])).min(envelope.len()))),
            3 => envelope[place] ^= 1 << (change[3] % 8),
            _ => {
                let place = at % artifact.len();
                artifact[place] ^= change[3];
            }
        }
        if envelope.is_empty() {
            break;
        }
    }
    let found = verify(&envelope, &SEALED.keys, &artifact, &SEALED.expect);
    if let Ok(found) = found {
        assert_eq!(artifact, SEALED.artifact, "it holds for other bytes");
        assert_eq!(payload(&envelope).as_ref(), Some(&SEALED.payload), "it holds, and nobody signed it");
        assert_eq!(found, SEALED.holds);
    }
}

/// What is read as a key is read the same again.
fn key(text: &[u8]) {
    let path = |name: &str| -> PathBuf { SEALED.folder.path().join(name) };
    std::fs::write(path("key"), text).expect("room for a key");
    drop(Key::from_file(&path("key")));
    drop(PublicKey::of_either(&path("key")));
    if let Ok(key) = PublicKey::from_file(&path("key")) {
        std::fs::write(path("again"), key.pem()).expect("room for a key");
        assert_eq!(PublicKey::from_file(&path("again")).expect("it was read before"), key);
    }
}
