//! A clearance and a wish → what is sent, once, and what came of it.

use std::time::Duration;

use super::before;
use super::body::Body;
use super::credential::{Credential, Otp};
use super::journal::{Hold, Journal};
use super::reader::{Reader, Wanted, said};
use super::receipt::{Event, Receipt};
use super::settle::Settler;
use super::wire::{Answer, Ask, Fault, SHORT, Wire};
use super::{Person, PublishError, Registry, factor, provenance, stage};
use crate::audit::Clearance;

/// Who may read a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whom its owner lets.
    Restricted,
}

impl Access {
    /// The word that registries know.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Restricted => "restricted",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Public, Self::Restricted].into_iter().find(|access| access.word() == word)
    }
}

/// How somebody wants it published.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Under which tag, if that was said.
    pub tag: Option<String>,
    /// For whom, if that was said.
    pub access: Option<Access>,
    /// What settings say where neither the person nor the package does.
    pub usual_tag: Option<String>,
    /// The same, for whom.
    pub usual_access: Option<Access>,
    /// Whether it is only staged.
    pub stage: bool,
}

/// What was decided about one release.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) tag: String,
    pub(super) access: Option<Access>,
    pub(super) stage: bool,
}

/// Publishes to one registry.
pub struct Publisher<'p> {
    /// The way there.
    pub wire: &'p Wire,
    /// The registry.
    pub registry: &'p Registry,
    /// What is written before and after.
    pub journal: &'p Journal,
    /// How long to look for what was sent.
    pub wait: Duration,
    /// Who can be asked.
    pub person: &'p dyn Person,
}

/// A release that nothing stands against, and that nobody else is publishing.
pub struct Ready {
    clearance: Clearance,
    registry: Registry,
    plan: Plan,
    _hold: Hold,
}

impl Ready {
    /// The tag it will have.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.plan.tag
    }

    /// What will be published.
    #[must_use]
    pub fn clearance(&self) -> &Clearance {
        &self.clearance
    }
}

/// What sending came to.
pub(super) enum Sent {
    /// The registry said that it took it.
    Accepted(Answer),
    /// Nobody knows, and why.
    Unknown(String),
    /// The registry said that it did not, or somebody in between did: it is looked up before that is believed.
    Refused {
        /// What is said if that is so.
        error: PublishError,
        /// Whether it may show only after a while that it is not so.
        doubtful: bool,
    },
}

