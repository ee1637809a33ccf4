//! The environment and the settings files → what they say by key, and the credential they hold for a registry.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use zeroize::Zeroizing;

use super::expand::expand;
use super::files::{self, Settings};
use super::scrub::LENIENT;
use super::secret::Secret;
use super::{Credential, CredentialError, Kind, Vault, npmrc};
use crate::publish::Registry;

/// All settings, the strongest first.
pub(in crate::publish) struct Rows {
    all: Vec<Row>,
    project: PathBuf,
    home: Option<PathBuf>,
}

/// One setting.
struct Row {
    key: String,
    /// None where it is set to nothing.
    value: Option<Zeroizing<String>>,
    /// Variables it names that are not set.
    missing: Vec<String>,
    source: String,
}

/// A setting that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::publish) struct Plain<'r> {
    pub(in crate::publish) value: &'r str,
    /// Where it stands, for people.
    pub(in crate::publish) source: &'r str,
}

impl Rows {
    /// Reads them as npm would in the folder `start`.
    pub(in crate::publish) fn read(start: &Path, vault: &Vault) -> Result<Self, CredentialError> {
        let project = files::project(start);
        let mut rows = environment(vault);
        named(&project, vault, |settings| rows.extend(of_file(settings, vault)))?;
        Ok(Self { all: rows, project, home: vault.home() })
    }

    /// The variables that hold credentials, as the settings say.
    pub(super) fn variables(start: &Path, vault: &Vault) -> Result<BTreeSet<String>, CredentialError> {
        let mut names = BTreeSet::new();
        let mut add = |key: &str, raw: &str| {
            if is_secret(key) {
                names.extend(expand(raw, |_| None).names);
            }
        };
        for (key, value, _) in vault.settings() {
            add(&key, &value);
        }
        named(&files::project(start), vault, |settings| {
            for setting in npmrc::parse(&settings.text) {
                add(&setting.key, setting.value.as_ref().map_or("", |value| value.as_str()));
            }
        })?;
        Ok(names)
    }

    /// What `key` says, if it says anything and is no secret.
    pub(in crate::publish) fn plain(&self, key: &str) -> Option<Plain<'_>> {
        let row = self.row(key).filter(|_| !is_secret(key))?;
        Some(Plain { value: row.value.as_ref()?.as_str(), source: &row.source })
    }

    /// The folder whose settings are those of the project.
    pub(in crate::publish) fn project(&self) -> &Path {
        &self.project
    }

    /// A path as settings write it.
    pub(in crate::publish) fn place(&self, text: &str) -> PathBuf {
        files::below(text, self.home.as_deref())
    }

    /// The credential for `registry`, at the longest of its addresses that has one.
    pub(in crate::publish) fn credential(&self, registry: &Registry) -> Result<Option<Credential>, CredentialError> {
        for place in places(registry) {
            for kind in ["certfile", "keyfile"] {
                if let Some((_, source)) = self.set(&format!("{place}:{kind}")) {
                    return Err(CredentialError::Certificate { place: source.to_owned() });
                }
            }
        }
        for place in places(registry) {
            if let Some((kind, source)) = self.kind(&place)? {
                return Credential::bind(kind, registry, source).map(Some);
            }
        }
        Ok(None)
    }

    fn kind(&self, place: &str) -> Result<Option<(Kind, &str)>, CredentialError> {
        if let Some((token, source)) = self.set(&format!("{place}:_authToken")) {
            return Ok(Some((Kind::Bearer(Arc::new(Secret::new(token, source)?)), source)));
        }
        if let Some((pair, source)) = self.set(&format!("{place}:_auth")) {
            return Ok(Some((Kind::Basic(Arc::new(Secret::new(pair, source)?)), source)));
        }
        let user = self.set(&format!("{place}:username"));
        let password = self.set(&format!("{place}:_password"));
        let (Some((user, _)), Some((password, source))) = (user, password) else { return Ok(None) };
        let fault = || CredentialError::Form { source_name: source.to_owned(), fault: "is no base64 of a password" };
        let password = Zeroizing::new(LENIENT.decode(password).map_err(|_| fault())?);
        let password = std::str::from_utf8(&password).map_err(|_| fault())?;
        Ok(Some((Kind::pair(user, password, source)?, source)))
    }

    /// What a person should know where no credential was found: what is not set, and what names no registry.
    pub(in crate::publish) fn notes(&self, registry: &Registry) -> Vec<String> {
        let places = places(registry);
        let mut notes = Vec::new();
        for row in self.all.iter().filter(|row| is_secret(&row.key)) {
            let ours = row.key.rsplit_once(':').is_some_and(|(place, _)| places.iter().any(|own| own == place));
            if ours && !row.missing.is_empty() {
                notes.push(format!("{} names {}, which is not set", row.source, row.missing.join(" and ")));
            }
            if !row.key.contains(':') && row.value.is_some() && row.key != "otp" {
                let (source, key) = (&row.source, &row.key);
                let written = if key.eq_ignore_ascii_case("_authtoken") { "_authToken" } else { key };
                let place = places.first().map_or("//HOST/", String::as_str);
                notes.push(format!("{source} names no registry and is not used; write {place}:{written}=… instead"));
            }
        }
        notes
    }

    /// The row of the strongest place that has the key.
    fn row(&self, key: &str) -> Option<&Row> {
        self.all.iter().find(|row| row.key == key)
    }

    /// A value that is neither empty nor lacks a variable, and where it stands.
    fn set(&self, key: &str) -> Option<(&str, &str)> {
        let row = self.row(key).filter(|row| row.missing.is_empty())?;
        let value = row.value.as_ref().filter(|value| !value.is_empty() && value.as_str() != "false")?;
        Some((value, &row.source))
    }
}

