//! clearance → receipt: the registry's wire format, and the only holder of the credential.

mod before;
mod body;
mod chosen;
mod credential;
mod error;
mod journal;
mod order;
mod provenance;
mod publisher;
mod reader;
mod registry;
mod settings;
mod settle;
mod stage;
mod wire;

pub use chosen::Chosen;
pub use credential::{Ask, Credential, CredentialError, Identity, Otp, Token, Vault};
pub use error::PublishError;
pub use journal::{Event, Journal, JournalError, Receipt};
pub use order::in_order;
pub use provenance::ProvenanceError;
pub use publisher::{Access, Person, Publisher, Ready, Wish};
pub use reader::{Dist, Reader, Seen};
pub use registry::{Registry, RegistryError};
pub use settings::{Proxy, Settings, SettingsError};
pub use stage::Staged;
pub use wire::{Network, Wire};

use publisher::Plan;
