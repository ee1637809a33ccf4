//! package.json → what packing and setting up need to know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::{ProjectError, text};

/// What a package says about itself. A key of another type than it should have counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Its name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Whether it may not be published.
    pub private: bool,
    /// Its licence, as it is written.
    pub license: Option<String>,
    /// Its scripts, by name.
    pub scripts: BTreeMap<String, String>,
    /// The patterns of what ships, where it says so.
    pub files: Option<Vec<String>>,
    /// The patterns of its workspace's packages, where it has one.
    pub workspaces: Option<Vec<String>>,
    /// The package manager it names, as it is written.
    pub package_manager: Option<String>,
    /// The package managers that `devEngines` names: name and version.
    pub dev_engines: Vec<(String, Option<String>)>,
    /// How it is to be published: registry, access, tag and the like.
    pub publish_config: BTreeMap<String, Value>,
    /// The names of what it is built with.
    pub dev_dependencies: BTreeSet<String>,
    /// The names of what it needs to run.
    pub dependencies: BTreeSet<String>,
}

impl Manifest {
    /// Reads the manifest of `folder`, called `shown` in errors.
    pub(super) fn read(folder: &Path, shown: &str) -> Result<Self, ProjectError> {
        Self::find(folder, shown)?.ok_or_else(|| ProjectError::Missing { folder: shown.to_owned() })
    }

    /// The same; `None` where there is no manifest of any form.
    pub(super) fn find(folder: &Path, shown: &str) -> Result<Option<Self>, ProjectError> {
        let file = if matches!(shown, "." | "") { "package.json".to_owned() } else { format!("{shown}/package.json") };
        if let Some(text) = text::read(&folder.join("package.json"), &file)? {
            return Self::parse(&text, &file).map(Some);
        }
        for other in ["package.json5", "package.yaml"] {
            if folder.join(other).is_file() {
                return Err(ProjectError::OtherForm { file: file.replace("package.json", other) });
            }
        }
        Ok(None)
    }

    fn parse(text: &str, file: &str) -> Result<Self, ProjectError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| ProjectError::NotJson { file: file.to_owned(), why: error.to_string() })?;
        let Value::Object(fields) = value else {
            return Err(ProjectError::NotObject { file: file.to_owned() });
        };
        let word = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let names = |key: &str| object(&fields, key).map(|(name, _)| name.clone()).collect();
        let scripts = object(&fields, "scripts").filter_map(|(name, text)| Some((name.clone(), text.as_str()?.into())));
        Ok(Self {
            name: word("name").filter(|name| !name.is_empty()),
            version: word("version").filter(|version| !version.is_empty()),
            // Some package managers ask whether it is truthy; Yarn and Bun publish all but `true`.
            private: fields.get("private") == Some(&Value::Bool(true)),
            license: word("license").or_else(|| fields.get("license")?.get("type")?.as_str().map(str::to_owned)),
            scripts: scripts.collect(),
            files: fields.get("files").and_then(Value::as_array).map(|list| words(list)),
            workspaces: fields.get("workspaces").and_then(patterns),
            package_manager: word("packageManager"),
            dev_engines: fields.get("devEngines").map(engines).unwrap_or_default(),
            publish_config: object(&fields, "publishConfig").map(|(key, value)| (key.clone(), value.clone())).collect(),
            dev_dependencies: names("devDependencies"),
            dependencies: names("dependencies"),
        })
    }

    /// Why it is not published; `None` where it is.
    #[must_use]
    pub fn unpublished(&self) -> Option<&'static str> {
        if self.private {
            Some("it is private")
        } else if self.name.is_none() {
            Some("it has no name")
        } else if self.version.is_none() {
            Some("it has no version")
        } else {
            None
        }
    }
}

fn object<'v>(fields: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    fields.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn words(list: &[Value]) -> Vec<String> {
    list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

/// `workspaces` is a list, or an object with the list under `packages`.
fn patterns(value: &Value) -> Option<Vec<String>> {
    value.as_array().or_else(|| value.get("packages")?.as_array()).map(|list| words(list))
}

/// `devEngines.packageManager` is one object, or a list of them.
fn engines(value: &Value) -> Vec<(String, Option<String>)> {
    let Some(named) = value.get("packageManager") else {
        return Vec::new();
    };
    let one = |value: &Value| {
        let version = value.get("version").and_then(Value::as_str).map(str::to_owned);
        Some((value.get("name")?.as_str()?.to_owned(), version))
    };
    let list = named.as_array().map_or_else(|| std::slice::from_ref(named), Vec::as_slice);
    list.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_values_count_as_absent() {
        let text = r#"{"name":7,"version":"","private":true,"license":{"type":"MIT"},"workspaces":{"packages":["a",1]},
            "scripts":{"a":"b","c":1},"devEngines":{"packageManager":{"name":"pnpm","version":"^9"}}}"#;
        let found = Manifest::parse(text, "package.json").unwrap();
        let wanted = Manifest {
            private: true,
            license: Some("MIT".to_owned()),
            scripts: [("a".to_owned(), "b".to_owned())].into(),
            workspaces: Some(vec!["a".to_owned()]),
            dev_engines: vec![("pnpm".to_owned(), Some("^9".to_owned()))],
            ..Manifest::default()
        };
        assert_eq!(found, wanted);
        assert_eq!(found.unpublished(), Some("it is private"));
    }

    #[test]
    fn of_two_keys_of_one_name_the_last_counts() {
        let text = r#"{"private":true,"name":"a","version":"1.0.0","workspaces":["a"],"name":"b","private":false,
            "workspaces":["b"]}"#;
        let found = Manifest::parse(text, "package.json").unwrap();
        assert_eq!(
            (found.name.as_deref(), found.private, found.workspaces),
            (Some("b"), false, Some(vec!["b".into()]))
        );
    }

    #[test]
    fn private_is_only_what_every_package_manager_takes_for_it() {
        for (value, wanted) in [("true", true), ("false", false), ("\"yes\"", false), ("1", false), ("null", false)] {
            let text = format!(r#"{{"name":"a","version":"1.0.0","private":{value}}}"#);
            assert_eq!(Manifest::parse(&text, "package.json").unwrap().private, wanted, "{value}");
        }
    }
}
