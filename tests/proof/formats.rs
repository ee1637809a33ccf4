//! Made-up reports whose every text is hostile, written in each format and read back by what others wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use lastlook::model::{
    ArtifactReport, Carried, Carrier, Exposure, Finding, Integrity, Kind, Level, Origin, Package, Place, PolicyNote,
    Position, Profile, Report, Rule, Ruling, Text, Verdict, Waiver,
};
use lastlook::render::{Format, escape};
use serde_json::Value;

use crate::bench::{cases, one_of, present, rendered, root, rules};
use crate::make::Dice;

/// What a text may try: markup, ends of what it stands in, commands of a log, links, marks that nobody sees.
const PIECES: &[&str] = &[
    "a",
    "b.js",
    "/",
    "src",
    "é",
    "日本",
    "😀",
    " ",
    "  ",
    "::",
    "::error file=x,line=1::",
    "##[error]",
    "##[",
    "%0A",
    "%",
    "%25",
    "\n",
    "\r\n",
    "\t",
    "|",
    "\\|",
    "\\",
    "`",
    "``",
    "```\n",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "--!>",
    "<img src=x onerror=pwned()>",
    "]]>",
    "<![CDATA[",
    "<?xml?>",
    "<!DOCTYPE a>",
    "&amp;",
    "&#x41;",
    "&lt",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "[x](y)",
    "![i](//e.example)",
    "[x]: //e.example",
    "*",
    "**",
    "_",
    "~~",
    "#",
    "# ",
    "@team",
    "GH-1",
    "#12",
    "http://e.example",
    "https://e.example/a?b",
    "www.e.example",
    "a@b.example",
    "mailto:a@b.example",
    "\u{202e}",
    "\u{200b}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{1b}]0;x\u{7}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{ffff}",
    "\u{fffe}",
    "\u{fffd}",
    "\u{e0041}",
    "\u{9b}2J",
    "- ",
    "+ ",
    "1. ",
    "> ",
    "    ",
    "---",
    "|---|",
    ":tada:",
    "${{ x }}",
    "{{x}}",
    "<details>",
    "</details>",
    "</code>",
    "</li>",
    "</title>",
    "<br>",
    "<b",
    "\u{a0}",
    ",",
    ":",
    "!",
    ";",
    "(",
    ")",
    "</table>",
    "<svg/onload=x>",
    "javascript:x",
    "0",
    "9",
    "-",
    "+",
    "~",
    "^",
    "$",
    "\u{301}",
    "\u{7f}",
    "\u{d7ff}",
];

fn hostile(dice: &mut Dice) -> String {
    let count = dice.below(9);
    (0..count).map(|_| one_of(dice, PIECES)).collect()
}

/// The same, and never nothing.
fn some(dice: &mut Dice) -> String {
    hostile(dice) + one_of(dice, &["x", "x.js", "é"])
}

fn place(dice: &mut Dice) -> Place {
    if dice.below(10) == 0 {
        return Place::whole();
    }
    let inside = (0..[0, 0, 1, 2][dice.below(4)]).map(|_| some(dice)).collect();
    let position = (dice.below(2) == 0).then(|| Position { line: 1 + dice.below(99) as u64, column: 1 });
    Place { path: some(dice), inside, position }
}

fn ruling(number: usize, dice: &mut Dice) -> Ruling {
    let all: Vec<&Rule> = rules().book().iter().collect();
    // Those of a few rules stand together.
    let few = if dice.below(3) > 0 { &all[..4] } else { &all[..] };
    let mut finding = Finding::new(&one_of(dice, few).id, place(dice), some(dice));
    finding.unread = dice.below(9) == 0;
    finding.origin = (dice.below(6) == 0).then(|| Origin { source: some(dice), line: 7 });
    let also = (0..[0, 0, 0, 1, 3][dice.below(5)]).map(|_| place(dice)).collect();
    let waived = (dice.below(5) == 0).then(|| Waiver { reason: some(dice), expires: None, line: 3 });
    let level = one_of(dice, &[Level::Allow, Level::Warn, Level::Deny]);
    let fingerprint = format!("{number:032x}");
    Ruling { finding, also, level, help: some(dice), fingerprint, waived }
}

