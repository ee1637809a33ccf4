//! What a coding agent is about to do → whether it may, and what to do instead. Guidance: the gate is the boundary.

mod call;
mod client;
mod expand;
mod files;
mod install;
mod nested;
mod outside;
mod pieces;
mod reader;
mod settings;
mod shell;
mod starter;
mod table;
#[cfg(test)]
mod tests;
mod tools;
mod word;

use call::Dialect;
pub use install::{Change, Client, HookError, install};

/// The longest input that is read.
pub const LONGEST: u64 = 4 << 20;

/// What the hook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// JSON for the client.
    pub stdout: String,
    /// The reason of a refusal, for the model.
    pub stderr: String,
    /// 0 lets it through, 2 blocks it; clients go on at any other.
    pub exit: u8,
}

/// Why something is blocked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "{0} would publish what nobody looked at. Use `lastlook publish PKG.tgz` (`lastlook publish --pack` packs first), \
         or `lastlook agent release` for all the steps from build to verify; with --dry-run, nothing is sent"
    )]
    Publishes(String),
    #[error(
        "{0} changes what a registry serves, or who may change it: ask a person to do it. To release, use \
         `lastlook publish PKG.tgz` or `lastlook agent release`"
    )]
    Changes(String),
    #[error(
        "{0} can start a release elsewhere. Look first: `lastlook agent release --dry-run`. Then ask a person to start it, \
         or publish with `lastlook publish PKG.tgz`"
    )]
    Starts(String),
    #[error(
        "what {0} runs can't be seen from here, and it may publish. Write it out plainly; to release, use \
         `lastlook publish PKG.tgz` or `lastlook agent release`"
    )]
    Unseen(String),
    #[error("{0} belongs to lastlook, or holds credentials of a registry: tools neither read nor write it")]
    Held(String),
    #[error("{0} decides what lastlook lets through: a person has to make this change, or `lastlook` itself")]
    Decides(String),
    #[error("lastlook can't tell what this call does ({0}), so it is blocked")]
    Input(String),
}

/// Whether a text that can't be understood speaks of publishing.
fn mentions(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !"'\"\\".contains(*c)).flat_map(char::to_lowercase).collect();
    ["publish", "dist-tag", "deprecate", "npm stage", "npm owner", "npm access", "npm token", "npm trust", "npm login"]
        .iter()
        .any(|word| plain.contains(word))
}

/// Text of others in a message: short, on one line, without control characters.
fn shown(text: &str) -> String {
    let mut letters = text.chars().map(|c| if c.is_control() || "`\u{202e}\u{2066}".contains(c) { ' ' } else { c });
    let start: String = letters.by_ref().take(120).collect();
    format!("`{}{}`", start.trim(), if letters.next().is_some() { "…" } else { "" })
}

/// Answers what a client says on standard input.
#[must_use]
pub fn answer(input: &[u8]) -> Answer {
    match call::read(input) {
        Ok(call) => match tools::check(&call) {
            Ok(()) => Answer { stdout: call.dialect.allowed().to_owned(), stderr: String::new(), exit: 0 },
            Err(refusal) => blocked(call.dialect, &refusal),
        },
        Err(refusal) => blocked(Dialect::Unknown, &refusal),
    }
}

fn blocked(dialect: Dialect, refusal: &Refusal) -> Answer {
    let reason = format!("lastlook: {refusal}.");
    Answer { stdout: dialect.denied(&reason), stderr: format!("{reason}\n"), exit: 2 }
}
