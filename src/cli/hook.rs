//! `lastlook hook`: the pre-tool hook of coding agents, and how it gets into their settings.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{CliError, Exit, print, tell};
use crate::hook::{Answer, Client, LONGEST, answer, install};
use crate::render::escape;

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 the call may go on, 2 it is blocked, with the reason on standard error. \
                        It points at the right command; what nobody gets past is the gate.")]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Put the hook into the settings of a coding agent: shows the change, and merges it
    Install(Install),
}

#[derive(clap::Args)]
struct Install {
    /// claude, codex, gemini or cursor
    client: Client,
    /// The project whose settings are changed
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Change the settings of the user in place of those of a project
    #[arg(long, conflicts_with = "folder")]
    user: bool,
    /// Show the change alone
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    match &args.verb {
        Some(Verb::Install(args)) => put(args),
        None => Ok(hook()),
    }
}

/// Answers what stands on standard input. Where that can't be read or the answer can't be given, the call is blocked.
fn hook() -> Exit {
    let mut input = Vec::new();
    let read = io::stdin().lock().take(LONGEST + 1).read_to_end(&mut input);
    let Answer { stdout, stderr, exit } = match read {
        Ok(_) => answer(&input),
        // What is no input is blocked for being none.
        Err(_) => answer(b""),
    };
    let said = print(stdout.as_bytes()) && (stderr.is_empty() || io::stderr().write_all(stderr.as_bytes()).is_ok());
    if exit == 0 && said { Exit::Clear } else { Exit::Incomplete }
}

fn put(args: &Install) -> Result<Exit, CliError> {
    let home = || std::env::home_dir().ok_or_else(|| CliError::Usage("there is no home folder".to_owned()));
    let folder = if args.user { home()? } else { args.folder.clone() };
    let place = folder.join(args.client.path());
    let now = match std::fs::read_to_string(&place) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(CliError::Read { path: place.display().to_string(), source }),
    };
    let change = install(args.client, now.as_deref()).map_err(|error| CliError::Usage(error.to_string()))?;
    for note in &change.notes {
        tell(&format!("lastlook: {}", escape(note)));
    }
    if change.before.as_deref() == Some(&change.after) {
        tell(&format!("lastlook: the hook is in {} already", escape(&place.display().to_string())));
        return Ok(Exit::Clear);
    }
    let shown = print(changed(change.before.as_deref().unwrap_or_default(), &change.after).as_bytes());
    if !args.dry_run {
        write(&place, &change.after).map_err(|source| CliError::Write { path: place.display().to_string(), source })?;
        tell(&format!("lastlook: the hook is in {} now", escape(&place.display().to_string())));
    }
    Ok(if shown { Exit::Clear } else { Exit::Incomplete })
}

/// What changes, as lines that go and lines that come.
fn changed(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let left = |lines: &[&str]| lines.len().saturating_sub(same);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let end = end.min(left(&old)).min(left(&new));
    let part = |lines: &[&str], sign: char| -> String {
        let middle = lines.get(same..lines.len().saturating_sub(end)).unwrap_or_default();
        middle.iter().map(|line| format!("{sign} {}", escape(line)) + "\n").collect()
    };
    part(&old, '-') + &part(&new, '+')
}

/// Writes the settings, whole or not at all; a link is none of theirs.
fn write(place: &Path, text: &str) -> io::Result<()> {
    if place.is_symlink() {
        return Err(io::Error::other("it is a link: name the folder that it leads to"));
    }
    let folder = place.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    part.write_all(text.as_bytes())?;
    if let Ok(about) = place.metadata() {
        std::fs::set_permissions(part.path(), about.permissions())?;
    }
    part.persist(place).map(drop).map_err(|error| error.error)
}
