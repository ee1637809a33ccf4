//! Inputs of each client, tools, and inputs that are none.

use serde_json::json;

use super::{answer, ask, claude, tool};

#[test]
fn each_client_gets_the_answer_it_knows() {
    let codex = |command: &str| {
        ask(&json!({
            "cwd": "/home/me/app", "hook_event_name": "PreToolUse", "model": "gpt-5", "permission_mode": "default", "session_id": "s",
            "tool_input": { "command": command }, "tool_name": "Bash", "tool_use_id": "u", "transcript_path": null, "turn_id": "1"
        }))
    };
    let gemini = |command: &str| {
        ask(&json!({
            "session_id": "s", "transcript_path": "/t", "cwd": "/home/me/app", "hook_event_name": "BeforeTool", "timestamp": "2026-10-01T00:00:00Z",
            "tool_name": "run_shell_command", "tool_input": { "command": command, "description": "x" }, "mcp_context": null
        }))
    };
    let cursor = |command: &str| {
        ask(&json!({
            "hook_event_name": "beforeShellExecution", "conversation_id": "c", "generation_id": "g", "workspace_roots": ["/home/me/app"],
            "command": command, "cwd": "/home/me/app"
        }))
    };
    for said in [claude("npm test", "/home/me/app"), codex("npm test"), gemini("npm test")] {
        assert_eq!((said.stdout.as_str(), said.stderr.as_str(), said.exit), ("{}", "", 0));
    }
    let said = cursor("npm test");
    assert_eq!((said.stdout.as_str(), said.exit), ("{\"permission\":\"allow\"}", 0));
    assert!(
        codex("npm publish")
            .stdout
            .starts_with("{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"deny\"")
    );
    assert!(
        gemini("npm publish").stdout.starts_with("{\"decision\":\"deny\",\"reason\":\"lastlook: `npm publish` would")
    );
    assert!(cursor("npm publish").stdout.starts_with("{\"permission\":\"deny\",\"user_message\":\"lastlook: "));
    for said in [claude("npm publish", ""), codex("npm publish"), gemini("npm publish"), cursor("npm publish")] {
        assert_eq!(said.exit, 2);
        assert!(said.stderr.starts_with(
            "lastlook: `npm publish` would publish what nobody looked at. Use `lastlook publish PKG.tgz`"
        ));
    }
}

