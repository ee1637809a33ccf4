//! The blocks of an archive → entries, the way npm walks them. Whatever another client would do differently makes
//! the archive odd, and an odd archive is swept once more for everything that anyone could install from it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{Entry, EntryPath, Finding, Limits, Place, Rule};

use super::super::source::Source;
use super::super::{Meter, Sink, meter, rules};
use super::Layout;
use super::header::{Header, Sum};
use super::name;
use super::pax::Pax;

/// A header that was read, and the entry it became, if any.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) offset: u64,
    pub(super) entry: Option<(EntryPath, u64)>,
}

/// What the walk leaves behind.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Headers in the order of the archive.
    pub(super) visits: Vec<Visit>,
    /// Whether some client may see other entries.
    pub(super) odd: bool,
}

/// Walks the archive in `source`.
pub(super) fn walk<'b>(source: &mut dyn Source<'b>, layout: Layout, meter: &Meter, sink: &mut dyn Sink<'b>) -> Walked {
    let mut walker = Walker {
        source,
        layout,
        meter,
        sink,
        offset: 0,
        zeros: 0,
        files: 0,
        stopped: false,
        roots: BTreeSet::new(),
        ahead: Ahead::default(),
        global: Pax::default(),
        bad: None,
        bad_names: 0,
        walked: Walked::default(),
    };
    walker.run();
    walker.finish();
    walker.walked
}

/// What headers have said of the entry that comes next.
#[derive(Default)]
struct Ahead {
    pax: Option<Pax>,
    long_name: Option<Vec<u8>>,
    long_link: bool,
}

struct Walker<'w, 'b> {
    source: &'w mut dyn Source<'b>,
    layout: Layout,
    meter: &'w Meter,
    sink: &'w mut dyn Sink<'b>,
    offset: u64,
    zeros: u32,
    files: u64,
    stopped: bool,
    roots: BTreeSet<String>,
    ahead: Ahead,
    global: Pax,
    bad: Option<(u64, u64)>,
    bad_names: u64,
    walked: Walked,
}

/// As many bad names are told one by one.
const BAD_NAMES: u64 = 1000;

impl Walker<'_, '_> {
    fn run(&mut self) {
        while !self.stopped && self.zeros < 2 {
            let at = self.offset;
            let taken = self.take(512);
            let Some(block) = taken.first_chunk::<512>() else {
                if taken.iter().any(|b| *b != 0) {
                    self.cut(Place::whole(), "in the middle of a header");
                } else if self.zeros == 0 {
                    self.cut(Place::whole(), "without an end marker");
                }
                return;
            };
            let header = Header::new(block);
            if header.is_zero() {
                self.zeros += 1;
                continue;
            }
            if self.zeros == 1 {
                self.odd(&rules::TRAILING, "entries stand behind the first end block; some clients stop there", false);
                self.zeros = 0;
            }
            self.header(header, at);
        }
        if !self.stopped {
            self.trailing();
        }
    }

