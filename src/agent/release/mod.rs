//! prepare → build → pack → audit → publish → verify: each phase makes what the next one needs, and only verify makes `Done`.

mod audit;
mod build;
mod mend;
mod prepare;
mod publish;
mod record;
mod resume;
mod review;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use crate::agent::bump::Step;
use crate::agent::core::{Budget, Model};
use crate::agent::fix::Edit;
use crate::agent::outlet::{Outlet, OutletFault};
use crate::agent::session::{Item, Session, What};
use crate::agent::{AgentError, memory};
use crate::audit::Rules;
use crate::judge::Policy;
use crate::model::{Level, Report, Verdict};
use crate::project::Project;
use crate::sandbox::{Cell, Host, Limits};

pub use audit::unpacked;
pub(super) use audit::{Audited, Cleared};
pub(super) use mend::make;
pub(super) use prepare::{Prepared, Room};
pub(super) use publish::Published;
pub(super) use record::record;
pub(super) use resume::settled;
pub use resume::{open, resume};
pub(super) use review::{review, since};
pub use verify::Done;

/// What is wanted.
#[allow(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct Plan {
    /// The project.
    pub folder: PathBuf,
    /// Which version is next, if not the one that is written.
    pub bump: Option<Step>,
    /// Whether all is done but the sending, and nothing in the project is changed.
    pub dry_run: bool,
    /// Whether known fixes are made.
    pub fix: bool,
    /// Whether the model looks at what is cleared before it goes out.
    pub review: bool,
    /// Whether tests run.
    pub tests: bool,
    /// Where what the lock file names is fetched from first, if it is, and the host of that.
    pub registry: Option<(String, Host)>,
    /// The hosts that scripts may reach.
    pub hosts: Vec<Host>,
    /// Variables that scripts need.
    pub env: Vec<String>,
    /// Files that are copied although they look like secrets, below the root.
    pub keep: Vec<PathBuf>,
    /// What no script may read: state, journal, keys.
    pub secret: Vec<PathBuf>,
    /// Files of the policy and its rules, which no script and no fix may touch.
    pub policy_files: Vec<PathBuf>,
    /// What one command may use.
    pub limits: Limits,
    /// What scripts are kept in by.
    pub cell: Cell,
    /// Where sessions and memories are kept.
    pub state: PathBuf,
}

/// What artifacts are judged by. It was read before any script ran.
pub struct Judge<'j> {
    /// The rules.
    pub rules: &'j Rules,
    /// The policy.
    pub policy: &'j Policy,
    /// The threads.
    pub pool: &'j rayon::ThreadPool,
    /// Findings of this level and above block.
    pub fail_on: Level,
    /// Who is shown a report, and how long reading took; false where that was asked for and not possible.
    pub show: &'j dyn Fn(&Report, Duration) -> bool,
}

impl Judge<'_> {
    /// The instructions that stand in what others wrote, each with its line.
    pub(super) fn doubt(&self, text: &str) -> Vec<(u64, String)> {
        let found = self.rules.injections(text).into_iter();
        found.map(|injection| (injection.line, injection.message)).collect()
    }
}

/// How a release ended, where nothing went wrong.
#[derive(Debug)]
pub enum Ending {
    /// It is out.
    Done(Done),
    /// It could go out.
    Cleared(Vec<Item>),
    /// It may not go out, and why in one word.
    Refused(Verdict),
    /// It could go out, and the review holds it.
    Held(String),
    /// Some of it is out, and some is not.
    Partly {
        /// What is out.
        done: Done,
        /// Why the rest is not.
        why: String,
        /// Whether it may not go out.
        blocked: bool,
    },
    /// A model has ended, and nothing was released.
    Nothing(String),
}

/// So often all is begun anew behind fixes.
const ROUNDS: u32 = 3;

/// Does what is wanted, as far as it may be done.
///
/// # Errors
/// What stopped it. Whatever it is, it stands in the session too.
pub fn release(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    model: &mut dyn Model,
    session: &mut Session<'_>,
) -> Result<Ending, AgentError> {
    let ended = run(plan, judge, outlet, model, session);
    close(plan, session, &ended)?;
    ended
}

