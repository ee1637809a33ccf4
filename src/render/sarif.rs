//! report → SARIF 2.1.0, as GitHub's code scanning takes it. The structs below are the part of the format that is written.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::escape::escape;
use super::pages;
use crate::judge::Rulebook;
use crate::model::{ArtifactReport, Level, Place, Report, RuleId, Ruling, Verdict};

/// As many other places of one value are told.
const PLACES: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'r> {
    id: &'r str,
    short_description: Message,
    full_description: Message,
    default_configuration: Configuration,
    help: Help,
    properties: Value,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    rule_id: &'r str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    /// Always there: a result without it would be one whose exceptions nobody looked at.
    suppressions: Vec<Suppression>,
    properties: Value,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "the names are those of the format")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

/// A path as a relative address. What is none, such as a path that leads out, becomes that of the artifact.
fn address(artifact: &ArtifactReport, path: &str) -> String {
    let inside = |path: &str| !path.split('/').any(|part| matches!(part, "" | "." | ".."));
    let home = artifact.home.as_deref().filter(|home| inside(home));
    let path = match (inside(path), home) {
        (true, Some(home)) => format!("{home}/{path}"),
        (true, None) => path.to_owned(),
        (false, _) => artifact.name.clone(),
    };
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
        uri
    })
}

/// Where something is: the file, and what lies inside it.
fn location(artifact: &ArtifactReport, place: &Place) -> Location {
    // A line counts in the text it was found in; that of the file itself is the only one that a viewer could open.
    let line = place.position.filter(|_| place.inside.is_empty()).map_or(1, |at| at.line);
    let physical = json!({
        "artifactLocation": { "uri": address(artifact, &place.path) },
        "region": { "startLine": line },
    });
    let mut names = vec![json!({ "fullyQualifiedName": escape(&artifact.title()), "kind": "package" })];
    if let Some(last) = place.inside.last() {
        names.push(
            json!({ "name": escape(last), "fullyQualifiedName": escape(&place.to_string()), "kind": "resource" }),
        );
    }
    Location { id: None, physical_location: Some(physical), logical_locations: names, message: None }
}

/// What else belongs to a finding: where it stood before it was built, and where the same value was seen.
fn related(artifact: &ArtifactReport, ruling: &Ruling) -> Vec<Location> {
    let origin = ruling.finding.origin.iter().map(|origin| Location {
        message: Some(text(&format!("from {}:{}, before it was built", origin.source, origin.line))),
        ..location(artifact, &ruling.finding.place)
    });
    let also = ruling.also.iter().take(PLACES).map(|place| Location {
        message: Some(text(&format!("the same value: {place}"))),
        ..location(artifact, place)
    });
    origin.chain(also).enumerate().map(|(at, location)| Location { id: Some(at + 1), ..location }).collect()
}

/// A message that holds no link, whatever is in it.
fn text(words: &str) -> Message {
    let words = escape(words);
    let text = if words.contains("](") { words.replace('[', "\\[").replace(']', "\\]") } else { words };
    Message { text }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Allow => "none",
    }
}

/// How grave code scanning calls it, out of ten.
const fn severity(level: Level) -> &'static str {
    match level {
        Level::Deny => "8.0",
        Level::Warn => "4.0",
        Level::Allow => "0.0",
    }
}

