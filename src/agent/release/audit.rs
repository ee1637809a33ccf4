//! Tarballs → leave to publish all of them, or what stands against it.

use std::io::Read as _;
use std::time::{Duration, Instant};

use super::build::Packed;
use super::{Judge, Plan};
use crate::agent::AgentError;
use crate::agent::memory::Memory;
use crate::agent::outlet::Outlet;
use crate::agent::session::{Item, Row, Session, What};
use crate::audit::{Artifact, Auditor, Clearance, Outcome};
use crate::model::{Finding, Level, Report, Verdict};
use crate::open::Input;
use crate::project::Package;

/// What an audit came to.
pub(in crate::agent) enum Audited {
    Cleared(Cleared),
    Refused(Refused),
}

/// Leave to publish, and where the bytes are kept meanwhile.
pub(in crate::agent) struct Cleared {
    pub(in crate::agent) clearances: Vec<Clearance>,
    pub(in crate::agent) items: Vec<Item>,
    /// What the audit says of them.
    pub(in crate::agent) report: Report,
}

/// What stands against a release.
pub(in crate::agent) struct Refused {
    pub(in crate::agent) report: Report,
    /// How long reading took.
    pub(in crate::agent) took: Duration,
    /// What the project says of each.
    pub(super) packages: Vec<Package>,
}

impl Refused {
    pub(in crate::agent) fn verdict(&self) -> Verdict {
        self.report.verdict()
    }

    /// Shows a person what stands against it.
    pub(super) fn show(self, judge: &Judge<'_>) -> Verdict {
        (judge.show)(&self.report, self.took);
        self.report.verdict().max(Verdict::Blocked)
    }
}

impl Packed {
    /// Audits all of them, and clears them if everything in all of them may go.
    pub(in crate::agent) fn audit(
        self,
        plan: &Plan,
        judge: &Judge<'_>,
        outlet: &dyn Outlet,
        session: &mut Session<'_>,
    ) -> Result<Audited, AgentError> {
        let Self { tarballs, items, packages } = self;
        for (item, input) in items.iter().zip(&tarballs) {
            if let Input::Memory(bytes) = input
                && outlet.stands_in(&unpacked(bytes))
            {
                return Err(AgentError::HoldsToken(item.title()));
            }
        }
        let beside = remembered(plan, judge, &items, &tarballs, session)?;
        // They are kept before they are cleared, so that a release that is cut off can go on with the same bytes.
        for (item, input) in items.iter().zip(&tarballs) {
            if let Input::Memory(bytes) = input {
                session.keep(&item.file, bytes)?;
            }
        }
        clear(judge, items, packages, tarballs, &beside, session)
    }
}

/// No more of a package is looked through for its own token: a token in what is larger is a secret like others.
const LOOKED: u64 = 1 << 30;

/// What is in a tarball, one file behind the other.
#[must_use]
pub fn unpacked(tarball: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What can't be read whole is never clear, which the audit says.
    let _ = flate2::read::MultiGzDecoder::new(tarball).take(LOOKED).read_to_end(&mut bytes);
    bytes
}

/// What earlier releases say of these: findings about growth, and notes.
fn remembered(
    plan: &Plan,
    judge: &Judge<'_>,
    items: &[Item],
    tarballs: &[Input],
    session: &mut Session<'_>,
) -> Result<Vec<Vec<Finding>>, AgentError> {
    let mut beside = Vec::new();
    for (item, input) in items.iter().zip(tarballs) {
        let memory = Memory::of(&plan.state, &item.name);
        let Some(last) = memory.last() else {
            beside.push(Vec::new());
            continue;
        };
        let auditor = Auditor::new(judge.rules, judge.policy, judge.pool).listing(true);
        let report = auditor.audit_input(&item.file, input);
        let (notes, findings) = report.artifacts.first().map(|now| last.since(now, judge.policy)).unwrap_or_default();
        for text in notes {
            session.add(What::Note { text })?;
        }
        beside.push(findings);
    }
    Ok(beside)
}

