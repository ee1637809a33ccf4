//! A path, a text in it and another → an edit that was drafted.

use serde_json::{Value, json};

use super::draft::Draft;
use super::look::word;
use crate::agent::core::{Effect, Outcome, Spec, Tool};
use crate::agent::session::{Session, SessionError};

/// What an edit looks like.
pub(in crate::agent) fn form() -> Value {
    let text = |what: &str| json!({ "type": "string", "description": what });
    json!({ "type": "object", "properties": {
        "path": text("the file, below the root"),
        "old": text("what stands there once, word for word; empty for a new file"),
        "new": text("what is to stand there"),
        "why": text("for the person who reads the patch"),
    }, "required": ["path", "old", "new", "why"] })
}

/// Drafts an edit.
pub(in crate::agent) struct EditFile<'d>(pub(in crate::agent) &'d Draft);

impl Tool for EditFile<'_> {
    fn spec(&self) -> Spec {
        Spec { name: "edit", what: "Drafts a change of a file; a person sees all of them as one patch.", input: form() }
    }

    fn effect(&self) -> Effect {
        Effect::Writes
    }

    fn call(&self, input: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        Ok(drafted(self.0, input).unwrap_or_else(|outcome| outcome))
    }
}

/// Drafts what an input says.
pub(in crate::agent) fn drafted(draft: &Draft, input: &Value) -> Result<Outcome, Outcome> {
    let (path, old, new) = (word(input, "path")?, word(input, "old")?, word(input, "new")?);
    let why = word(input, "why")?.to_owned();
    let after = match draft.shown(path).map_err(Outcome::failed)? {
        None if old.is_empty() => new.to_owned(),
        None => return Err(Outcome::failed(format!("there is no file {path:.200}"))),
        Some(now) => match now.matches(old).count() {
            1 if !old.is_empty() => now.replacen(old, new, 1),
            count => return Err(Outcome::failed(format!("the old text stands {count} times in {path:.200}"))),
        },
    };
    draft.edit(path, after, why).map_err(Outcome::failed)?;
    Ok(Outcome::good("it is drafted"))
}
