//! The registries behind the gate → the one for a package, and what it is written and read with.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::publish::{Credential, Identity, PublishError, Reader, Registry, Wire};

/// What releases are written with.
pub enum Key {
    /// A credential for all packages.
    Token(Arc<Credential>),
    /// What this job is trusted with, exchanged for each package.
    Trusted(Identity),
    /// Nothing: it can only be read.
    None,
}

/// A registry behind the gate.
pub struct Upstream {
    /// Which.
    pub registry: Registry,
    /// The way there.
    pub wire: Wire,
    /// What releases are written with.
    pub key: Key,
    /// What is read with, where anybody else may not. It never writes.
    pub reading: Option<Credential>,
}

impl Upstream {
    /// What `name` is written with.
    pub(super) fn writing(&self, name: &str) -> Result<Arc<Credential>, PublishError> {
        match &self.key {
            Key::Token(credential) => Ok(Arc::clone(credential)),
            Key::Trusted(identity) => Ok(Arc::new(identity.exchange(name, &self.registry, &self.wire)?)),
            Key::None => Err(PublishError::NoCredential(self.registry.url(), String::new())),
        }
    }

    /// A reader that writes nothing.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.wire, &self.registry, self.reading.as_ref())
    }
}

/// All of them.
pub struct Upstreams {
    /// For packages of a scope, such as `@acme`.
    pub scopes: BTreeMap<String, Upstream>,
    /// For all others, if there is one.
    pub other: Option<Upstream>,
}

impl Upstreams {
    /// The one for a package.
    pub(super) fn of(&self, name: &str) -> Option<&Upstream> {
        let scope = name.split_once('/').map(|(scope, _)| scope);
        scope.and_then(|scope| self.scopes.get(scope)).or(self.other.as_ref())
    }

    /// The one for what belongs to no package.
    pub(super) fn account(&self) -> Option<&Upstream> {
        self.other.as_ref().or_else(|| self.scopes.values().next().filter(|_| self.scopes.len() == 1))
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Upstream> {
        self.scopes.values().chain(&self.other)
    }

    /// Whether anything that is read may be meant for some alone.
    pub(super) fn is_private(&self) -> bool {
        self.all().any(|upstream| upstream.reading.is_some())
    }
}
