//! Every rule about contents has a folder of fixtures that hits and one that is clean.

use std::path::Path;

use crate::run::{audit_at, lastlook};

#[test]
fn every_fixture_comes_out_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    let mut seen = Vec::new();
    for family in std::fs::read_dir(&root).unwrap() {
        for rule in std::fs::read_dir(family.unwrap().path()).unwrap() {
            let path = rule.unwrap().path();
            let id = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            assert!(audit_at(&path, "hit", &[]).has(&id), "{id} does not hit");
            assert!(!audit_at(&path, "clean", &[]).has(&id), "{id} hits what is clean");
            seen.push(id);
        }
    }
    for part in ["forms", "binaries"] {
        let table = std::fs::read(root.parent().unwrap().join(part).join("forms.json")).unwrap();
        let table: Vec<serde_json::Value> = serde_json::from_slice(&table).unwrap();
        seen.extend(table.iter().filter_map(|form| form["rule"].as_str().map(str::to_owned)));
    }
    let listed = String::from_utf8(lastlook(&root, &["rules"]).stdout).unwrap();
    for id in listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|id| id.starts_with("map/") || id.starts_with("source/"))
    {
        assert!(seen.iter().any(|have| have == id), "{id} has no fixture");
    }
}

#[test]
fn the_rules_pass_their_own_examples() {
    let output = lastlook(Path::new("."), &["rules", "test"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("come out right"));
}
