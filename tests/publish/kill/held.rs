//! Killed while the registry stands still.

use crate::desk::{Desk, NAME};
use crate::kill::settles;
use crate::registry::{Moment, Route};

/// Kills a publish at a point, and has the registry go on or hang up there.
fn killed(route: Route, nth: usize, moment: Moment, goes_on: bool) -> Desk {
    let desk = Desk::new();
    let hold = desk.registry.hold(route, nth, moment);
    let running = desk.publishing(&["--timeout", "30"]).spawn();
    hold.reached();
    let ran = desk.told_nobody(running.kill());
    assert_eq!(ran.signal, Some(9), "{ran:?}");
    if goes_on {
        hold.release();
    } else {
        hold.cut();
    }
    desk
}

#[test]
fn a_publish_that_is_killed_while_it_sends_is_settled() {
    for (moment, goes_on, there) in [
        (Moment::Head, false, 0),
        (Moment::Body(1), false, 0),
        (Moment::Body(500), false, 0),
        (Moment::Received, false, 0),
        (Moment::Received, true, 1),
        (Moment::Done, false, 1),
        (Moment::Done, true, 1),
        (Moment::HalfAnswered, false, 1),
        (Moment::HalfAnswered, true, 1),
    ] {
        let at = format!("{moment:?} of the write, {goes_on}");
        let desk = killed(Route::Publish, 1, moment, goes_on);
        desk.registry.await_quiet();
        assert_eq!((desk.registry.versions(NAME).len(), desk.last().as_str()), (there, "sending"), "{at}");
        settles(&desk, &at);
    }
}

#[test]
fn a_publish_that_is_killed_before_it_sends_leaves_nothing_behind() {
    for nth in [1, 2] {
        for moment in [Moment::Head, Moment::Done, Moment::HalfAnswered] {
            let desk = killed(Route::Packument, nth, moment, true);
            assert_eq!((desk.writes(), desk.events()), (0, vec![]));
            settles(&desk, &format!("{moment:?} of read {nth}"));
        }
    }
}

#[test]
fn a_publish_that_is_killed_while_it_reads_back_is_settled() {
    for (route, nth) in [(Route::Packument, 3), (Route::Tarball, 1)] {
        for moment in [Moment::Head, Moment::Done, Moment::HalfAnswered] {
            let desk = killed(route, nth, moment, true);
            assert_eq!((desk.writes(), desk.events()), (1, vec!["sending".to_owned(), "accepted".to_owned()]));
            settles(&desk, &format!("{moment:?} of {route:?} {nth}"));
        }
    }
}

#[test]
fn a_resume_that_is_killed_is_begun_anew() {
    for (moment, there) in [(Moment::Received, false), (Moment::Done, true)] {
        for (route, nth) in [(Route::Packument, 1), (Route::Packument, 2), (Route::Tarball, 1)] {
            let desk = killed(Route::Publish, 1, moment, false);
            desk.registry.await_quiet();
            let hold = desk.registry.hold(route, nth, Moment::Done);
            let run = desk.run(&["publish", "--resume", "--timeout", "30"]);
            let running = run.spawn();
            // What is there is read once, and what is not has no tarball.
            let reached = match (there, route, nth) {
                (true, Route::Packument, 2) | (false, Route::Tarball, _) => false,
                _ => {
                    hold.reached();
                    true
                }
            };
            let ran = if reached { running.kill() } else { running.end() };
            assert_eq!(ran.signal, reached.then_some(9), "{ran:?}");
            assert_eq!(desk.last() == "sending", reached);
            drop(hold);
            if reached {
                settles(&desk, &format!("--resume at {route:?} {nth}"));
            }
        }
    }
}
