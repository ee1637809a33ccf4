//! The input of a hook → the call that a client is about to make, in one form for all clients.

use serde_json::{Map, Value, json};

use super::{LONGEST, Refusal};
use crate::model::json::strict;

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Claude Code and Codex.
    Claude,
    Gemini,
    Cursor,
    /// The input was not understood.
    Unknown,
}

/// What a client is about to do.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) dialect: Dialect,
    pub(super) tool: String,
    pub(super) input: Map<String, Value>,
    pub(super) folder: Option<String>,
}

impl Dialect {
    /// Codex takes nothing but `{}` for a yes; Cursor takes nothing for a no.
    pub(super) const fn allowed(self) -> &'static str {
        match self {
            Self::Cursor => "{\"permission\":\"allow\"}",
            Self::Claude | Self::Gemini | Self::Unknown => "{}",
        }
    }

    /// The exit code says no to all of them; this says it again, for a client that lost the code.
    pub(super) fn denied(self, reason: &str) -> String {
        match self {
            Self::Claude => json!({ "hookSpecificOutput": {
                "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason
            } })
            .to_string(),
            Self::Gemini => json!({ "decision": "deny", "reason": reason }).to_string(),
            Self::Cursor => {
                json!({ "permission": "deny", "user_message": reason, "agent_message": reason }).to_string()
            }
            Self::Unknown => json!({
                "decision": "deny", "reason": reason,
                "permission": "deny", "user_message": reason, "agent_message": reason
            })
            .to_string(),
        }
    }
}

/// Reads the input.
pub(super) fn read(input: &[u8]) -> Result<Call, Refusal> {
    if u64::try_from(input.len()).unwrap_or(u64::MAX) > LONGEST {
        return Err(Refusal::Input("the input is longer than 4 MB".to_owned()));
    }
    // Where the line and column are is of no use to the one who reads this, and the text may be hostile.
    let value = strict(input).map_err(|error| {
        let what = if error.is_data() { "keys that come twice, or odd values" } else { "not whole" };
        Refusal::Input(format!("its JSON is refused: {what}"))
    })?;
    let Value::Object(mut all) = value else { return Err(Refusal::Input("the input is no object".to_owned())) };
    let event = text(&all, "hook_event_name")?.ok_or_else(|| Refusal::Input("no event is named".to_owned()))?;
    let folder = text(&all, "cwd")?;
    let (dialect, tool, input) = match event.as_str() {
        "PreToolUse" => (Dialect::Claude, text(&all, "tool_name")?, arguments(&mut all)?),
        "BeforeTool" => (Dialect::Gemini, text(&all, "tool_name")?, arguments(&mut all)?),
        "preToolUse" | "beforeMCPExecution" => (Dialect::Cursor, text(&all, "tool_name")?, arguments(&mut all)?),
        "beforeShellExecution" => (Dialect::Cursor, Some("Shell".to_owned()), only(&all, "command")?),
        "beforeReadFile" => (Dialect::Cursor, Some("Read".to_owned()), only(&all, "file_path")?),
        other => return Err(Refusal::Input(format!("the event {} is not known", super::shown(other)))),
    };
    let tool = tool.filter(|tool| !tool.is_empty()).ok_or_else(|| Refusal::Input("no tool is named".to_owned()))?;
    Ok(Call { dialect, tool, input, folder })
}

fn text(all: &Map<String, Value>, key: &str) -> Result<Option<String>, Refusal> {
    match all.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::Input(format!("{key} is no text"))),
    }
}

fn only(all: &Map<String, Value>, key: &str) -> Result<Map<String, Value>, Refusal> {
    let value = text(all, key)?.ok_or_else(|| Refusal::Input(format!("{key} is missing")))?;
    Ok(std::iter::once((key.to_owned(), Value::String(value))).collect())
}

/// The arguments of a tool: an object, or the text of one.
fn arguments(all: &mut Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let odd = || Refusal::Input("tool_input is no object".to_owned());
    match all.remove("tool_input") {
        Some(Value::Object(input)) => Ok(input),
        Some(Value::String(text)) => match strict(text.as_bytes()) {
            Ok(Value::Object(input)) => Ok(input),
            _ => Err(odd()),
        },
        _ => Err(odd()),
    }
}
