//! `verify npm:` where a registry does not say the same to everybody.

use serde_json::{Value, json};

use crate::packages::{clean, package, raw, with_sources};
use crate::registry::{Answer, Fault, Registry, Route, Which};
use crate::run::{Place, Ran};

/// A registry with `told` 1.0.0, and a place to run in.
struct Out {
    registry: Registry,
    place: Place,
}

/// The second document that is asked for: the one for installers.
const SHORT: (Route, Which) = (Route::Packument, Which::Nth(2));
const WHOLE: (Route, Which) = (Route::Packument, Which::Nth(1));
const ALONE: (Route, Which) = (Route::Manifest, Which::Every);

impl Out {
    fn start() -> Self {
        let out = Self { registry: Registry::start(), place: Place::new() };
        out.registry.put("told", "1.0.0", &clean("told", "1.0.0"));
        out
    }

    fn verify(&self, words: &[&str]) -> Ran {
        self.place.lastlook(&["verify"]).args(words).args(["--registry", &self.registry.url()]).run()
    }

    /// Changes what is shown of 1.0.0 there alone.
    fn show(&self, (route, which): (Route, Which), change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.registry.heal();
        self.add((route, which), change);
    }

    fn add(&self, (route, which): (Route, Which), change: impl Fn(&mut Value) + Send + Sync + 'static) {
        let edit = move |value: &mut Value| {
            let manifest = if route == Route::Manifest { Some(value) } else { value.pointer_mut("/versions/1.0.0") };
            change(manifest.expect("it is there"));
        };
        self.registry.fault(route, which, Fault::edit(edit));
    }

    #[track_caller]
    fn says(&self, words: &[&str], code: i32, wanted: &[&str]) {
        let ran = self.verify(words);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.code == Some(code) && wanted.iter().all(|wanted| said.contains(wanted)), "{wanted:?} {ran:?}");
    }
}

#[test]
fn every_form_names_the_same_bytes() {
    let out = Out::start();
    out.says(&["npm:told@1.0.0"], 0, &[]);
    out.registry.put("evil", "1.0.0", &with_sources("evil", "1.0.0"));
    out.registry.put("twin", "1.0.0", &clean("told", "1.0.0"));
    let at = |name: &str| out.registry.packument(name).unwrap()["versions"]["1.0.0"]["dist"]["tarball"].clone();
    let (evil, twin) = (at("evil"), at("twin"));
    for form in [SHORT, WHOLE, ALONE] {
        let other = evil.clone();
        out.show(form, move |manifest| manifest["dist"]["tarball"] = other.clone());
        out.says(&["npm:told@1.0.0"], 1, &["release/swapped", "another tarball"]);
        let other = evil.clone();
        out.show(form, move |manifest| manifest["dist"] = json!({ "tarball": other }));
        out.says(&["npm:told@1.0.0"], 1, &["release/swapped", "release/no-integrity"]);
        for none in [Value::Null, json!(5), json!("sha1-x")] {
            out.show(form, move |manifest| manifest["dist"]["integrity"] = none.clone());
            out.says(&["npm:told@1.0.0"], 1, &["release/no-integrity"]);
        }
        let wrong = crate::registry::integrity(b"other");
        out.show(form, move |manifest| manifest["dist"]["integrity"] = json!(wrong));
        out.says(&["npm:told@1.0.0"], 1, &["release/swapped"]);
        // Where else the same bytes lie does not matter.
        let other = twin.clone();
        out.show(form, move |manifest| manifest["dist"]["tarball"] = other.clone());
        out.says(&["npm:told@1.0.0"], 0, &[]);
    }
}

#[test]
fn what_is_served_is_the_version_that_was_asked_for() {
    let out = Out::start();
    out.registry.put("other", "1.0.0", &clean("other", "1.0.0"));
    out.registry.put("old", "1.0.0", &clean("told", "0.9.0"));
    for (name, says) in [("other", "serves other@1.0.0 as told@1.0.0"), ("old", "serves told@0.9.0 as told@1.0.0")] {
        let mut manifest = out.registry.packument(name).unwrap()["versions"]["1.0.0"].clone();
        manifest["version"] = json!(if name == "old" { "0.9.0" } else { "1.0.0" });
        manifest["name"] = json!(if name == "old" { "told" } else { "other" });
        let all = manifest.clone();
        out.show((Route::Packument, Which::Every), move |shown| *shown = all.clone());
        out.add(ALONE, move |shown| *shown = manifest.clone());
        out.says(&["npm:told@1.0.0"], 1, &["release/swapped", says]);
    }
}

