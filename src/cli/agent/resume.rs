//! `lastlook agent resume`: a session that was cut off → the same command, brought to its end.

use std::path::PathBuf;

use clap::Parser as _;

use super::flags::Flags;
use super::{Verb, release, run, state};
use crate::agent::AgentError;
use crate::agent::release::open;
use crate::agent::session::{What, latest, read};
use crate::cli::{Cli, CliError, Command, Exit};

#[derive(clap::Args)]
#[command(
    after_help = "It goes on as it was begun: the project, the registry and the policy are those that the session names. \
                        Exit codes: as lastlook agent release."
)]
pub(super) struct Args {
    /// Which session [default: the last one]
    session: Option<String>,
    /// The folder of sessions and memories [default: lastlook/agent in the folder for what programs remember]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// A file that holds the token, where that is another one now
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A one-time password, where the registry wants one
    #[arg(long, value_name = "CODE")]
    otp: Option<String>,
}

pub(super) fn resume(args: &Args) -> Result<Exit, CliError> {
    let state = state(args.state.as_deref())?;
    let last = || latest(&state).map(|all| all.last().cloned());
    let id = match &args.session {
        Some(id) => id.clone(),
        None => last()
            .map_err(AgentError::from)?
            .ok_or_else(|| CliError::Usage(format!("there are no sessions in {}", state.display())))?,
    };
    let told = read(&state, &id).map_err(AgentError::from)?;
    open(&id, &told.lines)?;
    let began = told.lines.iter().find_map(|line| match &line.what {
        What::Began { words, folder, .. } => Some((words, folder)),
        _ => None,
    });
    let Some((words, folder)) = began else {
        return Err(CliError::Usage(format!("the session {id} was cut off before it began: start a new release")));
    };
    // What is named in the command is meant from there.
    let fault = |source| CliError::Read { path: folder.clone(), source };
    let (token_file, state) = (args.token_file.as_ref().map(std::path::absolute), state);
    let token_file = token_file.transpose().map_err(fault)?;
    std::env::set_current_dir(folder).map_err(fault)?;
    let parsed = Cli::try_parse_from(words);
    let parsed =
        parsed.map_err(|_| CliError::Usage(format!("the session {id} was begun by no command of this lastlook")))?;
    let Command::Agent(super::Args { command }) = parsed.command else {
        return Err(CliError::Usage(format!("the session {id} is no release")));
    };
    let again = |flags: &mut Flags| {
        flags.state = Some(state);
        flags.sending.again(token_file, args.otp.clone());
    };
    match command {
        Verb::Release(mut then) => {
            again(&mut then.flags);
            release::act(&then, Some(&id))
        }
        Verb::Run(mut then) => {
            again(&mut then.flags);
            run::act(&then, Some(&id))
        }
        Verb::Resume(_) | Verb::Log(_) | Verb::Watch(_) => {
            Err(CliError::Usage(format!("the session {id} is no release")))
        }
    }
}