    fn take(&mut self, len: u64) -> Cow<'static, [u8]> {
        // Headers and paddings are small; owning them keeps the borrow of the source short.
        let taken = self.source.take(len);
        self.offset += taken.len() as u64;
        Cow::Owned(taken.into_owned())
    }

    fn odd(&mut self, rule: &Rule, what: &str, unread: bool) {
        self.odd_at(rule, Place::whole(), what, unread);
    }

    fn odd_at(&mut self, rule: &Rule, place: Place, what: &str, unread: bool) {
        self.walked.odd = true;
        let finding = Finding::new(&rule.id, place, what);
        self.sink.finding(if unread { finding.unread() } else { finding });
    }

    fn cut(&mut self, place: Place, how: &str) {
        self.odd_at(&rules::TRUNCATED, place, &format!("the archive ends {how}"), true);
        self.stopped = true;
    }

    fn stop(&mut self, finding: Finding) {
        self.sink.finding(finding);
        self.stopped = true;
    }

    fn header(&mut self, header: Header<'_>, at: u64) {
        // npm skips a header that does not sum up, and looks for the next one in the block behind it.
        if header.sum() != Sum::Good {
            self.walked.odd = true;
            let (first, count) = self.bad.unwrap_or((at, 0));
            self.bad = Some((first, count + 1));
            return;
        }
        // Likewise a header that it can't decode, and one that states a link target and is no link.
        let linked = header.names_link() && !matches!(header.kind(), b'1' | b'2');
        let why = if linked { Some("a link target is stated for what is no link") } else { header.unsound() };
        if let Some(why) = why {
            let path = name::installed(&header.name(), self.meter.limits(), self.layout).path;
            let what = format!("{why}; npm may skip it and take its body for entries");
            self.odd_at(&rules::CONFLICT, Place::at(path.as_str()), &what, true);
            return self.visit(at, None);
        }
        match header.kind() {
            b'x' | b'X' | b'g' | b'L' | b'K' | b'N' => self.meta(header, at),
            b'0' | 0 => self.regular(header, at),
            b'5' => self.folder(header, at),
            kind => self.special(header, kind, at),
        }
    }

    fn folder(&mut self, header: Header<'_>, at: u64) {
        if header.size().value != 0 {
            self.odd(&rules::CONFLICT, "a folder has a size: some clients take its body for entries", true);
        }
        let (raw, _) = self.effective(header);
        let named = name::installed(&raw, self.meter.limits(), self.layout);
        // A folder at the root is the root itself, and lies in no other.
        let root = !raw.trim_ascii_end().strip_suffix(b"/").unwrap_or(&raw).contains(&b'/');
        self.names(named.findings.into_iter().filter(|finding| !(root && finding.unread)).collect());
        self.visit(at, None);
    }

    fn visit(&mut self, offset: u64, entry: Option<(EntryPath, u64)>) {
        // Files are charged with their bodies; folders, links and the rest are entries too.
        if entry.is_none()
            && let Err(limit) = self.meter.charge(0)
        {
            self.stop(*limit);
        }
        self.walked.visits.push(Visit { offset, entry });
    }

    /// A header about the entry behind it.
    fn meta(&mut self, header: Header<'_>, at: u64) {
        self.visit(at, None);
        let size = header.size();
        let Some(len) = u64::try_from(size.value).ok().filter(|len| *len <= Limits::META && size.exact) else {
            self.odd(&rules::LIMIT, "a header about the next entry has no plain size, or one above the limit", true);
            return;
        };
        if !header.is_known() {
            self.odd(
                &rules::CONFLICT,
                "a header about the next entry lacks the mark by which some clients know it",
                true,
            );
        }
        let body = self.take(len);
        self.pad(len);
        if body.len() as u64 != len {
            return self.cut(Place::whole(), "in the middle of a header about the next entry");
        }
        // Records that only say something may hold anything.
        if matches!(header.kind(), b'x' | b'g' | b'X') && super::pax::tells(&body) {
            self.sink.entry(Entry::rest("(pax header)", body.clone()));
        }
        match header.kind() {
            b'x' => self.pax(&body),
            b'g' => {
                if self.ahead.pax.is_some() || self.ahead.long_name.is_some() || self.ahead.long_link {
                    let what =
                        "a global header stands between an entry and what is said of it: some clients take it there";
                    self.odd(&rules::CONFLICT, what, true);
                }
                let pax = Pax::parse(&body);
                if pax.odd.is_some() || pax.links || !pax.paths.is_empty() || !pax.sizes.is_empty() {
                    self.odd(&rules::CONFLICT, "a global header changes what the entries behind it are", true);
                }
                self.global.merge(pax);
            }
            b'L' | b'N' => {
                if header.kind() == b'N' || body.iter().skip_while(|b| **b != 0).any(|b| *b != 0) {
                    self.odd(
                        &rules::CONFLICT,
                        "a long name that only some clients obey, or that they end differently",
                        true,
                    );
                }
                if self.ahead.long_name.is_some() || self.ahead.pax.is_some() {
                    self.odd(&rules::CONFLICT, "an entry is named by more than one header", true);
                }
                let name = super::header::until_nul(&body).to_vec();
                if name.is_empty() {
                    self.odd(&rules::CONFLICT, "an empty long name: some clients then take the short one", true);
                } else {
                    self.ahead.long_name = Some(name);
                }
            }
            b'K' => {
                if body.iter().skip_while(|b| **b != 0).any(|b| *b != 0) {
                    self.odd(&rules::CONFLICT, "bytes stand behind the end of a long link target", true);
                }
                self.ahead.long_link = true;
            }
            _ => {
                self.pax(&body);
                self.odd(&rules::CONFLICT, "a header of an old kind: only some clients obey it", true);
            }
        }
    }

    fn pax(&mut self, body: &[u8]) {
        let pax = Pax::parse(body);
        if let Some(why) = &pax.odd {
            self.odd(&rules::CONFLICT, &format!("clients read a pax header differently: {why}"), true);
        }
        if self.ahead.pax.is_some() || self.ahead.long_name.is_some() {
            self.odd(&rules::CONFLICT, "an entry is named by more than one header", true);
        }
        match &mut self.ahead.pax {
            Some(earlier) => earlier.merge(pax),
            none => *none = Some(pax),
        }
    }

    /// The name and size that npm takes.
    fn effective(&mut self, header: Header<'_>) -> (Vec<u8>, u64) {
        let ahead = std::mem::take(&mut self.ahead);
        let pax = ahead.pax.unwrap_or_default();
        let named = pax.paths.last().or(ahead.long_name.as_ref()).or(self.global.paths.last());
        let name = named.cloned().unwrap_or_else(|| header.name());
        let stated = pax.sizes.last().or(self.global.sizes.last()).copied();
        let size = stated.unwrap_or(header.size().value);
        let mut why = None;
        if stated.is_some_and(|stated| stated != header.size().value) || !header.size().exact || size < 0 {
            why = Some(
                "the sizes of this entry contradict each other, or are written in a form that clients read differently",
            );
        } else if header.prefix_is_disputed() && named.is_none() {
            why = Some("clients disagree about the first part of this name");
        } else if ahead.long_name.as_deref().is_some_and(|long| long.get(..99) != header.short_name().get(..99)) {
            why = Some("the short and the long name of this entry contradict each other");
        } else if (pax.links || ahead.long_link) && !matches!(header.kind(), b'1' | b'2') {
            why = Some("a header before this entry makes it a link for some clients");
        }
        if let Some(why) = why {
            let path = name::installed(&name, self.meter.limits(), self.layout).path;
            self.odd_at(&rules::CONFLICT, Place::at(path.as_str()), why, true);
        }
        (name, u64::try_from(size).unwrap_or(0))
    }

    fn regular(&mut self, header: Header<'_>, at: u64) {
        let (raw, size) = self.effective(header);
        if raw.ends_with(b"/") {
            if size > 0 {
                self.odd(
                    &rules::CONFLICT,
                    "a file has the name of a folder: some clients take its body for entries",
                    true,
                );
            }
            return self.visit(at, None);
        }
        // npm drops a file that lies in no folder, and one that climbs: they are inspected, and not counted.
        let rooted = self.layout == Layout::Plain || raw.contains(&b'/');
        let counted = rooted && !raw.split(|b| *b == b'/').skip(1).any(|part| part == b"..");
        self.body(&raw, size, counted, at);
    }

    /// Links, devices, and kinds that clients treat each in their own way.
    fn special(&mut self, header: Header<'_>, kind: u8, at: u64) {
        let (raw, size) = self.effective(header);
        let path = name::installed(&raw, self.meter.limits(), self.layout).path;
        let place = Place::at(path.as_str());
        let target = String::from_utf8_lossy(header.link_name()).into_owned();
        match kind {
            b'1' | b'2' => {
                let what = format!("a {} to {target:?}", if kind == b'1' { "hard link" } else { "symbolic link" });
                // Some clients lay down its body, others what it points to.
                self.odd_at(&rules::LINK, place, &what, size > 0);
            }
            b'3' | b'4' | b'6' => self.odd_at(&rules::DEVICE, place, "a device or a pipe", false),
            _ => {
                let what = format!("an entry of kind {:?}: some clients install it, others do not", char::from(kind));
                self.odd_at(&rules::CONFLICT, place, &what, true);
            }
        }
        if size > 0 {
            self.body(&raw, size, kind == b'7', at);
        } else {
            self.visit(at, None);
        }
    }

    /// Hands on what is wrong with a name; of a flood only the first, and in the end how many there were.
    fn names(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if self.bad_names < BAD_NAMES {
                self.sink.finding(finding);
            }
            self.bad_names += 1;
        }
    }

    fn body(&mut self, raw: &[u8], size: u64, counted: bool, at: u64) {
        let named = name::installed(raw, self.meter.limits(), self.layout);
        self.names(named.findings);
        self.roots.insert(named.root);
        let place = Place::at(named.path.as_str());
        if size > Limits::ENTRY {
            // A size that no client would take at its word: the second look shows what stands there instead.
            self.walked.odd = true;
            self.visit(at, None);
            return self.stop(meter::limit(format!("{} is larger than {} bytes", named.path, Limits::ENTRY)));
        }
        if let Err(limit) = self.meter.charge(size) {
            return self.stop(*limit);
        }
        let body = self.source.take(size);
        self.offset += body.len() as u64;
        let whole = body.len() as u64 == size;
        self.visit(at, Some((named.path.clone(), size)));
        self.files += 1;
        let dotted = raw.split(|b| *b == b'/').any(|part| part == b".");
        self.sink.entry(Entry { counted, dotted, ..Entry::new(named.path, body) });
        if whole {
            self.pad(size);
        } else {
            self.cut(place, "in the middle of this file");
        }
    }

    fn pad(&mut self, size: u64) {
        let pad = size.next_multiple_of(512) - size;
        let taken = self.source.take(pad);
        self.offset += taken.len() as u64;
        let whole = taken.len() as u64 == pad;
        // What stands there is nobody's, and ships all the same.
        if taken.iter().fold(0, |all, byte| all | byte) != 0 {
            self.sink.entry(Entry::rest("(padding)", taken));
        }
        if !whole {
            self.cut(Place::whole(), "in the middle of a block");
        }
    }

    /// Behind the end marker there may be zeros and nothing else.
    fn trailing(&mut self) {
        let mut dirty = false;
        loop {
            let chunk = self.source.take(1 << 20);
            if chunk.is_empty() {
                break;
            }
            dirty |= chunk.iter().any(|b| *b != 0);
        }
        if dirty {
            self.odd(&rules::TRAILING, "bytes stand behind the end marker; some clients read on there", false);
        }
    }

    fn finish(&mut self) {
        if self.ahead.pax.is_some() || self.ahead.long_name.is_some() || self.ahead.long_link {
            self.odd(&rules::CONFLICT, "a header about the next entry, and no entry behind it", true);
        }
        if let Some((first, count)) = self.bad {
            let what = format!(
                "{count} blocks from byte {first} on stand where headers belong, and their checksums do not fit"
            );
            self.odd(&rules::CHECKSUM, &what, true);
        }
        if self.bad_names > BAD_NAMES {
            let what =
                format!("{} more names that not every client or system takes as they are", self.bad_names - BAD_NAMES);
            self.sink.finding(Finding::new(&rules::NAME.id, Place::whole(), what).unread());
        }
        if self.roots.len() > 1 && self.layout == Layout::Package {
            let some: Vec<_> = self.roots.iter().take(4).map(String::as_str).collect();
            let what = format!("the paths begin with {} different folders: {:?}", self.roots.len(), some.join(", "));
            self.sink.finding(Finding::new(&rules::ROOTS.id, Place::whole(), what));
        }
        if self.files == 0 && !self.walked.odd && !self.stopped {
            self.sink.finding(Finding::new(&rules::EMPTY.id, Place::whole(), "the archive holds no file").unread());
        }
    }
}
