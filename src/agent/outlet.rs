//! Clearances → the registry: what a release needs of whoever holds the credential.

use super::session::Item;
use crate::audit::Clearance;
use crate::model::Finding;
use crate::open::{Input, Kept};
use crate::publish::Receipt;

/// Whoever holds the credential. No part of a release sees it.
pub trait Outlet {
    /// Looks at everything that may stand against any of them before the first is sent, and puts them in the order in
    /// which they are to go out; names those that the registry has already.
    ///
    /// # Errors
    /// What stands against one.
    fn prepare(&self, clearances: Vec<Clearance>) -> Result<Prepared<'_>, OutletFault>;

    /// Whether the credential stands in `bytes`, which are what a package would lay down.
    fn stands_in(&self, bytes: &[u8]) -> bool;

    /// What became of something that was, or may have been, sent to `registry` before. Sends nothing.
    ///
    /// # Errors
    /// When nobody knows.
    fn settle(&self, item: &Item, registry: &str) -> Result<Standing, String>;

    /// Where it would go, under which tag and for whom, in words. Asks nobody.
    ///
    /// # Errors
    /// When that is not known.
    fn way(&self, clearance: &Clearance) -> Result<String, String>;

    /// The version that the registry calls the latest, and its bytes; none where it has no such package.
    ///
    /// # Errors
    /// When it can't be read.
    fn latest(&self, name: &str) -> Result<Option<(String, Kept)>, String>;

    /// Fetches what is out there, as a stranger would.
    ///
    /// # Errors
    /// When it can't be read.
    fn fetch(&self, item: &Item, registry: &str) -> Result<Seen, String>;
}

/// What may go out, and what need not.
pub struct Prepared<'o> {
    /// What nothing stands against, in its order.
    pub going: Vec<Box<dyn Going + 'o>>,
    /// What is in the registry already, by name and version.
    pub there: Vec<There>,
}

/// A version that is in the registry already.
#[derive(Debug, Clone)]
pub struct There {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The registry.
    pub registry: String,
    /// Whether it is these very bytes.
    pub same: bool,
}

/// Why nothing goes out.
#[derive(Debug, thiserror::Error)]
pub enum OutletFault {
    /// The registry is not named, or can't be asked.
    #[error("{0}")]
    Away(String),
    /// Something stands against it.
    #[error("{0}")]
    Refused(String),
}

/// Something that nothing stands against.
pub trait Going {
    /// What it is.
    fn clearance(&self) -> &Clearance;

    /// Where it goes.
    fn registry(&self) -> String;

    /// Sends it, once, and reads back what the registry made of it.
    ///
    /// # Errors
    /// When it is not out, or nobody knows.
    fn send(self: Box<Self>) -> Result<Receipt, String>;
}

/// What became of something that may have been sent.
#[derive(Debug)]
pub enum Standing {
    /// It is out, and what is served was compared.
    Out(Box<Receipt>),
    /// It is not, and was never taken.
    Not,
}

/// What is out there.
pub struct Seen {
    /// The bytes that are served.
    pub input: Input,
    /// What is not as it should be.
    pub odd: Vec<Finding>,
}
