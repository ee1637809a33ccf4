//! A path → whether a tool may read or write it.

use super::{Refusal, shown};

/// What is done with a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Read,
    /// It gets text, which may set a registry or a credential.
    Write {
        secrets: bool,
    },
}

/// Files of a home folder with credentials of a registry.
const CREDENTIALS: &[&str] = &[".npmrc", ".yarnrc", ".yarnrc.yml", ".bunfig.toml", ".vsce", ".ovsx"];
/// The same further down, from the end.
const DEEP: &[&str] = &["pnpm/rc", "pnpm/auth.ini", "npm/etc/npmrc", ".config/jsr/token", ".docker/npm.json"];
/// Settings of projects, where a registry or a credential may be set too.
const SETTINGS: &[&str] = &[".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml"];
/// Folders below which lastlook keeps what it remembers.
const STATE: &[&str] = &["state", "$xdg_state_home", "local", "$localappdata", "application support", "share"];
/// Settings of clients that name hooks, from the end.
const HOOKS: &[&str] = &[
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/managed-settings.json",
    ".claude/hooks/hooks.json",
    ".codex/hooks.json",
    ".codex/config.toml",
    ".codex/requirements.toml",
    ".codex/rules/lastlook.rules",
    ".gemini/settings.json",
    ".cursor/hooks.json",
];

/// Judges one use of one path; `folder` is where relative ones begin.
pub(super) fn check(path: &str, folder: Option<&str>, way: Use) -> Result<(), Refusal> {
    let parts = parts(path, folder);
    let whole = parts.join("/");
    let last = parts.last().map(String::as_str).unwrap_or_default();
    let ends = |list: &[&str]| list.iter().any(|end| whole == *end || whole.ends_with(&format!("/{end}")));
    let state =
        parts.windows(2).any(|pair| matches!(pair, [up, own] if own == "lastlook" && STATE.contains(&up.as_str())));
    let environment = parts.first().is_some_and(|part| part == "proc") && last == "environ";
    let key = last.contains("lastlook") && (["key", "pem"].contains(&last.rsplit('.').next().unwrap_or_default()));
    let state = state || whole.starts_with("var/lib/lastlook");
    if state || environment || key || ends(DEEP) || (CREDENTIALS.contains(&last) && at_home(&parts)) {
        return Err(Refusal::Held(shown(path)));
    }
    let Use::Write { secrets } = way else { return Ok(()) };
    if last == "lastlook.toml" || ends(HOOKS) {
        return Err(Refusal::Decides(shown(path)));
    }
    if SETTINGS.contains(&last) && secrets {
        return Err(Refusal::Held(format!("a registry or credential in {}", shown(path))));
    }
    Ok(())
}

/// Whether a text sets a registry or a credential.
pub(super) fn secrets(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["_auth", "authtoken", "_password", "registry"].iter().any(|word| text.contains(word))
}

/// The parts of a path, in lower case, as file systems that don't tell cases apart have them.
fn parts(path: &str, folder: Option<&str>) -> Vec<String> {
    let path = path.trim().trim_start_matches("file://").replace('\\', "/").to_lowercase();
    let folder = folder.unwrap_or_default().replace('\\', "/").to_lowercase();
    let begins = path.starts_with(['/', '~', '$']) || path.get(1..2) == Some(":");
    let whole = if begins { path } else { format!("{folder}/{path}") };
    let mut parts: Vec<String> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part.replace(['{', '}'], "")),
        }
    }
    parts
}

fn at_home(parts: &[String]) -> bool {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["~" | "$home" | "$userprofile" | "root", _] | ["home" | "users", _, _] => true,
        [home, _] => home.starts_with('~'),
        [drive, "users", _, _] => drive.ends_with(':'),
        _ => false,
    }
}
