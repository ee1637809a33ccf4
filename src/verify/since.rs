//! The versions of a package, audited one by one → where an exposure appeared, how long it is out, what has to go.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::judge::{Moment, generated, restored};
use crate::model::{ArtifactReport, Level, Ruling, Verdict};

/// A published version that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Which.
    pub version: String,
    /// When it was published, as the registry says.
    pub time: Option<String>,
    /// Where its tarball is.
    pub tarball: String,
    /// What the audit says of it today.
    pub verdict: Verdict,
    /// Whether it was unpublished, so that nobody can look at it.
    pub gone: bool,
    /// How many sources could be recovered, and how many lines they have.
    pub sources: u64,
    /// The same.
    pub lines: u64,
    /// What blocks in it.
    pub denied: Vec<Denied>,
}

/// Something that blocks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denied {
    /// The file; empty for the whole tarball, and for what is said of it.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// Whether it is that something could not be read.
    pub unread: bool,
}

/// Versions in a row that hold the same denied things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed<'p> {
    /// The first of them.
    pub first: &'p Past,
    /// The last of them.
    pub last: &'p Past,
    /// The next without.
    pub next: Option<&'p Past>,
    /// Whether files give something away; else the registry says what is not so.
    pub files: bool,
    /// What is denied in which version, in their order.
    pub denied: Vec<(&'p Past, &'p Denied)>,
}

impl Past {
    /// What a report says of a version.
    #[must_use]
    pub fn of(version: &str, time: Option<&str>, tarball: &str, report: &ArtifactReport, fail_on: Level) -> Self {
        let blocks = |ruling: &&Ruling| Verdict::on(ruling, fail_on) != Verdict::Clear;
        let row = |ruling: &Ruling| Denied {
            path: ruling.finding.place.path.clone(),
            rule: ruling.finding.rule.to_string(),
            unread: ruling.finding.unread,
        };
        let mut denied: Vec<Denied> = report.rulings.iter().filter(blocks).map(row).collect();
        denied.sort();
        denied.dedup();
        Self {
            version: version.to_owned(),
            time: time.map(str::to_owned),
            tarball: tarball.to_owned(),
            verdict: report.verdict,
            gone: false,
            sources: report.exposure.embedded,
            lines: report.exposure.lines,
            denied,
        }
    }

    /// A version that could not be looked at.
    #[must_use]
    pub fn unread(version: &str, time: Option<&str>, tarball: &str) -> Self {
        let (version, time, tarball) = (version.to_owned(), time.map(str::to_owned), tarball.to_owned());
        let (verdict, denied) = (Verdict::Incomplete, Vec::new());
        Self { version, time, tarball, verdict, gone: false, sources: 0, lines: 0, denied }
    }

    /// A version that was unpublished.
    #[must_use]
    pub fn gone(version: &str, time: Option<&str>) -> Self {
        Self { gone: true, ..Self::unread(version, time, "") }
    }

    /// What is known of it, in a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        if self.gone { "unpublished" } else { self.verdict.word() }
    }

    /// How long it has been out, in seconds; nobody knows where its time is yet to come.
    #[must_use]
    pub fn age(&self) -> Option<u64> {
        Moment::now().seconds().checked_sub(seconds(self.time.as_deref()?)?)
    }

    /// How long after `other` it came, in seconds.
    #[must_use]
    pub fn after(&self, other: &Self) -> Option<u64> {
        seconds(self.time.as_deref()?)?.checked_sub(seconds(other.time.as_deref()?)?)
    }
}

/// The same thing in version after version.
struct Row<'p> {
    first: usize,
    last: usize,
    next: Option<usize>,
    denied: Vec<(usize, &'p Denied)>,
}

impl<'p> Row<'p> {
    fn is_open(&self) -> bool {
        self.next.is_none()
    }

    fn go_on(&mut self, at: usize, denied: &'p Denied) {
        self.last = at;
        self.denied.push((at, denied));
    }
}

