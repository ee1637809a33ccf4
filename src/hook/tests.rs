//! The hook against recorded inputs, many commands, odd settings and noise.

mod allowed;
mod commands;
mod input;
mod settings;

use serde_json::{Value, json};

use super::{Answer, answer};

/// What Claude Code asks before it runs a command.
fn claude(command: &str, folder: &str) -> Answer {
    ask(&json!({
        "session_id": "s", "transcript_path": "/t", "cwd": folder, "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": command }, "tool_use_id": "u"
    }))
}

fn tool(name: &str, input: &Value) -> Answer {
    ask(&json!({ "cwd": "/home/me/app", "hook_event_name": "PreToolUse", "tool_name": name, "tool_input": input }))
}

fn ask(input: &Value) -> Answer {
    answer(input.to_string().as_bytes())
}
