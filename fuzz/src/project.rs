//! What a project says of itself: package.json, the YAML of workspaces, and .npmrc.

use std::path::Path;
use std::sync::LazyLock;

use lastlook::project::Project;
use lastlook::publish::npmrc_keys;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    // Nothing above it is looked at.
    std::fs::create_dir_all(folder.path().join(".git")).expect("a folder");
    for package in ["packages/a", "packages/b", "apps/c/d"] {
        std::fs::create_dir_all(folder.path().join(package)).expect("a folder");
        let manifest = format!("{{\"name\":{package:?},\"version\":\"1.0.0\"}}");
        std::fs::write(folder.path().join(package).join("package.json"), manifest).expect("room for a file");
    }
    folder
});

/// The first byte says what the rest is.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let write = |name: &str, text: &[u8]| std::fs::write(FOLDER.path().join(name), text).expect("room for a file");
    let usual = &br#"{"name":"a","version":"1.0.0","workspaces":["packages/*"]}"#[..];
    let plain = &b"packages:\n  - packages/*\n"[..];
    let (manifest, pnpm, yarn) = match first % 4 {
        0 => (rest, plain, &b""[..]),
        1 => (&br#"{"name":"a","version":"1.0.0","packageManager":"pnpm@10.0.0"}"#[..], rest, &b""[..]),
        2 => (usual, plain, rest),
        _ => return npmrc(rest),
    };
    for (name, text) in [("package.json", manifest), ("pnpm-workspace.yaml", pnpm), (".yarnrc.yml", yarn)] {
        write(name, text);
    }
    if let Ok(project) = Project::read(FOLDER.path()) {
        for package in project.packages() {
            let folder = Path::new(&package.folder);
            assert!(folder.is_relative() && !package.folder.contains(".."), "{:?} leaves the project", package.folder);
        }
    }
}

/// A key stands once, in a line that there is.
fn npmrc(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let keys = npmrc_keys(text);
    let lines = text.split(['\n', '\r']).count();
    let names: std::collections::BTreeSet<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(names.len(), keys.len(), "a key stands twice: {keys:?}");
    assert!(keys.iter().all(|(_, line)| (1..=lines).contains(line)), "{keys:?}");
}
