//! What an agent asks → an audit, a page, a publish or a look at a registry, all under the policy of the start.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::paths::{Found, Root};
use super::shelf::Shelf;
use super::{Args, told};
use crate::agent::release::unpacked;
use crate::agent::session::{latest, read};
use crate::audit::{Artifact, Auditor, Outcome};
use crate::cli::counter::{Counter, Nobody};
use crate::cli::remote::{Opened, Receipts};
use crate::cli::setup::Applied;
use crate::cli::{CliError, publish};
use crate::mcp::{Audited, Published, Recovered, Shown, Status, Verified};
use crate::model::{ArtifactReport, Report};
use crate::open::{self, Held, Input, Target};
use crate::publish::{Journal, Receipt, tarball_name};
use crate::render::rule_page_markdown;
use crate::verify::{Released, moved};

/// Holds the credential and what was cleared; what is asked comes from whoever is at the other end of the line.
pub(super) struct Desk {
    pub(super) args: &'static Args,
    pub(super) opened: Opened<'static>,
    pub(super) applied: Applied,
    pub(super) pool: rayon::ThreadPool,
    pub(super) journal: Journal,
    pub(super) receipts: Option<Receipts>,
    pub(super) root: Root,
    pub(super) shelf: Mutex<Shelf>,
    /// What was handed in: registries, names and versions.
    pub(super) handed_in: Mutex<Vec<(String, String, String)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl crate::mcp::Desk for Desk {
    fn audit(&self, path: &str) -> Result<Audited, String> {
        match self.find(path)? {
            Found::File(name, file) => self.cleared(&name, open::hold_open(file).map_err(|why| self.file(path, &why))?),
            Found::Folder(folder) => Ok(told::audited(&self.folder(&folder)?)),
        }
    }

    fn explain(&self, rule: &str) -> Result<String, String> {
        let book = self.applied.rules.book();
        let near = || book.nearest(rule).map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let found = book.find(rule).ok_or_else(|| self.said(&format!("there is no rule {rule}{}", near())))?;
        Ok(rule_page_markdown(found))
    }

    fn recover_summary(&self, path: &str) -> Result<Recovered, String> {
        let artifact = match self.find(path)? {
            Found::File(name, file) => {
                let held = open::hold_open(file).map_err(|why| self.file(path, &why))?;
                self.first(self.auditor().audit_input(&name, &Input::Memory(held)))?
            }
            Found::Folder(folder) => self.folder(&folder)?,
        };
        Ok(told::recovered(&artifact))
    }

    fn release_status(&self, session: Option<&str>) -> Result<Status, String> {
        let fault = |error: &dyn std::fmt::Display| self.said(&error.to_string());
        if session.is_none() {
            let here = self.open_ends().map_err(|error| fault(&error))?;
            if !here.is_empty() {
                return Ok(told::handed_in(&here));
            }
        }
        let state = crate::cli::agent::state(self.args.state.as_deref()).map_err(|error| fault(&error))?;
        let id = if let Some(id) = session {
            id.to_owned()
        } else {
            let last = latest(&state).map_err(|error| fault(&error))?.pop();
            last.ok_or("nothing was released by lastlook agent, nor published in this session")?
        };
        Ok(told::status(&read(&state, &id).map_err(|error| fault(&error))?))
    }

    fn publish(&self, sha512: &str) -> Result<Published, String> {
        let clearance = locked(&self.shelf).take(sha512)?;
        let manner = self.args.manner();
        let (opened, sending, journal) = (&self.opened, &self.args.sending, &self.journal);
        let counter = Counter { opened, sending, journal, manner: &manner, person: &Nobody };
        let prepared = counter.prepared(vec![clearance], &mut |_, _, _, _| {});
        let unsent =
            |error: CliError| self.said(&format!("nothing was sent: {error}. Audit it again before a new try"));
        let release = prepared.map_err(unsent)?.pop().ok_or("nothing was sent: there was nothing to send")?;
        let document = release.clearance().document();
        let what = (release.registry(), document.name().to_owned(), document.version().to_owned());
        locked(&self.handed_in).push(what);
        let receipt = counter.send(release).map_err(|error| self.said(&error.to_string()))?;
        if !publish::told(&receipt, self.receipts.as_ref()) {
            return Err(format!("{} is published, and its receipt could not be written", receipt.title()));
        }
        Ok(Published {
            name: receipt.name.as_str().into(),
            version: receipt.version.as_str().into(),
            registry: receipt.registry.as_str().into(),
            integrity: receipt.integrity.as_str().into(),
            tag: receipt.tag.as_str().into(),
        })
    }

    fn verify(&self, name: &str, version: &str) -> Result<Verified, String> {
        self.look(name, version).map_err(|error| self.said(&error.to_string()))
    }
}

impl Desk {
    /// A text without what must not be told.
    fn said(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.opened.scrub(&mut text);
        self.applied.rules.hush(&mut text);
        text
    }