#[test]
fn versions_that_clients_clean_are_the_same() {
    let out = Out::start();
    for (at, written) in ["v1.0.0", "=1.0.0", " 1.0.0 ", "1.0.0+build.5"].iter().enumerate() {
        let name = format!("cleaned-{at}");
        out.registry.put(&name, "1.0.0", &package(&name, written, json!({}), &[("index.js", "x = 1;\n")]));
        for wanted in ["1.0.0", "v1.0.0", "1.0.0+build.5", "latest"] {
            out.says(&[&format!("npm:{name}@{wanted}")], 0, &[]);
        }
        out.says(&[&format!("npm:{name}"), "--tag", "latest=1.0.0+build.5"], 0, &[]);
        out.says(&[&format!("npm:{name}@1.0.1")], 2, &["shows no"]);
    }
}

#[test]
fn tags_and_versions_are_those_of_every_form() {
    let out = Out::start();
    let fault = |which, change: fn(&mut Value)| {
        out.registry.heal();
        out.registry.fault(Route::Packument, which, Fault::edit(change));
    };
    for words in [&["npm:told@latest", "--tag", "latest=1.0.0"][..], &["npm:told@1.0.0"], &["npm:told", "--since"]] {
        fault(Which::Nth(2), |value| value["dist-tags"]["latest"] = json!("6.6.6"));
        out.says(words, 1, &["release/tag-moved", "the tag latest stands for 6.6.6, and not for 1.0.0"]);
    }
    fault(Which::Nth(2), |value| value["dist-tags"]["next"] = json!("1.0.0"));
    out.says(&["npm:told"], 1, &["the tag next stands for 1.0.0, and not for no version"]);
    // What one form alone has is looked at, and said.
    out.registry.put("told", "1.1.0", &with_sources("told", "1.1.0"));
    let hide = |value: &mut Value| {
        value["versions"].as_object_mut().unwrap().remove("1.1.0");
        value["dist-tags"]["latest"] = json!("1.0.0");
    };
    for which in [Which::Nth(1), Which::Nth(2)] {
        fault(which, hide);
        out.says(&["npm:told@1.1.0"], 1, &["release/shown-otherwise", "map/embedded-sources"]);
        fault(which, hide);
        out.says(&["npm:told", "--since"], 1, &["map/embedded-sources", "Exposed first in 1.1.0"]);
    }
}

#[test]
fn a_journal_that_is_named_has_to_be_there() {
    let out = Out::start();
    let home = out.place.home().join("none");
    std::fs::create_dir_all(home.join("full/journal.jsonl")).unwrap();
    std::fs::create_dir_all(home.join("empty")).unwrap();
    std::fs::create_dir_all(home.join("torn")).unwrap();
    std::fs::write(home.join("torn/journal.jsonl"), "{\"schema\":\"last").unwrap();
    std::fs::write(home.join("file"), "").unwrap();
    for (name, says) in [
        ("missing", "there is no journal in"),
        ("empty", "there is no journal in"),
        ("file", "there is no journal in"),
        ("full", "can not be used"),
    ] {
        out.says(&["npm:told", "--journal", home.join(name).to_str().unwrap()], 2, &[says]);
    }
    let torn = home.join("torn");
    out.says(&["npm:told", "--journal", torn.to_str().unwrap()], 0, &["was cut off", "knows nothing of told"]);
}

#[test]
fn what_can_not_be_meant_is_refused() {
    let out = Out::start();
    out.says(&["npm:told@9.9.9", "--since"], 2, &["--since looks at many versions"]);
    out.says(&["npm:told", "--tag", "latest=2.0.0", "--tag", "latest=1.0.0"], 2, &["stands for one version"]);
    out.says(&["npm:told", "--tag", "latest=1.0.0", "--tag", "latest=1.0.0"], 0, &[]);
}

