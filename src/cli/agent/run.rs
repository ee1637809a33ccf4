//! `lastlook agent run`: a task for a model, which can look, mend, run in a sandbox, and release what the audit has cleared.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use super::flags::{Came, Flags, Hand, Wish, began, live};
use super::person::{Approve, Desk};
use crate::agent::AgentError;
use crate::agent::core::Budget;
use crate::agent::run::{Work, run as work, settle};
use crate::agent::session::{Session, Told, What};
use crate::cli::{CliError, Exit, tell};

#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 released and verified (or cleared, with --dry-run); 1 blocked, or held by the review; 2 \
                        anything else, also where the model says that it is done and nothing was released."
)]
pub(super) struct Args {
    /// What is to be done, in words
    #[arg(value_name = "TASK", required_unless_present = "replay", conflicts_with = "replay")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    task: Option<String>,
    /// The project
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(super) project: PathBuf,
    /// Whether changing files, running commands and publishing is asked about, refused, or let through
    #[arg(long, value_enum, default_value_t = Approve::Ask)]
    approve: Approve,
    /// Do everything but the sending
    #[arg(long)]
    dry_run: bool,
    /// How many turns the model may take
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    steps: u64,
    /// How many tokens it may use
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    tokens: u64,
    /// How many dollars it may cost, where --model-price says what tokens cost
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    dollars: u64,
    #[command(flatten)]
    pub(super) flags: Flags,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    act(args, None)
}

/// Has a model work, or finds out what became of a session in which one did.
pub(super) fn act(args: &Args, before: Option<&str>) -> Result<Exit, CliError> {
    let flags = &args.flags;
    let wish = Wish { folder: &args.project, bump: None, dry_run: args.dry_run, fix: false, review: true };
    flags.act(wish, &mut |hand| {
        let Hand { plan, judge, desk, hush } = hand;
        let hush = || Box::new(|text: &mut String| hush(text));
        if let Some(id) = before {
            let begun = Session::resume(&plan.state, id, hush(), Box::new(live)).map_err(AgentError::from)?;
            let (mut session, Told { lines, .. }) = begun;
            let ended = settle(&plan, &judge, &desk, &mut session, &lines);
            return Ok(Came { ended, session: session.anchor() });
        }
        let talking = Rc::new(Cell::new(false));
        let model = flags.mind.open(&plan.state, &talking)?;
        let task = match &args.task {
            Some(task) => task.clone(),
            None => flags.mind.task(&plan.state)?,
        };
        let cost = args.dollars * 1_000_000;
        let budget = Budget { steps: args.steps, tokens: args.tokens, cost, ..Budget::default() };
        let person = Desk::new(args.approve);
        let wanted = Work { task, leave: &person, budget };
        // Its words were shown as they came.
        let shown = |what: &What| {
            if matches!(what, What::Replied { .. }) && talking.replace(false) {
                tell("");
            }
            if !matches!(what, What::Said { .. }) || flags.mind.is_silent() {
                live(what);
            }
        };
        let mut session = Session::begin(&plan.state, hush(), Box::new(shown)).map_err(AgentError::from)?;
        session.add(began(&plan)).map_err(AgentError::from)?;
        let ended = work(&plan, &judge, &desk, model, &wanted, &mut session);
        Ok(Came { ended, session: session.anchor() })
    })
}
