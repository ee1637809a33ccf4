//! A policy lowers what it names and nothing else: every ruling is foreseen by a plain reading of the same rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lastlook::judge::{Date, Judge, Policy, Used};
use lastlook::model::{Finding, Level, Place, Position, Profile, Rule, Ruling, Sighting, Verdict};

use crate::bench::{built_in, cases, one_of, rules};
use crate::make::Dice;

const FOLDERS: &[&str] = &["", "", "dist/", "dist/public/", "lib/a/", "src/", "dist/public/deep/er/"];
const FILES: &[&str] = &["a.js.map", "b.js.map", "a.js", "index.ts", "old.tgz", "x.7z", ".npmrc", "é.js"];
const PACKAGES: &[Option<&str>] = &[None, Some("app"), Some("@acme/app"), Some("@acme/public-x"), Some("other")];

/// The rules that policies like to speak of, and now and then any other.
fn rule(dice: &mut Dice) -> &'static Rule {
    const OFTEN: &[&str] = &[
        "map/embedded-sources",
        "map/source-paths",
        "map/dangling",
        "source/raw",
        "path/ci",
        "path/test",
        "secret/aws-access-key",
        "archive/unsupported",
        "archive/link",
        "archive/limit",
        "audit/unread",
        "path/agent",
    ];
    let all: Vec<&Rule> = rules().book().iter().collect();
    let often = one_of(dice, OFTEN);
    if dice.below(5) == 0 {
        one_of(dice, &all)
    } else {
        rules().book().find(often).unwrap_or_else(|| panic!("no {often}"))
    }
}

fn path(dice: &mut Dice) -> String {
    format!("{}{}", one_of(dice, FOLDERS), one_of(dice, FILES))
}

fn finding(dice: &mut Dice) -> Finding {
    let rule = rule(dice);
    let inside = (0..[0, 0, 0, 1, 2][dice.below(5)]).map(|_| path(dice)).collect();
    let line = dice.below(4) as u64;
    let position = (line > 0).then_some(Position { line, column: 1 });
    let place = if dice.below(20) == 0 { Place::whole() } else { Place { path: path(dice), inside, position } };
    let mut finding = Finding::new(&rule.id, place, "seen").keyed(one_of(dice, &["", "k", "l"]));
    // What leaves something unread is about the archive, or a fault of ours.
    finding.unread = rule.id.is_absolute() && dice.below(2) == 0;
    finding.nested = rule.id.is_absolute() && dice.below(2) == 0;
    if rule.id.family() == "secret" && dice.below(2) == 0 {
        finding.sighting = Some(Sighting::new(format!("value {}", dice.below(3))));
    }
    if finding.sighting.is_none() && dice.below(10) == 0 {
        finding.at_most = Some(Level::Warn);
    }
    finding
}

/// What a row says, as whoever wrote it means it.
#[derive(Debug, Default, Clone)]
struct Table {
    package: Option<String>,
    profile: Option<Profile>,
    levels: BTreeMap<String, Level>,
    maps: Vec<(String, &'static str)>,
    allow: Vec<Allow>,
}

#[derive(Debug, Clone)]
struct Allow {
    rule: String,
    path: Option<String>,
    sha256: Option<String>,
    fingerprint: Option<String>,
    ended: bool,
}

/// A pattern that some of the paths fit.
fn pattern(dice: &mut Dice) -> String {
    let (folder, file) = (one_of(dice, FOLDERS), one_of(dice, FILES));
    match dice.below(8) {
        0 => "**".to_owned(),
        1 => format!("{folder}**"),
        2 => format!("**/{file}"),
        3 => format!("{folder}*"),
        4 => format!("{folder}*.map"),
        5 => format!("**/{}", ["*.map", "*.js", "*.7z"][dice.below(3)]),
        6 => format!("{folder}{file}!**"),
        _ => format!("{folder}{file}"),
    }
}

/// Whether a path fits a pattern: `*` stands for what is in one part, `**` for any number of parts.
fn fits(pattern: &str, path: &str) -> bool {
    fn part(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|at| part(rest, &text[at..])),
            Some((first, rest)) => text.first() == Some(first) && part(rest, &text[1..]),
        }
    }
    fn parts(pattern: &[&str], path: &[&str]) -> bool {
        match pattern.split_first() {
            None => path.is_empty(),
            // At the end there has to be something for it to stand for.
            Some((&"**", [])) => !path.is_empty(),
            Some((&"**", rest)) => (0..=path.len()).any(|at| parts(rest, &path[at..])),
            Some((first, rest)) => {
                path.first().is_some_and(|own| part(first.as_bytes(), own.as_bytes())) && parts(rest, &path[1..])
            }
        }
    }
    parts(&pattern.split('/').collect::<Vec<_>>(), &path.split('/').collect::<Vec<_>>())
}

