//! Policies: what they change, what they can't, and how they say what is wrong.

use std::path::Path;

use sha2::Digest as _;

use crate::make::{small_map, tgz};
use crate::run::{Audited, audit_at, lastlook};

fn scratch(policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let packed = b"7z\xbc\xaf\x27\x1c not really";
    let files = [
        ("package.json", &br#"{"name":"@acme/app","version":"1.0.0"}"#[..]),
        ("dist/public/a.js.map", &small_map("text")),
        ("dist/b.js.map", &small_map("other")),
        (".travis.yml", b"x: 1"),
        ("vendor.7z", packed),
    ];
    std::fs::write(folder.path().join("all.tgz"), tgz(files)).unwrap();
    std::fs::write(folder.path().join("pkg.tgz"), tgz(files.into_iter().take(4))).unwrap();
    std::fs::write(folder.path().join("lastlook.toml"), policy).unwrap();
    folder
}

fn level(seen: &Audited, rule: &str, path: &str) -> String {
    let findings = seen.artifact()["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|f| f["rule"] == rule && f["path"] == path)
        .unwrap_or_else(|| panic!("{:?}", seen.findings()));
    if found["waived"].is_null() { found["level"].as_str().unwrap().to_owned() } else { "waived".to_owned() }
}

fn audit(folder: &Path, more: &[&str]) -> Audited {
    audit_at(folder, "pkg.tgz", more)
}

#[test]
fn profiles_and_levels_decide() {
    let folder = scratch("");
    let seen = audit(folder.path(), &[]);
    assert_eq!((seen.code, level(&seen, "path/ci", ".travis.yml").as_str()), (1, "warn"));
    assert_eq!(seen.json["policy"]["source"], "lastlook.toml");
    assert_eq!(audit(folder.path(), &["--profile", "open"]).code, 0);
    assert_eq!(audit(folder.path(), &["--profile", "open", "--fail-on", "warn"]).code, 1);
    let folder = scratch("profile = \"open\"\n[levels]\n\"path/ci\" = \"deny\"\n");
    let seen = audit(folder.path(), &[]);
    assert_eq!((seen.code, level(&seen, "path/ci", ".travis.yml").as_str()), (1, "deny"));
    assert_eq!(level(&seen, "map/embedded-sources", "dist/b.js.map"), "allow");
}

#[test]
fn the_last_row_of_maps_that_matches_wins() {
    let rows =
        "[[maps]]\nfiles = \"dist/**\"\nallow = \"sources\"\n[[maps]]\nfiles = \"dist/public/**\"\nallow = \"none\"\n";
    let seen = audit(scratch(rows).path(), &[]);
    assert_eq!(level(&seen, "map/embedded-sources", "dist/b.js.map"), "allow");
    assert_eq!(level(&seen, "map/embedded-sources", "dist/public/a.js.map"), "deny");
}

#[test]
fn rows_for_packages_add_and_override() {
    let rows = "[[package]]\nname = \"@acme/*\"\nprofile = \"open\"\n[[package]]\nname = \"@acme/app\"\nlevels = { \"path/ci\" = \"deny\" }\n";
    let seen = audit(scratch(rows).path(), &[]);
    // Only the last row that matches counts, so the profile stays closed.
    assert_eq!(level(&seen, "map/embedded-sources", "dist/b.js.map"), "deny");
    assert_eq!(level(&seen, "path/ci", ".travis.yml"), "deny");
    let seen = audit(scratch("[[package]]\nname = \"@acme/*\"\nprofile = \"open\"\n").path(), &[]);
    assert_eq!((seen.code, seen.artifact()["profile"].as_str()), (0, Some("open")));
}

#[test]
fn exceptions_are_narrow_and_end() {
    let allow = |rest: &str| {
        format!(
            "[[allow]]\nrule = \"map/embedded-sources\"\npath = \"dist/b.js.map\"\nreason = \"public\"\n{rest}\n[[maps]]\nfiles = \"dist/public/**\"\nallow = \"sources\"\n"
        )
    };
    let state = |policy: &str| {
        let seen = audit(scratch(policy).path(), &[]);
        (
            seen.code,
            level(&seen, "map/embedded-sources", "dist/b.js.map"),
            seen.has("policy/unused"),
            seen.has("policy/expired"),
        )
    };
    assert_eq!(state(&allow("")), (0, "waived".into(), false, false));
    assert_eq!(state(&allow("expires = 2999-12-31")), (0, "waived".into(), false, false));
    assert_eq!(state(&allow("expires = 2020-01-01")), (1, "deny".into(), false, true));
    let hash: String = sha2::Sha256::digest(small_map("other")).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(state(&allow(&format!("sha256 = \"{hash}\""))), (0, "waived".into(), false, false));
    assert_eq!(state(&allow(&format!("sha256 = \"{}\"", "0".repeat(64)))), (1, "deny".into(), true, false));
    assert_eq!(state(&allow(&format!("fingerprint = \"{}\"", "0".repeat(32)))), (1, "deny".into(), true, false));
    let fingerprint =
        audit(scratch("").path(), &[]).artifact()["findings"][1]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(state(&allow(&format!("fingerprint = \"{fingerprint}\""))), (0, "waived".into(), false, false));
}

#[test]
fn one_nested_file_may_be_accepted_by_its_hash() {
    let hash: String =
        sha2::Sha256::digest(b"7z\xbc\xaf\x27\x1c not really").iter().map(|b| format!("{b:02x}")).collect();
    let policy = |sha256: &str| {
        format!(
            "profile = \"open\"\n[[allow]]\nrule = \"archive/unsupported\"\npath = \"vendor.7z\"\nreason = \"fonts\"\n{sha256}"
        )
    };
    let code = |policy: &str| audit_at(scratch(policy).path(), "all.tgz", &[]).code;
    assert_eq!(code("profile = \"open\""), 2);
    assert_eq!(code(&policy(&format!("sha256 = \"{hash}\""))), 0);
    assert_eq!(code(&policy(&format!("sha256 = \"{}\"", "1".repeat(64)))), 2);
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (policy, place, word) in [
        ("profil = \"open\"", "lastlook.toml:1:1", "unknown field"),
        ("profile = \"ajar\"", "lastlook.toml:1:11", "unknown variant"),
        ("[levels]\n\"map/dangeling\" = \"deny\"", "lastlook.toml:2:1", "map/dangling"),
        ("[levels]\n\"archive/link\" = \"warn\"", "lastlook.toml:2:1", "no policy"),
        ("[[allow]]\nrule = \"path/ci\"\npath = \"x\"", "lastlook.toml:1:1", "reason"),
        ("[[allow]]\nrule = \"path/ci\"\nreason = \"x\"", "lastlook.toml:1:1", "path"),
        ("[[allow]]\nrule = \"archive/link\"\npath = \"x\"\nreason = \"y\"", "lastlook.toml:2:8", "no policy lowers"),
        ("[[allow]]\nrule = \"archive/unsupported\"\npath = \"x\"\nreason = \"y\"", "lastlook.toml:2:8", "sha256"),
        ("[limits]\nunpacked = \"many\"", "lastlook.toml:2:12", "size"),
        ("[gate]\ndist-tag = \"maybe\"", "lastlook.toml:2:12", "unknown variant"),
        ("[terms]\nconfidential = [\"x\"]", "lastlook.toml:2:17", "at least three"),
        ("[terms]\nwords = [\"Tamarin\"]", "lastlook.toml:2:1", "unknown field"),
        ("[contents]\nmax_growth = \"much\"", "lastlook.toml:2:14", "25%"),
        ("[contents]\nsnapshot = \"reviewed\"", "reviewed", "--write-snapshot"),
        ("[rules]\nextra = [\"\"]", "lastlook.toml:2:10", "names no rules"),
        ("[rules]\nextra = [\"none/*.toml\"]", "none", ""),
        ("a = ", "lastlook.toml:1:", ""),
    ] {
        let folder = scratch(policy);
        let output = lastlook(folder.path(), &["audit", "pkg.tgz"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{policy}");
        assert!(text.contains(place) && text.contains(word), "{policy}: {text}");
    }
}

#[test]
fn a_policy_is_found_above_and_never_inside_what_it_judges() {
    let folder = scratch("profile = \"open\"");
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::copy(folder.path().join("pkg.tgz"), deep.join("pkg.tgz")).unwrap();
    // Outside a repository nothing above is taken.
    assert_eq!(audit(&deep, &[]).json["policy"]["source"], "built-in");
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(audit(&deep, &[]).json["policy"]["source"], "../../lastlook.toml");
    let output = lastlook(folder.path(), &["audit", "."]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("vouch"));
    std::fs::remove_file(folder.path().join("lastlook.toml")).unwrap();
    std::fs::create_dir(folder.path().join("lastlook.toml")).unwrap();
    assert_eq!(lastlook(folder.path(), &["audit", "pkg.tgz"]).status.code(), Some(2));
    assert_eq!(lastlook(folder.path(), &["audit", "pkg.tgz", "--policy", "gone.toml"]).status.code(), Some(2));
}
