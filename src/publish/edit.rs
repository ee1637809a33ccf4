//! A change to what is out, besides a release → the one request for it, built from its parts.

use serde_json::{Map, Value, json};

use super::body::Body;
use super::credential::{Credential, Otp};
use super::publisher::Publisher;
use super::registry::escaped;
use super::wire::{Ask, SHORT};
use super::{PublishError, Reader, factor};

/// A change to what is out.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A tag that is to stand for a version.
    SetTag {
        /// The package.
        name: String,
        /// The tag.
        tag: String,
        /// The version.
        version: String,
    },
    /// A tag that is to go.
    RemoveTag {
        /// The package.
        name: String,
        /// The tag.
        tag: String,
    },
    /// The document of a package, as it is to be from now on.
    Document {
        /// The package.
        name: String,
        /// The revision that it takes the place of, where the address names it.
        revision: Option<String>,
        /// The document.
        document: Value,
    },
    /// Other owners.
    Owners {
        /// The package.
        name: String,
        /// The revision that is changed.
        revision: String,
        /// Name and address of each.
        owners: Vec<(String, String)>,
    },
    /// A package that is to go.
    Remove {
        /// The package.
        name: String,
        /// The revision.
        revision: String,
    },
    /// A tarball that is to go.
    RemoveTarball {
        /// The package.
        name: String,
        /// The last part of its address.
        file: String,
        /// The revision.
        revision: String,
    },
    /// Who may read a package.
    Access {
        /// The package.
        name: String,
        /// `public`, `restricted` or `private`.
        access: String,
    },
    /// A stage that is to go.
    Reject {
        /// The stage.
        id: String,
    },
    /// Something about the account that no version depends on: the words of its path below `-/`.
    Account {
        /// How.
        method: &'static str,
        /// Where.
        path: Vec<String>,
        /// What is said.
        body: Option<Value>,
    },
}

impl Edit {
    fn path(&self) -> String {
        let package = escaped;
        match self {
            Self::SetTag { name, tag, .. } | Self::RemoveTag { name, tag } => {
                format!("-/package/{}/dist-tags/{}", package(name), escaped(tag))
            }
            Self::Document { name, revision: None, .. } => package(name),
            Self::Document { name, revision: Some(revision), .. }
            | Self::Owners { name, revision, .. }
            | Self::Remove { name, revision } => format!("{}/-rev/{}", package(name), escaped(revision)),
            Self::RemoveTarball { name, file, revision } => {
                format!("{}/-/{}/-rev/{}", name, escaped(file), escaped(revision))
            }
            Self::Access { name, .. } => format!("-/package/{}/access", package(name)),
            Self::Reject { id } => format!("-/stage/{}", escaped(id)),
            Self::Account { path, .. } => {
                let words: Vec<String> = path.iter().map(|word| escaped(word)).collect();
                format!("-/{}", words.join("/"))
            }
        }
    }

    const fn method(&self) -> &'static str {
        match self {
            Self::SetTag { .. } | Self::Document { .. } | Self::Owners { .. } => "PUT",
            Self::RemoveTag { .. } | Self::Remove { .. } | Self::RemoveTarball { .. } | Self::Reject { .. } => "DELETE",
            Self::Access { .. } => "POST",
            Self::Account { method, .. } => method,
        }
    }

    fn body(&self) -> Option<Value> {
        match self {
            Self::SetTag { version, .. } => Some(version.as_str().into()),
            Self::Document { document, .. } => Some(document.clone()),
            Self::Owners { name, revision, owners } => {
                let owners = owners.iter().map(|(name, email)| json!({"name": name, "email": email}));
                Some(json!({"_id": name, "_rev": revision, "maintainers": owners.collect::<Vec<_>>()}))
            }
            Self::Access { access, .. } => Some(json!({ "access": access })),
            Self::Account { body, .. } => body.clone(),
            Self::RemoveTag { .. } | Self::Remove { .. } | Self::RemoveTarball { .. } | Self::Reject { .. } => None,
        }
    }
}

impl Publisher<'_> {
    /// Makes a change, once, and hands back what the registry says: its status, and its answer where that is an object.
    ///
    /// # Errors
    /// When it was refused, or nobody knows.
    pub fn edit(
        &self,
        edit: &Edit,
        credential: &Credential,
        otp: Option<&Otp>,
    ) -> Result<(u16, Map<String, Value>), PublishError> {
        let url = self.registry.at(&edit.path());
        let mut body = edit.body().map(|body| Body::text(body.to_string().into_bytes()));
        let headers: &[(&'static str, &'static str)] = &[("npm-auth-type", "web")];
        let ask = Ask { method: edit.method(), url: &url, headers, credential: Some(credential), otp, most: SHORT };
        let scrub = |mut text: String| {
            credential.scrub(&mut text);
            if let Some(otp) = otp {
                otp.scrub(&mut text);
            }
            text
        };
        let answer = self.wire.ask(&ask, body.as_mut()).map_err(|fault| {
            let why = scrub(fault.why);
            if fault.begun {
                PublishError::Unknown { what: "the change".to_owned(), why }
            } else {
                PublishError::Unsent { registry: self.registry.url(), why }
            }
        })?;
        if (200..300).contains(&answer.status) {
            let text = scrub(String::from_utf8_lossy(&answer.body).into_owned());
            return Ok((answer.status, serde_json::from_str(&text).unwrap_or_default()));
        }
        if factor::is_wanted(&answer) {
            // Whoever is asked passes that on, and the change comes again with the answer.
            return self.second_factor(&answer, usize::from(otp.is_some()), scrub).and(Err(PublishError::Otp));
        }
        Err(PublishError::Refused { said: super::reader::said(&answer, scrub), way: String::new() })
    }
}

impl Reader<'_> {
    /// The whole document of a package, as it has to be read to be written; none where there is none.
    ///
    /// # Errors
    /// Why it can't be read, in words.
    pub fn writable(&self, name: &str) -> Result<Option<Value>, String> {
        let mut text = Vec::new();
        let url = format!("{}?write=true", self.registry.package(name));
        let status = self.stream(&url, "application/json", super::reader::DOCUMENT, &mut |piece| {
            text.extend_from_slice(piece);
            true
        })?;
        match status {
            200 => {
                serde_json::from_slice(&text).map(Some).map_err(|error| format!("its answer is no package: {error}"))
            }
            404 => Ok(None),
            status => Err(format!("it answers with status {status}")),
        }
    }
}