fn artifact(dice: &mut Dice) -> ArtifactReport {
    let rulings: Vec<Ruling> = (0..dice.below(12)).map(|number| ruling(number, dice)).collect();
    let text = |dice: &mut Dice| Text {
        name: hostile(dice),
        third_party: false,
        lines: 1,
        bytes: 2,
        digest: [dice.below(9) as u8; 16],
    };
    let carried: Vec<Carried> = (0..dice.below(3))
        .map(|_| {
            let texts = (0..dice.below(4)).map(|_| text(dice)).collect();
            Carried {
                path: some(dice),
                inside: vec![],
                carrier: Carrier::File,
                sources: 4,
                third_party: 0,
                texts,
                names: vec![hostile(dice)],
            }
        })
        .collect();
    let package =
        (dice.below(3) > 0).then(|| Package { name: some(dice), version: (dice.below(2) == 0).then(|| hostile(dice)) });
    ArtifactReport {
        name: some(dice),
        kind: Kind::Tgz,
        size: 1,
        integrity: Some(Integrity::of(b"")),
        package,
        profile: Profile::Closed,
        verdict: Verdict::of(&rulings, Level::Deny),
        files: 3,
        bytes: 4,
        exposure: Exposure::of(&carried, &BTreeSet::new()),
        carried,
        loose: vec![],
        listing: vec![],
        since: None,
        home: (dice.below(6) == 0).then(|| some(dice)),
        rulings,
    }
}

fn report(dice: &mut Dice) -> Report {
    let artifacts = (0..1 + dice.below(3)).map(|_| artifact(dice)).collect();
    let policy = PolicyNote { profile: Profile::Closed, source: some(dice), digest: "sha256:00".to_owned() };
    Report { policy, fail_on: Level::Deny, exceptions: vec![], artifacts, excerpts: BTreeMap::new() }
}

fn all(report: &Report) -> impl Iterator<Item = (&ArtifactReport, &Ruling)> {
    report.artifacts.iter().flat_map(|artifact| artifact.rulings.iter().map(move |ruling| (artifact, ruling)))
}

/// Where a finding is, in words; the artifact itself has its name.
fn placed(artifact: &ArtifactReport, place: &Place) -> String {
    if place.path.is_empty() { artifact.name.clone() } else { place.to_string() }
}

/// What is said behind the message.
fn whence(ruling: &Ruling) -> String {
    let mut text = String::new();
    if let Some(origin) = &ruling.finding.origin {
        text += &format!(" (from {}:{})", origin.source, origin.line);
    }
    if let Some(first) = ruling.also.first() {
        text += &format!("; also in {first}");
        if ruling.also.len() > 1 {
            text +=
                &format!(" and {} place{} more", ruling.also.len() - 1, if ruling.also.len() > 2 { "s" } else { "" });
        }
    }
    text
}