fn outcome<'r>(artifact: &ArtifactReport, ruling: &'r Ruling, rule_index: usize) -> Outcome<'r> {
    let finding = &ruling.finding;
    let place = if finding.place == Place::whole() { artifact.name.clone() } else { finding.place.to_string() };
    let package = artifact.package.as_ref().map_or(artifact.name.as_str(), |package| &package.name);
    let fingerprints = [
        ("lastlook/v1", ruling.fingerprint.clone()),
        // The only one that code scanning compares. Two packages may hold the same finding.
        ("primaryLocationLineHash", format!("{}:{}", ruling.fingerprint, escape(package))),
    ];
    Outcome {
        rule_id: finding.rule.as_str(),
        rule_index,
        kind: if ruling.level == Level::Allow { "informational" } else { "fail" },
        level: level(ruling.level),
        message: text(&format!("{place}: {}. Fix: {}", finding.message, ruling.help)),
        locations: vec![location(artifact, &finding.place)],
        related_locations: related(artifact, ruling),
        partial_fingerprints: fingerprints.into(),
        suppressions: ruling
            .waived
            .iter()
            .map(|waiver| Suppression { kind: "external", status: "accepted", justification: escape(&waiver.reason) })
            .collect(),
        properties: json!({
            "artifact": escape(&artifact.name),
            "level": ruling.level.word(),
            "line": finding.place.position.map(|at| at.line),
            "column": finding.place.position.map(|at| at.column),
            "unread": finding.unread,
            "elsewhere": ruling.also.len(),
        }),
    }
}

fn descriptor<'r>(book: &Rulebook, id: &'r RuleId, worst: Level) -> Descriptor<'r> {
    let rule = book.get(id);
    let title = rule.map_or(id.as_str(), |rule| &rule.title);
    let why = rule.map_or(id.as_str(), |rule| &rule.why);
    let plain = rule.map(|rule| rule.help.to_string()).unwrap_or_default();
    Descriptor {
        id: id.as_str(),
        short_description: Message { text: title.to_owned() },
        full_description: Message { text: why.to_owned() },
        default_configuration: Configuration { level: level(worst) },
        help: Help { text: plain, markdown: rule.map(pages::body).unwrap_or_default() },
        properties: json!({
            "tags": ["security", "release", id.family()],
            "precision": "high",
            "security-severity": severity(worst),
        }),
    }
}

pub(super) fn render(report: &Report, book: &Rulebook, out: &mut dyn Write) -> io::Result<()> {
    let all =
        || report.artifacts.iter().flat_map(|artifact| artifact.rulings.iter().map(move |ruling| (artifact, ruling)));
    let mut worst: BTreeMap<&RuleId, Level> = BTreeMap::new();
    for (_, ruling) in all() {
        let level = worst.entry(&ruling.finding.rule).or_insert(ruling.level);
        *level = (*level).max(ruling.level);
    }
    let at: BTreeMap<&RuleId, usize> = worst.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let rules: Vec<Descriptor<'_>> = worst.iter().map(|(id, level)| descriptor(book, id, *level)).collect();
    let index = |ruling: &Ruling| at.get(&ruling.finding.rule).copied().unwrap_or_default();
    let results: Vec<Outcome<'_>> = all().map(|(artifact, ruling)| outcome(artifact, ruling, index(ruling))).collect();
    let unread = all().filter(|(_, ruling)| Verdict::on(ruling, report.fail_on) == Verdict::Incomplete);
    let notes: Vec<Value> = unread
        .map(|(artifact, ruling)| {
            let what = format!("{}: {}: {}", artifact.name, ruling.finding.place, ruling.finding.message);
            json!({ "level": "error", "message": text(&what) })
        })
        .collect();
    let artifacts: Vec<Value> = report.artifacts.iter().map(summary).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "lastlook", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "automationDetails": { "id": "lastlook/" },
            "invocations": [{
                "executionSuccessful": report.verdict() != Verdict::Incomplete,
                "toolExecutionNotifications": notes,
            }],
            "results": results,
            "properties": {
                "verdict": report.verdict().word(),
                "policy": escape(&report.policy.source),
                "policyDigest": report.policy.digest,
                "artifacts": artifacts,
            },
        }],
    });
    super::exact::write(&log, out)
}

fn summary(artifact: &ArtifactReport) -> Value {
    json!({
        "name": escape(&artifact.name),
        "package": escape(&artifact.title()),
        "verdict": artifact.verdict.word(),
        "integrity": artifact.integrity.as_ref().map(crate::model::Integrity::as_str),
        "recoverable": { "sources": artifact.exposure.embedded, "bytes": artifact.exposure.bytes },
    })
}