fn run(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    model: &mut dyn Model,
    session: &mut Session<'_>,
) -> Result<Ending, AgentError> {
    let mut made: Vec<Edit> = Vec::new();
    for round in 0..=ROUNDS {
        phase(session, "prepare", round)?;
        let room = Room::copy(plan, &made, session)?;
        let project = Project::read(room.folder())?;
        let prepared = Prepared::open(plan, &project, room, session)?;
        phase(session, "build", round)?;
        let built = prepared.build(plan, session)?;
        phase(session, "pack", round)?;
        let packed = built.pack(session)?;
        phase(session, "audit", round)?;
        let last = round == ROUNDS;
        match packed.audit(plan, judge, outlet, session)? {
            Audited::Cleared(cleared) => {
                if plan.review {
                    phase(session, "review", round)?;
                    if let Some(why) = review(plan, judge, &cleared.report, &cleared.items, outlet, model, session)? {
                        return Ok(Ending::Held(why));
                    }
                }
                return go(plan, judge, outlet, cleared, session);
            }
            Audited::Refused(refused) if plan.fix && !last && refused.verdict() == Verdict::Blocked => {
                phase(session, "fix", round)?;
                match mend::mend(plan, judge, &refused, &made, model, session, &Budget::default())? {
                    Some(edits) => made = edits,
                    None => return Ok(Ending::Refused(refused.show(judge))),
                }
            }
            Audited::Refused(refused) => return Ok(Ending::Refused(refused.show(judge))),
        }
    }
    // The last round has ended above, one way or the other.
    Ok(Ending::Refused(Verdict::Incomplete))
}

/// Lets out what is cleared.
fn go(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    cleared: Cleared,
    session: &mut Session<'_>,
) -> Result<Ending, AgentError> {
    record::can_be_written(plan)?;
    phase(session, "publish", 0)?;
    let all = cleared.items.clone();
    let ready = match cleared.prepare(outlet).and_then(|ready| ready.new_alone(session)) {
        Ok(ready) if plan.dry_run => return Ok(Ending::Cleared(ready.items())),
        // Nobody has to be there for what is not sent.
        Err(AgentError::Closed(OutletFault::Away(why))) if plan.dry_run => {
            session.add(What::Note { text: format!("no registry was asked: {why}") })?;
            return Ok(Ending::Cleared(all));
        }
        other => other?,
    };
    let published = ready.send(session)?;
    phase(session, "verify", 0)?;
    let done = published.verify(plan, judge, outlet, session)?;
    record(plan, &done, session)?;
    Ok(Ending::Done(done))
}

pub(super) fn phase(session: &mut Session<'_>, phase: &str, round: u32) -> Result<(), AgentError> {
    Ok(session.add(What::Phase { phase: phase.to_owned(), round })?)
}

/// Writes down how it ended.
pub(super) fn close(
    plan: &Plan,
    session: &mut Session<'_>,
    ended: &Result<Ending, AgentError>,
) -> Result<(), AgentError> {
    let (stop, why, exit) = match ended {
        Ok(Ending::Done(done)) => ("released", done.words(), 0),
        Ok(Ending::Cleared(items)) => {
            let list: Vec<String> = items.iter().map(Item::title).collect();
            ("cleared", format!("nothing stands against publishing {}; nothing was sent", list.join(", ")), 0)
        }
        Ok(Ending::Refused(verdict)) => {
            (verdict.word(), "nothing was published".to_owned(), if *verdict == Verdict::Blocked { 1 } else { 2 })
        }
        Ok(Ending::Held(why)) => ("held", format!("nothing was published: {why}"), 1),
        Ok(Ending::Partly { done, why, blocked }) => {
            ("partly", format!("released {}, and not all: {why}", done.words()), if *blocked { 1 } else { 2 })
        }
        Ok(Ending::Nothing(why)) => ("ended", format!("nothing was released: {why}"), 2),
        // What can't be written down can't be written down here either.
        Err(AgentError::Session(_)) => return Ok(()),
        Err(error) => ("failed", error.to_string(), 2),
    };
    if exit > 0 {
        memory::trouble(&plan.state, &plan.folder, &why);
    }
    Ok(session.add(What::Stopped { stop: stop.to_owned(), why, exit })?)
}
