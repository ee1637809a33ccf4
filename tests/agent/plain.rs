//! The sample projects on a fresh machine: no key, no network, no settings.

use serde_json::json;

use crate::yard::{KINDS, Yard, has, ready};

#[test]
fn a_sample_goes_from_source_to_a_cleared_tarball() {
    if !ready() {
        return;
    }
    for kind in KINDS.into_iter().filter(|kind| has(kind)) {
        let yard = Yard::sample("greet");
        let ran = yard.dry(&["--sandbox", kind]);
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
        assert!(ran.stdout.contains("CLEAR  @acme/greet 1.0.0"), "{ran:?}");
        assert_eq!(yard.stopped().0, "cleared");
        let lines = yard.lines();
        let cleared = lines.iter().find(|line| line["kind"] == "cleared").unwrap();
        let item = &cleared["items"][0];
        let folder = walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap);
        let kept = folder.into_iter().find(|entry| entry.file_name() == "0.tgz").unwrap();
        let bytes = std::fs::read(kept.path()).unwrap();
        assert_eq!(item["size"], bytes.len());
        assert_eq!(item["integrity"], crate::registry::integrity(&bytes));
        // What it was built from is as it was.
        assert!(!yard.project().join("dist").exists());
    }
}

#[test]
fn a_leaking_sample_says_what_leaks_and_how_to_mend_it() {
    if !ready() {
        return;
    }
    let yard = Yard::sample("greet-leaks");
    let before = yard.read("package.json");
    let ran = yard.dry(&[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for text in ["BLOCKED", "map/embedded-sources", "dist/index.js.map", "fix "] {
        assert!(ran.stdout.contains(text), "{text}: {ran:?}");
    }
    assert_eq!(yard.stopped().0, "blocked");
    let ran = yard.dry(&["--fix"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        (yard.stopped().0.as_str(), yard.read("package.json") == before),
        ("cleared", true),
        "a dry run changed it"
    );
    let lines = yard.lines();
    let patched = lines.iter().find(|line| line["kind"] == "patched").unwrap();
    let patch = patched["patch"].as_str().unwrap();
    assert!(patch.contains("+++ b/package.json") && patch.contains("!**/*.map"), "{patch}");
}

#[test]
fn what_fails_says_where_and_how() {
    if !ready() {
        return;
    }
    let yard = Yard::package("fails", json!({ "build": "echo over here >&2; exit 7" }), json!({}));
    let ran = yard.dry(&[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("npm run build failed: exit status: 7") && ran.stderr.contains("| over here"),
        "{ran:?}"
    );
    assert_eq!(yard.stopped().0, "failed");
    let yard = Yard::package("bare", json!({}), json!({ "dependencies": { "left-pad": "1.3.0" } }));
    let ran = yard.dry(&[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("run npm install"), "{ran:?}");
    for (words, said) in [
        (&["release", "nowhere"][..], "nowhere"),
        (&["release", "project", "--bump", "huge"], "huge"),
        (&["relase"], "release"),
        (&["log", "nothing"], "no sessions"),
    ] {
        let ran = Yard::package("typo", json!({}), json!({})).agent(words).run();
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{words:?}: {ran:?}");
    }
}

#[test]
fn a_build_can_not_change_what_a_package_is() {
    if !ready() {
        return;
    }
    for (change, said) in [
        ("p.name='other'", "the name"),
        ("p.version='9.9.9'", "the version"),
        ("p.publishConfig={registry:'http://127.0.0.1:1/'}", "publishConfig"),
    ] {
        let script = format!(
            "node -e \"const fs=require('fs'),p=JSON.parse(fs.readFileSync('package.json'));{change};\
             fs.writeFileSync('package.json',JSON.stringify(p))\""
        );
        let yard = Yard::package("steady", json!({ "build": script }), json!({}));
        let ran = yard.dry(&[]);
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{change}: {ran:?}");
    }
}

#[test]
fn the_doctor_says_what_is_enforced() {
    let yard = Yard::new();
    let ran = yard.place.lastlook(&["doctor", "--format", "json"]).env("NPM_TOKEN", "npm_0123456789").run();
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((told["schema"].as_str(), ran.code), (Some("lastlook.doctor/1"), Some(0)), "{ran:?}");
    let row = |what: &str| told["rows"].as_array().unwrap().iter().find(|row| row["what"] == what).unwrap().clone();
    assert_eq!(row("landlock")["holds"], has("landlock"));
    assert_eq!(row("bubblewrap")["holds"], has("bubblewrap"));
    assert!(row("environment")["said"].as_str().unwrap().contains("NPM_TOKEN"), "{told}");
    assert!(!ran.stdout.contains("npm_0123456789"));
}
