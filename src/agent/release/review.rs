//! What is cleared → a model's look at it, which can hold it back and never clears it.

use std::cell::RefCell;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Judge, Plan};
use crate::agent::AgentError;
use crate::agent::core::{
    Budget, Call, DATA, Effect, Mark, Model, ModelFault, Outcome, Part, Reply, Spec, Stop, Task, Tool, Turn, UpTo,
    doubted, work,
};
use crate::agent::memory::Memory;
use crate::agent::outlet::Outlet;
use crate::agent::session::{Item, Session, SessionError, What};
use crate::agent::tools::word;
use crate::audit::Auditor;
use crate::diff::between;
use crate::model::{ArtifactReport, Level, Report};
use crate::open::Target;
use crate::render::{ChangesFormat, Look, changes};

const SYSTEM: &str = "You review a release that an audit has cleared, before it goes out. You see what the audit says, the \
                      files, and what changed since the last release. Look for what no rule knows: files that do not \
                      belong, a size that makes no sense, a dependency or an install script that is new, a version that \
                      does not fit the change. Call hold if it must not go out, concern for what a person should look \
                      at. Where you hold nothing, call pass, and end. You can not clear anything.";

/// What a review may use.
const BUDGET: Budget = Budget { steps: 8, tokens: 200_000, time: Duration::from_mins(5), cost: 2_000_000 };

/// As many files of a package are listed.
const FILES: usize = 400;

/// What a review came to.
#[derive(Default)]
struct Notes {
    held: RefCell<Vec<String>>,
    concerns: RefCell<Vec<String>>,
    passed: RefCell<Vec<String>>,
}

/// Has the model look at what is cleared; why it is held back, if it is.
pub(in crate::agent) fn review(
    plan: &Plan,
    judge: &Judge<'_>,
    report: &Report,
    items: &[Item],
    outlet: &dyn Outlet,
    model: &mut dyn Model,
    session: &mut Session<'_>,
) -> Result<Option<String>, AgentError> {
    let notes = Notes::default();
    let note = |list, kind| Note { list, kind };
    let (stop_it, ask, pass) =
        (note(&notes.held, Kind::Hold), note(&notes.concerns, Kind::Concern), note(&notes.passed, Kind::Pass));
    let mut about = String::new();
    for artifact in &report.artifacts {
        about.push_str(&said_of(artifact));
        about.push_str(&since(plan, judge, outlet, artifact));
    }
    session.hush(&mut about);
    let system = format!("{SYSTEM} {DATA}");
    let text = format!("Review this release:\n{}", Mark::of(session.id()).around("the release", &about));
    let task = Task { system: &system, task: text, leave: &UpTo(Effect::Reads), doubt: &|text| judge.doubt(text) };
    doubted("the release", &about, &task, session)?;
    let mut said = Heard { model, odd: false };
    let stop = work(&mut said, &[&stop_it, &ask, &pass], &task, &BUDGET, session)?;
    let odd = said.odd;
    let mut reasons = notes.held.into_inner();
    // What was asked for and did not happen is no review, and neither is one that can't be understood.
    if stop != Stop::Ended {
        reasons.push(format!("the review did not end as it should: {}", stop.words()));
    } else if odd {
        reasons.push("the review said what could not be understood".to_owned());
    } else if notes.passed.into_inner().is_empty() && reasons.is_empty() {
        reasons.push("the review did not say that it holds nothing".to_owned());
    }
    let held = (!reasons.is_empty()).then(|| reasons.join("; "));
    let concerns = notes.concerns.into_inner();
    session.add(What::Reviewed { items: items.to_vec(), held: held.clone(), concerns })?;
    Ok(held)
}

