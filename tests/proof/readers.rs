//! Source maps, as lastlook counts and traces them: against what was put into them, and against what others read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use lastlook::inspect::map::{Spot, origins};
use lastlook::model::{Carried, Carrier, Report};
use serde_json::Value;

use crate::bench::{audit, cases, has, present, root};
use crate::make::{Dice, gzip, tar};
use crate::maps::{self, Made};

/// Bytes and lines of each text.
type Sizes = Vec<(u64, u64)>;

fn sizes(row: &Carried) -> Sizes {
    row.texts.iter().map(|text| (text.bytes, text.lines)).collect()
}

fn name(number: usize) -> String {
    format!("{number}.map")
}

/// One package of all the maps, and what is seen in each.
fn audited(made: &[Made]) -> (Report, BTreeMap<String, Vec<Carried>>) {
    let files = made.iter().enumerate().map(|(at, made)| (format!("package/{}", name(at)), &made.bytes[..]));
    let report = audit("maps.tgz", &gzip(&tar(files)));
    let rows = by_path(&report);
    (report, rows)
}

fn by_path(report: &Report) -> BTreeMap<String, Vec<Carried>> {
    let mut rows: BTreeMap<String, Vec<Carried>> = BTreeMap::new();
    for row in &report.artifacts[0].carried {
        rows.entry(row.path.clone()).or_default().push(row.clone());
    }
    rows
}

#[test]
fn made_up_maps_hold_what_was_put_into_them() {
    let mut made = Vec::new();
    for mut case in cases(3000) {
        let map = maps::map(&mut case.dice);
        let told = origins(&map.bytes, &map.spots).into_iter();
        let told: Vec<_> = told.map(|origin| origin.map(|origin| (origin.source, origin.line))).collect();
        assert_eq!(told, map.origins, "{:?}\n{}", map.spots, String::from_utf8_lossy(&map.bytes));
        made.push(map);
    }
    let (report, rows) = audited(&made);
    assert!(!has(&report, "map/unreadable"));
    let mut texts = 0;
    for (at, made) in made.iter().enumerate() {
        let shown = String::from_utf8_lossy(&made.bytes);
        let [row] = &rows.get(&name(at)).map(Vec::as_slice).unwrap_or_default() else {
            // What names nothing and holds nothing is no map to anybody.
            assert!(made.sources.is_empty() && made.texts.is_empty(), "case {at}: {shown}");
            continue;
        };
        assert_eq!(row.carrier, Carrier::File, "case {at}: {shown}");
        assert_eq!((row.sources, row.third_party), (made.sources.len() as u64, made.foreign), "case {at}: {shown}");
        let seen: Vec<_> = row.texts.iter().map(|text| (text.name.clone(), text.bytes, text.digest)).collect();
        let digest = |text: &str| lastlook::model::digest(text.as_bytes());
        let mut put: Vec<_> =
            made.texts.iter().map(|(name, text)| (name.clone(), text.len() as u64, digest(text))).collect();
        let mut seen = seen;
        // Where a key stands there twice, which list comes first was left to the dice.
        if made.twice {
            seen.sort();
            put.sort();
        }
        assert_eq!(seen, put, "case {at}: {shown}");
        if made.texts.is_empty() {
            let names: Vec<String> = made.sources.iter().map(|name| name.clone().unwrap_or_default()).collect();
            assert_eq!(row.names, names, "case {at}");
        }
        texts += put.len();
    }
    assert!(texts > made.len(), "{texts} texts");
}

