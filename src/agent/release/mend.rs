//! What was denied → known fixes, drafted by a model, shown as a patch, and made.

use std::path::{Component, Path};

use super::audit::Refused;
use super::prepare::{fault, write};
use super::{Judge, Plan};
use crate::agent::core::{Budget, DATA, Effect, Mark, Model, Stop, Task, UpTo, work};
use crate::agent::fix::{Edit, Leak};
use crate::agent::session::{Session, What};
use crate::agent::tools::{Draft, DraftFix, EditFile, Known, KnownFixes, ListFolder, ReadFile, Search};
use crate::agent::{AgentError, memory};
use crate::model::{Level, Ruling};
use crate::project::Project;

const SYSTEM: &str = "You mend a project whose release was refused by an audit. Change settings that decide what is \
                      built and shipped, and nothing else. First ask for the known fixes. You can not clear anything: \
                      what you draft is shown to a person as one patch and made, then all is built and audited anew.";

/// Makes the fixes that are known, beside those that were `made` before. None where there is nothing to be done.
pub(super) fn mend(
    plan: &Plan,
    judge: &Judge<'_>,
    refused: &Refused,
    made: &[Edit],
    model: &mut dyn Model,
    session: &mut Session<'_>,
    budget: &Budget,
) -> Result<Option<Vec<Edit>>, AgentError> {
    let project = Project::read(&plan.folder)?;
    let leaks = leaks(refused);
    let draft = Draft::of(project.root(), plan.policy_files.clone(), plan.secret.clone());
    // In a dry run, what was made before stands in the copy alone.
    draft.take(made);
    let known = Known::of(&draft, &leaks);
    for text in &known.open {
        session.add(What::Note { text: format!("no known fix: {text}") })?;
    }
    let (list, fix) = (KnownFixes(&known), DraftFix { known: &known, draft: &draft });
    let (read, folder, search, edit) = (ReadFile(&draft), ListFolder(&draft), Search(&draft), EditFile(&draft));
    let system = format!("{SYSTEM} {DATA}");
    let task = task(plan, refused, &Mark::of(session.id()));
    let task = Task { system: &system, task, leave: &UpTo(Effect::Writes), doubt: &|text| judge.doubt(text) };
    match work(model, &[&list, &fix, &read, &folder, &search, &edit], &task, budget, session)? {
        Stop::Ended => {}
        other => session.add(What::Note { text: format!("{} stopped: {}", model.name(), other.words()) })?,
    }
    let edits = draft.edits();
    if edits.len() == made.len() && edits.iter().zip(made).all(|(now, before)| now.after == before.after) {
        return Ok(None);
    }
    session.add(What::Patched { patch: draft.patch(), files: edits.iter().map(|edit| edit.path.clone()).collect() })?;
    if !plan.dry_run {
        edits.iter().try_for_each(|edit| make(project.root(), edit))?;
    }
    Ok(Some(edits))
}

/// Makes an edit, if the file is still what it was.
pub(in crate::agent) fn make(root: &Path, edit: &Edit) -> Result<(), AgentError> {
    let path = root.join(&edit.path);
    // Drafts are below the root; nothing else is written to, whoever drafts them.
    if !path.starts_with(root) || Path::new(&edit.path).components().any(|part| part == Component::ParentDir) {
        return Err(AgentError::Swapped(edit.path.clone()));
    }
    if edit.before.is_none()
        && let Some(folder) = path.parent()
    {
        std::fs::create_dir_all(folder).map_err(|source| fault(edit.path.clone(), "made", source))?;
    }
    match std::fs::read_to_string(&path).ok() {
        Some(now) if now == edit.after => Ok(()),
        now if now == edit.before => write(&path, &edit.after),
        _ => Err(AgentError::Swapped(edit.path.clone())),
    }
}

/// As many earlier troubles of the project are told.
const EARLIER: usize = 5;

/// As many findings are told.
const TOLD: usize = 60;

/// What a model is told of what was denied. What stands in it came out of a package: it is data.
fn task(plan: &Plan, refused: &Refused, mark: &Mark) -> String {
    let mut rows = Vec::new();
    for (artifact, package) in refused.report.artifacts.iter().zip(&refused.packages) {
        for ruling in artifact.gravest_first().into_iter().filter(|ruling| is_denied(refused, ruling)) {
            let (place, message) = (ruling.finding.place.joined(), &ruling.finding.message);
            let (name, rule, help) = (package.name(), &ruling.finding.rule, &ruling.help);
            rows.push(format!("{name:?} {rule} at {place:?}: {message:.300} Fix: {help:.300}"));
        }
    }
    let more = rows.len().saturating_sub(TOLD);
    rows.truncate(TOLD);
    if more > 0 {
        rows.push(format!("… and {more} more"));
    }
    let earlier = memory::earlier(&plan.state, &plan.folder);
    let earlier: Vec<String> = earlier.iter().rev().take(EARLIER).map(|line| format!("{line:.300}")).collect();
    let earlier = if earlier.is_empty() {
        String::new()
    } else {
        format!("What went wrong here before:\n{}\n", mark.around("earlier releases", &earlier.join("\n")))
    };
    let found = mark.around("the audit", &rows.join("\n"));
    format!("{earlier}The audit denies this release:\n{found}\nDraft what mends it, and end.")
}

fn is_denied(refused: &Refused, ruling: &Ruling) -> bool {
    ruling.level >= refused.report.fail_on.min(Level::Deny) && ruling.waived.is_none()
}

/// What was denied, package by package.
fn leaks(refused: &Refused) -> Vec<(String, Vec<Leak>)> {
    let rows = refused.report.artifacts.iter().zip(&refused.packages).map(|(artifact, package)| {
        let denied = artifact.rulings.iter().filter(|ruling| is_denied(refused, ruling));
        let leaks = denied.map(|ruling| Leak {
            rule: ruling.finding.rule.to_string(),
            path: ruling.finding.place.path.clone(),
            inside: ruling.finding.place.inside.clone(),
        });
        (package.folder.clone(), leaks.collect())
    });
    rows.collect()
}
