//! Flags → whoever works, mends and reviews: a model that was named, one that was recorded, or the playbook, which needs none.

use std::cell::Cell;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use crate::agent::AgentError;
use crate::agent::core::{Model, Playbook};
use crate::agent::models::{Dialect, Key, Replay, Settings, open};
use crate::agent::session::{What, read};
use crate::cli::CliError;
use crate::render::escape;
use crate::secret::Source;

#[derive(clap::Args)]
pub(super) struct Mind {
    /// Have this model work: mend what is denied (with --fix), and review what is cleared
    #[arg(long, value_name = "NAME", requires = "model_url", conflicts_with = "replay")]
    model: Option<String>,
    /// Where the model answers, up to the version of its interface
    #[arg(long, value_name = "URL", requires = "model")]
    model_url: Option<String>,
    /// How it is spoken to
    #[arg(long, value_enum, default_value_t = Speech::Chat)]
    model_dialect: Speech,
    /// A file that holds the key for it, and nothing else
    #[arg(long, value_name = "FILE", requires = "model")]
    model_key_file: Option<PathBuf>,
    /// What a million tokens cost, in and out, in dollars, such as 3,15: then money is a budget too
    #[arg(long, value_name = "IN,OUT", requires = "model", value_parser = price)]
    model_price: Option<(u64, u64)>,
    /// With run: have what a model said in this session said again, without asking it
    #[arg(long, value_name = "SESSION")]
    replay: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Speech {
    /// Chat completions, as most services and local servers take them
    Chat,
    /// Messages, as Anthropic takes them
    Anthropic,
}

/// The key of a model.
const KEY: Source = Source { what: "key", flag: "--model-key-file", most: 4 << 10 };

/// How long an answer is, at most.
const TOKENS: u32 = 8_192;

/// Two amounts of dollars, in millionths of one.
fn price(text: &str) -> Result<(u64, u64), String> {
    let amount = |text: &str| {
        let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits(whole) && digits(part) && !whole.is_empty() && whole.len() <= 6 && part.len() <= 6;
        fits.then(|| format!("{whole}{part:0<6}").parse::<u64>().ok()).flatten()
    };
    let both = text.split_once(',').and_then(|(took, gave)| Some((amount(took)?, amount(gave)?)));
    both.ok_or_else(|| "it looks like 3,15 or 0.25,1.5: dollars for a million tokens in, and out".to_owned())
}

impl Mind {
    /// Refuses what only a task can do.
    pub(super) fn for_release(&self) -> Result<(), CliError> {
        let what =
            "what a model said in one session is no review of another release: lastlook agent run --replay SESSION";
        if self.replay.is_some() { Err(CliError::Usage(what.to_owned())) } else { Ok(()) }
    }

    /// Whether there is a model.
    pub(super) fn is_there(&self) -> bool {
        self.model.is_some() || self.replay.is_some()
    }

    /// Whether what it says is not shown while it comes.
    pub(super) fn is_silent(&self) -> bool {
        self.replay.is_some()
    }

    /// Opens it, or the playbook where there is none.
    pub(super) fn open_or_playbook(&self, state: &Path) -> Result<Box<dyn Model>, CliError> {
        if self.is_there() { self.opened(state, Box::new(|_| {})) } else { Ok(Box::new(Playbook::default())) }
    }

    /// Opens it. Its words are shown as they come, and `talking` says whether the line they stand on is open.
    pub(super) fn open(&self, state: &Path, talking: &Rc<Cell<bool>>) -> Result<Box<dyn Model>, CliError> {
        let talking = Rc::clone(talking);
        let shown = move |text: &str| {
            let lines: Vec<String> = text.split('\n').map(escape).collect();
            let text = lines.join("\n  | ");
            let lead = if talking.replace(true) { "" } else { "  | " };
            let mut err = io::stderr().lock();
            // Nobody may be listening, and that changes nothing.
            let _ = write!(err, "{lead}{text}").and_then(|()| err.flush());
        };
        self.opened(state, Box::new(shown))
    }

    fn opened(&self, state: &Path, shown: Box<dyn Fn(&str)>) -> Result<Box<dyn Model>, CliError> {
        if let Some(session) = &self.replay {
            let told = read(state, session).map_err(AgentError::from)?;
            let ended = matches!(told.lines.last().map(|line| &line.what), Some(What::Stopped { .. }));
            if !ended {
                return Err(CliError::Usage(format!("the session {session} has not ended, and is not said again")));
            }
            return Ok(Box::new(Replay::recorded(&told.lines)));
        }
        let (Some(model), Some(url)) = (&self.model, &self.model_url) else {
            let what = "name the model that works: --model NAME --model-url URL (or --replay SESSION); a release needs none: \
                        lastlook agent release";
            return Err(CliError::Usage(what.to_owned()));
        };
        let settings = Settings {
            dialect: match self.model_dialect {
                Speech::Chat => Dialect::Chat,
                Speech::Anthropic => Dialect::Anthropic,
            },
            url: url.clone(),
            model: model.clone(),
            key: self.key()?,
            max_tokens: TOKENS,
            patience: Duration::from_mins(2),
            price: self.model_price,
        };
        open(settings, shown).map_err(|fault| CliError::Usage(fault.to_string()))
    }

    /// What the model of the recorded session was to do.
    pub(super) fn task(&self, state: &Path) -> Result<String, CliError> {
        let session = self.replay.as_deref().unwrap_or_default();
        let told = read(state, session).map_err(AgentError::from)?;
        let task = told.lines.into_iter().find_map(|line| match line.what {
            What::Task { text } => Some(text),
            _ => None,
        });
        task.ok_or_else(|| CliError::Usage(format!("the session {session} has no task: it was no lastlook agent run")))
    }

    /// The file that holds its key, which no script may read.
    pub(super) fn key_file(&self) -> Option<&Path> {
        self.model_key_file.as_deref()
    }

    /// Its key.
    pub(super) fn key(&self) -> Result<Option<Key>, CliError> {
        let Some(file) = &self.model_key_file else { return Ok(None) };
        let shown = file.display().to_string();
        let read = KEY.path(file).map_err(|error| CliError::Usage(format!("--model-key-file: {error}")))?;
        let text = std::str::from_utf8(&read.bytes).ok().and_then(|text| Key::from_text(text.trim()));
        text.map(Some).ok_or_else(|| CliError::Usage(format!("{shown} holds no key: it is one word on one line")))
    }
}

#[cfg(test)]
mod tests {
    use super::price;

    #[test]
    fn a_price_is_two_amounts_of_dollars() {
        assert_eq!(price("3,15"), Ok((3_000_000, 15_000_000)));
        assert_eq!(price("0.25, 1.5"), Ok((250_000, 1_500_000)));
        for bad in ["", "3", "3,", ",3", "-1,2", "1e3,2", "1,2,3", "1.2.3,4", "9999999,1", "0.1234567,1"] {
            assert!(price(bad).is_err(), "{bad}");
        }
    }
}
