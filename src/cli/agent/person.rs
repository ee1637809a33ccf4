//! What a model is about to do → what a person says to that, or the flag that speaks for them.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, Hasher as _};
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
        for row in rows(asked.about) {
            tell(&row);
        }
        // What is published is asked about each time, and not let through by one key.
        let publishes = asked.effect == Effect::Publishes;
        let number = std::hash::RandomState::new().build_hasher().finish() % 900 + 100;
        let yes = if publishes { number.to_string() } else { "y".to_owned() };
        let all = if publishes { "" } else { ", a to all of this kind" };
        let question = format!(
            "lastlook: {} ({}) may {}? Answer {yes} to it{all}, n, or say why not [{number}]: ",
            asked.tool,
            size(asked.about),
            if publishes { "publish this" } else { "do this" },
        );
        let word = |given: bool, why: &str| Word { given, by: Some("the person".to_owned()), why: why.to_owned() };
        let mut err = io::stderr().lock();
        // What was typed before the question was asked is no answer to it.
        let fresh = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush).is_ok();
        // Where nobody sees the question, nobody answers.
        if !fresh || err.write_all(question.as_bytes()).and_then(|()| err.flush()).is_err() {
            return word(false, "nobody could be asked");
        }
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        match read.map(|_| line.trim()) {
            Ok(said) if said == yes => word(true, ""),
            Ok("a" | "all") if !publishes => {
                self.given.borrow_mut().push(asked.effect);
                word(true, "")
            }
            Ok("n" | "no" | "") | Err(_) => word(false, "the person says no"),
            Ok(why) => word(false, &format!("the person says no: {why:.500}")),
        }
    }
}

/// How wide a row is, so that each begins with its mark.
const WIDE: usize = 100;

/// A text in rows that are marked, with nothing in them that a terminal obeys or hides.
fn rows(text: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for line in text.split('\n') {
        let line: Vec<char> = escape(line).chars().collect();
        let pieces = line.chunks(WIDE).map(|piece| piece.iter().collect::<String>());
        let pieces: Vec<String> = if line.is_empty() { vec![String::new()] } else { pieces.collect() };
        for (number, piece) in pieces.iter().enumerate() {
            let mark = if number == 0 { "|" } else { "\u{2026}" };
            let blanks = if piece.ends_with("  ") { " \u{21b5}" } else { "" };
            rows.push(format!("  {mark} {piece}{blanks}"));
        }
    }
    rows
}

/// How much there is to be read, in words.
fn size(text: &str) -> String {
    let lines = text.split('\n');
    let (plus, minus) = lines.clone().fold((0_u64, 0_u64), |(plus, minus), line| {
        let is = |sign: &str, head: &str| u64::from(line.starts_with(sign) && !line.starts_with(head));
        (plus + is("+", "+++"), minus + is("-", "---"))
    });
    let longest = lines.clone().map(str::len).max().unwrap_or_default();
    let longest = if longest > WIDE { format!(", the longest of {longest} bytes") } else { String::new() };
    let changes = if plus + minus > 0 { format!(", {plus} new and {minus} gone") } else { String::new() };
    format!("{} lines above{changes}{longest}", lines.count())
}

#[cfg(test)]
mod tests {
    use super::{rows, size};

    #[test]
    fn nothing_is_hidden_from_who_is_asked() {
        let text = format!("edit: w\n+// ok{}evil()\n-a\r\n+a  ", " ".repeat(300));
        let shown = rows(&text);
        assert!(shown.iter().all(|row| row.starts_with("  | ") || row.starts_with("  \u{2026} ")), "{shown:?}");
        assert!(shown.iter().any(|row| row.contains("evil()")) && shown.iter().any(|row| row.contains("\\u{d}")));
        assert!(shown.iter().all(|row| row.chars().count() < 120));
        assert_eq!(size(&text), "4 lines above, 2 new and 1 gone, the longest of 312 bytes");
    }
}
