//! What goes wrong, at which requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::http::{Answer, Head};
use super::route::Route;

/// At which of the requests of a route, counted from 1 since the fault was set.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    Nth(usize),
    First(usize),
    Every,
}

/// What goes wrong. Several may be set on one request: they are all done, in the order they were set in.
#[derive(Clone)]
pub enum Fault {
    /// Says this, and does nothing of what it was asked.
    Answer(Answer),
    /// Does what it was asked, and says this.
    Done(Answer),
    /// Does what it was asked, and hangs up without an answer.
    DoneThenCut,
    /// Hangs up after so many bytes of the body.
    Cut(usize),
    /// Says this after so many bytes of the body, whose rest is thrown away.
    Early(usize, Answer),
    /// Sends half of the bytes of its answer, and hangs up.
    Half,
    /// Waits so long before it answers.
    Slow(Duration),
    /// Sends its answer a byte at a time, and waits so long before each.
    Trickle(Duration),
    /// Changes the JSON of its answer. See the functions below for the usual ones.
    Edit(Arc<dyn Fn(&mut Value) + Send + Sync>),
    /// Answers as ever, but with these bytes.
    Body(Vec<u8>),
    /// Answers as ever, but says that the body is this much longer or shorter than it is, and hangs up.
    Length(isize),
    /// Begins its answer as ever, and never ends it.
    Endless,
    /// Packs its answer.
    Gzip,
    /// Refuses with this status, and quotes the header `authorization` of the request.
    Echo(u16),
}

impl Fault {
    pub fn edit(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(change))
    }

    /// Says of every version in a packument that its hash is another.
    pub fn lie_about_integrity() -> Self {
        Self::edit(|packument| {
            for dist in dists(packument) {
                dist["integrity"] = Value::from(super::release::integrity(b"something else"));
            }
        })
    }

    /// Says that every tarball of a packument is at `url`.
    pub fn tarballs_at(url: &str) -> Self {
        let url = url.to_owned();
        Self::edit(move |packument| dists(packument).for_each(|dist| dist["tarball"] = Value::from(url.as_str())))
    }

    /// Leaves a version out of a packument, and the tags that name it.
    pub fn hide(version: &str) -> Self {
        let version = version.to_owned();
        Self::edit(move |packument| super::store::leave_out(packument, &version))
    }
}

fn dists(packument: &mut Value) -> impl Iterator<Item = &mut Value> {
    let versions = packument.get_mut("versions").and_then(Value::as_object_mut);
    versions.into_iter().flatten().filter_map(|(_, manifest)| manifest.get_mut("dist"))
}

struct Set {
    route: Route,
    which: Which,
    seen: usize,
    fault: Fault,
}

/// Every fault that was set.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Set>>);

impl Faults {
    pub fn set(&self, route: Route, which: Which, fault: Fault) {
        self.0.lock().unwrap().push(Set { route, which, seen: 0, fault });
    }

    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// What goes wrong with a request that just began.
    pub fn of(&self, route: Route) -> Vec<Fault> {
        let mut sets = self.0.lock().unwrap();
        let due = sets.iter_mut().filter(|set| set.route.covers(route)).filter_map(|set| {
            set.seen += 1;
            let due = match set.which {
                Which::Nth(nth) => set.seen == nth,
                Which::First(count) => set.seen <= count,
                Which::Every => true,
            };
            due.then(|| set.fault.clone())
        });
        due.collect()
    }
}

/// What is said instead of doing anything.
pub fn refusal(faults: &[Fault], head: &Head) -> Option<Answer> {
    faults.iter().find_map(|fault| match fault {
        Fault::Answer(answer) => Some(answer.clone()),
        Fault::Echo(status) => {
            let said = head.header("authorization").unwrap_or("nothing");
            Some(Answer::error(*status, &format!("not with authorization: {said}")).header("npm-notice", said))
        }
        _ => None,
    })
}

/// Changes the answer that was meant.
pub fn changed(faults: &[Fault], mut answer: Answer) -> Answer {
    for fault in faults {
        match fault {
            Fault::Done(other) => answer = other.clone(),
            Fault::Body(bytes) => answer.body.clone_from(bytes),
            Fault::Gzip => answer = answer.gzip(),
            Fault::Edit(change) => {
                if let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) {
                    change(&mut value);
                    answer.body = value.to_string().into_bytes();
                }
            }
            _ => {}
        }
    }
    answer
}
