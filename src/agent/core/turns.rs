//! The loop: ask the model, write down what it says, do what it calls for, write down what came of it.

use super::budget::{Budget, Spent};
use super::data::Mark;
use super::leave::{Asked, Leave, Word};
use super::model::{Call, Message, Model, Part, Reply, StopReason, Turn};
use super::tool::{Effect, Outcome, Spec, Tool};
use crate::agent::session::{Session, SessionError, What};

/// What a loop is about.
pub struct Task<'t> {
    /// What the model is to do, and what it may rely on.
    pub system: &'t str,
    /// What there is to do now.
    pub task: String,
    /// Who says what may be done beyond reading. Where it may not, the model is told.
    pub leave: &'t dyn Leave,
    /// Finds instructions in what others wrote, each with the line it stands in.
    pub doubt: &'t dyn Fn(&str) -> Vec<(u64, String)>,
}

/// As many calls of one reply are done.
const CALLS: usize = 64;

/// Why a loop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The model has nothing more to do. That it says so proves nothing.
    Ended,
    /// There is none left of this.
    Budget(&'static str),
    /// The model would not.
    Refused,
    /// What it said was cut off.
    Truncated,
    /// It ended for a reason that we do not know.
    Unknown(String),
    /// It could not be asked.
    Fault(String),
}

impl Stop {
    /// The same in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Ended => "the model has nothing more to do".to_owned(),
            Self::Budget(word) => format!("the budget is used up ({word})"),
            Self::Refused => "the model would not".to_owned(),
            Self::Truncated => "what the model said was cut off".to_owned(),
            Self::Unknown(word) => format!("the model ended for a reason that is not known: {word:.100}"),
            Self::Fault(why) => why.clone(),
        }
    }
}

/// What is shown of one answer, at most.
const ANSWER: usize = 64 << 10;

/// Works on `task` until it ends in one of the known ways.
///
/// # Errors
/// When the session can't be written: what is not written down is not done.
pub fn work(
    model: &mut dyn Model,
    tools: &[&dyn Tool],
    task: &Task<'_>,
    budget: &Budget,
    session: &mut Session<'_>,
) -> Result<Stop, SessionError> {
    let specs: Vec<Spec> = tools.iter().map(|tool| tool.spec()).collect();
    let mut messages = vec![Message::Task(task.task.clone())];
    let mut spent = Spent::default();
    loop {
        if let Some(word) = spent.over(budget) {
            return Ok(Stop::Budget(word));
        }
        let turn = Turn { system: task.system, tools: &specs, messages: &messages };
        let reply = match model.turn(&turn) {
            Ok(reply) => reply,
            Err(fault) => return Ok(Stop::Fault(fault.to_string())),
        };
        spent.count(&reply);
        session.add(replied(&model.name(), &reply))?;
        let mut calls = Vec::new();
        for part in &reply.parts {
            match part {
                Part::Text(text) => session.add(What::Said { model: model.name(), text: text.clone() })?,
                Part::Call(call) => calls.push(call.clone()),
            }
        }
        let stop = reply.stop.clone();
        messages.push(Message::Reply(reply));
        match stop {
            // Some say that all was said, and call all the same.
            StopReason::End if calls.is_empty() => return Ok(Stop::Ended),
            StopReason::Calls if calls.is_empty() => return Ok(Stop::Unknown("calls without any".to_owned())),
            StopReason::End | StopReason::Calls | StopReason::Paused => {}
            // A call that was cut off is not done.
            StopReason::Truncated => return Ok(Stop::Truncated),
            StopReason::Refused => return Ok(Stop::Refused),
            StopReason::Unknown(word) => return Ok(Stop::Unknown(word)),
        }
        for (number, call) in calls.iter().enumerate() {
            // A reply may ask for more than there is time for.
            if number > 0 && spent.over(budget) == Some("time") {
                return Ok(Stop::Budget("time"));
            }
            let message = if number < CALLS { one(call, tools, task, session)? } else { too_many(call, session)? };
            messages.push(message);
        }
    }
}

