//! `lastlook init`: a policy and a pipeline step for this project, shown before they are written.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

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
    let (project, note) = whole(&args.dir)?;
    let pipeline = args.ci.map(|ci| match ci {
        Ci::Github => Pipeline::Github,
        Ci::Gitlab => Pipeline::Gitlab,
    });
    let all = drafts(&project, pipeline, Date::today()).map_err(|error| CliError::Usage(error.to_string()))?;
    let (there, new): (Vec<Draft>, Vec<Draft>) =
        all.into_iter().partition(|draft| home(&project, draft).join(draft.path).symlink_metadata().is_ok());
    for draft in &there {
        tell(&format!("lastlook: {} is there already, and stays as it is", draft.path));
    }
    let mut page = seen(&project, note.as_deref());
    let mut files = Vec::new();
    for draft in &new {
        let file = File::below(home(&project, draft), draft)?;
        page.push_str(&format!("\n  {}\n\n", escape(&file.path.display().to_string())));
        draft.text.lines().for_each(|line| page.push_str(&format!("{}\n", format!("    {line}").trim_end())));
        files.push(file);
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
    write(&files)?;
    for draft in &new {
        tell(&format!("lastlook: wrote {}", draft.path));
        if let Some(note) = draft.note {
            tell(&format!("lastlook: {note}"));
        }
    }
    Ok(Exit::Clear)
}

/// The project in `dir`, or the whole workspace that it belongs to: one policy holds for all of its packages, so that
/// all of them have to be asked. And a word on that.
fn whole(dir: &Path) -> Result<(Project, Option<String>), CliError> {
    let project = Project::read(dir)?;
    if project.root() == project.folder() {
        return Ok((project, None));
    }
    let whole = Project::read(project.root())?;
    let note = format!("this is one package of the workspace in {}: all of its packages count", whole.root().display());
    Ok((whole, Some(note)))
}

/// Where the path of a draft begins.
fn home<'p>(project: &'p Project, draft: &Draft) -> &'p Path {
    if draft.in_repository { project.repository() } else { project.root() }
}

/// What was seen of the project.
fn seen(project: &Project, note: Option<&str>) -> String {
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
    for note in note.into_iter().chain(project.notes().iter().map(String::as_str)) {
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

/// A file that is to be written where nothing is yet.
struct File<'d> {
    path: PathBuf,
    text: &'d str,
}

impl<'d> File<'d> {
    /// Refuses a way that leaves `root`, or that ends before the file: a link would lead to where nobody looked.
    fn below(root: &Path, draft: &'d Draft) -> Result<Self, CliError> {
        let path = root.join(draft.path);
        let between = path.ancestors().skip(1).take_while(|folder| *folder != root);
        for folder in between {
            let why = match folder.symlink_metadata() {
                Ok(meta) if meta.is_symlink() => "it is a link, and links are not written through",
                Ok(meta) if !meta.is_dir() => "it is not a folder",
                Ok(_) => continue,
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    continue;
                }
                Err(source) => return Err(fault(folder, source)),
            };
            return Err(fault(folder, io::Error::new(io::ErrorKind::InvalidInput, why)));
        }
        Ok(Self { path, text: &draft.text })
    }

    fn create(&self) -> io::Result<std::fs::File> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::OpenOptions::new().write(true).create_new(true).open(&self.path)
    }
}

fn fault(path: &Path, source: io::Error) -> CliError {
    CliError::Write { path: path.display().to_string(), source }
}

/// Writes all of the files, or none.
fn write(files: &[File<'_>]) -> Result<(), CliError> {
    let mut made = Vec::new();
    let written = files.iter().try_for_each(|file| {
        let mut new = file.create().map_err(|source| fault(&file.path, source))?;
        made.push(file);
        let filled = new.write_all(file.text.as_bytes()).and_then(|()| new.sync_all());
        filled.map_err(|source| fault(&file.path, source))
    });
    if written.is_err() {
        for file in made {
            if std::fs::remove_file(&file.path).is_err() {
                tell(&format!("lastlook: {} is only a part", escape(&file.path.display().to_string())));
            }
        }
    }
    written
}
