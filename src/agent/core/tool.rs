//! A call → what came of it. A tool says what it does to the world, and there is no default.

use serde_json::Value;

use crate::agent::session::{Session, SessionError};

/// What a tool does to the world. The order is that of gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// It changes files of the project.
    Writes,
    /// It runs programs.
    Runs,
    /// It lets something out.
    Publishes,
}

impl Effect {
    /// The word in a session.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Runs => "runs",
            Self::Publishes => "publishes",
        }
    }
}

/// What a model is told of a tool.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the model.
    pub what: &'static str,
    /// The form of its input, as a JSON schema.
    pub input: Value,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// For the model.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
    /// Where the text is from, if others wrote it: then it is data, and is handed over as such.
    pub from: Option<String>,
}

impl Outcome {
    /// It went well.
    #[must_use]
    pub fn good(text: impl Into<String>) -> Self {
        Self { text: text.into(), failed: false, from: None }
    }

    /// It did not, and why.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self { text: text.into(), failed: true, from: None }
    }

    /// What stands in `from`.
    #[must_use]
    pub fn data(from: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), failed: false, from: Some(from.into()) }
    }

    /// The same, as what went wrong.
    #[must_use]
    pub fn failing(self) -> Self {
        Self { failed: true, ..self }
    }
}

/// Something a model can call.
pub trait Tool {
    /// What a model is told of it.
    fn spec(&self) -> Spec;

    /// What it does to the world.
    fn effect(&self) -> Effect;

    /// What it is about to do, for whoever says whether it may.
    ///
    /// # Errors
    /// What is wrong with the input, so that nobody has to be asked.
    fn about(&self, input: &Value) -> Result<String, Outcome> {
        Ok(input.to_string())
    }

    /// Does it.
    ///
    /// # Errors
    /// When what happens can't be written down.
    fn call(&self, input: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError>;
}
