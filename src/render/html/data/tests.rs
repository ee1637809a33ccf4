//! The data of the page: its sums, what is folded, what is left out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::tests::report;
use super::super::tree::tests::map;
use super::*;

/// Files, lines and bytes below a list of children, own and of others, with what was folded.
fn sum(children: &Value, kinds: &Value) -> [u64; 6] {
    let mut sum = [0; 6];
    for child in children.as_array().unwrap() {
        let own = if child[0].is_u64() {
            std::array::from_fn(|at| child[at].as_u64().unwrap())
        } else if child[1].is_array() {
            self::sum(&child[1], kinds)
        } else {
            let (bytes, lines) = (child[1].as_u64().unwrap(), child[2].as_u64().unwrap());
            let kind = &kinds[usize::try_from(child[3].as_u64().unwrap()).unwrap()];
            if kind[2] == 1 { [0, 0, 0, 1, lines, bytes] } else { [1, lines, bytes, 0, 0, 0] }
        };
        (0..6).for_each(|at| sum[at] += own[at]);
    }
    sum
}

fn names() -> Vec<String> {
    (0..3000)
        .map(|at| match at % 3 {
            0 => format!("webpack://acme/./src/part{}/file{at}.ts", at % 40),
            1 => format!("../node_modules/package{}/index{at}.js", at % 100),
            _ => format!("./flat/</script><b>{at}"),
        })
        .collect()
}

#[test]
fn the_tree_adds_up_whole_or_folded() {
    let report = report(vec![map(&names())]);
    let total: u64 = (1..=3000).sum();
    let third: u64 = (1..=3000).filter(|at| (at - 1) % 3 == 1).sum();
    for room in [usize::MAX, 50_000, 20_000, 1000, 0] {
        let data = Data::within(&report, room, 0);
        let json: Value = serde_json::from_str(&data.json).unwrap();
        let artifact = &json["artifacts"][0];
        let sum = sum(&artifact["tree"], &artifact["kinds"]);
        assert_eq!(sum, [2000, 2000, total - third, 1000, 1000, third], "with room for {room}");
        assert!(!data.json.contains(['<', '>', '&']));
        assert!(data.json.len() <= room.saturating_add(300), "{} bytes with room for {room}", data.json.len());
        assert_eq!(data.folded[0] > 0, room != usize::MAX);
    }
}

#[test]
fn the_smallest_of_a_folder_are_folded() {
    let names: Vec<String> = (0..100).map(|at| format!("src/{at}.ts")).collect();
    let data = Data::within(&report(vec![map(&names)]), 300, 0);
    let json: Value = serde_json::from_str(&data.json).unwrap();
    let kept = json["artifacts"][0]["tree"][0][1].as_array().unwrap().clone();
    assert_eq!((kept[0][0].as_str(), kept[1][0].as_str()), (Some("99.ts"), Some("98.ts")));
    assert_eq!(kept.last().unwrap()[0], data.folded[0]);
    assert_eq!(kept.len() as u64 - 1 + data.folded[0], 100);
}

#[test]
fn excerpts_end_where_there_is_no_room() {
    let names = ["node_modules/x/a.js", "src/a.ts", "src/b.ts"].map(str::to_owned);
    let mut report = report(vec![map(&names)]);
    let texts = report.artifacts[0].carried[0].texts.clone();
    report.excerpts = texts.iter().map(|text| (text.digest, format!("</script>\u{202e}\n{}", text.name))).collect();
    let whole = Data::within(&report, TREES, EXCERPTS);
    let json: Value = serde_json::from_str(&whole.json).unwrap();
    assert_eq!(json["excerpts"].as_array().unwrap().len(), 3);
    assert_eq!((whole.unsaid, whole.json.contains('<')), (0, false));
    assert!(json["excerpts"][0].as_str().unwrap().starts_with("</script>\\u{202e}\n"));
    let short = Data::within(&report, TREES, 100);
    let json: Value = serde_json::from_str(&short.json).unwrap();
    let kept: Vec<_> = json["excerpts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert_eq!(short.unsaid, 1, "{kept:?}");
    assert!(kept.iter().all(|text| text.contains("src/")), "{kept:?}");
    report.excerpts = BTreeMap::new();
    assert!(Data::of(&report).json.ends_with("\"excerpts\":[]}"));
}
