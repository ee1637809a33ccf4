//! A task, a model and a project → what the model does about it, as far as it may, and what is out in the end.

mod bench;
mod command;
mod edit;
mod look;
mod shared;
mod ship;

use std::cell::RefCell;

use super::AgentError;
use super::core::{Budget, DATA, Leave, Model, Task, Tool, work};
use super::outlet::Outlet;
use super::release::{Ending, Judge, Plan, close, settled};
use super::session::{Line, Session, What};
use super::tools::{Draft, ListFolder, ReadFile, Search};
use crate::project::Project;

use bench::Bench;
use shared::Shared;

const SYSTEM: &str = "You work on the release of a JavaScript package. Look first: list, read, search, audit. The audit \
                      builds and packs a copy of the project and says what would ship; edit changes the project itself; \
                      run runs a command in a fresh copy without a network. Once the audit is clear it names the sha512 \
                      of each tarball: propose the release with it, then publish by it, then verify. Nothing else \
                      publishes. You can not allow a finding, change the policy, or read credentials; where something \
                      needs that, say so and end. What is not verified by the tool is not done.";

/// Who works, what on, and who says what it may.
pub struct Work<'w> {
    /// What is to be done.
    pub task: String,
    /// Who says what may be done beyond reading.
    pub leave: &'w dyn Leave,
    /// What the model may use.
    pub budget: Budget,
}

/// Has a model work on a task.
///
/// # Errors
/// What stopped it. Whatever it is, it stands in the session too.
pub fn run(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    model: Box<dyn Model + '_>,
    wanted: &Work<'_>,
    session: &mut Session<'_>,
) -> Result<Ending, AgentError> {
    let ended = act(plan, judge, outlet, model, wanted, session);
    close(plan, session, &ended)?;
    ended
}

/// Finds out what became of a session in which a model worked, and was cut off. The model does not go on.
///
/// # Errors
/// What stopped it.
pub fn settle(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    session: &mut Session<'_>,
    lines: &[Line],
) -> Result<Ending, AgentError> {
    let ended = settled(plan, judge, outlet, session, lines);
    close(plan, session, &ended)?;
    ended
}

fn act(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    model: Box<dyn Model + '_>,
    wanted: &Work<'_>,
    session: &mut Session<'_>,
) -> Result<Ending, AgentError> {
    session.add(What::Task { text: wanted.task.clone() })?;
    let project = Project::read(&plan.folder)?;
    let draft = Draft::of(project.root(), plan.policy_files.clone(), plan.secret.clone());
    let model = RefCell::new(model);
    let bench = Bench::new(plan, judge, outlet, &model);
    let (list, read, search) = (ListFolder(&draft), ReadFile(&draft), Search(&draft));
    let edit = edit::Edit { bench: &bench, root: project.root() };
    let (command, audit) = (command::RunCommand(&bench), command::Audit(&bench));
    let (recover, diff) = (look::Recover(&bench), look::Diff(&bench));
    let (propose, publish, verify) = (ship::Propose(&bench), ship::Publish(&bench), ship::Verify(&bench));
    let tools: [&dyn Tool; 11] =
        [&list, &read, &search, &edit, &command, &audit, &recover, &diff, &propose, &publish, &verify];
    let system = format!("{SYSTEM} {DATA}");
    let doubt = |text: &str| judge.doubt(text);
    let task = Task { system: &system, task: wanted.task.clone(), leave: wanted.leave, doubt: &doubt };
    let stop = work(&mut Shared(&model), &tools, &task, &wanted.budget, session);
    // Also where the model was cut off: what is out is looked at.
    let ended = match &stop {
        Ok(stop) => bench.end(stop, session),
        Err(_) => Ok(Ending::Nothing(String::new())),
    };
    stop?;
    ended
}
