//! Folders, files and pipes: read without following, waiting, or passing anything over.

use crate::make::small_map;
use crate::run::{audit_at, lastlook};

fn scratch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("dist/lib")).unwrap();
    std::fs::write(folder.path().join("dist/index.js"), "x()\n//# sourceMappingURL=lib/a.map\n").unwrap();
    std::fs::write(folder.path().join("dist/package.json"), r#"{"name":"a","version":"1.0.0"}"#).unwrap();
    folder
}

#[test]
fn a_folder_can_be_clear_and_has_no_integrity() {
    let folder = scratch();
    std::fs::write(folder.path().join("dist/lib/a.map"), r#"{"version":3,"sources":[],"mappings":""}"#).unwrap();
    let seen = audit_at(folder.path(), "dist", &[]);
    assert_eq!((seen.code, seen.rules()), (0, vec![]));
    assert_eq!((seen.artifact()["kind"].as_str(), seen.artifact()["integrity"].is_null()), (Some("folder"), true));
    assert_eq!(seen.artifact()["unpacked"]["files"], 3);
    std::fs::write(folder.path().join("dist/lib/a.map"), small_map("x")).unwrap();
    let seen = audit_at(folder.path(), "dist", &[]);
    assert_eq!((seen.code, seen.maps()), (1, vec!["lib/a.map".to_owned()]));
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_named_and_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = scratch();
    std::fs::write(folder.path().join("secret.map"), small_map("x")).unwrap();
    symlink("../secret.map", folder.path().join("dist/out.map")).unwrap();
    symlink("lib", folder.path().join("dist/in")).unwrap();
    let seen = audit_at(folder.path(), "dist", &[]);
    assert_eq!((seen.code, seen.exposure("maps")), (1, 0));
    let level = |path: &str| {
        let findings = seen.artifact()["findings"].as_array().unwrap();
        findings.iter().find(|f| f["path"] == path).map(|f| f["level"].as_str().unwrap().to_owned())
    };
    assert_eq!((level("out.map"), level("in")), (Some("deny".to_owned()), Some("allow".to_owned())));
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("dist/pipe")).status().unwrap();
    assert!(made.success());
    let seen = audit_at(folder.path(), "dist", &[]);
    assert_eq!((seen.code, seen.has("archive/device")), (2, true));
    let seen = audit_at(folder.path(), "dist/pipe", &[]);
    assert_eq!((seen.code, seen.has("audit/unread")), (2, true));
}

#[test]
fn what_is_not_there_is_incomplete() {
    let folder = scratch();
    let seen = audit_at(folder.path(), "gone.tgz", &[]);
    assert_eq!((seen.code, seen.rules()), (2, vec!["audit/unread".to_owned()]));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(audit_at(folder.path(), "empty", &[]).code, 2);
}

#[test]
fn the_worst_of_several_wins_and_their_order_stays() {
    let folder = scratch();
    std::fs::write(folder.path().join("ok.js"), "x()").unwrap();
    std::fs::write(folder.path().join("bad.map"), small_map("x")).unwrap();
    let output = lastlook(folder.path(), &["audit", "ok.js", "bad.map", "gone", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts: Vec<_> =
        json["artifacts"].as_array().unwrap().iter().map(|a| a["verdict"].as_str().unwrap()).collect();
    assert_eq!((verdicts, output.status.code()), (vec!["clear", "blocked", "incomplete"], Some(2)));
    assert_eq!(lastlook(folder.path(), &["audit", "ok.js", "bad.map"]).status.code(), Some(1));
}