/// Compares rows, in whatever order they come.
#[track_caller]
fn same_rows<T: Ord + std::fmt::Debug>(theirs: impl IntoIterator<Item = T>, own: impl IntoIterator<Item = T>) {
    let sorted = |rows: Vec<T>| {
        let mut rows = rows;
        rows.sort();
        rows
    };
    let (theirs, own) = (sorted(theirs.into_iter().collect()), sorted(own.into_iter().collect()));
    for (theirs, own) in theirs.iter().zip(&own) {
        assert_eq!(theirs, own);
    }
    assert_eq!(theirs.len(), own.len());
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[test]
fn json_and_sarif_hold_every_finding_and_every_name() {
    for mut case in cases(150) {
        let report = report(&mut case.dice);
        let json = rendered(&report, Format::Json);
        assert!(!json.contains("##[") && !json.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{200b}', '\u{2028}']));
        let json: Value = serde_json::from_str(&json).unwrap();
        for (artifact, read) in report.artifacts.iter().zip(json["artifacts"].as_array().unwrap()) {
            assert_eq!(
                (&text(&read["name"]), text(&read["verdict"])),
                (&artifact.name, artifact.verdict.word().to_owned())
            );
            for (ruling, read) in artifact.rulings.iter().zip(read["findings"].as_array().unwrap()) {
                let finding = &ruling.finding;
                let inside: Vec<String> = read["inside"].as_array().unwrap().iter().map(text).collect();
                let place = (text(&read["path"]), inside, read["line"].as_u64());
                let own = finding.place.clone();
                assert_eq!(place, (own.path, own.inside, own.position.map(|at| at.line)));
                let words = ["rule", "level", "message", "help", "fingerprint"].map(|key| text(&read[key]));
                let own =
                    [finding.rule.as_str(), ruling.level.word(), &finding.message, &ruling.help, &ruling.fingerprint];
                assert_eq!(words, own.map(str::to_owned));
                assert_eq!(
                    read["waived"]["reason"].as_str(),
                    ruling.waived.as_ref().map(|waiver| waiver.reason.as_str())
                );
            }
            assert_eq!(read["findings"].as_array().unwrap().len(), artifact.rulings.len());
        }
        let sarif: Value = serde_json::from_str(&rendered(&report, Format::Sarif)).unwrap();
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap();
        let theirs = results.iter().map(|row| {
            let rule = text(&run["tool"]["driver"]["rules"][row["ruleIndex"].as_u64().unwrap() as usize]["id"]);
            assert_eq!(text(&row["ruleId"]), rule);
            let uri = text(&row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]);
            assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
            let waived = row["suppressions"].as_array().unwrap().len() == 1;
            let message = text(&row["message"]["text"]);
            // A link of SARIF has its words in brackets, which a backslash makes plain.
            assert!(!message.replace("\\]", "").contains("]("), "{message}");
            let print = text(&row["partialFingerprints"]["lastlook/v1"]);
            (rule, text(&row["properties"]["level"]), print, waived, message)
        });
        let own = all(&report).map(|(artifact, ruling)| {
            let finding = &ruling.finding;
            let place = if finding.place == Place::whole() { artifact.name.clone() } else { finding.place.to_string() };
            let words = escape(&format!("{place}: {}. Fix: {}", finding.message, ruling.help));
            let words = if words.contains("](") { words.replace('[', "\\[").replace(']', "\\]") } else { words };
            (
                finding.rule.to_string(),
                ruling.level.word().to_owned(),
                ruling.fingerprint.clone(),
                ruling.waived.is_some(),
                words,
            )
        });
        same_rows(theirs, own);
    }
}

/// What a runner of workflows makes of a line, if it is a command: its name, its properties, its text.
fn command(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, list) = head.split_once(' ').unwrap_or((head, ""));
    let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim().to_owned(), plain(&value.replace("%3A", ":").replace("%2C", ","))))
    };
    Some((name.to_owned(), list.split(',').filter_map(pair).collect(), plain(data)))
}

#[test]
fn annotations_are_those_of_the_findings() {
    for mut case in cases(150) {
        let report = report(&mut case.dice);
        let written = rendered(&report, Format::Github);
        assert!(!written.contains("##["));
        let mut theirs = Vec::new();
        let (mut quiet, mut open) = (0, false);
        for line in written.lines() {
            match command(line) {
                Some((name, _, _)) if name == "group" => open = true,
                Some((name, _, _)) if name == "endgroup" => open = false,
                Some((name, own, data)) => {
                    assert!(["error", "warning"].contains(&name.as_str()), "{line}");
                    let keys: Vec<&str> = own.keys().map(String::as_str).collect();
                    assert!(matches!(keys.as_slice(), ["file", "title"] | ["file", "line", "title"]), "{line}");
                    theirs.push((name, own["file"].clone(), own.get("line").cloned(), own["title"].clone(), data));
                }
                None => quiet += usize::from(open),
            }
        }
        let loud = |(_, ruling): &(&ArtifactReport, &Ruling)| ruling.waived.is_none() && ruling.level > Level::Allow;
        let own = all(&report).filter(loud).map(|(artifact, ruling)| {
            let finding = &ruling.finding;
            let name = if finding.unread || ruling.level == Level::Deny { "error" } else { "warning" };
            let home = artifact.home.as_ref().map(|home| format!("{home}/")).unwrap_or_default();
            let Place { path, inside, position } = &finding.place;
            let file = if path.is_empty() { artifact.name.clone() } else { format!("{home}{path}") };
            let line = position.filter(|_| inside.is_empty()).map(|at| at.line.to_string());
            let title = escape(&format!("{} in {}", finding.rule, artifact.title()));
            let what = format!("{}: {}{}", placed(artifact, &finding.place), finding.message, whence(ruling));
            (name.to_owned(), escape(&file), line, title, format!("{}\nFix: {}", escape(&what), escape(&ruling.help)))
        });
        same_rows(theirs, own);
        assert_eq!(quiet, all(&report).filter(|one| !loud(one)).count());
    }
}

