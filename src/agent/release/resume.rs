//! A session that was cut off → the same release, brought to its end. Nothing is sent that may have been sent before.

use std::collections::BTreeMap;

use super::audit::{Audited, clear};
use super::publish::Published;
use super::verify::Done;
use super::{Ending, Judge, Plan, close, phase, record, release};
use crate::agent::AgentError;
use crate::agent::bump;
use crate::agent::core::Model;
use crate::agent::outlet::{Outlet, Standing};
use crate::agent::session::{Item, Line, Session, What};
use crate::model::Integrity;
use crate::open::{self, Input, Target};
use crate::project::{Package, Project};

/// How far a session had come.
struct Come<'l> {
    /// What goes out, if that was said.
    going: &'l [Item],
    /// What was about to be sent, by its hash, and where to.
    sending: BTreeMap<&'l str, (&'l Item, &'l str)>,
    /// How it ended, if it did.
    stopped: Option<&'l str>,
}

impl<'l> Come<'l> {
    fn of(lines: &'l [Line]) -> Self {
        let mut come = Self { going: &[], sending: BTreeMap::new(), stopped: None };
        for line in lines {
            come.stopped = None;
            match &line.what {
                What::Going { items } => come.going = items,
                What::Sending { item, registry } => {
                    come.sending.insert(&item.integrity, (item, registry));
                }
                What::Stopped { stop, .. } => come.stopped = Some(stop),
                _ => {}
            }
        }
        come
    }
}

/// Brings the release of `lines` to its end.
///
/// # Errors
/// What stopped it.
pub fn resume(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    model: &mut dyn Model,
    session: &mut Session<'_>,
    lines: &[Line],
) -> Result<Ending, AgentError> {
    let come = Come::of(lines);
    if come.sending.is_empty() {
        return release(plan, judge, outlet, model, session);
    }
    let ended = settle(plan, judge, outlet, &come, session);
    close(plan, session, &ended)?;
    ended
}

/// Refuses a session that has ended without anything being sent. One that did send is looked at again at any time.
///
/// # Errors
/// When it has.
pub fn open(id: &str, lines: &[Line]) -> Result<(), AgentError> {
    let come = Come::of(lines);
    let Some(stop) = come.stopped.filter(|_| come.sending.is_empty()) else { return Ok(()) };
    let why = format!("has ended ({stop}), and nothing was sent: start a new release");
    Err(AgentError::Over { id: id.to_owned(), why })
}

/// Finds out what is out of a session in which a model worked, and verifies that: nothing more is sent.
///
/// # Errors
/// What stopped it.
pub(in crate::agent) fn settled(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    session: &mut Session<'_>,
    lines: &[Line],
) -> Result<Ending, AgentError> {
    let mut come = Come::of(lines);
    if come.sending.is_empty() {
        return Ok(Ending::Nothing("it was cut off before anything was sent: start anew".to_owned()));
    }
    let sent: Vec<Item> = come.sending.values().map(|(item, _)| (*item).clone()).collect();
    come.going = &sent;
    phase(session, "publish", 0)?;
    let out = standing(outlet, &come, session)?;
    if out.is_empty() {
        return Ok(Ending::Nothing("what was to be sent was never taken: start anew".to_owned()));
    }
    phase(session, "verify", 0)?;
    let done = Published(out).verify(plan, judge, outlet, session)?;
    record::record(plan, &done, session)?;
    Ok(Ending::Done(done))
}

/// Finds out what is out, sends the rest, and verifies all of it.
fn settle(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    come: &Come<'_>,
    session: &mut Session<'_>,
) -> Result<Ending, AgentError> {
    phase(session, "publish", 0)?;
    if let Some((item, _)) = come.sending.values().find(|(item, _)| !come.going.contains(item)) {
        return Err(AgentError::Swapped(item.title()));
    }
    let mut out = standing(outlet, come, session)?;
    let rest: Vec<Item> = come
        .going
        .iter()
        .filter(|item| !out.iter().any(|(other, _)| other.integrity == item.integrity))
        .cloned()
        .collect();
    if !rest.is_empty() {
        out.extend(again(plan, judge, outlet, rest, session)?);
    }
    phase(session, "verify", 0)?;
    let done: Done = Published(out).verify(plan, judge, outlet, session)?;
    record::record(plan, &done, session)?;
    Ok(Ending::Done(done))
}

/// What is out of what was about to be sent.
fn standing(
    outlet: &dyn Outlet,
    come: &Come<'_>,
    session: &mut Session<'_>,
) -> Result<Vec<(Item, String)>, AgentError> {
    let mut out: Vec<(Item, String)> = Vec::new();
    for (item, registry) in come.sending.values() {
        match outlet.settle(item, registry).map_err(AgentError::Outlet)? {
            Standing::Out(receipt) if receipt.integrity == item.integrity => {
                let (item, registry) = ((*item).clone(), (*registry).to_owned());
                session.add(What::Published {
                    item: item.clone(),
                    registry: registry.clone(),
                    tag: receipt.tag.clone(),
                })?;
                out.push((item, registry));
            }
            Standing::Out(_) => {
                return Err(AgentError::Differs {
                    what: item.title(),
                    why: "another version of it was sent".to_owned(),
                });
            }
            Standing::Not => session.add(What::Note { text: format!("{} was never taken", item.title()) })?,
        }
    }
    Ok(out)
}

/// Audits what was cleared before once more, and sends it: a session is history, never permission.
fn again(
    plan: &Plan,
    judge: &Judge<'_>,
    outlet: &dyn Outlet,
    items: Vec<Item>,
    session: &mut Session<'_>,
) -> Result<Vec<(Item, String)>, AgentError> {
    let mut tarballs: Vec<Input> = Vec::with_capacity(items.len());
    for item in &items {
        let path = session.folder().join(&item.file);
        let bytes = open::hold(&Target::File(path)).map_err(|_| AgentError::Swapped(item.title()))?;
        if Integrity::of(&bytes).as_str() != item.integrity {
            return Err(AgentError::Swapped(item.title()));
        }
        tarballs.push(Input::Memory(bytes));
    }
    let packages = packages(plan, &items)?;
    match clear(judge, items, packages, tarballs, &[], session)? {
        Audited::Refused(refused) => {
            let verdict = refused.show(judge);
            Err(AgentError::Unfit {
                name: "what was cleared before".to_owned(),
                why: format!("is {} now", verdict.word()),
            })
        }
        Audited::Cleared(cleared) => Ok(cleared.prepare(outlet)?.send(session)?.0),
    }
}

/// What the project says of these, with the versions that they were given.
fn packages(plan: &Plan, items: &[Item]) -> Result<Vec<Package>, AgentError> {
    let project = Project::read(&plan.folder)?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let package = project.publishable()?.into_iter().find(|package| package.name() == item.name);
        let mut package = package.cloned().ok_or_else(|| AgentError::Swapped(item.title()))?;
        let now = package.manifest.version.clone().unwrap_or_default();
        let next = plan.bump.as_ref().map(|step| bump::next(&now, step)).transpose()?;
        if item.version != now && next.as_deref() != Some(&item.version) {
            return Err(AgentError::Swapped(item.title()));
        }
        package.manifest.version = Some(item.version.clone());
        found.push(package);
    }
    Ok(found)
}
