//! The settings of a client → the same with the hook in them.

use std::str::FromStr;

use super::settings::{Node, parse};

/// A coding agent whose hooks are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// Cursor.
    Cursor,
}

/// One file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, below the home folder or the one of a project.
    pub path: String,
    /// What it holds now.
    pub before: Option<String>,
    /// What it is to hold.
    pub after: String,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Why the hook was not put in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The name of a client is not known.
    #[error("{0:?} is not a client that is known: claude, codex, gemini or cursor")]
    Client(String),
    /// The file is not JSON with comments, or a key comes twice.
    #[error(
        "the settings are not JSON that can be read, or a key in them comes twice: mend them, or add the hook by hand"
    )]
    Unreadable,
    /// Something else stands where hooks belong.
    #[error("{0} in the settings is not what hooks are written in: mend it, or add the hook by hand")]
    Odd(String),
}

impl FromStr for Client {
    type Err = HookError;

    fn from_str(name: &str) -> Result<Self, HookError> {
        match name {
            "claude" => Ok(Self::Claude),
            "codex" => Ok(Self::Codex),
            "gemini" => Ok(Self::Gemini),
            "cursor" => Ok(Self::Cursor),
            _ => Err(HookError::Client(name.chars().take(40).collect())),
        }
    }
}

const CLAUDE: &str = r#"{
  "matcher": "*",
  "hooks": [
    {
      "type": "command",
      "command": "lastlook",
      "args": ["hook"],
      "onFailure": "block",
      "timeout": 20
    }
  ]
}"#;
const CODEX: &str = r#"{
  "hooks": [
    {
      "type": "command",
      "command": "lastlook hook",
      "timeout": 20
    }
  ]
}"#;
const GEMINI: &str = r#"{
  "matcher": "*",
  "hooks": [
    {
      "type": "command",
      "name": "lastlook",
      "command": "lastlook hook",
      "timeout": 20000
    }
  ]
}"#;
const CURSOR: &str = r#"{
  "command": "lastlook hook",
  "failClosed": true
}"#;
const CURSOR_TOOLS: &str = r#"{
  "command": "lastlook hook",
  "matcher": "Write|StrReplace|Edit|MultiEdit|Delete|TabWrite|NotebookEdit",
  "failClosed": true
}"#;
/// Rules of Codex, which hold where a hook is not trusted.
const RULES: &str = r#"Codex can refuse the plain forms without the hook, too. In ~/.codex/rules/lastlook.rules:
prefix_rule(
    pattern = [["npm", "pnpm", "yarn", "bun"], ["publish", "stage", "unpublish", "dist-tag", "deprecate"]],
    decision = "forbidden",
    justification = "Use lastlook publish PKG.tgz or lastlook agent release",
    match = ["npm publish", "pnpm publish"],
)"#;
const GUIDANCE: &str = "the hook is guidance: it is skipped where lastlook is not on the PATH of the client. The gate and who holds the token are the boundary";

impl Client {
    /// The file of its settings, below the home folder or the one of a project.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Claude => ".claude/settings.json",
            Self::Codex => ".codex/hooks.json",
            Self::Gemini => ".gemini/settings.json",
            Self::Cursor => ".cursor/hooks.json",
        }
    }

    /// Each event, and what is to stand in it.
    const fn entries(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Claude => &[("PreToolUse", CLAUDE)],
            Self::Codex => &[("PreToolUse", CODEX)],
            Self::Gemini => &[("BeforeTool", GEMINI)],
            Self::Cursor => {
                &[("beforeShellExecution", CURSOR), ("beforeReadFile", CURSOR), ("preToolUse", CURSOR_TOOLS)]
            }
        }
    }

    fn notes(self) -> Vec<String> {
        let own = match self {
            Self::Claude => vec!["start Claude Code again, and look at /hooks".to_owned()],
            Self::Codex => vec![
                "Codex skips a hook that nobody trusted, and says nothing: open Codex, type /hooks, and trust lastlook. Each change \
                 of the entry asks again"
                    .to_owned(),
                "hooks belong in hooks.json or in [hooks] of config.toml, not in both".to_owned(),
                RULES.to_owned(),
            ],
            Self::Gemini => vec!["hooks of a project count in folders that are trusted".to_owned()],
            Self::Cursor => vec!["start Cursor again; versions that don't know failClosed go on where the hook fails".to_owned()],
        };
        own.into_iter().chain([GUIDANCE.to_owned()]).collect()
    }
}

/// Puts the hook into `now`, the text of the client's settings.
///
/// # Errors
/// Where the text can't be read, or something else stands where hooks belong.
pub fn install(client: Client, now: Option<&str>) -> Result<Change, HookError> {
    let blank = now.is_none_or(|text| text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty());
    let version = if client == Client::Cursor { "{\n  \"version\": 1\n}\n" } else { "{}\n" };
    let mut text = if blank { version.to_owned() } else { now.unwrap_or_default().to_owned() };
    for (event, entry) in client.entries() {
        text = put(&text, event, entry)?;
    }
    if client == Client::Cursor && parse(&text)?.member("version").is_none() {
        text = parse(&text)?.with(&text, "\"version\": 1");
    }
    let path = client.path().to_owned();
    Ok(Change { path, before: now.map(str::to_owned), after: text, notes: client.notes() })
}

/// The text with the entry in that event.
fn put(text: &str, event: &str, entry: &str) -> Result<String, HookError> {
    let root = parse(text)?;
    if !root.is(b'{') {
        return Err(HookError::Odd("the outermost value".to_owned()));
    }
    let Some(hooks) = root.member("hooks") else {
        return Ok(root.with(text, &format!("\"hooks\": {{\n{}\n}}", deeper(&member(event, entry)))));
    };
    if !hooks.is(b'{') {
        return Err(HookError::Odd("`hooks`".to_owned()));
    }
    let Some(entries) = hooks.member(event) else { return Ok(hooks.with(text, &member(event, entry))) };
    if !entries.is(b'[') {
        return Err(HookError::Odd(format!("`hooks.{event}`")));
    }
    Ok(if stands(entries, text) { text.to_owned() } else { entries.with(text, entry) })
}

/// Whether lastlook is among these hooks already.
fn stands(entries: &Node, text: &str) -> bool {
    let value = |node: &Node, key| node.member(key).map(|it| it.raw(text).to_owned());
    entries.all().iter().filter(|node| node.is(b'{')).any(|node| {
        let command: Option<String> = value(node, "command").and_then(|raw| serde_json::from_str(&raw).ok());
        let command = command.unwrap_or_default();
        let mut words = command.split_whitespace();
        let program = words.next().and_then(|word| word.rsplit(['/', '\\']).next()).unwrap_or_default();
        let inline = words.next() == Some("hook") && words.next().is_none();
        let apart = command.split_whitespace().count() == 1
            && value(node, "args")
                .and_then(|raw| serde_json::from_str::<Vec<String>>(&raw).ok())
                .is_some_and(|all| all == ["hook"]);
        ["lastlook", "lastlook.exe"].contains(&program) && (inline || apart)
    })
}

fn member(event: &str, entry: &str) -> String {
    format!("\"{event}\": [\n{}\n]", deeper(entry))
}

fn deeper(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
