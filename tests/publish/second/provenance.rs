//! A bundle of provenance beside the tarball: about these very bytes, and audited like them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::desk::{Desk, VERSION};
use crate::packages::{clean, secret, secret_id};
use crate::registry::Route;
use crate::run::Ran;

const NAME: &str = "@acme/widget";

/// A bundle as sigstore makes it, signed by nobody.
fn bundle(name: &str, bytes: &[u8], predicate: Value) -> Value {
    let digest: String = sha2::Sha512::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{ "name": name, "digest": { "sha512": digest } }], "predicate": predicate,
    });
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "tlogEntries": [] },
        "dsseEnvelope": {
            "payload": STANDARD.encode(statement.to_string()), "payloadType": "application/vnd.in-toto+json",
            "signatures": [{ "sig": "c2lnbmVkIGJ5IG5vYm9keQ==", "keyid": "" }],
        },
    })
}

fn publish(desk: &Desk, text: &str) -> Ran {
    let file = desk.write(&clean(NAME, VERSION));
    let bundle = desk.place.write("bundle.json", text);
    let run = desk.run(&["publish", "--access", "public"]).arg(file).arg("--provenance-file").arg(bundle);
    desk.told_nobody(run.run())
}

#[test]
fn a_bundle_about_these_bytes_is_published_beside_them() {
    let desk = Desk::new();
    let own = bundle("pkg:npm/%40acme/widget@1.0.0", &clean(NAME, VERSION), json!({ "builder": "ünser own" }));
    let ran = publish(&desk, &format!("{own:#}"));
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    let bundles = desk.registry.bundles(NAME, VERSION);
    assert_eq!(bundles.keys().collect::<Vec<_>>(), ["@acme/widget-1.0.0.sigstore"]);
    assert_eq!(serde_json::from_str::<Value>(&bundles["@acme/widget-1.0.0.sigstore"]).unwrap(), own);
    let body = desk.registry.requests_of(Route::Publish)[0].json();
    assert_eq!(body["_attachments"]["@acme/widget-1.0.0.sigstore"]["content_type"], own["mediaType"]);
}

#[test]
fn a_bundle_about_something_else_is_not_published() {
    let bytes = clean(NAME, VERSION);
    let good = || bundle("pkg:npm/%40acme/widget@1.0.0", &bytes, json!({}));
    let with = |pointer: &str, value: Value| {
        let mut other = good();
        *other.pointer_mut(pointer).unwrap() = value;
        other.to_string()
    };
    for (what, text, says) in [
        (
            "bytes",
            bundle("pkg:npm/%40acme/widget@1.0.0", b"other", json!({})).to_string(),
            "make it for these very bytes",
        ),
        ("name", bundle("pkg:npm/%40acme/gadget@1.0.0", &bytes, json!({})).to_string(), "make it for these very bytes"),
        (
            "version",
            bundle("pkg:npm/%40acme/widget@1.0.1", &bytes, json!({})).to_string(),
            "make it for these very bytes",
        ),
        ("no JSON", "{".to_owned(), ""),
        ("a list", "[]".to_owned(), "can not be published"),
        ("twice", good().to_string().replacen('{', "{\"mediaType\":\"x\",", 1), "can not be published"),
        ("kind", with("/mediaType", json!("text/plain")), "its mediaType is not that of a sigstore bundle"),
        ("payload", with("/dsseEnvelope/payload", json!("*")), "its payload is not base64"),
        ("type", with("/dsseEnvelope/payloadType", json!("x")), "its payload is no in-toto statement"),
    ] {
        let desk = Desk::new();
        let ran = publish(&desk, &text);
        assert_eq!((ran.code, desk.writes(), desk.events()), (Some(2), 0, vec![]), "{what}: {ran:?}");
        assert!(ran.stderr.contains(says), "{what}: {}", ran.stderr);
    }
}

#[test]
fn a_bundle_that_gives_something_away_is_blocked() {
    let desk = Desk::new();
    let environment = json!({ "environment": { "AWS_ACCESS_KEY_ID": secret_id(), "AWS_SECRET_ACCESS_KEY": secret() } });
    let own = bundle("pkg:npm/%40acme/widget@1.0.0", &clean(NAME, VERSION), environment);
    let ran = publish(&desk, &own.to_string());
    assert_eq!((ran.code, desk.registry.requests().len(), desk.events()), (Some(1), 0, vec![]), "{ran:?}");
    assert!(ran.stdout.contains("secret/") && !ran.stdout.contains(&secret()), "{}", ran.stdout);
}

#[test]
fn a_bundle_is_about_one_package() {
    let desk = Desk::new();
    let own = bundle("pkg:npm/%40acme/widget@1.0.0", &clean(NAME, VERSION), json!({}));
    let file = desk.write(&clean(NAME, VERSION));
    let other = desk.place.write("other.tgz", clean("other", VERSION));
    let bundle = desk.place.write("bundle.json", own.to_string());
    let run = desk.run(&["publish"]).arg(file).arg(other).arg("--provenance-file").arg(&bundle);
    let ran = desk.told_nobody(run.run());
    assert!(ran.code == Some(2) && ran.stderr.contains("a provenance bundle is about one package"), "{ran:?}");
    for missing in ["/no/such/bundle.json", "/dev/zero", "/"] {
        let file = desk.write(&clean(NAME, VERSION));
        let ran = desk.told_nobody(desk.run(&["publish", "--provenance-file", missing]).arg(file).run());
        assert_eq!(ran.code, Some(2), "{missing}: {ran:?}");
    }
    assert!(desk.registry.connections().is_empty());
}
