//! A day of a made-up world: what a look sees is a matter of the minute alone.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lastlook::agent::clock::Clock;
use lastlook::agent::watch::{Found, Look, Looked, Part, Sight, Target, Watched};
use lastlook::judge::Moment;
use lastlook::model::{Level, Verdict};

/// The minutes of a day, and from one round to the next.
pub const DAY: u64 = 24 * 60;
pub const EVERY: u64 = 15;

/// The time when whoever takes reports takes none.
pub const CLOSED: std::ops::Range<u64> = 9 * 60..12 * 60;

const REGISTRY: &str = "https://registry.example/";

/// The second at which the day begins: 2026-03-01T00:00:00Z.
const START: u64 = 1_772_323_200;

pub fn targets() -> Vec<Target> {
    let package = |name: &str| Target { name: name.to_owned(), registry: Some(REGISTRY.to_owned()) };
    let site = Target { name: "https://site.example".to_owned(), registry: None };
    vec![package("npm:widget"), package("npm:other@1.0.0"), site]
}

pub fn time(minute: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START + minute * 60)
}

/// The minute in which a moment lies, as `HH:MM`.
pub fn shown(moment: Moment) -> String {
    let minute = (moment.seconds() - START) / 60;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

pub struct World<'c>(pub &'c dyn Clock);

impl Look for World<'_> {
    fn look(&mut self, target: &Target, known: Option<&Watched>) -> Result<Sight, String> {
        let minute = self.0.now().duration_since(time(0)).unwrap().as_secs() / 60;
        let seen = match target.name.as_str() {
            "npm:widget" => widget(minute),
            "npm:other@1.0.0" => other(minute),
            _ => site(minute),
        };
        seen.map(|mut sight| {
            // As the real one: what nobody wants is not fetched.
            for (name, part) in &mut sight.parts {
                let wanted = name.is_empty() || sight.tags.values().any(|version| version == name);
                if !wanted && sight.policy != "one" && known.is_none_or(|known| !known.wants(name)) {
                    part.look = Looked::Not;
                }
            }
            sight
        })
    }
}

fn found(rule: &str, level: Level, place: &str) -> (String, Found) {
    let (rule, place) = (rule.to_owned(), place.to_owned());
    let (print, message) = (format!("{rule} {place}"), format!("seen in {place}"));
    (print, Found { rule, level, place, message, unread: false, fleeting: false })
}

fn part(published: &str, bytes: &str, all: Vec<(String, Found)>) -> Part {
    let found: BTreeMap<String, Found> = all.into_iter().collect();
    let verdict = found
        .values()
        .map(|found| {
            if found.unread {
                Verdict::Incomplete
            } else if found.level == Level::Deny {
                Verdict::Blocked
            } else {
                Verdict::Clear
            }
        })
        .max();
    let integrity = (!bytes.is_empty()).then(|| format!("sha512-{bytes}"));
    Part {
        published: Some(published.to_owned()).filter(|time| !time.is_empty()),
        named: if bytes.is_empty() { String::new() } else { format!("sha512-{bytes}") },
        sent: None,
        look: Looked::Judged { integrity, verdict: verdict.unwrap_or(Verdict::Clear), found },
    }
}

fn widget(minute: u64) -> Result<Sight, String> {
    let h = |hour: u64, rest: u64| hour * 60 + rest;
    match minute {
        // One round, and then three.
        180 => return Err("a hiccup".to_owned()),
        600..645 => return Err("status 503".to_owned()),
        _ => {}
    }
    let mut parts = BTreeMap::new();
    let mut add = |version: &str, part: Part| drop(parts.insert(version.to_owned(), part));
    let old = if minute < h(6, 0) { "old" } else { "old, swapped" };
    add("0.9.0", part("2025-01-01T00:00:00Z", old, vec![found("secret/aws-access-key", Level::Deny, "old.js")]));
    add("1.0.0", part("2026-02-01T00:00:00Z", "a", vec![found("source/host-path", Level::Warn, "index.js")]));
    if minute >= h(1, 0) {
        // It is served swapped from five on, though the registry names it as before.
        let all =
            if minute < h(2, 0) { vec![] } else { vec![found("map/embedded-sources", Level::Deny, "index.js.map")] };
        let mut part = part("2026-03-01T00:47:00Z", "b", all);
        if let (Looked::Judged { integrity, .. }, true) = (&mut part.look, minute >= h(5, 0)) {
            *integrity = Some("sha512-c".to_owned());
        }
        add("1.1.0", part);
    }
    if minute >= h(4, 0) && !(h(7, 0)..h(9, 0)).contains(&minute) {
        add("1.2.0", part("2026-03-01T03:50:00Z", "d", vec![found("source/raw", Level::Deny, "src/index.ts")]));
    }
    let latest = match minute {
        0..60 => "1.0.0",
        705..720 => "0.9.0",
        _ => "1.1.0",
    };
    let mut tags = BTreeMap::from([("latest".to_owned(), latest.to_owned())]);
    if minute >= h(4, 0) {
        tags.insert("beta".to_owned(), "1.2.0".to_owned());
    }
    let policy = if minute < h(2, 0) { "first" } else { "second" };
    Ok(Sight { policy: policy.to_owned(), tags, parts })
}

fn other(minute: u64) -> Result<Sight, String> {
    match minute {
        0..45 => return Err("status 500".to_owned()),
        810..1100 => return Err("no answer".to_owned()),
        _ => {}
    }
    let all = vec![found("map/remote", Level::Deny, "dist/app.js")];
    let parts = BTreeMap::from([("1.0.0".to_owned(), part("2026-02-10T00:00:00Z", "e", all))]);
    Ok(Sight { policy: "one".to_owned(), tags: BTreeMap::new(), parts })
}

fn site(minute: u64) -> Result<Sight, String> {
    let mut all = Vec::new();
    let stumbles = (210..240).contains(&minute) || minute == 1320;
    if (30..90).contains(&minute) || (minute >= 150 && !stumbles) {
        all.push(found("map/embedded-sources", Level::Deny, "/app.js.map"));
    }
    if stumbles {
        let (print, found) = found("audit/unread", Level::Deny, "/app.js");
        all.push((print, Found { unread: true, fleeting: true, ..found }));
    }
    // From three to eight in the afternoon, every other round.
    if (900..1200).contains(&minute) && minute.is_multiple_of(30) {
        all.push(found("path/junk", Level::Warn, "/debug.log"));
    }
    let parts = BTreeMap::from([(String::new(), part("", "", all))]);
    Ok(Sight { policy: "one".to_owned(), tags: BTreeMap::new(), parts })
}
