//! What was sent, or may have been → what the registry has, by reading alone.

use std::time::Instant;

use super::Dist;
use super::PublishError;
use super::publisher::{POLL, Publisher};
use super::reader::{Reader, Served, Wanted};
use super::receipt::{Event, Receipt};

/// Reads what became of one release.
pub(super) struct Settler<'s> {
    pub(super) publisher: &'s Publisher<'s>,
    pub(super) reader: Reader<'s>,
    pub(super) wanted: Wanted<'s>,
}

/// One look at a registry.
pub(super) enum Look<T> {
    /// It is there.
    Found(T),
    /// It is not there yet, and why we think so.
    Nothing(String),
    /// It could not be seen.
    Blind(String),
}

impl Settler<'_> {
    /// Looks again and again, for as long as is worth it; then says what the last look came to.
    pub(super) fn until<T>(&self, mut look: impl FnMut() -> Look<T>) -> Look<T> {
        let until = Instant::now() + self.publisher.wait;
        let mut pause = POLL;
        loop {
            let seen = look();
            let left = until.saturating_duration_since(Instant::now());
            if matches!(seen, Look::Found(_)) || left.is_zero() {
                return seen;
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(POLL * 50);
        }
    }

    /// Reads whether a version is out, and is what was cleared. `unknown` says why nobody knows that it was taken.
    pub(super) fn published(&self, receipt: &Receipt, unknown: Option<&str>) -> Result<Receipt, PublishError> {
        let found = self.until(|| self.look(receipt));
        let (dist, note) = self.settled(receipt, found, unknown)?;
        self.served(receipt, &dist, note)
    }

    /// Believes a refusal, if a look at the registry does not tell otherwise.
    pub(super) fn refused(
        &self,
        receipt: &Receipt,
        error: PublishError,
        doubtful: bool,
    ) -> Result<Receipt, PublishError> {
        let found = if receipt.staged {
            let look = || match self.look_for_stage(receipt) {
                Look::Found(id) => Look::Found(Err(id)),
                Look::Nothing(why) => Look::Nothing(why),
                Look::Blind(why) => Look::Blind(why),
            };
            if doubtful { self.until(look) } else { look() }
        } else {
            // What somebody else published under this version is no release of ours.
            let look = || match self.look(receipt) {
                Look::Found((dist, _)) if !dist.is(&receipt.integrity) => {
                    Look::Nothing("the version is there with other bytes".to_owned())
                }
                Look::Found(found) => Look::Found(Ok(found)),
                Look::Nothing(why) => Look::Nothing(why),
                Look::Blind(why) => Look::Blind(why),
            };
            if doubtful { self.until(look) } else { look() }
        };
        match found {
            Look::Found(Ok((dist, note))) => self.served(receipt, &dist, note),
            Look::Found(Err(id)) => self.staged(receipt, Some(&id), None),
            Look::Nothing(_) => {
                self.publisher.note(receipt, Event::Refused, &error.to_string())?;
                Err(error)
            }
            Look::Blind(blind) => {
                let why = format!("{error}; and the registry can not be read: {blind}");
                self.publisher.note(receipt, Event::Unknown, &why)?;
                Err(PublishError::Unknown { what: receipt.title(), why })
            }
        }
    }

    /// Looks for a version: what is said of its bytes, and what is to be said of its tag.
    fn look(&self, receipt: &Receipt) -> Look<(Dist, String)> {
        let seen = match self.reader.package(&receipt.name) {
            Ok(seen) => seen,
            Err(why) => return Look::Blind(why),
        };
        // To strangers, many registries show nothing of what they keep for others.
        if seen.is_none() && self.reader.credential.is_none() {
            return Look::Blind("it shows nothing of the package to strangers, and there is no credential".to_owned());
        }
        let seen = seen.unwrap_or_default();
        let Some(dist) = seen.version(&receipt.version) else {
            return Look::Nothing("the version is not there".to_owned());
        };
        let note = match seen.tag(&receipt.tag) {
            Some(version) if version == receipt.version => String::new(),
            Some(other) => {
                format!("the tag {} stands for {:.80}", receipt.tag, self.reader.scrubbed(other.to_owned()))
            }
            None => format!("the registry shows no tag {}", receipt.tag),
        };
        Look::Found((dist.clone(), note))
    }

    /// Compares what is said of the bytes of a version, and the bytes themselves.
    fn served(&self, receipt: &Receipt, dist: &Dist, note: String) -> Result<Receipt, PublishError> {
        let served = self.until(|| match self.reader.compare(dist, self.wanted) {
            Ok(Served::Nothing(why)) => Look::Nothing(why),
            Ok(served) => Look::Found(served),
            Err(why) => Look::Blind(why),
        });
        if dist.is(&receipt.integrity) || !matches!(served, Look::Found(Served::Same)) {
            return self.compared(receipt, Event::Published, served, note);
        }
        let says = self.reader.scrubbed(dist.integrity.clone().unwrap_or_default());
        let says = if says.is_empty() { "no integrity".to_owned() } else { format!("{says:.120}") };
        let why = format!("its bytes are the same, and the registry says {says} of them, not {}", receipt.integrity);
        self.differs(receipt, why)
    }

    /// What the first look came to, or how this ends.
    pub(super) fn settled<T>(
        &self,
        receipt: &Receipt,
        found: Look<T>,
        unknown: Option<&str>,
    ) -> Result<T, PublishError> {
        let unsettled = |why: String| PublishError::Unknown { what: receipt.title(), why };
        match (found, unknown) {
            (Look::Found(seen), _) => Ok(seen),
            (Look::Nothing(_), Some(why)) => {
                self.publisher.note(receipt, Event::Absent, why)?;
                Err(PublishError::Absent { what: receipt.title(), why: why.to_owned() })
            }
            (Look::Nothing(_), None) => Err(unsettled("the registry took it, and does not show it yet".to_owned())),
            (Look::Blind(blind), None) => Err(unsettled(format!("the registry took it, and can not be read: {blind}"))),
            (Look::Blind(blind), Some(why)) => {
                Err(unsettled(format!("{why}, and the registry can not be read: {blind}")))
            }
        }
    }

    /// What comparing the bytes came to.
    pub(super) fn compared(
        &self,
        receipt: &Receipt,
        event: Event,
        served: Look<Served>,
        note: String,
    ) -> Result<Receipt, PublishError> {
        match served {
            Look::Found(Served::Same) => {
                let last = receipt.then(event, note);
                self.publisher.note(receipt, event, &last.note)?;
                Ok(last)
            }
            Look::Found(Served::Other(how)) => self.differs(receipt, how),
            Look::Found(Served::Nothing(why)) | Look::Nothing(why) | Look::Blind(why) => {
                let why = format!("the registry shows it, and its tarball can not be fetched: {why}");
                Err(PublishError::Unknown { what: receipt.title(), why })
            }
        }
    }

    pub(super) fn differs<T>(&self, receipt: &Receipt, why: String) -> Result<T, PublishError> {
        self.publisher.note(receipt, Event::Differs, &why)?;
        Err(PublishError::Differs { what: receipt.title(), why })
    }
}

impl Publisher<'_> {
    /// Finds out how an attempt ended of which nobody knows that, by reading alone.
    ///
    /// # Errors
    /// When it is not out, is something else, or nobody knows still.
    pub fn resume(
        &self,
        receipt: &Receipt,
        credential: Option<&super::credential::Credential>,
    ) -> Result<Receipt, PublishError> {
        let _hold = self.journal.hold(&receipt.registry, &receipt.name, &receipt.version)?;
        // Somebody may have settled it while we waited.
        let Some(receipt) = self.journal.open_end(&receipt.registry, &receipt.name, &receipt.version)? else {
            return Err(PublishError::Missing(format!("{} was settled meanwhile", receipt.title())));
        };
        let settler = self.settler(credential, Wanted::Hash(&receipt.integrity, receipt.size));
        let cut = format!("what was done at {} was cut off", receipt.time);
        let why = match receipt.event {
            Event::Accepted => None,
            _ if receipt.note.is_empty() => Some(cut.as_str()),
            _ => Some(receipt.note.as_str()),
        };
        if receipt.staged { settler.staged(&receipt, None, why) } else { settler.published(&receipt, why) }
    }
}
