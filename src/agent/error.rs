//! Why a release stops → words that say what to do.

use super::bump::BumpError;
use super::copy::CopyError;
use super::outlet::OutletFault;
use super::session::SessionError;
use crate::pack::PackError;
use crate::project::ProjectError;
use crate::sandbox::NoCell;

/// Why a release stops. Texts of others in it are raw: escape them before they are shown.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// What happens can't be written down.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The project can't be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// There is no next version.
    #[error(transparent)]
    Bump(#[from] BumpError),
    /// Something is wrong with the project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// It can't be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Its scripts can't be kept in.
    #[error(transparent)]
    NoCell(#[from] NoCell),
    /// A file can't be used.
    #[error("{path} can not be {what}: {source}")]
    File {
        /// Which.
        path: String,
        /// Read, written or made.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// What it is built with is not there.
    #[error("{package} has dependencies, and they are not installed: run {way} in {folder} first, or add --install")]
    NotInstalled {
        /// Which.
        package: String,
        /// How.
        way: String,
        /// Where.
        folder: String,
    },
    /// A script failed.
    #[error("{what} {ended}")]
    Script {
        /// Which.
        what: String,
        /// How it ended.
        ended: String,
        /// The last of what it printed.
        output: String,
    },
    /// A script got at what is none of its business.
    #[error("while {what} ran, {path} was changed, which no build should do: nothing was published")]
    Touched {
        /// Which script.
        what: String,
        /// What was changed.
        path: String,
    },
    /// Nothing is left to be done.
    #[error("nothing is new: {0}")]
    NothingNew(String),
    /// Nothing is denied, and it can't be published all the same.
    #[error("{name} {why}")]
    Unfit {
        /// What.
        name: String,
        /// Why.
        why: String,
    },
    /// A package holds what it would be published with.
    #[error("{0} holds the very token that it would be published with: take it out of the project, and revoke it")]
    HoldsToken(String),
    /// What is kept beside the session is not what was cleared.
    #[error("{0} is not what was cleared: start a new release")]
    Swapped(String),
    /// Nothing can go out, and why.
    #[error(transparent)]
    Closed(#[from] OutletFault),
    /// What was sent is not out, or nobody knows.
    #[error("{0}")]
    Outlet(String),
    /// A package is not what the project says.
    #[error("while it was built, {what} of {package} became {is}, and the project says {says}: nothing was published")]
    Renamed {
        /// Its name.
        package: String,
        /// What was changed.
        what: &'static str,
        /// What it is now.
        is: String,
        /// What it was.
        says: String,
    },
    /// What is out there is not what was sent.
    #[error("{what} is out, and is not as it should be: {why}")]
    Differs {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
    /// One of the others, without what is left out of a session.
    #[error("{what}")]
    Told {
        /// In words.
        what: String,
        /// The last of what a script printed.
        output: Option<String>,
    },
    /// A session that can't go on.
    #[error("the session {id} {why}")]
    Over {
        /// Which.
        id: String,
        /// Why.
        why: String,
    },
}

impl AgentError {
    /// The last of what a script printed, where it was the script that failed.
    #[must_use]
    pub fn output(&self) -> Option<String> {
        match self {
            Self::Script { output, .. } => Some(output.clone()),
            Self::Told { output, .. } => output.clone(),
            Self::Pack(error) => error.output().map(|output| String::from_utf8_lossy(output).into_owned()),
            _ => None,
        }
    }
}