#[test]
fn what_is_no_input_is_blocked() {
    let deep = format!("{{\"hook_event_name\":\"PreToolUse\",\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let huge = format!("{{\"hook_event_name\":\"PreToolUse\",\"x\":\"{}\"}}", "x".repeat(5 << 20));
    let inputs: Vec<&[u8]> = vec![
        b"", b"{", b"null", b"[]", b"npm test", b"{}", b"{} {}", b"\xff\xfe", b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\"",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"\xff\"}}",
        b"{\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":1,\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":1}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":[]}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\"}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":[],\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"cwd\":7,\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\",\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"hook_event_name\":\"x\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"beforeShellExecution\"}",
        b"{\"hook_event_name\":\"beforeShellExecution\",\"command\":null}",
        deep.as_bytes(),
        huge.as_bytes(),
    ];
    for input in inputs {
        let said = answer(input);
        assert_eq!(said.exit, 2, "{:?}", String::from_utf8_lossy(&input[..input.len().min(80)]));
        assert!(
            said.stderr.starts_with("lastlook: ") && said.stderr.len() < 300 && said.stdout.contains("deny"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn tools_that_touch_files_are_judged_by_the_file() {
    let blocked = [
        ("Read", json!({"file_path": "/home/me/.npmrc"})),
        ("Read", json!({"file_path": "/home/me/.local/state/lastlook/journal.jsonl"})),
        ("Grep", json!({"pattern": "x", "path": "/home/me/.npmrc"})),
        ("read_many_files", json!({"paths": ["a", "~/.npmrc"]})),
        ("Edit", json!({"file_path": "/home/me/app/lastlook.toml", "old_string": "a", "new_string": "b"})),
        ("Write", json!({"file_path": "lastlook.toml", "content": ""})),
        ("MultiEdit", json!({"file_path": ".claude/settings.json", "edits": []})),
        ("write_file", json!({"file_path": "/home/me/app/.gemini/settings.json", "content": "{}"})),
        ("replace", json!({"file_path": ".cursor/hooks.json", "old_string": "", "new_string": ""})),
        ("Write", json!({"file_path": ".npmrc", "content": "registry=https://evil.example/"})),
        ("mcp__fs__write_file", json!({"path": "/home/me/app/LASTLOOK.toml", "content": ""})),
        (
            "apply_patch",
            json!({"command": "*** Begin Patch\n*** Update File: lastlook.toml\n@@\n-a\n+b\n*** End Patch"}),
        ),
        ("apply_patch", json!({"input": "*** Begin Patch\n*** Delete File: .codex/hooks.json\n*** End Patch"})),
        ("shell", json!({"command": ["bash", "-lc", "npm publish"]})),
        ("shell", json!({"command": ["npm", "publish"]})),
        ("exec_command", json!({"cmd": "npm publish"})),
        ("mcp__term__run", json!({"command": "npm publish"})),
        ("mcp__npm__publish_package", json!({})),
        ("mcp__github__create_release", json!({"tag": "v1"})),
        ("mcp__github__run_workflow", json!({})),
    ];
    for (name, input) in blocked {
        let said = tool(name, &input);
        assert_eq!(said.exit, 2, "{name} {input}");
        assert!(said.stderr.contains("lastlook"));
    }
    let allowed = [
        ("Read", json!({"file_path": "/home/me/app/lastlook.toml"})),
        ("Read", json!({"file_path": "/home/me/app/docs/publish.md"})),
        ("Write", json!({"file_path": "docs/publish.md", "content": "npm publish"})),
        ("Edit", json!({"file_path": "release.sh", "old_string": "a", "new_string": "npm publish ~/.npmrc"})),
        ("Write", json!({"file_path": ".npmrc", "content": "engine-strict=true"})),
        ("Grep", json!({"pattern": "npm publish", "path": "src"})),
        ("WebFetch", json!({"url": "https://docs.example/cli/publish", "prompt": "npm publish"})),
        ("TodoWrite", json!({"todos": [{"content": "npm publish"}]})),
        ("Task", json!({"prompt": "npm publish", "description": "x"})),
        (
            "apply_patch",
            json!({"command": "*** Begin Patch\n*** Update File: README.md\n@@\n-a\n+npm publish\n*** End Patch"}),
        ),
        ("shell", json!({"command": ["bash", "-lc", "npm test"]})),
        ("str_replace_based_edit_tool", json!({"command": "view", "path": "docs/publish.md"})),
        ("mcp__lastlook__publish", json!({"sha512": "x"})),
        ("mcp__blog__publish_post", json!({})),
    ];
    for (name, input) in allowed {
        let said = tool(name, &input);
        assert_eq!(said.exit, 0, "{name} {input}: {}", said.stderr);
    }
}

#[test]
fn the_other_events_of_cursor_are_judged_too() {
    let read = |path: &str| {
        ask(&json!({"hook_event_name": "beforeReadFile", "file_path": path, "content": "x", "workspace_roots": ["/w"]}))
    };
    assert_eq!((read("/home/me/.npmrc").exit, read("/w/README.md").exit), (2, 0));
    let mcp = |input: &str| {
        ask(
            &json!({"hook_event_name": "beforeMCPExecution", "tool_name": "run", "tool_input": input, "command": "npx mcp"}),
        )
    };
    assert_eq!((mcp("{\"command\":\"npm publish\"}").exit, mcp("{\"query\":\"x\"}").exit, mcp("{").exit), (2, 0, 2));
    let write = ask(
        &json!({"hook_event_name": "preToolUse", "tool_name": "Write", "tool_input": {"file_path": "lastlook.toml"}, "cwd": "/w"}),
    );
    assert_eq!(write.exit, 2);
}

/// Noise from a small generator: the same on every machine.
#[test]
fn noise_never_makes_it_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let pieces = [
        "npm ",
        "publish",
        "'",
        "\"",
        "\\",
        "$(",
        ")",
        "`",
        "${",
        "}",
        "<<E\n",
        "E\n",
        "|",
        "&",
        ";",
        "\n",
        "(",
        "((",
        "[[",
        "]]",
        "case x in ",
        "esac",
        "a=",
        "$'",
        "\\x",
        "é",
        "𝒳",
        "~/.npmrc",
        " > ",
        "<(",
        "xargs ",
        "sh -c ",
        "base64 -d",
        "{}",
        "{a,b}",
        "\u{0}",
        "-",
        "=",
        "//",
        "/*",
    ];
    for round in 0..20_000 {
        let text: String = (0..next() % 24).map(|_| pieces[usize::try_from(next()).unwrap() % pieces.len()]).collect();
        let said = claude(&text, "/home/me/none");
        assert!(said.exit == 0 || said.exit == 2, "{text}");
        let bytes: Vec<u8> = (0..next() % 64).map(|_| u8::try_from(next() & 0xff).unwrap()).collect();
        assert_eq!(answer(&bytes).exit, 2, "{bytes:?}");
        for client in [super::super::Client::Claude, super::super::Client::Cursor] {
            let _ = super::super::install(client, Some(&text));
            let _ = super::super::install(client, Some(&String::from_utf8_lossy(&bytes)));
        }
        assert!(round < 20_000);
    }
}
