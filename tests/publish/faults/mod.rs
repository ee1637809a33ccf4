//! What a registry may do to a release, and what lastlook then says, writes down and never does again.

mod cut;
mod lies;
mod refused;
mod sent;

use crate::desk::Desk;
use crate::registry::{Fault, Route, Which};

/// What comes of one publish at which something goes wrong, and of the `--resume` after it.
struct Case {
    what: &'static str,
    fault: Fault,
    /// The exit code of the publish.
    code: i32,
    /// The last word of the journal.
    last: &'static str,
    /// What is said, at the least.
    says: &'static str,
    /// How many publishes began.
    writes: usize,
    /// The exit code of `--resume` once nothing goes wrong any more, and the last word of the journal then.
    resumed: (i32, &'static str),
}

/// Publishes under the fault, resumes without it, and resumes again: by then nothing is open.
#[track_caller]
fn holds(route: Route, which: Which, case: &Case) -> Desk {
    let desk = Desk::new();
    desk.registry.fault(route, which, case.fault.clone());
    let ran = desk.publish();
    assert_eq!((ran.code, desk.last().as_str()), (Some(case.code), case.last), "{}: {ran:?}", case.what);
    assert!(ran.stderr.contains(case.says), "{}: {}", case.what, ran.stderr);
    assert_eq!(desk.writes(), case.writes, "{}", case.what);
    desk.registry.heal();
    let ran = desk.resume();
    assert_eq!((ran.code, desk.last().as_str()), (Some(case.resumed.0), case.resumed.1), "{}: {ran:?}", case.what);
    let again = desk.resume();
    assert!(again.code == Some(0) && again.stderr.contains("nothing was cut off"), "{}: {again:?}", case.what);
    assert_eq!(desk.writes(), case.writes, "{}: --resume sent something", case.what);
    desk
}
