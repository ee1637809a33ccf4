//! Versions, manifests and lock files → what npm makes of them.

use super::*;

/// What npm's own semver 7.7 says.
const NPM: &[(&str, &str, &str)] = &[
    ("1.2.3", "major", "2.0.0"),
    ("1.2.3", "minor", "1.3.0"),
    ("1.2.3", "patch", "1.2.4"),
    ("1.2.3", "prerelease", "1.2.4-0"),
    ("1.2.3", "prerelease=beta", "1.2.4-beta.0"),
    ("1.2.3-beta.1", "patch", "1.2.3"),
    ("1.2.3-beta.1", "minor", "1.3.0"),
    ("1.2.0-beta.1", "minor", "1.2.0"),
    ("1.2.0-beta.1", "major", "2.0.0"),
    ("2.0.0-rc", "major", "2.0.0"),
    ("1.2.3-beta.9", "prerelease", "1.2.3-beta.10"),
    ("1.2.3-beta.9", "prerelease=beta", "1.2.3-beta.10"),
    ("1.2.3-alpha.1", "prerelease=beta", "1.2.3-beta.0"),
    ("1.2.3-beta", "prerelease", "1.2.3-beta.0"),
    ("1.2.3-beta", "prerelease=beta", "1.2.3-beta.0"),
    ("1.2.3-beta.x.3", "prerelease", "1.2.3-beta.x.4"),
    ("1.2.3-beta.1.x", "prerelease", "1.2.3-beta.2.x"),
    ("1.2.3-0", "prerelease", "1.2.3-1"),
    ("1.2.3-0", "prerelease=beta", "1.2.3-beta.0"),
    ("1.2.3+build.1", "patch", "1.2.4"),
    ("1.2.3", "3.0.0+build.5", "3.0.0"),
    ("0.0.0", "prerelease=x-y", "0.0.1-x-y.0"),
];

#[test]
fn versions_count_as_npm_counts_them() {
    for (current, step, expected) in NPM {
        assert_eq!(next(current, &step.parse().unwrap()).unwrap(), *expected, "{current} {step}");
    }
}

#[test]
fn no_step_goes_down_or_nowhere() {
    for (current, step) in
        [("1.2.3", "1.2.3"), ("1.2.3", "1.2.2"), ("1.2.3", "1.2.3+b"), ("1.2.3-beta.0", "prerelease=alpha")]
    {
        let error = next(current, &step.parse().unwrap());
        assert!(matches!(error, Err(BumpError::NotHigher { .. })), "{current} {step}: {error:?}");
    }
    assert!(next("9007199254740991.0.0", &Step::Major).is_err());
    assert!(next("v1.2.3", &Step::Patch).is_err());
}

#[test]
fn what_is_no_step_is_refused() {
    for text in ["", "Patch", "prerelease=", "prerelease=1", "prerelease=a.b", "prerelease=a b", "1.2", "v1.2.3"] {
        assert!(matches!(text.parse::<Step>(), Err(BumpError::Step(_))), "{text}");
    }
}

