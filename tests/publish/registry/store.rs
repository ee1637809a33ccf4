//! Packages, versions, tags and stages, in memory.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::http::Answer;
use super::release::Release;

const TIME: &str = "2026-01-01T00:00:00.000Z";

/// What a registry keeps.
#[derive(Default)]
pub struct Store {
    packages: BTreeMap<String, Package>,
    staged: Vec<Staged>,
    stages: usize,
    /// From how many reads of its packument a version that was just published is missing.
    pub late: usize,
    /// What a version that exists already is refused with.
    pub conflict: Option<Answer>,
}

#[derive(Default)]
struct Package {
    tags: BTreeMap<String, String>,
    versions: BTreeMap<String, Release>,
    restricted: bool,
    /// The versions that are missing still, and for how many reads.
    hidden: BTreeMap<String, usize>,
    writes: usize,
}

struct Staged {
    id: String,
    release: Release,
}

/// Takes a version out of a packument, and the tags that name it.
pub fn leave_out(packument: &mut Value, version: &str) {
    for key in ["versions", "time"] {
        packument.get_mut(key).and_then(Value::as_object_mut).map(|map| map.remove(version));
    }
    if let Some(tags) = packument.get_mut("dist-tags").and_then(Value::as_object_mut) {
        tags.retain(|_, tagged| tagged != version);
    }
}

fn not_found() -> Answer {
    Answer::error(404, "Not found")
}

impl Store {
    /// Whether only those who carry a token may read it.
    pub fn is_restricted(&self, name: &str) -> bool {
        self.packages.get(name).is_some_and(|package| package.restricted)
    }

    pub fn restrict(&mut self, name: &str) {
        self.packages.entry(name.to_owned()).or_default().restricted = true;
    }

    /// Takes a release that was checked, if its version is new.
    pub fn publish(&mut self, release: Release) -> Result<(), Answer> {
        self.is_new(&release)?;
        let late = self.late;
        let first = self.packages.get(&release.name).is_none_or(|package| package.writes == 0);
        let package = self.packages.entry(release.name.clone()).or_default();
        package.writes += 1;
        package.restricted |= first && release.restricted;
        package.tags.extend(release.tags.clone());
        if late > 0 {
            package.hidden.insert(release.version.clone(), late);
        }
        package.versions.insert(release.version.clone(), release);
        Ok(())
    }

    fn is_new(&self, release: &Release) -> Result<(), Answer> {
        let Release { name, version, .. } = release;
        if self.packages.get(name).is_some_and(|package| package.versions.contains_key(version)) {
            let usual = format!("You cannot publish over the previously published versions: {version}.");
            return Err(self.conflict.clone().unwrap_or_else(|| Answer::error(403, &usual)));
        }
        Ok(())
    }

    /// The packument as it is read, and a version that is late is one read less so. `None` when there is nothing.
    pub fn read(&mut self, base: &str, name: &str) -> Option<Value> {
        let mut packument = self.packument(base, name)?;
        let package = self.packages.get_mut(name)?;
        for version in package.hidden.keys() {
            leave_out(&mut packument, version);
        }
        package.hidden.retain(|_, reads| {
            *reads -= 1;
            *reads > 0
        });
        packument["versions"].as_object().is_some_and(|versions| !versions.is_empty()).then_some(packument)
    }

    /// The whole packument.
    pub fn packument(&self, base: &str, name: &str) -> Option<Value> {
        let package = self.packages.get(name).filter(|package| !package.versions.is_empty())?;
        let (mut versions, mut time) = (Map::new(), Map::new());
        time.insert("created".to_owned(), Value::from(TIME));
        time.insert("modified".to_owned(), Value::from(TIME));
        for (version, release) in &package.versions {
            let mut manifest = release.manifest.clone();
            let bare = name.rsplit('/').next().unwrap_or(name);
            manifest["dist"]["tarball"] = Value::from(format!("{base}/{name}/-/{bare}-{version}.tgz"));
            versions.insert(version.clone(), manifest);
            time.insert(version.clone(), Value::from(TIME));
        }
        Some(json!({
            "_id": name, "_rev": format!("{}-0", package.writes), "name": name, "dist-tags": package.tags,
            "versions": versions, "time": time, "modified": TIME,
        }))
    }

