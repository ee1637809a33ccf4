//! `verify npm:` against a registry that others wrote.

use serde_json::{Value, json};

use crate::client::{ask, publication};
use crate::packages::{clean, package, secret, with_secret, with_sources};
use crate::run::{Place, Ran};
use crate::verdaccio::Verdaccio;

/// A registry, and a place to run in.
struct Out {
    verdaccio: Verdaccio,
    place: Place,
}

impl Out {
    fn start() -> Option<Self> {
        let verdaccio = Verdaccio::start()?;
        let place = Place::new();
        place.write_home("token", format!("{}\n", verdaccio.token()));
        Some(Self { verdaccio, place })
    }

    /// Publishes, however dirty it is: by what others send.
    fn publish(&self, name: &str, version: &str, tarball: &[u8]) {
        let body = publication(name, version, tarball).to_string();
        self.put(name, &body);
    }

    fn put(&self, name: &str, body: &str) {
        let target = format!("/{}", name.replace('/', "%2f"));
        let said = ask(self.verdaccio.url(), "PUT", &target, Some(self.verdaccio.token()), body.as_bytes());
        assert_eq!(said.status, 201, "{}", String::from_utf8_lossy(&said.body));
    }

    fn verify(&self, words: &[&str]) -> Ran {
        self.place.lastlook(&["verify"]).args(words).args(["--registry", self.verdaccio.url()]).run()
    }
}

/// What was found, as the JSON report has it, and what it says.
fn found(ran: &Ran) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
    let findings = report["artifacts"][0]["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings.map(|finding| (text(&finding["rule"]), text(&finding["message"]))).collect()
}

/// The keys that are shown otherwise.
fn otherwise(ran: &Ran) -> Vec<String> {
    let shown = found(ran).into_iter().filter(|(rule, _)| rule == "release/shown-otherwise");
    shown.map(|(_, message)| message.split(' ').nth(5).unwrap().to_owned()).collect()
}