/// Audits, and clears if everything may go.
pub(super) fn clear(
    judge: &Judge<'_>,
    items: Vec<Item>,
    packages: Vec<Package>,
    tarballs: Vec<Input>,
    beside: &[Vec<Finding>],
    session: &mut Session<'_>,
) -> Result<Audited, AgentError> {
    let named = items.iter().map(|item| format!("{}-{}.tgz", item.name.replace(['@', '/'], "-"), item.version));
    let held = tarballs.into_iter().filter_map(|input| match input {
        Input::Memory(bytes) => Some(bytes),
        // None is made larger than what is held.
        Input::Large(_) => None,
    });
    let artifacts = named.zip(held).map(|(name, bytes)| Artifact {
        name: name.trim_start_matches('-').to_owned(),
        bytes,
        provenance: None,
    });
    let auditor = Auditor::new(judge.rules, judge.policy, judge.pool).fail_on(judge.fail_on).beside(beside);
    let hushed = |mut report: Report| {
        judge.rules.hush_report(&mut report);
        report
    };
    let started = Instant::now();
    let outcome = auditor.listing(true).clear(artifacts.collect());
    let took = started.elapsed();
    match outcome {
        Outcome::Cleared(report, clearances) => {
            let report = hushed(report);
            session.add(told(&report))?;
            unchanged(&packages, &clearances)?;
            for text in differing(&packages, &clearances) {
                session.add(What::Note { text })?;
            }
            if !(judge.show)(&report, took) {
                let why = "its report could not be written, and what was asked for is not there".to_owned();
                return Err(AgentError::Unfit { name: "the release".to_owned(), why });
            }
            session.add(What::Cleared { items: items.clone() })?;
            Ok(Audited::Cleared(Cleared { clearances, items, report }))
        }
        Outcome::Refused(report) => {
            let report = hushed(report);
            session.add(told(&report))?;
            Ok(Audited::Refused(Refused { report, took, packages }))
        }
        Outcome::Unfit(report, unfit) => {
            session.add(told(&hushed(report)))?;
            let (name, why) = unfit.into_iter().next().map(|(name, why)| (name, why.to_string())).unwrap_or_default();
            Err(AgentError::Unfit { name, why })
        }
    }
}

/// Says so where a script changed what a package is called, or where it goes.
fn unchanged(packages: &[Package], clearances: &[Clearance]) -> Result<(), AgentError> {
    for (package, clearance) in packages.iter().zip(clearances) {
        let (manifest, document) = (&package.manifest, clearance.document());
        let config = |key: &str| document.fields().get("publishConfig").and_then(|config| config.get(key)).cloned();
        let goes = ["registry", "access", "tag"]
            .into_iter()
            .find(|key| config(key) != manifest.publish_config.get(*key).cloned());
        let scope = document.name().split_once('/').map(|(scope, _)| format!("{scope}:registry"));
        let scope = scope.filter(|key| config(key) != manifest.publish_config.get(key).cloned());
        let rows = [
            ("the name", Some(document.name()), manifest.name.as_deref()),
            ("the version", Some(document.version()), manifest.version.as_deref()),
        ];
        let row = rows.into_iter().find(|(_, is, says)| is != says);
        let changed =
            row.map(|(what, is, says)| (what, is.unwrap_or_default().to_owned(), says.unwrap_or_default().to_owned()));
        let goes = goes.map(str::to_owned).or(scope).map(|key| ("publishConfig", key, "otherwise".to_owned()));
        if let Some((what, is, says)) = changed.or(goes) {
            return Err(AgentError::Renamed { package: package.name().to_owned(), what, is, says });
        }
    }
    Ok(())
}

/// What a build added to what installers of a package fetch and run, in words: some do so on purpose.
fn differing(packages: &[Package], clearances: &[Clearance]) -> Vec<String> {
    let mut said = Vec::new();
    for (package, clearance) in packages.iter().zip(clearances) {
        let fields = clearance.document().fields();
        let keys =
            |key: &str| fields.get(key).and_then(serde_json::Value::as_object).into_iter().flatten().map(|row| row.0);
        let dependencies = keys("dependencies").filter(|name| !package.manifest.dependencies.contains(*name));
        let install = ["preinstall", "install", "postinstall"];
        let scripts = keys("scripts")
            .filter(|name| install.contains(&name.as_str()) && !package.manifest.scripts.contains_key(*name));
        let added: Vec<&str> = dependencies.chain(scripts).map(String::as_str).collect();
        if !added.is_empty() {
            let name = package.name();
            said.push(format!(
                "while it was built, {name} got what its package.json does not say: {}",
                added.join(", ")
            ));
        }
    }
    said
}

/// A report, as a session keeps it.
fn told(report: &Report) -> What {
    let mut rows = Vec::new();
    for artifact in &report.artifacts {
        let grave = artifact.gravest_first().into_iter();
        for ruling in grave.filter(|ruling| ruling.level > Level::Allow && ruling.waived.is_none()).take(ROWS) {
            rows.push(Row {
                package: artifact.title(),
                rule: ruling.finding.rule.to_string(),
                level: ruling.level.word().to_owned(),
                place: ruling.finding.place.joined(),
                message: ruling.finding.message.clone(),
                help: ruling.help.clone(),
            });
        }
    }
    What::Audited { verdict: report.verdict().word().to_owned(), policy: report.policy.digest.clone(), rows }
}

/// As many findings of a package are kept in a session; the report has them all.
const ROWS: usize = 200;
