//! An odd archive → every other entry that any client could install from it.
//!
//! Clients differ in where they look for headers and which of several names and sizes they take, but all look at
//! multiples of 512. So every such block whose checksum fits is taken for a header, with every name and size that
//! any header before it could give it. What the walk has yielded already is left out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Entry, EntryPath, Finding, Limits, Place};

use super::super::{Meter, Sink, meter, rules};
use super::Layout;
use super::header::{Header, Sum};
use super::name;
use super::pax::Pax;
use super::walk::Walked;

/// How much of an odd archive is held for the second look.
pub(super) const HELD: u64 = 256 << 20;

/// As many things are told of entries that only the sweep finds.
const TOLD: usize = 1000;

/// Names and sizes that headers give to the one that follows.
#[derive(Debug, Clone, Default)]
struct Given {
    names: BTreeSet<Vec<u8>>,
    sizes: BTreeSet<i64>,
}

/// Hands every entry to `sink` that the walk did not.
#[allow(clippy::needless_pass_by_value, reason = "what is owned is cut up, what is borrowed is lent on")]
pub(super) fn sweep<'b>(bytes: Cow<'b, [u8]>, walked: &Walked, layout: Layout, meter: &Meter, sink: &mut dyn Sink<'b>) {
    if bytes.len() as u64 > HELD {
        sink.finding(meter::limit(format!(
            "an odd archive of more than {HELD} bytes: not every reading of it was looked at"
        )));
    }
    let mut sweep = Sweep {
        bytes: &bytes,
        walked,
        layout,
        given: BTreeMap::new(),
        global: Given::default(),
        seen: BTreeSet::new(),
        told: Vec::new(),
        effort: bytes.len() + (16 << 20),
    };
    // What overlapping readings may add: each byte a few times over, and room for small archives.
    let mut allowance = (bytes.len() as u64).saturating_mul(4).saturating_add(16 << 20);
    for (number, block) in bytes.chunks_exact(512).enumerate() {
        let Some(block) = block.first_chunk::<512>() else {
            continue;
        };
        let readings = sweep.block(number * 512, Header::new(block), meter.limits());
        let too_many = || meter::limit("too many readings of this archive: not all were looked at".to_owned());
        if sweep.effort == 0 {
            return sink.finding(too_many());
        }
        for (path, from, len) in readings {
            let charged = allowance.checked_sub(len as u64 + 512).map(|left| allowance = left);
            if charged.is_none() {
                return sink.finding(too_many());
            }
            if let Err(limit) = meter.charge(len as u64) {
                sink.finding(*limit);
                return;
            }
            let body = match &bytes {
                Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(from..from + len).unwrap_or_default()),
                Cow::Owned(bytes) => Cow::Owned(bytes.get(from..from + len).unwrap_or_default().to_vec()),
            };
            sink.entry(Entry::hidden(path, body));
        }
    }
    sweep.told.into_iter().for_each(|finding| sink.finding(finding));
}

struct Sweep<'s> {
    bytes: &'s [u8],
    walked: &'s Walked,
    layout: Layout,
    given: BTreeMap<usize, Given>,
    global: Given,
    seen: BTreeSet<(EntryPath, usize, usize)>,
    /// What is wrong with entries that the walk did not come to.
    told: Vec<Finding>,
    /// How much is left of what overlapping readings may cost.
    effort: usize,
}

impl Sweep<'_> {
    /// Whether there is time for another reading of a name of `len` bytes.
    fn spend(&mut self, len: usize) -> bool {
        self.effort = self.effort.saturating_sub(len + 64);
        self.effort > 0
    }

    /// The entries that the block at `at` could be the header of.
    fn block(&mut self, at: usize, header: Header<'_>, limits: &Limits) -> Vec<(EntryPath, usize, usize)> {
        let given = self.given.remove(&at).unwrap_or_default();
        let visited = self.walked.visits.binary_search_by_key(&(at as u64), |visit| visit.offset).ok();
        let plausible = header.sum() != Sum::Bad || (header.has_magic() && !header.short_name().is_empty());
        if header.is_zero() || !(plausible || visited.is_some()) {
            return Vec::new();
        }
        let mut sizes = given.sizes.clone();
        sizes.insert(header.size().value);
        sizes.extend(&self.global.sizes);
        if matches!(header.kind(), b'x' | b'X' | b'g' | b'L' | b'N' | b'K') {
            self.meta(at, header, given, &sizes);
            return Vec::new();
        }
        let mut names = given.names;
        names.extend([header.name(), header.prefixed()]);
        names.extend(super::name::readings(header.name_field()));
        names.extend(self.global.names.iter().cloned());
        if visited.is_none() && header.sum() == Sum::Good {
            self.tell(header, &names, limits);
        }
        let walked = visited.and_then(|index| self.walked.visits.get(index)?.entry.as_ref());
        let mut entries = Vec::new();
        let from = at + 512;
        let left = self.bytes.len().saturating_sub(from);
        let lens: BTreeSet<usize> =
            sizes.into_iter().map(|size| usize::try_from(size).unwrap_or(0).min(left)).collect();
        for len in lens {
            for raw in &names {
                if !self.spend(raw.len()) {
                    return entries;
                }
                let path = name::installed(raw, limits, self.layout).path;
                let known = walked.is_some_and(|(known, size)| *known == path && *size == len as u64);
                if len > 0 && !known && self.seen.insert((path.clone(), from, len)) {
                    entries.push((path, from, len));
                }
            }
        }
        entries
    }

    /// Tells of links, and of names that some client makes another path of, where only some clients come.
    fn tell(&mut self, header: Header<'_>, names: &BTreeSet<Vec<u8>>, limits: &Limits) {
        for raw in names {
            if self.told.len() >= TOLD || !self.spend(raw.len()) {
                return;
            }
            let name::Named { path, findings, .. } = name::installed(raw, limits, self.layout);
            if matches!(header.kind(), b'1' | b'2') {
                let what = "a link, in a part of the archive that only some clients read";
                self.told.push(Finding::new(&rules::LINK.id, Place::at(path.as_str()), what));
            }
            self.told.extend(findings);
        }
    }

    /// A header about the entry behind it: what it gives goes to wherever that entry may begin.
    fn meta(&mut self, at: usize, header: Header<'_>, mut given: Given, sizes: &BTreeSet<i64>) {
        for size in sizes {
            let all: usize = given.names.iter().map(Vec::len).sum();
            if !self.spend(all + 8 * given.sizes.len()) {
                return;
            }
            let Some(len) = usize::try_from(*size).ok().filter(|len| *len as u64 <= 16 * Limits::META) else {
                continue;
            };
            let Some(body) = self.bytes.get(at + 512..).map(|rest| rest.get(..len).unwrap_or(rest)) else {
                continue;
            };
            if matches!(header.kind(), b'L' | b'N') {
                given.names.extend(super::name::readings(body));
            } else if header.kind() != b'K' {
                let pax = Pax::parse(body);
                given.names.extend(pax.paths);
                given.sizes.extend(pax.sizes);
            }
            if header.kind() == b'g' {
                self.global.names.append(&mut given.names);
                self.global.sizes.append(&mut given.sizes);
                continue;
            }
            let next = at + 512 + len.next_multiple_of(512);
            let there = self.given.entry(next).or_default();
            there.names.extend(given.names.iter().cloned());
            there.sizes.extend(given.sizes.iter().copied());
        }
    }
}
