//! Leave to publish → what is out, each after a line in the session that says so first.

use super::audit::Cleared;
use crate::agent::AgentError;
use crate::agent::outlet::{Going, Outlet};
use crate::agent::session::{Item, Session, What};

/// What nothing stands against, in the order in which it goes out.
pub(super) struct Ready<'o> {
    going: Vec<(Item, Box<dyn Going + 'o>)>,
}

/// What is out: each with the registry that serves it.
pub(super) struct Published(pub(super) Vec<(Item, String)>);

impl Cleared {
    /// Looks at everything that may stand against any of them.
    pub(super) fn prepare<'o>(
        self,
        outlet: &'o dyn Outlet,
        session: &mut Session<'_>,
    ) -> Result<Ready<'o>, AgentError> {
        let Self { clearances, items } = self;
        let all = clearances.len();
        let ready = outlet.prepare(clearances)?;
        let mut going = Vec::with_capacity(ready.len());
        for one in ready {
            let integrity = one.clearance().integrity().as_str();
            let item = items.iter().find(|item| item.integrity == integrity).cloned();
            let item = item.ok_or_else(|| AgentError::Swapped(one.clearance().document().name().to_owned()))?;
            going.push((item, one));
        }
        if going.is_empty() {
            return Err(AgentError::NothingNew(
                "the registry has each of these versions; --bump makes the next".to_owned(),
            ));
        }
        if going.len() < all {
            let text = format!("{} of {all} are in the registry already, and are left out", all - going.len());
            session.add(What::Note { text })?;
        }
        Ok(Ready { going })
    }
}

impl Ready<'_> {
    pub(super) fn items(&self) -> Vec<Item> {
        self.going.iter().map(|(item, _)| item.clone()).collect()
    }

    /// Sends them one after the other. The first that fails stops those behind it.
    pub(super) fn send(self, session: &mut Session<'_>) -> Result<Published, AgentError> {
        let mut out = Vec::with_capacity(self.going.len());
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
