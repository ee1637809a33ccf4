//! A change to what is out → made in our words, where the policy lets it pass; refused where it does not.

use std::collections::BTreeSet;

use semver::Version;
use serde_json::Value;

use super::release::{Nobody, Refusal, Told, nowhere};
use super::reply::Reply;
use super::route::Change;
use super::upload::{Node, is_word, parse};
use super::upstream::Upstream;
use super::{Asked, Gate};
use crate::audit::Artifact;
use crate::judge::{Passage, Passages, Tagging};
use crate::model::json::strict;
use crate::open::Held;
use crate::publish::{Edit, is_tag, tarball_name};

/// No tarball is longer.
const TARBALL: u64 = 1 << 30;

/// Why a change is not made.
enum No {
    /// It may not pass, or means nothing.
    Refused(String),
    /// An answer that is ready, of something that was audited and is not clear.
    Dirty(Box<Refusal>),
}

impl From<String> for No {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

fn no<T>(why: impl Into<String>) -> Result<T, No> {
    Err(No::Refused(why.into()))
}

impl Gate {
    /// Makes a change, or refuses it.
    pub(super) fn change(&self, asked: &Asked, change: &Change, body: &[u8]) -> Reply {
        let name = change.package().unwrap_or_default();
        let mut told = Told::new(self, asked, name);
        told.add("change", change.word());
        let upstream = if name.is_empty() { self.upstreams.account() } else { self.upstreams.of(name) };
        let Some(upstream) = upstream else { return nowhere(told, name) };
        let edit = self.edit(asked, upstream, change, body, &mut told);
        self.made(asked, upstream, name, edit, told)
    }

    /// Words about versions that are out.
    pub(super) fn deprecate(&self, asked: &Asked, name: &str, words: &[(String, String)]) -> Reply {
        let mut told = Told::new(self, asked, name);
        told.add("change", "deprecate");
        let Some(upstream) = self.upstreams.of(name) else { return nowhere(told, name) };
        let edit = self.deprecated(upstream, name, words, &mut told);
        self.made(asked, upstream, name, edit, told)
    }

    /// Sends what was built, and says what came of it.
    fn made(&self, asked: &Asked, upstream: &Upstream, name: &str, edit: Result<Edit, No>, told: Told<'_>) -> Reply {
        let edit = match edit {
            Ok(edit) => edit,
            Err(No::Refused(why)) => return told.end("refused", &why, Reply::refused(&format!("lastlook: {why}"))),
            Err(No::Dirty(refusal)) => return told.end("refused", &refusal.why, refusal.reply),
        };
        if let Err(reply) = told.write("changing") {
            return reply;
        }
        let nobody = Nobody::default();
        let publisher = self.publisher(upstream, &nobody);
        let answer = upstream.writing(name).and_then(|credential| {
            let otp = asked.otp(upstream)?;
            publisher.edit(&edit, &credential, otp.as_ref())
        });
        match answer {
            Ok((status, answer)) => told.end("changed", "", Reply::json(status, &Value::Object(answer))),
            Err(error) => self.not_out(told, &error, &nobody, asked),
        }
    }

