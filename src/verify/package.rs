//! A published version → its bytes, and where what the registry says of them is not true.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};
use sha2::Sha512;

use crate::audit::Document;
use crate::judge::{hex, release};
use crate::model::{Finding, Integrity, Limits};
use crate::open::Input;
use crate::publish::{Dist, Form, Reader, Seen};

/// Why a published version can't be looked at.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The registry can't be read.
    #[error("{registry} can not be read: {why}")]
    Unreadable {
        /// The registry.
        registry: String,
        /// What happened.
        why: String,
    },
    /// There is none of this name.
    #[error("{registry} shows no {what}")]
    Missing {
        /// The registry.
        registry: String,
        /// What was looked for.
        what: String,
    },
}

/// No registry takes more.
const TARBALL: u64 = 1 << 30;

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

/// A published version, fetched as anybody would.
pub struct Released {
    /// Its bytes.
    pub input: Input,
    /// The tags that stand for it.
    pub tags: Vec<String>,
    /// When it was published, as the registry says.
    pub time: Option<String>,
    /// What is not as it should be.
    pub odd: Vec<Finding>,
}

impl Released {
    /// Fetches a version of a package, and compares what is said of it with what it is.
    ///
    /// # Errors
    /// When it is not there, or can't be read.
    pub fn fetch(reader: &Reader<'_>, seen: &Seen, name: &str, version: &str) -> Result<Self, VerifyError> {
        let registry = reader.registry().url();
        let what = format!("{name}@{version}");
        let unreadable = |why| VerifyError::Unreadable { registry: registry.clone(), why };
        let dist = seen.version(version).ok_or_else(|| VerifyError::Missing { registry: registry.clone(), what })?;
        let bytes = reader.unchecked(dist, TARBALL).map_err(unreadable)?;
        let manifests = reader.manifests(name, version).map_err(unreadable)?;
        let mut odd = hashes(dist, &manifests, &bytes);
        if dist.sha512().is_none() {
            odd.push(release::unchecked(version));
        }
        let input = Input::from_vec(bytes);
        match Document::read(&input, Limits::default()) {
            Ok(document) => {
                let keys = manifests.iter().flat_map(|(form, manifest)| differing(&document, *form, manifest));
                let keys: BTreeSet<String> = keys.collect();
                odd.extend(keys.iter().map(|key| release::shown(version, key)));
            }
            Err(why) => odd.push(release::unfit(version, why)),
        }
        let tags = seen.tags().filter(|(_, other)| *other == version).map(|(tag, _)| tag.to_owned()).collect();
        Ok(Self { input, tags, time: seen.time(version).map(str::to_owned), odd })
    }
}

/// Where the hashes that are named, in any form, are not those of the bytes.
fn hashes(dist: &Dist, manifests: &[(Form, Value)], bytes: &[u8]) -> Vec<Finding> {
    let is = Integrity::from_sha512(&Sha512::digest(bytes));
    let swapped = |says: &str| {
        let is = is.as_str();
        release::swapped(format!("the registry serves {is}, and says that it is {says:.120}: the tarball was swapped"))
    };
    let named = |at| manifests.iter().filter_map(move |(_, manifest)| manifest.pointer(at)?.as_str());
    let own = dist.integrity.as_deref().filter(|_| dist.sha512().is_some() && !dist.is(is.as_str()));
    let other = named("/dist/integrity").find(|says| Some(*says) != dist.integrity.as_deref());
    let mut odd: Vec<Finding> = own.into_iter().chain(other).map(swapped).collect();
    let shasum = hex(&Sha1::digest(bytes));
    if named("/dist/shasum").any(|says| !says.eq_ignore_ascii_case(&shasum)) {
        odd.push(release::swapped("the shasum that the registry names is not that of the bytes"));
    }
    odd
}

/// The keys in which what is shown is not what the package says.
fn differing(document: &Document, form: Form, manifest: &Value) -> Vec<String> {
    let own = document.fields();
    let shown = manifest.as_object().map(Document::as_read).unwrap_or_default();
    let differs = |one: Option<&Value>, other: Option<&Value>| plain(one) != plain(other);
    let mut keys: Vec<String> =
        SHOWN.iter().filter(|key| differs(own.get(**key), shown.get(**key))).map(|key| (*key).to_owned()).collect();
    // Some clients leave it to installers to look into the folder of programs.
    let folder = |fields: &Map<String, Value>| Some(inner(fields.get("directories")?.get("bin")?.as_str()?));
    if !shown.contains_key("bin") && folder(own).is_some() && folder(own) == folder(&shown) {
        keys.retain(|key| key != "bin");
    }
    if folder(&shown).is_some_and(|shown| folder(own) != Some(shown)) {
        keys.push("directories.bin".to_owned());
    }
    if shown.get("_hasShrinkwrap") == Some(&Value::Bool(true)) && !document.has_shrinkwrap() {
        keys.push("_hasShrinkwrap".to_owned());
    }
    // These are for readers, and in the long form alone.
    let main = |fields: &Map<String, Value>| {
        let path = fields.get("main").and_then(Value::as_str).map(inner);
        path.filter(|path| !path.is_empty()).unwrap_or_else(|| "index.js".to_owned())
    };
    if plain(shown.get("main")).is_some() && main(&shown) != main(own) {
        keys.push("main".to_owned());
    }
    if plain(shown.get("gypfile")).is_some_and(|shown| own.get("gypfile") != Some(shown)) {
        keys.push("gypfile".to_owned());
    }
    let script = |fields: &Map<String, Value>, name: &str| fields.get("scripts").and_then(|all| all.get(name)).cloned();
    let runs = SCRIPTS.iter().any(|name| script(own, name).is_some());
    if shown.get("hasInstallScript") == Some(&Value::Bool(true)) && !runs {
        keys.push("hasInstallScript".to_owned());
    }
    // The short form says no more of them than that.
    if form == Form::Short && !shown.contains_key("scripts") {
        return keys;
    }
    // npm alone adds the script that it runs anyway where there is something to build.
    let built = |name: &str| name == "install" && own.get("gypfile") == Some(&Value::Bool(true));
    let same =
        |name: &str| script(own, name) == script(&shown, name) || (built(name) && script(&shown, name).is_none());
    keys.extend(SCRIPTS.iter().filter(|name| !same(name)).map(|name| format!("scripts.{name}")));
    keys
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