const HASHES: [&str; 3] = [
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
];

/// The hash of what lies at a place: the same each time it is asked for.
fn hash_of(place: &str) -> &'static str {
    HASHES[place.bytes().map(usize::from).sum::<usize>() % 3]
}

/// An exception, more often than not for something that was found.
fn allow(dice: &mut Dice, found: &[Seen]) -> Allow {
    let aimed = one_of(dice, &found.iter().map(Some).chain([None; 3]).collect::<Vec<_>>());
    let (name, absolute) = match aimed {
        Some(seen) => (seen.rule.clone(), seen.absolute),
        None => {
            let rule = rule(dice);
            (rule.id.to_string(), rule.id.is_absolute())
        }
    };
    let fingerprint = (!absolute && dice.below(3) == 0).then(|| found[dice.below(found.len())].fingerprint.clone());
    let path = match aimed {
        _ if fingerprint.is_some() && dice.below(2) == 0 => None,
        Some(seen) if dice.below(2) == 0 => Some(joined(&seen.place, dice.below(seen.place.inside.len() + 1))),
        _ => Some(pattern(dice)),
    };
    // The artifact itself has no path.
    let path = path.map(|path| if path.is_empty() { "**".to_owned() } else { path });
    let sha256 = (absolute || dice.below(4) == 0).then(|| one_of(dice, &HASHES).to_owned());
    let rule = if absolute { "archive/unsupported".to_owned() } else { name };
    Allow { rule, path, sha256, fingerprint, ended: dice.below(5) == 0 }
}

fn table(dice: &mut Dice, package: Option<String>, found: &[Seen]) -> Table {
    let mut own = Table { package, ..Table::default() };
    own.profile = one_of(dice, &[None, None, Some(Profile::Open), Some(Profile::Closed)]);
    for _ in 0..dice.below(4) {
        let rule = rule(dice);
        if !rule.id.is_absolute() {
            let level = one_of(dice, &[Level::Allow, Level::Warn, Level::Deny]);
            own.levels.insert(rule.id.to_string(), level);
        }
    }
    own.maps = (0..dice.below(3)).map(|_| (pattern(dice), one_of(dice, &["none", "paths", "sources"]))).collect();
    own.allow = (0..dice.below(5)).map(|_| allow(dice, found)).collect();
    own
}

fn written(tables: &[Table]) -> String {
    let mut text = String::new();
    for table in tables {
        let inner = if let Some(name) = &table.package {
            write!(text, "[[package]]\nname = {name:?}\n").unwrap();
            "package."
        } else {
            ""
        };
        if let Some(profile) = table.profile {
            writeln!(text, "profile = {:?}", profile.word()).unwrap();
        }
        if !table.levels.is_empty() {
            writeln!(text, "[{inner}levels]").unwrap();
            table.levels.iter().for_each(|(rule, level)| writeln!(text, "{rule:?} = {:?}", level.word()).unwrap());
        }
        for (files, allow) in &table.maps {
            writeln!(text, "[[{inner}maps]]\nfiles = {files:?}\nallow = {allow:?}").unwrap();
        }
        table.allow.iter().for_each(|row| text.push_str(&row.written(inner)));
    }
    text
}

impl Allow {
    fn written(&self, inner: &str) -> String {
        let mut text = format!("[[{inner}allow]]\nrule = {:?}\nreason = \"known\"\n", self.rule);
        for (key, value) in [("path", &self.path), ("sha256", &self.sha256), ("fingerprint", &self.fingerprint)] {
            if let Some(value) = value {
                writeln!(text, "{key} = {value:?}").unwrap();
            }
        }
        text + if self.ended { "expires = 2001-02-03\n" } else { "" }
    }

    /// Whether it names this finding.
    fn names(&self, seen: &Seen) -> bool {
        let place = &seen.place;
        let joined = joined(place, place.inside.len());
        let is = |path: &String| {
            let one = |own: &str| path == own || fits(path, own);
            one(&place.path) || (!place.inside.is_empty() && one(&joined))
        };
        let hashes: Vec<&str> = (0..=place.inside.len()).map(|depth| hash_of(&self::joined(place, depth))).collect();
        let reachable = !seen.absolute || (seen.nested && self.sha256.is_some());
        !self.ended
            && self.rule == seen.rule
            && reachable
            && self.path.as_ref().is_none_or(is)
            && self.sha256.as_ref().is_none_or(|own| hashes.contains(&own.as_str()))
            && self.fingerprint.as_ref().is_none_or(|own| *own == seen.fingerprint)
    }
}

