//! A tool and its arguments → whether it may be used.

use serde_json::Value;

use super::call::Call;
use super::files::{self, Use};
use super::reader::Reader;
use super::word::Field;
use super::{Refusal, shown};

/// Tools whose command is shell: without one, they can't be judged.
const SHELLS: &[&str] =
    &["Bash", "bash", "PowerShell", "Shell", "shell", "local_shell", "run_shell_command", "exec_command"];
/// Arguments that hold a command.
const COMMANDS: &[&str] = &["command", "cmd"];
/// What is in the name of a tool that changes files, and in one that only looks at them. The first counts more.
const WRITES: &[&str] = &["write", "edit", "replace", "patch", "delete", "create", "move", "rename", "copy", "remove"];
const READS: &[&str] =
    &["read", "grep", "glob", "search", "list", "ls", "find", "view", "fetch", "get", "stat", "info"];

/// Judges a call.
pub(super) fn check(call: &Call) -> Result<(), Refusal> {
    remote(&call.tool)?;
    let patch = call.tool == "apply_patch";
    let mut commands = 0;
    for key in COMMANDS {
        commands += 1;
        let mut reader = Reader::new(call.folder.as_deref());
        match call.input.get(*key) {
            Some(Value::String(text)) if patch => patched(text, call)?,
            Some(Value::String(text)) => reader.whole(text)?,
            Some(Value::Array(words)) => match words.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
                Some(words) if patch => words.iter().try_for_each(|text| patched(text, call))?,
                Some(words) => reader.words(&words.into_iter().map(Field::known).collect::<Vec<_>>())?,
                None => return Err(Refusal::Input(format!("{key} holds other things than texts"))),
            },
            Some(_) => return Err(Refusal::Input(format!("{key} is no text"))),
            None => commands -= 1,
        }
    }
    if commands == 0 && SHELLS.contains(&call.tool.as_str()) {
        return Err(Refusal::Input(format!("{} without a command", shown(&call.tool))));
    }
    let way = way(call);
    for (key, value) in &call.input {
        let text = value.as_str().filter(|_| patch);
        text.map_or(Ok(()), |text| patched(text, call))?;
        paths(key, value, call, way)?;
    }
    Ok(())
}

/// Tools of MCP servers that publish by their name.
fn remote(tool: &str) -> Result<(), Refusal> {
    let name = tool.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if name.contains("lastlook") || !name.starts_with("mcp") {
        Ok(())
    } else if has(&["npm", "registry", "jsr"])
        && has(&["publish", "deprecate", "dist-tag", "dist_tag", "owner", "token"])
    {
        Err(Refusal::Publishes(shown(tool)))
    } else if has(&["create_release", "run_workflow", "workflow_dispatch", "trigger_workflow"]) {
        Err(Refusal::Starts(shown(tool)))
    } else {
        Ok(())
    }
}

/// Every argument that names files.
fn paths(key: &str, value: &Value, call: &Call, way: Use) -> Result<(), Refusal> {
    let lower = key.to_ascii_lowercase();
    let names = ["path", "file", "uri", "notebook", "include", "director", "source", "destination"];
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    if !names.iter().any(|name| lower.contains(name)) || lower.contains("text") || lower.contains("content") {
        return Ok(());
    }
    texts.iter().try_for_each(|text| files::check(text, call.folder.as_deref(), way))
}

/// What a tool does with the files it names: it writes, unless its name says that it reads.
fn way(call: &Call) -> Use {
    let tool = call.tool.rsplit("__").next().unwrap_or_default().to_ascii_lowercase();
    if !WRITES.iter().any(|word| tool.contains(word)) && READS.iter().any(|word| tool.contains(word)) {
        return Use::Read;
    }
    let mut texts = call.input.iter().filter(|(key, _)| !key.contains("old"));
    Use::Write { secrets: texts.any(|(_, value)| files::secrets(&value.to_string())) }
}

/// The files that a patch names.
fn patched(patch: &str, call: &Call) -> Result<(), Refusal> {
    let way = Use::Write { secrets: files::secrets(patch) };
    for line in patch.lines() {
        let marks = ["*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: ", "+++ ", "--- "];
        if let Some(path) = marks.iter().find_map(|mark| line.strip_prefix(mark)) {
            let named = path.trim();
            let below = named.strip_prefix("a/").or_else(|| named.strip_prefix("b/"));
            files::check(below.unwrap_or(named), call.folder.as_deref(), way)?;
        }
    }
    Ok(())
}
