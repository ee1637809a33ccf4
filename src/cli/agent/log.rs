//! `lastlook agent log`: a session, for people and programs.

use std::path::PathBuf;

use super::state;
use crate::agent::AgentError;
use crate::agent::session::{What, human, latest, page, read};
use crate::cli::{CliError, Exit, print};
use crate::render::escape;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Which session [default: the last one]
    session: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Form::Human)]
    format: Form,
    /// List the sessions
    #[arg(long, conflicts_with_all = ["session", "format"])]
    list: bool,
    /// The folder of sessions and memories [default: lastlook/agent in the folder for what programs remember]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Human,
    Json,
    Html,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let state = state(args.state.as_deref())?;
    let all = latest(&state).map_err(AgentError::from)?;
    let Some(last) = all.last() else {
        return Err(CliError::Usage(format!("there are no sessions in {}", state.display())));
    };
    let text = if args.list {
        let line = |id: &String| {
            let how = read(&state, id).map_or_else(|error| error.to_string(), |told| ending(&told.lines));
            format!("{id}  {}\n", escape(&how))
        };
        all.iter().map(line).collect()
    } else {
        let told = read(&state, args.session.as_deref().unwrap_or(last)).map_err(AgentError::from)?;
        match args.format {
            Form::Human => human(&told),
            Form::Html => page(&told),
            Form::Json => {
                let lines: Result<Vec<String>, _> = told.lines.iter().map(serde_json::to_string).collect();
                let lines = lines.map_err(|error| CliError::Usage(error.to_string()))?;
                lines.join("\n") + "\n"
            }
        }
    };
    Ok(if print(text.as_bytes()) { Exit::Clear } else { Exit::Incomplete })
}

/// What a session was about, and how it ended.
fn ending(lines: &[crate::agent::session::Line]) -> String {
    let about = lines.iter().find_map(|line| match &line.what {
        What::Began { project, .. } => Some(project.as_str()),
        _ => None,
    });
    let end = match lines.last().map(|line| &line.what) {
        Some(What::Stopped { stop, .. }) => stop.as_str(),
        Some(_) | None => "not ended",
    };
    format!("{end}  {}", about.unwrap_or_default())
}