impl Publisher<'_> {
    /// Looks at everything that may stand against a release, and takes its place. Nothing is sent.
    ///
    /// # Errors
    /// What stands against it, and the way out.
    pub fn prepare(
        &self,
        clearance: Clearance,
        wish: &Wish,
        credential: Option<&Credential>,
    ) -> Result<Ready, PublishError> {
        let document = clearance.document();
        let version = before::manifest(document)?;
        let tag = before::tag(wish, document, &version)?;
        let access = before::access(wish, document)?;
        provenance::check(&clearance)?;
        let (registry, name) = (self.registry.url(), document.name());
        let hold = self.journal.hold(&registry, name, document.version())?;
        if let Some(before) = self.journal.open_end(&registry, name, document.version())? {
            return Err(PublishError::Pending(Box::new(before)));
        }
        let reader = self.reader(credential);
        let seen = reader.package(name).map_err(|why| self.unreadable(why))?;
        if let Some(seen) = seen {
            let integrity = clearance.integrity().as_str();
            before::against(&seen, document, &version, integrity, wish, &tag).map_err(|error| match error {
                PublishError::Below { version, latest, way } => {
                    PublishError::Below { version, latest: reader.scrubbed(latest), way }
                }
                other => other,
            })?;
        }
        let plan = Plan { tag, access, stage: wish.stage };
        Ok(Ready { clearance, registry: self.registry.clone(), plan, _hold: hold })
    }

    /// Asks the registry whom it takes us for; none where it does not say.
    ///
    /// # Errors
    /// When it does not know the credential.
    pub fn check(&self, credential: &Credential) -> Result<Option<String>, PublishError> {
        let reader = self.reader(Some(credential));
        let answer = reader.own("-/whoami").map_err(|why| self.unreadable(why))?;
        match answer.status {
            200 => Ok(stage::word(&answer.body, "username").map(|user| reader.scrubbed(user))),
            401 => {
                let way =
                    format!("; the credential ({}) is not known there, or is no longer valid", credential.source());
                Err(PublishError::Refused { said: reader.said(&answer), way })
            }
            // Not every registry says, and not for every token.
            _ => Ok(None),
        }
    }

    /// Sends a release, once, and reads back what the registry made of it.
    ///
    /// # Errors
    /// When it is not out, or nobody knows.
    pub fn publish(&self, ready: Ready, credential: &Credential, otp: Option<Otp>) -> Result<Receipt, PublishError> {
        let Ready { clearance, registry, plan, _hold } = ready;
        if registry != *self.registry {
            let why = format!("it was looked up for {}", registry.url());
            return Err(PublishError::Unsent { registry: self.registry.url(), why });
        }
        let receipt = Receipt::of(&clearance, &self.registry.url(), &plan.tag, plan.stage);
        let (method, url, command) = if plan.stage {
            let name = super::registry::escaped(&receipt.name);
            ("POST", self.registry.at(&format!("-/stage/package/{name}")), "stage")
        } else {
            ("PUT", self.registry.package(&receipt.name), "publish")
        };
        let headers: &[(&'static str, &'static str)] = &[("npm-command", command), ("npm-auth-type", "web")];
        let send = |otp: Option<&Otp>| {
            let body = Body::of(&clearance, &plan, self.registry);
            let mut body = body.map_err(|error| Fault { begun: false, why: error.to_string() })?;
            let ask = Ask { method, url: &url, headers, credential: Some(credential), otp, most: SHORT };
            self.wire.ask(&ask, Some(&mut body))
        };
        let settler = self.settler(Some(credential), Wanted::Bytes(clearance.bytes()));
        match (self.once(&receipt, Event::Sending, credential, otp, &send)?, plan.stage) {
            (Sent::Accepted(answer), true) => settler.staged(&receipt, stage::id_in(&answer).as_deref(), None),
            (Sent::Unknown(why), true) => settler.staged(&receipt, None, Some(&why)),
            (Sent::Accepted(_), false) => settler.published(&receipt, None),
            (Sent::Unknown(why), false) => settler.published(&receipt, Some(&why)),
            (Sent::Refused { error, doubtful }, _) => settler.refused(&receipt, error, doubtful),
        }
    }

    /// Says in the journal what is about to be done, does it, and says what was answered.
    ///
    /// It is only done again where the registry refused it for want of a second factor.
    pub(super) fn once(
        &self,
        receipt: &Receipt,
        event: Event,
        credential: &Credential,
        mut otp: Option<Otp>,
        send: &dyn Fn(Option<&Otp>) -> Result<Answer, Fault>,
    ) -> Result<Sent, PublishError> {
        let mut given = usize::from(otp.is_some());
        loop {
            self.journal.write(&receipt.then(event, ""))?;
            let scrub = |mut text: String| {
                credential.scrub(&mut text);
                if let Some(otp) = &otp {
                    otp.scrub(&mut text);
                }
                text
            };
            let answer = match send(otp.as_ref()) {
                Ok(answer) => answer,
                Err(Fault { begun, why }) => {
                    let why = scrub(why);
                    if begun {
                        self.note(receipt, Event::Unknown, &why)?;
                        return Ok(Sent::Unknown(why));
                    }
                    self.note(receipt, Event::Unsent, &why)?;
                    return Err(PublishError::Unsent { registry: self.registry.url(), why });
                }
            };
            let said = said(&answer, scrub);
            if (200..300).contains(&answer.status) {
                self.note(receipt, Event::Accepted, "")?;
                return Ok(Sent::Accepted(answer));
            }
            if answer.status >= 500 && !(receipt.staged && answer.status == 501) {
                self.note(receipt, Event::Unknown, &said)?;
                return Ok(Sent::Unknown(said));
            }
            if !factor::is_wanted(&answer) {
                let next = answer.location().map(|next| scrub(next.to_owned()));
                let error = refused(&answer, said, next.as_deref(), receipt);
                return Ok(Sent::Refused { error, doubtful: is_doubtful(&answer, event) });
            }
            self.note(receipt, Event::Refused, &said)?;
            otp = Some(self.second_factor(&answer, given, scrub)?);
            given += 1;
        }
    }

    /// Writes down what happened. Where that is not possible, nobody will know.
    pub(super) fn note(&self, receipt: &Receipt, event: Event, note: &str) -> Result<(), PublishError> {
        let unknown = |error| PublishError::Unknown { what: receipt.title(), why: format!("{error}") };
        self.journal.write(&receipt.then(event, note)).map_err(unknown)
    }

    pub(super) fn reader<'r>(&'r self, credential: Option<&'r Credential>) -> Reader<'r> {
        Reader::new(self.wire, self.registry, credential)
    }

    pub(super) fn settler<'r>(&'r self, credential: Option<&'r Credential>, wanted: Wanted<'r>) -> Settler<'r> {
        Settler { publisher: self, reader: self.reader(credential), wanted }
    }

    pub(super) fn unreadable(&self, why: String) -> PublishError {
        PublishError::Unreadable { registry: self.registry.url(), why }
    }
}

/// The shortest time between two looks.
pub(super) const POLL: Duration = Duration::from_millis(200);

/// Whether a refusal may come from somebody in between, or mean that it had been taken already.
fn is_doubtful(answer: &Answer, event: Event) -> bool {
    let said = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    let there = ["previously", "already", "publish over"].iter().any(|word| said.contains(word));
    match answer.status {
        408 | 409 | 425 | 499 | 0..=199 => true,
        403 => there || event == Event::Approving,
        404 | 410 => event == Event::Approving,
        _ => false,
    }
}

/// A refusal, and what to do about it.
fn refused(answer: &Answer, said: String, next: Option<&str>, receipt: &Receipt) -> PublishError {
    let name = &receipt.name;
    let way = match answer.status {
        300..=399 => format!(
            "; it sends us to {}, and a release goes where it was meant to go: name that registry \
                     with --registry if it is right",
            next.unwrap_or("elsewhere, without an address")
        ),
        401 => "; the credential is not known there, or is no longer valid".to_owned(),
        402 => {
            format!("; a restricted package costs money there: add --access public if everybody may have {name}")
        }
        403 => format!("; the credential may not publish {name}, or the version was there once"),
        404 | 405 | 501 if receipt.staged => "; it may have no staged publishing: publish without --stage".to_owned(),
        404 => format!("; to registries, that also means: the credential may not publish {name}"),
        409 => "; somebody else published meanwhile".to_owned(),
        413 => "; it is too large for this registry".to_owned(),
        429 => match answer.header("retry-after").and_then(|text| text.parse::<u64>().ok()) {
            Some(seconds) => format!("; it asks for fewer requests: publish again in {seconds} seconds"),
            None => "; it asks for fewer requests: publish again later".to_owned(),
        },
        _ => String::new(),
    };
    PublishError::Refused { said, way }
}
