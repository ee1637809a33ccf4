//! A project → the policy and the pipeline step that fit it: what `lastlook init` proposes. Writes nothing.

mod branch;
mod build;
mod licence;
mod pipeline;
mod policy;
mod reason;

use crate::judge::Date;
use crate::project::Project;

pub use pipeline::Pipeline;

/// A file that is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where, below the root of the project or of the repository.
    pub path: &'static str,
    /// Whether that is the root of the repository.
    pub in_repository: bool,
    /// What it holds.
    pub text: String,
    /// What is to be done with it by hand.
    pub note: Option<&'static str>,
}

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The name of a folder would have a meaning in a pipeline.
    #[error(
        "no pipeline can be written for {folder:?}: between the root of the repository and the project, names of \
         folders may have letters, digits and . _ - alone, and not begin with -; without --ci the policy is written"
    )]
    Folder {
        /// The folder of the project, below the root of the repository.
        folder: String,
    },
}

/// What is proposed for `project`, which is read at the root of its workspace.
///
/// # Errors
/// The pipeline that was asked for can't be written safely.
pub fn drafts(project: &Project, pipeline: Option<Pipeline>, today: Date) -> Result<Vec<Draft>, InitError> {
    let policy = Draft { path: "lastlook.toml", in_repository: false, text: policy::text(project, today), note: None };
    let step = pipeline.map(|pipeline| pipeline.draft(project)).transpose()?;
    Ok(std::iter::once(policy).chain(step).collect())
}

/// Whether a path means itself in YAML inside of quotes, in a shell, and as an argument.
fn plain(path: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    path.split('/').all(|part| !part.is_empty() && !part.starts_with('-') && part.chars().all(sign))
}
