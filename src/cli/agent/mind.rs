//! Flags → whoever mends what is denied: a model that was named, or the playbook, which needs none.

use std::path::PathBuf;
use std::time::Duration;

use crate::agent::core::{Model, Playbook};
use crate::agent::models::{Dialect, Key, Settings, open};
use crate::cli::CliError;
use crate::secret::Source;

#[derive(clap::Args)]
pub(super) struct Mind {
    /// Have this model mend what is denied, in place of the fixes that lastlook makes by itself
    #[arg(long, value_name = "NAME", requires_all = ["fix", "model_url"])]
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

impl Mind {
    /// Opens it.
    pub(super) fn open(&self) -> Result<Box<dyn Model>, CliError> {
        let (Some(model), Some(url)) = (&self.model, &self.model_url) else {
            return Ok(Box::new(Playbook::default()));
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
            price: None,
        };
        // What it says is shown as the session keeps it.
        open(settings, Box::new(|_| {})).map_err(|fault| CliError::Usage(fault.to_string()))
    }

    /// The file that holds its key, which no script may read.
    pub(super) fn key_file(&self) -> Option<&std::path::Path> {
        self.model_key_file.as_deref()
    }

    fn key(&self) -> Result<Option<Key>, CliError> {
        let Some(file) = &self.model_key_file else { return Ok(None) };
        let shown = file.display().to_string();
        let read = KEY
            .path(file)
            .map_err(|error| CliError::Usage(format!("{shown} holds no key that can be read: {error:?}")))?;
        let text = std::str::from_utf8(&read.bytes).ok().and_then(|text| Key::from_text(text.trim()));
        text.map(Some).ok_or_else(|| CliError::Usage(format!("{shown} holds no key: it is one word on one line")))
    }
}
