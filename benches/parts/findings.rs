//! What each tool prints → places of findings, and what a person said of them (`benches/reviewed.toml`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde_json::Value;

use super::measure::Job;
use super::peers::{PEERS, Peer, Takes, lastlook, stem};

/// Findings that a person has looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    pub real: Vec<Secret>,
    harmless: Vec<Harmless>,
}

/// One secret, with all its places as `package/path:line`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    pub what: String,
    places: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Harmless {
    #[allow(dead_code, reason = "for those who read the file")]
    why: String,
    tool: Option<String>,
    /// Globs over `package/path:line`, and how the findings begin in the words of the tool.
    places: Vec<String>,
    says: Option<String>,
}

fn globs(places: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for place in places {
        set.add(Glob::new(place).unwrap());
    }
    set.build().unwrap()
}

impl Reviewed {
    pub fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reviewed.toml");
        toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    fn harmless(&self, tool: &str, found: &Found) -> bool {
        self.harmless.iter().any(|row| {
            row.tool.as_ref().is_none_or(|name| name == tool)
                && row.says.as_ref().is_none_or(|says| found.says.starts_with(says))
                && globs(&row.places).is_match(&found.place)
        })
    }
}

impl Secret {
    /// Whether one of these findings is it.
    pub fn among(&self, found: &BTreeSet<Found>) -> bool {
        let places = globs(&self.places);
        found.iter().any(|found| places.is_match(&found.place))
    }
}

/// A finding: where, and what the tool calls it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub place: String,
    pub says: String,
}

/// What a tool found, and where it did not get to the end.
pub struct Report {
    pub tool: String,
    pub found: BTreeSet<Found>,
    pub cut: Vec<String>,
}

impl Report {
    /// What it says of these packages.
    pub fn within(&self, packages: &BTreeSet<String>) -> Self {
        let package = |found: &&Found| packages.contains(found.place.split('/').next().unwrap());
        let found = self.found.iter().filter(package).cloned().collect();
        let cut = self.cut.iter().filter(|name| packages.contains(*name)).cloned().collect();
        Self { tool: self.tool.clone(), found, cut }
    }

    /// Findings that are no secret of the list: harmless by the list, or not looked at.
    pub fn others(&self, reviewed: &Reviewed) -> (Vec<&Found>, Vec<&Found>) {
        let real = |found: &&Found| !reviewed.real.iter().any(|secret| globs(&secret.places).is_match(&found.place));
        self.found.iter().filter(real).partition(|found| reviewed.harmless(&self.tool, found))
    }
}

/// What lastlook and each scanner find in these packages.
pub fn reports(archives: &[PathBuf], unpacked: &Path, limit: Duration) -> Vec<Report> {
    let mut reports = vec![report("lastlook", &[(String::new(), lastlook(archives, &["--all"]))], limit)];
    for peer in PEERS.iter().filter(|peer| peer.secrets && peer.name != "rg -z") {
        let Some(jobs) = jobs(peer, archives, unpacked) else {
            println!("SKIPPED: {} is not installed", peer.name);
            continue;
        };
        reports.push(report(peer.name, &jobs, limit));
        if peer.name == "kingfisher" {
            let low = jobs.into_iter().map(|(name, mut job)| {
                job.command.extend(["-c", "low"].map(str::to_owned));
                (name, job)
            });
            reports.push(report("kingfisher -c low", &low.collect::<Vec<_>>(), limit));
        }
    }
    reports
}

/// A slow peer gets one package after the other, so that what it does not end is one package.
fn jobs(peer: &Peer, archives: &[PathBuf], unpacked: &Path) -> Option<Vec<(String, Job)>> {
    if peer.takes == Takes::Archives {
        return Some(vec![(String::new(), peer.job(archives, unpacked)?)]);
    }
    let each = archives.iter().map(|file| {
        let mut job = peer.job(std::slice::from_ref(file), &unpacked.join(stem(file)))?;
        if peer.name == "ripsecrets" {
            job.command.insert(1, "--only-matching".to_owned());
        }
        Some((stem(file), job))
    });
    each.collect()
}

fn report(tool: &str, jobs: &[(String, Job)], limit: Duration) -> Report {
    let (mut found, mut cut) = (BTreeSet::new(), Vec::new());
    for (name, job) in jobs {
        let Some((_, text)) = job.output(limit) else {
            cut.push(name.clone());
            continue;
        };
        for (path, line, says) in parse(tool, &text) {
            found.insert(Found { place: place(name, &path, line), says });
        }
    }
    Report { tool: tool.to_owned(), found, cut }
}

/// `package/path:line`, however a tool writes it.
fn place(package: &str, path: &str, line: u64) -> String {
    let path = path.replace(".tgz!", "/");
    let path = path.split_once("/unpacked/").map_or(path.as_str(), |(_, rest)| rest);
    let path = path.trim_start_matches("./");
    let (before, path) = path.split_once("package/").unwrap_or(("", path));
    let before = before.trim_end_matches('/').rsplit('/').next().unwrap();
    format!("{}/{path}:{line}", if package.is_empty() { before } else { package })
}

/// Path, line, and the tool's own words of every finding.
fn parse(tool: &str, text: &str) -> Vec<(String, u64, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = || text.lines();
    match tool.split(' ').next().unwrap() {
        "lastlook" => {
            let report: Value = serde_json::from_str(text).expect("a report");
            let artifacts = report["artifacts"].as_array().unwrap().iter();
            let findings = artifacts.flat_map(|artifact| {
                let package = stem(Path::new(artifact["name"].as_str().unwrap()));
                let all = artifact["findings"].as_array().unwrap().iter();
                all.map(move |finding| (package.clone(), finding))
            });
            findings
                .filter(|(_, finding)| word(&finding["rule"]).starts_with("secret/"))
                .map(|(package, finding)| {
                    // Outermost first, as the paths of other tools: the container, and what lies in it.
                    let inside = finding["inside"].as_array().into_iter().flatten().map(|name| word(name) + "!");
                    let path: String = inside.chain([word(&finding["path"])]).collect();
                    let path = format!("{package}/package/{path}");
                    (path, finding["line"].as_u64().unwrap_or(0), word(&finding["rule"]))
                })
                .collect()
        }
        "kingfisher" => lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["finding"].is_object())
            .map(|line| {
                let finding = &line["finding"];
                (word(&finding["path"]), finding["line"].as_u64().unwrap_or(0), word(&line["rule"]["id"]))
            })
            .collect(),
        "detect-secrets" => {
            let report: Value = serde_json::from_str(text).unwrap_or_default();
            let files = report["results"].as_object().into_iter().flatten();
            let findings = files.flat_map(|(path, list)| list.as_array().into_iter().flatten().map(move |f| (path, f)));
            findings.map(|(path, f)| (path.clone(), f["line_number"].as_u64().unwrap_or(0), word(&f["type"]))).collect()
        }
        _ => lines()
            .filter_map(|line| {
                let mut parts = line.splitn(3, ':');
                let (path, number, rest) = (parts.next()?, parts.next()?, parts.next()?);
                Some((path.to_owned(), number.parse().ok()?, rest.trim().chars().take(80).collect()))
            })
            .collect(),
    }
}
