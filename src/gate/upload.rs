//! The document of a client that publishes → the bytes in it, and what it says of them. What can be read in two ways is refused.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use sha1::{Digest as _, Sha1};

use crate::judge::hex;
use crate::model::Integrity;
use crate::publish::Access;

/// What a document asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A release.
    Release(Box<Upload>),
    /// Words about versions that are out: each version, and why not to use it, or nothing.
    Deprecate(Vec<(String, String)>),
    /// Something else, such as a star.
    Other(&'static str),
}

/// A release, as a client sends it.
#[derive(PartialEq, Eq)]
pub struct Upload {
    /// The version it is to be.
    pub version: String,
    /// The tag that is to stand for it.
    pub tag: String,
    /// Who may read it, if that was said.
    pub access: Option<Access>,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// A provenance bundle, as text.
    pub provenance: Option<Vec<u8>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({} as {}, {} bytes)", self.version, self.tag, self.bytes.len())
    }
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUpload {
    /// It is no JSON that all readers read alike.
    #[error("the document can not be read in one way alone: {0}")]
    Json(String),
    /// It says two things.
    #[error("{0}")]
    Says(String),
}

/// A value as it stands in the text, with its keys in order.
#[derive(Debug, PartialEq)]
pub(super) enum Node<'t> {
    Null,
    Bool,
    Number(Option<u64>),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Table(Vec<(Cow<'t, str>, Node<'t>)>),
}

/// Reads a value, and counts what it holds: a text of brackets takes many times its length.
#[derive(Clone, Copy)]
struct Reading<'c>(&'c Cell<u32>);

/// Documents of packages with thousands of versions hold fewer values.
const NODES: u32 = 500_000;

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Node<'de>, D::Error> {
        let left = self.0.get().checked_sub(1);
        self.0.set(left.ok_or_else(|| D::Error::custom("it holds more values than any package has"))?);
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(None))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(Some(value)))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Node<'de>, E> {
        Ok(Node::Number(None))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node<'de>, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(self)? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut rows: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        let mut known = HashSet::new();
        while let Some(Node::Text(key)) = map.next_key_seed(self)? {
            if !known.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key {key:.80?} comes twice")));
            }
            rows.push((key, map.next_value_seed(self)?));
        }
        Ok(Node::Table(rows))
    }
}