    fn edit(
        &self,
        asked: &Asked,
        upstream: &Upstream,
        change: &Change,
        body: &[u8],
        told: &mut Told<'_>,
    ) -> Result<Edit, No> {
        let setup = self.setup();
        let may = &setup.policy.gate;
        match change.clone() {
            Change::SetTag { name, tag } => {
                let version = match strict(body) {
                    Ok(Value::String(version)) if is_word(&version) => version,
                    _ => return no("a tag stands for a version, as a text"),
                };
                told.add("version", &version);
                told.add("tag", &tag);
                if may.dist_tag == Tagging::Deny {
                    return denied("dist-tag", "dist-tag = \"cleared\"");
                }
                if !is_tag(&tag) {
                    return no(format!("{tag} is no tag: installers would take it for a version"));
                }
                self.fits(asked, upstream, (&name, &version), may.dist_tag, told)?;
                Ok(Edit::SetTag { name, tag, version })
            }
            Change::RemoveTag { name, tag } => {
                told.add("tag", &tag);
                if may.dist_tag == Tagging::Deny {
                    return denied("dist-tag", "dist-tag = \"cleared\"");
                }
                Ok(Edit::RemoveTag { name, tag })
            }
            Change::Revise { name, revision } => revised(may, upstream, name, revision, body),
            Change::Remove { name, revision } => {
                passes(may.unpublish, "unpublish")?;
                Ok(Edit::Remove { name, revision })
            }
            Change::RemoveTarball { name, file, revision } => {
                passes(may.unpublish, "unpublish")?;
                Ok(Edit::RemoveTarball { name, file, revision })
            }
            Change::Reject { id } => {
                passes(may.unpublish, "unpublish")?;
                Ok(Edit::Reject { id })
            }
            Change::Access { name } => {
                passes(may.access, "access")?;
                let word = match strict(body) {
                    Ok(Value::Object(rows)) if rows.len() == 1 => {
                        rows.get("access").and_then(Value::as_str).map(str::to_owned)
                    }
                    _ => None,
                };
                match word.filter(|word| ["public", "restricted", "private"].contains(&word.as_str())) {
                    Some(access) => Ok(Edit::Access { name, access }),
                    None => no("what was sent says no access that is known: public, restricted or private"),
                }
            }
            Change::Account { word, method, path } => {
                let passage = match word {
                    "trust" => may.trust,
                    "token" => may.token,
                    _ => may.team,
                };
                passes(passage, word)?;
                let body = if body.is_empty() { None } else { Some(strict(body).map_err(|error| error.to_string())?) };
                Ok(Edit::Account { method, path, body })
            }
        }
    }

    /// Whether a version is out, and would be cleared today where that is asked for.
    fn fits(
        &self,
        asked: &Asked,
        upstream: &Upstream,
        (name, version): (&str, &str),
        tagging: Tagging,
        told: &mut Told<'_>,
    ) -> Result<(), No> {
        let reader = upstream.reader();
        let Some(seen) = reader.package(name)? else { return no(format!("there is no {name}")) };
        let Some(dist) = seen.version(version) else { return no(format!("there is no {name}@{version}")) };
        if tagging == Tagging::Allow {
            return Ok(());
        }
        let bytes = reader.tarball(dist, TARBALL)?;
        let artifact = Artifact { name: tarball_name(name, version), bytes: Held::Vec(bytes), provenance: None };
        match self.cleared(asked, &self.setup(), artifact, told) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(No::Dirty(refusal)),
        }
    }

    /// The document as it is in the registry, with other words about its versions.
    fn deprecated(
        &self,
        upstream: &Upstream,
        name: &str,
        words: &[(String, String)],
        told: &mut Told<'_>,
    ) -> Result<Edit, No> {
        passes(self.setup().policy.gate.deprecate, "deprecate")?;
        let Some(mut document) = upstream.reader().writable(name)? else { return no(format!("there is no {name}")) };
        let Some(Value::Object(versions)) = document.get_mut("versions") else { return no("it has no versions") };
        let mut changed = Vec::new();
        // Of a version that is not named, nothing is said.
        for (version, word) in words {
            let Some(manifest) = versions.get_mut(version).and_then(Value::as_object_mut) else {
                return no(format!("there is no {name}@{version}"));
            };
            let before = manifest.get("deprecated").and_then(Value::as_str).unwrap_or_default();
            if word != before {
                manifest.insert("deprecated".to_owned(), word.as_str().into());
                changed.push(version.as_str());
            }
        }
        if changed.is_empty() {
            return no("it says nothing new of any version");
        }
        told.add("version", &changed.join(" "));
        without_attachments(&mut document);
        Ok(Edit::Document { name: name.to_owned(), revision: None, document })
    }
}

