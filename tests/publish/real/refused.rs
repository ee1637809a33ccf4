//! What is not clear, or not fit, never arrives.

use serde_json::json;

use super::Real;
use crate::packages::{clean, package, secret, with_secret, with_sources};

#[test]
fn a_package_that_gives_something_away_never_arrives() {
    let Some(real) = Real::start() else { return };
    for (name, tarball, rule) in [
        ("real-map", with_sources("real-map", "1.0.0"), "map/"),
        ("@real/map", with_sources("@real/map", "1.0.0"), "map/"),
        ("real-secret", with_secret("real-secret", "1.0.0"), "secret/"),
    ] {
        let ran = real.publish(&[], &[&tarball]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stdout.contains(rule) && ran.stderr.contains("nothing was published"), "{ran:?}");
        assert!(!ran.stdout.contains(&secret()) && !ran.stderr.contains(&secret()));
        assert_eq!((real.writes(name), real.stores(name), real.events()), (0, false, vec![]), "{name}");
        // Nothing is even asked.
        assert!(!real.verdaccio.log().contains(&name.replace('/', "%2f")), "{name}");
    }
}

#[test]
fn of_two_packages_one_of_which_is_dirty_none_arrives() {
    let Some(real) = Real::start() else { return };
    let (good, bad) = ("real-good", "real-bad");
    for tarballs in
        [[clean(good, "1.0.0"), with_sources(bad, "1.0.0")], [with_secret(bad, "1.0.0"), clean(good, "1.0.0")]]
    {
        let ran = real.publish(&[], &[&tarballs[0], &tarballs[1]]);
        assert_eq!((ran.code, real.writes(good), real.writes(bad)), (Some(1), 0, 0), "{ran:?}");
        assert_eq!((real.stores(good), real.stores(bad), real.events()), (false, false, vec![]));
    }
}

#[test]
fn what_can_not_be_read_whole_never_arrives() {
    let Some(real) = Real::start() else { return };
    let whole = clean("real-cut", "1.0.0");
    for bytes in [&whole[..whole.len() - 20], &[]] {
        let ran = real.publish(&[], &[bytes]);
        assert_eq!((ran.code, real.stores("real-cut"), real.writes("real-cut")), (Some(2), false, 0), "{ran:?}");
    }
}

#[test]
fn what_stands_against_a_release_is_said_with_the_way_out() {
    let Some(real) = Real::start() else { return };
    let name = "real-against";
    real.published(&[], &[&clean(name, "2.0.0")]);
    let other = package(name, "2.0.0", json!({}), &[("other.js", "exports.other = 1;\n")]);
    let extra = |extra| package("real-never", "1.0.0", extra, &[("index.js", "exports.a = 1;\n")]);
    let called = |name: &str, version: &str| package(name, version, json!({}), &[("index.js", "exports.a = 1;\n")]);
    for (tarball, words, says) in [
        (clean(name, "2.0.0"), &[][..], "with these very bytes: there is nothing to publish"),
        (other, &[], "with other bytes, and a version never changes: raise the version"),
        (clean(name, "1.9.9"), &[], "Add --tag release-1, or --tag latest if that is meant"),
        (clean("real-never", "1.0.0-rc.1"), &[], "add --tag rc"),
        (clean("real-never", "1.0.0-0"), &[], "add --tag next"),
        (clean("real-never", "1.0.0+7"), &[], "make it 1.0.0"),
        (clean("real-never", "1.0"), &[], "write it as 1.2.3"),
        (clean("real-never", "v1.0.0"), &[], "write it as 1.0.0"),
        (extra(json!({ "private": true })), &[], "take \"private\" out of its package.json"),
        (extra(json!({ "private": "yes" })), &[], "take \"private\" out of its package.json"),
        (extra(json!({ "publishConfig": { "access": "all" } })), &[], "it is public or restricted"),
        (extra(json!({ "publishConfig": { "tag": "1.x" } })), &[], "installers would take it for a version"),
        (clean("real-never", "1.0.0"), &["--access", "restricted"], "name it @you/real-never, or take --access public"),
        (clean("real-never", "1.0.0"), &["--tag", "v2"], "installers would take it for a version"),
        (called("../real-never", "1.0.0"), &[], "can not be the name of a package"),
        (called("real never", "1.0.0"), &[], "can not be the name of a package"),
        (called("@real/never/more", "1.0.0"), &[], "a scope and a name are written as @scope/name"),
        (called("node_modules", "1.0.0"), &[], "it means something else everywhere"),
    ] {
        let ran = real.publish(words, &[&tarball]);
        assert_eq!(ran.code, Some(2), "{says}: {ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {}", ran.stderr);
    }
    assert_eq!((real.writes(name), real.writes("real-never"), real.stores("real-never")), (1, 0, false));
    assert_eq!(real.events(), ["sending", "accepted", "published"]);
    // What is meant can be said.
    real.published(&["--tag", "release-1"], &[&clean(name, "1.9.9")]);
    assert_eq!(real.packument(name)["dist-tags"], json!({ "latest": "2.0.0", "release-1": "1.9.9" }));
    real.published(&["--tag", "latest"], &[&clean(name, "1.9.10")]);
    assert_eq!(real.packument(name)["dist-tags"]["latest"], "1.9.10");
}
