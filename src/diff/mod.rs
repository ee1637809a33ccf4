//! Two reports → what changed from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::generated;
use crate::model::{ArtifactReport, Carried, Changed, Changes, Exposed, Level, Listed, Place, Ruling, Side};

/// What changed from `old` to `new`, which were read with a listing.
#[must_use]
pub fn between(old: &ArtifactReport, new: &ArtifactReport) -> Changes {
    let (mut added, mut removed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    let before: BTreeMap<&str, &Listed> = old.listing.iter().map(|file| (file.path.as_str(), file)).collect();
    let after: BTreeSet<&str> = new.listing.iter().map(|file| file.path.as_str()).collect();
    for file in &new.listing {
        match before.get(file.path.as_str()) {
            None => added.push(file.clone()),
            Some(old) if old.size == file.size && old.digest == file.digest => {}
            Some(old) => changed.push(Changed { path: file.path.clone(), before: None, old: old.size, new: file.size }),
        }
    }
    removed.extend(old.listing.iter().filter(|file| !after.contains(file.path.as_str())).cloned());
    changed.append(&mut renamed(&mut added, &mut removed));
    changed.sort_by(|a, b| a.path.cmp(&b.path));
    let (secrets, findings) = news(old, new);
    let known: BTreeSet<Identity> = new.rulings.iter().map(identity).collect();
    let gone = old.rulings.iter().filter(|ruling| worthy(ruling) && !known.contains(&identity(ruling)));
    Changes {
        old: side(old),
        new: side(new),
        added,
        removed,
        changed,
        exposed: exposed(old, new),
        covered: exposed(new, old).len() as u64,
        secrets,
        findings,
        gone: gone.count() as u64,
    }
}

fn side(artifact: &ArtifactReport) -> Side {
    let package = artifact.package.as_ref();
    let versioned = package.and_then(|package| Some(format!("{} {}", package.name, package.version.as_deref()?)));
    let name = versioned.unwrap_or_else(|| artifact.name.clone());
    Side { name, verdict: artifact.verdict, files: artifact.files, bytes: artifact.bytes }
}

/// Files that a build gave another name: where only one of each stands for the same.
fn renamed(added: &mut Vec<Listed>, removed: &mut Vec<Listed>) -> Vec<Changed> {
    let group = |files: &[Listed]| {
        let mut groups: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
        for file in files {
            groups.entry(generated(&file.path)).or_default().push(file.clone());
        }
        groups
    };
    let old = group(removed);
    let mut changed = Vec::new();
    for (name, files) in group(added) {
        let pair = old.get(&name).map(Vec::as_slice).zip(Some(files.as_slice()));
        if let Some(([before], [after])) = pair {
            let (path, before_path) = (after.path.clone(), Some(before.path.clone()));
            changed.push(Changed { path, before: before_path, old: before.size, new: after.size });
        }
    }
    added.retain(|file| !changed.iter().any(|pair| pair.path == file.path));
    removed.retain(|file| !changed.iter().any(|pair| pair.before.as_ref() == Some(&file.path)));
    changed
}

/// Texts of `new` that `old` did not give away, neither under this name nor with this content.
fn exposed(old: &ArtifactReport, new: &ArtifactReport) -> Vec<Exposed> {
    let texts = || rows(old).flat_map(|row| &row.texts).filter(|text| text.bytes > 0);
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for text in texts() {
        let most = names.entry(&text.name).or_default();
        *most = text.bytes.max(*most);
    }
    let digests: BTreeSet<_> = texts().map(|text| text.digest).collect();
    let mut told = BTreeSet::new();
    let mut exposed = Vec::new();
    let blocks = |ruling: &&Ruling| ruling.level == Level::Deny && ruling.waived.is_none();
    let places = new.rulings.iter().filter(blocks).map(|ruling| &ruling.finding.place);
    let denied: BTreeSet<(&str, &[String])> = places.map(|place| (place.path.as_str(), &*place.inside)).collect();
    for row in rows(new) {
        let place = Place { path: row.path.clone(), inside: row.inside.clone(), position: None };
        let denied = denied.contains(&(row.path.as_str(), &*row.inside));
        let carrier = place.joined();
        for text in &row.texts {
            // What was a stub under the same name was no exposure of what it is now.
            let told_before = names.get(text.name.as_str()).is_some_and(|before| text.bytes / 2 <= *before);
            let known = told_before || digests.contains(&text.digest);
            if text.bytes > 0 && !known && told.insert(text.digest) {
                let (carrier, source) = (carrier.clone(), text.name.clone());
                exposed.push(Exposed { carrier, source, lines: text.lines, bytes: text.bytes, denied });
            }
        }
    }
    exposed
}

/// Everything that holds original text.
fn rows(artifact: &ArtifactReport) -> impl Iterator<Item = &Carried> {
    artifact.carried.iter().chain(&artifact.loose)
}

/// Whether a finding is more than a note.
fn worthy(ruling: &Ruling) -> bool {
    ruling.level > Level::Allow
}

/// What makes a finding the same one in both: its value, or its rule and place, whatever a build makes of the name.
type Identity = (String, String, Vec<String>, String);

fn identity(ruling: &Ruling) -> Identity {
    let finding = &ruling.finding;
    let rule = finding.rule.to_string();
    match &finding.sighting {
        Some(_) => (rule, String::new(), Vec::new(), ruling.fingerprint.clone()),
        None => (rule, generated(&finding.place.path), finding.place.inside.clone(), finding.key.clone()),
    }
}

/// Findings that were not there before: about secrets, and others.
fn news(old: &ArtifactReport, new: &ArtifactReport) -> (Vec<Ruling>, Vec<Ruling>) {
    let mut known: BTreeMap<Identity, Vec<&Ruling>> = BTreeMap::new();
    for ruling in &old.rulings {
        known.entry(identity(ruling)).or_default().push(ruling);
    }
    let fresh = new.rulings.iter().filter(|ruling| {
        let before = known.get(&identity(ruling)).map(Vec::as_slice).unwrap_or_default();
        // What was excepted or milder before is news where it no longer is.
        let same = |old: &&Ruling| old.level >= ruling.level && (old.waived.is_none() || ruling.waived.is_some());
        worthy(ruling) && !before.iter().any(same)
    });
    fresh.cloned().partition(|ruling| ruling.finding.sighting.is_some())
}
