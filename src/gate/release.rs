//! What a client wants to publish → audited, cleared, written down, sent, read back; or refused, with the reason.

use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::reply::Reply;
use super::upload::Upload;
use super::upstream::Upstream;
use super::{Asked, Gate, Setup};
use crate::audit::{Artifact, Auditor, Clearance, Outcome};
use crate::model::{Level, Report};
use crate::open::Held;
use crate::publish::{Event, Person, PublishError, Publisher, Receipt, Wish, tarball_name};

/// Nobody is at the gate; who asked is sent to the page, or asked for a code, by the client.
#[derive(Default)]
pub(super) struct Nobody {
    page: Mutex<Option<(String, String)>>,
}

impl Person for Nobody {
    fn code(&self, _: bool) -> Option<String> {
        None
    }

    fn visit(&self, url: &str, done: &str) -> bool {
        if let Ok(mut page) = self.page.lock() {
            *page = Some((url.to_owned(), done.to_owned()));
        }
        false
    }
}

/// Why something is not cleared, for the log, and what the client is told.
pub(super) struct Refusal {
    pub(super) why: String,
    pub(super) reply: Reply,
}

/// No word of a line of the log is longer.
const LONGEST: usize = 4_000;

/// Lines of the log about one release.
pub(super) struct Told<'g> {
    gate: &'g Gate,
    fields: Map<String, Value>,
}

impl<'g> Told<'g> {
    pub(super) fn new(gate: &'g Gate, asked: &Asked, name: &str) -> Self {
        let mut told = Self { gate, fields: Map::new() };
        told.add("client", &asked.client);
        told.add("peer", &asked.peer);
        told.add("name", name);
        told
    }

    pub(super) fn add(&mut self, key: &str, value: &str) {
        let value: String = value.chars().take(LONGEST).collect();
        self.fields.insert(key.to_owned(), value.into());
    }

    /// Writes a line; where that is not possible, nothing may be done.
    pub(super) fn write(&self, event: &str) -> Result<(), Reply> {
        self.gate.log.write(event, self.fields.clone()).map_err(|error| self.gate.fault(&error.to_string()))
    }

    /// Writes how it ended, and says it.
    pub(super) fn end(mut self, event: &'static str, why: &str, reply: Reply) -> Reply {
        if !why.is_empty() {
            self.add("why", why);
        }
        self.gate.metrics.outcome(event);
        match self.write(event) {
            // What is out is out; that nobody wrote it down does not undo it.
            Err(_) if reply.status < 300 => reply,
            Err(fault) => fault,
            Ok(()) => reply,
        }
    }
}

impl Gate {
    /// Publishes, or stages, what a client sent.
    pub(super) fn release(&self, asked: &Asked, name: &str, upload: Upload, stage: bool) -> Reply {
        let mut told = Told::new(self, asked, name);
        told.add("version", &upload.version);
        told.add("tag", &upload.tag);
        let Some(upstream) = self.upstreams.of(name) else { return nowhere(told, name) };
        told.add("registry", &upstream.registry.url());
        let setup = self.setup();
        let Upload { version, tag, access, bytes, provenance } = upload;
        let artifact = Artifact { name: tarball_name(name, &version), bytes: Held::Vec(bytes), provenance };
        let clearance = match self.cleared(asked, &setup, artifact, &mut told) {
            Ok(cleared) => cleared,
            Err(refusal) => return told.end("refused", &refusal.why, refusal.reply),
        };
        let document = clearance.document();
        if (document.name(), document.version()) != (name, version.as_str()) {
            let why = format!(
                "it was sent as {name}@{version}, and the package.json inside is that of {}@{}",
                document.name(),
                document.version()
            );
            return told.end("refused", &why, Reply::refused(&format!("lastlook: {why}")));
        }
        // Clients say latest where nobody said anything.
        let configured = document.fields().get("publishConfig").and_then(|config| config.get("tag")).is_some();
        let said = (tag != "latest" || configured).then(|| tag.clone());
        let wish = Wish { tag: said, access, stage, ..Wish::default() };
        let nobody = Nobody::default();
        let publisher = self.publisher(upstream, &nobody);
        let credential = match upstream.writing(name) {
            Ok(credential) => credential,
            Err(error) => return self.not_out(told, &error, &nobody, asked),
        };
        let ready = match publisher.prepare(clearance, &wish, Some(&credential)) {
            Ok(ready) if ready.tag() == tag => ready,
            Ok(ready) => {
                let why = format!("the tag that was sent is {tag}, and the one that it would get is {}", ready.tag());
                return told.end("refused", &why, Reply::refused(&format!("lastlook: {why}")));
            }
            Err(error) => return self.not_out(told, &error, &nobody, asked),
        };
        if let Err(reply) = told.write("sending") {
            return reply;
        }
        match asked.otp(upstream).and_then(|otp| publisher.publish(ready, &credential, otp)) {
            Ok(receipt) => out(told, &receipt),
            Err(error) => self.not_out(told, &error, &nobody, asked),
        }
    }

