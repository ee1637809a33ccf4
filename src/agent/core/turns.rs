//! The loop: ask the model, write down what it says, do what it calls for, write down what came of it.

use super::budget::{Budget, Spent};
use super::model::{Call, Message, Model, Part, StopReason, Turn};
use super::tool::{Effect, Outcome, Spec, Tool};
use crate::agent::session::{Session, SessionError, What};

/// What a loop is about.
pub struct Task<'t> {
    /// What the model is to do, and what it may rely on.
    pub system: &'t str,
    /// What there is to do now.
    pub task: String,
    /// The gravest effect that is let through. What is above is refused, and the model is told.
    pub most: Effect,
}

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
        for call in calls {
            messages.push(one(&call, tools, task.most, session)?);
        }
    }
}

/// Does what one call asks for, and says what came of it.
fn one(call: &Call, tools: &[&dyn Tool], most: Effect, session: &mut Session<'_>) -> Result<Message, SessionError> {
    let tool = tools.iter().find(|tool| tool.spec().name == call.tool);
    let effect = tool.map_or("none", |tool| tool.effect().word()).to_owned();
    let input = call.input.clone().unwrap_or_else(serde_json::Value::String);
    session.add(What::Called { id: call.id.clone(), tool: call.tool.clone(), effect, input })?;
    let mut outcome = match (tool, &call.input) {
        (None, _) => Outcome::failed(format!("there is no tool {:?}", call.tool)),
        (Some(_), Err(text)) => Outcome::failed(format!("the input is no JSON: {text:.200}")),
        (Some(tool), Ok(_)) if tool.effect() > most => {
            Outcome::failed(format!("{} {}, which is not let through here", call.tool, tool.effect().word()))
        }
        (Some(tool), Ok(input)) => tool.call(input),
    };
    if outcome.text.len() > ANSWER {
        let end = outcome.text.floor_char_boundary(ANSWER);
        outcome.text.truncate(end);
        outcome.text.push_str("\n… (cut)");
    }
    let Outcome { text, failed } = outcome;
    session.add(What::Answered { id: call.id.clone(), text: text.clone(), failed })?;
    Ok(Message::Answer { id: call.id.clone(), text, failed })
}