impl<'t> Node<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.rows().iter().find(|(own, _)| own == key).map(|(_, node)| node)
    }

    pub(super) fn rows(&self) -> &[(Cow<'t, str>, Node<'t>)] {
        if let Self::Table(rows) = self { rows } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

fn says<T>(what: impl Into<String>) -> Result<T, BadUpload> {
    Err(BadUpload::Says(what.into()))
}

/// Reads a value that all readers read alike, and that is no larger than documents are.
pub(super) fn parse(text: &[u8]) -> Result<Node<'_>, BadUpload> {
    let json = |error: serde_json::Error| BadUpload::Json(error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(text);
    let document = Reading(&Cell::new(NODES)).deserialize(&mut reader).map_err(json)?;
    reader.end().map_err(json)?;
    Ok(document)
}

/// Reads the document that was sent for `name`.
///
/// # Errors
/// Why it is refused.
pub fn read(name: &str, text: &[u8]) -> Result<Wanted, BadUpload> {
    let document = parse(text)?;
    if !matches!(document, Node::Table(_)) {
        return says("the document is no object");
    }
    for key in ["name", "_id"] {
        match document.get(key) {
            None => {}
            Some(Node::Text(own)) if own == name => {}
            Some(_) => return says(format!("it was sent for {name}, and its {key} is another one")),
        }
    }
    match document.get("_attachments") {
        None => without(&document),
        Some(Node::Table(rows)) if rows.is_empty() => without(&document),
        Some(Node::Table(rows)) => release(name, &document, rows).map(|upload| Wanted::Release(Box::new(upload))),
        Some(_) => says("its _attachments are no object"),
    }
}

/// A document that brings nothing new.
fn without(document: &Node<'_>) -> Result<Wanted, BadUpload> {
    if document.get("users").is_some() && document.get("versions").is_none() {
        return Ok(Wanted::Other("star"));
    }
    let Some(Node::Table(versions)) = document.get("versions") else {
        return says("it has no tarball and no versions, so nothing is known of what it is for");
    };
    let mut words = Vec::new();
    for (version, manifest) in versions {
        match manifest.get("deprecated") {
            None => {}
            Some(Node::Text(word)) if word.len() <= 4_096 => {
                words.push((version.clone().into_owned(), word.clone().into_owned()));
            }
            Some(_) => return says("a word about a version is no text, or a very long one"),
        }
    }
    Ok(Wanted::Deprecate(words))
}

fn release(name: &str, document: &Node<'_>, attachments: &[(Cow<'_, str>, Node<'_>)]) -> Result<Upload, BadUpload> {
    let Some(Node::Table(versions)) = document.get("versions") else { return says("it has no versions") };
    let [(version, manifest)] = versions.as_slice() else {
        return says(format!("it has {} versions, and a release is one", versions.len()));
    };
    if !is_word(version) {
        return says("its version is none");
    }
    for (key, wanted) in [("name", name), ("version", &**version)] {
        if manifest.get(key).and_then(Node::text) != Some(wanted) {
            return says(format!("its manifest has another {key} than the document"));
        }
    }
    let id = manifest.get("_id").map(Node::text);
    if id.is_some_and(|id| id != Some(&*format!("{name}@{version}"))) {
        return says("its manifest has another _id than the document");
    }
    let tag = match document.get("dist-tags") {
        Some(Node::Table(tags)) => match tags.as_slice() {
            [(tag, Node::Text(own))] if own == version && is_word(tag) => tag.clone().into_owned(),
            _ => return says("its dist-tags are not one tag that stands for its version"),
        },
        _ => return says("it has no dist-tags"),
    };
    let access = match document.get("access") {
        None | Some(Node::Null) => None,
        Some(Node::Text(word)) => match Access::named(word) {
            Some(access) => Some(access),
            None => return says(format!("there is no access {word:.40?}")),
        },
        Some(_) => return says("its access is no word"),
    };
    let (mut bytes, mut provenance) = (None, None);
    let stem = format!("{name}-{version}");
    for (file, attachment) in attachments {
        let Some(data) = attachment.get("data").and_then(Node::text) else { return says("an attachment has no data") };
        let length = match attachment.get("length") {
            Some(Node::Number(Some(length))) => Some(*length),
            None => None,
            Some(_) => return says("the length of an attachment is no number"),
        };
        match file.strip_prefix(stem.as_str()) {
            Some(".tgz") => {
                // The strict form alone: one that others read in another way, or not to its end, is none.
                let decoded = STANDARD
                    .decode(data)
                    .map_err(|error| BadUpload::Says(format!("the tarball is no base64: {error}")))?;
                if length.is_some_and(|length| length != decoded.len() as u64) {
                    return says("the tarball has another length than it is said to have");
                }
                bytes = Some(decoded);
            }
            Some(".sigstore") => {
                if length
                    .is_some_and(|length| length != data.encode_utf16().count() as u64 && length != data.len() as u64)
                {
                    return says("the provenance has another length than it is said to have");
                }
                provenance = Some(data.as_bytes().to_vec());
            }
            _ => {
                return says(format!(
                    "an attachment is called {file:.120?}, and a release has {stem}.tgz and {stem}.sigstore alone"
                ));
            }
        }
    }
    let Some(bytes) = bytes else { return says(format!("it has no attachment {stem}.tgz")) };
    agree(manifest, &bytes)?;
    Ok(Upload { version: version.clone().into_owned(), tag, access, bytes, provenance })
}

/// Whether it is short and plain: it stands in logs and addresses.
pub(super) fn is_word(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether the hashes in the manifest are those of the bytes.
fn agree(manifest: &Node<'_>, bytes: &[u8]) -> Result<(), BadUpload> {
    let dist = manifest.get("dist");
    let said =
        |key: &str| dist.and_then(|dist| dist.get(key)).or_else(|| manifest.get(key).filter(|_| key != "tarball"));
    if let Some(integrity) = said("integrity") {
        let own = Integrity::from_sha512(&sha2::Sha512::digest(bytes));
        let all = integrity.text().unwrap_or_default();
        if !all.split_whitespace().any(|one| one == own.as_str()) || all.split_whitespace().count() > 4 {
            return says("the integrity in its manifest is not that of the tarball");
        }
    }
    if let Some(shasum) = said("shasum") {
        let own = hex(&Sha1::digest(bytes));
        if !shasum.text().unwrap_or_default().eq_ignore_ascii_case(&own) {
            return says("the shasum in its manifest is not that of the tarball");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        json!({
            "_id": "@acme/w", "name": "@acme/w", "description": "x", "dist-tags": {"latest": "1.0.0"},
            "versions": {"1.0.0": {"name": "@acme/w", "version": "1.0.0", "_id": "@acme/w@1.0.0", "dist": {
                "integrity": Integrity::from_sha512(&sha2::Sha512::digest(b"bytes")).as_str(),
                "shasum": hex(&Sha1::digest(b"bytes")), "tarball": "http://elsewhere.example/x.tgz"}}},
            "access": "public",
            "_attachments": {"@acme/w-1.0.0.tgz": {
                "content_type": "application/octet-stream", "data": STANDARD.encode(b"bytes"), "length": 5}},
        })
    }

    fn fault(document: &Value) -> String {
        match read("@acme/w", document.to_string().as_bytes()) {
            Err(error) => error.to_string(),
            Ok(wanted) => panic!("{wanted:?}"),
        }
    }

    #[test]
    fn a_release_is_read_as_it_was_sent() {
        let Ok(Wanted::Release(upload)) = read("@acme/w", document().to_string().as_bytes()) else { panic!() };
        assert_eq!(
            (upload.version.as_str(), upload.tag.as_str(), upload.access),
            ("1.0.0", "latest", Some(Access::Public))
        );
        assert_eq!((upload.bytes.as_slice(), upload.provenance), (&b"bytes"[..], None));
        let mut signed = document();
        signed["_attachments"]["@acme/w-1.0.0.sigstore"] = json!({"data": "{}", "length": 2});
        let Ok(Wanted::Release(upload)) = read("@acme/w", signed.to_string().as_bytes()) else { panic!() };
        assert_eq!(upload.provenance.as_deref(), Some(&b"{}"[..]));
    }

    #[test]
    fn what_says_two_things_is_refused() {
        let with = |pointer: &str, value: Value| {
            let mut document = document();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            document.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
            document
        };
        let version = || document()["versions"]["1.0.0"].clone();
        let attachment = || document()["_attachments"]["@acme/w-1.0.0.tgz"].clone();
        for (document, why) in [
            (with("/name", json!("@acme/x")), "its name is another one"),
            (with("/_id", json!(1)), "its _id is another one"),
            (with("/versions/1.0.1", version()), "2 versions"),
            (with("/versions", json!({})), "0 versions"),
            (with("/versions/1.0.0/version", json!("1.0.1")), "another version"),
            (with("/versions/1.0.0/name", json!("w")), "another name"),
            (with("/versions/1.0.0/_id", json!("w@1.0.0")), "another _id"),
            (with("/versions/1.0.0/dist/integrity", json!("sha512-AAAA")), "the integrity"),
            (with("/versions/1.0.0/dist/shasum", json!("00")), "the shasum"),
            (with("/dist-tags/next", json!("1.0.0")), "not one tag"),
            (with("/dist-tags/latest", json!("0.9.0")), "not one tag"),
            (with("/access", json!("private")), "no access"),
            (with("/_attachments/@acme~1w-1.0.1.tgz", attachment()), "is called"),
            (with("/_attachments/other.tgz", attachment()), "is called"),
            (with("/_attachments/@acme~1w-1.0.0.tgz/length", json!(6)), "another length"),
            (with("/_attachments/@acme~1w-1.0.0.tgz/data", json!("Ynl0ZXM")), "no base64"),
            (with("/_attachments/@acme~1w-1.0.0.tgz/data", json!("Ynl0ZXM=\n")), "no base64"),
            (with("/_attachments/@acme~1w-1.0.0.tgz/data", json!("Ynl0ZXN=")), "no base64"),
            (with("/_attachments/@acme~1w-1.0.0.tgz/data", json!("Yn l0ZXM=")), "no base64"),
            (with("/_attachments/@acme~1w-1.0.0.tgz/data", json!(["Ynl0ZXM="])), "no data"),
            (with("/_attachments", json!([])), "no object"),
        ] {
            let said = fault(&document);
            assert!(said.contains(why), "{why}: {said}");
        }
    }

    #[test]
    fn text_that_readers_do_not_agree_on_is_refused() {
        let text = document().to_string();
        let twice = |key: &str| text.replacen('{', &format!("{{\"{key}\":{{}},"), 1);
        for text in [
            twice("_attachments"),
            twice("versions"),
            twice("\\u005fattachments"),
            text.replacen("\"_attachments\":{", "\"_attachments\":{\"@acme/w-1.0.0.tgz\":{},", 1),
            format!("\u{feff}{text}"),
            format!("{text} {{}}"),
            format!("{text}\0"),
            text.replace("public", "\\ud800"),
            String::new(),
            "[".repeat(100_000),
            format!("[{}1]", "[],".repeat(2_000_000)),
            text[..text.len() - 1].to_owned(),
        ] {
            assert!(matches!(read("@acme/w", text.as_bytes()), Err(BadUpload::Json(_))), "{text:.200}");
        }
        let mut bytes = text.into_bytes();
        bytes[20] = 0xff;
        assert!(read("@acme/w", &bytes).is_err());
    }

    #[test]
    fn a_document_without_a_tarball_is_no_release() {
        let text = json!({"name": "w", "versions": {"1.0.0": {"deprecated": "old"}, "1.1.0": {"deprecated": ""}, "2.0.0": {}}});
        let wanted = vec![("1.0.0".to_owned(), "old".to_owned()), ("1.1.0".to_owned(), String::new())];
        assert_eq!(read("w", text.to_string().as_bytes()), Ok(Wanted::Deprecate(wanted)));
        assert_eq!(read("w", br#"{"users":{"a":true}}"#), Ok(Wanted::Other("star")));
        assert!(read("w", b"{}").is_err());
    }
}
