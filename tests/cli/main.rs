//! The command as a person meets it: what it prints, what it says when something is wrong, and its exit codes.
#![allow(
    unreachable_pub,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

#[path = "../../fixtures/make.rs"]
mod make;

mod hook;
mod init;

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn lastlook(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastlook"));
    command.args(args).current_dir(folder).env_clear();
    command
}

/// Standard output without times, which differ from run to run.
fn shown(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| line.find(" in 0.").map_or(line, |at| &line[..at]));
    lines.collect::<Vec<_>>().join("\n")
}

fn scratch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ok = make::tgz([("package.json", &br#"{"name":"ok","version":"1.0.0"}"#[..]), ("index.js", b"x()\n")]);
    std::fs::write(folder.path().join("ok.tgz"), ok).unwrap();
    std::fs::write(folder.path().join("leak.tgz"), make::sample()).unwrap();
    folder
}

/// Compares with a snapshot; `UPDATE=1` writes it anew.
#[track_caller]
fn snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} is not as it was; if it should be, run with UPDATE=1:\n{text}");
}

#[test]
fn what_a_person_reads() {
    let folder = scratch();
    snapshot("clear.txt", &shown(&lastlook(folder.path(), &["audit", "ok.tgz"])));
    snapshot("blocked.txt", &shown(&lastlook(folder.path(), &["audit", "leak.tgz"])));
    snapshot("incomplete.txt", &shown(&lastlook(folder.path(), &["audit", "gone.tgz"])));
    snapshot("several.txt", &shown(&lastlook(folder.path(), &["audit", "ok.tgz", "leak.tgz"])));
    snapshot("rule.txt", &shown(&lastlook(folder.path(), &["rules", "map/embedded-sources"])));
    snapshot("help.txt", &shown(&lastlook(folder.path(), &["--help"])));
    snapshot("help-audit.txt", &shown(&lastlook(folder.path(), &["audit", "--help"])));
    snapshot("help-publish.txt", &shown(&lastlook(folder.path(), &["publish", "--help"])));
    snapshot("help-approve.txt", &shown(&lastlook(folder.path(), &["approve", "--help"])));
    #[cfg(all(feature = "mcp", unix))]
    snapshot("help-mcp.txt", &shown(&lastlook(folder.path(), &["mcp", "--help"])));
    snapshot("help-verify.txt", &shown(&lastlook(folder.path(), &["verify", "--help"])));
}

#[test]
fn a_secret_as_a_person_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let token = ["AKIA", "QYLPMN5HFXW7VWN2"].concat();
    let source = format!("// keys\nexport const key = '{token}'\n");
    let map =
        serde_json::json!({"version": 3, "sources": ["src/keys.ts"], "sourcesContent": [source], "mappings": "AAAA"});
    let bundle = format!("x('{token}')\n");
    let manifest = &br#"{"name":"@acme/cli","version":"1.4.0"}"#[..];
    let old = make::tgz([("package.json", manifest), ("lib/app-3fa91c0e.js", b"x()\n"), ("gone.js", b"1")]);
    let map = serde_json::to_vec(&map).unwrap();
    let new = make::tgz([
        ("package.json", manifest),
        ("cli.js", bundle.as_bytes()),
        ("cli.js.map", &map),
        ("lib/app-77aa01bc.js", b"x();y()\n"),
        ("odd|`name`<b>.js", b"1"),
    ]);
    std::fs::write(folder.path().join("old.tgz"), old).unwrap();
    std::fs::write(folder.path().join("new.tgz"), new).unwrap();
    snapshot("secret.txt", &shown(&lastlook(folder.path(), &["audit", "new.tgz"])));
    let diff = lastlook(folder.path(), &["diff", "old.tgz", "new.tgz"]);
    assert_eq!(diff.status.code(), Some(1));
    snapshot("diff.txt", &shown(&diff));
    for format in ["json", "markdown"] {
        let diff = lastlook(folder.path(), &["diff", "old.tgz", "new.tgz", "--format", format]);
        snapshot(&format!("diff.{format}"), &shown(&diff));
    }
    assert_eq!(lastlook(folder.path(), &["diff", "new.tgz", "new.tgz"]).status.code(), Some(0));
    assert_eq!(lastlook(folder.path(), &["diff", "new.tgz", "old.tgz"]).status.code(), Some(0));
    assert_eq!(lastlook(folder.path(), &["diff", "none.tgz", "new.tgz"]).status.code(), Some(2));
    snapshot("rule-secret.txt", &shown(&lastlook(folder.path(), &["rules", "secret/github-token"])));
    snapshot("help-diff.txt", &shown(&lastlook(folder.path(), &["diff", "--help"])));
}

#[test]
fn the_report_in_json_is_the_contract() {
    let folder = scratch();
    let output = lastlook(folder.path(), &["audit", "leak.tgz", "--format", "json"]);
    // The digest changes with every rule.
    let text = String::from_utf8(output.stdout).unwrap();
    let at = text.find("\"sha256:").unwrap() + 8;
    snapshot("report.json", &text.replace(&text[at..at + 64], "…"));
}

