//! Flags → who is told: a webhook, a program, or whoever reads standard output.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::agent::watch::{Header, Program, Report, Tell, Webhook};
use crate::cli::CliError;
use crate::secret::Source;

#[derive(clap::Args)]
pub(super) struct Tellers {
    /// Send each report here, as JSON; any answer of 200 to 299 takes it
    #[arg(long, value_name = "URL", conflicts_with_all = ["exec", "format"])]
    webhook: Option<String>,
    /// A file with a header for that, such as an Authorization line; nobody else may be able to read it
    #[arg(long, value_name = "FILE", requires = "webhook")]
    webhook_header_file: Option<PathBuf>,
    /// Start this program for each report, which stands on its standard input as JSON; exit 0 takes it
    #[arg(long, value_name = "PROGRAM", conflicts_with = "format")]
    exec: Option<PathBuf>,
    /// Pass a variable of the environment on to that program (repeatable)
    #[arg(long, value_name = "NAME", requires = "exec")]
    env: Vec<String>,
    /// How long who takes a report may take for it
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    tell_timeout: u64,
    /// How to show reports, where nobody else is told
    #[arg(long, value_enum, default_value_t = Form::Human)]
    format: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A line for each change
    Human,
    /// A line of JSON for each report
    Json,
}

/// The header of a webhook.
const HEADER: Source = Source { what: "header", flag: "--webhook-header-file", most: 8 << 10 };

impl Tellers {
    /// Whoever is told.
    pub(super) fn open<'h>(&self, hush: &'h dyn Fn(&mut String)) -> Result<Box<dyn Tell + 'h>, CliError> {
        let patience = Duration::from_secs(self.tell_timeout);
        if let Some(url) = &self.webhook {
            let header = self.webhook_header_file.as_deref().map(header).transpose()?;
            return Ok(Box::new(Webhook::new(url, header, patience)?));
        }
        if let Some(program) = &self.exec {
            return Ok(Box::new(Program::new(program.clone(), &self.env, patience, Box::new(hush))));
        }
        Ok(Box::new(Printed(self.format)))
    }
}

fn header(file: &Path) -> Result<Header, CliError> {
    let shown = file.display();
    let read = HEADER.path(file).map_err(|error| match error {
        crate::secret::SourceError::Read { place, source } => CliError::Read { path: place, source },
        crate::secret::SourceError::Descriptor { number, why } => {
            CliError::Usage(format!("descriptor {number} holds no header: {why}"))
        }
    })?;
    if read.open_to_others {
        return Err(CliError::Usage(format!("others on this machine may read {shown}: run chmod 600 on it")));
    }
    let header = std::str::from_utf8(&read.bytes).ok().and_then(Header::parse);
    header.ok_or_else(|| CliError::Usage(format!("{shown} holds no header: it is one line, NAME: VALUE")))
}

/// Whoever reads standard output.
struct Printed(Form);

impl Tell for Printed {
    fn tell(&mut self, report: &Report) -> Result<(), String> {
        let text = if self.0 == Form::Json { report.line() } else { report.human() };
        let mut out = io::stdout().lock();
        // A pipe that nobody reads any more takes nothing.
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| format!("standard output can not be written: {error}"))
    }
}