#[test]
fn a_clean_release_is_what_it_should_be() {
    let Some(out) = Out::start() else { return };
    for name in ["out-clean", "@out/clean"] {
        let file = out.place.write("package.tgz", clean(name, "1.0.0"));
        let publish = out.place.lastlook(&["publish", "--registry", out.verdaccio.url()]);
        let ran = publish.arg("--token-file").arg(out.place.home().join("token")).arg(file).run();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        for wanted in ["", "@latest", "@1.0.0"] {
            let ran = out.verify(&[&format!("npm:{name}{wanted}")]);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert!(ran.stderr.contains("are what the registry says and the package holds"), "{}", ran.stderr);
        }
        let ran = out.verify(&[&format!("npm:{name}"), "--format", "json"]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((report["verdict"].as_str(), ran.code), (Some("clear"), Some(0)));
    }
    for (wanted, says) in [("npm:out-none", "shows no out-none"), ("npm:out-clean@9.0.0", "shows no out-clean@9.0.0")] {
        let ran = out.verify(&[wanted]);
        assert!(ran.code == Some(2) && ran.stderr.contains(says), "{ran:?}");
    }
}

#[test]
fn a_tarball_that_was_swapped_in_the_storage_is_told() {
    let Some(out) = Out::start() else { return };
    out.publish("out-swapped", "1.0.0", &clean("out-swapped", "1.0.0"));
    let stored = out.verdaccio.storage().join("out-swapped/out-swapped-1.0.0.tgz");
    let other = package("out-swapped", "1.0.0", json!({ "main": "index.js" }), &[("index.js", "evil();\n")]);
    std::fs::write(&stored, &other).unwrap();
    let ran = out.verify(&["npm:out-swapped@1.0.0", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let swapped: Vec<_> = found(&ran).into_iter().filter(|(rule, _)| rule == "release/swapped").collect();
    assert!(swapped[0].1.contains("the tarball was swapped") && swapped[1].1.contains("shasum"), "{swapped:?}");
    assert!(ran.stdout.contains(r#""verdict": "blocked""#), "{}", ran.stdout);
    for format in ["human", "sarif", "junit", "markdown", "github", "html"] {
        let ran = out.verify(&["npm:out-swapped@1.0.0", "--format", format]);
        assert!(ran.code == Some(1) && ran.stdout.contains("release/swapped"), "{format}: {ran:?}");
    }
    let ran = out.verify(&["npm:out-swapped", "--since", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((told["versions"][0]["verdict"].as_str(), ran.code), (Some("blocked"), Some(1)));
    assert_eq!(told["exposures"][0]["files"][0]["rule"], "release/swapped");
    let ran = out.verify(&["npm:out-swapped", "--since"]);
    assert!(ran.stdout.contains("Not what it should be first in 1.0.0"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("A takedown has to name"), "{}", ran.stdout);
    // No policy makes that clear.
    for policy in [
        "[levels]\n\"release/swapped\" = \"allow\"\n",
        "[[allow]]\nrule = \"release/swapped\"\npath = \"**\"\nreason = \"x\"\n",
    ] {
        out.place.write("lax.toml", policy);
        let ran = out.verify(&["npm:out-swapped@1.0.0", "--policy", "lax.toml"]);
        assert!(ran.code == Some(2) && ran.stderr.contains("no policy"), "{ran:?}");
    }
    // What took its place is audited too.
    std::fs::write(&stored, with_secret("out-swapped", "1.0.0")).unwrap();
    let ran = out.verify(&["npm:out-swapped@1.0.0"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("secret/") && !ran.stdout.contains(&secret()), "{}", ran.stdout);
    std::fs::remove_file(&stored).unwrap();
    assert_eq!(out.verify(&["npm:out-swapped@1.0.0"]).code, Some(2));
}

#[test]
fn what_installers_are_told_is_compared_with_what_the_package_says() {
    let Some(out) = Out::start() else { return };
    let name = "out-shown";
    let mut body = publication(name, "1.0.0", &clean(name, "1.0.0"));
    let manifest = &mut body["versions"]["1.0.0"];
    manifest["scripts"] = json!({ "postinstall": "node evil.js", "test": "x" });
    manifest["dependencies"] = json!({ "evil": "1.0.0" });
    out.put(name, &body.to_string());
    let ran = out.verify(&["npm:out-shown", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(otherwise(&ran), ["dependencies", "hasInstallScript", "scripts.postinstall"]);
    // An exception is for one of them.
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["artifacts"][0]["findings"].as_array().unwrap();
    let mut policy = String::new();
    for (at, finding) in findings.iter().filter(|finding| finding["rule"] == "release/shown-otherwise").enumerate() {
        let print = finding["fingerprint"].as_str().unwrap();
        policy +=
            &format!("[[allow]]\nrule = \"release/shown-otherwise\"\nfingerprint = \"{print}\"\nreason = \"ours\"\n");
        out.place.write("ours.toml", &policy);
        for words in
            [&["npm:out-shown", "--policy", "ours.toml"][..], &["npm:out-shown", "--since", "--policy", "ours.toml"]]
        {
            assert_eq!(out.verify(words).code, Some(i32::from(at < 2)), "{at} {words:?}");
        }
    }
}

#[test]
fn the_first_of_several_exposed_versions_is_named() {
    let Some(out) = Out::start() else { return };
    let name = "out-since";
    out.publish(name, "1.0.0", &clean(name, "1.0.0"));
    out.publish(name, "1.1.0", &with_sources(name, "1.1.0"));
    out.publish(name, "1.2.0", &with_sources(name, "1.2.0"));
    out.publish(name, "1.3.0", &clean(name, "1.3.0"));
    let ran = out.verify(&["npm:out-since", "--since"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let said = &ran.stdout;
    assert!(said.contains("Exposed first in 1.1.0, ") && said.contains(" ago, and still there"), "{said}");
    assert!(said.contains("1.3.0 was the next without it"), "{said}");
    for version in ["1.1.0", "1.2.0"] {
        assert!(said.contains(&format!("{version}  index.js.map  map/embedded-sources  http")), "{said}");
    }
    assert_eq!(said.matches("index.js.map").count(), 2, "{said}");
    let verdicts = |ran: &Ran| -> Vec<String> {
        let rows = ran.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        rows.filter(|row| row.len() > 3 && row[0].ends_with(".0")).map(|row| format!("{} {}", row[0], row[3])).collect()
    };
    assert_eq!(verdicts(&ran)[..4], ["1.0.0 clear", "1.1.0 blocked", "1.2.0 blocked", "1.3.0 clear"]);
    let ran = out.verify(&["npm:out-since", "--since", "1.3.0"]);
    assert_eq!((ran.code, verdicts(&ran)), (Some(0), vec!["1.3.0 clear".to_owned()]), "{ran:?}");
    assert!(ran.stdout.contains("Nothing is denied in any of them"), "{}", ran.stdout);
    let ran = out.verify(&["npm:out-since", "--since", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let row = &told["exposures"][0];
    assert_eq!((&row["first"], &row["last"], &row["next"]), (&json!("1.1.0"), &json!("1.2.0"), &json!("1.3.0")));
    let files: Vec<_> = row["files"].as_array().unwrap().iter().map(|file| (&file["version"], &file["path"])).collect();
    assert_eq!(files, [(&json!("1.1.0"), &json!("index.js.map")), (&json!("1.2.0"), &json!("index.js.map"))]);
    assert!(row["files"][0]["tarball"].as_str().unwrap().ends_with("out-since-1.1.0.tgz"), "{row}");
    assert_eq!((told["versions"][1]["denied"][0]["path"].as_str(), ran.code), (Some("index.js.map"), Some(1)));
    assert_eq!(out.verify(&["npm:out-since", "--since", "--format", "sarif"]).code, Some(2));
    let ran = out.verify(&["npm:out-since", "--since", "7.0.0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn a_tag_that_was_moved_is_told() {
    let Some(out) = Out::start() else { return };
    let name = "out-moved";
    for version in ["1.0.0", "1.1.0"] {
        let file = out.place.write("package.tgz", clean(name, version));
        let publish = out.place.lastlook(&["publish", "--registry", out.verdaccio.url()]);
        let ran = publish.arg("--token-file").arg(out.place.home().join("token")).arg(file).run();
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(out.verify(&["npm:out-moved"]).code, Some(0));
    let target = format!("/-/package/{name}/dist-tags/latest");
    let said = ask(out.verdaccio.url(), "PUT", &target, Some(out.verdaccio.token()), b"\"1.0.0\"");
    assert_eq!(said.status, 201);
    // The journal knows what was published last.
    let ran = out.verify(&["npm:out-moved"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("the tag latest stands for 1.0.0, and not for 1.1.0"), "{}", ran.stdout);
    assert!(ran.stdout.contains("release/tag-moved"), "{}", ran.stdout);
    let ran = out.verify(&["npm:out-moved", "--since"]);
    assert!(ran.code == Some(1) && ran.stdout.contains("release/tag-moved"), "{ran:?}");
    // What a person says counts.
    assert_eq!(out.verify(&["npm:out-moved", "--tag", "latest=1.0.0"]).code, Some(0));
    let ran = out.verify(&["npm:out-moved", "--tag", "latest=1.0.0", "--tag", "beta=1.0.0"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("the tag beta stands for no version, and not for 1.0.0"), "{}", ran.stdout);
}

#[test]
fn every_form_in_which_a_registry_shows_a_version_is_compared() {
    use crate::registry::{Fault, Registry, Route, Which};
    let lie = |value: &mut Value| {
        if let Some(version) = value.pointer_mut("/versions/1.0.0") {
            version["scripts"] = json!({ "postinstall": "node evil.js" });
            version["dist"]["shasum"] = json!("0000000000000000000000000000000000000000");
        }
    };
    let registry = Registry::start();
    registry.put("shown", "1.0.0", &clean("shown", "1.0.0"));
    let place = Place::new();
    let verify = |target: &str| place.lastlook(&["verify", target, "--registry", &registry.url()]).run();
    let ran = verify("npm:shown@1.0.0");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    registry.fault(Route::Packument, Which::Every, Fault::edit(lie));
    let ran = verify("npm:shown@1.0.0");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("scripts.postinstall") && ran.stdout.contains("shasum"), "{}", ran.stdout);
    // A tag that is called like a version does not take its place.
    registry.heal();
    registry.put("shown", "2.0.0", &with_sources("shown", "2.0.0"));
    registry.fault(
        Route::Packument,
        Which::Every,
        Fault::edit(|value: &mut Value| value["dist-tags"] = json!({ "2.0.0": "1.0.0", "latest": "1.0.0" })),
    );
    assert_eq!((verify("npm:shown@2.0.0").code, verify("npm:shown").code), (Some(1), Some(0)));
}

#[test]
fn a_version_without_a_time_or_a_tarball_is_not_left_out() {
    use crate::registry::{Answer, Fault, Registry, Route, Which};
    let registry = Registry::start();
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let tarball = if version == "1.1.0" { with_sources("times", version) } else { clean("times", version) };
        registry.put("times", version, &tarball);
    }
    let times = Fault::edit(|value: &mut Value| {
        value["time"] = json!({ "1.0.0": "2026-01-01T00:00:00Z", "1.2.0": "2025-12-31T23:30:00-05:00" });
    });
    registry.fault(Route::Packument, Which::Every, times);
    let place = Place::new();
    let since =
        |first: &str| place.lastlook(&["verify", "npm:times", "--since", first, "--registry", &registry.url()]).run();
    let ran = since("1.0.0");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let order: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split_whitespace().next()).take(3).collect();
    assert_eq!(order, ["1.0.0", "1.2.0", "1.1.0"], "{}", ran.stdout);
    registry.fault(Route::Tarball, Which::First(1), Fault::Answer(Answer::error(404, "gone")));
    let ran = since("1.0.0");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stdout.contains("incomplete") && ran.stdout.contains("Exposed first in 1.1.0"), "{}", ran.stdout);
}

/// What the package says, its files, what is shown of it, and what is not the same.
type Case<'c> = (Value, &'c [(&'c str, &'c str)], Value, &'c [&'c str]);

#[test]
fn what_installers_act_on_is_compared_in_every_spelling() {
    use crate::registry::{Answer, Fault, Registry, Route, Which};
    let registry = Registry::start();
    let place = Place::new();
    let script = json!({ "install": "node-gyp rebuild" });
    let all = json!({ "bundleDependencies": ["a"], "dependencies": { "a": "1.0.0" }, "main": "./index.js" });
    let bins = json!({ "directories": { "bin": "./bin/" } });
    let files: &[(&str, &str)] = &[("index.js", "x = 1;\n"), ("bin/run.js", "x = 1;\n")];
    let gyp: &[(&str, &str)] = &[("binding.gyp", "{}\n"), ("index.js", "x = 1;\n")];
    let shrinkwrap: &[(&str, &str)] = &[("npm-shrinkwrap.json", "{}\n"), ("index.js", "x = 1;\n")];
    let set = json!({ "preinstall": "x" });
    let before = json!({ "scripts": set });
    let git = |place: &str| json!({ "dependencies": { "a": place } });
    let both = json!({ "dependencies": { "a": "1.0.0" }, "optionalDependencies": { "a": "1.0.0" } });
    let keys = [
        "main",
        "bin",
        "directories",
        "gypfile",
        "scripts",
        "bundleDependencies",
        "dependencies",
        "optionalDependencies",
    ];
    let cases: &[Case<'_>] = &[
        (all.clone(), files, all.clone(), &[]),
        (
            all.clone(),
            files,
            json!({ "bundledDependencies": ["a"], "dependencies": { "a": "1.0.0" }, "main": "index.js" }),
            &[],
        ),
        (all.clone(), files, json!({ "bundleDependencies": true, "dependencies": { "a": "1.0.0" } }), &[]),
        (json!({}), files, json!({ "bundledDependencies": ["evil"] }), &["bundleDependencies"]),
        (all, files, json!({ "dependencies": { "a": "1.0.0" }, "main": "evil.js" }), &["bundleDependencies", "main"]),
        (json!({}), files, json!({ "main": "index.js" }), &[]),
        (bins.clone(), files, json!({ "directories": { "bin": "bin" }, "bin": { "run.js": "bin/run.js" } }), &[]),
        (bins.clone(), files, bins, &[]),
        (json!({}), files, json!({ "directories": { "bin": "evil" } }), &["directories.bin"]),
        (json!({ "bin": "./index.js" }), files, json!({ "bin": "index.js" }), &[]),
        (json!({}), gyp, json!({ "gypfile": true, "scripts": script }), &[]),
        (json!({}), gyp, json!({}), &[]),
        (json!({}), files, json!({ "gypfile": true, "scripts": script }), &["gypfile", "scripts.install"]),
        (json!({ "scripts": script }), files, json!({}), &["scripts.install"]),
        (json!({}), files, json!({ "_hasShrinkwrap": true }), &["_hasShrinkwrap"]),
        (json!({}), files, json!({ "_hasShrinkwrap": false }), &[]),
        (json!({}), shrinkwrap, json!({ "_hasShrinkwrap": true }), &[]),
        (json!({}), shrinkwrap, json!({ "_hasShrinkwrap": false }), &["_hasShrinkwrap"]),
        (before.clone(), files, json!({ "scripts": set, "hasInstallScript": false }), &["hasInstallScript"]),
        (before.clone(), gyp, json!({ "scripts": { "preinstall": "x", "install": "node-gyp rebuild" } }), &[]),
        (
            before,
            files,
            json!({ "scripts": { "preinstall": "x", "install": "node-gyp rebuild" } }),
            &["scripts.install"],
        ),
        (json!({}), gyp, json!({ "hasInstallScript": false }), &[]),
        (git("user/repo#v1"), files, git("github:user/repo#v1"), &[]),
        (git("https://github.com/user/repo"), files, git("git+https://github.com/user/repo.git"), &[]),
        (git("user/repo"), files, git("github:evil/repo"), &["dependencies"]),
        (git("^1.0.0"), files, git("github:user/repo"), &["dependencies"]),
        (both.clone(), files, json!({ "optionalDependencies": { "a": "1.0.0" } }), &[]),
        (both, files, json!({ "dependencies": { "a": "1.0.0" } }), &["dependencies", "optionalDependencies"]),
    ];
    for (at, (own, files, shown, wanted)) in cases.iter().enumerate() {
        let name = format!("spelled-{at}");
        registry.put(&name, "1.0.0", &package(&name, "1.0.0", own.clone(), files));
        let shown = shown.clone();
        let edit = move |value: &mut Value| {
            let Some(version) = value.pointer_mut("/versions/1.0.0").and_then(Value::as_object_mut) else { return };
            keys.iter().for_each(|key| drop(version.remove(*key)));
            version.extend(shown.as_object().unwrap().clone());
        };
        registry.heal();
        registry.fault(Route::Packument, Which::Every, Fault::edit(edit));
        registry.fault(Route::Manifest, Which::Every, Fault::Answer(Answer::error(404, "none")));
        let ran = place
            .lastlook(&["verify", &format!("npm:{name}"), "--format", "json", "--registry", &registry.url()])
            .run();
        assert_eq!(otherwise(&ran), *wanted, "{at}: {}", ran.stderr);
    }
}
