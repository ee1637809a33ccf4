//! A turn → a reply, over the wire, and again where another try may do better.

use std::time::Duration;

use ureq::http::StatusCode;
use ureq::http::header::CONTENT_TYPE;

use super::fault::Fault;
use super::hear::{Form, Take, hear};
use super::heard::Heard;
use super::key::Key;
use super::said::Said;
use super::wire::Wire;
use super::{Dialect, Settings, anthropic, chat};
use crate::agent::clock::Clock;
use crate::agent::core::{Model, ModelFault, Reply, Turn};

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
        let body = match self.settings.dialect {
            Dialect::Anthropic => anthropic::body(&self.settings, turn),
            Dialect::Chat => chat::body(&self.settings, turn, self.limit),
        };
        let mut answer = self.wire.post(&self.settings, body.to_string().as_bytes())?;
        let status = answer.status();
        if status != StatusCode::OK {
            let body = Wire::short(&mut answer, self.key());
            return Err(Fault::status(status.as_u16(), answer.headers(), &body, self.clock.now()));
        }
        let form = Form::of(answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()))?;
        let mut pieces = |take: &mut Take<'_>| self.wire.read(&mut answer, take);
        hear(self.settings.dialect, form, turn.messages.len(), &mut pieces, said)
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
                Ok(heard) => return Ok(heard.reply(self.key(), self.settings.price)),
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