    pub fn versions(&self, name: &str) -> Vec<String> {
        self.packages.get(name).into_iter().flat_map(|package| package.versions.keys().cloned()).collect()
    }

    pub fn release(&self, name: &str, version: &str) -> Option<&Release> {
        self.packages.get(name)?.versions.get(version)
    }

    /// The release whose tarball is called `file`, with or without the scope in front.
    pub fn file(&self, name: &str, file: &str) -> Option<&Release> {
        let bare = name.rsplit('/').next().unwrap_or(name);
        let file = file.rsplit('/').next().unwrap_or(file);
        self.release(name, file.strip_prefix(bare)?.strip_prefix('-')?.strip_suffix(".tgz")?)
    }

    pub fn tags(&self, name: &str) -> Option<BTreeMap<String, String>> {
        self.packages.get(name).map(|package| package.tags.clone())
    }

    pub fn set_tag(&mut self, name: &str, tag: &str, body: &[u8]) -> Answer {
        let version: Option<String> = serde_json::from_slice(body).ok();
        let package = self.packages.get_mut(name);
        match (package, version) {
            (Some(package), Some(version)) if package.versions.contains_key(&version) => {
                package.writes += 1;
                package.tags.insert(tag.to_owned(), version);
                Answer::json(201, &json!({ "ok": true }))
            }
            _ => not_found(),
        }
    }

    pub fn remove_tag(&mut self, name: &str, tag: &str) -> Answer {
        match self.packages.get_mut(name).and_then(|package| package.tags.remove(tag)) {
            Some(_) => Answer::json(200, &json!({ "ok": true })),
            None => not_found(),
        }
    }

    /// Keeps a release until it is approved or rejected. Its number, as UUIDs are written.
    pub fn stage(&mut self, release: Release) -> Result<String, Answer> {
        self.is_new(&release)?;
        self.stages += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", self.stages);
        self.staged.push(Staged { id: id.clone(), release });
        Ok(id)
    }

    /// What `npm stage view` is told.
    pub fn view(&self, id: &str) -> Option<Value> {
        self.staged.iter().find(|staged| staged.id == id).map(view)
    }

    /// What `npm stage list` is told.
    pub fn list(&self, package: Option<&str>, page: usize, per_page: usize) -> Value {
        let all: Vec<Value> = self
            .staged
            .iter()
            .filter(|staged| package.is_none_or(|name| staged.release.name == name))
            .map(view)
            .collect();
        let items: Vec<&Value> = all.iter().skip(page.saturating_mul(per_page)).take(per_page).collect();
        json!({ "items": items, "total": all.len(), "page": page, "perPage": per_page })
    }

    pub fn staged_tarball(&self, id: &str) -> Option<&[u8]> {
        self.staged.iter().find(|staged| staged.id == id).map(|staged| staged.release.tarball.as_slice())
    }

    pub fn approve(&mut self, id: &str) -> Answer {
        let Some(place) = self.staged.iter().position(|staged| staged.id == id) else { return not_found() };
        if let Err(refused) = self.publish(self.staged[place].release.clone()) {
            return refused;
        }
        self.staged.remove(place);
        Answer::json(200, &json!({ "ok": true }))
    }

    pub fn reject(&mut self, id: &str) -> Answer {
        let before = self.staged.len();
        self.staged.retain(|staged| staged.id != id);
        if self.staged.len() == before { not_found() } else { Answer::json(200, &json!({ "ok": true })) }
    }
}

fn view(staged: &Staged) -> Value {
    let release = &staged.release;
    json!({
        "id": staged.id, "packageName": release.name, "name": release.name, "version": release.version,
        "tag": release.tags.keys().next(), "createdAt": TIME, "actor": "tester", "actorType": "user",
        "shasum": super::release::shasum(&release.tarball),
        "integrity": super::release::integrity(&release.tarball),
    })
}
