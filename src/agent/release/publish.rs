//! Leave to publish → what is out, each after a line in the session that says so first.

use super::audit::Cleared;
use crate::agent::AgentError;
use crate::agent::outlet::{Going, Outlet, Prepared, There};
use crate::agent::session::{Item, Session, What};

/// What nothing stands against, in the order in which it goes out, and what is in the registry already.
pub(in crate::agent) struct Ready<'o> {
    going: Vec<(Item, Box<dyn Going + 'o>)>,
    there: Vec<(Item, There)>,
}

/// What is out: each with the registry that serves it.
pub(in crate::agent) struct Published(pub(in crate::agent) Vec<(Item, String)>);

impl Cleared {
    /// Looks at everything that may stand against any of them.
    pub(in crate::agent) fn prepare(self, outlet: &dyn Outlet) -> Result<Ready<'_>, AgentError> {
        let Self { clearances, items, .. } = self;
        let Prepared { going: ready, there } = outlet.prepare(clearances)?;
        let mut going = Vec::with_capacity(ready.len());
        for one in ready {
            let (document, integrity) = (one.clearance().document(), one.clearance().integrity().as_str());
            // A session that was written by somebody else may call other bytes by this name.
            let is = |item: &&Item| {
                item.integrity == integrity && item.name == document.name() && item.version == document.version()
            };
            let item = items.iter().find(is).cloned();
            going.push((item.ok_or_else(|| AgentError::Swapped(document.name().to_owned()))?, one));
        }
        let named = |there: There| {
            let item = items.iter().find(|item| item.name == there.name && item.version == there.version).cloned();
            Ok((item.ok_or_else(|| AgentError::Swapped(there.name.clone()))?, there))
        };
        let there = there.into_iter().map(named).collect::<Result<Vec<_>, AgentError>>()?;
        Ok(Ready { going, there })
    }
}

impl Ready<'_> {
    /// Leaves out what is in the registry already: of a workspace, what did not change.
    pub(in crate::agent) fn new_alone(self, session: &mut Session<'_>) -> Result<Self, AgentError> {
        let Self { going, there } = self;
        if going.is_empty() {
            let titles: Vec<String> = there.iter().map(|(item, _)| item.title()).collect();
            let why = format!("the registry has {}; --bump makes the next", titles.join(", "));
            return Err(AgentError::NothingNew(why));
        }
        for (item, there) in &there {
            let bytes = if there.same { "these very bytes" } else { "other bytes" };
            let text = format!("{} is in the registry already, as {bytes}, and is left out", item.title());
            session.add(What::Note { text })?;
        }
        session.add(What::Going { items: going.iter().map(|(item, _)| item.clone()).collect() })?;
        Ok(Self { going, there: Vec::new() })
    }

    pub(super) fn items(&self) -> Vec<Item> {
        self.going.iter().map(|(item, _)| item.clone()).collect()
    }

    /// Sends them one after the other. The first that fails stops those behind it. What is there already has to be the
    /// same bytes, and counts as out.
    pub(in crate::agent) fn send(self, session: &mut Session<'_>) -> Result<Published, AgentError> {
        let mut out = Vec::with_capacity(self.going.len());
        for (item, there) in self.there {
            if !there.same {
                return Err(AgentError::Differs {
                    what: item.title(),
                    why: "other bytes are published under it".to_owned(),
                });
            }
            out.push((item, there.registry));
        }
        for (item, going) in self.going {
            let registry = going.registry();
            session.add(What::Sending { item: item.clone(), registry: registry.clone() })?;
            let receipt = going.send().map_err(AgentError::Outlet)?;
            session.add(What::Published { item: item.clone(), registry: registry.clone(), tag: receipt.tag })?;
            out.push((item, registry));
        }
        Ok(Published(out))
    }
}
