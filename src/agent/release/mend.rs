//! What was denied → known fixes, drafted by a model, shown as a patch, and made.

use std::path::Path;

use super::Plan;
use super::audit::Refused;
use super::prepare::write;
use crate::agent::AgentError;
use crate::agent::core::{Budget, Effect, Model, Stop, Task, work};
use crate::agent::fix::{Edit, Leak};
use crate::agent::session::{Session, What};
use crate::agent::tools::{Draft, DraftFix, Known, KnownFixes};
use crate::model::Level;
use crate::project::Project;

const SYSTEM: &str = "You mend a project whose release was refused by an audit. Change settings that decide what is \
                      shipped, and nothing else. You can not clear anything: what you draft is made, then all is built \
                      and audited anew.";

/// Makes the fixes that are known, beside those that were `made` before. None where there is nothing to be done.
pub(super) fn mend(
    plan: &Plan,
    refused: &Refused,
    made: &[Edit],
    model: &mut dyn Model,
    session: &mut Session<'_>,
    budget: &Budget,
) -> Result<Option<Vec<Edit>>, AgentError> {
    let project = Project::read(&plan.folder)?;
    let leaks = leaks(refused);
    let draft = Draft::of(project.root(), plan.policy_files.clone());
    // In a dry run, what was made before stands in the copy alone.
    draft.take(made);
    let known = Known::of(&draft, &leaks);
    for text in &known.open {
        session.add(What::Note { text: format!("no known fix: {text}") })?;
    }
    let (list, fix) = (KnownFixes(&known), DraftFix { known: &known, draft: &draft });
    let task =
        format!("{} findings are denied. Draft what mends them.", leaks.iter().map(|row| row.1.len()).sum::<usize>());
    let task = Task { system: SYSTEM, task, most: Effect::Writes };
    match work(model, &[&list, &fix], &task, budget, session)? {
        Stop::Ended => {}
        other => session.add(What::Note { text: format!("{} stopped: {other:?}", model.name()) })?,
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
fn make(root: &Path, edit: &Edit) -> Result<(), AgentError> {
    let path = root.join(&edit.path);
    match std::fs::read_to_string(&path).ok() {
        Some(now) if now == edit.after => Ok(()),
        now if now == edit.before => write(&path, &edit.after),
        _ => Err(AgentError::Swapped(edit.path.clone())),
    }
}

/// What was denied, package by package.
fn leaks(refused: &Refused) -> Vec<(String, Vec<Leak>)> {
    let fail_on = refused.report.fail_on.min(Level::Deny);
    let rows = refused.report.artifacts.iter().zip(&refused.packages).map(|(artifact, package)| {
        let denied = artifact.rulings.iter().filter(|ruling| ruling.level >= fail_on && ruling.waived.is_none());
        let leaks = denied.map(|ruling| Leak {
            rule: ruling.finding.rule.to_string(),
            path: ruling.finding.place.path.clone(),
            inside: ruling.finding.place.inside.clone(),
        });
        (package.folder.clone(), leaks.collect())
    });
    rows.collect()
}
