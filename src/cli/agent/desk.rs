//! What a release asks of whoever holds the credential → the registry, its journal, and a stranger's look.

use crate::agent::session::Item;
use crate::agent::{Going, Outlet, OutletFault, Prepared, Seen, Standing, There};
use crate::audit::Clearance;
use crate::cli::CliError;
use crate::cli::counter::{Counter, Release};
use crate::cli::publish::told;
use crate::cli::remote::{Receipts, TARBALL};
use crate::open::Kept;
use crate::publish::{Event, PublishError, Receipt, tarball_name};
use crate::verify::Released;

/// Holds the credential, and lets no part of a release see it.
pub(super) struct Desk<'d> {
    pub(super) counter: Counter<'d>,
    pub(super) receipts: Option<&'d Receipts>,
}

/// A release that nothing stands against.
struct Waiting<'d> {
    desk: &'d Desk<'d>,
    release: Release,
}

impl Outlet for Desk<'_> {
    fn prepare(&self, clearances: Vec<Clearance>) -> Result<Prepared<'_>, OutletFault> {
        let mut there = Vec::new();
        let mut note = |name: &str, version: &str, registry: &str, same| {
            let (name, version) = (name.to_owned(), version.to_owned());
            there.push(There { name, version, registry: registry.to_owned(), same });
        };
        let releases = self.counter.prepared(clearances, &mut note).map_err(|error| match error {
            CliError::Publish(error @ (PublishError::Unreadable { .. } | PublishError::Settings(_))) => {
                OutletFault::Away(error.to_string())
            }
            other => OutletFault::Refused(other.to_string()),
        })?;
        let going = releases.into_iter().map(|release| Box::new(Waiting { desk: self, release }) as Box<dyn Going>);
        Ok(Prepared { going: going.collect(), there })
    }

    fn stands_in(&self, bytes: &[u8]) -> bool {
        self.counter.opened.stands_in(bytes)
    }

    fn settle(&self, item: &Item, registry: &str) -> Result<Standing, String> {
        let last = || {
            let last = self.counter.journal.last(registry, &item.name, &item.version);
            last.map_err(|error| error.to_string())
        };
        let Some(receipt) = last()? else { return Ok(Standing::Not) };
        if receipt.integrity != item.integrity {
            return Err(format!("{} was published by somebody else meanwhile, with other bytes", item.title()));
        }
        if !receipt.event.is_open() {
            return standing(receipt);
        }
        match self.counter.settle(&receipt) {
            Ok(receipt) => standing(receipt),
            // The journal says what was found out.
            Err(error) => match last()? {
                Some(receipt) if matches!(receipt.event, Event::Absent | Event::Refused | Event::Unsent) => {
                    Ok(Standing::Not)
                }
                Some(_) | None => Err(error.to_string()),
            },
        }
    }

    fn way(&self, clearance: &Clearance) -> Result<String, String> {
        let (opened, manner) = (self.counter.opened, self.counter.manner);
        let config = clearance.document().fields().get("publishConfig").and_then(serde_json::Value::as_object);
        let chosen = opened.choose(Some(clearance.document().name()), config).map_err(|error| error.to_string())?;
        let own = |key: &str| config.and_then(|config| config.get(key)).and_then(serde_json::Value::as_str);
        let tag = manner.tag.as_deref().or_else(|| own("tag")).or_else(|| opened.settings.tag()).unwrap_or("latest");
        let access = own("access").map(|access| format!(", access {access}")).unwrap_or_default();
        Ok(format!("to {} (named by {}), as {tag}{access}", chosen.registry.url(), chosen.named_by))
    }

    fn latest(&self, name: &str) -> Result<Option<(String, Kept)>, String> {
        let fault = |error: PublishError| error.to_string();
        let opened = self.counter.opened;
        let chosen = opened.choose(Some(name), None).map_err(fault)?;
        let readable = opened.readable(chosen).map_err(fault)?;
        let reader = readable.reader();
        let Some(seen) = reader.package(name)? else { return Ok(None) };
        let Some((version, dist)) = seen.tag("latest").and_then(|latest| Some((latest, seen.version(latest)?))) else {
            return Ok(None);
        };
        let file = tarball_name(name, version);
        let kept = Kept::of(&file, &reader.tarball(dist, TARBALL)?).map_err(|error| error.to_string())?;
        Ok(Some((version.to_owned(), kept)))
    }

    fn fetch(&self, item: &Item, registry: &str) -> Result<Seen, String> {
        let fault = |error: &dyn std::fmt::Display| error.to_string();
        let opened = self.counter.opened;
        let chosen = opened.journalled(registry, &item.name).map_err(|error| fault(&error))?;
        let readable = opened.readable(chosen).map_err(|error| fault(&error))?;
        let reader = readable.reader();
        let told = reader.told(&item.name)?.ok_or_else(|| format!("{registry} shows no {}", item.name))?;
        let released = Released::fetch(&reader, &told, &item.name, &item.version).map_err(|error| fault(&error))?;
        Ok(Seen { input: released.input, odd: released.odd })
    }
}

impl Going for Waiting<'_> {
    fn clearance(&self) -> &Clearance {
        self.release.clearance()
    }

    fn registry(&self) -> String {
        self.release.registry()
    }

    fn send(self: Box<Self>) -> Result<Receipt, String> {
        let Self { desk, release } = *self;
        let receipt = desk.counter.send(release).map_err(|error| error.to_string())?;
        if !told(&receipt, desk.receipts) {
            return Err(format!("{} is published, and its receipt could not be written", receipt.title()));
        }
        Ok(receipt)
    }
}

/// What a line of the journal says of what was sent.
fn standing(receipt: Receipt) -> Result<Standing, String> {
    match receipt.event {
        Event::Published => Ok(Standing::Out(Box::new(receipt))),
        Event::Absent | Event::Refused | Event::Unsent => Ok(Standing::Not),
        other => Err(format!("{} is {}", receipt.title(), other.word())),
    }
}
