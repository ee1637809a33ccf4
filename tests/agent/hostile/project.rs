//! An attempt -> a project on disk, whose package is dirty whatever becomes of the attempt.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::aim::Aim;
use super::attempt::Attempt;

/// Makes a package with a source map that carries its sources.
const MAKE: &str = r#"// Builds the package.
const fs = require('fs');
fs.mkdirSync('dist', { recursive: true });
const map = {
  version: 3, file: 'cli.js', sources: ['../src/cli.ts'], names: [], mappings: 'AAAA',
  sourcesContent: ['// What the company never meant to show.\nexport const price = (cost: number) => cost * 3;\n'],
};
fs.writeFileSync('dist/cli.js', 'exports.price=t=>3*t;\n//# sourceMappingURL=cli.js.map\n');
fs.writeFileSync('dist/cli.js.map', JSON.stringify(map));
"#;

/// Whether the program that an attempt needs is there; said aloud where not.
pub fn installed(attempt: &Attempt) -> bool {
    let Some(program) = attempt.needs else { return true };
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("SKIPPED: {} needs {program}", attempt.name);
    }
    there
}

/// Writes the project of an attempt into `dir`, which may hold a policy and a repository already.
pub fn project(dir: &Path, aim: &Aim, attempt: &Attempt) {
    let mut scripts = Map::new();
    scripts.insert("build".to_owned(), json!("node make.js"));
    scripts.insert("test".to_owned(), json!("node -e 0"));
    scripts.extend(attempt.scripts.iter().map(|(name, command)| (name.clone(), json!(command))));
    let mut manifest = Map::new();
    manifest.insert("name".to_owned(), json!("widget"));
    manifest.insert("version".to_owned(), json!("1.0.0"));
    manifest.insert("main".to_owned(), json!("dist/cli.js"));
    manifest.insert("files".to_owned(), json!(["dist"]));
    manifest.insert("scripts".to_owned(), Value::Object(scripts));
    manifest.extend(attempt.manifest.clone());
    write(dir, "package.json", &format!("{:#}\n", Value::Object(manifest)));
    for (path, text) in [
        ("make.js", MAKE),
        ("src/cli.ts", "export const price = (cost: number) => cost * 3;\n"),
        ("README.md", "# It multiplies\n"),
        ("aim.json", &aim.json()),
        ("aim.sh", &aim.shell()),
        ("way.js", include_str!("programs/way.js")),
        ("way.py", include_str!("programs/way.py")),
    ] {
        write(dir, path, text);
    }
    for (path, text) in &attempt.files {
        write(dir, path, text);
        if let Some(stem) = path.strip_suffix(".c").filter(|_| attempt.needs == Some("gcc")) {
            compile(dir, path, stem);
        }
    }
}

/// Compiles here, since a compiler may not work where the build runs.
fn compile(dir: &Path, path: &str, stem: &str) {
    let mut gcc = Command::new("gcc");
    if stem.ends_with(".so") {
        gcc.args(["-shared", "-fPIC"]);
    }
    let output = gcc.args(["-O1", "-w", "-o", stem, path]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write(dir: &Path, path: &str, text: &str) {
    let file = dir.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
}
