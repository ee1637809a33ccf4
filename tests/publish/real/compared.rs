//! What is about to be released, compared with what was.

use serde_json::json;

use super::Real;
use crate::packages::{clean, package, with_sources};

#[test]
fn a_release_is_compared_with_the_one_before() {
    let Some(real) = Real::start() else { return };
    let name = "@real/compared";
    let more = package(
        name,
        "1.1.0",
        json!({ "main": "index.js" }),
        &[("index.js", "module.exports = (a, b) => a + b;\n"), ("added.js", "exports.more = true;\n")],
    );
    real.published(&[], &[&clean(name, "1.0.0")]);
    real.published(&[], &[&more]);
    let (first, last) = (format!("npm:{name}@1.0.0"), format!("npm:{name}"));
    let ran = real.run(&["diff", &first, &last]).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("added.js") && ran.stdout.contains("README.md"), "{}", ran.stdout);
    // A tag is as good as a version, and a file as good as either.
    let tagged = real.run(&["diff", &first, &format!("{last}@latest")]).run();
    assert_eq!((tagged.code, &tagged.stdout), (Some(0), &ran.stdout), "{tagged:?}");
    real.place.write("same.tgz", &more);
    let same = real.run(&["diff", &last, "same.tgz"]).run();
    assert!(same.code == Some(0) && !same.stdout.contains("added.js"), "{same:?}");
    real.place.write("new.tgz", with_sources(name, "1.2.0"));
    let worse = real.run(&["diff", &last, "new.tgz"]).run();
    assert!(worse.code == Some(1) && worse.stdout.contains("index.js.map"), "{worse:?}");
    assert_eq!(real.writes(name), 2);
}

#[test]
fn what_is_not_there_can_not_be_compared() {
    let Some(real) = Real::start() else { return };
    let name = "real-uncompared";
    real.published(&[], &[&clean(name, "1.0.0")]);
    real.place.write("new.tgz", clean(name, "1.0.1"));
    for (old, says) in [
        (format!("npm:{name}@9.9.9"), format!("has no {name}@9.9.9")),
        (format!("npm:{name}@beta"), format!("has no {name}@beta")),
        ("npm:real-nobody-has-this".to_owned(), "has no real-nobody-has-this".to_owned()),
        ("npm:".to_owned(), "write it as npm:NAME@VERSION".to_owned()),
        (format!("npm:{name}@"), "write it as npm:NAME@VERSION".to_owned()),
    ] {
        let ran = real.run(&["diff", &old, "new.tgz"]).run();
        assert!(ran.code == Some(2) && ran.stderr.contains(&says), "{old}: {ran:?}");
    }
}
