//! Why nothing was published, or why nobody knows: what happened, and the way out.

use super::credential::CredentialError;
use super::journal::JournalError;
use super::provenance::ProvenanceError;
use super::settings::SettingsError;
use super::{Receipt, RegistryError};

/// Why a release is not out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The address of a registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What settings say, or don't.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The credential, or what names it.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The provenance bundle.
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
    /// Its package.json says so.
    #[error("{0} is private: take \"private\" out of its package.json if it is to be published")]
    Private(String),
    /// No registry takes this name.
    #[error("{0:?} can not be the name of a package: {1}")]
    Name(String, &'static str),
    /// It is no version.
    #[error("{0:?} is no version: {1}; write it as {2}")]
    Version(String, String, String),
    /// Registries drop what stands behind the plus.
    #[error(
        "registries drop the part behind + in {version}, and then what they show is not what is packed: make it {way}"
    )]
    Build {
        /// The version.
        version: String,
        /// Without it.
        way: String,
    },
    /// Everybody would get it.
    #[error("{version} is a prerelease, and without --tag everybody gets it as latest: add --tag {way}")]
    Prerelease {
        /// The version.
        version: String,
        /// A tag of its own.
        way: String,
    },
    /// Everybody would go back to it.
    #[error(
        "{version} is below {latest}, which is latest: with it as latest, everybody would go back. Add --tag {way}, or \
         --tag latest if that is meant"
    )]
    Below {
        /// The version.
        version: String,
        /// What is latest now.
        latest: String,
        /// A tag of its own.
        way: String,
    },
    /// Nobody outside the workspace can install it.
    #[error(
        "{name} depends on {dependency} as {range:?}, which nobody can install outside of its workspace: pack it with \
         the package manager that knows what it stands for"
    )]
    Inner {
        /// The package.
        name: String,
        /// What it depends on.
        dependency: String,
        /// How that is written.
        range: String,
    },
    /// The same bytes are out already.
    #[error(
        "{0} is in the registry already, with these very bytes: there is nothing to publish (of several packages, \
         --only-new leaves out what is there)"
    )]
    Same(String),
    /// Other bytes are out under this version.
    #[error(
        "{0} is in the registry already, with other bytes, and a version never changes: raise the version (of several \
         packages, --only-new leaves out what is there)"
    )]
    Exists(String),
    /// The tag would be taken for a version.
    #[error("{0:?} can not be a tag: {1}")]
    Tag(String, &'static str),
    /// Only scopes can be closed.
    #[error(
        "{0} has no scope, and only packages with a scope can be restricted: name it @you/{0}, or take --access public"
    )]
    Unscoped(String),
    /// A word that is none.
    #[error("publishConfig.access is {0:?}; it is public or restricted")]
    Access(String),
    /// An earlier attempt has no known end.
    #[error(
        "an earlier attempt to publish {} (at {}) has no known end: run lastlook publish --resume, which reads the \
         registry and sends nothing", .0.title(), .0.time
    )]
    Pending(Box<Receipt>),
    /// Nothing to publish with.
    #[error(
        "there is no credential for {0}: give one with --token-file FILE or --token-fd N, or in .npmrc as \
         {1}:_authToken=${{NPM_TOKEN}}, or set up trusted publishing"
    )]
    NoCredential(String, String),
    /// No authority to believe.
    #[error(
        "no certificates are installed that could be trusted; install the system's (ca-certificates), or name a file with cafile in .npmrc"
    )]
    NoAuthorities,
    /// A file of authorities.
    #[error("{file}, which names whom to trust, can not be read: {source}")]
    Authority {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The proxy's address.
    #[error("the address of the proxy can not be used; it is written as http://HOST:PORT or https://HOST:PORT")]
    Proxy,
    /// The registry could not be read before anything was sent.
    #[error("{registry} could not be read: {why}; nothing was sent")]
    Unreadable {
        /// The registry.
        registry: String,
        /// What happened.
        why: String,
    },
    /// Nothing went out.
    #[error("nothing was sent to {registry}: {why}")]
    Unsent {
        /// The registry.
        registry: String,
        /// What happened.
        why: String,
    },
    /// The registry said no.
    #[error("the registry refused it: {said}{way}")]
    Refused {
        /// What it said.
        said: String,
        /// What to do.
        way: String,
    },
    /// A second factor is asked for, and nobody can give it.
    #[error(
        "the registry asks for a one-time password: add --otp CODE, run it in a terminal, or publish with a token that \
         needs none, such as by trusted publishing"
    )]
    Otp,
    /// It was asked, and wrong.
    #[error("the registry does not take the one-time password; a new one is made every half minute")]
    WrongCode,
    /// It was asked for on a page, and that did not work.
    #[error("the page that the registry wants to be confirmed did not help: {0}")]
    Page(String),
    /// It went out, or not; the registry can't be read.
    #[error(
        "what became of {what} is not known: {why}. It is not sent again; run lastlook publish --resume, which reads \
         the registry and sends nothing"
    )]
    Unknown {
        /// The version.
        what: String,
        /// What happened.
        why: String,
    },
    /// It did not arrive.
    #[error("{what} is not in the registry ({why}): it was not published, and may be published again")]
    Absent {
        /// The version.
        what: String,
        /// What happened.
        why: String,
    },
    /// What is out is not what was cleared.
    #[error(
        "{what} is out, and NOT as it was cleared: {why}. Tell whoever runs the registry, and deprecate the version if \
         it is not yours"
    )]
    Differs {
        /// The version.
        what: String,
        /// How.
        why: String,
    },
    /// No such stage, or of something else.
    #[error("the staged version {id} can not be approved: {why}")]
    Stage {
        /// Its name.
        id: String,
        /// Why.
        why: String,
    },
    /// What is named is not there.
    #[error("{0}")]
    Missing(String),
}
