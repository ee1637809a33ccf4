//! What is cleared → a model's look at it, which can hold it back and never clears it.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{Judge, Plan};
use crate::agent::AgentError;
use crate::agent::core::{Budget, DATA, Effect, Mark, Model, Outcome, Spec, Stop, Task, Tool, UpTo, doubted, work};
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
                      at, and end. You can not clear anything.";

/// No review takes longer.
const BUDGET: u64 = 8;

/// As many files of a package are listed.
const FILES: usize = 400;

/// What a review came to.
#[derive(Default)]
struct Notes {
    held: RefCell<Vec<String>>,
    concerns: RefCell<Vec<String>>,
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
    let (stop_it, ask) = (Note { list: &notes.held, hold: true }, Note { list: &notes.concerns, hold: false });
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
    let budget = Budget { steps: BUDGET, ..Budget::default() };
    let stop = work(model, &[&stop_it, &ask], &task, &budget, session)?;
    let mut reasons = notes.held.into_inner();
    // What was asked for and did not happen is no review.
    if stop != Stop::Ended {
        reasons.push(format!("the review did not end as it should: {stop:?}"));
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

/// Takes down what a review says.
struct Note<'n> {
    list: &'n RefCell<Vec<String>>,
    hold: bool,
}

impl Tool for Note<'_> {
    fn spec(&self) -> Spec {
        let why = json!({ "type": "string", "description": "for the person who reads it" });
        let input = json!({ "type": "object", "properties": { "why": why }, "required": ["why"] });
        if self.hold {
            Spec { name: "hold", what: "Holds the release back.", input }
        } else {
            Spec { name: "concern", what: "Asks a person to look at something; the release goes on.", input }
        }
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
