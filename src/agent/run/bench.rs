//! What tools share: what was audited last, what is cleared, proposed and out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::shared::Shared;
use crate::agent::AgentError;
use crate::agent::core::{Model, Outcome, Stop};
use crate::agent::outlet::{Outlet, OutletFault};
use crate::agent::release::{Audited, Cleared, Done, Ending, Judge, Plan, Prepared, Published, Room, record, review};
use crate::agent::session::{Item, Session, SessionError, What};
use crate::audit::Clearance;
use crate::model::{Report, Verdict};
use crate::project::Project;

pub(super) struct Bench<'b, 'm> {
    pub(super) plan: &'b Plan,
    pub(super) judge: &'b Judge<'b>,
    pub(super) outlet: &'b dyn Outlet,
    model: &'b RefCell<Box<dyn Model + 'm>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// What the last audit says.
    report: Option<Report>,
    /// What it cleared and was not sent yet, in the order in which it goes out.
    cleared: Vec<(Item, Clearance)>,
    /// What of that was proposed and is not held, by its sha512.
    proposed: BTreeSet<String>,
    /// What is out, and where.
    out: Vec<(Item, String)>,
    /// How much of that was verified.
    verified: Option<(usize, Done)>,
    /// What a review held back, by its sha512, and why: the same bytes are not asked about again.
    held: BTreeMap<String, String>,
    /// Why nobody knows what became of something that was sent, or that it was not taken.
    unsettled: Option<String>,
    /// What the review asks a person to look at, and what the model says of it.
    summary: String,
    /// What would be out, if this were no dry run.
    dry: Vec<Item>,
}

/// What went wrong, for a model; a session that can't be written stops everything.
pub(super) fn told(error: AgentError) -> Result<Outcome, SessionError> {
    match error {
        AgentError::Session(error) => Err(error),
        other => {
            let output = other.output().map(|output| format!("\n{output}")).unwrap_or_default();
            Ok(Outcome::data("lastlook and what it ran", format!("{other}{output}")).failing())
        }
    }
}

impl<'b, 'm> Bench<'b, 'm> {
    pub(super) fn new(
        plan: &'b Plan,
        judge: &'b Judge<'b>,
        outlet: &'b dyn Outlet,
        model: &'b RefCell<Box<dyn Model + 'm>>,
    ) -> Self {
        Self { plan, judge, outlet, model, state: RefCell::default() }
    }

    /// Builds, packs and audits a copy of the project. What was cleared before is not any more.
    pub(super) fn audit(&self, session: &mut Session<'_>) -> Result<Report, AgentError> {
        self.spend();
        let plan = self.plan;
        let room = Room::copy(plan, &[], session)?;
        let project = Project::read(room.folder())?;
        let packed = Prepared::open(plan, &project, room, session)?.build(plan, session)?.pack(session)?;
        let audited = packed.audit(plan, self.judge, self.outlet, session)?;
        let mut state = self.state.borrow_mut();
        let report = match audited {
            Audited::Cleared(Cleared { clearances, items, report }) => {
                state.cleared = pairs(items, clearances)?;
                report
            }
            Audited::Refused(refused) => {
                (self.judge.show)(&refused.report, refused.took);
                refused.report
            }
        };
        state.report = Some(report.clone());
        Ok(report)
    }

    /// What was cleared counts no more.
    pub(super) fn spend(&self) {
        let mut state = self.state.borrow_mut();
        state.cleared.clear();
        state.proposed.clear();
        state.dry.clear();
        state.report = None;
    }

    /// Looks at what the last audit says.
    pub(super) fn report<R>(&self, look: impl FnOnce(&Report) -> R) -> Result<R, Outcome> {
        let state = self.state.borrow();
        let none = || Outcome::failed("nothing was audited yet, or the project could not be packed: call audit");
        state.report.as_ref().map(look).ok_or_else(none)
    }