/// What the libraries of others say of the maps in `folder`; none where they are missing.
fn read_by_others(maps: &BTreeMap<String, (Vec<u8>, Vec<Spot>)>) -> Option<Vec<Value>> {
    let peers = root().join("tests/proof/peers");
    present(peers.join("node_modules"), ".ci/peers installs it")?;
    let folder = tempfile::tempdir().unwrap();
    for (name, (bytes, _)) in maps {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let places: BTreeMap<&String, &Vec<Spot>> = maps.iter().map(|(name, (_, spots))| (name, spots)).collect();
    std::fs::write(folder.path().join("places.json"), serde_json::to_vec(&places).unwrap()).unwrap();
    let output = Command::new("node").arg(peers.join("maps.mjs")).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(rows.len(), maps.len());
    Some(rows)
}

/// How often readers said the same.
#[derive(Debug, Default)]
struct Agreed {
    maps: u64,
    sources: u64,
    texts: u64,
    places: u64,
    mapped: u64,
    /// Places that the readers of others do not agree about.
    moot: u64,
    /// Maps that one of the others refuses.
    refused: u64,
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn sized(value: &Value) -> Sizes {
    list(value)
        .iter()
        .filter(|text| text.is_array())
        .map(|text| (text[0].as_u64().unwrap(), text[1].as_u64().unwrap()))
        .collect()
}

/// A name as an address writes it, without what the address of a map puts before it.
fn address(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@+()[]!$&*,;='".contains(&byte);
    if name.bytes().all(plain) && !name.contains("//") && !name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        name.to_owned()
    } else {
        // Addresses are resolved in several ways; this one is only counted.
        String::new()
    }
}

/// What a map is, and what others say of it, for whoever has to look at it.
struct What<'w>(&'w Value, &'w [u8]);

impl std::fmt::Display for What<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(row, bytes) = self;
        let row: String = row.to_string().chars().take(4000).collect();
        write!(f, "{row}\n{}", String::from_utf8_lossy(&bytes[..bytes.len().min(4000)]))
    }
}

/// Compares what lastlook sees in a map with what others do: `made` is what was put into it, where that is known.
fn compare(row: &Value, carried: &Carried, made: Option<&Made>, bytes: &[u8], spots: &[Spot], sum: &mut Agreed) {
    let whole = made.is_none_or(|made| !made.twice);
    let nameless = made.is_some_and(|made| made.sources.contains(&None));
    let what = What(row, bytes);
    sum.maps += 1;
    // The parser of JavaScript: every source and every text, in order.
    assert_eq!(carried.sources, list(&row["plain"]["sources"]).len() as u64, "{what}");
    if whole {
        assert_eq!(sizes(carried), sized(&row["plain"]["texts"]), "{what}");
    } else {
        assert!(carried.texts.len() >= list(&row["plain"]["texts"]).len(), "{what}");
    }
    let readers: Vec<&Value> =
        ["trace", "now", "before"].iter().map(|key| &row[*key]).filter(|read| read["error"].is_null()).collect();
    sum.refused += 3 - readers.len() as u64;
    for read in &readers {
        let theirs = list(&read["sources"]);
        // The list of a consumer holds each address once.
        assert!(theirs.len() as u64 <= carried.sources, "{what}");
        let names = made.into_iter().flat_map(|made| made.sources.iter().flatten());
        for name in names.map(|name| address(name)).filter(|name| !name.is_empty()) {
            sum.sources += 1;
            let same = |theirs: &Value| {
                theirs.as_str().is_some_and(|theirs| theirs == name || theirs.ends_with(&format!("/{name}")))
            };
            assert!(theirs.iter().any(same), "{name}: {what}");
        }
        // No consumer sees a text that is not counted.
        let own: BTreeSet<(u64, u64)> = sizes(carried).into_iter().collect();
        for size in sized(&read["texts"]) {
            assert!(own.contains(&size), "{size:?}: {what}");
            sum.texts += 1;
        }
    }
    if readers.is_empty() {
        return;
    }
    let told = origins(bytes, spots);
    for (at, told) in told.iter().enumerate() {
        let place = |read: &Value| {
            let place = &read["places"][at];
            (!place.is_null() && place[0] != "")
                .then(|| (place[0].as_str().unwrap().to_owned(), place[1].as_u64().unwrap()))
        };
        let lines: Vec<Option<u64>> = readers.iter().map(|read| place(read).map(|(_, line)| line)).collect();
        // A source without a name becomes one with the name of its root, or of null, to others; the specification has none.
        if lines.windows(2).any(|pair| pair[0] != pair[1]) || told.is_none() && lines[0].is_some() && nameless {
            sum.moot += 1;
            continue;
        }
        assert_eq!(told.as_ref().map(|told| told.line), lines[0], "{:?}: {what}", spots[at]);
        sum.places += 1;
        sum.mapped += u64::from(told.is_some());
        let Some(own) = told.as_ref().map(|told| address(&told.source)).filter(|own| !own.is_empty()) else { continue };
        for read in &readers {
            let (theirs, _) = place(read).unwrap();
            assert!(theirs == own || theirs.ends_with(&format!("/{own}")), "{own}, {theirs}: {what}");
        }
    }
}

