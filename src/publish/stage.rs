//! Staged versions: what was staged → compared; what is staged → approved once it was cleared again.

use serde_json::Value;

use super::before;
use super::credential::{Credential, Otp};
use super::publisher::{Publisher, Sent};
use super::reader::{Served, Wanted};
use super::receipt::{Event, Receipt};
use super::settle::{Look, Settler};
use super::wire::{Answer, Ask, SHORT};
use super::{PublishError, Wish};
use crate::audit::Clearance;

/// No registry takes more.
const TARBALL: u64 = 1 << 30;

/// A staged version, downloaded.
pub struct Staged {
    id: String,
    name: String,
    version: String,
    tag: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Staged {
    /// The name that its bytes go by in reports.
    #[must_use]
    pub fn file(&self) -> String {
        super::tarball_name(&self.name, &self.version)
    }

    /// The package, as the registry says.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, as the registry says.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// A row of the list of staged versions.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(default)]
    id: String,
    /// Registries write one of these, or both.
    #[serde(default)]
    package_name: Option<String>,
    #[serde(default)]
    name: Option<String>,
    version: String,
    #[serde(default)]
    tag: Option<String>,
}

impl Row {
    /// The package, unless it is called two things.
    fn package(&self) -> Option<&str> {
        match (&self.package_name, &self.name) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => one.as_deref().or(other.as_deref()),
        }
    }
}

#[derive(serde::Deserialize)]
struct Rows {
    items: Vec<Row>,
}

/// As many staged versions are looked through.
const PAGES: usize = 20;

/// As many are asked for at a time.
const PAGE: usize = 100;

impl Settler<'_> {
    /// Reads whether a version is staged, and is what was cleared. `id` is what the registry called it.
    pub(super) fn staged(
        &self,
        receipt: &Receipt,
        id: Option<&str>,
        unknown: Option<&str>,
    ) -> Result<Receipt, PublishError> {
        if let Some(id) = id {
            let receipt = Receipt { stage: Some(id.to_owned()), ..receipt.clone() };
            let served = self.until(|| self.look_at_stage(id));
            return self.compared(&receipt, Event::Staged, served, String::new());
        }
        let found = self.until(|| self.look_for_stage(receipt));
        let id = self.settled(receipt, found, unknown)?;
        let receipt = Receipt { stage: Some(id), ..receipt.clone() };
        self.compared(&receipt, Event::Staged, Look::Found(Served::Same), String::new())
    }

    /// Looks at the bytes of a stage.
    fn look_at_stage(&self, id: &str) -> Look<Served> {
        let url = self.reader.registry.at(&format!("-/stage/{id}/tarball"));
        match self.reader.served(&url, self.reader.credential, self.wanted) {
            Ok(Served::Nothing(why)) => Look::Nothing(why),
            Ok(served) => Look::Found(served),
            Err(why) => Look::Blind(why),
        }
    }

    /// Looks for a stage with our bytes; others of the same version are not ours.
    pub(super) fn look_for_stage(&self, receipt: &Receipt) -> Look<String> {
        let ids = match self.stages(receipt) {
            Ok(ids) => ids,
            Err(why) => return Look::Blind(why),
        };
        for id in ids {
            match self.look_at_stage(&id) {
                Look::Found(Served::Same) => return Look::Found(id),
                Look::Found(Served::Other(_) | Served::Nothing(_)) | Look::Nothing(_) => {}
                Look::Blind(why) => return Look::Blind(why),
            }
        }
        Look::Nothing("it is not among the staged versions".to_owned())
    }

    /// The staged versions that may be the one that was sent.
    fn stages(&self, receipt: &Receipt) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        for page in 0..PAGES {
            let name = super::registry::escaped(&receipt.name);
            let answer = self.reader.own(&format!("-/stage?page={page}&perPage={PAGE}&package={name}"))?;
            // A registry that has no such list has no staged versions.
            if matches!(answer.status, 404 | 405 | 501) {
                return Ok(ids);
            }
            if answer.status != 200 {
                return Err(self.reader.said(&answer));
            }
            let rows: Rows = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
            let count = rows.items.len();
            let ours = |row: &Row| row.package() == Some(receipt.name.as_str()) && row.version == receipt.version;
            let own = rows.items.into_iter().filter(ours);
            ids.extend(own.map(|row| row.id).filter(|id| is_id(id)));
            if count < PAGE {
                break;
            }
        }
        Ok(ids)
    }
}