#[test]
fn only_the_version_changes_in_a_manifest() {
    let rows = [
        (r#"{"version":"1.0.0"}"#, r#"{"version":"1.0.1"}"#),
        (
            "\u{feff}\r\n{\r\n\t\"a\" : {\"version\":\"9\"},\r\n\t\"version\"\t:\r\n \"1.0.0\" }\r\n",
            "\u{feff}\r\n{\r\n\t\"a\" : {\"version\":\"9\"},\r\n\t\"version\"\t:\r\n \"1.0.1\" }\r\n",
        ),
        (r#"{"version":"1.0.0","version":"2.0.0"}"#, r#"{"version":"1.0.0","version":"1.0.1"}"#),
        (
            r#"{"d":"\"version\":\"0\"\\","\u0076ersion":"1.0.0","e":[1e3,-0.5,true,null,{},[]]}"#,
            r#"{"d":"\"version\":\"0\"\\","\u0076ersion":"1.0.1","e":[1e3,-0.5,true,null,{},[]]}"#,
        ),
        (
            r#"{"ü":"ß","version":"\u0031.0.0","z":{"version":"3"}}  "#,
            r#"{"ü":"ß","version":"1.0.1","z":{"version":"3"}}  "#,
        ),
    ];
    for (before, after) in rows {
        assert_eq!(manifest(before, "1.0.1").unwrap(), after);
    }
}

#[test]
fn a_manifest_without_a_version_is_refused() {
    for text in ["{}", r#"{"a":{"version":"1.0.0"}}"#, r#"{"version":1}"#] {
        assert!(matches!(manifest(text, "1.0.1"), Err(BumpError::Missing)), "{text}");
    }
    for text in ["", "[]", "{", r#"{"version":"1.0.0",}"#, r#"{"version":"1.0.0"} x"#, "// c\n{}"] {
        assert!(matches!(manifest(text, "1.0.1"), Err(BumpError::Json(_))), "{text}");
    }
    assert!(matches!(manifest(r#"{"version":"1.0.0"}"#, "\",\"x\":\""), Err(BumpError::Version(_))));
}

const LOCK: &str = r#"{ "name": "top", "version": "1.0.0", "lockfileVersion": 3, "packages": {
    "": { "name": "top", "version": "1.0.0", "dependencies": { "a": "^1.0.0" } },
    "node_modules/a": { "resolved": "packages/a", "link": true },
    "node_modules/b": { "version": "1.0.0", "dependencies": { "a": "^1.0.0" } },
    "packages/a": { "version": "1.0.0" },
    "packages/c": { "version": "1.0.0", "peerDependencies": { "a": "~1.0.0" } } } }"#;

#[test]
fn a_lock_file_names_the_version_of_its_folder_twice_and_of_a_member_once() {
    let top = LOCK.replacen("\"version\": \"1.0.0\", \"l", "\"version\": \"1.1.0\", \"l", 1);
    let top = top.replacen("\"version\": \"1.0.0\", \"d", "\"version\": \"1.1.0\", \"d", 1);
    assert_eq!(lock(LOCK, "", "1.1.0").unwrap(), top);
    let member =
        LOCK.replacen("\"packages/a\": { \"version\": \"1.0.0\"", "\"packages/a\": { \"version\": \"1.1.0\"", 1);
    assert_eq!(lock(LOCK, "packages/a", "1.1.0").unwrap(), member);
    assert_eq!(lock(LOCK, "packages/z", "1.1.0").unwrap(), LOCK);
    assert_eq!(lock(r#"{"version":"1.0.0"}"#, "", "1.1.0").unwrap(), r#"{"version":"1.1.0"}"#);
}

#[test]
fn ranges_in_a_lock_file_follow_only_in_the_workspace_itself() {
    let followed = LOCK.replacen("^1.0.0", "^1.1.0", 1).replacen("~1.0.0", "~1.1.0", 1);
    assert_eq!(depend(LOCK, "a", "1.1.0").unwrap(), followed);
}

#[test]
fn ranges_follow_with_their_operator() {
    let rows = [
        ("1.0.0", "1.1.0-beta.0"),
        ("^1.0.0", "^1.1.0-beta.0"),
        ("~1.0.0", "~1.1.0-beta.0"),
        ("^1", "^1.1.0-beta.0"),
        ("~1.0", "~1.1.0-beta.0"),
        ("^1.0.0-beta.1", "^1.1.0-beta.0"),
    ];
    let left = [
        "workspace:^",
        "workspace:*",
        "workspace:^1.0.0",
        "*",
        "",
        "^",
        "1",
        "1.x",
        ">=1.0.0",
        "^1 || ^2",
        "~>1.0.0",
        "file:../a",
        "npm:b@^1.0.0",
        "latest",
        "^1.x",
    ];
    for (before, after) in rows.into_iter().chain(left.map(|range| (range, range))) {
        for needs in NEEDS {
            let text = |range| {
                format!(
                    r#"{{ "x": {{"a": "1.0.0"}}, "{needs}": {{ "aa": "1.0.0", "a": "{range}" }}, "overrides": {{"a": "1.0.0"}} }}"#
                )
            };
            assert_eq!(depend(&text(before), "a", "1.1.0-beta.0").unwrap(), text(after), "{before}");
        }
    }
}