/// Other owners, or fewer versions.
fn revised(may: &Passages, upstream: &Upstream, name: String, revision: String, body: &[u8]) -> Result<Edit, No> {
    if may.owner == Passage::Deny && may.unpublish == Passage::Deny {
        return denied("owner or unpublish", "unpublish = \"allow\"");
    }
    let sent = parse(body).map_err(|error| error.to_string())?;
    let Some(versions) = sent.get("versions") else {
        passes(may.owner, "owner")?;
        let owner = |row: &Node<'_>| {
            let text =
                |key: &str| row.get(key).and_then(Node::text).filter(|text| text.len() <= 256).map(str::to_owned);
            Some((text("name")?, text("email").unwrap_or_default()))
        };
        let owners = if let Some(Node::List(rows)) = sent.get("maintainers") {
            rows.iter().map(owner).collect::<Option<Vec<_>>>()
        } else {
            None
        };
        return match owners.filter(|owners| (1..=1_000).contains(&owners.len())) {
            Some(owners) => Ok(Edit::Owners { name, revision, owners }),
            None => no("what was sent has no versions and no owners, so nothing is known of what it is for"),
        };
    };
    passes(may.unpublish, "unpublish")?;
    let kept: BTreeSet<&str> = versions.rows().iter().map(|(version, _)| &**version).collect();
    let Some(mut document) = upstream.reader().writable(&name)? else { return no(format!("there is no {name}")) };
    let Some(Value::Object(own)) = document.get_mut("versions") else { return no("it has no versions") };
    if kept.iter().any(|version| !own.contains_key(*version)) {
        return no("versions are taken away like this, and never added");
    }
    if kept.len() == own.len() || kept.is_empty() {
        return no("no version is taken away, or all of them are");
    }
    own.retain(|version, _| kept.contains(version.as_str()));
    if let Some(Value::Object(times)) = document.get_mut("time") {
        times
            .retain(|version, _| kept.contains(version.as_str()) || matches!(version.as_str(), "created" | "modified"));
    }
    // Tags stay as they are; only latest has to stand for something, and that is the highest version that stays.
    if let Some(Value::Object(tags)) = document.get_mut("dist-tags") {
        let had = tags.contains_key("latest");
        tags.retain(|_, version| version.as_str().is_some_and(|own| kept.contains(own)));
        let order = |version: &&str| Version::parse(version).ok().map(|version| (version.pre.is_empty(), version));
        let highest = kept.iter().copied().filter(|version| order(version).is_some()).max_by_key(order);
        if let Some(highest) = highest.filter(|_| had && !tags.contains_key("latest")) {
            tags.insert("latest".to_owned(), highest.into());
        }
    }
    without_attachments(&mut document);
    Ok(Edit::Document { name, revision: Some(revision), document })
}

/// Registries that show attachments would take them for new ones.
fn without_attachments(document: &mut Value) {
    if let Some(rows) = document.as_object_mut() {
        rows.shift_remove("_attachments");
    }
}

fn passes(passage: Passage, key: &str) -> Result<(), No> {
    if passage == Passage::Allow { Ok(()) } else { denied(key, &format!("{key} = \"allow\"")) }
}

fn denied<T>(key: &str, way: &str) -> Result<T, No> {
    no(format!("this gate lets no {key} pass; its policy decides that ([gate] {way})"))
}

impl Change {
    /// The package that it is about, where it is about one.
    fn package(&self) -> Option<&str> {
        match self {
            Self::SetTag { name, .. }
            | Self::RemoveTag { name, .. }
            | Self::Revise { name, .. }
            | Self::Remove { name, .. }
            | Self::RemoveTarball { name, .. }
            | Self::Access { name } => Some(name),
            Self::Account { word: "trust", path, .. } => path.get(1).map(String::as_str),
            Self::Reject { .. } | Self::Account { .. } => None,
        }
    }
}
