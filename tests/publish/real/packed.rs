//! A project, packed by its own package manager, cleared and published in one go.

use serde_json::json;

use super::{Real, entries};

fn project(real: &Real, name: &str, script: &str) {
    let manifest = json!({
        "name": name, "version": "1.0.0", "license": "MIT", "main": "dist/index.js", "files": ["dist"],
        "scripts": { "prepack": script },
    });
    real.place.write("project/package.json", manifest.to_string());
    real.place.write("project/src/index.js", "module.exports = (a, b) => a + b;\n");
    real.place.write("project/package-lock.json", json!({ "name": name, "lockfileVersion": 3 }).to_string());
}

#[test]
fn a_project_is_packed_and_what_was_packed_is_published() {
    let Some(real) = Real::start() else { return };
    let name = "real-packed";
    project(&real, name, "mkdir -p dist && cp src/index.js dist/index.js");
    let ran = real.run(&["publish", "--pack", "project", "--no-compare"]).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("packed 1 package with npm"), "{}", ran.stderr);
    let served = entries(&real.tarball(name, "1.0.0"));
    assert_eq!(served.keys().collect::<Vec<_>>(), ["dist/index.js", "package.json"]);
    assert_eq!(served["dist/index.js"], b"module.exports = (a, b) => a + b;\n");
    assert_eq!((real.writes(name), real.events()), (1, ["sending", "accepted", "published"].map(str::to_owned).into()));
}

#[test]
fn a_project_that_packs_its_sources_is_not_published() {
    let Some(real) = Real::start() else { return };
    let name = "real-packed-map";
    let map = json!({ "version": 3, "sources": ["../src/a.ts"], "names": [], "mappings": "AAAA",
        "sourcesContent": ["export const secret = (plan: string) => plan + plan;\n"] });
    project(&real, name, "mkdir -p dist && cp src/index.js dist/index.js && cp src/map.json dist/index.js.map");
    real.place.write("project/src/map.json", map.to_string());
    let ran = real.run(&["publish", "--pack", "project", "--no-compare"]).run();
    assert_eq!((ran.code, real.writes(name), real.stores(name)), (Some(1), 0, false), "{ran:?}");
    assert!(ran.stdout.contains("map/") && real.events().is_empty(), "{}", ran.stdout);
}
