//! What was said so far → what a model says next. A model may be a program, a service, or a page of our own code.

use serde_json::Value;

use super::tool::Spec;

/// What a model is asked with.
#[derive(Debug)]
pub struct Turn<'t> {
    /// What it is to do, and what it may rely on.
    pub system: &'t str,
    /// What it may call.
    pub tools: &'t [Spec],
    /// What was said so far.
    pub messages: &'t [Message],
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// By whoever gave the task.
    Task(String),
    /// By the model.
    Reply(Reply),
    /// By a tool that it called.
    Answer {
        /// The call that it answers.
        id: String,
        /// What came of it.
        text: String,
        /// Whether it failed.
        failed: bool,
    },
}

/// What a model says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Why it ended.
    pub stop: StopReason,
    /// The tokens that it took in and gave out.
    pub tokens: u64,
    /// What it cost, in millionths of a dollar.
    pub cost: u64,
    /// The same in the model's own form, which it is to be given back unchanged; null where it has none.
    pub raw: Value,
}

/// A part of what a model says.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Words.
    Text(String),
    /// A tool to call.
    Call(Call),
}

/// A tool to call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What the answer will name.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What it is to do; a model may say what is no JSON, which is then told to it.
    pub input: Result<Value, String>,
}

/// Why a reply ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// All was said.
    End,
    /// It waits for its calls.
    Calls,
    /// It is to be asked again as it is.
    Paused,
    /// It was too long.
    Truncated,
    /// The model would not.
    Refused,
    /// Something that we do not know, which is never a success.
    Unknown(String),
}

impl StopReason {
    /// The word in a session.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::End => "end".to_owned(),
            Self::Calls => "calls".to_owned(),
            Self::Paused => "paused".to_owned(),
            Self::Truncated => "truncated".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Unknown(word) => format!("unknown: {word}"),
        }
    }

    /// What that word says.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let known = [Self::End, Self::Calls, Self::Paused, Self::Truncated, Self::Refused];
        let named = known.into_iter().find(|stop| stop.word() == word);
        named.unwrap_or_else(|| Self::Unknown(word.strip_prefix("unknown: ").unwrap_or(word).to_owned()))
    }
}

/// Why a model could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{model} can not be asked: {why}")]
pub struct ModelFault {
    /// Which.
    pub model: String,
    /// Why.
    pub why: String,
}

/// Whoever says what comes next.
pub trait Model {
    /// What it is called in a session.
    fn name(&self) -> String;

    /// What it says next.
    ///
    /// # Errors
    /// When it can't be asked.
    fn turn(&mut self, turn: &Turn<'_>) -> Result<Reply, ModelFault>;
}
