//! `lastlook init`: a policy and a pipeline step for this project, shown before they are written.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use super::{CliError, Exit, print, tell};
use crate::init::{Draft, Pipeline, drafts};
use crate::judge::Date;
use crate::project::Project;
use crate::render::escape;

#[derive(clap::Args)]
#[command(after_help = "A file that is there already is left as it is.")]
pub(super) struct Args {
    /// The project
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    /// Also write the step of a pipeline
    #[arg(long, value_enum, value_name = "SERVICE")]
    ci: Option<Ci>,
    /// Write without asking
    #[arg(long)]
    yes: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Ci {
    Github,
    Gitlab,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let project = Project::read(&args.dir)?;
    let pipeline = args.ci.map(|ci| match ci {
        Ci::Github => Pipeline::Github,
        Ci::Gitlab => Pipeline::Gitlab,
    });
    let place = |draft: &Draft| {
        let root = if draft.in_repository { project.repository() } else { project.root() };
        root.join(draft.path)
    };
    let all = drafts(&project, pipeline, Date::today());
    let (there, new): (Vec<Draft>, Vec<Draft>) =
        all.into_iter().partition(|draft| place(draft).symlink_metadata().is_ok());
    for draft in &there {
        tell(&format!("lastlook: {} is there already, and stays as it is", draft.path));
    }
    let mut page = seen(&project);
    for draft in &new {
        page.push_str(&format!("\n  {}\n\n", escape(&place(draft).display().to_string())));
        draft.text.lines().for_each(|line| page.push_str(&format!("{}\n", format!("    {line}").trim_end())));
    }
    if !print(page.as_bytes()) {
        return Ok(Exit::Incomplete);
    }
    if new.is_empty() {
        return Ok(Exit::Clear);
    }
    if !(args.yes || agreed()) {
        tell("lastlook: nothing was written; --yes writes what is shown");
        return Ok(Exit::Clear);
    }
    for draft in &new {
        let path = place(draft);
        let fault = |source| CliError::Write { path: path.display().to_string(), source };
        write(&path, &draft.text).map_err(fault)?;
        tell(&format!("lastlook: wrote {}", draft.path));
        if let Some(note) = draft.note {
            tell(&format!("lastlook: {note}"));
        }
    }
    Ok(Exit::Clear)
}

/// What was seen of the project.
fn seen(project: &Project) -> String {
    let list = |names: &[&str]| if names.is_empty() { "none seen".to_owned() } else { names.join(", ") };
    let choice = project.choice();
    let told =
        choice.told_by.as_ref().map_or_else(|| "nothing says which".to_owned(), |by| format!("by {}", escape(by)));
    let habits = project.habits();
    let pipelines: Vec<&str> = habits.pipelines.iter().map(String::as_str).collect();
    let published = project.publishable().map_or(0, |packages| packages.len());
    let mut page = String::from("\n");
    for (what, value) in [
        ("packages", format!("{} of {} are published", published, project.packages().len())),
        ("packer", format!("{} ({told})", choice.packer)),
        ("builds with", list(&habits.bundlers)),
        ("releases with", list(&habits.releasers)),
        ("pipelines", escape(&list(&pipelines))),
    ] {
        page.push_str(&format!("  {what:<14} {value}\n"));
    }
    for note in project.notes() {
        page.push_str(&format!("  note           {}\n", escape(note)));
    }
    page
}

/// Asks on a terminal; where nobody can answer, the answer is no.
fn agreed() -> bool {
    let input = io::stdin();
    if !input.is_terminal() || !io::stderr().is_terminal() {
        return false;
    }
    let asked = write!(io::stderr(), "\nWrite this? [y/N] ").and_then(|()| io::stderr().flush());
    let mut answer = String::new();
    asked.is_ok() && input.lock().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Writes a file that is not there yet.
fn write(path: &std::path::Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