/// What the audit says of a package, and its files.
fn said_of(artifact: &ArtifactReport) -> String {
    let mut text = format!(
        "{}: {}, {} files, {} bytes unpacked\n",
        artifact.title(),
        artifact.verdict.word(),
        artifact.files,
        artifact.bytes
    );
    for ruling in artifact.gravest_first().into_iter().filter(|ruling| ruling.level > Level::Allow) {
        let (level, rule, place) = (ruling.level.word(), &ruling.finding.rule, ruling.finding.place.joined());
        let waived = if ruling.waived.is_some() { ", allowed by the policy" } else { "" };
        text.push_str(&format!("  {level} {rule} {place}: {:.300}{waived}\n", ruling.finding.message));
    }
    let more = artifact.listing.len().saturating_sub(FILES);
    for file in artifact.listing.iter().take(FILES) {
        text.push_str(&format!("  {} {}\n", file.size, file.path));
    }
    if more > 0 {
        text.push_str(&format!("  … and {more} more files\n"));
    }
    text
}

/// What changed since the last release: the one that the registry calls the latest, else the one that is remembered.
pub(in crate::agent) fn since(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    artifact: &ArtifactReport,
) -> String {
    let Some(package) = artifact.package.as_ref() else { return String::new() };
    match outlet.latest(&package.name) {
        Ok(Some((version, kept))) => {
            let auditor = Auditor::new(judge.rules, judge.policy, judge.pool).listing(true);
            let report = auditor.audit(&[Target::Kept(kept)]);
            let Some(old) = report.artifacts.first() else { return String::new() };
            let mut page = Vec::new();
            let look = Look { all: true, ..Look::default() };
            // Writing to memory does not fail.
            let _ = changes(&between(old, artifact), ChangesFormat::Human, look, &mut page);
            format!("since {version}, which the registry serves:\n{}\n", String::from_utf8_lossy(&page))
        }
        Ok(None) => "  the registry has no version of it yet\n".to_owned(),
        Err(why) => {
            let memory = Memory::of(&plan.state, &package.name);
            let notes = memory.last().map(|last| last.since(artifact, judge.policy).0).unwrap_or_default();
            format!("the registry was not asked for the last version: {why}\n{}\n", notes.join("\n"))
        }
    }
}

/// The model, and whether any of its calls was none that a review has.
struct Heard<'h> {
    model: &'h mut dyn Model,
    odd: bool,
}

impl Model for Heard<'_> {
    fn name(&self) -> String {
        self.model.name()
    }

    fn turn(&mut self, turn: &Turn<'_>) -> Result<Reply, ModelFault> {
        let reply = self.model.turn(turn)?;
        let known = |call: &Call| call.input.is_ok() && turn.tools.iter().any(|tool| tool.name == call.tool);
        self.odd |= reply.parts.iter().any(|part| matches!(part, Part::Call(call) if !known(call)));
        Ok(reply)
    }
}

/// What a review can say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Hold,
    Concern,
    Pass,
}

/// Takes down what a review says.
struct Note<'n> {
    list: &'n RefCell<Vec<String>>,
    kind: Kind,
}

impl Tool for Note<'_> {
    fn spec(&self) -> Spec {
        let why = json!({ "type": "string", "description": "for the person who reads it" });
        let input = json!({ "type": "object", "properties": { "why": why }, "required": ["why"] });
        let (name, what) = match self.kind {
            Kind::Hold => ("hold", "Holds the release back."),
            Kind::Concern => ("concern", "Asks a person to look at something; the release goes on."),
            Kind::Pass => ("pass", "Says that the review is over and holds nothing. It clears nothing."),
        };
        let none = json!({ "type": "object", "properties": {} });
        Spec { name, what, input: if self.kind == Kind::Pass { none } else { input } }
    }

    fn effect(&self) -> Effect {
        Effect::Reads
    }

    fn call(&self, input: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        // Whoever wants to hold it and says it badly holds it.
        let why = word(input, "why").ok().filter(|why| !why.is_empty()).unwrap_or("no reason was given");
        self.list.borrow_mut().push(why.chars().take(2_000).collect());
        Ok(Outcome::good("noted"))
    }
}
