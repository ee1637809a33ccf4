//! What was denied → the fixes that lastlook knows, and those of them that a model drafts.

use serde_json::{Value, json};

use super::draft::Draft;
use crate::agent::core::{Effect, Outcome, Spec, Tool};
use crate::agent::fix::{Edit, Leak, propose};
use crate::agent::session::{Session, SessionError};

/// The fixes that are known for what was denied.
pub(in crate::agent) struct Known {
    edits: Vec<Edit>,
    /// What has no known fix, in words.
    pub(in crate::agent) open: Vec<String>,
}

impl Known {
    /// For the findings of each package: its folder below `root`, and what was denied.
    pub(in crate::agent) fn of(draft: &Draft, leaks: &[(String, Vec<Leak>)]) -> Self {
        // What one package needs may change a file that the next one needs changed too.
        let shared = draft.anew();
        let mut open = Vec::new();
        for (folder, leaks) in leaks {
            let proposal = propose(&shared, folder, leaks);
            open.extend(proposal.open);
            for edit in proposal.edits {
                open.extend(shared.edit(&edit.path, edit.after, edit.why).err());
            }
        }
        Self { edits: shared.edits(), open }
    }
}

/// Lists the known fixes.
pub(in crate::agent) struct KnownFixes<'k>(pub(in crate::agent) &'k Known);

impl Tool for KnownFixes<'_> {
    fn spec(&self) -> Spec {
        let input = json!({ "type": "object", "properties": {} });
        Spec { name: "fixes", what: "Lists the fixes that lastlook knows for what was denied.", input }
    }

    fn effect(&self) -> Effect {
        Effect::Reads
    }

    fn call(&self, _: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let row = |(number, edit): (usize, &Edit)| json!({ "fix": number, "path": edit.path, "why": edit.why });
        let fixes: Vec<Value> = self.0.edits.iter().enumerate().map(row).collect();
        Ok(Outcome::data("what lastlook knows", json!({ "fixes": fixes, "open": self.0.open }).to_string()))
    }
}

/// Drafts one of the known fixes.
pub(in crate::agent) struct DraftFix<'k> {
    pub(in crate::agent) known: &'k Known,
    pub(in crate::agent) draft: &'k Draft,
}

impl Tool for DraftFix<'_> {
    fn spec(&self) -> Spec {
        let number = json!({ "type": "integer", "description": "its number in the list of fixes" });
        let input = json!({ "type": "object", "properties": { "fix": number }, "required": ["fix"] });
        Spec { name: "fix", what: "Drafts a known fix; a person sees all of them as one patch.", input }
    }

    fn effect(&self) -> Effect {
        Effect::Writes
    }

    fn call(&self, input: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let number = input.get("fix").and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
        let Some(edit) = number.and_then(|number| self.known.edits.get(number)) else {
            return Ok(Outcome::failed("there is no fix of this number; ask for the list"));
        };
        Ok(match self.draft.edit(&edit.path, edit.after.clone(), edit.why.clone()) {
            Ok(()) => Outcome::good("it is drafted"),
            Err(why) => Outcome::failed(why),
        })
    }
}
