//! What a model is about to do → what a person says to that, or the flag that speaks for them.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};

use crate::agent::core::{Asked, Effect, Leave, Word};
use crate::cli::tell;
use crate::render::escape;

/// What is said to changing files, running commands and publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Approve {
    /// Ask a person each time
    Ask,
    /// Refuse: the model can look, and nothing else
    Never,
    /// Let it through: what may be published is still what the audit has cleared
    Auto,
}

/// Where the person is asked.
pub(super) struct Desk {
    approve: Approve,
    /// The effects that the person has let through once and for all.
    given: RefCell<Vec<Effect>>,
}

impl Desk {
    pub(super) fn new(approve: Approve) -> Self {
        Self { approve, given: RefCell::default() }
    }
}

impl Leave for Desk {
    fn may(&self, asked: &Asked<'_>) -> Word {
        let word = |given: bool, by: &str, why: &str| Word { given, by: Some(by.to_owned()), why: why.to_owned() };
        match self.approve {
            Approve::Auto => word(true, "--approve auto", ""),
            Approve::Never => word(false, "--approve never", "nothing is let through but reading"),
            Approve::Ask if self.given.borrow().contains(&asked.effect) => {
                word(true, "the person, for all of these", "")
            }
            Approve::Ask if !(io::stdin().is_terminal() && io::stderr().is_terminal()) => {
                word(false, "nobody", "there is no terminal, so nobody can be asked: --approve auto lets it through")
            }
            Approve::Ask => self.ask(asked),
        }
    }
}

impl Desk {
    fn ask(&self, asked: &Asked<'_>) -> Word {
        for line in asked.about.lines() {
            tell(&format!("  | {}", escape(line)));
        }
        // What is published is asked about each time.
        let publishes = asked.effect == Effect::Publishes;
        let all = if publishes { "" } else { "a all of this kind, " };
        let question = format!("lastlook: may it? y yes, {all}n no, or say why not: ");
        let word = |given: bool, why: &str| Word { given, by: Some("the person".to_owned()), why: why.to_owned() };
        let mut err = io::stderr().lock();
        // Where nobody sees the question, nobody answers.
        if err.write_all(question.as_bytes()).and_then(|()| err.flush()).is_err() {
            return word(false, "nobody could be asked");
        }
        let mut line = String::new();
        match io::stdin().read_line(&mut line).map(|_| line.trim()) {
            Ok("y" | "yes") => word(true, ""),
            Ok("a" | "all") if !publishes => {
                self.given.borrow_mut().push(asked.effect);
                word(true, "")
            }
            Ok("n" | "no" | "") | Err(_) => word(false, "the person says no"),
            Ok(why) => word(false, &format!("the person says no: {why:.500}")),
        }
    }
}
