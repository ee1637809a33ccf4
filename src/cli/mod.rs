//! Arguments → one command → one exit code. The code knows the verdict, never the format.

#[cfg(all(feature = "registry", unix))]
mod agent;
#[cfg(feature = "registry")]
mod approve;
#[cfg(feature = "registry")]
mod attesting;
mod audit;
#[cfg(feature = "registry")]
mod clearing;
#[cfg(feature = "registry")]
mod counter;
mod diff;
mod doctor;
#[cfg(all(feature = "gate", unix))]
mod gate;
mod hook;
mod init;
#[cfg(feature = "registry")]
mod key;
#[cfg(all(feature = "mcp", unix))]
mod mcp;
mod outlets;
mod packing;
mod progress;
#[cfg(feature = "registry")]
mod publish;
mod recover;
#[cfg(feature = "registry")]
mod remote;
mod reports;
mod rules;
mod setup;
mod shell;
#[cfg(feature = "registry")]
mod verify;

use std::io::{self, Write as _};
use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::model::Verdict;

/// Takes the last look at a JavaScript release before it leaves.
#[derive(Parser)]
#[command(name = "lastlook", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 clear, 1 blocked, 2 incomplete, wrong usage or a fault of lastlook.\n\nStart with: lastlook audit pkg.tgz"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what would ship, what anyone could recover from it, and whether it may go
    Audit(audit::Args),
    /// Write out the original sources that anyone could recover from an artifact
    Recover(recover::Args),
    /// Say what is new, gone, grown, newly exposed and newly secret in an artifact
    Diff(diff::Args),
    /// List the rules, show one, or test them against their own examples
    Rules(rules::Args),
    /// Audit, clear and publish the same bytes, and check what the registry then serves
    #[cfg(feature = "registry")]
    Publish(publish::Args),
    /// Audit a staged version again, and approve it if it is clear
    #[cfg(feature = "registry")]
    Approve(approve::Args),
    /// Check what was signed or published: attestations, and packages and sites as strangers see them
    #[cfg(feature = "registry")]
    Verify(verify::Args),
    /// Stand before a registry, and let only cleared releases through, whoever publishes
    #[cfg(all(feature = "gate", unix))]
    Gate(gate::Args),
    /// Make a key to sign attestations with, or show one
    #[cfg(feature = "registry")]
    Key(key::Args),
    /// Do a whole release: build, pack, audit, publish and verify, with scripts kept in
    #[cfg(all(feature = "registry", unix))]
    Agent(agent::Args),
    /// Serve the tools to coding agents over the Model Context Protocol, on standard input and output
    #[cfg(all(feature = "mcp", unix))]
    Mcp(Box<mcp::Args>),
    /// Say what is enforced on this machine, and what is not
    Doctor(doctor::Args),
    /// Look at what a coding agent is about to do, and point every form of publishing at lastlook
    Hook(hook::Args),
    /// Write a policy, and the step of a pipeline, for this project
    Init(init::Args),
    /// Print completions for a shell
    Completions(shell::Completions),
    /// Print the manual page
    Man,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    Clear,
    Blocked,
    Incomplete,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Clear => Self::Clear,
            Verdict::Blocked => Self::Blocked,
            Verdict::Incomplete => Self::Incomplete,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clear => Self::from(0),
            Exit::Blocked => Self::from(1),
            Exit::Incomplete => Self::from(2),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Policy(#[from] crate::judge::PolicyError),
    #[error("{path} can not be read: {source}")]
    Read { path: String, source: io::Error },
    #[error("{path} can not be written: {source}")]
    Write { path: String, source: io::Error },
    #[error("the rules can not be used: {0}")]
    Rules(#[from] crate::audit::RulesError),
    #[error("no threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error(transparent)]
    Recover(#[from] crate::recover::RecoverError),
    #[error(transparent)]
    Project(#[from] crate::project::ProjectError),
    #[error(transparent)]
    Pack(#[from] crate::pack::PackError),
    #[cfg(feature = "registry")]
    #[error(transparent)]
    Publish(#[from] crate::publish::PublishError),
    #[cfg(feature = "registry")]
    #[error(transparent)]
    Verify(#[from] crate::verify::VerifyError),
    #[cfg(feature = "registry")]
    #[error(transparent)]
    Attest(#[from] crate::attest::AttestError),
    #[cfg(all(feature = "registry", unix))]
    #[error(transparent)]
    Agent(#[from] crate::agent::AgentError),
    #[cfg(all(feature = "registry", unix))]
    #[error(transparent)]
    Watch(#[from] crate::agent::watch::WatchError),
    #[cfg(all(feature = "gate", unix))]
    #[error(transparent)]
    Gate(#[from] crate::gate::GateError),
    #[cfg(feature = "registry")]
    #[error(transparent)]
    Site(#[from] crate::verify::site::SiteError),
    #[cfg(all(feature = "mcp", unix))]
    #[error("the client can not be answered any more: {0}")]
    Mcp(io::Error),
    #[error("{0}")]
    Usage(String),
}

impl CliError {
    /// The end of what a program of others printed, where that is why it failed.
    fn output(&self) -> String {
        match self {
            Self::Pack(error) => String::from_utf8_lossy(error.output().unwrap_or_default()).into_owned(),
            #[cfg(all(feature = "registry", unix))]
            Self::Agent(error) => error.output().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    // What packing says to itself is no command for people.
    let verb = std::env::args_os().nth(1).unwrap_or_default();
    if verb == crate::sandbox::WALL {
        return packing::Wall::parse_from(std::env::args_os().skip(1)).run().into();
    }
    if verb == crate::sandbox::CELL {
        return packing::Cell::parse_from(std::env::args_os().skip(1)).run().into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are no errors, and hold nothing but our own words.
        Err(error) if !error.use_stderr() => {
            return if print(error.to_string().as_bytes()) { Exit::Clear } else { Exit::Incomplete }.into();
        }
        Err(error) => {
            complain(error.to_string());
            return Exit::Incomplete.into();
        }
    };
    // A fault of ours is never a clear release.
    match catch_unwind(|| run(cli)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(error)) => {
            let mut what = error.to_string();
            what.push_str(&last_lines(&error.output()));
            complain(format!("lastlook: {what}"));
            Exit::Incomplete.into()
        }
        Err(_) => {
            tell("lastlook: a fault in lastlook itself; nothing was cleared. Please report it.");
            Exit::Incomplete.into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, CliError> {
    match cli.command {
        Command::Audit(args) => audit::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Rules(args) => rules::run(&args),
        #[cfg(feature = "registry")]
        Command::Publish(args) => publish::run(&args),
        #[cfg(feature = "registry")]
        Command::Approve(args) => approve::run(&args),
        #[cfg(feature = "registry")]
        Command::Verify(args) => verify::run(&args),
        #[cfg(all(feature = "gate", unix))]
        Command::Gate(args) => gate::run(&args),
        #[cfg(feature = "registry")]
        Command::Key(args) => key::run(&args),
        #[cfg(all(feature = "registry", unix))]
        Command::Agent(args) => agent::run(&args),
        #[cfg(all(feature = "mcp", unix))]
        Command::Mcp(args) => mcp::run(args),
        Command::Doctor(args) => Ok(doctor::run(&args)),
        Command::Hook(args) => hook::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Completions(args) => Ok(shell::completions(&args)),
        Command::Man => shell::manual(),
    }
}

/// As many lines of what a packer printed are shown.
const PRINTED: usize = 20;

/// The end of what a packer printed, below what is said of it.
fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let end = lines.get(lines.len().saturating_sub(PRINTED)..).unwrap_or_default();
    end.iter().flat_map(|line| ["\n  | ", line]).collect()
}

/// Says what went wrong, in lines that are shown and not obeyed, whatever they quote.
fn complain(mut what: String) {
    // A slip of the hand may put a secret there.
    if let Ok(rules) = crate::audit::Rules::built_in() {
        rules.hush(&mut what);
    }
    let lines: Vec<String> = what.trim_end().lines().map(crate::render::escape).collect();
    tell(&lines.join("\n"));
}

/// Says something to a person. Nobody may be listening, and that changes nothing.
fn tell(text: &str) {
    if writeln!(io::stderr(), "{text}").is_err() {
        // There is no other place to say it.
    }
}

/// Writes `bytes` to standard output; false where that was asked for and not possible.
///
/// A reader that has seen enough and closed the pipe is content.
fn print(bytes: &[u8]) -> bool {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => true,
        Err(error) => {
            tell(&format!("lastlook: the report could not be written: {error}"));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn the_arguments_are_consistent() {
        super::Cli::command().debug_assert();
    }

    /// The commands in a text: in lines of blocks, in words of a sentence, in values of settings.
    fn commands(text: &str) -> Vec<Vec<String>> {
        let starts = text.match_indices("lastlook ").filter(|(at, _)| {
            let before = text.get(..*at).and_then(|before| before.chars().last());
            before.is_none_or(|c| matches!(c, '`' | '\n' | '"' | ' ' | '/'))
        });
        let rest = starts.filter_map(|(at, word)| text.get(at + word.len()..));
        let ended = |c: char| matches!(c, '`' | '·' | '\n' | '#' | '>' | '&' | '|' | ',' | '…' | ';');
        let words = rest.map(|rest| rest.split(ended).next().unwrap().trim_end_matches(['"', '}', ' ', '.', ')']));
        let known = super::Cli::command();
        let lines = words.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        lines.filter(|line| line.first().is_some_and(|name| known.find_subcommand(name).is_some())).collect()
    }

    #[test]
    fn the_commands_that_the_docs_show_are_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen = 0;
        for file in [
            "README.md",
            "docs",
            "rules/README.md",
            "skills",
            "rules/fixes.toml",
            "action.yml",
            ".pre-commit-hooks.yaml",
        ] {
            for entry in walkdir::WalkDir::new(root.join(file)).into_iter().map(Result::unwrap) {
                if !entry.file_type().is_file() {
                    continue;
                }
                let text = std::fs::read_to_string(entry.path()).unwrap();
                for words in commands(&text) {
                    // What a person writes in its place, or may leave out.
                    let words = words.iter().filter(|word| !word.starts_with('[') && !word.ends_with(']'));
                    let line: Vec<&str> = std::iter::once("lastlook").chain(words.map(String::as_str)).collect();
                    let parsed = super::Cli::try_parse_from(&line);
                    let why = parsed.err().map(|error| (error.kind(), error.to_string()));
                    let shown =
                        why.filter(|(kind, _)| !matches!(kind, clap::error::ErrorKind::MissingRequiredArgument));
                    assert!(shown.is_none(), "{}: {line:?}: {shown:?}", entry.path().display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 30, "only {seen} commands were seen");
    }
}