#[test]
fn people_are_told_each_finding_in_a_line_of_its_own() {
    for mut case in cases(150) {
        let report = report(&mut case.dice);
        let written = rendered(&report, Format::Human);
        assert!(!written.contains("##[") && written.lines().all(|line| !line.trim_start().starts_with("::")));
        assert!(written.chars().all(|c| c == '\n' || !c.is_control()), "{written:?}");
        let (mut theirs, mut excepted, mut group) = (Vec::new(), 0, None);
        for line in written.lines() {
            let begins = ["deny", "warn"]
                .into_iter()
                .find_map(|word| Some((word, line.strip_prefix("  ")?.strip_prefix(word)?.strip_prefix("  ")?)));
            if let Some((level, rule)) = begins {
                group = Some((level.to_owned(), rule.split("   ").next().unwrap().to_owned()));
            } else if let (Some((level, rule)), Some(rest)) = (&group, line.strip_prefix("        ")) {
                if !rest.starts_with("fix ") {
                    theirs.push((level.clone(), rule.clone(), rest.to_owned()));
                }
            } else {
                group = None;
                excepted += usize::from(line.starts_with("  ok    "));
            }
        }
        let loud = all(&report).filter(|(_, ruling)| ruling.waived.is_none() && ruling.level > Level::Allow);
        let own = loud.map(|(artifact, ruling)| {
            let finding = &ruling.finding;
            let place = if finding.place == Place::whole() { artifact.name.clone() } else { finding.place.to_string() };
            let what = format!("{}: {}{}", escape(&place), escape(&finding.message), escape(&whence(ruling)));
            (ruling.level.word().to_owned(), finding.rule.to_string(), what)
        });
        same_rows(theirs, own);
        assert_eq!(excepted, all(&report).filter(|(_, ruling)| ruling.waived.is_some()).count());
    }
}

/// What the readers of others see in each of these.
fn read_back(reports: &[(&str, String)]) -> Option<Vec<Value>> {
    let peers = root().join("tests/proof/peers");
    present(peers.join("node_modules"), ".ci/peers installs it")?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reports.json");
    std::fs::write(&file, serde_json::to_vec(reports).unwrap()).unwrap();
    let output = Command::new("node").arg(peers.join("reports.mjs")).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Some(lines.map(|line| serde_json::from_slice(line).unwrap()).collect())
}

/// All reports in a format, and what is read in each.
fn read_all(format: Format, count: u64) -> Option<Vec<(Report, Value)>> {
    let reports: Vec<Report> = cases(count).map(|mut case| report(&mut case.dice)).collect();
    let written: Vec<(&str, String)> = reports.iter().map(|report| (format.word(), rendered(report, format))).collect();
    let read = read_back(&written)?;
    assert_eq!(read.len(), reports.len());
    Some(reports.into_iter().zip(read).collect())
}

