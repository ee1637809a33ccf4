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
    let ran = out.verify(&["npm:out-swapped@1.0.0"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("the tarball was swapped") && ran.stderr.contains("shasum"), "{}", ran.stderr);
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
    let ran = out.verify(&["npm:out-shown"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("another dependencies, hasInstallScript, scripts.postinstall than"), "{}", ran.stderr);
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
    assert!(ran.stderr.contains("the tag latest stands for 1.0.0, and not for 1.1.0"), "{}", ran.stderr);
    // What a person says counts.
    assert_eq!(out.verify(&["npm:out-moved", "--tag", "latest=1.0.0"]).code, Some(0));
    let ran = out.verify(&["npm:out-moved", "--tag", "beta=1.0.0", "--journal", "none"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("the tag beta stands for no version, and not for 1.0.0"), "{}", ran.stderr);
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
    assert!(ran.stderr.contains("scripts.postinstall") && ran.stderr.contains("shasum"), "{}", ran.stderr);
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
