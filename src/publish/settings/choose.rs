//! What was asked for, a package's publishConfig and the settings → the registry that the package goes to.

use serde_json::{Map, Value};

use super::super::{Chosen, Registry};
use super::{Settings, SettingsError};

/// A registry, and what names it.
struct Named {
    registry: Registry,
    by: String,
}

impl Named {
    fn new(text: &str, by: &str) -> Result<Self, SettingsError> {
        let registry = Registry::parse(text);
        let registry = registry.map_err(|source| SettingsError::Registry { place: by.to_owned(), source })?;
        Ok(Self { registry, by: by.to_owned() })
    }

    fn chosen(self, vouched: bool) -> Chosen {
        Chosen { registry: self.registry, named_by: self.by, vouched }
    }
}

impl Settings {
    /// Chooses the registry for the package `name`; `asked` is what the user said with --registry.
    ///
    /// # Errors
    /// When an address is none, two places name different ones, or no place names one.
    pub fn registry(
        &self,
        asked: Option<&str>,
        name: Option<&str>,
        publish_config: &Map<String, Value>,
    ) -> Result<Chosen, SettingsError> {
        if let Some(asked) = asked {
            return Ok(Named::new(asked, "--registry")?.chosen(true));
        }
        let scope = name.filter(|name| name.starts_with('@')).and_then(|name| name.split_once('/'));
        let key = scope.map(|(scope, _)| format!("{scope}:registry"));
        let set = |key: &str| self.set(key).transpose();
        let of_scope = key.as_deref().and_then(set).transpose()?;
        let usual = set("registry").transpose()?;
        let own = |key: &str| of_package(publish_config, key).transpose();
        let settings = of_scope.as_ref().or(usual.as_ref());
        let vouched = |named: &Named| settings.is_some_and(|set| set.registry == named.registry);
        if let Some(named) = key.as_deref().and_then(own).transpose()? {
            let vouched = vouched(&named);
            return Ok(named.chosen(vouched));
        }
        if let Some(named) = own("registry").transpose()? {
            if let Some(scoped) = of_scope.as_ref().filter(|scoped| scoped.registry != named.registry) {
                return Err(SettingsError::Conflict {
                    first: scoped.by.clone(),
                    one: scoped.registry.url(),
                    second: named.by,
                    other: named.registry.url(),
                });
            }
            let vouched = vouched(&named);
            return Ok(named.chosen(vouched));
        }
        match of_scope.or(usual) {
            Some(named) => Ok(named.chosen(true)),
            None => self.of_npm(key.as_deref()),
        }
    }

    fn set(&self, key: &str) -> Result<Option<Named>, SettingsError> {
        let row = self.rows.plain(key).filter(|row| !row.value.is_empty());
        row.map(|row| Named::new(row.value, row.source)).transpose()
    }

    /// What npm itself was set up with.
    fn of_npm(&self, scope: Option<&str>) -> Result<Chosen, SettingsError> {
        for key in scope.into_iter().chain(["registry"]) {
            let told = self.npm.get(key).map_err(|why| SettingsError::None { why })?;
            if let Some(text) = told {
                return Ok(Named::new(&text, "the npm on this machine")?.chosen(true));
            }
        }
        Err(SettingsError::None { why: "npm knows none either".to_owned() })
    }
}

fn of_package(publish_config: &Map<String, Value>, key: &str) -> Result<Option<Named>, SettingsError> {
    match publish_config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Named::new(text, "publishConfig of the package").map(Some),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(SettingsError::Kind { key: key.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests;
