//! What can be recovered comes back byte for byte, under names that stay inside.

use std::collections::BTreeMap;

use crate::make::tgz;
use crate::run::lastlook;

#[test]
fn every_text_comes_back_under_a_safe_name() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        ["../../../etc/passwd", "src/a.ts", "SRC/A.ts", "src/a.ts/b", "webpack://x/./c.ts", "nul", "", "a\u{0}b"];
    let texts: Vec<String> =
        (0..names.len()).map(|number| format!("canary {number} \"é\u{1f600}\"\r\n\tend")).collect();
    let map = serde_json::json!({ "version": 3, "sources": names, "sourcesContent": texts, "mappings": "" });
    let map = serde_json::to_vec(&map).unwrap();
    std::fs::write(folder.path().join("pkg.tgz"), tgz([("d/a.map", &map[..]), ("d/b.map", &map)])).unwrap();
    let output = lastlook(folder.path(), &["recover", "pkg.tgz", "-o", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let out = folder.path().join("out");
    let index: Vec<BTreeMap<String, serde_json::Value>> =
        serde_json::from_slice(&std::fs::read(out.join("index.json")).unwrap()).unwrap();
    assert_eq!(index.len(), 2 * names.len());
    for (number, row) in index.iter().enumerate() {
        let file = out.join(row["file"].as_str().unwrap()).canonicalize().unwrap();
        assert!(file.starts_with(out.canonicalize().unwrap()));
        assert_eq!(std::fs::read_to_string(file).unwrap(), texts[number % names.len()]);
    }
    // Never over what is there.
    assert_eq!(lastlook(folder.path(), &["recover", "pkg.tgz", "-o", "out"]).status.code(), Some(2));
}
