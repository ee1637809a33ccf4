//! What nobody else may read → how it is read, and how it stays in our memory.

mod memory;
#[cfg(feature = "registry")]
mod private;
#[cfg(feature = "registry")]
mod source;

pub use memory::keep_memory;
#[cfg(feature = "registry")]
pub use private::{private_file, private_folder, synced};
#[cfg(feature = "registry")]
pub use source::{Read, Source, SourceError, bounded, descriptor};
