//! The loop: a model that says what a test wants, tools that remember what was asked of them, and every known end.

use std::cell::RefCell;
use std::time::Duration;

use lastlook::agent::core::{
    Budget, Call, Effect, Message, Model, ModelFault, Outcome, Part, Reply, Spec, Stop, StopReason, Task, Tool, Turn,
    UpTo, work,
};
use lastlook::agent::session::{Session, SessionError, What, read};
use serde_json::{Value, json};

/// Says one reply after the other, and the last for ever.
struct Scripted {
    replies: Vec<Result<Reply, ModelFault>>,
    /// What it was told before each.
    heard: Vec<Vec<Message>>,
}

impl Model for Scripted {
    fn name(&self) -> String {
        "scripted".to_owned()
    }

    fn turn(&mut self, turn: &Turn<'_>) -> Result<Reply, ModelFault> {
        self.heard.push(turn.messages.to_vec());
        if self.replies.len() > 1 {
            return self.replies.remove(0);
        }
        match &self.replies[0] {
            Ok(reply) => Ok(reply.clone()),
            Err(fault) => Err(ModelFault { model: fault.model.clone(), why: fault.why.clone() }),
        }
    }
}

/// Remembers what it was asked.
struct Recorder {
    name: &'static str,
    effect: Effect,
    asked: RefCell<Vec<Value>>,
}

impl Recorder {
    fn new(name: &'static str, effect: Effect) -> Self {
        Self { name, effect, asked: RefCell::default() }
    }
}

