//! Secrets found in generated code → where they stood before it was built, as the maps beside it tell.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::crew::Record;
use crate::inspect::TextKind;
use crate::inspect::map::{self, Pointer};
use crate::model::{Finding, Place};

/// As many findings of one file are traced.
const TRACED: usize = 10_000;

/// Notes where the values found in `records` come from; `body` reads a record once more, where that can be done.
pub(super) fn trace<'b>(records: &mut [Record], body: impl Fn(usize) -> Option<Cow<'b, [u8]>>) {
    let suspects: Vec<usize> = (0..records.len()).filter(|at| records.get(*at).is_some_and(is_suspect)).collect();
    if suspects.is_empty() {
        return;
    }
    let mut places: HashMap<Place, usize> = HashMap::new();
    for (at, record) in records.iter().enumerate() {
        places.insert(record.place(), at);
    }
    for at in suspects {
        let Some(text) = body(at) else { continue };
        let Some(record) = records.get(at) else { continue };
        let Some(map) = map_of(record, &text, &places, &body) else { continue };
        let Some(record) = records.get_mut(at) else { continue };
        let place = record.place();
        let findings = record.seen.iter_mut().flat_map(|seen| &mut seen.findings);
        let mut spots: BTreeMap<map::Spot, Vec<&mut Finding>> = BTreeMap::new();
        for finding in findings.filter(|finding| is_traceable(finding, &place)).take(TRACED) {
            let position = finding.place.position;
            if let Some(spot) = position.and_then(|at| map::spot(&text, at.line, at.column)) {
                spots.entry(spot).or_default().push(finding);
            }
        }
        let wanted: Vec<map::Spot> = spots.keys().copied().collect();
        for (origin, findings) in map::origins(&map, &wanted).into_iter().zip(spots.into_values()) {
            for finding in findings {
                finding.origin.clone_from(&origin);
            }
        }
    }
}

/// Whether a finding is about a value in the text of the file at `place` itself.
fn is_traceable(finding: &Finding, place: &Place) -> bool {
    let own = finding.place.path == place.path && finding.place.inside == place.inside;
    own && finding.place.position.is_some() && finding.sighting.is_some()
}

/// Whether something was found in the generated code of `record`.
fn is_suspect(record: &Record) -> bool {
    let kind = TextKind::of(record.path.as_str());
    let place = record.place();
    let findings = || record.seen.iter().flat_map(|seen| &seen.findings);
    matches!(kind, TextKind::Script | TextKind::Style) && findings().any(|finding| is_traceable(finding, &place))
}

/// The map of a file: the one it points to, the one it carries, or the one beside it.
fn map_of<'b>(
    record: &Record,
    text: &[u8],
    places: &HashMap<Place, usize>,
    body: &impl Fn(usize) -> Option<Cow<'b, [u8]>>,
) -> Option<Cow<'b, [u8]>> {
    let mut names = Vec::new();
    for reference in record.seen.iter().flat_map(|seen| &seen.references).rev() {
        if let Pointer::Inside(paths) = Pointer::follow(&record.path, &reference.url) {
            names.extend(paths);
        }
    }
    names.push(format!("{}.map", record.path));
    let place = |name: &String| match record.within.as_deref() {
        Some(within) => within.place.within(name),
        None => Place::at(name),
    };
    let beside = names.iter().find_map(|name| places.get(&place(name)));
    let carried = || map::carried(text, TextKind::of(record.path.as_str())).map(Cow::Owned);
    beside.and_then(|at| body(*at)).or_else(carried)
}
