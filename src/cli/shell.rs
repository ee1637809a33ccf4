//! The definitions of the command line → completions for a shell, and the manual page.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Cli, CliError, Exit, print};

#[derive(clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(args: &Completions) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "lastlook", &mut text);
    if print(&text) { Exit::Clear } else { Exit::Incomplete }
}

/// One page, with a section for each command.
pub(super) fn manual() -> Result<Exit, CliError> {
    let mut page = Vec::new();
    written(&mut page).map_err(|source| CliError::Write { path: "the page".to_owned(), source })?;
    Ok(if print(&page) { Exit::Clear } else { Exit::Incomplete })
}

fn written(page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Cli::command();
    command.build();
    let whole = Man::new(command.clone());
    whole.render_title(page)?;
    whole.render_name_section(page)?;
    whole.render_synopsis_section(page)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        // Sections of a command are parts of its own section here.
        let man = Man::new(sub.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        writeln!(page, ".SH \"LASTLOOK {}\"", sub.get_name().to_uppercase())?;
        page.extend(section.bytes());
    }
    whole.render_extra_section(page)?;
    whole.render_version_section(page)
}