#[test]
fn an_exception_is_for_what_was_shown() {
    let out = Out::start();
    let mut policy = String::new();
    let mut except = |rule: &str| {
        let ran = out.verify(&["npm:told@1.0.0", "--format", "json"]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = report["artifacts"][0]["findings"].as_array().unwrap();
        for finding in findings.iter().filter(|finding| finding["rule"] == rule) {
            let print = finding["fingerprint"].as_str().unwrap();
            policy += &format!("[[allow]]\nrule = \"{rule}\"\nfingerprint = \"{print}\"\nreason = \"ours\"\n");
        }
        out.place.write("ours.toml", &policy);
    };
    let words = &["npm:told@1.0.0", "--policy", "ours.toml"];
    let every = (Route::Packument, Which::Every);
    out.show(every, |manifest| manifest["dependencies"] = json!({ "lodash": "4.0.0" }));
    except("release/shown-otherwise");
    out.says(words, 0, &[]);
    out.show(every, |manifest| manifest["dependencies"] = json!({ "evil": "4.0.0" }));
    out.says(words, 1, &["release/shown-otherwise"]);
    // The same of what can't be read.
    let twice = |key: &str| {
        let text = format!("{{\"name\":\"told\",\"version\":\"1.0.0\",{key}}}");
        raw(&text, &[])
    };
    for (at, key) in ["\"version\":\"1.0.0\"", "\"name\":\"told\""].into_iter().enumerate() {
        let name = format!("twice-{at}");
        out.registry.put(&name, "1.0.0", &twice(key));
        let dist = out.registry.packument(&name).unwrap()["versions"]["1.0.0"]["dist"].clone();
        out.show(every, move |manifest| manifest["dist"] = dist.clone());
        let dist = out.registry.packument(&name).unwrap()["versions"]["1.0.0"]["dist"].clone();
        out.add(ALONE, move |manifest| manifest["dist"] = dist.clone());
        if at == 0 {
            except("release/unfit");
        }
        out.says(words, i32::from(at == 1), if at == 1 { &["release/unfit"] } else { &[] });
    }
}

#[test]
fn what_could_not_be_read_is_not_taken_for_nothing() {
    let out = Out::start();
    out.registry.fault(Route::Manifest, Which::Every, Fault::Answer(Answer::error(500, "down")));
    out.says(&["npm:told"], 2, &["down (status 500)"]);
    out.registry.heal();
    out.registry.fault(Route::Tarball, Which::Every, Fault::Gzip);
    out.says(&["npm:told"], 2, &["packed once more (gzip)"]);
    out.registry.heal();
    out.registry.fault(Route::Manifest, Which::Every, Fault::Answer(Answer::error(404, "none")));
    out.says(&["npm:told"], 0, &[]);
}

#[test]
fn what_a_short_form_does_not_know_is_no_difference() {
    let out = Out::start();
    let own = json!({
        "libc": ["glibc"], "bundledDependencies": ["a"], "dependencies": { "a": "1.0.0" }, "os": ["linux"],
    });
    out.registry.put("short", "1.0.0", &package("short", "1.0.0", own.clone(), &[("index.js", "x = 1;\n")]));
    let verify = |long: &[&str], short: &[&str]| {
        out.registry.heal();
        out.registry.fault(Route::Manifest, Which::Every, Fault::Answer(Answer::error(404, "none")));
        for (nth, without) in [(1, long), (2, short)] {
            let mut fields = own.as_object().unwrap().clone();
            without.iter().for_each(|key| drop(fields.remove(*key)));
            let edit = move |value: &mut Value| {
                let version = value.pointer_mut("/versions/1.0.0").unwrap().as_object_mut().unwrap();
                version.extend(fields.clone());
            };
            out.registry.fault(Route::Packument, Which::Nth(nth), Fault::edit(edit));
        }
        let ran = out.verify(&["npm:short"]);
        assert_eq!(ran.code, Some(i32::from(ran.stdout.contains("release/shown-otherwise"))), "{ran:?}");
        ran.code == Some(0)
    };
    assert!(verify(&[], &[]));
    assert!(verify(&[], &["libc", "bundledDependencies"]));
    for key in ["os", "dependencies"] {
        assert!(!verify(&[], &[key]) && !verify(&[key], &[]), "{key}");
    }
    for key in ["libc", "bundledDependencies"] {
        assert!(!verify(&[key], &[]), "{key}");
    }
}

#[test]
fn what_was_unpublished_or_not_looked_at_is_said() {
    let out = Out::start();
    out.registry.put("told", "1.2.0", &with_sources("told", "1.2.0"));
    out.registry.put("told", "1.3.0", &with_sources("told", "1.3.0"));
    let times = |value: &mut Value| {
        value["time"] = json!({
            "created": "2026-01-01T00:00:00Z", "1.0.0": "2026-01-01T00:00:00-9999999999999999999:00",
            "1.1.0": "2026-01-02T00:00:00Z", "1.2.0": "2026-01-03T00:00:00Z", "1.3.0": "9999-01-03T00:00:00Z",
        });
    };
    out.registry.fault(Route::Packument, Which::Every, Fault::edit(times));
    out.says(
        &["npm:told", "--since"],
        1,
        &["1.1.0             2026-01-02 00:00  unpublished", "Exposed first in 1.2.0"],
    );
    out.says(
        &["npm:told", "--since", "1.3.0"],
        1,
        &["Exposed first seen in 1.3.0 (earlier ones were not looked at), and"],
    );
    let ran = out.verify(&["npm:told", "--since", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows: Vec<_> =
        told["versions"].as_array().unwrap().iter().map(|row| row["verdict"].as_str().unwrap()).collect();
    assert_eq!(rows, ["unpublished", "blocked", "blocked", "clear"]);
    let row = &told["exposures"][0];
    assert_eq!((&row["about"], &row["first_known"]), (&json!("files"), &json!(true)), "{row}");
}
