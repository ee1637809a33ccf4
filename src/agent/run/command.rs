//! What needs a copy of the project and programs in a sandbox: a command, or a build that is packed and audited.

use std::time::Instant;

use serde_json::{Value, json};

use super::bench::{Bench, told};
use crate::agent::AgentError;
use crate::agent::core::{Effect, Outcome, Spec, Tool};
use crate::agent::release::{Prepared, Room};
use crate::agent::session::{Session, SessionError, What};
use crate::agent::tools::word;
use crate::model::{Level, Report};
use crate::project::Project;

/// Runs a command.
pub(super) struct RunCommand<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

/// Builds, packs and audits.
pub(super) struct Audit<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

/// What is shown of what a command printed: its end.
const PRINTED: usize = 16 << 10;

impl Tool for RunCommand<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Runs a command of sh in a fresh copy of the project, without a network or credentials. What it \
                    changes is gone afterwards.";
        let command = json!({ "type": "string", "description": "what sh is given" });
        let input = json!({ "type": "object", "properties": { "command": command }, "required": ["command"] });
        Spec { name: "run", what, input }
    }

    fn effect(&self) -> Effect {
        Effect::Runs
    }

    fn about(&self, input: &Value) -> Result<String, Outcome> {
        Ok(format!("run, in a sandbox: {}", word(input, "command")?))
    }

    fn call(&self, input: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError> {
        match word(input, "command") {
            Ok(command) => self.ran(command, session).or_else(told),
            Err(outcome) => Ok(outcome),
        }
    }
}

impl RunCommand<'_, '_, '_> {
    fn ran(&self, command: &str, session: &mut Session<'_>) -> Result<Outcome, AgentError> {
        let plan = self.0.plan;
        let room = Room::copy(plan, &[], session)?;
        let project = Project::read(room.folder())?;
        let prepared = Prepared::open(plan, &project, room, session)?;
        let what = format!("sh -c {command:?}");
        session.add(What::Runs { what: what.clone() })?;
        let started = Instant::now();
        let ended = prepared.workshop.command(command)?;
        let output = String::from_utf8_lossy(&ended.output).into_owned();
        let start = output.ceil_char_boundary(output.len().saturating_sub(PRINTED));
        let shown = Outcome::data("what it printed", output.get(start..).unwrap_or_default());
        match prepared.ran(what, started, ended, session) {
            Ok(()) => Ok(shown),
            Err(AgentError::Script { ended, .. }) => {
                Ok(Outcome { text: format!("it {ended}\n{}", shown.text), ..shown.failing() })
            }
            Err(error) => Err(error),
        }
    }
}

impl Tool for Audit<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Builds and packs a fresh copy of the project in a sandbox and audits what would ship: the verdict, \
                    the findings, and the sha512 of each tarball that is cleared.";
        Spec { name: "audit", what, input: json!({ "type": "object", "properties": {} }) }
    }

    fn effect(&self) -> Effect {
        Effect::Runs
    }

    fn about(&self, _: &Value) -> Result<String, Outcome> {
        Ok("build, test and pack a copy of the project in a sandbox, and audit it".to_owned())
    }

    fn call(&self, _: &Value, session: &mut Session<'_>) -> Result<Outcome, SessionError> {
        match self.0.audit(session) {
            Ok(report) => Ok(Outcome::data("the audit", said(&report))),
            Err(error) => told(error),
        }
    }
}

/// As many findings of a package are told.
const TOLD: usize = 60;

/// A report, for a model.
fn said(report: &Report) -> String {
    let mut text = format!("verdict: {}\n", report.verdict().word());
    for artifact in &report.artifacts {
        let digest = artifact.integrity.as_ref().map_or("", |integrity| integrity.as_str());
        text.push_str(&format!("{} {} {} files\n", artifact.title(), artifact.verdict.word(), artifact.files));
        text.push_str(&format!("  sha512: {digest}\n"));
        let rulings = artifact.gravest_first();
        let rows: Vec<_> =
            rulings.into_iter().filter(|ruling| ruling.level > Level::Allow && ruling.waived.is_none()).collect();
        for ruling in rows.iter().take(TOLD) {
            let (level, rule, place) = (ruling.level.word(), &ruling.finding.rule, ruling.finding.place.joined());
            let (message, help) = (&ruling.finding.message, &ruling.help);
            text.push_str(&format!("  {level} {rule} at {place}: {message:.300}\n    fix: {help:.300}\n"));
        }
        let more = rows.len().saturating_sub(TOLD);
        if more > 0 {
            text.push_str(&format!("  … and {more} more\n"));
        }
    }
    text
}
