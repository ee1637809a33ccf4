//! The HTML report: what is in the file, and what a browser makes of it.

use std::path::Path;
use std::process::Command;

use super::peers::present;
use super::{Bench, lastlook, make, root};

/// Opens a page in a browser and tries it; false where there is none.
fn opened(page: &Path, expected: &serde_json::Value) -> bool {
    let check = root().join("tests/html/check.mjs");
    let browser = std::env::var_os("CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), std::path::PathBuf::from);
    if present(browser).is_none() || present(check.with_file_name("node_modules")).is_none() {
        return false;
    }
    let wanted = page.with_extension("expected.json");
    std::fs::write(&wanted, expected.to_string()).unwrap();
    let output = Command::new("node").arg(check).arg(page).arg(wanted).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    true
}

#[test]
fn every_finding_stands_in_the_page_itself() {
    let bench = Bench::new();
    let page = bench.report("html");
    let mut shown: Vec<&str> =
        page.split("data-fingerprint=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut wanted: Vec<&str> = bench.rows.iter().map(|row| row.fingerprint.as_str()).collect();
    shown.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(shown, wanted);
    assert!(!page.contains("pwned=1//") && page.matches("<script").count() == 2, "only our own script and the data");
}

#[test]
fn text_is_shown_only_to_those_who_ask_and_secrets_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let token = ["ghp_", "0FyR5dZVZBCdtJBDf4lW7Vn1Gv5jVQ2Bo0mu"].concat();
    let source = format!("// the first line of it\nconst t = '{token}'\n");
    let map =
        serde_json::json!({"version": 3, "sources": ["src/a.ts"], "sourcesContent": [source], "mappings": "AAAA"});
    let map = serde_json::to_vec(&map).unwrap();
    std::fs::write(folder.path().join("a.tgz"), make::tgz([("a.js.map", map.as_slice())])).unwrap();
    let page = |more: &[&str]| {
        let args = [&["audit", "a.tgz", "--format", "html"], more].concat();
        String::from_utf8(lastlook(folder.path(), &args).stdout).unwrap()
    };
    let (without, with) = (page(&[]), page(&["--include-text"]));
    assert!(!without.contains("the first line of it"));
    assert!(with.contains("the first line of it"));
    assert!(!without.contains(&token) && !with.contains(&token));
    let refused = lastlook(folder.path(), &["audit", "a.tgz", "--include-text"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--output html="));
}

#[test]
fn a_browser_runs_nothing_of_what_is_hostile() {
    let bench = Bench::new();
    let page = bench.folder.path().join("hostile.html");
    let args = ["--include-text", "--output", "html=hostile.html"];
    lastlook(bench.folder.path(), &[&Bench::args("json"), &args[..]].concat());
    // Each of the 25 maps has a source of this name.
    opened(&page, &serde_json::json!({ "query": "pwned=1</script>", "count": 25, "total": 75, "maxMs": 5000 }));
}

#[test]
fn a_large_map_is_a_small_page() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("leak.tgz"), make::leak()).unwrap();
    let output = lastlook(folder.path(), &["audit", "leak.tgz", "--format", "json", "--output", "html=leak.html"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let total = report["artifacts"][0]["exposure"]["embedded"].as_u64().unwrap();
    let page = folder.path().join("leak.html");
    let size = std::fs::metadata(&page).unwrap().len();
    assert!(size < 2_000_000, "{size} bytes");
    // How fast it opens is for a benchmark to say; four of five sources are of the language that is searched for.
    opened(&page, &serde_json::json!({ "query": ".ts", "count": total * 4 / 5, "total": total, "maxMs": 10_000 }));
}
