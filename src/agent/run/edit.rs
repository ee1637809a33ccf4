//! A path, a text in it and another → the file of the project, changed so, once somebody has said that it may be.

use std::path::Path;

use serde_json::Value;

use crate::agent::core::{Effect, Outcome, Spec, Tool};
use crate::agent::release::make;
use crate::agent::session::{Session, SessionError, What};
use crate::agent::tools::{Draft, drafted, form};

use super::bench::{Bench, told};

/// Changes a file.
pub(super) struct Edit<'e, 'b, 'm> {
    pub(super) bench: &'e Bench<'b, 'm>,
    pub(super) root: &'e Path,
}

impl Edit<'_, '_, '_> {
    /// What is wanted, drafted on the file as it is now.
    fn draft(&self, input: &Value) -> Result<Draft, Outcome> {
        let plan = self.bench.plan;
        let draft = Draft::of(self.root, plan.policy_files.clone(), plan.secret.clone());
        drafted(&draft, input)?;
        if draft.edits().is_empty() { Err(Outcome::failed("that changes nothing")) } else { Ok(draft) }
    }
}

impl Tool for Edit<'_, '_, '_> {
    fn spec(&self) -> Spec {
        Spec { name: "edit", what: "Changes a file of the project, shown as a diff.", input: form() }
    }

    fn effect(&self) -> Effect {
        Effect::Writes
    }

    fn about(&self, input: &Value) -> Result<String, Outcome> {
        let why = input.get("why").and_then(Value::as_str).unwrap_or_default();
        self.draft(input).map(|draft| format!("edit: {why:.300}\n{}", draft.patch()))
    }

    fn call(&self, input: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let draft = match self.draft(input) {
            Ok(draft) => draft,
            Err(outcome) => return Ok(outcome),
        };
        let (patch, edits) = (draft.patch(), draft.edits());
        let files: Vec<String> = edits.iter().map(|edit| edit.path.clone()).collect();
        // What was audited is no longer what stands there.
        self.bench.spend();
        session.add(What::Patched { patch: patch.clone(), files })?;
        match edits.iter().try_for_each(|edit| make(self.root, edit)) {
            Ok(()) => Ok(Outcome::data("the change that was made", patch)),
            Err(error) => told(error),
        }
    }
}
