//! clearance → receipt: the registry's wire format, and the only holder of the credential.

mod around;
mod before;
mod body;
mod chosen;
mod credential;
mod edit;
mod error;
mod factor;
mod forms;
mod journal;
mod order;
mod page;
mod provenance;
mod publisher;
mod reader;
mod receipt;
mod registry;
mod seen;
mod settings;
mod settle;
mod stage;
mod wire;

pub use around::is_private;
pub use chosen::Chosen;
#[doc(hidden)]
pub use credential::npmrc_keys;
pub use credential::{Ask, Credential, CredentialError, Identity, Otp, Token, Vault};
pub use edit::Edit;
pub use error::PublishError;
pub use factor::Person;
pub use forms::{Form, Told};
pub use journal::{Journal, JournalError, usual as state_folder};
pub use order::in_order;
pub use page::Page;
pub use provenance::ProvenanceError;
pub use publisher::{Access, Publisher, Ready, Wish};
pub use reader::Reader;
pub use receipt::{Event, Receipt};
pub use registry::{Registry, RegistryError, tarball_name};
pub use seen::{Dist, Seen};
pub use settings::{Proxy, Settings, SettingsError};
pub use stage::Staged;
pub use wire::{Network, Wire};

use publisher::Plan;

/// Whether a tag may be called like this, and is not taken for a version.
#[must_use]
pub fn is_tag(tag: &str) -> bool {
    before::valid_tag(tag).is_ok()
}

/// Whether a package may be called like this.
#[must_use]
pub fn is_name(name: &str) -> bool {
    before::name(name).is_ok()
}