/// The rows of versions that hold the same denied things, the oldest first; `pasts` are in the order they were published.
///
/// What a build names anew each time is the same thing under each of its names.
#[must_use]
pub fn exposed(pasts: &[Past]) -> Vec<Exposed<'_>> {
    let mut things: BTreeMap<(&str, String), Vec<Row<'_>>> = BTreeMap::new();
    for (at, past) in pasts.iter().enumerate() {
        let mut new = Vec::new();
        for denied in past.denied.iter().filter(|denied| !denied.unread) {
            match things.get_mut(&thing(denied, &things)).and_then(|rows| rows.last_mut()).filter(|row| row.is_open()) {
                Some(row) => row.go_on(at, denied),
                None => new.push(denied),
            }
        }
        for denied in renamed(&mut things, at, new) {
            let row = Row { first: at, last: at, next: None, denied: vec![(at, denied)] };
            things.entry(thing(denied, &things)).or_default().push(row);
        }
        // What could not be read ends nothing, and neither does what took the place of something that nobody knows.
        if past.verdict != Verdict::Incomplete && past.denied.iter().all(|denied| denied.rule != "release/swapped") {
            let open = things.values_mut().filter_map(|rows| rows.last_mut());
            open.filter(|row| row.last < at && row.next.is_none()).for_each(|row| row.next = Some(at));
        }
    }
    joined(pasts, things.into_values().flatten())
}

/// The name of what is denied, in all versions.
fn thing<'p, T>(denied: &'p Denied, known: &BTreeMap<(&'p str, String), T>) -> (&'p str, String) {
    let name = generated(&denied.path);
    let own = (denied.rule.as_str(), name);
    if own.1 != denied.path || known.contains_key(&own) {
        return own;
    }
    // Now and then a build makes up what looks like a word.
    let same = |other: &&(&str, String)| other.0 == own.0 && restored(&other.1, &denied.path);
    known.keys().find(same).cloned().unwrap_or(own)
}

/// Lets rows that found nothing in the version `at` go on with what is `new` there and called alike, where there are as
/// many of the one as of the other: a build may make up what looks like a word or a number. What is left is new indeed.
fn renamed<'p, K: Ord>(things: &mut BTreeMap<K, Vec<Row<'p>>>, at: usize, new: Vec<&'p Denied>) -> Vec<&'p Denied> {
    let mut alike: BTreeMap<_, (Vec<&mut Row<'p>>, Vec<&'p Denied>)> = BTreeMap::new();
    let (named, mut left): (Vec<_>, Vec<_>) = new.into_iter().partition(|denied| around(&denied.path).is_some());
    for denied in named {
        if let Some(around) = around(&denied.path) {
            alike.entry((&denied.rule, around)).or_default().1.push(denied);
        }
    }
    for row in things.values_mut().filter_map(|rows| rows.last_mut()).filter(|row| row.is_open() && row.last < at) {
        let last = row.denied.last().map(|(_, denied)| *denied);
        if let Some((denied, around)) = last.and_then(|denied| Some((denied, around(&denied.path)?))) {
            alike.entry((&denied.rule, around)).or_default().0.push(row);
        }
    }
    for (rows, new) in alike.into_values() {
        if rows.len() == new.len() {
            rows.into_iter().zip(new).for_each(|(row, denied)| row.go_on(at, denied));
        } else {
            left.extend(new);
        }
    }
    left.sort();
    left
}

/// A path without the last part of its name that a build may have made up: what stands before, how long that is, and what
/// stands behind.
fn around(path: &str) -> Option<(&str, usize, &str)> {
    let start = path.rfind('/').map_or(0, |at| at + 1);
    let name = path.get(start..)?;
    let mut found = None;
    let mut from = 0;
    for part in name.split(['-', '.']) {
        if from > 0 && part.len() >= 6 && part.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_') {
            let end = start + from + part.len();
            found = Some((path.get(..start + from)?, part.len(), path.get(end..)?));
        }
        from += part.len() + 1;
    }
    found
}

