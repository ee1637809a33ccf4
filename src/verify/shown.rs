//! What a registry shows of a version, and what the package inside says → the keys that differ.

use semver::{BuildMetadata, Version};
use serde_json::{Map, Value};

use super::hosted::hosted;
use crate::audit::Document;
use crate::publish::Form;

/// What installers act on before they see a file.
const SHOWN: &[&str] = &[
    "name",
    "version",
    "bin",
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "bundleDependencies",
    "engines",
    "os",
    "cpu",
    "libc",
];

/// The scripts that run when a package is installed.
const SCRIPTS: &[&str] = &["preinstall", "install", "postinstall"];

/// What clients add where there is something to build.
const BUILD: &str = "node-gyp rebuild";

type Fields = Map<String, Value>;

/// The keys in which what is shown is not what the package says, and what is shown; `whole` is what the whole document
/// shows.
pub(super) fn differing(
    document: &Document,
    form: Form,
    manifest: &Value,
    whole: Option<&Value>,
) -> Vec<(String, Value)> {
    let own = &overridden(document.fields().clone());
    let shown = overridden(manifest.as_object().map(Document::as_read).unwrap_or_default());
    let left_out = |key: &str| form == Form::Short && !shown.contains_key(key) && is_left_out(key, whole);
    let differs = |key: &&&str| !alike(key, own.get(**key), shown.get(**key)) && !left_out(key);
    let mut keys: Vec<&str> = SHOWN.iter().filter(differs).copied().collect();
    // Some clients leave it to installers to look into the folder of programs.
    if !shown.contains_key("bin") && folder(own).is_some() && folder(own) == folder(&shown) {
        keys.retain(|key| *key != "bin");
    }
    if folder(&shown).is_some_and(|shown| folder(own) != Some(shown)) {
        keys.push("directories.bin");
    }
    let says = |key: &str| shown.get(key).and_then(Value::as_bool);
    if says("_hasShrinkwrap").is_some_and(|says| says != document.has_shrinkwrap()) {
        keys.push("_hasShrinkwrap");
    }
    // These are for readers, and in the long form alone.
    if plain(shown.get("main")).is_some() && main(&shown) != main(own) {
        keys.push("main");
    }
    let built = document.is_native() && own.get("gypfile") != Some(&Value::Bool(false));
    let gypfile = plain(shown.get("gypfile")).filter(|shown| own.get("gypfile") != Some(shown));
    if gypfile.is_some_and(|shown| !built || *shown != Value::Bool(true)) {
        keys.push("gypfile");
    }
    let runs = |own_only: bool| {
        let counts = |name: &&&str| !(own_only && adds(own, name));
        SCRIPTS.iter().filter(counts).any(|name| script(own, name).is_some())
    };
    // Not every client adds what is run to build.
    if says("hasInstallScript").is_some_and(|says| if says { !runs(false) } else { runs(true) }) {
        keys.push("hasInstallScript");
    }
    let value = |key: &&str| ((*key).to_owned(), shown.get(*key).cloned().unwrap_or_default());
    let mut found: Vec<(String, Value)> = keys.iter().map(value).collect();
    // The short form says no more of them than that.
    if form == Form::Whole || shown.contains_key("scripts") {
        let differs = |name: &&&str| !same_script(own, &shown, name, built);
        let named = |name: &&str| (format!("scripts.{name}"), script(&shown, name).cloned().unwrap_or_default());
        found.extend(SCRIPTS.iter().filter(differs).map(named));
    }
    found
}

/// What is optional is so, though a dependency of the same name is not: some clients take that one out.
fn overridden(mut fields: Fields) -> Fields {
    let optional = fields.get("optionalDependencies").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(all) = fields.get_mut("dependencies").and_then(Value::as_object_mut) {
        all.retain(|name, _| !optional.contains_key(name));
    }
    fields
}

/// Whether a short form may be without a key: registries don't know all of them, nor each spelling.
fn is_left_out(key: &str, whole: Option<&Value>) -> bool {
    let whole = |key: &str| whole.and_then(|whole| whole.get(key));
    match key {
        "libc" | "peerDependenciesMeta" => true,
        "bundleDependencies" => whole("bundleDependencies").is_none() && whole("bundledDependencies").is_some(),
        _ => false,
    }
}

/// Whether both say the same, in whatever spelling.
fn alike(key: &str, own: Option<&Value>, shown: Option<&Value>) -> bool {
    let (own, shown) = (plain(own), plain(shown));
    match (key, own, shown) {
        ("version", Some(Value::String(own)), Some(Value::String(shown))) => cleaned(own) == cleaned(shown),
        (
            "dependencies" | "optionalDependencies" | "peerDependencies",
            Some(Value::Object(own)),
            Some(Value::Object(shown)),
        ) => {
            let same = |(name, asked): (&String, &Value)| shown.get(name).is_some_and(|other| as_asked(asked, other));
            own.len() == shown.len() && own.iter().all(same)
        }
        (_, own, shown) => own == shown,
    }
}

/// Whether two dependencies ask for the same.
fn as_asked(one: &Value, other: &Value) -> bool {
    one == other
        || match (one, other) {
            (Value::String(one), Value::String(other)) => hosted(one).is_some_and(|one| hosted(other) == Some(one)),
            _ => false,
        }
}

/// A version as registries know it: clients clean it, and what stands behind a plus tells no two apart.
pub(super) fn cleaned(version: &str) -> String {
    match Version::parse(version.trim().trim_start_matches(['v', '='])) {
        Ok(plain) => Version { build: BuildMetadata::EMPTY, ..plain }.to_string(),
        Err(_) => version.to_owned(),
    }
}

fn script<'f>(fields: &'f Fields, name: &str) -> Option<&'f Value> {
    fields.get("scripts")?.get(name)
}

/// Whether a script is none of the package's own, but what is run anyway.
fn adds(own: &Fields, name: &str) -> bool {
    name == "install" && own.get("gypfile") == Some(&Value::Bool(true))
}

/// Whether what is run at install time is shown as it is. npm alone adds the script that it runs anyway where there is
/// something to build, and yarn 1 does also beside one that runs before.
fn same_script(own: &Fields, shown: &Fields, name: &str, built: bool) -> bool {
    let (is, says) = (script(own, name), script(shown, name));
    let added = || built && name == "install" && says.and_then(Value::as_str) == Some(BUILD);
    is == says || (says.is_none() && adds(own, name)) || (is.is_none() && added())
}

fn folder(fields: &Fields) -> Option<String> {
    Some(inner(fields.get("directories")?.get("bin")?.as_str()?))
}

fn main(fields: &Fields) -> String {
    let path = fields.get("main").and_then(Value::as_str).map(inner);
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| "index.js".to_owned())
}

/// A path as it is meant, however it is written.
fn inner(path: &str) -> String {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

/// What a value says: nothing and an empty table say the same.
fn plain(value: Option<&Value>) -> Option<&Value> {
    let empty = |value: &&Value| match value {
        Value::Null => true,
        Value::Object(table) => table.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    value.filter(|value| !empty(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_what_clients_make_of_it() {
        for version in ["1.0.0", "v1.0.0", "=1.0.0", " 1.0.0 ", "1.0.0+build.5"] {
            assert_eq!(cleaned(version), "1.0.0");
        }
        assert_eq!(cleaned("1.0.0-rc.1+x"), "1.0.0-rc.1");
        assert_eq!(cleaned("latest"), "latest");
    }
}
