//! Names and texts that try to be more than names and texts, and every format shown them.

use std::path::Path;

use super::{Bench, FORMATS, make};

/// What a name may try: markup, commands of a log, marks of Markdown, links, marks that turn text around.
pub const NAMES: [&str; 12] = [
    "<img src=x onerror=window.pwned=1>.map",
    "\"onmouseover=window.pwned=1 x=\".map",
    "script>window.pwned=1<!--.map",
    "]]><pwned/>.map",
    "::stop-commands::pwned.map",
    "::error file=x,line=1::pwned.map",
    "a##[add-path]pwned.map",
    "|pwned| [pwned](https:evil.example) **b**.map",
    "@pwned-team #1 www.evil.example.map",
    "gnp.\u{202e}spj.map",
    "a,title=pwned%0A::error::pwned.map",
    "naïve 日本.map",
];

fn map(name: &str) -> Vec<u8> {
    let sources = [name.to_owned(), format!("src/{name}"), "</script><script>window.pwned=1</script>".to_owned()];
    let texts = ["</script><script>window.pwned=1</script>\n", "\u{2028}`${window.pwned=1}`\n", "<!-- --><pwned>"];
    serde_json::to_vec(&serde_json::json!({
        "version": 3, "sources": sources, "sourcesContent": texts, "names": [], "mappings": "",
    }))
    .unwrap()
}

/// Three artifacts and a policy: blocked with exceptions, open with notes, cut short.
pub fn artifacts(folder: &Path) {
    let token = ["AKIA", "QYLPMN5HFXW7VWN2"].concat();
    let script = format!("a('{token}')\n");
    let mut files: Vec<(String, Vec<u8>)> = NAMES.map(|name| (format!("maps/{name}"), map(name))).into();
    files.extend(NAMES.map(|name| (name.to_owned(), map(name))));
    let manifest = r#"{"name":"@acme/<b>host|ile</b>","version":"1.0.0"}"#;
    files.push(("package.json".to_owned(), manifest.into()));
    files.push(("app.js".to_owned(), script.clone().into()));
    files.push(("again.js".to_owned(), script.into()));
    files.push(("waived.js.map".to_owned(), map("waived")));
    let files = files.iter().map(|(name, body)| (name.as_str(), body.as_slice()));
    std::fs::write(folder.join("hostile.tgz"), make::tgz(files)).unwrap();
    let manifest = &br#"{"name":"open","version":"2.0.0"}"#[..];
    let (own, test) = (map("open.ts"), b"it()\n");
    let open = [("package.json", manifest), ("open.js.map", &own), ("test/a.test.js", test), (".DS_Store", b"x")];
    std::fs::write(folder.join("open.tgz"), make::tgz(open)).unwrap();
    let mut cut = make::sample();
    cut.truncate(cut.len() / 2);
    std::fs::write(folder.join("cut.tgz"), cut).unwrap();
    let policy = r#"
[[package]]
name = "open"
profile = "open"
[[allow]]
rule = "map/embedded-sources"
path = "waived.js.map"
reason = "<b>public</b> | anyway"
[[allow]]
rule = "path/ci"
path = "nowhere"
reason = "covers nothing"
"#;
    std::fs::write(folder.join("lastlook.toml"), policy).unwrap();
}

#[test]
fn every_format_names_every_finding() {
    let bench = Bench::new();
    for format in FORMATS {
        let text = bench.report(format);
        for row in &bench.rows {
            // People are told how many the profile allows, and every other format names them.
            if format != "human" || row.level != "allow" {
                assert!(text.contains(&row.rule), "{format} lacks {row:?}");
            }
        }
    }
}

#[test]
fn a_log_of_a_workflow_holds_no_command_but_ours() {
    let bench = Bench::new();
    let mut annotations = 0;
    for line in bench.report("github").lines() {
        assert!(!line.contains("##["), "{line}");
        let Some(command) = line.trim_start().strip_prefix("::") else { continue };
        let (name, rest) = command.split_once("::").unwrap();
        match name.split(' ').next().unwrap() {
            "error" | "warning" => {
                annotations += 1;
                // No name has added a property.
                let keys: Vec<&str> =
                    name.split_once(' ').unwrap().1.split(',').map(|pair| pair.split('=').next().unwrap()).collect();
                assert!(matches!(keys.as_slice(), ["file", "title"] | ["file", "line", "title"]), "{line}");
                assert!(rest.contains("%0AFix: "), "{line}");
            }
            "group" | "endgroup" => {}
            other => panic!("{other}: {line}"),
        }
    }
    let loud = bench.rows.iter().filter(|row| !row.waived && row.level != "allow").count();
    assert_eq!(annotations, loud);
    // What people read is printed by steps of workflows too.
    for line in bench.report("human").lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
    }
}