#[test]
fn slips_of_the_pen_get_a_hint() {
    let folder = scratch();
    for (args, hint) in [
        (&["audt", "ok.tgz"][..], "audit"),
        (&["audit", "ok.tgz", "--formt", "json"], "--format"),
        (&["audit", "ok.tgz", "--format", "jsn"], "json"),
        (&["audit", "ok.tgz", "--output", "jsn=x"], "human, json, sarif"),
        (&["audit", "ok.tgz", "--output", "report.json"], "FORMAT=FILE"),
        (&["audit", "ok.tgz", "--threads", "0"], "--threads"),
        (&["audit"], "<TARGET>"),
        (&["audit", "ok.tgz", "--no-compare"], "add --pack"),
        (&["audit", "ok.tgz", "--pack"], "cannot be used with"),
        (&["rules", "map/embeded-sources"], "map/embedded-sources"),
        (&["audit", "-", "-"], "only once"),
    ] {
        let output = lastlook(folder.path(), args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text.contains(hint), "{args:?}: {text}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(lastlook(folder.path(), &[]).status.code(), Some(2));
}

#[test]
fn the_exit_code_knows_no_format() {
    let folder = scratch();
    for (target, code) in [("ok.tgz", 0), ("leak.tgz", 1), ("gone.tgz", 2)] {
        for format in ["human", "json"] {
            assert_eq!(lastlook(folder.path(), &["audit", target, "--format", format]).status.code(), Some(code));
        }
    }
}

#[test]
fn standard_input_is_a_target() {
    let folder = scratch();
    let file = std::fs::File::open(folder.path().join("leak.tgz")).unwrap();
    let output = command(folder.path(), &["audit", "-", "--format", "json"]).stdin(Stdio::from(file)).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), json["artifacts"][0]["name"].as_str()), (Some(1), Some("-")));
    assert_eq!(json["artifacts"][0]["package"]["name"], "@acme/cli");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_can_not_be_written_is_not_clear_and_a_closed_pipe_changes_nothing() {
    let folder = scratch();
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let code = |target: &str, out: Stdio, more: &[&str]| {
        let args: Vec<&str> = ["audit", target].iter().chain(more).copied().collect();
        command(folder.path(), &args).stdout(out).stderr(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(code("ok.tgz", full(), &[]), Some(2));
    assert_eq!(code("leak.tgz", full(), &[]), Some(1));
    assert_eq!(code("ok.tgz", Stdio::null(), &["--output", "json=/dev/full"]), Some(2));
    assert_eq!(code("ok.tgz", Stdio::null(), &["--output", "json=no/such/folder/x"]), Some(2));
    for (target, expected) in [("ok.tgz", 0), ("leak.tgz", 1)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(code(target, Stdio::from(writer), &[]), Some(expected));
    }
}

#[test]
fn reports_go_to_files_too() {
    let folder = scratch();
    let output = lastlook(folder.path(), &["audit", "leak.tgz", "--output", "json=a.json", "--output", "human=b.txt"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(json["schema"], "lastlook.report/1");
    assert!(std::fs::read_to_string(folder.path().join("b.txt")).unwrap().contains("BLOCKED"));
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let folder = scratch();
    let coloured = |name: &str, value: &str| {
        command(folder.path(), &["audit", "ok.tgz"]).env(name, value).output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!coloured("X", ""));
    assert!(coloured("CLICOLOR_FORCE", "1"));
    assert!(!coloured("CLICOLOR_FORCE", "0"));
    let both =
        command(folder.path(), &["audit", "ok.tgz"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!both.stdout.contains(&0x1b));
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let folder = scratch();
    let name = "package/\u{1b}[2J\u{202e}evil\n.env";
    let tar = make::archive(&[make::manifest(), make::Raw::file(name, b"x")]);
    std::fs::write(folder.path().join("h.tgz"), make::gzip(&tar)).unwrap();
    let output = lastlook(folder.path(), &["audit", "h.tgz"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && text.contains("\\u{1b}[2J"), "{text}");
}

/// What is generated from the rules is as the rules are.
#[test]
fn the_page_of_all_rules_is_fresh() {
    let page = lastlook(Path::new(env!("CARGO_MANIFEST_DIR")), &["rules", "--format", "markdown"]);
    snapshot("../../../docs/rules.md", &String::from_utf8(page.stdout).unwrap());
}

#[test]
fn the_policy_that_the_docs_show_is_one() {
    let folder = scratch();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md")).unwrap();
    let policy = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    std::fs::write(folder.path().join("lastlook.toml"), policy).unwrap();
    let output = lastlook(folder.path(), &["audit", "ok.tgz"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let folder = scratch();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = String::from_utf8(lastlook(folder.path(), &["completions", shell]).stdout).unwrap();
        assert!(text.contains("explain-exceptions") && !text.contains("__wall"), "{shell}");
    }
    let manual = String::from_utf8(lastlook(folder.path(), &["man"]).stdout).unwrap();
    for command in ["AUDIT", "RECOVER", "DIFF", "RULES", "INIT"] {
        assert!(manual.contains(&format!(".SH \"LASTLOOK {command}\"")), "{command}");
    }
}