    /// What is cleared under this digest.
    pub(super) fn item(&self, digest: &str) -> Result<Item, Outcome> {
        let state = self.state.borrow();
        if let Some(why) = state.held.get(digest) {
            return Err(Outcome::data("the review", format!("it is held back, and has to change: {why}")).failing());
        }
        let found = state.cleared.iter().map(|(item, _)| item).find(|item| item.integrity == digest).cloned();
        let sent = state.out.iter().find(|(item, _)| item.integrity == digest);
        found.ok_or_else(|| match sent {
            Some((item, _)) => Outcome::failed(format!("{} is out already; call verify", item.title())),
            None => Outcome::failed(
                "nothing is cleared under this digest: the last audit names what is, and an edit needs a new one",
            ),
        })
    }

    /// What is proposed under this digest, and goes out next.
    pub(super) fn next(&self, digest: &str) -> Result<Item, Outcome> {
        let item = self.item(digest)?;
        let state = self.state.borrow();
        if !state.proposed.contains(digest) {
            return Err(Outcome::failed("it was not proposed, or the review holds it: call propose"));
        }
        match state.cleared.first() {
            Some((first, _)) if first.integrity != digest => {
                let why = format!("they go out in the order in which they need each other: {} first", first.title());
                Err(Outcome::failed(why))
            }
            _ => Ok(item),
        }
    }

    /// Has what is cleared reviewed, and takes up the proposal where nothing is held; why it is, if it is.
    pub(super) fn propose(
        &self,
        item: &Item,
        summary: &str,
        session: &mut Session<'_>,
    ) -> Result<Option<String>, AgentError> {
        if self.state.borrow().proposed.contains(&item.integrity) {
            return Ok(None);
        }
        session.add(What::Proposed { item: item.clone(), summary: summary.to_owned() })?;
        let (report, items) = {
            let state = self.state.borrow();
            let items: Vec<Item> = state.cleared.iter().map(|(item, _)| item.clone()).collect();
            (state.report.clone(), items)
        };
        let Some(report) = report else { return Ok(Some("nothing was audited".to_owned())) };
        let held = review(self.plan, self.judge, &report, &items, self.outlet, &mut Shared(self.model), session)?;
        let mut state = self.state.borrow_mut();
        match &held {
            None => {
                state.proposed.insert(item.integrity.clone());
                state.summary = summary.chars().take(1_000).collect();
            }
            Some(why) => {
                state.held.insert(item.integrity.clone(), why.clone());
                state.proposed.clear();
            }
        }
        Ok(held)
    }

    /// What is about to be published, and how, for whoever says whether it may.
    pub(super) fn about(&self, item: &Item) -> Result<String, Outcome> {
        let state = self.state.borrow();
        let clearance = state.cleared.iter().find(|(other, _)| other.integrity == item.integrity);
        let Some((_, clearance)) = clearance else { return Err(Outcome::failed("it is not cleared any more")) };
        let way = self.outlet.way(clearance).map_err(Outcome::failed)?;
        let (title, size, integrity) = (item.title(), item.size, &item.integrity);
        Ok(format!("publish {title}: {size} bytes, {integrity}\n{way}\nthe model says: {}", state.summary))
    }

    /// Sends it, once.
    pub(super) fn publish(&self, item: &Item, session: &mut Session<'_>) -> Result<String, AgentError> {
        let taken = {
            let mut state = self.state.borrow_mut();
            let at = state.cleared.iter().position(|(other, _)| other.integrity == item.integrity);
            at.map(|at| state.cleared.remove(at))
        };
        let Some((item, clearance)) = taken else { return Err(AgentError::Swapped(item.title())) };
        let report = self.state.borrow().report.clone();
        let Some(report) = report else { return Err(AgentError::Swapped(item.title())) };
        let (title, own) = (item.title(), item.clone());
        let cleared = Cleared { clearances: vec![clearance], items: vec![item], report };
        let ready = match cleared.prepare(self.outlet).and_then(|ready| ready.new_alone(session)) {
            Err(AgentError::Closed(OutletFault::Away(why))) if self.plan.dry_run => {
                self.state.borrow_mut().dry.push(own);
                return Ok(format!("nothing is sent in a dry run, and no registry was asked: {why}"));
            }
            other => other?,
        };
        if self.plan.dry_run {
            self.state.borrow_mut().dry.push(own);
            return Ok(format!("nothing stands against publishing {title}; nothing is sent in a dry run"));
        }
        let Published(out) = ready.send(session).inspect_err(|error| {
            self.state.borrow_mut().unsettled = Some(error.to_string());
        })?;
        self.state.borrow_mut().out.extend(out);
        Ok(format!("{title} is out, and what the registry serves was compared; verify looks at it as a stranger would"))
    }

