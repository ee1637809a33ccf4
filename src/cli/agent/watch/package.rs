//! A package → its versions, its tags, and the bytes of those that are watched.

use std::collections::BTreeMap;
use std::time::Instant;

use super::eyes::Eyes;
use crate::agent::watch::{Looked, Part, Sight, Watched};
use crate::model::Finding;
use crate::publish::{Event, Journal, Reader, Receipt, Told, tarball_name};
use crate::verify::{Released, moved};

pub(super) fn look(eyes: &Eyes<'_>, name: &str, one: Option<&str>, known: Option<&Watched>) -> Result<Sight, String> {
    let until = Instant::now() + eyes.seconds;
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let chosen = eyes.opened.choose(Some(name), None).map_err(|error| words(&error))?;
    let readable = eyes.opened.readable_until(chosen, eyes.patience, until).map_err(|error| words(&error))?;
    let (reader, registry) = (readable.reader(), readable.registry());
    let told = reader.told(name)?.ok_or_else(|| format!("{registry} shows no {name}"))?;
    if let Some(version) =
        one.filter(|version| known.is_none_or(|known| !known.wants(version)) && told.version(version).is_none())
    {
        return Err(format!("{registry} shows no {name}@{version}"));
    }
    let receipts = receipts(eyes)?;
    let ours = |receipt: &&Receipt| receipt.registry == registry && receipt.name == name;
    let journal: Vec<&Receipt> = receipts.iter().filter(ours).collect();
    let mut sight = Sight { policy: eyes.policy.digest.clone(), ..Sight::default() };
    if one.is_none() {
        let tags = told.whole().tags().chain(told.short().tags());
        for (tag, version) in tags {
            sight.tags.entry(eyes.text(tag)).or_insert_with(|| eyes.text(version));
        }
    }
    for version in told.versions().into_iter().filter(|version| one.is_none_or(|one| one == *version)) {
        sight.parts.insert(eyes.text(version), part(&told, version, &journal));
    }
    let moved = if one.is_none() { moved(&told, &[], &receipts, &registry, name) } else { Vec::new() };
    let order = order(eyes, &told, one, known, &sight.tags);
    for (at, version) in order.iter().enumerate() {
        let beside = if at == 0 { moved.as_slice() } else { &[] };
        let look = if at >= eyes.versions {
            Looked::Not
        } else {
            bytes(eyes, &reader, &told, name, version, beside).unwrap_or_else(|why| Looked::Unread(eyes.text(&why)))
        };
        if let Some(part) = sight.parts.get_mut(&eyes.text(version)) {
            part.look = look;
        }
    }
    Ok(sight)
}

/// What was published before, as far as it is known here.
fn receipts(eyes: &Eyes<'_>) -> Result<Vec<Receipt>, String> {
    // Whoever has published nothing has no journal, and none is made.
    let journal = Journal::found(eyes.journal).map_err(|error| error.to_string())?;
    journal.map_or_else(|| Ok(Vec::new()), |journal| journal.read().map_err(|error| error.to_string()))
}

/// What the registry says of a version.
fn part(told: &Told, version: &str, journal: &[&Receipt]) -> Part {
    let dist = told.version(version);
    let named = dist.and_then(|dist| dist.sha512().or(dist.integrity.as_deref())).unwrap_or_default();
    let sends = |receipt: &&&Receipt| {
        receipt.version == version
            && (receipt.event.is_open() || matches!(receipt.event, Event::Published | Event::Staged))
    };
    let time = told.whole().time(version);
    Part {
        published: time.map(|time| time.chars().take(40).collect()),
        named: named.chars().take(200).collect(),
        sent: (!journal.is_empty()).then(|| journal.iter().any(|receipt| sends(&receipt))),
        look: Looked::Not,
    }
}

/// The versions whose bytes are looked at: those that tags stand for, then those that were looked at least lately. The
/// first is that of `latest`, where there is one.
fn order<'t>(
    eyes: &Eyes<'_>,
    told: &'t Told,
    one: Option<&str>,
    known: Option<&Watched>,
    tags: &BTreeMap<String, String>,
) -> Vec<&'t str> {
    let latest = tags.get("latest");
    let mut all: Vec<_> = told
        .versions()
        .into_iter()
        .filter(|version| one.is_none_or(|one| one == *version))
        .filter_map(|version| {
            let shown = eyes.text(version);
            let tagged = tags.values().any(|other| *other == shown);
            let wanted = tagged || one.is_some() || known.is_some_and(|known| known.wants(&shown));
            let looked = known.and_then(|known| known.looked(&shown));
            wanted.then_some((latest != Some(&shown), !tagged, looked, version))
        })
        .collect();
    all.sort();
    all.into_iter().map(|(.., version)| version).collect()
}

/// Looks at the bytes of a version, as anybody gets them.
fn bytes(
    eyes: &Eyes<'_>,
    reader: &Reader<'_>,
    told: &Told,
    name: &str,
    version: &str,
    beside: &[Finding],
) -> Result<Looked, String> {
    let released = Released::fetch(reader, told, name, version).map_err(|error| error.to_string())?;
    let beside = [[&released.odd, beside].concat()];
    let auditor = eyes.auditor().beside(&beside);
    let mut report = auditor.audit_input(&tarball_name(name, version), &released.input);
    eyes.rules.hush_report(&mut report);
    Ok(eyes.judged(&report, false))
}