impl Tool for Recorder {
    fn spec(&self) -> Spec {
        Spec { name: self.name, what: "remembers", input: json!({ "type": "object" }) }
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn call(&self, input: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        self.asked.borrow_mut().push(input.clone());
        Ok(Outcome::good("x".repeat(input["long"].as_u64().unwrap_or(1) as usize)))
    }
}

fn call(tool: &str, input: Result<Value, String>) -> Part {
    Part::Call(Call { id: format!("{tool}-1"), tool: tool.to_owned(), input })
}

fn reply(parts: Vec<Part>, stop: StopReason) -> Result<Reply, ModelFault> {
    Ok(Reply { parts, stop, tokens: 10, cost: 5, raw: Value::Null })
}

fn said(text: &str) -> Vec<Part> {
    vec![Part::Text(text.to_owned())]
}

/// How a loop ends, what its session says, and what its model heard.
fn run(replies: Vec<Result<Reply, ModelFault>>, tools: &[&dyn Tool], budget: &Budget) -> (Stop, Vec<What>, Scripted) {
    let state = tempfile::tempdir().unwrap();
    let mut model = Scripted { replies, heard: Vec::new() };
    let mut session = Session::begin(state.path(), Box::new(|_| {}), Box::new(|_| {})).unwrap();
    let leave = UpTo(Effect::Writes);
    let task = Task { system: "system", task: "task".to_owned(), leave: &leave, doubt: &|_| Vec::new() };
    let stop = work(&mut model, tools, &task, budget, &mut session).unwrap();
    let told = read(state.path(), session.id()).unwrap();
    (stop, told.lines.into_iter().map(|line| line.what).collect(), model)
}

#[test]
fn every_reason_to_stop_is_an_end_of_its_own() {
    let budget = Budget::default();
    for (reply, wanted) in [
        (reply(said("done"), StopReason::End), Stop::Ended),
        (reply(said("done, published and verified"), StopReason::Refused), Stop::Refused),
        (reply(said("do"), StopReason::Truncated), Stop::Truncated),
        (reply(said("done"), StopReason::Unknown("victory".to_owned())), Stop::Unknown("victory".to_owned())),
        (reply(said("done"), StopReason::Calls), Stop::Unknown("calls without any".to_owned())),
        (
            Err(ModelFault { model: "scripted".to_owned(), why: "it is away".to_owned() }),
            Stop::Fault("scripted can not be asked: it is away".to_owned()),
        ),
    ] {
        assert_eq!(run(vec![reply], &[], &budget).0, wanted);
    }
}

#[test]
fn a_budget_ends_every_loop() {
    let reads = Recorder::new("reads", Effect::Reads);
    let again = || vec![reply(vec![call("reads", Ok(json!({})))], StopReason::Calls)];
    let paused = || vec![reply(said("wait"), StopReason::Paused)];
    let all = Budget::default();
    for (budget, word) in [
        (Budget { steps: 3, ..all }, "steps"),
        (Budget { tokens: 30, ..all }, "tokens"),
        (Budget { cost: 15, ..all }, "cost"),
        (Budget { time: Duration::from_millis(30), steps: u64::MAX, tokens: u64::MAX, cost: u64::MAX }, "time"),
        (Budget { steps: 0, ..all }, "steps"),
    ] {
        for replies in [again(), paused()] {
            let (stop, _, model) = run(replies, &[&reads], &budget);
            assert_eq!(stop, Stop::Budget(word));
            assert!(word == "time" || model.heard.len() <= 3);
        }
    }
}

#[test]
fn what_a_tool_may_not_do_is_not_done() {
    let publishes = Recorder::new("publishes", Effect::Publishes);
    let runs = Recorder::new("runs", Effect::Runs);
    let writes = Recorder::new("writes", Effect::Writes);
    let calls = ["publishes", "runs", "writes", "nothing"].map(|name| call(name, Ok(json!({ "digest": "x" }))));
    let replies = vec![reply(calls.into(), StopReason::Calls), reply(said("done"), StopReason::End)];
    let (stop, lines, model) = run(replies, &[&publishes, &runs, &writes], &Budget::default());
    assert_eq!(stop, Stop::Ended);
    assert!(publishes.asked.borrow().is_empty() && runs.asked.borrow().is_empty());
    assert_eq!(writes.asked.borrow().len(), 1);
    let failed: Vec<bool> = model.heard[1]
        .iter()
        .filter_map(|message| match message {
            Message::Answer { failed, .. } => Some(*failed),
            _ => None,
        })
        .collect();
    assert_eq!(failed, [true, true, false, true]);
    // Every call stands in the session before its answer.
    let kinds: Vec<bool> = lines
        .iter()
        .filter_map(|what| match what {
            What::Called { .. } => Some(true),
            What::Answered { .. } => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, [true, false, true, false, true, false, true, false]);
}

#[test]
fn what_a_model_says_badly_is_told_to_it() {
    let reads = Recorder::new("reads", Effect::Reads);
    let parts = vec![call("reads", Err("{not json".to_owned())), call("reads", Ok(json!({ "long": 100_000 })))];
    // Some servers say that all was said, and call all the same.
    let replies = vec![reply(parts, StopReason::End), reply(said(""), StopReason::End)];
    let (stop, _, model) = run(replies, &[&reads], &Budget::default());
    assert_eq!((stop, reads.asked.borrow().len()), (Stop::Ended, 1));
    let Message::Answer { text, failed: true, .. } = &model.heard[1][2] else { panic!("{:?}", model.heard) };
    assert!(text.contains("{not json"));
    let Message::Answer { text, failed: false, .. } = &model.heard[1][3] else { panic!("{:?}", model.heard) };
    assert!(text.len() < 70_000 && text.ends_with("(cut)"));
}

#[test]
fn a_call_that_was_cut_off_is_not_done() {
    let writes = Recorder::new("writes", Effect::Writes);
    let (stop, ..) =
        run(vec![reply(vec![call("writes", Ok(json!({})))], StopReason::Truncated)], &[&writes], &Budget::default());
    assert_eq!((stop, writes.asked.borrow().len()), (Stop::Truncated, 0));
}

#[test]
fn a_reply_that_asks_for_too_much_is_done_in_part_and_told_so() {
    let reads = Recorder::new("reads", Effect::Reads);
    let many: Vec<Part> = (0..100).map(|_| call("reads", Ok(json!({})))).collect();
    let replies = vec![reply(many, StopReason::Calls), reply(said("done"), StopReason::End)];
    let (stop, lines, model) = run(replies, &[&reads], &Budget::default());
    assert_eq!((stop, reads.asked.borrow().len()), (Stop::Ended, 64));
    let answers = model.heard[1].iter().filter(|message| matches!(message, Message::Answer { .. })).count();
    assert_eq!(answers, 100, "each call has its answer");
    assert_eq!(lines.iter().filter(|line| matches!(line, What::Called { .. })).count(), 100);
}
