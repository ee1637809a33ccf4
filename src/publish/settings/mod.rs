//! The settings of a user and a project → where a package goes, and how the way there is; credentials stay sealed.

mod choose;
mod network;
mod npm;

use std::path::Path;

pub use network::Proxy;

use super::credential::{OF_PROJECT, Rows};
use super::{Credential, CredentialError, Registry, RegistryError, Vault};

/// What is wrong with the settings, or what they don't say.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// They can't be read.
    #[error(transparent)]
    Read(#[from] CredentialError),
    /// What should be the address of a registry is none.
    #[error("{place}: {source}")]
    Registry {
        /// Where it stands.
        place: String,
        /// What is wrong.
        source: RegistryError,
    },
    /// A registry in publishConfig that is no text.
    #[error("{key} in publishConfig is no text")]
    Kind {
        /// The key.
        key: String,
    },
    /// Clients don't agree on which of two registries counts.
    #[error(
        "{first} names the registry {one}, and {second} names {other}; npm and other clients don't agree on which \
         counts, so say --registry with the one you mean"
    )]
    Conflict {
        /// Where one is named.
        first: String,
        /// One.
        one: String,
        /// Where the other is named.
        second: String,
        /// The other.
        other: String,
    },
    /// There is no registry.
    #[error("no registry is named ({why}); say --registry https://HOST/, or write registry=https://HOST/ into .npmrc")]
    None {
        /// Why npm could not tell one either.
        why: String,
    },
    /// Certificates are not to be checked.
    #[error(
        "{place} turns off the check of certificates, and nothing is published like that; remove it, and name your own authority with cafile=FILE if you have one"
    )]
    Loose {
        /// Where.
        place: String,
    },
    /// The project says how the registry is reached, and whom to believe that it is the registry.
    #[error(
        "{place} sets {key}, and a token that is given goes no way that the project names: put it into the .npmrc of \
         your home folder, or say it with HTTPS_PROXY or NODE_EXTRA_CA_CERTS"
    )]
    Route {
        /// Where.
        place: String,
        /// Which setting.
        key: &'static str,
    },
    /// A value that is none of those there are.
    #[error("{place} says access={value}; it is public or restricted")]
    Access {
        /// Where.
        place: String,
        /// What it says.
        value: String,
    },
}

/// All settings, read once, before anything of the project may run.
#[derive(Debug)]
pub struct Settings {
    rows: Rows,
    network: network::Network,
    /// Where npm is, and the variables it may see.
    npm: npm::Npm,
}

impl Settings {
    /// Reads them as npm would in the folder `start`.
    ///
    /// # Errors
    /// When one that is there can't be read, or certificates are not to be checked.
    pub fn read(start: &Path, vault: &Vault) -> Result<Self, SettingsError> {
        let rows = Rows::read(start, vault)?;
        if let Some(row) = rows.plain("strict-ssl").filter(|row| row.value == "false") {
            return Err(SettingsError::Loose { place: row.source.to_owned() });
        }
        let network = network::Network::of(&rows, vault);
        Ok(Self { network, npm: npm::Npm::of(vault, rows.project()), rows })
    }

    /// Refuses settings by which the project itself would say how a registry is reached.
    ///
    /// # Errors
    /// The first of them.
    pub fn refuse_routes(&self) -> Result<(), SettingsError> {
        for key in ["proxy", "https-proxy", "noproxy", "no-proxy", "cafile"] {
            if let Some(row) = self.rows.plain(key).filter(|row| row.source.starts_with(OF_PROJECT)) {
                return Err(SettingsError::Route { place: row.source.to_owned(), key });
            }
        }
        Ok(())
    }

    /// The credential they hold for `registry`.
    ///
    /// # Errors
    /// When it can't be used.
    pub fn credential_for(&self, registry: &Registry) -> Result<Option<Credential>, CredentialError> {
        self.rows.credential(registry)
    }

    /// What a person should know where no credential was found.
    #[must_use]
    pub fn notes(&self, registry: &Registry) -> Vec<String> {
        self.rows.notes(registry)
    }

    /// The tag that versions are published with, if it is set.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.rows.plain("tag").map(|row| row.value).filter(|tag| !tag.is_empty())
    }

    /// Who may install: `public` or `restricted`, if it is set.
    ///
    /// # Errors
    /// When it is neither.
    pub fn access(&self) -> Result<Option<&str>, SettingsError> {
        let Some(row) = self.rows.plain("access").filter(|row| !row.value.is_empty()) else { return Ok(None) };
        if matches!(row.value, "public" | "restricted") {
            return Ok(Some(row.value));
        }
        Err(SettingsError::Access { place: row.source.to_owned(), value: row.value.to_owned() })
    }

    /// Files with authorities to trust: `cafile` takes the place of the machine's own, as in npm.
    #[must_use]
    pub fn cafile(&self) -> Option<&Path> {
        self.network.cafile.as_deref()
    }

    /// A file with authorities to trust besides the machine's own: `NODE_EXTRA_CA_CERTS`.
    #[must_use]
    pub fn extra_authorities(&self) -> Option<&Path> {
        self.network.extra.as_deref()
    }

    /// The proxy on the way to `registry`, if there is one.
    #[must_use]
    pub fn proxy(&self, registry: &Registry) -> Option<&Proxy> {
        self.network.proxy(registry)
    }
}
