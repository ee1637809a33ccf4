//! What is clear arrives, and is read back.

use serde_json::{Value, json};

use super::Real;
use crate::packages::{clean, package};
use crate::registry::{integrity, shasum};

#[test]
fn what_was_cleared_is_what_the_registry_then_serves() {
    let Some(real) = Real::start() else { return };
    let (plain, scoped, early) = ("real-plain", "@real/scoped", "real-early");
    for (name, version, words, tag) in [
        (plain, "1.0.0", &[][..], "latest"),
        (scoped, "2.3.4", &["--access", "public"], "latest"),
        (early, "1.0.0-beta.1", &["--tag", "beta"], "beta"),
    ] {
        let tarball = clean(name, version);
        let ran = real.published(words, &[&tarball]);
        assert!(ran.stderr.contains(&format!("published {name}@{version} as {tag}")), "{}", ran.stderr);
        let packument = real.packument(name);
        let shown = &packument["versions"][version];
        assert_eq!(packument["dist-tags"][tag], version);
        assert_eq!(shown["dist"]["integrity"], integrity(&tarball));
        assert_eq!(shown["dist"]["shasum"], shasum(&tarball));
        assert_eq!(shown["description"], "adds two numbers");
        assert_eq!(real.tarball(name, version), tarball);
        assert_eq!(real.writes(name), 1);
    }
    assert_eq!(real.events(), ["sending", "accepted", "published"].repeat(3));
    // A prerelease has no part in what everybody gets once there is something else.
    real.published(&[], &[&clean(early, "1.0.0")]);
    assert_eq!(real.packument(early)["dist-tags"], json!({ "latest": "1.0.0", "beta": "1.0.0-beta.1" }));
}

#[test]
fn what_installers_read_first_says_what_the_tarball_says() {
    let Some(real) = Real::start() else { return };
    let name = "@real/with-bin";
    let extra = json!({
        "bin": "./cli.js", "dependencies": { "real-none": "^1.0.0" }, "engines": { "node": ">=18" },
        "_resolved": "/home/somebody/x.tgz", "dist": { "tarball": "x" }, "keywords": ["a", "b"],
    });
    let script = "#!/usr/bin/env node\nconsole.log('here');\n";
    real.published(&[], &[&package(name, "1.0.0", extra, &[("cli.js", script), ("README.md", "# Read me\n")])]);
    let packument = real.packument(name);
    let shown = &packument["versions"]["1.0.0"];
    for (key, value) in [
        ("bin", json!({ "with-bin": "cli.js" })),
        ("dependencies", json!({ "real-none": "^1.0.0" })),
        ("engines", json!({ "node": ">=18" })),
        ("keywords", json!(["a", "b"])),
        ("_id", json!("@real/with-bin@1.0.0")),
        ("_resolved", Value::Null),
    ] {
        assert_eq!(shown.get(key).cloned().unwrap_or_default(), value, "{key}");
    }
    assert_eq!(packument["readme"], "# Read me\n");
}

#[test]
fn several_packages_are_published_or_none() {
    let Some(real) = Real::start() else { return };
    let (one, two) = ("real-one", "@real/two");
    real.published(&[], &[&clean(one, "1.0.0"), &clean(two, "1.0.0")]);
    assert_eq!((real.tarball(one, "1.0.0"), real.tarball(two, "1.0.0")), (clean(one, "1.0.0"), clean(two, "1.0.0")));
    // The second stands in the way of the first.
    let ran = real.publish(&[], &[&clean(one, "1.0.1"), &clean(two, "1.0.0")]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there is nothing to publish"), "{ran:?}");
    assert_eq!((real.writes(one), real.writes(two)), (1, 1));
}

#[test]
fn a_dry_run_sends_nothing_and_writes_nothing_down() {
    let Some(real) = Real::start() else { return };
    let name = "real-dry";
    let ran = real.published(&["--dry-run"], &[&clean(name, "1.0.0")]);
    let wanted = format!("nothing stands against publishing {name}@1.0.0 as latest to {}", real.verdaccio.url());
    assert!(ran.stderr.contains(&wanted) && ran.stderr.contains("as tester"), "{}", ran.stderr);
    assert_eq!((real.writes(name), real.stores(name), real.events()), (0, false, vec![]));
    // Nor does it say so where something does.
    real.published(&[], &[&clean(name, "1.0.0")]);
    let ran = real.publish(&["--dry-run"], &[&clean(name, "1.0.0")]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there is nothing to publish"), "{ran:?}");
    // A token that is known to nobody comes as far as the write, which is refused.
    real.place.write_home("token", "npm_nobodyKnowsThisOne");
    let ran = real.publish(&[], &[&clean(name, "1.0.1")]);
    assert_eq!(real.events().pop().as_deref(), Some("refused"));
    assert!(
        ran.code == Some(2) && ran.stderr.contains("the registry refused it") && !ran.stderr.contains("npm_nobody"),
        "{ran:?}"
    );
    assert_eq!(real.packument(name)["versions"].as_object().unwrap().len(), 1);
}
