//! The conformance cases of ECMA-426, for what lastlook claims to read: sources, their texts, and original lines.

use std::path::{Path, PathBuf};

use lastlook::inspect::map::origins;
use lastlook::model::Report;
use serde_json::Value;

use crate::bench::{audit, has, present, root};

fn suite() -> Option<PathBuf> {
    present(root().join("../shared/corpus/source-map-tests"), "the project's shared folder holds it")
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// The cases by name: whether the map is valid, its bytes, and what is asked of it.
fn cases(suite: &Path) -> Vec<(String, bool, Vec<u8>, Vec<Value>)> {
    let index = json(&suite.join("source-map-spec-tests.json"));
    let case = |test: &Value| {
        let file = suite.join("resources").join(test["sourceMapFile"].as_str().unwrap());
        let actions = test["testActions"].as_array().cloned().unwrap_or_default();
        let valid = test["sourceMapIsValid"].as_bool().unwrap();
        (test["name"].as_str().unwrap().to_owned(), valid, std::fs::read(file).unwrap(), actions)
    };
    index["tests"].as_array().unwrap().iter().map(case).collect()
}

/// Sources, texts, bytes and lines, as a JSON parser sees them: in the map itself and in sections of any depth.
pub fn counted(map: &Value) -> [u64; 4] {
    let list = |key: &str| map[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = || list("sourcesContent").iter().filter_map(Value::as_str);
    let lines = |text: &str| text.matches('\n').count() + usize::from(!text.is_empty() && !text.ends_with('\n'));
    let bytes: usize = texts().map(str::len).sum();
    let lines: usize = texts().map(lines).sum();
    let mut sum = [list("sources").len() as u64, texts().count() as u64, bytes as u64, lines as u64];
    for section in list("sections") {
        let inner = counted(&section["map"]);
        sum.iter_mut().zip(inner).for_each(|(sum, inner)| *sum += inner);
    }
    sum
}

/// The same, as lastlook counts them.
fn seen(report: &Report) -> [u64; 4] {
    let sum = report.artifacts[0].exposure;
    [sum.sources, sum.embedded, sum.bytes, sum.lines]
}

#[test]
fn sources_and_texts_are_counted_in_valid_maps_and_in_others() {
    let Some(suite) = suite() else { return };
    let (mut valid, mut others, mut refused) = (0, 0, Vec::new());
    for (name, is_valid, bytes, _) in cases(&suite) {
        let report = audit("a.js.map", &bytes);
        // A text where a list of texts belongs is nothing to a parser, and ships all the same.
        let expected = if name == "sourcesContentNotAList1" {
            [1, 1, 10, 1]
        } else {
            counted(&serde_json::from_slice(&bytes).unwrap())
        };
        assert_eq!(seen(&report), expected, "{name}");
        // An index map without a section, and what holds no list of sections, give nothing away.
        let nothing = ["indexMapEmptySections", "indexMapWrongTypeSections"].contains(&name.as_str());
        assert_eq!(report.artifacts[0].exposure.maps, u64::from(!nothing), "{name}");
        *if is_valid { &mut valid } else { &mut others } += 1;
        if has(&report, "map/unreadable") {
            assert!(!is_valid, "{name}");
            refused.push(name);
        }
    }
    assert_eq!((valid, others), (32, 67));
    // Whether mappings hold together is not asked where nothing has to be looked up.
    let no_map = [
        "mappingsMissing",
        "sourcesMissing",
        "sourcesNotAList1",
        "sourcesNotAList2",
        "sourcesNotStringOrNull",
        "invalidMappingNotAString1",
        "invalidMappingNotAString2",
    ];
    assert_eq!(refused, no_map);
}

#[test]
fn places_are_traced_to_the_sources_and_lines_that_the_specification_names() {
    let Some(suite) = suite() else { return };
    let (mut places, mut lists, mut chains) = (0, 0, 0);
    for (name, _, bytes, actions) in cases(&suite) {
        for action in actions {
            let number = |key: &str| u32::try_from(action[key].as_u64().unwrap()).unwrap();
            match action["actionType"].as_str().unwrap() {
                "checkMapping" => {
                    places += 1;
                    let spot = (number("generatedLine"), number("generatedColumn"));
                    let told = origins(&bytes, &[spot]).remove(0).map(|origin| (origin.source, origin.line));
                    let source = action["originalSource"].as_str();
                    let expected = source.map(|source| (source.to_owned(), u64::from(number("originalLine")) + 1));
                    assert_eq!(told, expected, "{name} {spot:?}");
                }
                "checkIgnoreList" => {
                    lists += 1;
                    let ignored = action["present"].as_array().unwrap().len() as u64;
                    assert_eq!(audit("a.js.map", &bytes).artifacts[0].exposure.third_party, ignored, "{name}");
                }
                // A map is followed to what it names, and not through the map of that: lastlook says so nowhere.
                "checkMappingTransitive" => chains += 1,
                other => panic!("{other} is asked"),
            }
        }
    }
    assert_eq!((places, lists, chains), (77, 1, 16));
}

#[test]
fn decoded_records_have_the_sources_that_are_seen() {
    let Some(suite) = suite() else { return };
    let (mut records, mut loose) = (0, Vec::new());
    for folder in ["scopes", "debug-id"] {
        for entry in std::fs::read_dir(suite.join("decoding").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "map") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let (report, name) = (audit("a.js.map", &bytes), path.file_name().unwrap().to_str().unwrap().to_owned());
            let strict = serde_json::from_slice::<Value>(&bytes);
            assert_eq!(has(&report, "map/unreadable"), strict.is_err(), "{name}");
            // Two files of the suite have commas too many, and a record of them has, too.
            let golden = std::fs::read_to_string(path.with_extension("map.golden")).unwrap();
            let golden: String = golden.split_whitespace().collect::<Vec<_>>().concat().replace(",}", "}");
            let golden: Value = serde_json::from_str(&golden).unwrap();
            let sources = golden["sources"].as_array().unwrap();
            assert_eq!(report.artifacts[0].exposure.maps, 1, "{name}");
            let row = &report.artifacts[0].carried[0];
            let urls: Vec<&str> = sources.iter().map(|source| source["url"].as_str().unwrap_or_default()).collect();
            assert_eq!(
                (row.names.iter().map(String::as_str).collect::<Vec<_>>(), row.texts.len()),
                (urls, 0),
                "{name}"
            );
            let ignored = sources.iter().filter(|source| source["ignored"] == true).count() as u64;
            assert_eq!((row.sources, row.third_party), (sources.len() as u64, ignored), "{name}");
            records += 1;
            loose.extend(strict.is_err().then_some(name));
        }
    }
    loose.sort();
    assert_eq!(
        (records, loose),
        (12, ["debug-id-index-section.map", "debug-id-index.map"].map(str::to_owned).to_vec())
    );
}