/// What a session keeps of a reply beside its words and calls.
fn replied(model: &str, reply: &Reply) -> What {
    let Reply { stop, tokens, cost, raw, .. } = reply;
    What::Replied { model: model.to_owned(), stop: stop.word(), tokens: *tokens, cost: *cost, raw: raw.clone() }
}

/// Leaves out a call that comes behind too many others.
fn too_many(call: &Call, session: &mut Session<'_>) -> Result<Message, SessionError> {
    let (id, text) = (call.id.clone(), format!("not done: {CALLS} calls of one reply are"));
    session.add(called(call, "none"))?;
    session.add(What::Answered { id: id.clone(), text: text.clone(), failed: true })?;
    Ok(Message::Answer { id, text, failed: true })
}

/// A call, as a session keeps it.
fn called(call: &Call, effect: &str) -> What {
    let (input, unread) = match &call.input {
        Ok(input) => (input.clone(), false),
        Err(text) => (serde_json::Value::String(text.clone()), true),
    };
    What::Called { id: call.id.clone(), tool: call.tool.clone(), effect: effect.to_owned(), input, unread }
}

/// Does what one call asks for, and says what came of it.
fn one(call: &Call, tools: &[&dyn Tool], task: &Task<'_>, session: &mut Session<'_>) -> Result<Message, SessionError> {
    let tool = tools.iter().find(|tool| tool.spec().name == call.tool);
    session.add(called(call, tool.map_or("none", |tool| tool.effect().word())))?;
    let outcome = match (tool, &call.input) {
        (None, _) => Outcome::failed(format!("there is no tool {:?}", call.tool)),
        (Some(_), Err(text)) => Outcome::failed(format!("the input is no JSON: {text:.200}")),
        (Some(tool), Ok(input)) => match refusal(call, *tool, input, task, session)? {
            Some(outcome) => outcome,
            None => tool.call(input, session)?,
        },
    };
    let Outcome { mut text, failed, from } = outcome;
    // A model is somebody else's: it is shown what a session may keep.
    session.hush(&mut text);
    if text.len() > ANSWER {
        let end = text.floor_char_boundary(ANSWER);
        text.truncate(end);
        text.push_str("\n… (cut)");
    }
    if let Some(from) = from {
        doubted(&from, &text, task, session)?;
        text = Mark::of(session.id()).around(&from, &text);
    }
    session.add(What::Answered { id: call.id.clone(), text: text.clone(), failed })?;
    Ok(Message::Answer { id: call.id.clone(), text, failed })
}

/// Why a call is not done, if it may not be. What is said to a call that does more than read is written down.
fn refusal(
    call: &Call,
    tool: &dyn Tool,
    input: &serde_json::Value,
    task: &Task<'_>,
    session: &mut Session<'_>,
) -> Result<Option<Outcome>, SessionError> {
    if tool.effect() == Effect::Reads {
        return Ok(None);
    }
    let mut about = match tool.about(input) {
        Ok(about) => about,
        Err(outcome) => return Ok(Some(outcome)),
    };
    session.hush(&mut about);
    let Word { given, by, why } = task.leave.may(&Asked { tool: &call.tool, effect: tool.effect(), about: &about });
    if let Some(by) = by {
        session.add(What::Leave { id: call.id.clone(), about, by, given, why: why.clone() })?;
    }
    Ok((!given).then(|| Outcome::failed(why)))
}

/// Writes down instructions that stand in what others wrote.
///
/// # Errors
/// When they can't be written down.
pub fn doubted(from: &str, text: &str, task: &Task<'_>, session: &mut Session<'_>) -> Result<(), SessionError> {
    for (line, quote) in (task.doubt)(text) {
        let place = format!("{from}:{line}");
        session.add(What::Warned { rule: "agent/injection".to_owned(), place, text: quote })?;
    }
    Ok(())
}
