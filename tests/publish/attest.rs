//! Attestations of what was published: written once it was read back, for that registry alone.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, with_sources};
use crate::registry::{Answer, Fault, Route, Which};

/// A key in the home of the desk.
fn key(desk: &Desk) -> PathBuf {
    let key = desk.place.home().join("key");
    let ran = desk.place.lastlook(&["key", "new", "--out"]).arg(&key).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    key
}

/// What the folder holds besides the tarballs.
fn left(desk: &Desk) -> Vec<String> {
    let names = std::fs::read_dir(desk.place.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".tgz")).collect();
    names.sort();
    names
}

#[test]
fn what_was_published_is_attested_for_that_registry() {
    let desk = Desk::new();
    let key = key(&desk);
    let ran = desk.told_nobody(desk.publishing(&["--attest", "a.json"]).arg("--key").arg(&key).run());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(left(&desk), ["a.json", "a.tests.json"]);
    let verify = |registry: &str| {
        let run = desk.place.lastlook(&["verify", "a.json", "--artifact", "package.tgz", "--public-key"]);
        run.arg(key.with_extension("pub")).args(["--registry", registry]).run()
    };
    let ran = verify(&desk.registry.url());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains(&desk.registry.url()), "{ran:?}");
    assert_eq!(verify("https://elsewhere.example/").code, Some(1));
    let text = std::fs::read(desk.place.folder().join("a.json")).unwrap();
    let envelope: Value = serde_json::from_slice(&text).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    let line = desk.journal().pop().unwrap();
    let digest = line["policy"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    assert_eq!(statement["predicate"]["policy"]["digest"]["sha256"], digest);
    assert_eq!(statement["subject"][0]["name"], format!("pkg:npm/{NAME}@{VERSION}"));
}

#[test]
fn what_was_not_published_is_not_attested() {
    let desk = Desk::new();
    let key = key(&desk);
    let leak = desk.place.write("leak.tgz", with_sources(NAME, VERSION));
    let ran = desk.run(&["publish", "--attest", "a.json"]).arg("--key").arg(&key).arg(leak).run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let ran = desk.publishing(&["--dry-run", "--attest", "a.json"]).arg("--key").arg(&key).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    desk.registry.fault(Route::Publish, Which::First(1), Fault::Answer(Answer::error(403, "no")));
    let ran = desk.publishing(&["--attest", "a.json"]).arg("--key").arg(&key).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(left(&desk), [""; 0]);
    // It is there, and nobody knows what it is.
    desk.registry.fault(Route::Tarball, Which::Every, Fault::Half);
    let ran = desk.publishing(&["--attest", "a.json"]).arg("--key").arg(&key).run();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "accepted"), "{ran:?}");
    assert_eq!(left(&desk), [""; 0]);
}

#[test]
fn nothing_is_sent_where_it_could_not_be_attested() {
    let desk = Desk::new();
    let key = key(&desk);
    let publish = |file: &str| desk.publishing(&["--attest", file]).arg("--key").arg(&key).run();
    desk.place.write("a.json", "mine");
    for file in ["a.json", "no/such/folder/a.json"] {
        let ran = publish(file);
        assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{ran:?}");
    }
    let ran = desk.publishing(&["--attest", "b.json"]).run();
    assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{ran:?}");
    let ran = desk.publishing(&["--attest", "b.json"]).arg("--key").arg(&key).arg("--receipt").arg(&key).run();
    assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{ran:?}");
    let other = desk.place.write("other.tgz", clean("gadget", VERSION));
    let ran = desk.publishing(&["--attest", "b.json"]).arg("--key").arg(&key).arg(&other).run();
    assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{ran:?}");
    assert!(ran.stderr.contains("name a folder with --attest"), "{ran:?}");
    assert_eq!(left(&desk), ["a.json"]);
    std::fs::create_dir(desk.place.folder().join("out")).unwrap();
    let ran = desk.publishing(&["--attest", "out"]).arg("--key").arg(&key).arg(&other).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for name in [NAME, "gadget"] {
        assert!(desk.place.folder().join(format!("out/{name}-{VERSION}.att.json")).is_file());
    }
}
