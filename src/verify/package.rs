//! A published version → its bytes, and where what the registry says of them is not true.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use sha1::{Digest as _, Sha1};
use sha2::Sha512;

use crate::audit::{Document, Unfit};
use crate::judge::hex;
use crate::model::{Integrity, Limits};
use crate::open::Input;
use crate::publish::{Form, Reader, Seen};

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

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Odd {
    /// The bytes are not those that the registry names.
    Integrity {
        /// What it names.
        says: String,
        /// What they are.
        is: String,
    },
    /// It names no sha512.
    NoIntegrity,
    /// The shasum is another one.
    Shasum,
    /// Installers are told something else than what the package says.
    Shown(Vec<String>),
    /// The package inside can't be read as one.
    Unfit(Unfit),
    /// A tag stands for another version than the last that was published under it.
    Moved {
        /// The tag.
        tag: String,
        /// What it stands for.
        now: String,
        /// What it should stand for, and who says so.
        wanted: String,
    },
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integrity { says, is } => {
                write!(f, "the registry serves {is}, and says that it is {says:.120}: the tarball was swapped")
            }
            Self::NoIntegrity => f.write_str("the registry names no sha512 of it, so that no installer can check it"),
            Self::Shasum => f.write_str("the shasum that the registry names is not that of the bytes"),
            Self::Shown(keys) => {
                write!(f, "the registry shows installers another {} than the package.json inside has", keys.join(", "))
            }
            Self::Unfit(why) => write!(f, "what is served {why}"),
            Self::Moved { tag, now, wanted } => write!(f, "the tag {tag} stands for {now:.80}, and not for {wanted}"),
        }
    }
}

/// A published version, fetched as anybody would.
pub struct Released {
    /// Its bytes.
    pub input: Input,
    /// The tags that stand for it.
    pub tags: Vec<String>,
    /// When it was published, as the registry says.
    pub time: Option<String>,
    /// What is not as it should be.
    pub odd: Vec<Odd>,
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
        let mut odd = Vec::new();
        let is = Integrity::from_sha512(&Sha512::digest(&bytes));
        match &dist.integrity {
            Some(says) if dist.sha512().is_some() && !dist.is(is.as_str()) => {
                odd.push(Odd::Integrity { says: says.clone(), is: is.as_str().to_owned() });
            }
            Some(_) if dist.sha512().is_some() => {}
            Some(_) | None => odd.push(Odd::NoIntegrity),
        }
        let manifests = reader.manifests(name, version).map_err(unreadable)?;
        let shasum = hex(&Sha1::digest(&bytes));
        let mut shasums = manifests.iter().filter_map(|(_, manifest)| manifest.pointer("/dist/shasum")?.as_str());
        if shasums.any(|says| !says.eq_ignore_ascii_case(&shasum)) {
            odd.push(Odd::Shasum);
        }
        let mut named = manifests.iter().filter_map(|(_, manifest)| manifest.pointer("/dist/integrity")?.as_str());
        let other = named.find(|says| Some(*says) != dist.integrity.as_deref());
        odd.extend(other.map(|says| Odd::Integrity { says: says.to_owned(), is: is.as_str().to_owned() }));
        let input = Input::from_vec(bytes);
        match Document::read(&input, Limits::default()) {
            Ok(document) => {
                let keys = manifests.iter().flat_map(|(form, manifest)| differing(&document, *form, manifest));
                let keys: BTreeSet<String> = keys.collect();
                if !keys.is_empty() {
                    odd.push(Odd::Shown(keys.into_iter().collect()));
                }
            }
            Err(why) => odd.push(Odd::Unfit(why)),
        }
        let tags = seen.tags().filter(|(_, other)| *other == version).map(|(tag, _)| tag.to_owned()).collect();
        Ok(Self { input, tags, time: seen.time(version).map(str::to_owned), odd })
    }
}

/// The keys in which what is shown is not what the package says.
fn differing(document: &Document, form: Form, manifest: &Value) -> Vec<String> {
    let own = document.fields();
    let differs = |one: Option<&Value>, other: Option<&Value>| plain(one) != plain(other);
    let mut keys: Vec<String> =
        SHOWN.iter().filter(|key| differs(own.get(**key), manifest.get(**key))).map(|key| (*key).to_owned()).collect();
    let script = |scripts: Option<&Value>, name: &str| scripts.and_then(|all| all.get(name)).cloned();
    let (ours, theirs) = (own.get("scripts"), manifest.get("scripts"));
    let runs = SCRIPTS.iter().any(|name| script(ours, name).is_some());
    if manifest.get("hasInstallScript") == Some(&Value::Bool(true)) && !runs {
        keys.push("hasInstallScript".to_owned());
    }
    // The short form says no more of them than that.
    if form == Form::Short && theirs.is_none() {
        return keys;
    }
    keys.extend(
        SCRIPTS.iter().filter(|name| script(ours, name) != script(theirs, name)).map(|name| format!("scripts.{name}")),
    );
    keys
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
