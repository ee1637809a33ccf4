//! Which strings are sources, and which their texts.

use super::*;

fn counts(text: &str) -> Vec<(usize, usize)> {
    let all = |draft: &Draft, of: fn(&super::super::fields::Part) -> usize| draft.parts.iter().map(of).sum();
    let sum = |draft: &Draft| (all(draft, |part| part.sources.len()), all(draft, |part| part.contents.len()));
    scan(text.as_bytes(), 0, &mut |_| ()).drafts.iter().map(sum).collect()
}

#[test]
fn every_text_that_ships_is_counted() {
    let twice = r#"{"version":3,"sources":["a"],"sourcesContent":["x"],"mappings":"","sourcesContent":["y","z",null]}"#;
    assert_eq!(counts(twice), [(1, 3)]);
    let escaped = r#"{"\u0073ources":["a"],"\u0073ourcesContent":["x"],"mappings":""}"#;
    assert_eq!(counts(escaped), [(1, 1)]);
}

#[test]
fn every_entry_of_the_sources_is_counted_whatever_it_is() {
    let text = r#"{"version":3,"sources":[3,{},[],null,"a"],"sourcesContent":["v","w","x","y","z"],"mappings":""}"#;
    assert_eq!(counts(text), [(5, 5)]);
}

#[test]
fn sections_of_any_depth_belong_to_one_map() {
    let inner = r#"{"version":3,"sources":["a","b"],"sourcesContent":["x",null],"mappings":"A"}"#;
    let middle = format!(r#"{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"map":{inner}}}]}}"#);
    let outer = format!(r#"{{"version":3,"sections":[{{"offset":{{}},"map":{middle}}},{{"map":{inner}}}]}}"#);
    assert_eq!(counts(&outer), [(4, 2)]);
}

#[test]
fn a_map_that_is_cut_short_keeps_its_text() {
    assert_eq!(counts(r#"{"version":3,"sources":["a"],"sourcesContent":["let x = 1;\nlet"#), [(1, 1)]);
    assert_eq!(counts(r#"{"version":3 "sources":["a" "b"] "sourcesContent":["x"],"mappings":"#), [(2, 1)]);
}

#[test]
fn other_json_is_no_map() {
    for text in [
        r#"{"name":"x","version":"1.0.0","sources":["a.c"]}"#,
        r#"{"mappings":{"properties":{}},"version":1}"#,
        r#"{"version":1,"sections":[{"title":"x","url":"/a"}]}"#,
        r#"["a","b"]"#,
        r#"{"sources":{"items":{"type":["x"]}},"sourcesContent":{"items":{"type":["string"]}},"mappings":{"type":"string"}}"#,
    ] {
        assert_eq!(counts(text), [], "{text}");
    }
}

#[test]
fn nesting_is_followed_to_a_limit() {
    assert!(scan("[".repeat(10_000).as_bytes(), 0, &mut |_| ()).too_deep);
    assert!(!scan("[".repeat(100).as_bytes(), 0, &mut |_| ()).too_deep);
}
