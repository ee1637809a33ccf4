//! The body of a publish or of a stage → the release in it, or why it is refused.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::Digest as _;

use super::http::Answer;

/// A version that was sent, found to be what it says.
#[derive(Debug, Clone)]
pub struct Release {
    pub name: String,
    pub version: String,
    pub tags: BTreeMap<String, String>,
    /// As it was sent, `dist` too.
    pub manifest: Value,
    pub tarball: Vec<u8>,
    pub restricted: bool,
    /// The texts of other attachments: bundles of provenance.
    pub bundles: BTreeMap<String, String>,
}

/// `sha512-…`, as manifests write it.
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(sha2::Sha512::digest(bytes)))
}

/// The SHA-1 in hexadecimal.
pub fn shasum(bytes: &[u8]) -> String {
    sha1::Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Release {
    /// One that a test puts into the registry by itself.
    pub fn of(name: &str, version: &str, tarball: &[u8]) -> Self {
        let dist = json!({ "integrity": integrity(tarball), "shasum": shasum(tarball) });
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            tags: BTreeMap::from([("latest".to_owned(), version.to_owned())]),
            manifest: json!({ "name": name, "version": version, "_id": format!("{name}@{version}"), "dist": dist }),
            tarball: tarball.to_vec(),
            restricted: false,
            bundles: BTreeMap::new(),
        }
    }

    /// Reads the body of a request that names the package in its target.
    pub fn read(name: &str, body: &[u8]) -> Result<Self, Answer> {
        let refuse = |text: &str| Answer::error(400, text);
        let body: Value = serde_json::from_slice(body).map_err(|error| refuse(&format!("no JSON: {error}")))?;
        if body["name"] != name || body["_id"] != name {
            return Err(refuse("name and _id must be the package of the target"));
        }
        let (version, manifest) = only(body["versions"].as_object(), "version").map_err(|text| refuse(&text))?;
        if manifest["name"] != name || manifest["version"] != *version {
            return Err(refuse("the manifest is of another package or version"));
        }
        let (tarball, bundles) = attachments(&body, name, version).map_err(|text| refuse(&text))?;
        if manifest["dist"]["integrity"] != integrity(&tarball) {
            return Err(refuse("dist.integrity is not the tarball's"));
        }
        if manifest["dist"].get("shasum").is_some_and(|sum| *sum != shasum(&tarball)) {
            return Err(refuse("dist.shasum is not the tarball's"));
        }
        if !manifest["dist"]["tarball"].as_str().is_some_and(|url| url.ends_with(".tgz")) {
            return Err(refuse("dist.tarball is missing"));
        }
        let tags: BTreeMap<String, String> =
            serde_json::from_value(body["dist-tags"].clone()).map_err(|_| refuse("dist-tags must be texts"))?;
        if tags.is_empty() || tags.values().any(|tagged| tagged != version) {
            return Err(refuse("dist-tags must name the version"));
        }
        let restricted = match &body["access"] {
            Value::Null => name.starts_with('@'),
            Value::String(access) if access == "public" => false,
            Value::String(access) if access == "restricted" && name.starts_with('@') => true,
            _ => return Err(refuse("access must be public, or restricted for a package with a scope")),
        };
        let (name, version) = (name.to_owned(), version.clone());
        Ok(Self { name, version, tags, manifest: manifest.clone(), tarball, restricted, bundles })
    }
}

fn only<'v>(values: Option<&'v Map<String, Value>>, what: &str) -> Result<(&'v String, &'v Value), String> {
    let mut values = values.into_iter().flatten();
    values.next().filter(|_| values.next().is_none()).ok_or_else(|| format!("there must be one {what}"))
}

/// The tarball, and what else is attached.
fn attachments(body: &Value, name: &str, version: &str) -> Result<(Vec<u8>, BTreeMap<String, String>), String> {
    let all = body["_attachments"].as_object().ok_or("_attachments is missing")?;
    let mut bundles = BTreeMap::new();
    let mut tarballs = Vec::new();
    for (file, attachment) in all {
        let data = attachment["data"].as_str().ok_or("an attachment has no data")?;
        let expected = format!("{name}-{version}");
        let size = if *file == format!("{expected}.tgz") {
            tarballs.push(STANDARD.decode(data).map_err(|error| format!("the tarball is no base64: {error}"))?);
            tarballs.last().map(Vec::len)
        } else if *file == format!("{expected}.sigstore") {
            bundles.insert(file.clone(), data.to_owned());
            Some(data.len())
        } else {
            return Err(format!("an attachment has a name of its own: {file}"));
        };
        if attachment["length"].as_u64().map(|length| length as usize) != size {
            return Err("length is not the attachment's".to_owned());
        }
    }
    let tarball = tarballs.pop().ok_or("there must be one .tgz")?;
    Ok((tarball, bundles))
}
