//! `lastlook rules`: what is looked for.

use std::path::PathBuf;

use super::setup::{Applied, Common};
use super::{CliError, Exit, print};
use crate::render::{rule_list, rule_page, rule_page_markdown, rule_reference};

#[derive(clap::Args)]
pub(super) struct Args {
    /// A rule to show, or `test` to run every rule's own examples
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The policy file, whose own rules are listed too [default: lastlook.toml here or above]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = FormatArg::Human)]
    format: FormatArg,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormatArg {
    Human,
    Markdown,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let Applied { rules, .. } = Common::of(args.policy.clone()).policy(&[], false)?;
    let mut page = Vec::new();
    let fault = |source| CliError::Write { path: "the page".to_owned(), source };
    match args.id.as_deref() {
        None if args.format == FormatArg::Markdown => page.extend(rule_reference(rules.book()).bytes()),
        None => rule_list(rules.book(), &mut page).map_err(fault)?,
        Some("test") => {
            let count = rules.test()?;
            page.extend(format!("{count} examples come out right.\n").bytes());
        }
        Some(id) => {
            let rule = rules.book().find(id).ok_or_else(|| {
                let near = rules.book().nearest(id).map_or_else(String::new, |near| format!("; did you mean {near}?"));
                CliError::Usage(format!("there is no rule {id:?}{near} (`lastlook rules` lists them)"))
            })?;
            match args.format {
                FormatArg::Human => rule_page(rule, &mut page).map_err(fault)?,
                FormatArg::Markdown => page.extend(rule_page_markdown(rule).bytes()),
            }
        }
    }
    Ok(if print(&page) { Exit::Clear } else { Exit::Incomplete })
}
