//! A project → the policy and the pipeline step that fit it: what `lastlook init` proposes. Writes nothing.

mod licence;
mod pipeline;
mod policy;

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

/// What is proposed for `project`.
#[must_use]
pub fn drafts(project: &Project, pipeline: Option<Pipeline>, today: Date) -> Vec<Draft> {
    let policy = Draft { path: "lastlook.toml", in_repository: false, text: policy::text(project, today), note: None };
    std::iter::once(policy).chain(pipeline.map(|pipeline| pipeline.draft(project))).collect()
}