    fn file(&self, path: &str, why: &open::OpenError) -> String {
        self.said(&format!("{path} {why}"))
    }

    fn find(&self, path: &str) -> Result<Found, String> {
        self.root.find(path).map_err(|why| self.said(&why))
    }

    fn auditor(&self) -> Auditor<'_> {
        let Applied { rules, policy, .. } = &self.applied;
        Auditor::new(rules, policy, &self.pool).fail_on(self.args.fail_on.into())
    }

    /// What a report says of the one artifact that it is about.
    fn first(&self, mut report: Report) -> Result<ArtifactReport, String> {
        self.applied.rules.hush_report(&mut report);
        report.artifacts.pop().ok_or_else(|| "nothing was read".to_owned())
    }

    /// Audits a folder, which is never cleared: it can change while it is read.
    fn folder(&self, folder: &Path) -> Result<ArtifactReport, String> {
        let target = Target::Folder(folder.to_owned());
        let files: Vec<PathBuf> = self.applied.files();
        self.args.common.apart(&files, &target).map_err(|error| self.said(&error.to_string()))?;
        self.first(self.auditor().audit(&[target]))
    }

    /// Audits bytes that are held, and keeps the leave to publish them where there is one.
    fn cleared(&self, name: &str, bytes: Held) -> Result<Audited, String> {
        if self.opened.stands_in(&bytes) || self.opened.stands_in(&unpacked(&bytes)) {
            return Err(self
                .said(&format!("{name} holds the token that releases are published with: remove it, and revoke it")));
        }
        let artifact = Artifact { name: name.to_owned(), bytes, provenance: None };
        match self.auditor().clear(vec![artifact]) {
            Outcome::Cleared(report, clearances) => {
                let mut audited = told::audited(&self.first(report)?);
                for clearance in clearances {
                    audited.sha512 = clearance.integrity().as_str().into();
                    locked(&self.shelf).put(clearance);
                }
                Ok(audited)
            }
            Outcome::Refused(report) => Ok(told::audited(&self.first(report)?)),
            Outcome::Unfit(report, unfit) => {
                let mut audited = told::audited(&self.first(report)?);
                audited.unfit = unfit.first().map(|(_, why)| Shown::from(self.said(&why.to_string())));
                Ok(audited)
            }
        }
    }

    /// What was handed in here, and what else nobody knows the end of.
    fn open_ends(&self) -> Result<Vec<Receipt>, crate::publish::JournalError> {
        let mut receipts = Vec::new();
        for (registry, name, version) in locked(&self.handed_in).iter() {
            receipts.extend(self.journal.last(registry, name, version)?);
        }
        for open in self.journal.open_ends()? {
            if !receipts.iter().any(|known| known.title() == open.title() && known.registry == open.registry) {
                receipts.push(open);
            }
        }
        Ok(receipts)
    }

    /// Looks at a version as anybody would, and audits what is served.
    fn look(&self, name: &str, version: &str) -> Result<Verified, CliError> {
        let readable = self.opened.readable(self.opened.choose(Some(name), None)?)?;
        let (reader, registry) = (readable.reader(), readable.registry());
        let fault = |why| crate::verify::VerifyError::Unreadable { registry: registry.clone(), why };
        let told = reader.told(name).map_err(fault)?;
        let missing = || crate::verify::VerifyError::Missing { registry: registry.clone(), what: name.to_owned() };
        let told = told.ok_or_else(missing)?;
        let released = Released::fetch(&reader, &told, name, version)?;
        let history = self.journal.read().map_err(crate::publish::PublishError::from)?;
        let moved = moved(&told, &[], &history, &registry, name);
        let beside = [[&released.odd[..], &moved].concat()];
        let report = self.auditor().beside(&beside).audit_input(&tarball_name(name, version), &released.input);
        let verdict = report.verdict().word();
        let artifact = self.first(report).map_err(CliError::Usage)?;
        Ok(Verified {
            name: name.into(),
            version: version.into(),
            registry: registry.into(),
            integrity: artifact.integrity.as_ref().map_or("", |integrity| integrity.as_str()).into(),
            verdict: verdict.into(),
            odd: told::lines(&artifact),
            more: 0,
        })
    }
}