#[test]
fn an_xml_parser_reads_every_finding() {
    let Some(all_of_them) = read_all(Format::Junit, 150) else { return };
    let xml = |text: &str| escape(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    for (report, read) in all_of_them {
        let cases: Vec<&Value> =
            read["cases"].as_array().unwrap().iter().filter(|case| case["classname"] != "lastlook").collect();
        let theirs = cases.iter().map(|case| {
            let own = |key: &str| text(&case["own"][key]);
            (
                text(&case["classname"]),
                own("level"),
                own("fingerprint"),
                text(&case["name"]),
                text(&case["file"]),
                text(&case["ended"]),
            )
        });
        let own = all(&report).map(|(artifact, ruling)| {
            let finding = &ruling.finding;
            let place = placed(artifact, &finding.place);
            let home = artifact.home.as_ref().map(|home| format!("{home}/")).unwrap_or_default();
            let file = if finding.place.path.is_empty() {
                artifact.name.clone()
            } else {
                format!("{home}{}", finding.place.path)
            };
            let ended = match Verdict::on(ruling, Level::Deny) {
                Verdict::Clear if ruling.waived.is_some() => "skipped",
                Verdict::Clear => "system-out",
                Verdict::Blocked => "failure",
                Verdict::Incomplete => "error",
            };
            let name = xml(&format!("{place}: {}", finding.message));
            (
                finding.rule.to_string(),
                ruling.level.word().to_owned(),
                ruling.fingerprint.clone(),
                name,
                xml(&file),
                ended.to_owned(),
            )
        });
        same_rows(theirs, own);
        for (at, (artifact, suite)) in report.artifacts.iter().zip(read["suites"].as_array().unwrap()).enumerate() {
            assert_eq!(text(&suite["name"]), xml(&artifact.title()));
            let ended = |word: &str| {
                read["cases"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|case| case["suite"] == at && (word.is_empty() || case["ended"] == word))
                    .count()
            };
            let counted = ["", "failure", "error", "skipped"].map(ended);
            assert_eq!(suite["counts"], serde_json::json!(counted));
        }
    }
}

/// Blanks as a page shows them.
fn shown(text: &str) -> String {
    text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_reader_of_markdown_shows_every_finding_and_no_mark_of_others() {
    let Some(all_of_them) = read_all(Format::Markdown, 150) else { return };
    let own_marks = [
        "br", "code", "details", "h2", "h3", "li", "p", "strong", "sub", "summary", "table", "tbody", "td", "td align",
        "th", "th align", "thead", "tr", "ul",
    ];
    for (report, read) in all_of_them {
        for mark in read["marks"].as_array().unwrap() {
            assert!(own_marks.contains(&mark.as_str().unwrap()), "{mark}\n{}", rendered(&report, Format::Markdown));
        }
        let rows = read["rows"].as_array().unwrap();
        let theirs = rows.iter().map(|row| {
            assert_eq!(row.as_array().unwrap().len(), 4, "{row}");
            [0, 1, 2, 3].map(|at| shown(&text(&row[at])))
        });
        let own = all(&report).map(|(artifact, ruling)| {
            let finding = &ruling.finding;
            let group = match (&ruling.waived, ruling.level) {
                (Some(_), _) => "Excepted",
                (None, Level::Deny) => "Denied",
                (None, Level::Warn) => "Warnings",
                (None, Level::Allow) => "Allowed by the profile",
            };
            let excepted =
                ruling.waived.as_ref().map(|waiver| format!(" (excepted: {})", waiver.reason)).unwrap_or_default();
            let what = escape(&format!("{}{}{excepted}", finding.message, whence(ruling)));
            // What is no character is shown as none.
            let shown = |text: &str| shown(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
            [
                group.to_owned(),
                finding.rule.to_string(),
                shown(&escape(&placed(artifact, &finding.place))),
                shown(&what),
            ]
        });
        same_rows(theirs, own);
    }
}

#[test]
fn a_parser_of_pages_finds_every_finding_and_no_element_of_others() {
    let Some(all_of_them) = read_all(Format::Html, 60) else { return };
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for (report, read) in all_of_them {
        let theirs = read["rows"].as_array().unwrap().iter().map(|row| {
            let words = ["rule", "level", "fingerprint", "place"].map(|key| text(&row[key]));
            (words, text(&row["message"]), row["waived"] == true, row["unread"] == true)
        });
        let own = all(&report).map(|(_, ruling)| {
            let finding = &ruling.finding;
            let words =
                [finding.rule.as_str(), ruling.level.word(), &ruling.fingerprint, &escape(&finding.place.to_string())];
            let message = escape(&finding.message) + if finding.unread { " " } else { "" };
            (words.map(str::to_owned), message, ruling.waived.is_some(), finding.unread)
        });
        same_rows(theirs, own);
        assert_eq!(read["scripts"], serde_json::json!(["application/json", "script"]));
        assert_eq!(read["data"], report.artifacts.len());
        for link in read["links"].as_array().unwrap() {
            assert!(link == "data:," || text(link).starts_with('#'), "{link}");
        }
        for mark in read["marks"].as_array().unwrap() {
            *marks.entry(text(mark)).or_default() += 1;
        }
    }
    for mark in marks.keys() {
        let (element, attribute) = mark.split_once(' ').unwrap_or((mark, ""));
        let foreign = ["img", "iframe", "object", "embed", "base", "form"].contains(&element);
        assert!(!foreign && !attribute.starts_with("on") && !["src", "style", "srcdoc"].contains(&attribute), "{mark}");
    }
    assert!(marks.len() > 50, "{marks:?}");
}
