//! The tools of others that read our reports; where one is missing, that is said aloud, and in CI it fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Bench, Row, root};

/// The folder that `.ci/peers` fills.
pub fn python() -> Option<PathBuf> {
    present(root().join("target/peers/bin/python"))
}

/// A peer, or a word about its absence.
pub fn present(peer: PathBuf) -> Option<PathBuf> {
    if peer.exists() {
        return Some(peer);
    }
    let what = format!("{} is missing (.ci/peers installs it)", peer.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    eprintln!("SKIPPED: {what}");
    None
}

/// The rows that a library of others reads in a report.
fn read_back(python: &Path, kind: &str, report: &str) -> Vec<serde_json::Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    std::fs::write(&file, report).unwrap();
    let output = Command::new(python)
        .arg(root().join("tests/formats/read_back.py"))
        .arg(kind)
        .arg(&file)
        .arg(root().join("tests/formats/sarif-schema-2.1.0.json"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often each thing is there.
fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

#[test]
fn sarif_holds_to_its_schema_and_a_viewer_lists_the_same() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let read = read_back(&python, "sarif", &bench.report("sarif"));
    let own = |row: &Row| {
        let severity = match row.level.as_str() {
            "deny" => "error",
            "warn" => "warning",
            _ => "none",
        };
        (severity.to_owned(), row.rule.clone(), row.fingerprint.clone(), row.waived)
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let theirs = |row: &serde_json::Value| (text(&row[0]), text(&row[1]), text(&row[4]), row[5] == true);
    assert_eq!(counted(read.iter().map(theirs)), counted(bench.rows.iter().map(own)));
    for row in &read {
        let address = text(&row[2]);
        assert!(!address.contains([':', ' ', '<', '"', '\\']) && !address.starts_with('/'), "{address}");
    }
}

#[test]
fn junit_is_read_back_with_every_finding() {
    let Some(python) = python() else { return };
    let bench = Bench::new();
    let read = read_back(&python, "junit", &bench.report("junit"));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let own = |row: &Row| (row.rule.clone(), row.level.clone(), row.fingerprint.clone(), row.waived);
    let findings = read.iter().filter(|row| row[0] != "lastlook");
    let theirs = findings.map(|row| {
        let skipped = row[3] == serde_json::json!(["Skipped"]);
        (text(&row[0]), text(&row[1]), text(&row[2]), skipped)
    });
    assert_eq!(counted(theirs), counted(bench.rows.iter().map(own)));
    let ended = |rule: &str| read.iter().filter(|row| row[0] == rule).map(|row| row[3].to_string()).collect::<Vec<_>>();
    assert_eq!(ended("lastlook"), ["[\"Failure\"]", "[]", "[\"Error\"]"]);
    assert_eq!(ended("policy/unused"), ["[]"]);
}