/// What appeared together and went together is one exposure.
fn joined<'p>(pasts: &'p [Past], rows: impl Iterator<Item = Row<'p>>) -> Vec<Exposed<'p>> {
    let mut groups: BTreeMap<(usize, usize, bool), Row<'p>> = BTreeMap::new();
    for mut row in rows {
        let files = row.denied.iter().any(|(_, denied)| !denied.rule.starts_with("release/"));
        match groups.entry((row.first, row.last, !files)) {
            Entry::Occupied(mut known) => known.get_mut().denied.append(&mut row.denied),
            Entry::Vacant(place) => drop(place.insert(row)),
        }
    }
    let exposure = |((first, last, odd), mut row): ((usize, usize, bool), Row<'p>)| {
        row.denied.sort();
        let denied = row.denied.iter().filter_map(|(at, denied)| Some((pasts.get(*at)?, *denied)));
        let (first, last) = (pasts.get(first)?, pasts.get(last)?);
        let next = row.next.and_then(|next| pasts.get(next));
        Some(Exposed { first, last, next, files: !odd, denied: denied.collect() })
    };
    groups.into_iter().filter_map(exposure).collect()
}

/// A time as registries write it, such as 2026-11-21T19:03:14.915Z, in seconds since 1970.
#[must_use]
pub fn seconds(text: &str) -> Option<u64> {
    Moment::read(text).map(Moment::seconds)
}

