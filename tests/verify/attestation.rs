//! An attestation holds for these bytes, this package, this policy, this time and this key, and for nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lastlook::attest::{Expect, PublicKey, verify};
use lastlook::judge::Moment;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::desk::{Desk, TYPE, payload, refused};
use crate::packages::clean;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_was_cleared_is_attested_and_verifies() {
    for form in ["ed25519", "p256"] {
        let desk = Desk::new(form);
        let bytes = std::fs::read(&desk.tarball).unwrap();
        let statement = desk.statement();
        let name = "pkg:npm/%40acme/widget@1.2.3";
        let digest =
            json!({ "sha256": hex(&sha2::Sha256::digest(&bytes)), "sha512": hex(&sha2::Sha512::digest(&bytes)) });
        assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(statement["predicateType"], "https://slsa.dev/verification_summary/v1");
        assert_eq!(statement["subject"], json!([{ "name": name, "digest": digest }]));
        let summary = &statement["predicate"];
        assert_eq!(summary["resourceUri"], name);
        assert_eq!(summary["verificationResult"], "PASSED");
        assert_eq!(
            summary["verifier"],
            json!({ "id": "pkg:cargo/lastlook", "version": { "lastlook": env!("CARGO_PKG_VERSION") } })
        );
        let levels: Vec<&str> =
            summary["verifiedLevels"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
        assert_eq!(
            levels,
            [
                "LASTLOOK_CLEAR",
                "LASTLOOK_CANONICAL_ARCHIVE",
                "LASTLOOK_NO_EMBEDDED_SOURCES",
                "LASTLOOK_NO_FORBIDDEN_PATHS",
                "LASTLOOK_NO_SECRETS"
            ]
        );
        let ran = desk.verifying(&desk.attestation, &["--max-age", "1"]).run();
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
        assert!(ran.stdout.contains("@acme/widget 1.2.3") && ran.stdout.contains(&desk.keyid()), "{}", ran.stdout);
    }
}

#[test]
fn the_results_of_the_rules_stand_beside_it_and_are_named_by_their_hash() {
    let desk = Desk::new("ed25519");
    let file = desk.place.folder().join("widget.att.tests.json");
    let bytes = std::fs::read(&file).unwrap();
    let named = &desk.statement()["predicate"]["inputAttestations"];
    let digest = hex(&sha2::Sha256::digest(&bytes));
    assert_eq!(*named, json!([{ "uri": "widget.att.tests.json", "digest": { "sha256": digest } }]));
    let tests = payload(&serde_json::from_slice(&bytes).unwrap());
    assert_eq!(tests["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
    assert_eq!(tests["subject"], desk.statement()["subject"]);
    let results = &tests["predicate"];
    assert_eq!((&results["result"], &results["warnedTests"]), (&json!("PASSED"), &json!([])));
    assert_eq!(results["failedTests"], json!([]));
    let passed = results["passedTests"].as_array().unwrap();
    assert!(passed.len() > 200 && passed.contains(&json!("map/embedded-sources")));
    assert_eq!(results["configuration"][0]["digest"], desk.statement()["predicate"]["policy"]["digest"]);
    // It is signed too, and says something else: it can't stand in for the other.
    desk.refuses(&file, &[], "test-result/v0.1\", which is not that something was cleared");
}

#[test]
fn what_warns_and_what_is_excepted_is_told() {
    let desk = Desk::new("ed25519");
    let policy = "[levels]\n\"path/test\" = \"warn\"\n[[allow]]\nrule = \"map/dangling\"\npath = \"index.js\"\nreason = \"it is on our own host\"\n";
    let policy = desk.place.write("policy.toml", policy);
    let files = [("test/a.test.js", "x()\n"), ("index.js", "x()\n//# sourceMappingURL=index.js.map\n")];
    let tarball = desk.place.write("w.tgz", crate::packages::package("w", "1.0.0", json!({}), &files));
    let file = desk.place.folder().join("w.json");
    let ran = desk.attesting(&tarball, &file).arg("--policy").arg(&policy).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let read =
        |name: &str| payload(&serde_json::from_slice(&std::fs::read(desk.place.folder().join(name)).unwrap()).unwrap());
    let results = &read("w.tests.json")["predicate"];
    assert_eq!(results["result"], "WARNED");
    assert_eq!(results["warnedTests"], json!(["map/dangling", "path/test"]));
    assert_eq!(
        results["configuration"][0]["annotations"],
        json!({ "profile": "closed", "failOn": "deny", "exceptions": 1 })
    );
    let levels = read("w.json")["predicate"]["verifiedLevels"].clone();
    assert!(!levels.as_array().unwrap().contains(&json!("LASTLOOK_NO_FORBIDDEN_PATHS")), "{levels}");
}

#[test]
fn other_bytes_are_not_verified() {
    let desk = Desk::new("ed25519");
    let mut bytes = std::fs::read(&desk.tarball).unwrap();
    // The time in the head of a gzip stream, which changes nothing else.
    bytes[5] ^= 1;
    std::fs::write(&desk.tarball, &bytes).unwrap();
    desk.refuses(&desk.attestation, &[], "about other bytes: its sha512 is ");
    std::fs::write(&desk.tarball, clean("@acme/widget", "1.2.4")).unwrap();
    desk.refuses(&desk.attestation, &[], "about other bytes");
    std::fs::write(&desk.tarball, "no tarball").unwrap();
    desk.refuses(&desk.attestation, &[], "about other bytes");
    let whole = clean("@acme/widget", "1.2.3");
    for at in [0, 10, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        std::fs::write(&desk.tarball, &bytes).unwrap();
        desk.refuses(&desk.attestation, &[], "about other bytes");
    }
    std::fs::write(&desk.tarball, whole).unwrap();
    assert_eq!(desk.verifying(&desk.attestation, &[]).run().code, Some(0));
    // It is signed for these bytes, and they are no package.
    std::fs::write(&desk.tarball, "no tarball").unwrap();
    let mut statement = desk.statement();
    let digest = json!({ "sha256": hex(&sha2::Sha256::digest("no tarball")), "sha512": hex(&sha2::Sha512::digest("no tarball")) });
    statement["subject"][0]["digest"] = digest;
    let ran = desk.verifying(&desk.forged(TYPE, &statement.to_string()), &[]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("is no gzipped tarball"), "{ran:?}");
}

#[test]
fn another_key_verifies_nothing() {
    let (desk, other) = (Desk::new("ed25519"), Desk::new("p256"));
    let run = |keys: &[&Desk]| {
        let run = desk.place.lastlook(&["verify"]).arg(&desk.attestation).arg("--artifact").arg(&desk.tarball);
        keys.iter().fold(run, |run, desk| run.arg("--public-key").arg(desk.public())).run()
    };
    refused(&run(&[&other]), "none of those given");
    assert_eq!(run(&[&other, &desk]).code, Some(0));
    let mut envelope = desk.envelope();
    envelope["signatures"][0]["keyid"] = json!(other.keyid());
    desk.refuses_text(&envelope.to_string(), "none of those given");
    let file = desk.place.write("odd.json", envelope.to_string());
    let ran = desk.verifying(&file, &["--public-key"]).arg(other.public()).run();
    refused(&ran, "the signature of the attestation is wrong");
}

#[test]
fn another_policy_is_not_verified() {
    let desk = Desk::new("ed25519");
    let policy = desk.place.write("strict.toml", "profile = \"closed\"\n");
    let words = ["--policy", policy.to_str().unwrap()];
    desk.refuses(&desk.attestation, &words, "cleared by another policy: the digest is sha256:");
    let file = desk.place.folder().join("strict.json");
    assert_eq!(desk.attesting(&desk.tarball, &file).args(words).run().code, Some(0));
    assert_eq!(desk.verifying(&file, &words).run().code, Some(0));
    desk.place.write("strict.toml", "profile = \"closed\"\n[levels]\n\"path/ci\" = \"deny\"\n");
    desk.refuses(&file, &words, "cleared by another policy");
    let ran = desk.verifying(&file, &["--policy", "gone.toml"]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    // A profile alone is the built-in policy with it, whatever lies about here.
    let file = desk.place.folder().join("open.json");
    assert_eq!(desk.attesting(&desk.tarball, &file).args(["--profile", "open"]).run().code, Some(0));
    desk.place.write("lastlook.toml", "profile = \"closed\"\n");
    assert_eq!(desk.verifying(&file, &["--profile", "open"]).run().code, Some(0));
    desk.refuses(&file, &["--profile", "closed"], "cleared by another policy");
}

#[test]
fn an_attestation_that_does_not_say_clear_is_not_verified() {
    let desk = Desk::new("ed25519");
    let mut statement = desk.statement();
    let levels = statement["predicate"]["verifiedLevels"].as_array_mut().unwrap();
    levels.retain(|level| level != "LASTLOOK_CLEAR");
    let file = desk.forged(TYPE, &statement.to_string());
    desk.refuses(&file, &[], "does not say LASTLOOK_CLEAR");
}

#[test]
fn an_attestation_is_not_written_to_standard_output() {
    let desk = Desk::new("ed25519");
    let ran = desk.attesting(&desk.tarball, std::path::Path::new("-")).run();
    assert!(ran.code == Some(2) && ran.stderr.contains("two files"), "{ran:?}");
    assert!(!desk.place.folder().join("-").exists());
}

#[test]
fn what_is_too_old_or_not_yet_is_not_verified() {
    let desk = Desk::new("p256");
    let now = Moment::now();
    let old = desk.dated(now.before(3 * 86_400));
    desk.refuses(&old, &["--max-age", "2"], "too long ago");
    assert_eq!(desk.verifying(&old, &["--max-age", "4"]).run().code, Some(0));
    assert_eq!(desk.verifying(&old, &[]).run().code, Some(0));
    desk.refuses(&desk.dated(now.after(3600)), &[], "in the future");
    assert_eq!(desk.verifying(&desk.dated(now.after(60)), &[]).run().code, Some(0));
}

#[test]
fn what_was_not_published_is_not_verified_for_a_registry() {
    let desk = Desk::new("ed25519");
    let words = ["--registry", "https://r.example"];
    desk.refuses(&desk.attestation, &words, "for no registry, and not for https://r.example/");
    let mut statement = desk.statement();
    let at = |registry: &str| format!("pkg:npm/%40acme/widget@1.2.3?repository_url={registry}");
    statement["predicate"]["resourceUri"] = at("https://r.example/").into();
    let there = desk.forged(TYPE, &statement.to_string());
    assert_eq!(desk.verifying(&there, &words).run().code, Some(0));
    desk.refuses(
        &there,
        &["--registry", "https://s.example/"],
        "for https://r.example/, and not for https://s.example/",
    );
}

/// What our key says, and lastlook never would.
#[test]
fn a_signature_alone_is_not_enough() {
    let desk = Desk::new("ed25519");
    let good = desk.statement();
    assert_eq!(desk.verifying(&desk.forged(TYPE, &good.to_string()), &[]).run().code, Some(0));
    let changes: [(&str, Value, &str); 16] = [
        (
            "/subject/0/name",
            json!("pkg:npm/%40acme/gadget@1.2.3"),
            "about pkg:npm/%40acme/gadget@1.2.3, and the package.json",
        ),
        ("/subject/0/name", json!("pkg:npm/%40acme/widget@1.2.30"), "widget@1.2.30, and the package.json"),
        ("/subject/0/digest/sha512", json!("00"), "its sha512 is 00"),
        ("/subject/0/digest/sha256", json!("00"), "its sha256 is 00"),
        ("/subject/0/digest", json!({}), "its sha512 is not there"),
        ("/subject", json!([]), "about 0 subjects"),
        ("/subject", json!([good["subject"][0], good["subject"][0]]), "about 2 subjects"),
        ("/_type", json!("https://in-toto.io/Statement/v0.1"), "of the form"),
        ("/predicateType", json!("https://slsa.dev/provenance/v1"), "not that something was cleared"),
        ("/predicate/resourceUri", json!("pkg:npm/%40acme/gadget@1.2.3"), "about pkg:npm/%40acme/gadget@1.2.3"),
        ("/predicate/verificationResult", json!("FAILED"), "says \"FAILED\""),
        ("/predicate/verifier/id", json!("https://v.example"), "by \"https://v.example\""),
        ("/predicate/timeVerified", json!("2026-11-21"), "no time that can be read"),
        ("/predicate/timeVerified", json!("9999-01-01T00:00:00Z"), "in the future"),
        ("/predicate/timeVerified", Value::Null, "can not be read"),
        ("/predicate", json!([]), "can not be read"),
    ];
    for (place, value, why) in changes {
        let mut statement = good.clone();
        *statement.pointer_mut(place).unwrap() = value;
        desk.refuses(&desk.forged(TYPE, &statement.to_string()), &[], why);
    }
    desk.refuses(&desk.forged("application/json", &good.to_string()), &[], "holds \"application/json\"");
    let twice = good.to_string().replacen("{\"_type\"", "{\"_type\":\"x\",\"_type\"", 1);
    desk.refuses(&desk.forged(TYPE, &twice), &[], "comes twice");
    desk.refuses(&desk.forged(TYPE, &format!("{good} {{}}")), &[], "trailing");
    desk.refuses(&desk.forged(TYPE, "\u{1b}[2J"), &[], "can not be read");
}

#[test]
fn an_envelope_that_readers_take_differently_is_refused() {
    let desk = Desk::new("ed25519");
    let good = desk.envelope();
    let text = good.to_string();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut envelope = good.clone();
        change(&mut envelope);
        envelope.to_string()
    };
    let other = STANDARD.encode("{}");
    let signature = good["signatures"][0].clone();
    let cases = [
        (text.replacen('{', &format!("{{\"payload\":\"{other}\","), 1), "comes twice"),
        (text.replacen('{', &format!("{{\"Payload\":\"{other}\","), 1), "unknown field"),
        (format!("{text}{text}"), "trailing"),
        (format!("{text}x"), "trailing"),
        (text[..text.len() - 2].to_owned(), "EOF"),
        (String::new(), "EOF"),
        ("[]".to_owned(), "no envelope that everybody reads alike"),
        (changed(&|e| e["payload"] = json!(other)), "signature of the attestation is wrong"),
        (changed(&|e| e["payloadType"] = json!("text/plain")), "signature of the attestation is wrong"),
        (changed(&|e| e["payload"] = json!(format!("{}\n", e["payload"].as_str().unwrap()))), "no base64"),
        (changed(&|e| e["signatures"] = json!([])), "has 0 signatures"),
        (changed(&|e| e["signatures"] = json!([signature, signature])), "has 2 signatures"),
        (changed(&|e| e["signatures"][0]["sig"] = json!("AAAA")), "signature of the attestation is wrong"),
        (changed(&|e| e["signatures"][0]["sig"] = json!("A")), "no base64"),
        (changed(&|e| drop(e["signatures"][0].as_object_mut().unwrap().remove("keyid"))), "missing field"),
        (" ".repeat((1 << 20) + 1), "longer than any"),
    ];
    for (text, why) in cases {
        desk.refuses_text(&text, why);
    }
}

#[test]
fn wrong_usage_is_told_apart_from_what_does_not_hold() {
    let desk = Desk::new("ed25519");
    let (own, public) = (desk.attestation.to_str().unwrap(), desk.public());
    let (tarball, public) = (desk.tarball.to_str().unwrap(), public.to_str().unwrap());
    let key = desk.key.to_str().unwrap();
    for (words, why) in [
        (&[own][..], "add --artifact FILE"),
        (&[own, "--artifact", tarball], "--public-key FILE"),
        (&[own, "--artifact", tarball, "--public-key", key], "it is private"),
        (&[own, "--artifact", tarball, "--public-key", tarball], "can"),
        (&[own, "--artifact", "gone", "--public-key", public], "gone"),
        (&["gone", "--artifact", tarball, "--public-key", public], "gone can not be read"),
        (&["/dev/null", "--artifact", tarball, "--public-key", public], "not a regular file"),
    ] {
        let ran = desk.place.lastlook(&[&["verify"], words].concat()).run();
        assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{words:?}: {ran:?}");
    }
}

#[test]
fn no_byte_of_it_can_be_changed_or_left_out() {
    for form in ["ed25519", "p256"] {
        let desk = Desk::new(form);
        let good = std::fs::read(&desk.attestation).unwrap();
        let keys = [PublicKey::from_file(&desk.public()).unwrap()];
        let artifact = std::fs::read(&desk.tarball).unwrap();
        let (name, version) = ("@acme/widget".to_owned(), "1.2.3".to_owned());
        let expect = Expect { name, version, policy: None, registry: None, oldest: None, now: Moment::now() };
        let holds = |bytes: &[u8]| verify(bytes, &keys, &artifact, &expect).is_ok();
        assert!(holds(&good));
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << (at % 8);
            assert!(!holds(&bytes), "{form}: byte {at}");
            // The newline at the end says nothing.
            assert!(at + 1 == good.len() || !holds(&good[..at]), "{form}: cut at {at}");
        }
    }
}

#[test]
fn programs_are_told_what_was_verified_or_why_not() {
    let desk = Desk::new("ed25519");
    let ran = desk.verifying(&desk.attestation, &["--format", "json"]).run();
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let said = [&told["schema"], &told["name"], &told["version"], &told["key"], &told["registry"]];
    let keyid = json!(desk.keyid());
    assert_eq!(said, [&json!("lastlook.verified/1"), &json!("@acme/widget"), &json!("1.2.3"), &keyid, &Value::Null]);
    assert_eq!((told["verified"].as_bool(), ran.code), (Some(true), Some(0)));
    let ran = desk.verifying(&desk.attestation, &["--format", "json", "--registry", "https://r.example/"]).run();
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((told["verified"].as_bool(), ran.code), (Some(false), Some(1)));
    assert!(told["why"].as_str().is_some_and(|why| !why.is_empty()), "{told}");
    assert_eq!(desk.verifying(&desk.attestation, &["--format", "sarif"]).run().code, Some(2));
}
