//! Connections that break, answers that never come, and those that come too slowly.

use std::time::{Duration, Instant};

use super::{Case, holds};
use crate::desk::{Desk, NAME, VERSION};
use crate::packages::package;
use crate::registry::{Answer, Fault, Route, Which};

#[test]
fn a_write_that_was_cut_is_settled_by_reading() {
    let absent = |what, fault| Case {
        what,
        fault,
        code: 2,
        last: "absent",
        says: "it was not published, and may be published again",
        writes: 1,
        resumed: (0, "absent"),
    };
    let there = |what, fault| Case {
        what,
        fault,
        code: 0,
        last: "published",
        says: "published widget@1.0.0 as latest",
        writes: 1,
        resumed: (0, "published"),
    };
    for (case, whole) in [
        (absent("before the body", Fault::Cut(0)), 0),
        (absent("in the middle", Fault::Cut(300)), 0),
        (there("after the write, without an answer", Fault::DoneThenCut), 1),
        (there("half an answer", Fault::Half), 1),
        (there("an answer that comes too late", Fault::Slow(Duration::from_secs(20))), 1),
        (there("an answer that trickles", Fault::Trickle(Duration::from_millis(300))), 1),
        (there("an answer that is shorter than it says", Fault::Length(9)), 1),
        (there("an answer that never ends", Fault::Endless), 1),
        (there("an answer that is packed", Fault::Gzip), 1),
        (there("an answer that is a page", Fault::Done(Answer::bytes(200, "text/html", "<html>hello"))), 1),
        (there("an answer that is empty", Fault::Done(Answer::bytes(204, "text/plain", ""))), 1),
    ] {
        let start = Instant::now();
        let desk = holds(Route::Publish, Which::Every, &case);
        assert_eq!(desk.whole(), whole, "{}", case.what);
        assert!(start.elapsed() < Duration::from_secs(25), "{}: {:?}", case.what, start.elapsed());
    }
}

#[test]
fn what_was_cut_may_be_published_again_and_is_there_then() {
    for bytes in [0, 300] {
        let desk = Desk::new();
        desk.registry.fault(Route::Publish, Which::First(1), Fault::Cut(bytes));
        assert_eq!(desk.publish().code, Some(2));
        let ran = desk.publish();
        assert_eq!((ran.code, desk.last().as_str(), desk.whole()), (Some(0), "published", 1), "{ran:?}");
        let ran = desk.publish();
        assert!(ran.code == Some(2) && ran.stderr.contains("there is nothing to publish"), "{ran:?}");
        assert_eq!(desk.whole(), 1);
    }
}

#[test]
fn a_large_body_that_is_answered_early_is_not_sent_again() {
    // Chance does not shrink.
    let mut seed = 1_u64;
    let noise: String = (0..6 << 20)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b' ' + (seed >> 58) as u8)
        })
        .collect();
    let large = package(NAME, VERSION, serde_json::json!({}), &[("noise.txt", &noise)]);
    for (fault, lasts) in [
        (Fault::Early(1000, Answer::error(413, "too large")), ["refused", "absent"]),
        (Fault::Cut(2 << 20), ["absent", "absent"]),
    ] {
        let desk = Desk::new();
        desk.registry.fault(Route::Publish, Which::Every, fault);
        let file = desk.write(&large);
        let ran = desk.told_nobody(desk.run(&["publish", "--timeout", "20"]).arg(file).run());
        assert!(ran.code == Some(2) && lasts.contains(&desk.last().as_str()), "{ran:?}");
        assert_eq!((desk.writes(), desk.whole()), (1, 0));
    }
}

#[test]
fn a_registry_that_can_not_be_read_gets_nothing() {
    for (what, fault, says) in [
        (
            "cut",
            Fault::Answer(Answer::error(503, "asleep")),
            "could not be read: asleep (status 503); nothing was sent",
        ),
        ("half", Fault::Half, "nothing was sent"),
        ("slow", Fault::Slow(Duration::from_secs(20)), "it took too long (see --timeout); nothing was sent"),
        ("trickle", Fault::Trickle(Duration::from_millis(300)), "nothing was sent"),
        ("gzip", Fault::Gzip, "its answer is no package"),
        ("page", Fault::Answer(Answer::bytes(200, "text/html", "<html>hello")), "its answer is no package"),
        ("bomb", Fault::Answer(Answer::bomb(100 << 20)), "its answer is no package"),
        ("401", Fault::Answer(Answer::error(401, "who are you")), "who are you (status 401); nothing was sent"),
        ("redirect", Fault::Answer(Answer::redirect("http://127.0.0.1:9/widget")), "nothing was sent"),
    ] {
        let desk = Desk::new();
        desk.registry.put(NAME, "0.9.0", &crate::packages::clean(NAME, "0.9.0"));
        desk.registry.fault(Route::Packument, Which::Every, fault);
        let ran = desk.publish();
        assert_eq!((ran.code, desk.events(), desk.writes()), (Some(2), vec![], 0), "{what}: {ran:?}");
        assert!(ran.stderr.contains(says), "{what}: {}", ran.stderr);
        // Nothing is in the way afterwards.
        desk.registry.heal();
        assert_eq!(desk.publish().code, Some(0), "{what}");
    }
}

#[test]
fn a_packument_that_never_ends_is_not_waited_for() {
    let desk = Desk::new();
    desk.registry.put(NAME, "0.9.0", &crate::packages::clean(NAME, "0.9.0"));
    desk.registry.fault(Route::Packument, Which::Every, Fault::Endless);
    let start = Instant::now();
    let ran = desk.publish();
    assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{ran:?}");
    assert!(ran.stderr.contains("the answer is longer than") || ran.stderr.contains("too long"), "{}", ran.stderr);
    assert!(start.elapsed() < Duration::from_secs(20) && desk.registry.sent() < 300 << 20);
}

#[test]
fn a_registry_that_nobody_listens_at_gets_nothing() {
    let desk = Desk::new();
    let gone = crate::registry::Registry::start().url();
    let file = desk.write(&crate::packages::clean(NAME, VERSION));
    let token = desk.place.home().join("token");
    let run = desk.plain(&["publish", "--registry", &gone]).arg("--token-file").arg(token).arg(file);
    let ran = desk.told_nobody(run.run());
    assert_eq!((ran.code, desk.events()), (Some(2), vec![]), "{ran:?}");
    assert!(ran.stderr.contains("nothing was sent"), "{}", ran.stderr);
}
