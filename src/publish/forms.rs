//! A registry → what it says of a package, in each form that clients ask for.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::Value;

use super::before;
use super::reader::{DOCUMENT, INSTALL, Reader};
use super::registry::escaped;
use super::seen::{Dist, Seen, one_version};

/// How much a document says of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// All that was published.
    Whole,
    /// What installers need, if the registry has such a form.
    Short,
}

/// What a registry says of a package, as anybody would be told.
pub struct Told {
    whole: Shape,
    short: Shape,
}

/// One form of it.
struct Shape {
    seen: Seen,
    text: Vec<u8>,
}

impl Told {
    /// Its whole document.
    #[must_use]
    pub fn whole(&self) -> &Seen {
        &self.whole.seen
    }

    /// The short one, for installers.
    #[must_use]
    pub fn short(&self) -> &Seen {
        &self.short.seen
    }

    /// The versions that any form has.
    #[must_use]
    pub fn versions(&self) -> BTreeSet<&str> {
        self.whole().versions().chain(self.short().versions()).map(|(version, _)| version).collect()
    }

    /// What is said of a version, in the first form that has it.
    #[must_use]
    pub fn version(&self, version: &str) -> Option<&Dist> {
        self.whole().version(version).or_else(|| self.short().version(version))
    }
}

impl Dist {
    /// What a manifest says of the bytes.
    #[must_use]
    pub fn of(manifest: &Value) -> Self {
        Self::deserialize(manifest).unwrap_or_default()
    }
}

impl Reader<'_> {
    /// All that it says of a package, in the whole document and in the short one; none if it has none of that name.
    ///
    /// # Errors
    /// Why it can't be read, in words.
    pub fn told(&self, name: &str) -> Result<Option<Told>, String> {
        let Some(whole) = self.shape(name, "application/json")? else { return Ok(None) };
        let short = self.shape(name, INSTALL)?.ok_or("it has no document for installers, and one for readers")?;
        Ok(Some(Told { whole, short }))
    }

    fn shape(&self, name: &str, accept: &'static str) -> Result<Option<Shape>, String> {
        before::name(name).map_err(|error| error.to_string())?;
        let answer = self.get(&self.registry.package(name), &[("accept", accept)], DOCUMENT)?;
        match answer.status {
            200 => {
                let text = bare(&answer.body).to_vec();
                let seen = serde_json::from_slice(&text).map_err(|error| self.odd(&error))?;
                Ok(Some(Shape { seen, text }))
            }
            404 => Ok(None),
            _ => Err(self.said(&answer)),
        }
    }

    /// What it shows of one version, wherever clients look: in the whole document, in the short one, and in that of the
    /// version alone, where there is one.
    ///
    /// # Errors
    /// Why it can't be read, in words.
    pub fn manifests(&self, told: &Told, name: &str, version: &str) -> Result<Vec<(Form, Value)>, String> {
        let mut found = Vec::new();
        for (form, shape) in [(Form::Whole, &told.whole), (Form::Short, &told.short)] {
            let manifest = one_version(&shape.text, version).map_err(|error| self.odd(&error))?;
            found.extend(manifest.map(|manifest| (form, manifest)));
        }
        let url = format!("{}/{}", self.registry.package(name), escaped(version));
        let answer = self.get(&url, &[("accept", "application/json")], DOCUMENT)?;
        match answer.status {
            200 => {
                let manifest = serde_json::from_slice(bare(&answer.body)).map_err(|error| self.odd(&error))?;
                found.push((Form::Whole, manifest));
            }
            // Not every registry has it.
            400 | 404 | 405 | 410 => {}
            _ => return Err(format!("what it shows of {version} alone: {}", self.said(&answer))),
        }
        Ok(found)
    }

    fn odd(&self, error: &serde_json::Error) -> String {
        self.scrubbed(format!("its answer is no package: {error}"))
    }
}

/// Without the mark that some editors put before a text.
fn bare(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