#[test]
fn others_read_the_same_in_made_up_maps() {
    let made: Vec<Made> = cases(2000).map(|mut case| maps::map(&mut case.dice)).collect();
    let all = made.iter().enumerate().map(|(at, made)| (name(at), (made.bytes.clone(), made.spots.clone())));
    let Some(read) = read_by_others(&all.collect()) else { return };
    let (_, rows) = audited(&made);
    let mut sum = Agreed::default();
    for row in read {
        let file = row["name"].as_str().unwrap();
        let made = &made[file.trim_end_matches(".map").parse::<usize>().unwrap()];
        assert!(row["error"].is_null(), "{row}");
        let Some(carried) = rows.get(file) else { continue };
        compare(&row, &carried[0], Some(made), &made.bytes, &made.spots, &mut sum);
    }
    println!("{sum:?}");
    let count = made.len() as u64;
    assert!(sum.maps > count * 9 / 10 && sum.sources > count && sum.texts > count && sum.mapped > count, "{sum:?}");
    assert!(sum.moot < sum.places / 20 && sum.refused < count / 5, "{sum:?}");
}

/// The map files of a package, and places in what they are about.
fn maps_of(package: &Path, dice: &mut Dice) -> BTreeMap<String, (Vec<u8>, Vec<Spot>)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(package).unwrap()));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let Some((_, path)) = path.split_once('/').filter(|(_, path)| path.ends_with(".map")) else { continue };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let Ok(map) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let mappings = map["mappings"].as_str().unwrap_or_default();
        let lines: Vec<&str> = mappings.split(';').collect();
        let mut spots: Vec<Spot> = Vec::new();
        for _ in 0..20 {
            let line = dice.below(lines.len() + 1);
            // Segments are some ten columns long in whatever a tool has made small.
            let wide = lines.get(line).map_or(10, |line| line.matches(',').count() * 10 + 40);
            spots.push((line as u32, dice.below(wide) as u32));
        }
        spots.sort_unstable();
        spots.dedup();
        found.insert(path.replace('/', "\u{1}"), (bytes, spots));
    }
    found
}

#[test]
fn others_read_the_same_in_real_maps() {
    let Some(corpus) = present(root().join("target/corpus"), "../shared/corpus/check fetches it") else { return };
    let mut packages: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    packages.retain(|path| path.extension().is_some_and(|ending| ending == "tgz"));
    packages.sort();
    let (mut sum, mut dice, mut counted) = (Agreed::default(), Dice::new(1), 0);
    for package in &packages {
        let mut maps = maps_of(package, &mut dice);
        if std::env::var_os("LASTLOOK_PROOF").is_none() {
            maps = maps.into_iter().filter(|_| dice.below(6) == 0).collect();
        }
        if maps.is_empty() {
            continue;
        }
        let Some(read) = read_by_others(&maps) else { return };
        let report = audit("real.tgz", &std::fs::read(package).unwrap());
        let rows = by_path(&report);
        for row in read {
            let file = row["name"].as_str().unwrap();
            let (bytes, spots) = &maps[file];
            let map: Value = serde_json::from_slice(bytes).unwrap();
            let seen = &rows.get(&file.replace('\u{1}', "/")).map(Vec::as_slice).unwrap_or_default();
            let [carried] = seen else { panic!("{} {file}: {} rows", package.display(), seen.len()) };
            let [sources, embedded, bytes_of, lines] = crate::conformance::counted(&map);
            assert_eq!(
                [carried.sources, carried.texts.len() as u64, carried.bytes(), carried.lines()],
                [sources, embedded, bytes_of, lines]
            );
            compare(&row, carried, None, bytes, spots, &mut sum);
            counted += 1;
        }
    }
    println!("{counted} maps of {} packages: {sum:?}", packages.len());
    assert!(
        counted > 200 && sum.mapped > counted && sum.refused < counted / 20 && sum.moot < sum.places / 20,
        "{sum:?}"
    );
}
