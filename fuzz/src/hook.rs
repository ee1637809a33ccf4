//! What coding agents say before they act: an answer in their form, and no plain command that publishes passes.

use arbitrary::{Result, Unstructured};
use lastlook::hook::answer;
use serde_json::{Value, json};

/// The first byte says whether the rest is the input of a hook or the plan of one.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (input, publishes) = match first % 4 {
        0 => (rest.to_vec(), false),
        1 => (said(usize::from(first >> 2), &String::from_utf8_lossy(rest)).to_string().into_bytes(), false),
        _ => {
            let Ok((command, publishes)) = command(&mut Unstructured::new(rest)) else { return };
            (said(usize::from(first >> 2), &command).to_string().into_bytes(), publishes)
        }
    };
    let answered = answer(&input);
    assert!(matches!(answered.exit, 0 | 2));
    assert_eq!(answered.exit == 0, answered.stderr.is_empty());
    assert!(answered.stdout.len() < 16 << 10 && answered.stderr.len() < 8 << 10, "{} bytes", answered.stdout.len());
    assert!(serde_json::from_str::<Value>(&answered.stdout).is_ok(), "{}", answered.stdout);
    assert!(answered.exit == 2 || !publishes, "passes: {}", String::from_utf8_lossy(&input));
}

/// A command, in the form of one of the clients.
fn said(client: usize, command: &str) -> Value {
    let input = json!({ "command": command });
    match client % 4 {
        0 => json!({ "hook_event_name": "PreToolUse", "cwd": "/nowhere", "tool_name": "Bash", "tool_input": input }),
        1 => json!({ "hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": input }),
        2 => json!({ "hook_event_name": "beforeShellExecution", "cwd": "/nowhere", "command": command }),
        _ => json!({ "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": input.to_string() }),
    }
}

const PUBLISHING: &[&str] = &[
    "npm publish",
    "npm  publish --access public",
    "\"npm\" publish",
    "npm pub",
    "n\\pm publish",
    "yarn npm publish",
    "pnpm -r publish",
    "npx npm publish",
    "sh -c 'npm publish'",
    "(npm publish)",
    "{ npm publish; }",
    "A=1 npm publish",
    "bash -c \"npm publish\"",
    "time npm publish",
    "npm publish | cat",
    "! npm publish",
    "env A=1 npm publish",
    "if true; then npm publish; fi",
    "echo $(npm publish)",
    "npm publish <<< x",
    "npm publish > out 2>&1",
    "bun publish",
    "echo \"`npm publish`\"",
    "eval npm publish",
    "exec npm publish",
    "command npm publish",
    "npm 'pub''lish'",
    "cd dist && npm publish",
    "nohup npm publish &",
    "cat <<A\n$(npm publish)\nA",
    "for a in b; do npm publish; done",
];

const HARMLESS: &[&str] = &[
    "ls -la",
    "echo 'a b'",
    "npm test",
    "git status",
    "echo \"npm publish\" > /dev/null",
    "cat <<'A'\nx\nA",
    "true",
    "a=b",
    "[ -f x ]",
    "grep -r x .",
    "node a.js",
    "case a in b) echo c;; esac",
    "f() { ls; }",
    "echo $((1+2))",
    "# a\n",
];

const PIECES: &[&str] = &[
    "npm", " ", "publish", "'", "\"", "\\", "$(", ")", "`", ";", "&&", "|", "\n", "<<", "EOF", "{", "}", "(", "$",
    "${", "#", "~", "*", "=", "sh -c ", "eval ", "xargs ", "\t", "\r", "\0", "$'", "\u{e9}", "&", "<(", "if ", "then ",
    "fi",
];

/// Whole commands, one after the other, and whether one of them publishes; or pieces that may be anything.
fn command(feed: &mut Unstructured<'_>) -> Result<(String, bool)> {
    let mut command = String::new();
    if feed.ratio(1, 3)? {
        for _ in 0..feed.int_in_range(0..=60)? {
            command.push_str(feed.choose(PIECES)?);
        }
        return Ok((command, false));
    }
    let mut publishes = false;
    for number in 0..feed.int_in_range(1..=6)? {
        if number > 0 {
            // A here-document ends with its line.
            let joints = if command.contains("<<") { &["\n"][..] } else { &["; ", " && ", " || ", "\n", " & "] };
            command.push_str(if command.ends_with('\n') || command.ends_with('&') {
                "\n"
            } else {
                feed.choose(joints)?
            });
        }
        let hit = feed.ratio(1, 3)?;
        publishes |= hit;
        command.push_str(feed.choose(if hit { PUBLISHING } else { HARMLESS })?);
    }
    Ok((command, publishes))
}
