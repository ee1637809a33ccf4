//! `lastlook audit`: reports to where they were asked for, the verdict to the caller.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use super::progress::Progress;
use super::setup::{Applied, Common, reviewed, targets};
use super::{CliError, Exit, print, tell};
use crate::audit::Auditor;
use crate::judge::Snapshot;
use crate::model::{Level, Report, Verdict};
use crate::open::Target;
use crate::render::{Format, Look, render};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Tarballs, folders or files to audit; - reads standard input
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
    /// What to print
    #[arg(long, value_enum, default_value_t = FormatArg::Human)]
    format: FormatArg,
    /// Also write a report to a file, in any format (repeatable)
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    output: Vec<(FormatArg, PathBuf)>,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
    /// Show every finding, not the first few of each rule
    #[arg(long)]
    all: bool,
    /// Show what each exception of the policy covered
    #[arg(long)]
    explain_exceptions: bool,
    /// Write the list of reviewed contents anew, from what would ship now
    #[arg(long)]
    write_snapshot: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormatArg {
    Human,
    Json,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Human => Self::Human,
            FormatArg::Json => Self::Json,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FailOn {
    Warn,
    Deny,
}

fn output(text: &str) -> Result<(FormatArg, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write it as FORMAT=FILE, such as json=report.json")?;
    let format = <FormatArg as clap::ValueEnum>::from_str(format, false)
        .map_err(|_| format!("there is no format {format:?}; there are human and json"))?;
    if file.is_empty() { Err("the file has no name".to_owned()) } else { Ok((format, file.into())) }
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let started = Instant::now();
    let targets = targets(&args.targets);
    if targets.iter().filter(|target| **target == Target::Stdin).count() > 1 {
        return Err(CliError::Usage("standard input can be read only once".to_owned()));
    }
    let applied = args.common.policy(&targets, !args.write_snapshot)?;
    let own = [Some(applied.snapshot.clone()), applied.source.clone()].into_iter().flatten();
    keep(&args.output, args.targets.iter().cloned().chain(own))?;
    let Applied { rules, policy, snapshot, judged, .. } = applied;
    let pool = args.common.pool()?;
    let fail_on = match args.fail_on {
        FailOn::Warn => Level::Warn,
        FailOn::Deny => Level::Deny,
    };
    let bytes = AtomicU64::new(0);
    let mut report = {
        let auditor =
            Auditor::new(&rules, &policy, &pool).fail_on(fail_on).progress(&bytes).listing(args.write_snapshot);
        std::thread::scope(|scope| {
            let progress = Progress::start(scope, &bytes);
            let report = auditor.audit(&targets);
            progress.stop();
            report
        })
    };
    if args.write_snapshot {
        write_snapshot(&snapshot, &report)?;
        if !judged {
            tell(
                "lastlook: nothing is judged by it yet: write [contents] with snapshot = \"lastlook.files\" into lastlook.toml",
            );
        }
    }
    for row in report.artifacts.iter_mut().flat_map(|artifact| &mut artifact.carried) {
        std::iter::once(&mut row.path).chain(&mut row.inside).for_each(|part| rules.hush(part));
    }
    let explain = args.explain_exceptions;
    let look = Look { colour: colour(), all: args.all, explain, took: Some(started.elapsed()) };
    let mut written = print(&text(&report, args.format, look));
    for (format, file) in &args.output {
        let plain = Look { colour: false, ..look };
        if let Err(error) = std::fs::write(file, text(&report, *format, plain)) {
            let name = crate::render::escape(&file.display().to_string());
            tell(&format!("lastlook: {name} could not be written: {error}"));
            written = false;
        }
    }
    let exit = Exit::from(report.verdict());
    Ok(if written {
        exit
    } else if exit == Exit::Clear {
        Exit::Incomplete
    } else {
        exit
    })
}

/// Lists what was read in place of what was listed of the same packages.
fn write_snapshot(file: &Path, report: &Report) -> Result<(), CliError> {
    let mut snapshot = if file.symlink_metadata().is_ok() { reviewed(file)? } else { Snapshot::default() };
    let mut names = BTreeSet::new();
    for artifact in &report.artifacts {
        let name = artifact.package.as_ref().map(|package| package.name.as_str());
        if artifact.verdict == Verdict::Incomplete {
            let what = format!("{} was not read whole, so there is nothing to list", artifact.name);
            return Err(CliError::Usage(what));
        }
        if !names.insert(name) {
            let what = format!("two targets are called {}: list them one after the other", name.unwrap_or("nothing"));
            return Err(CliError::Usage(what));
        }
        snapshot.replace(name, &artifact.listing);
    }
    let path = file.display().to_string();
    std::fs::write(file, snapshot.text()).map_err(|source| CliError::Write { path: path.clone(), source })?;
    tell(&format!("lastlook: wrote {}; review what changed in it", crate::render::escape(&path)));
    Ok(())
}

/// Refuses to write a report over what it is about, or two reports over each other.
fn keep(outputs: &[(FormatArg, PathBuf)], others: impl Iterator<Item = PathBuf>) -> Result<(), CliError> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut taken: Vec<PathBuf> = others.map(|path| real(&path)).collect();
    for (_, file) in outputs {
        let file = real(file);
        if taken.contains(&file) && !file.starts_with("/dev") {
            return Err(CliError::Usage(format!(
                "{} would be written over; name another file for the report",
                file.display()
            )));
        }
        taken.push(file);
    }
    Ok(())
}

fn text(report: &Report, format: FormatArg, look: Look) -> Vec<u8> {
    let mut text = Vec::new();
    // Writing to memory does not fail; if it did, an empty report would be written and seen.
    if render(report, format.into(), look, &mut text).is_err() {
        text.clear();
    }
    text
}

/// Colours on a terminal, unless the environment says otherwise.
pub(super) fn colour() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    io::stdout().is_terminal()
        && set("CLICOLOR").is_none_or(|value| value != "0")
        && set("TERM").is_none_or(|term| term != "dumb")
}
