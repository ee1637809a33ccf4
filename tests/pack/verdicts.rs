//! `lastlook audit --pack`: one verdict a package and one for all, and what other packers would ship.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::bench::{Bin, project};

fn audit(bin: &Bin, folder: &Path, args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastlook"));
    command.args(["audit", "--pack"]).args(args).current_dir(folder).env_clear();
    command.env("PATH", bin.path()).env("HOME", home.path()).output().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

const MAP: &str = r#"{\"version\":3,\"sources\":[\"src/a.ts\"],\"sourcesContent\":[\"our source\"],\"mappings\":\"\"}"#;

#[test]
fn each_package_has_its_verdict_and_the_worst_is_that_of_all() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let leak = format!(
        r#"{{"name":"@acme/leak","version":"1.0.0","scripts":{{"prepack":"node -e 'require(\"fs\").writeFileSync(\"a.js.map\",process.env.npm_package_config_map)'"}},"config":{{"map":"{MAP}"}}}}"#
    );
    let folder = project(&[
        ("package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#),
        ("package-lock.json", "{}"),
        ("packages/clear/package.json", r#"{"name":"@acme/clear","version":"1.0.0"}"#),
        ("packages/leak/package.json", &leak),
        ("packages/own/package.json", r#"{"name":"own","version":"1.0.0","private":true}"#),
        ("packages/own/own.js.map", "not looked at"),
    ]);
    let output = audit(&bin, folder.path(), &["--format", "json", "--output", "sarif=report.sarif"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report = report(&output);
    let rows: Vec<(&str, &str, &str)> = report["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let name = one["package"]["name"].as_str().unwrap();
            (name, one["verdict"].as_str().unwrap(), one["home"].as_str().unwrap())
        })
        .collect();
    assert_eq!(rows, [("@acme/clear", "clear", "packages/clear"), ("@acme/leak", "blocked", "packages/leak")]);
    assert_eq!(report["verdict"], "blocked");
    // Code scanning shows a finding where the file lies in the repository.
    let sarif = std::fs::read_to_string(folder.path().join("report.sarif")).unwrap();
    assert!(sarif.contains("\"uri\": \"packages/leak/a.js.map\""), "{sarif}");
    let clear = audit(&bin, &folder.path().join("packages/clear"), &[]);
    assert_eq!(clear.status.code(), Some(0));
}

#[test]
fn what_another_packer_would_ship_is_a_warning() {
    let Some(bin) = Bin::with(&["npm", "pnpm", "bun", "yarn1"]) else { return };
    // npm takes what is named last, some leave out what is ruled out anywhere, one begins with everything.
    let folder = project(&[
        ("package.json", r#"{"name":"a","version":"1.0.0","license":"MIT","files":["!**/*.txt","dist"]}"#),
        ("package-lock.json", "{}"),
        ("dist/a.js", "x()\n"),
        ("dist/notes.txt", "n\n"),
    ]);
    let differs = |output: &Output| -> Vec<String> {
        let findings = report(output)["artifacts"][0]["findings"].as_array().unwrap().clone();
        let own = findings.into_iter().filter(|finding| finding["rule"] == "pack/differs");
        own.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
    };
    let output = audit(&bin, folder.path(), &["--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let found = differs(&output);
    assert_eq!(found.len(), 3, "{found:?}");
    let wanted = ["Bun", "Yarn 1", "pnpm"];
    let what = ["leave out dist/notes.txt", "also ship package-lock.json", "leave out dist/notes.txt"];
    for ((packer, what), message) in wanted.iter().zip(what).zip(&found) {
        assert!(message.starts_with(packer) && message.ends_with(what), "{message}");
    }
    assert!(differs(&audit(&bin, folder.path(), &["--format", "json", "--no-compare"])).is_empty());
    let strict = audit(&bin, folder.path(), &["--fail-on", "warn"]);
    assert_eq!(strict.status.code(), Some(1));
    let text = String::from_utf8(strict.stdout).unwrap();
    assert!(text.contains("pack/differs") && text.contains("a-1.0.0.tgz: Bun"), "{text}");
}

#[test]
fn a_project_that_cannot_be_packed_is_no_clear_release() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let manifest =
        r#"{"name":"a","version":"1.0.0","scripts":{"prepack":"printf '\u001b[31mfirst\n::error::second\n'; exit 1"}}"#;
    let folder = project(&[("package.json", manifest), ("package-lock.json", "{}")]);
    let output = audit(&bin, folder.path(), &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && text.contains("first"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
    for args in [&["ok.tgz"][..], &["--env", "NPM_TOKEN"], &["--pack-limit", "0"]] {
        assert_eq!(audit(&bin, folder.path(), args).status.code(), Some(2), "{args:?}");
    }
}

/// A script can't lead a report over a file that it could not write itself, nor keep it waiting.
#[test]
fn a_report_is_written_where_it_was_asked_for_or_not_at_all() {
    let Some(bin) = Bin::with(&["npm", "mkfifo", "ln"]) else { return };
    for (script, output) in [
        ("ln -s ../victim report.json", "report.json"),
        ("rm -rf out; ln -s .. out", "out/victim"),
        ("rm -f report.json; mkfifo report.json", "report.json"),
    ] {
        let manifest = serde_json::json!({ "name": "a", "version": "1.0.0", "scripts": { "prepack": script } });
        let folder = project(&[("victim", "keep"), ("p/package.json", &manifest.to_string()), ("p/out/x", "")]);
        let output = audit(&bin, &folder.path().join("p"), &["--no-compare", "--output", &format!("json={output}")]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{script}: {text}");
        assert!(text.contains("could not be written"), "{script}: {text}");
        assert_eq!(std::fs::read_to_string(folder.path().join("victim")).unwrap(), "keep", "{script}");
    }
}
