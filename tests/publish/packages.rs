//! Packages for tests, packed as npm packs: one folder, plain files, a fixed time, nothing else.

use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};

/// A tarball. `extra` are more keys of its package.json, and may replace those two that are always there.
pub fn package(name: &str, version: &str, extra: Value, files: &[(&str, &str)]) -> Vec<u8> {
    let mut manifest = Map::new();
    manifest.insert("name".to_owned(), json!(name));
    manifest.insert("version".to_owned(), json!(version));
    manifest.extend(extra.as_object().cloned().unwrap_or_default());
    let manifest = format!("{:#}\n", Value::Object(manifest));
    raw(&manifest, files)
}

/// One with this very text as its package.json.
pub fn raw(manifest: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut all = vec![("package.json", manifest)];
    all.extend_from_slice(files);
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, text) in all {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(499_162_500);
        header.set_entry_type(tar::EntryType::Regular);
        tar.append_data(&mut header, format!("package/{path}"), text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// One that nothing is wrong with.
pub fn clean(name: &str, version: &str) -> Vec<u8> {
    let extra = json!({ "main": "index.js", "license": "MIT", "description": "adds two numbers" });
    let files = [("index.js", "module.exports = (a, b) => a + b;\n"), ("README.md", "# It adds\n")];
    package(name, version, extra, &files)
}

/// One whose source map carries its sources.
pub fn with_sources(name: &str, version: &str) -> Vec<u8> {
    let map = json!({
        "version": 3, "file": "index.js", "sources": ["../src/index.ts"], "names": [], "mappings": "AAAA",
        "sourcesContent": ["// What the company never meant to show.\nexport const price = (cost: number) => cost * 3;\n"],
    });
    let script = "exports.price=t=>3*t;\n//# sourceMappingURL=index.js.map\n";
    package(name, version, json!({ "main": "index.js" }), &[("index.js", script), ("index.js.map", &map.to_string())])
}

/// One that carries a key of a cloud. It is put together here so that no scanner finds one in this file.
pub fn with_secret(name: &str, version: &str) -> Vec<u8> {
    let script = format!("const key = \"{}\";\nconst secret = \"{}\";\n", secret_id(), secret());
    package(name, version, json!({ "main": "index.js" }), &[("index.js", &script)])
}

/// The name of that key.
pub fn secret_id() -> String {
    ["AKIA", "Z7Q2M4XW", "P3LK5RTB"].concat()
}

/// What must be printed nowhere.
pub fn secret() -> String {
    ["t9Xw2QmR7v", "KpL4sZc8Yd", "B1nH6fGjU3", "aEoT5iWqVx"].concat()
}