#[test]
fn markdown_has_a_row_for_each_finding_and_no_mark_of_others() {
    let bench = Bench::new();
    let text = bench.report("markdown");
    let rules: std::collections::BTreeSet<&str> = bench.rows.iter().map(|row| row.rule.as_str()).collect();
    let shown = text.lines().filter(|line| {
        let cells: Vec<&str> = line.split(" | ").collect();
        let first = cells[0].trim_start_matches("| ");
        rules.contains(first) && cells.len() == 3
    });
    assert_eq!(shown.count(), bench.rows.len());
    for mark in ["<img", "<script", "<b>", "<pwned", "[pwned]", "@pwned", "**b**", "www.evil", "https://", "\u{202e}"] {
        assert!(!text.contains(mark), "{mark}");
    }
}

/// Wherever it stands, in a name or in what a name is made of.
#[test]
fn no_format_prints_a_secret_that_is_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let token = ["AKIA", "QYLPMN5HFXW7VWN2"].concat();
    let own = format!("{token}/deep/{token}.ts");
    let map = serde_json::json!({
        "version": 3, "sources": [own, "src/a.ts"], "sourcesContent": ["a\n", "b\n"], "names": [], "mappings": "",
    });
    let manifest = format!(r#"{{"name":"{token}","version":"1.0.0-{token}"}}"#);
    let (map, loose) = (serde_json::to_vec(&map).unwrap(), format!("{token}/raw.ts"));
    let files = [("package.json", manifest.as_bytes()), ("a.js.map", &map), (loose.as_str(), &b"let a: number\n"[..])];
    let target = format!("{token}.tgz");
    std::fs::write(folder.path().join(&target), make::tgz(files)).unwrap();
    let policy = format!("[[allow]]\nrule = \"path/ci\"\npath = \"{token}\"\nreason = \"{token}\"\n");
    std::fs::write(folder.path().join("lastlook.toml"), policy).unwrap();
    for format in FORMATS {
        let missing = format!("html={token}/no/folder.html");
        let args = ["audit", &target, "--all", "--explain-exceptions", "--format", format, "--output", &missing];
        let output = super::lastlook(folder.path(), &args);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            assert!(!text.is_empty() && !text.contains(&token), "{format}: {text}");
        }
    }
}

#[test]
fn json_names_exactly_and_obeys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let name = "x##[stop-commands]t \u{9b}2J \u{202e}y.map";
    std::fs::write(folder.path().join("a.tgz"), make::tgz([(name, map("a").as_slice())])).unwrap();
    for format in ["json", "sarif"] {
        let output = super::lastlook(folder.path(), &["audit", "a.tgz", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("##[") && !text.contains(['\u{9b}', '\u{202e}']), "{format}");
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let named = report["artifacts"][0]["findings"].as_array().map(|all| all.iter().any(|one| one["path"] == name));
        assert!(named.unwrap_or(format == "sarif"), "{format}");
    }
}

/// What many files have in common is told once in each, and not all of them in all.
#[test]
fn a_small_archive_makes_no_large_report() {
    let folder = tempfile::tempdir().unwrap();
    let variant = |number: u32| {
        let letters = "abcdefghijkl".chars().enumerate();
        let name: String =
            letters.map(|(at, c)| if number >> at & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect();
        format!("{name}.js")
    };
    let names: Vec<String> = (0..3000).map(variant).collect();
    let manifest = format!(r#"{{"name":"a","version":"{}"}}"#, ".".repeat(500_000));
    let files = names.iter().map(|name| (name.as_str(), &b"x"[..]));
    let files = files.chain([("package.json", manifest.as_bytes())]);
    std::fs::write(folder.path().join("a.tgz"), make::tgz(files)).unwrap();
    for format in FORMATS {
        let started = std::time::Instant::now();
        let output = super::lastlook(folder.path(), &["audit", "a.tgz", "--all", "--format", format]);
        assert!(output.stdout.len() < 12 << 20, "{format}: {} bytes", output.stdout.len());
        // A second would do; what was quadratic took half a minute.
        assert!(started.elapsed().as_secs() < 15, "{format}: {:?}", started.elapsed());
    }
}