/// A time span as people say it.
#[must_use]
pub fn span(seconds: u64) -> String {
    let units = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let (unit, size) = units.into_iter().find(|(_, size)| seconds >= 2 * size).unwrap_or(("second", 1));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(version: &str, day: u8, verdict: Verdict, denied: &[(&str, &str)]) -> Past {
        let (version, time) = (version.to_owned(), Some(format!("2026-01-{day:02}T00:00:00.000Z")));
        let row = |(path, rule): &(&str, &str)| Denied {
            path: (*path).to_owned(),
            rule: (*rule).to_owned(),
            unread: rule.starts_with("archive/"),
        };
        let denied = denied.iter().map(row).collect();
        Past { version, time, tarball: String::new(), verdict, gone: false, sources: 0, lines: 0, denied }
    }

    /// First, last, next, and what is denied where.
    fn told(pasts: &[Past]) -> Vec<String> {
        let row = |row: &Exposed<'_>| {
            let denied = row.denied.iter().map(|(past, denied)| format!(" {} {}", past.version, denied.path));
            let next = row.next.map_or("-", |next| next.version.as_str());
            format!("{} {} {next}:{}", row.first.version, row.last.version, denied.collect::<String>())
        };
        exposed(pasts).iter().map(row).collect()
    }

    const MAP: &str = "map/embedded-sources";

    #[test]
    fn an_exposure_has_a_first_a_last_and_a_next_version() {
        let all = [
            past("1.0.0", 1, Verdict::Clear, &[]),
            past("1.1.0", 2, Verdict::Blocked, &[("a.map", MAP)]),
            past("1.1.1", 3, Verdict::Incomplete, &[]),
            past("1.2.0", 4, Verdict::Incomplete, &[("a.map", MAP), ("b.7z", "archive/unsupported")]),
            past("1.3.0", 5, Verdict::Clear, &[]),
            past("2.0.0", 9, Verdict::Blocked, &[("a.map", MAP)]),
        ];
        assert_eq!(told(&all), ["1.1.0 1.2.0 1.3.0: 1.1.0 a.map 1.2.0 a.map", "2.0.0 2.0.0 -: 2.0.0 a.map"]);
        assert_eq!(all[4].after(&all[1]).map(span).as_deref(), Some("3 days"));
    }

    #[test]
    fn files_that_come_and_go_apart_are_exposures_of_their_own() {
        let all = [
            past("1.0.0", 1, Verdict::Blocked, &[("a.map", MAP), ("b.map", MAP), (".env", "path/secret-file")]),
            past("1.1.0", 2, Verdict::Blocked, &[("b.map", MAP), ("c.map", MAP)]),
            past("1.2.0", 3, Verdict::Blocked, &[("c.map", MAP), ("", "release/swapped")]),
        ];
        let wanted = [
            "1.0.0 1.0.0 1.1.0: 1.0.0 .env 1.0.0 a.map",
            "1.0.0 1.1.0 -: 1.0.0 b.map 1.1.0 b.map",
            "1.1.0 1.2.0 -: 1.1.0 c.map 1.2.0 c.map",
            "1.2.0 1.2.0 -: 1.2.0 ",
        ];
        assert_eq!(told(&all), wanted);
        assert_eq!(exposed(&all).iter().map(|row| row.files).collect::<Vec<_>>(), [true, true, true, false]);
    }

    #[test]
    fn a_name_that_is_made_up_anew_is_the_same_file() {
        let all = [
            past("1.0.0", 1, Verdict::Blocked, &[("app-3f9a1c2b.js.map", MAP)]),
            past("1.1.0", 2, Verdict::Blocked, &[("app-77c0ffee.js.map", MAP), ("x-BHaQxkJr.js", "secret/x")]),
            past("1.2.0", 3, Verdict::Blocked, &[("x-abcdEFGh.js", "secret/x")]),
            past("1.3.0", 4, Verdict::Clear, &[]),
        ];
        let wanted = [
            "1.0.0 1.1.0 1.2.0: 1.0.0 app-3f9a1c2b.js.map 1.1.0 app-77c0ffee.js.map",
            "1.1.0 1.2.0 1.3.0: 1.1.0 x-BHaQxkJr.js 1.2.0 x-abcdEFGh.js",
        ];
        assert_eq!(told(&all), wanted);
    }

    /// Versions of which each holds one of these files.
    fn each(names: &[&str]) -> Vec<Past> {
        let versions = (1..).zip(names);
        versions.map(|(day, name)| past(&day.to_string(), day, Verdict::Blocked, &[(name, MAP)])).collect()
    }

    #[test]
    fn a_made_up_name_that_looks_like_none_goes_on_too() {
        for names in [
            ["app-4XQ7KZPA.js.map", "app-QWERTZUI.js.map", "app-7XQ7KZPA.js.map"],
            ["app-QWERTZUI.js.map", "app-4XQ7KZPA.js.map", "app-ASDFGHJK.js.map"],
            ["d/app.3f9a1c2b.js", "d/app.12345678.js", "d/app.4f9a1c2b.js"],
            ["d/main.cafebabe.js", "d/main.3f9a1c2b.js", "d/main.deadbeef.js"],
        ] {
            assert_eq!(told(&each(&names)).len(), 1, "{names:?}");
        }
        // In another folder, of another kind, of another length, or not as many: that is something else.
        for names in [
            ["a/app-secret.js", "b/app-qwerty.js"],
            ["app-abcdef.a", "app-ghijkl.b"],
            ["app-settings.js", "app-polyfills.js"],
        ] {
            assert_eq!(told(&each(&names)).len(), 2, "{names:?}");
        }
        let two = [("x-QWERTZUI.js", MAP), ("x-ASDFGHJK.js", MAP)];
        let all = [past("1", 1, Verdict::Blocked, &[("x-YXCVBNML.js", MAP)]), past("2", 2, Verdict::Blocked, &two)];
        assert_eq!(told(&all).len(), 2);
    }

    #[test]
    fn what_was_unpublished_ends_nothing() {
        let denied = &[("a.map", MAP)][..];
        let all =
            [past("1", 1, Verdict::Blocked, denied), Past::gone("2", None), past("3", 3, Verdict::Blocked, denied)];
        assert_eq!(told(&all), ["1 3 -: 1 a.map 3 a.map"]);
        assert_eq!(all[1].word(), "unpublished");
    }

    #[test]
    fn a_time_to_come_is_no_age() {
        let mut late = past("1", 1, Verdict::Clear, &[]);
        late.time = Some("9999-01-01T00:00:00Z".to_owned());
        assert_eq!(late.age(), None);
    }

    #[test]
    fn times_are_read_as_registries_write_them() {
        for (text, wanted) in [
            ("1970-01-01T00:00:00.000Z", Some(0)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2026-11-21T19:03:14.915Z", Some(1_795_287_794)),
            ("2024-02-29T23:59:59Z", Some(1_709_251_199)),
            ("2025-12-31T23:30:00-05:00", Some(1_767_241_800)),
            ("2026-01-01T05:00:00.5+00:30", Some(1_767_241_800)),
            ("yesterday", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-01-01T00:00:00-9999999999999999999:00", None),
            ("2026-01-01T00:00:00+00:18446744073709551615", None),
            ("9999-31-31T99999999", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
        assert_eq!([1, 90, 7200, 200_000].map(span), ["1 second", "90 seconds", "2 hours", "2 days"]);
    }
}
