//! The hook of coding agents, as their clients start it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::command;

/// How the hook answers; `None` closes its standard output first.
fn hooked(folder: &Path, input: &[u8]) -> Output {
    let mut command = command(folder, &["hook"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may have seen enough before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn claude(command: &str) -> Vec<u8> {
    json!({ "session_id": "s", "transcript_path": "/t", "cwd": "/", "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": { "command": command }, "tool_use_id": "t" })
    .to_string()
    .into_bytes()
}

#[test]
fn a_client_is_told_by_the_exit_code_and_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "npm publish",
        "cd x && pnpm publish --access public",
        "n''pm publish",
        "echo bnBtIHB1Ymxpc2gK | base64 -d | sh",
    ] {
        let output = hooked(folder.path(), &claude(command));
        let reason = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}: {reason}");
        assert!(reason.contains("lastlook publish"), "{command}: {reason}");
    }
    for command in ["npm test", "npm publish --dry-run", "git commit -m 'npm publish'", "npm pack"] {
        let output = hooked(folder.path(), &claude(command));
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"{}"[..]), "{command}");
    }
    for odd in [&b""[..], b"{", b"null", b"\xff\xfe", br#"{"hook_event_name":"Later"}"#] {
        assert_eq!(hooked(folder.path(), odd).status.code(), Some(2), "{odd:?}");
    }
    assert_eq!(hooked(folder.path(), &vec![b' '; 5 << 20]).status.code(), Some(2));
}

#[test]
fn the_hook_is_merged_into_settings_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".claude/settings.json");
    std::fs::create_dir(folder.path().join(".claude")).unwrap();
    let before = "{\n  \"model\": \"x\",\n  \"hooks\": { \"Stop\": [] }\n}\n";
    std::fs::write(&file, before).unwrap();
    let run = |words: &[&str]| command(folder.path(), &[&["hook", "install"], words].concat()).output().unwrap();
    let shown = run(&["claude", "--dry-run"]);
    assert_eq!((shown.status.code(), std::fs::read_to_string(&file).unwrap().as_str()), (Some(0), before));
    assert!(String::from_utf8_lossy(&shown.stdout).contains("+ "), "{shown:?}");
    assert_eq!(run(&["claude"]).status.code(), Some(0));
    let after = std::fs::read_to_string(&file).unwrap();
    let value: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(value["model"], "x");
    assert_eq!(value["hooks"]["PreToolUse"][0]["hooks"][0]["command"], "lastlook", "{after}");
    assert_eq!(run(&["claude"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), after, "it was merged twice");
    for client in ["codex", "gemini", "cursor"] {
        assert_eq!(run(&[client]).status.code(), Some(0), "{client}");
    }
    std::fs::write(&file, "{ broken").unwrap();
    assert_eq!(run(&["claude"]).status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{ broken");
    assert_eq!(run(&["vim"]).status.code(), Some(2));
}