fn joined(place: &Place, depth: usize) -> String {
    std::iter::once(&place.path)
        .chain(place.inside.iter().take(depth))
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("!")
}

/// One finding at one place, whatever it was told together with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    rule: String,
    place: Place,
    fingerprint: String,
    nested: bool,
    absolute: bool,
    unread: bool,
    at_most: Option<Level>,
}

fn apart(rulings: &[Ruling]) -> Vec<(Seen, Level, bool)> {
    let mut all = Vec::new();
    for ruling in rulings.iter().filter(|ruling| ruling.finding.rule.family() != "policy") {
        for place in std::iter::once(&ruling.finding.place).chain(&ruling.also) {
            let Finding { rule, nested, unread, at_most, .. } = &ruling.finding;
            let seen = Seen {
                rule: rule.to_string(),
                place: place.clone(),
                fingerprint: ruling.fingerprint.clone(),
                nested: *nested,
                absolute: rule.is_absolute(),
                unread: *unread,
                at_most: *at_most,
            };
            all.push((seen, ruling.level, ruling.waived.is_some()));
        }
    }
    all.sort();
    all
}

/// The level that the rows give to a finding, and whether one of them excepts it.
fn foreseen(seen: &Seen, tables: &[Table], package: Option<&str>) -> (Level, bool) {
    let rows = tables.iter().filter(|table| table.package.is_some()).rev();
    let row = rows.into_iter().find(|table| package.is_some_and(|name| fits(table.package.as_ref().unwrap(), name)));
    let base = tables.iter().find(|table| table.package.is_none());
    let apply: Vec<&Table> = base.into_iter().chain(row).collect();
    let profile = apply.iter().rev().find_map(|table| table.profile).unwrap_or(Profile::Closed);
    let rule = rules().book().find(&seen.rule).unwrap();
    let own = if profile == Profile::Open { rule.open } else { rule.closed };
    let mut level = apply.iter().rev().find_map(|table| table.levels.get(&seen.rule)).copied().unwrap_or(own);
    if ["map/embedded-sources", "map/source-paths"].contains(&seen.rule.as_str()) {
        let maps = apply.iter().flat_map(|table| &table.maps).rfind(|(files, _)| fits(files, &seen.place.path));
        level = match maps.map(|(_, allow)| *allow) {
            None => level,
            Some("sources") => Level::Allow,
            Some("paths") if seen.rule == "map/source-paths" => Level::Allow,
            Some(_) => Level::Deny,
        };
    }
    let waived = apply.iter().flat_map(|table| &table.allow).any(|allow| allow.names(seen));
    (seen.at_most.map_or(level, |most| level.min(most)), waived)
}

struct Trial {
    findings: Vec<Finding>,
    hashes: BTreeMap<String, String>,
    package: Option<&'static str>,
}

impl Trial {
    fn of(dice: &mut Dice) -> Self {
        let mut findings: Vec<Finding> = (0..1 + dice.below(30)).map(|_| finding(dice)).collect();
        // One value has one fate at one place: two that differ in nothing else are one.
        findings.sort_by_key(|finding| format!("{finding:?}"));
        findings.dedup_by_key(|finding| (finding.rule.clone(), finding.place.clone(), finding.key.clone()));
        let places =
            findings.iter().flat_map(|one| (0..=one.place.inside.len()).map(|depth| joined(&one.place, depth)));
        let hashes = places.map(|place| (place.clone(), hash_of(&place).to_owned())).collect();
        Self { findings, hashes, package: one_of(dice, PACKAGES) }
    }

    fn judged(&self, policy: &Policy) -> Vec<Ruling> {
        let effective = policy.for_package(self.package);
        let judge = Judge::new(&effective, rules().book(), Date::new(2026, 11, 30).unwrap());
        judge.rule(self.findings.clone(), &self.hashes, &mut Used::new())
    }
}

