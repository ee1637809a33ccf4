//! A turn → a reply, over the wire, and again where another try may do better.

use std::time::Duration;

use serde_json::Value;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::{Response, StatusCode};

use super::events::Events;
use super::fault::Fault;
use super::heard::{Heard, Listen, Names, parse};
use super::key::Key;
use super::said::Said;
use super::wire::Wire;
use super::{Dialect, Settings, anthropic, chat};
use crate::agent::clock::Clock;
use crate::agent::core::{Model, ModelFault, Part, Reply, Turn};

/// How often a turn is tried again.
const TRIES: u32 = 5;

/// How long all tries may take, the rests between them included.
const TOTAL: Duration = Duration::from_mins(5);

pub(super) struct Service<'s> {
    settings: Settings,
    wire: Wire,
    shown: Box<dyn Fn(&str) + 's>,
    clock: Box<dyn Clock + 's>,
    /// What the server calls the most that may be said.
    limit: &'static str,
}

impl<'s> Service<'s> {
    pub(super) fn of(
        settings: Settings,
        shown: Box<dyn Fn(&str) + 's>,
        clock: Box<dyn Clock + 's>,
    ) -> Result<Self, String> {
        Ok(Self { wire: Wire::of(&settings)?, settings, shown, clock, limit: chat::LIMIT })
    }

    fn key(&self) -> Option<&Key> {
        self.settings.key.as_ref()
    }

    /// Asks once.
    fn ask(&self, turn: &Turn<'_>, said: &mut Said<'_>) -> Result<Heard, Fault> {
        let (body, mut listener): (Value, Box<dyn Listen>) = match self.settings.dialect {
            Dialect::Anthropic => (anthropic::body(&self.settings, turn), Box::new(anthropic::Listener::default())),
            Dialect::Chat => (chat::body(&self.settings, turn, self.limit), Box::new(chat::Listener::default())),
        };
        let mut answer = self.wire.post(&self.settings, body.to_string().as_bytes())?;
        let status = answer.status();
        if status != StatusCode::OK {
            let body = Wire::short(&mut answer, self.key());
            return Err(Fault::status(status.as_u16(), answer.headers(), &body, self.clock.now()));
        }
        self.hear(&mut answer, &mut *listener, said)?;
        let heard = listener.end(&mut Names::of(turn.messages.len()))?;
        said.end();
        Ok(heard)
    }

    fn hear(
        &self,
        answer: &mut Response<ureq::Body>,
        listener: &mut dyn Listen,
        said: &mut Said<'_>,
    ) -> Result<(), Fault> {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("text/event-stream") {
            let mut events = Events::default();
            self.wire.read(answer, &mut |piece| events.take(piece, &mut |data| listener.event(data, said)))?;
            // Half of an event is no event; whether the answer has an end is asked afterwards.
            let whole = |data: &str| data.trim() == "[DONE]" || serde_json::from_str::<Value>(data).is_ok();
            events.end(&mut |data| if whole(data) { listener.event(data, said) } else { Ok(false) })?;
            return Ok(());
        }
        if !kind.starts_with("application/json") {
            return Err(Fault::last(format!("the answer is {kind:?}, which no model says; check the url")));
        }
        let mut body = Vec::new();
        self.wire.read(answer, &mut |piece| {
            body.extend_from_slice(piece);
            Ok(false)
        })?;
        listener.whole(parse(&String::from_utf8_lossy(&body))?, said)
    }

    fn reply(&self, heard: Heard) -> Reply {
        let Heard { mut parts, stop, mut raw, took, gave } = heard;
        if let Some(key) = self.key().filter(|key| key.is_long()) {
            key.scrub_all(&mut raw);
            for part in &mut parts {
                scrub(part, key);
            }
        }
        let (price_in, price_out) = self.settings.price.unwrap_or_default();
        let cost = u128::from(took) * u128::from(price_in) + u128::from(gave) * u128::from(price_out);
        let cost = u64::try_from(cost.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        Reply { parts, stop, tokens: took.saturating_add(gave), cost, raw }
    }

    /// Whether the server wants another name for the most that may be said, which is then used from there on.
    fn renames(&mut self, fault: &Fault) -> bool {
        let asked = self.settings.dialect == Dialect::Chat && self.limit == chat::LIMIT;
        let renames = asked && fault.why.contains(" 400") && fault.why.contains(chat::NEW_LIMIT);
        if renames {
            self.limit = chat::NEW_LIMIT;
        }
        renames
    }
}

impl Model for Service<'_> {
    fn name(&self) -> String {
        self.settings.model.clone()
    }

    fn turn(&mut self, turn: &Turn<'_>) -> Result<Reply, ModelFault> {
        let start = self.clock.elapsed();
        let mut tries = 0;
        loop {
            let mut said = Said::new(&*self.shown, self.settings.key.as_ref());
            let fault = match self.ask(turn, &mut said) {
                Ok(heard) => return Ok(self.reply(heard)),
                Err(fault) => fault,
            };
            let begun = said.begun();
            if self.renames(&fault) {
                continue;
            }
            let wait = fault.pause(tries, &*self.clock);
            let spent = self.clock.elapsed().saturating_sub(start).saturating_add(wait);
            if begun || !fault.again || tries == TRIES || spent > TOTAL {
                let count = if tries > 0 { format!(" (tried {} times)", tries + 1) } else { String::new() };
                return Err(ModelFault { model: self.name(), why: fault.told(self.key()) + &count });
            }
            self.clock.rest(wait);
            tries += 1;
        }
    }
}

fn scrub(part: &mut Part, key: &Key) {
    match part {
        Part::Text(text) => key.scrub(text),
        Part::Call(call) => {
            key.scrub(&mut call.id);
            key.scrub(&mut call.tool);
            match &mut call.input {
                Ok(input) => key.scrub_all(input),
                Err(text) => key.scrub(text),
            }
        }
    }
}
