//! Clearances, settings and flags → releases that nothing stands against, each sent once.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};

use super::remote::{Opened, Sending};
use super::{CliError, tell};
use crate::audit::Clearance;
use crate::publish::{
    Access, Chosen, Credential, Journal, Person, PublishError, Publisher, Ready, Receipt, Wire, Wish, in_order,
};
use crate::render::escape;

/// How releases are to go out.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Manner {
    pub(super) tag: Option<String>,
    pub(super) access: Option<Access>,
    pub(super) stage: bool,
    pub(super) only_new: bool,
    pub(super) dry_run: bool,
}

/// Where releases are handed in.
#[derive(Clone, Copy)]
pub(super) struct Counter<'c> {
    pub(super) opened: &'c Opened<'c>,
    pub(super) sending: &'c Sending,
    pub(super) journal: &'c Journal,
    pub(super) manner: &'c Manner,
    /// Who is asked where a registry wants a second factor.
    pub(super) person: &'c dyn Person,
}

/// A release that nothing stands against, and the way to its registry.
pub(super) struct Release {
    chosen: Chosen,
    wire: Wire,
    credential: Option<Credential>,
    ready: Ready,
}

impl Counter<'_> {
    /// Looks at everything that may stand against any of the releases before the first is sent.
    ///
    /// Where the manner leaves out what the registry has already, that is given to `there`: the name, the version, the registry, and
    /// whether it is these very bytes.
    pub(super) fn prepared(
        &self,
        clearances: Vec<Clearance>,
        there: &mut dyn FnMut(&str, &str, &str, bool),
    ) -> Result<Vec<Release>, CliError> {
        let Self { opened, manner, .. } = *self;
        let usual_access = opened.settings.access().map_err(PublishError::from)?.and_then(Access::named);
        let wish = Wish {
            tag: manner.tag.clone(),
            access: manner.access,
            usual_tag: opened.settings.tag().map(str::to_owned),
            usual_access,
            stage: manner.stage,
        };
        let mut releases = Vec::with_capacity(clearances.len());
        let mut seen = BTreeSet::new();
        for clearance in in_order(clearances) {
            let title = format!("{}@{}", clearance.document().name(), clearance.document().version());
            if !seen.insert(title.clone()) {
                return Err(CliError::Usage(format!("{title} is given twice, and a version is published once")));
            }
            let config = clearance.document().fields().get("publishConfig").and_then(serde_json::Value::as_object);
            let name = clearance.document().name().to_owned();
            let chosen = opened.choose(Some(&name), config)?;
            let wire = opened.wire(&chosen.registry)?;
            let credential = opened.credential(&chosen, &name)?;
            if credential.is_none() && !manner.dry_run {
                return Err(opened.no_credential(&chosen.registry).into());
            }
            let publisher = self.publisher(&wire, &chosen);
            let version = clearance.document().version().to_owned();
            let ready = match publisher.prepare(clearance, &wish, credential.as_ref()) {
                Err(error @ (PublishError::Same(_) | PublishError::Exists(_))) if manner.only_new => {
                    tell(&escape(&format!("lastlook: {title} is in the registry already, and is left out")));
                    there(&name, &version, &chosen.registry.url(), matches!(error, PublishError::Same(_)));
                    continue;
                }
                other => other?,
            };
            let tried = credential.as_ref().filter(|_| manner.dry_run && !opened.is_trusted());
            let user = tried.map(|credential| publisher.check(credential)).transpose()?.flatten();
            let release = Release { chosen, wire, credential, ready };
            if manner.dry_run {
                release.announce(manner, user.as_deref());
            }
            releases.push(release);
        }
        Ok(releases)
    }

    /// Sends one, and reads back what the registry made of it.
    pub(super) fn send(&self, release: Release) -> Result<Receipt, CliError> {
        release.announce(self.manner, None);
        let Release { chosen, wire, credential, ready } = release;
        let registry = &chosen.registry;
        let Some(credential) = credential else {
            return Err(PublishError::NoCredential(registry.url(), String::new()).into());
        };
        let publisher = self.publisher(&wire, &chosen);
        Ok(publisher.publish(ready, &credential, self.sending.otp(registry)?)?)
    }

    /// Finds out what became of an attempt that nobody knows the end of.
    pub(super) fn settle(&self, receipt: &Receipt) -> Result<Receipt, CliError> {
        tell(&escape(&format!("lastlook: reading what became of {} at {}", receipt.title(), receipt.registry)));
        let chosen = self.opened.journalled(&receipt.registry, &receipt.name)?;
        let wire = self.opened.wire(&chosen.registry)?;
        let credential = self.opened.credential(&chosen, &receipt.name)?;
        Ok(self.publisher(&wire, &chosen).resume(receipt, credential.as_ref())?)
    }

    fn publisher<'p>(&'p self, wire: &'p Wire, chosen: &'p Chosen) -> Publisher<'p> {
        let wait = self.sending.wait();
        Publisher { wire, registry: &chosen.registry, journal: self.journal, wait, person: self.person }
    }
}

impl Release {
    /// What will be published.
    pub(super) fn clearance(&self) -> &Clearance {
        self.ready.clearance()
    }

    /// Where to.
    pub(super) fn registry(&self) -> String {
        self.chosen.registry.url()
    }

    /// Says what is about to happen.
    fn announce(&self, manner: &Manner, user: Option<&str>) {
        let document = self.ready.clearance().document();
        let what = format!("{}@{} as {}", document.name(), document.version(), self.ready.tag());
        let by = match (&self.credential, user) {
            (Some(credential), Some(user)) => format!(", as {user} (by {})", credential.source()),
            (Some(credential), None) => format!(", by {}", credential.source()),
            (None, _) => ", for which there is no credential here".to_owned(),
        };
        let to = format!("{} (named by {}){by}", self.chosen.registry.url(), self.chosen.named_by);
        let verb = match (manner.dry_run, manner.stage) {
            (true, false) => "nothing stands against publishing",
            (true, true) => "nothing stands against staging",
            (false, false) => "publishing",
            (false, true) => "staging",
        };
        tell(&escape(&format!("lastlook: {verb} {what} to {to}")));
    }
}

/// Nobody: what comes in on standard input is no answer of a person.
#[cfg(all(feature = "mcp", unix))]
pub(super) struct Nobody;

#[cfg(all(feature = "mcp", unix))]
impl Person for Nobody {
    fn code(&self, _: bool) -> Option<String> {
        None
    }

    fn visit(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// Whoever sits at the terminal, if anybody does.
pub(super) struct Terminal;

impl Terminal {
    fn is_there() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

impl Person for Terminal {
    fn code(&self, again: bool) -> Option<String> {
        if !Self::is_there() {
            return None;
        }
        tell(if again {
            "lastlook: the registry did not take that code."
        } else {
            "lastlook: the registry asks for a one-time password."
        });
        let mut err = io::stderr().lock();
        // Where nobody sees the question, nobody answers.
        err.write_all(b"One-time password: ").and_then(|()| err.flush()).ok()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line).ok()?;
        let code = line.trim();
        (!code.is_empty()).then(|| code.to_owned())
    }

    fn visit(&self, url: &str, _: &str) -> bool {
        if !Self::is_there() {
            return false;
        }
        tell(&format!("lastlook: the registry asks you to confirm it; open {}", escape(url)));
        true
    }
}