/// Its keys hold credentials, so its Debug tells how many there are, and no more.
impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({})", self.all.len())
    }
}

/// Whether what `key` says is a secret.
pub(super) fn is_secret(key: &str) -> bool {
    let last = key.rsplit(':').next().unwrap_or(key).trim_start_matches(['_', '-']).to_ascii_lowercase();
    matches!(last.as_str(), "authtoken" | "auth" | "password" | "otp" | "key")
}

/// What settings may call a registry: npm also leaves out the last slash.
fn places(registry: &Registry) -> Vec<String> {
    let both = |key: String| [key.clone(), key.trim_end_matches('/').to_owned()];
    registry.keys().into_iter().flat_map(both).collect()
}

/// Hands out the settings files, the strongest first.
fn named(project: &Path, vault: &Vault, mut each: impl FnMut(&Settings)) -> Result<(), CredentialError> {
    let user = files::user(vault);
    if let Some(settings) = files::own(project, user.as_deref())? {
        each(&settings);
    }
    let read = |place: &Path| files::read(place, &place.display().to_string());
    let of_user = user.as_deref().map(read).transpose()?.flatten();
    if let Some(settings) = &of_user {
        each(settings);
    }
    let rows: Vec<Row> = of_user.iter().flat_map(|settings| of_file(settings, vault)).collect();
    let further = |key: &str| rows.iter().find(|row| row.key == key)?.value.as_ref().map(|value| value.to_string());
    let global = files::global(vault, further).filter(|place| Some(place) != user.as_ref());
    if let Some(settings) = global.as_deref().map(read).transpose()?.flatten() {
        each(&settings);
    }
    Ok(())
}

fn of_file(settings: &Settings, vault: &Vault) -> Vec<Row> {
    let name = |line: usize| format!("{}, line {line}", settings.name);
    let rows = npmrc::parse(&settings.text);
    rows.into_iter().map(|row| filled(&row.key, row.value, name(row.line), vault)).collect()
}

fn environment(vault: &Vault) -> Vec<Row> {
    let rows = vault.settings();
    rows.map(|(key, value, name)| filled(&key, Some(value), format!("the variable {name}"), vault)).collect()
}

/// A setting with its variables filled in.
fn filled(key: &str, value: Option<Zeroizing<String>>, source: String, vault: &Vault) -> Row {
    let key = expand(key, |name| vault.variable(name)).text.to_string();
    let value = value.map(|value| expand(value.trim(), |name| vault.variable(name)));
    let (value, missing) = value.map_or((None, Vec::new()), |value| (Some(value.text), value.missing));
    let value = value.filter(|value| !matches!(value.as_str(), "null" | "undefined"));
    Row { key, value, missing, source }
}

#[cfg(test)]
mod tests;
