//! A call → what came of it. A tool says what it does to the world, and there is no default.

use serde_json::Value;

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
}

impl Outcome {
    /// It went well.
    #[must_use]
    pub fn good(text: impl Into<String>) -> Self {
        Self { text: text.into(), failed: false }
    }

    /// It did not, and why.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self { text: text.into(), failed: true }
    }
}

/// Something a model can call.
pub trait Tool {
    /// What a model is told of it.
    fn spec(&self) -> Spec;

    /// What it does to the world.
    fn effect(&self) -> Effect;

    /// Does it.
    fn call(&self, input: &Value) -> Outcome;
}
