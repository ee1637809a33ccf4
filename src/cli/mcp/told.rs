//! Reports, sessions and receipts → what an agent is told of them.

use std::collections::BTreeSet;

use crate::agent::session::{Item, Told, What};
use crate::mcp::{Audited, Finding, Folder, Package, Recovered, Shown, Status};
use crate::model::{ArtifactReport, Level, Ruling};
use crate::publish::Receipt;
use crate::render::branches;

/// What an audit found. Its digest is added once it is cleared.
pub(super) fn audited(artifact: &ArtifactReport) -> Audited {
    let package = artifact.package.as_ref();
    let counts = artifact.counts();
    Audited {
        verdict: artifact.verdict.word().into(),
        package: package.map_or("", |package| &package.name).into(),
        version: package.and_then(|package| package.version.as_deref()).unwrap_or_default().into(),
        files: artifact.files,
        bytes: artifact.bytes,
        denied: counts.denied,
        warned: counts.warned,
        findings: standing(artifact).into_iter().map(finding).collect(),
        ..Audited::default()
    }
}

/// What stands against an artifact or is warned of: what leaves it unread first, then what is denied.
fn standing(artifact: &ArtifactReport) -> Vec<&Ruling> {
    let mut rulings = artifact.gravest_first();
    rulings.retain(|ruling| ruling.waived.is_none() && (ruling.finding.unread || ruling.level > Level::Allow));
    rulings.sort_by_key(|ruling| !ruling.finding.unread);
    rulings
}

fn finding(ruling: &Ruling) -> Finding {
    Finding {
        rule: ruling.finding.rule.as_str().into(),
        level: ruling.level.word().into(),
        place: ruling.finding.place.to_string().into(),
        message: ruling.finding.message.as_str().into(),
        help: ruling.help.as_str().into(),
    }
}

/// The same findings, each in a line.
pub(super) fn lines(artifact: &ArtifactReport) -> Vec<Shown> {
    let line = |found: &Ruling| {
        let Ruling { finding, level, .. } = found;
        format!("{} {} at {}: {}", level.word(), finding.rule, finding.place, finding.message).into()
    };
    standing(artifact).into_iter().map(line).collect()
}

/// What could be recovered from an artifact: counts, and names once each.
pub(super) fn recovered(artifact: &ArtifactReport) -> Recovered {
    let exposure = artifact.exposure;
    let texts = artifact.carried.iter().flat_map(|row| row.texts.iter().map(|text| &text.name));
    let bare = artifact.carried.iter().flat_map(|row| &row.names);
    let mut seen = BTreeSet::new();
    let names: Vec<&String> = texts.chain(bare).filter(|name| seen.insert(*name)).collect();
    let unread = artifact.rulings.iter().map(|ruling| &ruling.finding).find(|finding| finding.unread);
    let folder =
        |branch: crate::render::Branch| Folder { name: branch.name.into(), files: branch.files, lines: branch.lines };
    Recovered {
        sources: exposure.sources,
        embedded: exposure.embedded,
        third_party: exposure.third_party,
        lines: exposure.lines,
        bytes: exposure.bytes,
        folders: branches(&artifact.carried).into_iter().map(folder).collect(),
        names: names.into_iter().map(Shown::from).collect(),
        unread: unread.map(|finding| finding.message.as_str().into()),
        more: 0,
    }
}

/// How far a session of the agent came.
pub(super) fn status(told: &Told) -> Status {
    let mut status = Status { session: told.id.as_str().into(), phase: "begun".into(), ..Status::default() };
    let mut packages: Vec<(String, Package)> = Vec::new();
    let mut mark = |item: &Item, state: &str| {
        let (name, version) = (item.name.as_str().into(), item.version.as_str().into());
        let package = Package { name, version, state: state.into() };
        match packages.iter_mut().find(|(title, _)| *title == item.title()) {
            Some((_, known)) => *known = package,
            None => packages.push((item.title(), package)),
        }
    };
    for line in &told.lines {
        match &line.what {
            What::Phase { phase, .. } => status.phase = phase.as_str().into(),
            What::Stopped { stop, why, .. } => {
                (status.stop, status.why) = (Some(stop.as_str().into()), Some(why.as_str().into()));
            }
            What::Resumed { .. } => (status.stop, status.why) = (None, None),
            What::Packed { items, .. } => items.iter().for_each(|item| mark(item, "packed")),
            What::Cleared { items } => items.iter().for_each(|item| mark(item, "cleared")),
            What::Going { items } => items.iter().for_each(|item| mark(item, "about to go out")),
            What::Sending { item, .. } => mark(item, "sent, and not known to be out"),
            What::Published { item, .. } => mark(item, "published"),
            What::Verified { item, .. } => mark(item, "verified"),
            What::Proposed { item, .. } => mark(item, "proposed"),
            What::Reviewed { items, held: Some(_), .. } => items.iter().for_each(|item| mark(item, "held")),
            What::Began { .. }
            | What::Note { .. }
            | What::Runs { .. }
            | What::Ran { .. }
            | What::Audited { .. }
            | What::Said { .. }
            | What::Called { .. }
            | What::Answered { .. }
            | What::Patched { .. }
            | What::Task { .. }
            | What::Replied { .. }
            | What::Leave { .. }
            | What::Warned { .. }
            | What::Reviewed { .. } => {}
        }
    }
    status.why = status.why.filter(|why| *why != Shown::default());
    status.packages = packages.into_iter().map(|(_, package)| package).collect();
    status
}

/// How far what was handed in here came, in the words of the journal.
pub(super) fn handed_in(receipts: &[Receipt]) -> Status {
    let package = |receipt: &Receipt| Package {
        name: receipt.name.as_str().into(),
        version: receipt.version.as_str().into(),
        state: receipt.event.word().into(),
    };
    let open = receipts.iter().any(|receipt| receipt.event.is_open());
    let why = "nobody knows yet whether it is out: verify it; a person settles it with lastlook publish --resume";
    Status {
        session: "publishes by this tool".into(),
        phase: "publish".into(),
        why: open.then(|| why.into()),
        packages: receipts.iter().map(package).collect(),
        ..Status::default()
    }
}
