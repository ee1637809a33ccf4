//! A published version → its bytes, and where what the registry says of them is not true.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha512};

use super::shown::{cleaned, differing};
use crate::audit::Document;
use crate::judge::{hex, release};
use crate::model::{Finding, Integrity, Limits};
use crate::open::Input;
use crate::publish::{Dist, Form, Reader, Told};

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

/// The version that is meant by `wanted`: itself, the one that a tag stands for, or the same spelled otherwise.
#[must_use]
pub fn meant<'t>(told: &'t Told, wanted: &'t str) -> &'t str {
    // A tag may be called like a version, and is not what was asked for then.
    if told.version(wanted).is_some() {
        return wanted;
    }
    let alike = || told.versions().into_iter().find(|version| cleaned(version) == cleaned(wanted));
    told.whole().tag(wanted).or_else(|| told.short().tag(wanted)).or_else(alike).unwrap_or(wanted)
}

impl Released {
    /// Fetches a version of a package, and compares what is said of it, in every form, with what it is.
    ///
    /// # Errors
    /// When it is not there, or can't be read.
    pub fn fetch(reader: &Reader<'_>, told: &Told, name: &str, version: &str) -> Result<Self, VerifyError> {
        let registry = reader.registry().url();
        let what = format!("{name}@{version}");
        let unreadable = |why| VerifyError::Unreadable { registry: registry.clone(), why };
        let missing = || VerifyError::Missing { registry: registry.clone(), what: what.clone() };
        told.version(version).ok_or_else(missing)?;
        let manifests = reader.manifests(told, name, version).map_err(unreadable)?;
        let dists: Vec<Dist> = manifests.iter().map(|(_, manifest)| Dist::of(manifest)).collect();
        let first = dists.first().ok_or_else(missing)?;
        let bytes = reader.unchecked(first, TARBALL).map_err(unreadable)?;
        let is = Integrity::from_sha512(&Sha512::digest(&bytes));
        let is = is.as_str();
        let mut odd = hashes(&dists, &manifests, &bytes, is);
        odd.extend(elsewhere(reader, &dists, is).map_err(unreadable)?);
        if dists.iter().any(|dist| dist.sha512().is_none()) {
            odd.push(release::unchecked(version, is));
        }
        for (seen, form) in [(told.whole(), "whole"), (told.short(), "short")] {
            odd.extend(seen.version(version).is_none().then(|| release::lacking(version, form)));
        }
        let input = Input::from_vec(bytes);
        match Document::read(&input, Limits::default()) {
            Ok(document) => {
                let own = (document.name(), document.version());
                if own.0 != name || cleaned(own.1) != cleaned(version) {
                    let what = format!("the registry serves {:.120}@{:.120} as {what}", own.0, own.1);
                    odd.push(release::swapped(what));
                }
                let keys = otherwise(&document, &manifests, is);
                odd.extend(keys.iter().map(|(key, values)| release::shown(version, key, values)));
            }
            Err(why) => odd.push(release::unfit(version, is, why)),
        }
        let tags = told.whole().tags().filter(|(_, other)| *other == version).map(|(tag, _)| tag.to_owned()).collect();
        Ok(Self { input, tags, time: told.whole().time(version).map(str::to_owned), odd })
    }
}

/// Where the hashes that are named, in any form, are not those of the bytes, which are `is`.
fn hashes(dists: &[Dist], manifests: &[(Form, Value)], bytes: &[u8], is: &str) -> Vec<Finding> {
    let other = dists.iter().filter(|dist| dist.sha512().is_some() && !dist.is(is));
    let other: BTreeSet<&str> = other.filter_map(|dist| dist.integrity.as_deref()).collect();
    let swapped = |says: &str| {
        release::swapped(format!("the registry serves {is}, and says that it is {says:.120}: the tarball was swapped"))
    };
    let mut odd: Vec<Finding> = other.into_iter().map(swapped).collect();
    let mut shasums = manifests.iter().filter_map(|(_, manifest)| manifest.pointer("/dist/shasum")?.as_str());
    let shasum = hex(&Sha1::digest(bytes));
    if shasums.any(|says| !says.eq_ignore_ascii_case(&shasum)) {
        odd.push(release::swapped("the shasum that the registry names is not that of the bytes"));
    }
    odd
}

/// The other addresses that are named, in any form, where other bytes lie.
fn elsewhere(reader: &Reader<'_>, dists: &[Dist], is: &str) -> Result<Vec<Finding>, String> {
    let first = dists.first().map(|dist| reader.address(dist));
    let others: BTreeMap<String, &Dist> = dists.iter().map(|dist| (reader.address(dist), dist)).collect();
    let mut odd = Vec::new();
    for (address, dist) in others.iter().filter(|(address, _)| Some(*address) != first.as_ref()) {
        let bytes = reader.unchecked(dist, TARBALL)?;
        if Integrity::from_sha512(&Sha512::digest(&bytes)).as_str() != is {
            let what = format!("the registry names another tarball too, which holds other bytes: {address:.200}");
            odd.push(release::swapped(what));
        }
    }
    Ok(odd)
}

/// The keys in which what is shown, in any form, is not what the package says, each with a hash of what is shown and of
/// the bytes, which are `is`.
fn otherwise(document: &Document, manifests: &[(Form, Value)], is: &str) -> BTreeMap<String, String> {
    let whole = manifests.iter().find(|(form, _)| *form == Form::Whole).map(|(_, manifest)| manifest);
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, value) in manifests.iter().flat_map(|(form, manifest)| differing(document, *form, manifest, whole)) {
        keys.entry(key).or_default().insert(value.to_string());
    }
    let hashed = |values: BTreeSet<String>| {
        let mut hash = Sha256::new_with_prefix(is);
        for value in values {
            hash.update(format!("\0{value}"));
        }
        hex(&hash.finalize())
    };
    keys.into_iter().map(|(key, values)| (key, hashed(values))).collect()
}
