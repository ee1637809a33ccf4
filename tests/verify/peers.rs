//! What others have to say of our keys and signatures: openssl, and securesystemslib.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::{Desk, decoded, pae, payload};
use crate::run::Place;

/// The folder that `.ci/peers` fills, or a word about its absence.
fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let found = Command::new(&python).args(["-c", "import securesystemslib"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    let what = "securesystemslib is missing (.ci/peers installs it)";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    eprintln!("SKIPPED: {what}");
    None
}

#[track_caller]
fn openssl(folder: &Path, words: &str) -> String {
    let output = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{words}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Keys that lastlook made, and keys that openssl made, of both kinds.
fn desks() -> Vec<(bool, Desk)> {
    let made = |words: &str, ed: bool| {
        let place = Place::new();
        openssl(&place.home(), &format!("genpkey {words} -out key"));
        openssl(&place.home(), "pkey -in key -pubout -out key.pub");
        let key = place.home().join("key");
        (ed, Desk::with(place, key))
    };
    vec![
        (true, Desk::new("ed25519")),
        (false, Desk::new("p256")),
        made("-algorithm ed25519", true),
        made("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", false),
    ]
}

#[test]
fn openssl_verifies_what_we_sign_and_we_read_what_it_makes() {
    for (ed25519, desk) in desks() {
        for file in ["widget.att.json", "widget.att.tests.json"] {
            let envelope = serde_json::from_slice(&std::fs::read(desk.place.folder().join(file)).unwrap()).unwrap();
            let payload = decoded(&serde_json::Value::clone(&envelope)["payload"]);
            let home = desk.place.home();
            std::fs::write(home.join("pae"), pae(envelope["payloadType"].as_str().unwrap(), &payload)).unwrap();
            std::fs::write(home.join("sig"), decoded(&envelope["signatures"][0]["sig"])).unwrap();
            let said = if ed25519 {
                openssl(&home, "pkeyutl -verify -pubin -inkey key.pub -rawin -in pae -sigfile sig")
            } else {
                openssl(&home, "dgst -sha256 -verify key.pub -signature sig pae")
            };
            assert!(said.contains("Verified"), "{said}");
        }
        let ran = desk.verifying(&desk.attestation, &[]).run();
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}

#[test]
fn openssl_reads_our_keys_and_names_them_alike() {
    for (_, desk) in desks() {
        let home = desk.place.home();
        openssl(&home, "pkey -in key -pubout -out again.pub");
        let again = std::fs::read_to_string(home.join("again.pub")).unwrap();
        assert_eq!(again, std::fs::read_to_string(desk.public()).unwrap());
        let shown = desk.place.lastlook(&["key", "show"]).arg(&desk.key).run().stdout;
        assert_eq!(shown, format!("{again}{}\n", desk.keyid()));
        assert_eq!(desk.place.lastlook(&["key", "show"]).arg(desk.public()).run().stdout, shown);
        openssl(&home, "pkey -pubin -in key.pub -outform DER -out key.der");
        let named = openssl(&home, "dgst -sha256 -r key.der");
        assert_eq!(named.split(' ').next(), Some(desk.keyid().as_str()));
    }
}

#[test]
fn securesystemslib_verifies_what_we_sign() {
    let Some(python) = python() else { return };
    for (_, desk) in desks() {
        let run = |file: &Path| {
            Command::new(&python)
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify/read_back.py"))
                .arg(file)
                .arg(desk.public())
                .arg(desk.keyid())
                .output()
                .unwrap()
        };
        let output = run(&desk.attestation);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read, desk.statement());
        let text = std::fs::read_to_string(&desk.attestation).unwrap();
        let mut other: serde_json::Value = serde_json::from_str(&text).unwrap();
        other["payloadType"] = "text/plain".into();
        assert_ne!(payload(&other), serde_json::Value::Null);
        let file = desk.place.write("other.json", other.to_string());
        assert!(!run(&file).status.success());
    }
}
