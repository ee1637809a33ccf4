//! lastlook killed anywhere: what was sent is found out by reading, and nothing is sent twice.

mod held;
mod journal;
mod together;
mod traced;

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::clean;
use crate::registry::Route;

/// What must hold once a publish was killed, wherever that was. `at` says where, for people.
#[track_caller]
fn settles(desk: &Desk, at: &str) {
    // Whatever was on its way has arrived by then, or never will.
    desk.registry.await_quiet();
    let there = desk.registry.versions(NAME).contains(&VERSION.to_owned());
    assert!(desk.whole() <= 1 && desk.writes() <= 1, "{at}: {} writes", desk.writes());
    let open = matches!(desk.last().as_str(), "sending" | "accepted" | "unknown");
    assert!(open || !there || desk.last() == "published", "{at}: it is there, and nobody wrote that down");
    let writes = desk.writes();
    let ran = desk.resume();
    let (code, last) = match (open, there) {
        (true, true) => (0, "published"),
        (true, false) => (2, "absent"),
        (false, true) => (0, "published"),
        (false, false) => (0, ""),
    };
    assert_eq!((ran.code, desk.last().as_str()), (Some(code), last), "{at}: {ran:?}");
    let again = desk.resume();
    assert!(again.code == Some(0) && again.stderr.contains("nothing was cut off"), "{at}: {again:?}");
    assert_eq!(desk.writes(), writes, "{at}: --resume sent something");
    let ran = desk.publish();
    if there {
        assert!(ran.code == Some(2) && ran.stderr.contains("there is nothing to publish"), "{at}: {ran:?}");
        assert_eq!(desk.writes(), writes, "{at}");
    } else {
        assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{at}: {ran:?}");
    }
    only_what_was_cleared(desk, at);
}

/// Whatever came is a beginning of one and the same document, whose bytes were cleared.
#[track_caller]
fn only_what_was_cleared(desk: &Desk, at: &str) {
    assert_eq!(desk.registry.tarball(NAME, VERSION), Some(clean(NAME, VERSION)), "{at}");
    let writes = desk.registry.requests_of(Route::Publish);
    let whole: Vec<_> = writes.iter().filter(|write| write.complete).collect();
    assert!((1..=2).contains(&whole.len()), "{at}: {} whole writes", whole.len());
    for write in &writes {
        assert!(whole[0].body.starts_with(&write.body), "{at}");
    }
}