impl Publisher<'_> {
    /// Downloads a staged version, to be looked at again.
    ///
    /// # Errors
    /// When there is none of this name, or it can't be read.
    pub fn staged(&self, id: &str, credential: &Credential) -> Result<Staged, PublishError> {
        let fault = |why: String| PublishError::Stage { id: id.to_owned(), why };
        if !is_id(id) {
            return Err(fault("it is not written as stages are".to_owned()));
        }
        let reader = self.reader(Some(credential));
        let answer = reader.own(&format!("-/stage/{id}")).map_err(fault)?;
        if answer.status != 200 {
            return Err(fault(reader.said(&answer)));
        }
        let row: Row = serde_json::from_slice(&answer.body).map_err(|error| fault(error.to_string()))?;
        let name = row.package().ok_or_else(|| fault("the registry does not say of which package it is".to_owned()))?;
        before::name(name)?;
        let name = name.to_owned();
        if !row.id.is_empty() && row.id != id {
            return Err(fault("the registry answers with another one".to_owned()));
        }
        let url = self.registry.at(&format!("-/stage/{id}/tarball"));
        let answer = reader.bytes(&url, TARBALL).map_err(fault)?;
        if answer.status != 200 {
            return Err(fault(reader.said(&answer)));
        }
        let tag = row.tag.unwrap_or_else(|| "latest".to_owned());
        Ok(Staged { id: id.to_owned(), name, version: row.version, tag, bytes: answer.body })
    }

    #[allow(clippy::needless_pass_by_value, reason = "a clearance is spent, whatever comes of it")]
    /// Approves a staged version whose bytes were cleared, and reads back what became of it.
    ///
    /// # Errors
    /// When it is not out, or nobody knows.
    pub fn approve(
        &self,
        clearance: Clearance,
        staged: &Staged,
        credential: &Credential,
        otp: Option<Otp>,
    ) -> Result<Receipt, PublishError> {
        let id = &staged.id;
        let document = clearance.document();
        let version = before::manifest(document)?;
        if (document.name(), document.version()) != (staged.name.as_str(), staged.version.as_str()) {
            let why = format!("its bytes are those of {}@{}", document.name(), document.version());
            return Err(PublishError::Stage { id: id.clone(), why });
        }
        let receipt =
            Receipt { stage: Some(id.clone()), ..Receipt::of(&clearance, &self.registry.url(), &staged.tag, false) };
        let _hold = self.journal.hold(&receipt.registry, &receipt.name, &receipt.version)?;
        if let Some(before) = self.journal.open_end(&receipt.registry, &receipt.name, &receipt.version)? {
            return Err(PublishError::Pending(Box::new(before)));
        }
        let seen = self.reader(Some(credential)).package(&receipt.name).map_err(|why| self.unreadable(why))?;
        if let Some(seen) = seen {
            before::against(&seen, document, &version, &receipt.integrity, &Wish::default(), &staged.tag).map_err(
                |error| match error {
                    PublishError::Below { .. } => PublishError::Stage {
                        id: id.clone(),
                        why:
                            "it is below what is latest and would be latest, so that everybody would go back; stage it \
                              again with --tag"
                                .to_owned(),
                    },
                    other => other,
                },
            )?;
        }
        let url = self.registry.at(&format!("-/stage/{id}/approve"));
        let headers: &[(&'static str, &'static str)] = &[("npm-command", "stage"), ("npm-auth-type", "web")];
        let send = |otp: Option<&Otp>| {
            let ask = Ask { method: "POST", url: &url, headers, credential: Some(credential), otp, most: SHORT };
            self.wire.ask(&ask, None)
        };
        let settler = self.settler(Some(credential), Wanted::Bytes(clearance.bytes()));
        match self.once(&receipt, Event::Approving, credential, otp, &send)? {
            Sent::Accepted(_) => settler.published(&receipt, None),
            Sent::Unknown(why) => settler.published(&receipt, Some(&why)),
            Sent::Refused { error, doubtful } => settler.refused(&receipt, error, doubtful),
        }
    }
}

/// Whether this can stand in an address as one part.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The name of the stage in what the registry answered.
pub(super) fn id_in(answer: &Answer) -> Option<String> {
    word(&answer.body, "stageId").filter(|id| is_id(id))
}

/// A text in an object.
pub(super) fn word(body: &[u8], key: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value.get(key)?.as_str()?.to_owned())
}
