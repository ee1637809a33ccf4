//! report → `lastlook.report/1`. The structs below are the contract.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::{ArtifactReport, Carried, ExceptionNote, Exposure, Place, Report, Reviewed, Ruling};

#[derive(Serialize)]
struct Root<'r> {
    schema: &'static str,
    tool: Tool,
    policy: Policy<'r>,
    verdict: &'static str,
    exceptions: Vec<Exception<'r>>,
    artifacts: Vec<Artifact<'r>>,
}

#[derive(Serialize)]
struct Exception<'r> {
    line: usize,
    rule: &'r str,
    path: Option<&'r str>,
    fingerprint: Option<&'r str>,
    reason: &'r str,
    expires: Option<&'r str>,
    state: &'static str,
    covered: usize,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Policy<'r> {
    profile: &'static str,
    source: &'r str,
    digest: &'r str,
}

#[derive(Serialize)]
struct Artifact<'r> {
    name: &'r str,
    kind: &'static str,
    size: u64,
    integrity: Option<&'r str>,
    package: Option<Package<'r>>,
    profile: &'static str,
    verdict: &'static str,
    unpacked: Unpacked,
    exposure: Exposed,
    maps: Vec<Map<'r>>,
    findings: Vec<Finding<'r>>,
    /// The folder of the package that it was packed from.
    home: Option<&'r str>,
    /// What changed since the contents were reviewed; null where they were not.
    since: Option<Vec<Since<'r>>>,
}

#[derive(Serialize)]
struct Since<'r> {
    path: &'r str,
    before: Option<u64>,
    now: Option<u64>,
}

#[derive(Serialize)]
struct Package<'r> {
    name: &'r str,
    version: Option<&'r str>,
}

#[derive(Serialize)]
struct Unpacked {
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Exposed {
    maps: u64,
    sources: u64,
    embedded: u64,
    unique: u64,
    third_party: u64,
    shipped: u64,
    lines: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Map<'r> {
    path: &'r str,
    inside: &'r [String],
    carrier: &'static str,
    sources: u64,
    embedded: u64,
    third_party: u64,
    lines: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Finding<'r> {
    rule: &'r str,
    level: &'static str,
    path: &'r str,
    inside: &'r [String],
    line: Option<u64>,
    column: Option<u64>,
    message: &'r str,
    help: &'r str,
    fingerprint: &'r str,
    unread: bool,
    /// Where it stood before it was built.
    origin: Option<Origin<'r>>,
    /// How many other places hold the same value, and the first of them.
    elsewhere: usize,
    also: Vec<Also<'r>>,
    waived: Option<Waiver<'r>>,
}

#[derive(Serialize)]
struct Origin<'r> {
    source: &'r str,
    line: u64,
}

#[derive(Serialize)]
struct Also<'r> {
    path: &'r str,
    inside: &'r [String],
    line: Option<u64>,
    column: Option<u64>,
}

/// As many places of one value are listed.
const PLACES: usize = 100;

impl<'r> From<&'r Place> for Also<'r> {
    fn from(place: &'r Place) -> Self {
        let Place { path, inside, position } = place;
        Self { path, inside, line: position.map(|at| at.line), column: position.map(|at| at.column) }
    }
}

#[derive(Serialize)]
struct Waiver<'r> {
    reason: &'r str,
    expires: Option<&'r str>,
    line: usize,
}

impl From<&Exposure> for Exposed {
    fn from(sum: &Exposure) -> Self {
        let Exposure { maps, sources, embedded, unique, third_party, shipped, lines, bytes } = *sum;
        Self { maps, sources, embedded, unique, third_party, shipped, lines, bytes }
    }
}

impl<'r> From<&'r Reviewed> for Since<'r> {
    fn from(row: &'r Reviewed) -> Self {
        Self { path: &row.path, before: row.before, now: row.now }
    }
}

impl<'r> From<&'r Carried> for Map<'r> {
    fn from(row: &'r Carried) -> Self {
        Self {
            path: &row.path,
            inside: &row.inside,
            carrier: row.carrier.word(),
            sources: row.sources,
            embedded: row.texts.len() as u64,
            third_party: row.third_party,
            lines: row.lines(),
            bytes: row.bytes(),
        }
    }
}

impl<'r> From<&'r Ruling> for Finding<'r> {
    fn from(ruling: &'r Ruling) -> Self {
        let finding = &ruling.finding;
        Self {
            rule: finding.rule.as_str(),
            level: ruling.level.word(),
            path: &finding.place.path,
            inside: &finding.place.inside,
            line: finding.place.position.map(|at| at.line),
            column: finding.place.position.map(|at| at.column),
            message: &finding.message,
            help: &ruling.help,
            fingerprint: &ruling.fingerprint,
            unread: finding.unread,
            origin: finding.origin.as_ref().map(|origin| Origin { source: &origin.source, line: origin.line }),
            elsewhere: ruling.also.len(),
            also: ruling.also.iter().take(PLACES).map(Into::into).collect(),
            waived: ruling.waived.as_ref().map(|waiver| Waiver {
                reason: &waiver.reason,
                expires: waiver.expires.as_deref(),
                line: waiver.line,
            }),
        }
    }
}

impl<'r> From<&'r ArtifactReport> for Artifact<'r> {
    fn from(artifact: &'r ArtifactReport) -> Self {
        Self {
            name: &artifact.name,
            kind: artifact.kind.word(),
            size: artifact.size,
            integrity: artifact.integrity.as_ref().map(crate::model::Integrity::as_str),
            package: artifact.package.as_ref().map(|p| Package { name: &p.name, version: p.version.as_deref() }),
            profile: artifact.profile.word(),
            verdict: artifact.verdict.word(),
            unpacked: Unpacked { files: artifact.files, bytes: artifact.bytes },
            exposure: (&artifact.exposure).into(),
            maps: artifact.carried.iter().map(Into::into).collect(),
            findings: artifact.rulings.iter().map(Into::into).collect(),
            home: artifact.home.as_deref(),
            since: artifact.since.as_ref().map(|rows| rows.iter().map(Into::into).collect()),
        }
    }
}

fn exception<'r>(note: &'r ExceptionNote, report: &Report) -> Exception<'r> {
    Exception {
        line: note.line,
        rule: note.rule.as_str(),
        path: note.path.as_deref(),
        fingerprint: note.fingerprint.as_deref(),
        reason: &note.reason,
        expires: note.expires.as_deref(),
        state: note.state.word(),
        covered: report.covered(note.line).count(),
    }
}

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let policy = &report.policy;
    let root = Root {
        schema: "lastlook.report/1",
        tool: Tool { name: "lastlook", version: env!("CARGO_PKG_VERSION") },
        policy: Policy { profile: policy.profile.word(), source: &policy.source, digest: &policy.digest },
        verdict: report.verdict().word(),
        exceptions: report.exceptions.iter().map(|note| exception(note, report)).collect(),
        artifacts: report.artifacts.iter().map(Into::into).collect(),
    };
    super::exact::write(&root, out)
}
