//! Settings of coding agents → what they allow, which tokens they hold, which addresses they name.

use serde_json::Value;

use super::marks::Mark;
use super::{Found, Inspector, Subject, TextKind, search};
use crate::model::{Level, Rule, Sighting};

const SETTINGS: Rule = Rule::fixed(
    "agent/settings",
    (Level::Deny, Level::Warn),
    "settings of a coding agent with permissions or internal addresses",
    "They tell what agents may run on the machines of those who work on this, and where internal services are.",
    "leave them out: name what ships in \"files\" of package.json; .npmignore does not reach files that \"files\" names",
);

const CREDENTIAL: Rule = Rule::fixed(
    "secret/agent-credential",
    (Level::Deny, Level::Deny),
    "a credential in the settings of a coding agent",
    search::WHY,
    "revoke it, and write ${NAME} in its place: agents fill it in from the environment",
);

/// Settings are small files.
const LARGE: usize = 1 << 20;

pub(super) struct Settings;

impl Inspector for Settings {
    fn rules(&self) -> Vec<Rule> {
        vec![SETTINGS, CREDENTIAL]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let text = &*subject.text.bytes;
        let named = subject.path.as_str().ends_with("mcp.json");
        let words = [Mark::Servers, Mark::ServersToo, Mark::Permissions];
        if text.len() > LARGE || !(named || words.into_iter().any(|word| subject.marks().any(word))) {
            return;
        }
        let text = String::from_utf8_lossy(text);
        let parsed: Option<Value> = match subject.text.kind {
            TextKind::Json => serde_json::from_str(text.trim_start_matches('\u{feff}')).ok(),
            _ if subject.path.as_str().to_ascii_lowercase().ends_with(".toml") => toml::from_str(&text).ok(),
            _ => None,
        };
        let Some(settings) = parsed else { return };
        if let Some(allowed) = settings.pointer("/permissions/allow").and_then(Value::as_array) {
            // An entry may hold anything: only the tool is named.
            let tool = allowed.iter().find_map(|entry| entry.as_str()?.split('(').next());
            if let Some(tool) = tool {
                let (count, plural) = (allowed.len(), if allowed.len() == 1 { "entry" } else { "entries" });
                let tool: String = tool.chars().take(40).collect();
                found.finding(
                    &SETTINGS,
                    None,
                    format!("a permission list with {count} {plural}, the first for {tool}"),
                );
            }
            look(&Value::Array(allowed.clone()), "", found);
        }
        for key in ["mcpServers", "mcp_servers", "servers", "env"] {
            if let Some(servers) = settings.get(key) {
                look(servers, key, found);
            }
        }
    }
}

/// Looks at each text in the settings of servers; `name` is that of the value.
fn look(value: &Value, name: &str, found: &mut Found<'_>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| look(value, name, found)),
        Value::Array(values) => {
            // `["--api-key", "…"]`
            let mut before = name;
            for value in values {
                look(value, before, found);
                before = value.as_str().filter(|text| text.starts_with('-')).unwrap_or(name);
            }
        }
        Value::String(text) => {
            if let Some(host) = internal(text) {
                let finding =
                    found.finding(&SETTINGS, None, format!("an internal address: {}", super::map::bounded(host)));
                host.clone_into(&mut finding.key);
            }
            tell(name, text, found);
            // `https://…?api_key=…`, `X-Api-Key: …`
            for part in text.split(['?', '&', ' ', '\'', '"']) {
                if let Some((name, value)) = part.split_once('=') {
                    tell(name, value, found);
                }
            }
            if let Some((name, value)) = text.split_once(": ") {
                tell(name, value.split(['\'', '"', ')']).next().unwrap_or_default(), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Notes the credential that `text` is, by its name.
fn tell(name: &str, text: &str, found: &mut Found<'_>) {
    if !says_secret(name) || !is_credential(text) {
        return;
    }
    let known = found.task().texts.find(text.as_bytes(), &[], "").iter().any(|hit| hit.rule.family() == "secret");
    if !known {
        let (id, shown) = search::sighted(credential(text));
        let skipped = name.chars().count().saturating_sub(40);
        let name: String = name.chars().skip(skipped).collect();
        let finding = found.finding(&CREDENTIAL, None, format!("{name}, {shown}"));
        finding.sighting = Some(Sighting::new(id));
    }
}

/// Whether the name of a value says that it is a secret.
fn says_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "token",
        "secret",
        "password",
        "passwd",
        "api_key",
        "apikey",
        "api-key",
        "authorization",
        "auth",
        "credential",
        "private_key",
        "_key",
        "-key",
        "_pat",
        "-pat",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// What of a header is the credential.
fn credential(text: &str) -> &str {
    let text = text.trim();
    ["Bearer ", "bearer ", "Basic ", "basic ", "token "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .unwrap_or(text)
}

/// Whether a value is a credential itself, and not where it is taken from.
fn is_credential(text: &str) -> bool {
    let text = credential(text);
    let taken = text.contains('$') || text.starts_with("env:") || text.contains(' ') || text.contains("://");
    text.len() >= 8 && !taken && text.is_ascii() && !search::is_made_up(text)
}

/// The host of an address that only leads somewhere inside a company or a machine room.
fn internal(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let lower = name.to_ascii_lowercase();
    let endings = [".internal", ".corp", ".local", ".lan", ".intranet", ".private", ".home.arpa", ".cluster.local"];
    let parts: Vec<Option<u8>> = lower.split('.').map(|part| part.parse().ok()).collect();
    let private =
        matches!(parts.as_slice(), [Some(10), Some(_), Some(_), Some(_)] | [Some(192), Some(168), Some(_), Some(_)])
            || matches!(parts.as_slice(), [Some(172), Some(16..=31), Some(_), Some(_)]);
    let inside = lower.split('.').any(|part| matches!(part, "corp" | "internal" | "intranet" | "intra"));
    let bare = !lower.contains('.')
        && !lower.is_empty()
        && !matches!(lower.as_str(), "localhost" | "host")
        && !lower.contains(['$', '{', '<']);
    (private || inside || bare || endings.iter().any(|ending| lower.ends_with(ending))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_addresses_are_told_from_public_ones() {
        for url in [
            "https://mcp.corp.acme.dev/x",
            "http://10.1.2.3:8080",
            "http://jira/",
            "https://a.internal",
            "http://172.20.1.1",
        ] {
            assert!(internal(url).is_some(), "{url}");
        }
        for url in [
            "https://mcp.acme.dev",
            "http://localhost:3000",
            "http://127.0.0.1:1",
            "https://${HOST}/x",
            "no url",
            "http://8.8.8.8",
        ] {
            assert!(internal(url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_credential_is_a_value_and_not_a_reference() {
        assert!(is_credential("Bearer k7Xq2vTm9LpZt7wP"));
        for reference in ["${TOKEN}", "Bearer $TOKEN", "env:TOKEN", "your-token-here", "short"] {
            assert!(!is_credential(reference), "{reference}");
        }
    }
}
