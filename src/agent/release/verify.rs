//! What is out → `Done`: fetched as a stranger would, compared byte for byte, and audited. Nothing else makes one.

use std::time::Instant;

use super::publish::Published;
use super::{Judge, Plan};
use crate::agent::AgentError;
use crate::agent::memory::Memory;
use crate::agent::outlet::{Outlet, Seen};
use crate::agent::session::{Item, Session, What};
use crate::audit::Auditor;
use crate::model::{Integrity, Verdict};
use crate::open::Input;

/// A release that is out, and is what was cleared.
#[derive(Debug)]
pub struct Done {
    out: Vec<(Item, String)>,
}

impl Done {
    /// What is out, and where.
    #[must_use]
    pub fn out(&self) -> &[(Item, String)] {
        &self.out
    }

    /// The same, in words.
    pub(in crate::agent) fn words(&self) -> String {
        let list: Vec<String> =
            self.out.iter().map(|(item, registry)| format!("{} at {registry}", item.title())).collect();
        list.join(", ")
    }
}

impl Published {
    /// Looks at each of them from outside.
    pub(in crate::agent) fn verify(
        self,
        plan: &Plan,
        judge: &Judge<'_>,
        outlet: &dyn Outlet,
        session: &mut Session<'_>,
    ) -> Result<Done, AgentError> {
        let Self(out) = self;
        if out.is_empty() {
            return Err(AgentError::NothingNew("nothing was sent".to_owned()));
        }
        for (item, registry) in &out {
            let Seen { input, odd } = outlet.fetch(item, registry).map_err(AgentError::Outlet)?;
            let differs = |why: String| AgentError::Differs { what: item.title(), why };
            let served = match &input {
                Input::Memory(bytes) => Integrity::of(bytes).as_str().to_owned(),
                Input::Large(_) => return Err(differs("it is larger than anything that was sent".to_owned())),
            };
            if served != item.integrity {
                return Err(differs(format!("{served} is served, and {} was cleared", item.integrity)));
            }
            let beside = [odd];
            let started = Instant::now();
            let auditor = Auditor::new(judge.rules, judge.policy, judge.pool).fail_on(judge.fail_on);
            let report = auditor.listing(true).beside(&beside).audit_input(&item.file, &input);
            if report.verdict() != Verdict::Clear {
                (judge.show)(&report, started.elapsed());
                return Err(differs(format!("an audit of what is served says {}", report.verdict().word())));
            }
            session.add(What::Verified { item: item.clone(), registry: registry.clone() })?;
            if let Some(artifact) = report.artifacts.first() {
                Memory::of(&plan.state, &item.name).add(item, registry, artifact, &report);
            }
        }
        Ok(Done { out })
    }
}
