//! A place with a key, a tarball and its attestation.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lastlook::attest::{Draft, Key};
use lastlook::audit::{Artifact, Auditor, Outcome, Rules};
use lastlook::judge::Moment;
use lastlook::judge::Policy;
use lastlook::open::Held;
use serde_json::{Value, json};

use crate::packages::clean;
use crate::run::{Place, Ran, Run};

pub const TYPE: &str = "application/vnd.in-toto+json";

pub struct Desk {
    pub place: Place,
    /// The private key.
    pub key: PathBuf,
    pub tarball: PathBuf,
    pub attestation: PathBuf,
}

impl Desk {
    /// With a key of this kind, and a package that is attested with it.
    pub fn new(form: &str) -> Self {
        let place = Place::new();
        let key = place.home().join("key");
        let ran = place.lastlook(&["key", "new", "--type", form, "--out"]).arg(&key).run();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        Self::with(place, key)
    }

    pub fn with(place: Place, key: PathBuf) -> Self {
        let tarball = place.write("widget.tgz", clean("@acme/widget", "1.2.3"));
        let attestation = place.folder().join("widget.att.json");
        let desk = Self { place, key, tarball, attestation };
        let ran = desk.attesting(&desk.tarball, &desk.attestation).run();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        desk
    }

    pub fn public(&self) -> PathBuf {
        self.key.with_extension("pub")
    }

    pub fn keyid(&self) -> String {
        keyid(&self.place, &self.key)
    }

    pub fn attesting(&self, tarball: &Path, file: &Path) -> Run {
        self.place.lastlook(&["audit"]).arg(tarball).arg("--attest").arg(file).arg("--key").arg(&self.key)
    }

    pub fn verifying(&self, attestation: &Path, words: &[&str]) -> Run {
        let run = self.place.lastlook(&["verify"]).arg(attestation).arg("--artifact").arg(&self.tarball);
        run.arg("--public-key").arg(self.public()).args(words)
    }

    /// Verifies, which must fail and say `why`.
    #[track_caller]
    pub fn refuses(&self, attestation: &Path, words: &[&str], why: &str) {
        refused(&self.verifying(attestation, words).run(), why);
    }

    /// The same of a text.
    #[track_caller]
    pub fn refuses_text(&self, text: &str, why: &str) {
        let file = self.place.write("odd.json", text);
        self.refuses(&file, &[], why);
    }

    pub fn envelope(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.attestation).unwrap()).unwrap()
    }

    pub fn statement(&self) -> Value {
        payload(&self.envelope())
    }

    /// What is signed with our key by openssl, which signs anything.
    pub fn forged(&self, kind: &str, payload: &str) -> PathBuf {
        let pae = self.place.write("pae", pae(kind, payload.as_bytes()));
        let output = Command::new("openssl")
            .args(["pkeyutl", "-sign", "-rawin", "-inkey"])
            .arg(&self.key)
            .arg("-in")
            .arg(pae)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let signature = json!({ "keyid": self.keyid(), "sig": STANDARD.encode(output.stdout) });
        let envelope = json!({ "payloadType": kind, "payload": STANDARD.encode(payload), "signatures": [signature] });
        self.place.write("forged.json", envelope.to_string())
    }

    /// An attestation of the tarball from another time.
    pub fn dated(&self, time: Moment) -> PathBuf {
        let (rules, pool) = (Rules::built_in().unwrap(), rayon::ThreadPoolBuilder::new().build().unwrap());
        let policy = Policy::built_in(None, rules.book(), rules.data());
        let bytes = Held::Vec(std::fs::read(&self.tarball).unwrap());
        let artifact = Artifact { name: "widget.tgz".to_owned(), bytes, provenance: None };
        let Outcome::Cleared(report, clearances) = Auditor::new(&rules, &policy, &pool).clear(vec![artifact]) else {
            panic!("it is clear");
        };
        let draft = Draft::of(&clearances[0], &report, rules.book(), time).unwrap();
        let attestation = draft.sign(&Key::from_file(&self.key).unwrap(), None, "x.tests.json").unwrap();
        self.place.write("dated.json", attestation.envelope)
    }
}

/// The name of a key, as lastlook shows it.
pub fn keyid(place: &Place, key: &Path) -> String {
    place.lastlook(&["key", "show"]).arg(key).run().stdout.lines().last().unwrap().to_owned()
}

#[track_caller]
pub fn refused(ran: &Ran, why: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.stderr.starts_with("lastlook: not verified: ") && ran.stderr.contains(why), "{why}: {ran:?}");
}

/// What is signed.
pub fn pae(kind: &str, payload: &[u8]) -> Vec<u8> {
    [format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).as_bytes(), payload].concat()
}

pub fn payload(envelope: &Value) -> Value {
    serde_json::from_slice(&decoded(&envelope["payload"])).unwrap()
}

pub fn decoded(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}
