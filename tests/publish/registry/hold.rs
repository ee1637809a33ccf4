//! Points at which the registry stands still until the test lets it go on.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::route::Route;

/// Where in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Its head was read, and nothing of its body.
    Head,
    /// So many bytes of its body came.
    Body(usize),
    /// All of it came, and nothing was done about it.
    Received,
    /// What it asks was done, and nothing was answered.
    Done,
    /// Half of the bytes of the answer were sent.
    HalfAnswered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Armed,
    Reached,
    Released,
    Cut,
}

struct Gate {
    phase: Mutex<Phase>,
    changed: Condvar,
}

impl Gate {
    fn set(&self, phase: Phase) {
        let mut now = self.phase.lock().unwrap();
        if matches!(*now, Phase::Armed | Phase::Reached) {
            *now = phase;
        }
        self.changed.notify_all();
    }
}

/// A point that the test holds the registry at. It goes on when this is dropped.
pub struct Hold(Arc<Gate>);

impl Hold {
    /// Waits until the registry stands there, and panics when it does not within half a minute.
    #[track_caller]
    pub fn reached(&self) {
        assert!(self.reached_within(Duration::from_secs(30)), "nothing reached the point that is held");
    }

    /// Whether the registry came to stand there in time.
    pub fn reached_within(&self, limit: Duration) -> bool {
        let phase = self.0.phase.lock().unwrap();
        let (phase, _) = self.0.changed.wait_timeout_while(phase, limit, |phase| *phase == Phase::Armed).unwrap();
        *phase == Phase::Reached
    }

    /// Lets it go on.
    pub fn release(&self) {
        self.0.set(Phase::Released);
    }

    /// Has it hang up there, without doing or answering anything more.
    pub fn cut(&self) {
        self.0.set(Phase::Cut);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.release();
    }
}

struct Armed {
    route: Route,
    /// How many such requests are let by before the one that is held.
    before: usize,
    moment: Moment,
    gate: Arc<Gate>,
}

/// Every hold that was set.
#[derive(Default)]
pub struct Holds {
    armed: Mutex<Vec<Armed>>,
    all: Mutex<Vec<Arc<Gate>>>,
}

/// The points at which one request is held.
pub struct Points(Vec<(Moment, Arc<Gate>)>);

impl Holds {
    pub fn set(&self, route: Route, nth: usize, moment: Moment) -> Hold {
        let gate = Arc::new(Gate { phase: Mutex::new(Phase::Armed), changed: Condvar::new() });
        self.all.lock().unwrap().push(Arc::clone(&gate));
        let before = nth.checked_sub(1).expect("requests are counted from 1");
        self.armed.lock().unwrap().push(Armed { route, before, moment, gate: Arc::clone(&gate) });
        Hold(gate)
    }

    /// The points of a request that just began.
    pub fn of(&self, route: Route) -> Points {
        let mut points = Vec::new();
        self.armed.lock().unwrap().retain_mut(|armed| match (armed.route.covers(route), armed.before) {
            (false, _) => true,
            (true, 0) => {
                points.push((armed.moment, Arc::clone(&armed.gate)));
                false
            }
            (true, _) => {
                armed.before -= 1;
                true
            }
        });
        Points(points)
    }

    /// Ends every hold, as the registry stops.
    pub fn end(&self) {
        for gate in self.all.lock().unwrap().iter() {
            gate.set(Phase::Cut);
        }
    }
}

impl Points {
    pub fn has(&self, moment: Moment) -> bool {
        self.0.iter().any(|(at, _)| *at == moment)
    }

    /// The sizes of the body that are stopped at.
    pub fn of_body(&self) -> Vec<usize> {
        let sizes = self.0.iter().filter_map(|(moment, _)| match moment {
            Moment::Body(bytes) => Some(*bytes),
            Moment::Head | Moment::Received | Moment::Done | Moment::HalfAnswered => None,
        });
        sizes.collect()
    }

    /// Stands still where the test says so. False when the test says to hang up.
    pub fn pass(&self, moment: Moment) -> bool {
        self.0.iter().filter(|(at, _)| *at == moment).all(|(_, gate)| {
            gate.set(Phase::Reached);
            let phase = gate.phase.lock().unwrap();
            *gate.changed.wait_while(phase, |phase| *phase == Phase::Reached).unwrap() != Phase::Cut
        })
    }
}