    /// Fetches what is out as a stranger would, and compares and audits it.
    pub(super) fn verify(&self, session: &mut Session<'_>) -> Result<String, AgentError> {
        let out = self.state.borrow().out.clone();
        if out.is_empty() {
            return Err(AgentError::NothingNew("nothing was published in this session".to_owned()));
        }
        let count = out.len();
        let done = Published(out).verify(self.plan, self.judge, self.outlet, session)?;
        let words = done.words();
        self.state.borrow_mut().verified = Some((count, done));
        Ok(words)
    }

    /// What came of it all. That a model says it is done proves nothing.
    pub(super) fn end(&self, stop: &Stop, session: &mut Session<'_>) -> Result<Ending, AgentError> {
        let whole = {
            let state = self.state.borrow();
            state.out.is_empty() || state.verified.as_ref().is_some_and(|(count, _)| *count == state.out.len())
        };
        if !whole {
            self.verify(session)?;
        }
        if *stop != Stop::Ended {
            session.add(What::Note { text: stop.words() })?;
        } else if self.plan.dry_run {
            self.reviewed(session)?;
        }
        let State { report, cleared, proposed, verified, mut held, unsettled, dry, .. } = self.state.take();
        // What was held and has changed since is something else.
        let why_held = cleared.iter().find_map(|(item, _)| held.remove(&item.integrity));
        let left: Vec<String> = cleared.iter().map(|(item, _)| item.title()).collect();
        let verdict = report.map(|report| report.verdict());
        if let Some((_, done)) = verified {
            record(self.plan, &done, session)?;
            let blocked = verdict.is_some_and(|verdict| verdict != Verdict::Clear) || why_held.is_some();
            let not = (!left.is_empty()).then(|| format!("{} did not go out", left.join(", ")));
            let refused = blocked.then(|| "what was audited last is not to go out".to_owned());
            return Ok(match unsettled.or(why_held).or(not).or(refused) {
                None => Ending::Done(done),
                Some(why) => Ending::Partly { done, why, blocked },
            });
        }
        if let Some(why) = unsettled {
            return Err(AgentError::Outlet(why));
        }
        if let Some(why) = why_held {
            return Ok(Ending::Held(why));
        }
        let reviewed = cleared.into_iter().map(|(item, _)| item).filter(|item| proposed.contains(&item.integrity));
        let ready: Vec<Item> = dry.into_iter().chain(reviewed).collect();
        Ok(match verdict {
            Some(verdict) if verdict != Verdict::Clear => Ending::Refused(verdict),
            Some(_) if self.plan.dry_run && *stop == Stop::Ended && !ready.is_empty() => Ending::Cleared(ready),
            Some(_) | None => Ending::Nothing(stop.words()),
        })
    }

    /// Has what is cleared and was not proposed reviewed too: nothing is ready without that.
    fn reviewed(&self, session: &mut Session<'_>) -> Result<(), AgentError> {
        let items: Vec<Item> = self.state.borrow().cleared.iter().map(|(item, _)| item.clone()).collect();
        for item in items {
            if self.state.borrow().held.is_empty() {
                self.propose(&item, "what was audited last", session)?;
            }
        }
        Ok(())
    }
}

/// Each with its clearance, whatever order they are in.
fn pairs(items: Vec<Item>, clearances: Vec<Clearance>) -> Result<Vec<(Item, Clearance)>, AgentError> {
    let mut clearances: Vec<Option<Clearance>> = clearances.into_iter().map(Some).collect();
    let pair = |item: Item| {
        let mut own = clearances.iter_mut();
        let is = |held: &&mut Option<Clearance>| {
            held.as_ref().is_some_and(|clearance| clearance.integrity().as_str() == item.integrity)
        };
        let clearance = own.find(is).and_then(Option::take);
        clearance.map(|clearance| (item.clone(), clearance)).ok_or_else(|| AgentError::Swapped(item.title()))
    };
    items.into_iter().map(pair).collect()
}
