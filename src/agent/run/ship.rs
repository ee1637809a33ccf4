//! A digest → a proposal, a release, and a look at it from outside. No path and no bytes are taken.

use serde_json::{Value, json};

use super::bench::{Bench, told};
use crate::agent::core::{Effect, Outcome, Spec, Tool};
use crate::agent::session::{Session, SessionError};
use crate::agent::tools::word;

/// Proposes to release what is cleared.
pub(super) struct Propose<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

/// Publishes what was proposed.
pub(super) struct Publish<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

/// Looks at what is out.
pub(super) struct Verify<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

fn digest() -> Value {
    json!({ "type": "string", "description": "the sha512 that the last audit names" })
}

impl Tool for Propose<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Proposes to release what the last audit cleared: it is reviewed once more, and can be held back.";
        let summary = json!({ "type": "string", "description": "what changed, for the person who decides" });
        let input = json!({
            "type": "object",
            "properties": { "sha512": digest(), "summary": summary },
            "required": ["sha512", "summary"],
        });
        Spec { name: "propose", what, input }
    }

    fn effect(&self) -> Effect {
        Effect::Reads
    }

    fn call(&self, input: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let read = || Ok((self.0.item(word(input, "sha512")?)?, word(input, "summary")?.to_owned()));
        let (item, summary) = match read() {
            Ok(read) => read,
            Err(outcome) => return Ok(outcome),
        };
        match self.0.propose(&item, &summary, session) {
            Ok(None) => Ok(Outcome::good(format!("{} is proposed; publish takes its sha512", item.title()))),
            Ok(Some(why)) => Ok(Outcome::data("the review", format!("it is held back: {why}")).failing()),
            Err(error) => told(error),
        }
    }
}

impl Tool for Publish<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Publishes what was proposed, once. Nothing else can be published.";
        let input = json!({ "type": "object", "properties": { "sha512": digest() }, "required": ["sha512"] });
        Spec { name: "publish", what, input }
    }

    fn effect(&self) -> Effect {
        Effect::Publishes
    }

    fn about(&self, input: &Value) -> Result<String, Outcome> {
        let item = self.0.next(word(input, "sha512")?)?;
        self.0.about(&item)
    }

    fn call(&self, input: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let item = match word(input, "sha512").and_then(|digest| self.0.next(digest)) {
            Ok(item) => item,
            Err(outcome) => return Ok(outcome),
        };
        match self.0.publish(&item, session) {
            Ok(said) => Ok(Outcome::good(said)),
            Err(error) => told(error),
        }
    }
}

impl Tool for Verify<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Fetches what was published in this session as a stranger would, compares it byte for byte, and \
                    audits it.";
        Spec { name: "verify", what, input: json!({ "type": "object", "properties": {} }) }
    }

    fn effect(&self) -> Effect {
        Effect::Reads
    }

    fn call(&self, _: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError> {
        match self.0.verify(session) {
            Ok(words) => Ok(Outcome::good(format!("verified: {words}"))),
            Err(error) => told(error),
        }
    }
}
