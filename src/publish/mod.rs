//! clearance → receipt: the registry's wire format, and the only holder of the credential.

mod registry;

pub use registry::{Registry, RegistryError};