fn parsed(text: &str) -> Policy {
    Policy::parse(text, "lastlook.toml", None, rules().book(), rules().data())
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn what_a_policy_does_to_a_finding_stands_in_a_row_that_names_it() {
    let (mut lowered, mut excepted, mut raised, mut opened) = (0, 0, 0, 0);
    for mut case in cases(1000) {
        let dice = &mut case.dice;
        let trial = Trial::of(dice);
        let plain = trial.judged(built_in());
        let before = apart(&plain);
        let found: Vec<Seen> = before.iter().map(|(seen, _, _)| seen.clone()).collect();
        let mut tables = vec![table(dice, None, &found)];
        for _ in 0..dice.below(3) {
            let name = one_of(dice, &["app", "@acme/*", "@acme/public-*", "*", "**", "none"]).to_owned();
            tables.push(table(dice, Some(name), &found));
        }
        let text = written(&tables);
        let rulings = trial.judged(&parsed(&text));
        let after = apart(&rulings);
        assert_eq!(before.len(), after.len(), "{text}");
        for ((seen, level, _), (same, now, waived)) in before.iter().zip(&after) {
            assert_eq!(seen, same, "{text}");
            assert_eq!(
                (*now, *waived),
                foreseen(seen, &tables, trial.package),
                "{seen:?} of {:?}\n{text}",
                trial.package
            );
            // Whatever the rows say: these stay what they are.
            if seen.absolute {
                assert!(
                    now >= level && (!waived || seen.nested && seen.rule == "archive/unsupported"),
                    "{seen:?}\n{text}"
                );
            }
            lowered += usize::from(now < level);
            raised += usize::from(now > level);
            excepted += usize::from(*waived && !seen.absolute);
            opened += usize::from(*waived && seen.absolute);
        }
        let unread = after.iter().any(|(seen, _, waived)| seen.unread && !waived);
        assert_eq!(Verdict::of(&rulings, Level::Deny) == Verdict::Incomplete, unread, "{text}");
    }
    assert!(lowered > 600 && raised > 120 && excepted > 300 && opened > 20, "{lowered} {raised} {excepted} {opened}");
}

#[test]
fn one_more_exception_changes_what_it_names_and_the_digest() {
    let mut changed = 0;
    for mut case in cases(1000) {
        let dice = &mut case.dice;
        let trial = Trial::of(dice);
        let found: Vec<Seen> = apart(&trial.judged(built_in())).into_iter().map(|(seen, _, _)| seen).collect();
        let mut tables = vec![table(dice, None, &found)];
        if dice.below(2) == 0 {
            tables.push(table(dice, Some("@acme/*".to_owned()), &found));
        }
        let text = written(&tables);
        let more = allow(dice, &found);
        let longer = format!("{text}{}", more.written(""));
        let (old, new) = (parsed(&text), parsed(&longer));
        assert_ne!(old.digest, new.digest, "{longer}");
        assert_eq!(old.digest, parsed(&text).digest);
        assert_eq!(old.digest == built_in().digest, text.is_empty());
        for ((seen, level, waived), (same, now, since)) in
            apart(&trial.judged(&old)).iter().zip(apart(&trial.judged(&new)))
        {
            assert_eq!((seen, *level, *waived || more.names(seen)), (&same, now, since), "{longer}");
            changed += usize::from(since != *waived);
        }
    }
    assert!(changed > 100, "{changed}");
}

#[test]
fn the_digest_is_that_of_all_that_decides() {
    let digest =
        |text: &str, forced, data: &[String]| Policy::parse(text, "p", forced, rules().book(), data).unwrap().digest;
    let data = rules().data();
    let more = [data, &["one more".to_owned()]].concat();
    let split = [&data[..1], &["".to_owned()], &data[1..]].concat();
    let all = [
        digest("", None, data),
        digest("#", None, data),
        digest("profile = \"open\"", None, data),
        digest("", Some(Profile::Open), data),
        digest("", Some(Profile::Closed), data),
        digest("", None, &more),
        digest("", None, &split),
    ];
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    // Where it came from decides nothing.
    assert_eq!(Policy::parse("", "q", None, rules().book(), data).unwrap().digest, all[0]);
}

#[test]
fn no_row_about_what_is_absolute_is_taken() {
    let mut refused = 0;
    for rule in rules().book().iter().filter(|rule| rule.id.is_absolute()) {
        let id = rule.id.as_str();
        let allow = |more: &str| format!("[[allow]]\nrule = \"{id}\"\nreason = \"r\"\n{more}");
        let hash = format!("sha256 = \"{}\"\n", HASHES[0]);
        let print = format!("fingerprint = \"{}\"\n", "0".repeat(32));
        let level = |level: &str| format!("[levels]\n\"{id}\" = \"{level}\"\n");
        let mut rows = vec![level("allow"), level("warn"), level("deny")];
        rows.extend([allow("path = \"**\"\n"), allow(&print), allow(&format!("{hash}{print}"))]);
        if id != "archive/unsupported" {
            rows.push(allow(&format!("path = \"x\"\n{hash}")));
        }
        for row in rows {
            for text in [
                row.clone(),
                format!("[[package]]\nname = \"*\"\n{}", row.replace("[[", "[[package.").replace("[l", "[package.l")),
            ] {
                let read = Policy::parse(&text, "p", None, rules().book(), rules().data());
                assert!(read.is_err(), "{text}");
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused}");
}