    /// Audits bytes, and clears them, or says what stands against it.
    pub(super) fn cleared(
        &self,
        asked: &Asked,
        setup: &Setup,
        artifact: Artifact,
        told: &mut Told<'_>,
    ) -> Result<Clearance, Box<Refusal>> {
        let auditor = Auditor::new(&setup.rules, &setup.policy, &self.pool).fail_on(setup.fail_on);
        told.add("policy", &setup.policy.digest);
        let outcome = auditor.clear(vec![artifact]);
        let mut note = |report: &Report| {
            told.add("verdict", report.verdict().word());
            if let Some(integrity) = report.artifacts.first().and_then(|artifact| artifact.integrity.as_ref()) {
                told.add("integrity", integrity.as_str());
            }
        };
        match outcome {
            Outcome::Cleared(report, mut clearances) => {
                note(&report);
                clearances.pop().ok_or_else(|| {
                    let why = "nothing was cleared".to_owned();
                    Box::new(Refusal { reply: self.fault(&why), why })
                })
            }
            Outcome::Refused(mut report) => {
                note(&report);
                setup.rules.hush_report(&mut report);
                let kept = self.reports.keep(&report, setup.rules.book());
                let mut why = worst(&report);
                match kept {
                    Ok(id) => {
                        told.add("report", &id);
                        why.push_str(&format!(" Report: {}", asked.at(&format!("-/lastlook/reports/{id}"))));
                    }
                    // It is refused all the same.
                    Err(error) => self.complain(&format!("a report could not be kept: {error}")),
                }
                Err(Box::new(Refusal { reply: Reply::refused(&why), why }))
            }
            Outcome::Unfit(report, unfit) => {
                note(&report);
                let why = unfit.first().map_or_else(String::new, |(name, why)| format!("{name} {why}"));
                let reply = Reply::refused(&format!("lastlook: it can not be published: {why}"));
                Err(Box::new(Refusal { why, reply }))
            }
        }
    }

    pub(super) fn publisher<'g>(&'g self, upstream: &'g Upstream, person: &'g Nobody) -> Publisher<'g> {
        Publisher {
            wire: &upstream.wire,
            registry: &upstream.registry,
            journal: &self.journal,
            wait: self.limits.wait,
            person,
        }
    }

    /// What a client is told of a release or a change that did not happen, or of which nobody knows.
    pub(super) fn not_out(&self, told: Told<'_>, error: &PublishError, nobody: &Nobody, asked: &Asked) -> Reply {
        let why = error.to_string();
        match error {
            PublishError::Otp | PublishError::WrongCode => {
                let page = nobody.page.lock().ok().and_then(|page| page.clone());
                told.end("otp", &why, self.second_factor(page, asked))
            }
            PublishError::Unknown { .. } | PublishError::Pending(_) => {
                let why = format!("lastlook: {why}. The gate goes on looking; do not publish it again before it knows");
                told.end("unknown", &why, Reply::refused(&why))
            }
            PublishError::Journal(_) | PublishError::Credential(_) | PublishError::NoCredential(..) => {
                let reply = self.fault(&why);
                told.end("fault", &why, reply)
            }
            PublishError::Unsent { .. } | PublishError::Unreadable { .. } => {
                self.complain(&why);
                let reply =
                    Reply::refused("lastlook: the registry behind this gate can not be reached; nothing was published");
                told.end("refused", &why, reply)
            }
            PublishError::Differs { .. } => told.end("differs", &why, Reply::refused(&format!("lastlook: {why}"))),
            _ => told.end("refused", &why, Reply::refused(&format!("lastlook: {why}"))),
        }
    }

    /// Asks the client for a second factor, as registries do.
    fn second_factor(&self, page: Option<(String, String)>, asked: &Asked) -> Reply {
        let mut body = json!({"error": "You must provide a one-time pass. Upgrade your client to npm@latest in order to use 2FA."});
        if let Some((visit, done)) = page {
            let id = self.waiting.add(done);
            body = json!({"authUrl": visit, "doneUrl": asked.at(&format!("-/lastlook/done/{id}"))});
        }
        Reply::json(401, &body).with("www-authenticate", "OTP")
    }
}

