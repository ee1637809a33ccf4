//! What was published is installed by the clients that people use, byte for byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Real, entries};
use crate::packages::package;
use crate::registry::integrity;

/// The installers that are here, by name: the words that start each.
fn installers() -> Vec<(&'static str, Vec<PathBuf>, &'static [&'static str])> {
    let packers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packers/node_modules");
    let bun = std::fs::read_dir(packers.join("@oven")).into_iter().flatten().flatten();
    let mut bun: Vec<PathBuf> = bun.map(|entry| entry.path().join("bin/bun")).collect();
    bun.sort();
    let runs = |file: &PathBuf| Command::new(file).arg("--version").output().is_ok_and(|run| run.status.success());
    let mut found = vec![("npm", vec!["npm".into()], &["install", "--no-audit", "--no-fund"][..])];
    found.extend(bun.into_iter().find(runs).map(|file| ("bun", vec![file], &["install"][..])));
    for (name, script, words) in
        [("pnpm", "pnpm/bin/pnpm.cjs", &["install"][..]), ("yarn", "yarn/bin/yarn.js", &["install", "--silent"][..])]
    {
        if packers.join(script).exists() {
            found.push((name, vec!["node".into(), packers.join(script)], words));
        }
    }
    if found.len() < 2 {
        let what = "no other client is installed: run npm ci in tests/packers";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
        eprintln!("SKIPPED: {what}");
    }
    found
}

/// Every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    // pnpm puts a package's own programs below it.
    let all = walkdir::WalkDir::new(folder.canonicalize().unwrap()).into_iter();
    let all = all
        .filter_entry(|entry| entry.file_name() != "node_modules" || entry.depth() == 0)
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    let root = folder.canonicalize().unwrap();
    all.map(|entry| {
        let path = entry.path().strip_prefix(&root).unwrap().display().to_string();
        (path, std::fs::read(entry.path()).unwrap())
    })
    .collect()
}

#[test]
fn clients_install_what_was_cleared() {
    let Some(real) = Real::start() else { return };
    let extra = json!({ "bin": { "real-run": "cli.js" }, "main": "lib/index.js" });
    let script = "#!/usr/bin/env node\nconsole.log(require('.')(2, 3));\n";
    let inner = [("cli.js", script), ("lib/index.js", "module.exports = (a, b) => a + b;\n"), ("data/é.txt", "ü\n")];
    let tarballs = ["real-install", "@real/install"].map(|name| package(name, "1.0.0", extra.clone(), &inner));
    real.published(&[], &[&tarballs[0], &tarballs[1]]);
    for (client, program, words) in installers() {
        let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let manifest = json!({
            "name": "app", "version": "1.0.0", "dependencies": { "real-install": "1.0.0", "@real/install": "1.0.0" },
        });
        std::fs::write(folder.path().join("package.json"), manifest.to_string()).unwrap();
        std::fs::write(folder.path().join(".npmrc"), format!("registry={}\n", real.verdaccio.url())).unwrap();
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]).args(words).current_dir(folder.path()).env_clear().env("HOME", home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("npm_config_update_notifier", "false");
        command.env("npm_config_registry", real.verdaccio.url()).env("CI", "1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{client}: {output:?}");
        for (name, tarball) in ["real-install", "@real/install"].into_iter().zip(&tarballs) {
            assert_eq!(files(&folder.path().join("node_modules").join(name)), entries(tarball), "{client}: {name}");
        }
        let ran = Command::new("node").arg("node_modules/real-install/cli.js").current_dir(folder.path()).output();
        assert_eq!(ran.unwrap().stdout, b"5\n", "{client}");
        assert!(folder.path().join("node_modules/.bin/real-run").exists(), "{client}");
        let locks = ["package-lock.json", "bun.lock", "pnpm-lock.yaml", "yarn.lock"];
        let lock = locks.iter().find_map(|lock| std::fs::read_to_string(folder.path().join(lock)).ok()).unwrap();
        for tarball in &tarballs {
            assert!(lock.contains(&integrity(tarball)), "{client}: {lock}");
        }
        if client == "npm" {
            let lock: Value = serde_json::from_str(&lock).unwrap();
            let row = &lock["packages"]["node_modules/@real/install"];
            assert_eq!((&row["version"], &row["integrity"]), (&json!("1.0.0"), &json!(integrity(&tarballs[1]))));
        }
    }
}
