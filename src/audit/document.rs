//! The front of a package → what a registry will show of it, built by us and never by who publishes.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::front::Front;
use crate::model::{Entry, EntryPath, Kind, Limits, Place, Within, Wrap, json};
use crate::open::Input;

/// Why an artifact can't be published, though nothing in it is denied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is something else.
    #[error("is no gzipped tarball (it is of kind {0}), and registries take nothing else; make one with npm pack")]
    Kind(&'static str),
    /// There is no package.json at its root.
    #[error("has no package.json of a usable size at its root, so it is no package")]
    NoManifest,
    /// It does not parse, or not for everybody alike.
    #[error("has a package.json that can not be published: {0}")]
    Json(String),
    /// A field that must be there.
    #[error("has no {0} in its package.json")]
    Missing(&'static str),
    /// The bundle that would be published beside it.
    #[error("has a provenance bundle that can not be published: {0}")]
    Provenance(String),
    /// It was not hashed: a fault of ours.
    #[error("was not hashed, which is a fault of lastlook")]
    NotHashed,
}

/// A package's manifest as a registry will show it.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    name: String,
    version: String,
    fields: Map<String, Value>,
    shrinkwrap: bool,
    native: bool,
}

impl Document {
    /// Builds it from the files at the root of a package, and the `paths` of all of its files.
    pub(super) fn of(front: &Front, paths: &[&str]) -> Result<Self, Unfit> {
        let text = front.manifest.as_deref().ok_or(Unfit::NoManifest)?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let value = json::strict(text).map_err(|error| Unfit::Json(error.to_string()))?;
        let Value::Object(mut fields) = value else {
            return Err(Unfit::Json("it is no object".to_owned()));
        };
        let word = |key: &'static str| match fields.get(key) {
            Some(Value::String(word)) if !word.is_empty() => Ok(word.clone()),
            Some(Value::String(_)) | None => Err(Unfit::Missing(key)),
            Some(_) => Err(Unfit::Json(format!("its {key} is no text"))),
        };
        let (name, version) = (word("name")?, word("version")?);
        // What begins so is for registries and installers to write.
        fields.retain(|key, _| !key.starts_with('_') && key != "dist");
        fields.insert("_id".to_owned(), format!("{name}@{version}").into());
        bundle(&mut fields);
        programs(&mut fields, &name, paths);
        native(&mut fields, paths);
        repository(&mut fields);
        if let (Some((file, text)), false) = (&front.readme, fields.contains_key("readme")) {
            fields.insert("readme".to_owned(), text.as_str().into());
            fields.insert("readmeFilename".to_owned(), file.as_str().into());
        }
        let shrinkwrap = paths.contains(&"npm-shrinkwrap.json");
        Ok(Self { name, version, fields, shrinkwrap, native: is_native(paths) })
    }

    /// The document of a package as it is, which is no leave to publish it.
    ///
    /// # Errors
    /// When it is no package, or one that clients would read differently.
    pub fn read(input: &Input, limits: Limits) -> Result<Self, Unfit> {
        let (kind, front, paths) = Front::read(input, limits);
        if kind != Kind::Tgz {
            return Err(Unfit::Kind(kind.word()));
        }
        Self::of(&front, &paths.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The name of the package.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The fields of its manifest.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Whether it brings a list of the versions that are installed with it.
    #[must_use]
    pub const fn has_shrinkwrap(&self) -> bool {
        self.shrinkwrap
    }

    /// Whether there is something at its root that is built when it is installed.
    #[must_use]
    pub const fn is_native(&self) -> bool {
        self.native
    }

    /// What a registry shows, where its clients read it: other spellings of the same are one.
    #[must_use]
    pub fn as_read(shown: &Map<String, Value>) -> Map<String, Value> {
        let mut fields = shown.clone();
        let name = fields.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        bundle(&mut fields);
        programs(&mut fields, &name, &[]);
        fields
    }

    /// What a registry will show otherwise than the file says it, letter by letter.
    ///
    /// Whatever the file spells with escapes can be read once it was decoded and written anew; and some fields are
    /// written in another form.
    pub(super) fn beyond_the_file(front: &Front) -> Option<Vec<u8>> {
        let raw = front.manifest.as_deref()?;
        // The readme is a file, and inspected as one.
        let manifest = Front { manifest: front.manifest.clone(), readme: None };
        let mut fields = Self::of(&manifest, &[]).ok()?.fields;
        let spelled = memchr::memchr_iter(b'\\', raw).any(|at| matches!(raw.get(at + 1), Some(b'u' | b'/')));
        if !spelled {
            let text = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
            let file = json::strict(text).ok()?;
            fields.retain(|key, value| key != "_id" && file.get(key) != Some(value));
        }
        if fields.is_empty() { None } else { serde_json::to_vec_pretty(&fields).ok() }
    }
}

/// What a registry will show, as something that lies in package.json: what is found there is excepted where that is.
pub(super) fn entry(text: Cow<'_, [u8]>) -> Entry<'_> {
    let within = Within { place: Place::at("package.json"), depth: 1, wrap: Wrap::Archive, executable: false };
    let path = EntryPath::tamed("(as the registry shows it)");
    Entry { within: Some(Arc::new(within)), rest: true, ..Entry::hidden(path, text) }
}

/// Installers read `bundleDependencies`; people also write `bundledDependencies`, or `true` for all.
fn bundle(fields: &mut Map<String, Value>) {
    let other = fields.shift_remove("bundledDependencies");
    let own = fields.shift_remove("bundleDependencies").or(other);
    let list = match own {
        Some(Value::Bool(true)) => {
            let all = fields.get("dependencies").and_then(Value::as_object);
            Some(Value::Array(all.into_iter().flatten().map(|(name, _)| name.as_str().into()).collect()))
        }
        Some(Value::Object(names)) => Some(Value::Array(names.into_iter().map(|(name, _)| name.into()).collect())),
        Some(Value::Bool(false)) => None,
        other => other,
    };
    fields.extend(list.map(|list| ("bundleDependencies".to_owned(), list)));
}

/// Installers read `bin` as a table of names and paths from what a registry shows, before they see a file.
fn programs(fields: &mut Map<String, Value>, name: &str, paths: &[&str]) {
    let own = name.rsplit('/').next().unwrap_or(name);
    let rows: Vec<(String, String)> = match fields.shift_remove("bin") {
        Some(Value::String(path)) => vec![(own.to_owned(), path)],
        Some(Value::Array(paths)) => {
            let paths = paths.iter().filter_map(Value::as_str);
            paths.map(|path| (path.to_owned(), path.to_owned())).collect()
        }
        Some(Value::Object(table)) => {
            table.into_iter().filter_map(|(name, path)| Some((name, path.as_str()?.to_owned()))).collect()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) => Vec::new(),
        None => {
            let folder = fields.get("directories").and_then(|folders| folders.get("bin")?.as_str()).map(inner);
            let within = |path: &&str| match folder.as_deref() {
                Some("") => true,
                Some(folder) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
                None => false,
            };
            let shown = paths.iter().copied().filter(within);
            let shown = shown.filter(|path| !path.split('/').any(|part| part.starts_with('.')));
            shown.map(|path| (path.to_owned(), path.to_owned())).collect()
        }
    };
    let row = |(name, path): (String, String)| {
        let name = inner(&name.replace(':', "/")).rsplit('/').next().unwrap_or_default().to_owned();
        let path = inner(&path);
        (!name.is_empty() && !path.is_empty()).then(|| (name, Value::from(path)))
    };
    let table: Map<String, Value> = rows.into_iter().filter_map(row).collect();
    if !table.is_empty() {
        fields.insert("bin".to_owned(), Value::Object(table));
    }
}

/// A path as it is inside of the package, whatever it climbs over.
fn inner(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Registries look for the repository by its address: what people write in short is written out.
fn repository(fields: &mut Map<String, Value>) {
    let Some(Value::String(text)) = fields.get("repository") else { return };
    let (host, path) = match text.split_once(':') {
        Some(("github", path)) => ("github.com", path),
        Some(("gitlab", path)) => ("gitlab.com", path),
        Some(("bitbucket", path)) => ("bitbucket.org", path),
        Some(_) => ("", ""),
        None => ("github.com", text.as_str()),
    };
    let short = path.split('/').count() == 2 && !path.starts_with('/') && !path.ends_with('/');
    let url = if short && !host.is_empty() { format!("git+https://{host}/{path}.git") } else { text.clone() };
    let web = url.starts_with("https://")
        && ["https://github.com/", "https://gitlab.com/"].iter().any(|host| url.starts_with(host));
    let url = if web { format!("git+{}.git", url.trim_end_matches('/').trim_end_matches(".git")) } else { url };
    fields.insert("repository".to_owned(), serde_json::json!({"type": "git", "url": url}));
}

/// Whether a file at the root says how to build something.
fn is_native(paths: &[&str]) -> bool {
    paths.iter().any(|path| !path.contains('/') && path.rsplit('.').next() == Some("gyp"))
}

/// A package with a binding.gyp is built when it is installed, if nothing else is said.
fn native(fields: &mut Map<String, Value>, paths: &[&str]) {
    if !is_native(paths) || fields.get("gypfile") == Some(&Value::Bool(false)) {
        return;
    }
    let scripts = fields.entry("scripts").or_insert_with(|| Value::Object(Map::new()));
    let Some(scripts) = scripts.as_object_mut() else { return };
    if scripts.contains_key("install") || scripts.contains_key("preinstall") {
        return;
    }
    scripts.insert("install".to_owned(), "node-gyp rebuild".into());
    fields.insert("gypfile".to_owned(), Value::Bool(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(manifest: &str, paths: &[&str]) -> Result<Document, Unfit> {
        let readme = Some(("README.md".to_owned(), "# hello".to_owned()));
        Document::of(&Front { manifest: Some(manifest.into()), readme }, paths)
    }

    #[test]
    fn a_registry_is_shown_what_installers_need() {
        let manifest = r#"{"name":"@a/b","version":"1.0.0","_resolved":"/home/x","dist":{"tarball":"x"},"bin":"./cli.js",
            "bundledDependencies":true,"dependencies":{"c":"1"},"extra":{"kept":[1]}}"#;
        let document = of(manifest, &["binding.gyp"]).unwrap();
        let wanted = serde_json::json!({
            "name": "@a/b", "version": "1.0.0", "_id": "@a/b@1.0.0", "bin": {"b": "cli.js"}, "extra": {"kept": [1]},
            "bundleDependencies": ["c"], "dependencies": {"c": "1"}, "gypfile": true,
            "scripts": {"install": "node-gyp rebuild"}, "readme": "# hello", "readmeFilename": "README.md",
        });
        assert_eq!(Value::Object(document.fields), wanted);
        let folder = of(r#"{"name":"b","version":"1.0.0","directories":{"bin":"./bin/"}}"#, &["bin/x.js", "binary/y"]);
        assert_eq!(folder.unwrap().fields.get("bin"), Some(&serde_json::json!({"x.js": "bin/x.js"})));
        for (bin, wanted) in [
            (r#"{"../x":"../../y","z":"./bin/z","":"q"}"#, serde_json::json!({"x": "y", "z": "bin/z"})),
            (r#"["./bin/a"]"#, serde_json::json!({"a": "bin/a"})),
            (r#""""#, Value::Null),
        ] {
            let document = of(&format!(r#"{{"name":"b","version":"1.0.0","bin":{bin}}}"#), &[]).unwrap();
            assert_eq!(document.fields.get("bin").cloned().unwrap_or_default(), wanted, "{bin}");
        }
    }

    #[test]
    fn a_repository_is_written_out() {
        for (text, url) in [
            ("a/b", "git+https://github.com/a/b.git"),
            ("gitlab:a/b", "git+https://gitlab.com/a/b.git"),
            ("https://github.com/a/b", "git+https://github.com/a/b.git"),
            ("git+https://github.com/a/b.git", "git+https://github.com/a/b.git"),
            ("https://git.example/a/b", "https://git.example/a/b"),
        ] {
            let document = of(&format!(r#"{{"name":"b","version":"1.0.0","repository":"{text}"}}"#), &[]).unwrap();
            assert_eq!(document.fields.get("repository"), Some(&serde_json::json!({"type": "git", "url": url})));
        }
    }

    #[test]
    fn what_clients_would_read_differently_is_not_published() {
        for (manifest, why) in [
            ("[]", "it is no object"),
            (r#"{"name":"a","version":"1.0.0","version":"1.0.1"}"#, "comes twice"),
            (r#"{"name":"a","version":1}"#, "its version is no text"),
            (r#"{"version":"1.0.0"}"#, "has no name"),
            (r#"{"name":"a","version":""}"#, "has no version"),
        ] {
            assert!(of(manifest, &[]).unwrap_err().to_string().contains(why), "{manifest}");
        }
    }

    #[test]
    fn escapes_are_read_as_a_registry_will_show_them() {
        let front = |manifest: &str| Front { manifest: Some(manifest.into()), readme: None };
        assert_eq!(Document::beyond_the_file(&front(r#"{"name":"a","version":"1.0.0","x":"\n\"\\"}"#)), None);
        let bin = Document::beyond_the_file(&front(r#"{"name":"a","version":"1.0.0","bin":{"k":"a//b\\c"}}"#)).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&bin).unwrap(), serde_json::json!({"bin": {"k": "a/b/c"}}));
        let shown = Document::beyond_the_file(&front(r#"{"name":"a","version":"1.0.0","x":"\u0041B\/C"}"#)).unwrap();
        assert!(String::from_utf8(shown).unwrap().contains(r#""x": "AB/C""#));
    }
}
