//! A registry that took it, and then shows or serves something else, or nothing yet.

use super::{Case, holds};
use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, package};
use crate::registry::{Answer, Fault, Registry, Route, Which};

#[test]
fn what_is_served_must_be_what_was_cleared() {
    let mut flipped = clean(NAME, VERSION);
    *flipped.last_mut().unwrap() ^= 1;
    let mut longer = clean(NAME, VERSION);
    longer.push(0);
    let shorter = longer[..longer.len() - 9].to_vec();
    for (what, route, fault, says) in [
        ("integrity", Route::Packument, Fault::lie_about_integrity(), "the registry says sha512-"),
        (
            "no integrity",
            Route::Packument,
            Fault::edit(|packument| {
                if let Some(dist) = packument.pointer_mut("/versions/1.0.0/dist").and_then(|dist| dist.as_object_mut())
                {
                    dist.remove("integrity");
                }
            }),
            "the registry says no integrity",
        ),
        ("other bytes", Route::Tarball, Fault::Body(flipped), "is another one: it differs"),
        ("longer bytes", Route::Tarball, Fault::Body(longer), "is another one: it is longer"),
        ("shorter bytes", Route::Tarball, Fault::Body(shorter), "of "),
        ("no bytes", Route::Tarball, Fault::Body(Vec::new()), "ends after 0 of "),
        ("a shorter length", Route::Tarball, Fault::Length(-9), "ends after "),
        ("endless bytes", Route::Tarball, Fault::Endless, "it is longer"),
        ("packed bytes", Route::Tarball, Fault::Gzip, "is another one"),
        ("a page", Route::Tarball, Fault::Answer(Answer::bytes(200, "text/html", "<html>")), "is another one"),
    ] {
        let case = Case { what, fault, code: 2, last: "differs", says, writes: 1, resumed: (0, "differs") };
        let desk = holds(route, Which::Every, &case);
        assert_eq!(desk.events(), ["sending", "accepted", "differs"], "{what}");
        assert!(desk.registry.sent() < 32 << 20, "{what}: {} bytes were read", desk.registry.sent());
    }
}

#[test]
fn what_can_not_be_fetched_yet_is_settled_later() {
    for (what, route, fault, says) in [
        (
            "missing",
            Route::Tarball,
            Fault::Answer(Answer::error(404, "not yet")),
            "tarball can not be fetched: not yet",
        ),
        ("broken", Route::Tarball, Fault::Answer(Answer::error(503, "asleep")), "tarball can not be fetched: asleep"),
        ("cut off", Route::Tarball, Fault::Length(9), "tarball can not be fetched"),
        ("half", Route::Tarball, Fault::Half, "tarball can not be fetched"),
        ("elsewhere", Route::Tarball, Fault::Answer(Answer::redirect("ftp://x/")), "an address that can not be used"),
        ("hidden", Route::Packument, Fault::hide(VERSION), "the registry took it, and does not show it yet"),
    ] {
        let case = Case { what, fault, code: 2, last: "accepted", says, writes: 1, resumed: (0, "published") };
        holds(route, Which::Every, &case);
    }
    // Here the first read goes well, and all later ones don't.
    for (fault, says) in [
        (Fault::Answer(Answer::error(503, "asleep")), "the registry took it, and can not be read: asleep"),
        (Fault::Half, "the registry took it, and can not be read"),
    ] {
        let desk = Desk::new();
        let hold = desk.registry.hold(Route::Publish, 1, crate::registry::Moment::Done);
        let running = desk.publishing(&["--timeout", "20"]).spawn();
        hold.reached();
        desk.registry.fault(Route::Packument, Which::Every, fault);
        hold.release();
        let ran = desk.told_nobody(running.end());
        assert!(ran.code == Some(2) && ran.stderr.contains(says), "{ran:?}");
        // Nothing is sent while nobody knows, and --resume can't know either.
        let (again, resumed) = (desk.publish(), desk.resume());
        assert!(again.code == Some(2) && again.stderr.contains("has no known end"), "{again:?}");
        assert_eq!((resumed.code, desk.last().as_str(), desk.writes()), (Some(2), "accepted", 1), "{resumed:?}");
        desk.registry.heal();
        let ran = desk.resume();
        assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1), "{ran:?}");
    }
}

#[test]
fn a_version_that_shows_late_is_waited_for() {
    let desk = Desk::new();
    desk.registry.late(2);
    let ran = desk.told_nobody(desk.publishing(&["--wait", "20"]).run());
    assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1), "{ran:?}");
    assert!(desk.registry.count(Route::Packument) > 4);
}

#[test]
fn bytes_that_are_kept_elsewhere_are_fetched_as_by_anybody() {
    let other = Registry::start();
    other.put(NAME, VERSION, &clean(NAME, VERSION));
    let away = format!("{}widget/-/widget-1.0.0.tgz", other.url());
    for restricted in [false, true] {
        let desk = Desk::new();
        if restricted {
            desk.registry.restrict(NAME);
        }
        desk.registry.fault(Route::Packument, Which::Every, Fault::tarballs_at(&away));
        let ran = desk.publish();
        assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    }
    // Where anybody does not get them there, nobody is told the token.
    other.restrict(NAME);
    let desk = Desk::new();
    desk.registry.fault(Route::Packument, Which::Every, Fault::tarballs_at(&away));
    let ran = desk.publish();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "accepted"), "{ran:?}");
    let asked = other.requests();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request.header("authorization").is_none()), "{asked:?}");
}

#[test]
fn a_tag_that_stands_for_something_else_is_told() {
    let desk = Desk::new();
    let away = Fault::edit(|packument| packument["dist-tags"]["latest"] = "0.9.0".into());
    desk.registry.put(NAME, "0.9.0", &clean(NAME, "0.9.0"));
    desk.registry.fault(Route::Packument, Which::Every, away);
    let ran = desk.publish();
    assert!(ran.code == Some(0) && ran.stderr.contains("note that the tag latest stands for 0.9.0"), "{ran:?}");
    assert_eq!(desk.journal().pop().unwrap()["note"], "the tag latest stands for 0.9.0");
}

#[test]
fn only_who_may_read_it_is_shown_a_restricted_package() {
    let desk = Desk::new();
    let name = "@acme/widget";
    let file = desk.write(&package(name, VERSION, serde_json::json!({}), &[("index.js", "exports.a = 1;\n")]));
    let ran = desk.told_nobody(desk.run(&["publish", "--access", "restricted"]).arg(&file).run());
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    assert_eq!(desk.journal()[0]["name"], name);
    // Everything is asked for as by anybody first, and only then with the token.
    for request in desk.registry.requests_of(Route::Tarball).iter().step_by(2) {
        assert_eq!(request.header("authorization"), None);
    }
}