/// No registry is there for it.
pub(super) fn nowhere(told: Told<'_>, name: &str) -> Reply {
    let why = format!("no registry behind this gate takes {name}");
    told.end("refused", &why, Reply::refused(&format!("lastlook: {why}")))
}

/// What a client is told of a release that is out.
pub(super) fn out(mut told: Told<'_>, receipt: &Receipt) -> Reply {
    let mut body = json!({"ok": "created", "success": true, "id": receipt.name});
    if let Some(stage) = &receipt.stage {
        told.add("stage", stage);
        body = json!({"ok": "staged", "success": true, "stageId": stage});
    }
    let event = if receipt.event == Event::Staged { "staged" } else { "published" };
    told.end(event, &receipt.note, Reply::json(201, &body))
}

/// The verdict and the worst findings, in a few lines.
fn worst(report: &Report) -> String {
    const SHOWN: usize = 5;
    let verdict = report.verdict().word().to_uppercase();
    let Some(artifact) = report.artifacts.first() else { return format!("lastlook: {verdict}") };
    let mut denied: Vec<String> = Vec::new();
    for ruling in artifact.rulings.iter().filter(|ruling| ruling.waived.is_none() && ruling.level == Level::Deny) {
        let finding = &ruling.finding;
        let message: String = finding.message.chars().take(160).collect();
        let place: String = finding.place.joined().chars().take(200).collect();
        denied.push(format!("{} {place}: {message}", finding.rule));
    }
    let more = denied.len().saturating_sub(SHOWN);
    denied.truncate(SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let package = artifact.package.as_ref().map_or_else(String::new, |package| {
        format!(" {} {}", package.name, package.version.as_deref().unwrap_or_default())
    });
    format!("lastlook: {verdict}{package}: {}{more}.", denied.join("; "))
}

impl Gate {
    /// Refuses a document before anything in it is looked at.
    pub(super) fn turned_away(&self, asked: &Asked, name: &str, why: &str) -> Reply {
        let told = Told::new(self, asked, name);
        told.end("refused", why, Reply::refused(&format!("lastlook: {why}")))
    }

    /// Reads a staged version again, and approves it if it is clear.
    pub(super) fn approve(&self, asked: &Asked, id: &str) -> Reply {
        let mut told = Told::new(self, asked, "");
        told.add("stage", id);
        let Some(upstream) = self.upstreams.account() else { return nowhere(told, "stages") };
        told.add("registry", &upstream.registry.url());
        let (nobody, setup) = (Nobody::default(), self.setup());
        let publisher = self.publisher(upstream, &nobody);
        let staged = upstream.writing("").and_then(|credential| publisher.staged(id, &credential));
        let mut staged = match staged {
            Ok(staged) => staged,
            Err(error) => return self.not_out(told, &error, &nobody, asked),
        };
        told.add("name", staged.name());
        told.add("version", staged.version());
        let bytes = Held::Vec(std::mem::take(&mut staged.bytes));
        let artifact = Artifact { name: staged.file(), bytes, provenance: None };
        let clearance = match self.cleared(asked, &setup, artifact, &mut told) {
            Ok(clearance) => clearance,
            Err(refusal) => return told.end("refused", &refusal.why, refusal.reply),
        };
        if let Err(reply) = told.write("approving") {
            return reply;
        }
        let receipt = upstream.writing(staged.name()).and_then(|credential| {
            let otp = asked.otp(upstream)?;
            publisher.approve(clearance, &staged, &credential, otp)
        });
        match receipt {
            Ok(receipt) => out(told, &receipt),
            Err(error) => self.not_out(told, &error, &nobody, asked),
        }
    }
}
