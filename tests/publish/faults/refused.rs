//! A registry that says no, before or after it did what was asked.

use super::{Case, holds};
use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, package};
use crate::registry::{Answer, Fault, Moment, Registry, Route, Which};

#[test]
fn a_refusal_is_the_end_of_it_and_the_way_out_is_said() {
    let error = |status| Fault::Answer(Answer::error(status, "no such luck"));
    for (what, fault, says) in [
        ("401", error(401), "no such luck (status 401); the credential is not known there"),
        ("402", error(402), "add --access public if everybody may have widget"),
        ("403", error(403), "the credential may not publish widget, or the version was there once"),
        ("404", error(404), "to registries, that also means: the credential may not publish widget"),
        ("409", error(409), "somebody else published meanwhile"),
        ("413", error(413), "it is too large for this registry"),
        ("422", error(422), "the registry refused it: no such luck (status 422)"),
        ("429", Fault::Answer(Answer::too_many(7)), "publish again in 7 seconds"),
        ("429 without a time", error(429), "publish again later"),
        ("a page", Fault::Answer(Answer::bytes(400, "text/html", "<html>hello")), "refused it: status 400"),
    ] {
        let case = Case { what, fault, code: 2, last: "refused", says, writes: 1, resumed: (0, "refused") };
        let desk = holds(Route::Publish, Which::Every, &case);
        assert_eq!(desk.events(), ["sending", "refused"], "{what}");
        // What was refused may be published again.
        let ran = desk.publish();
        assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 2), "{what}: {ran:?}");
    }
}

#[test]
fn a_fault_of_the_registry_is_settled_by_reading() {
    for status in [500, 502, 503, 504] {
        let case = Case {
            what: "before the write",
            fault: Fault::Answer(Answer::error(status, "no such luck")),
            code: 2,
            last: "absent",
            says: "widget@1.0.0 is not in the registry (no such luck",
            writes: 1,
            resumed: (0, "absent"),
        };
        let desk = holds(Route::Publish, Which::Every, &case);
        assert_eq!(desk.events(), ["sending", "unknown", "absent"]);
        let ran = desk.publish();
        assert_eq!((ran.code, desk.writes()), (Some(0), 2), "{ran:?}");
        let case = Case {
            what: "after the write",
            fault: Fault::Done(Answer::error(status, "no such luck")),
            code: 0,
            last: "published",
            says: "published widget@1.0.0 as latest",
            writes: 1,
            resumed: (0, "published"),
        };
        let desk = holds(Route::Publish, Which::Every, &case);
        assert_eq!(desk.events(), ["sending", "unknown", "published"]);
    }
}

#[test]
fn a_version_that_is_there_by_our_own_write_is_published() {
    for status in [403, 409] {
        let case = Case {
            what: "our own write went through",
            fault: Fault::Done(Answer::error(status, "You cannot publish over the previously published versions")),
            code: 0,
            last: "published",
            says: "published widget@1.0.0 as latest",
            writes: 1,
            resumed: (0, "published"),
        };
        holds(Route::Publish, Which::Every, &case);
    }
}

#[test]
fn a_version_that_somebody_else_put_there_meanwhile_is_not_ours() {
    let other = package(NAME, VERSION, serde_json::json!({}), &[("other.js", "exports.other = true;\n")]);
    for (bytes, code, last) in [(other, 2, "refused"), (clean(NAME, VERSION), 0, "published")] {
        let desk = Desk::new();
        let hold = desk.registry.hold(Route::Publish, 1, Moment::Head);
        let running = desk.publishing(&["--timeout", "20"]).spawn();
        hold.reached();
        desk.registry.put(NAME, VERSION, &bytes);
        hold.release();
        let ran = desk.told_nobody(running.end());
        assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(code), last, 1), "{ran:?}");
    }
}

#[test]
fn a_redirect_of_a_write_is_followed_by_nobody() {
    for status in [301, 302, 303, 307, 308] {
        let other = Registry::start();
        let answer = Answer { status, ..Answer::redirect(&format!("{}widget", other.url())) };
        let case = Case {
            what: "elsewhere",
            fault: Fault::Answer(answer),
            code: 2,
            last: "refused",
            says: "a release goes where it was meant to go: name that registry with --registry if it is right",
            writes: 1,
            resumed: (0, "refused"),
        };
        holds(Route::Publish, Which::Every, &case);
        assert_eq!(other.connections(), [b""; 0], "{status}");
    }
}

#[test]
fn a_redirect_of_a_read_is_followed_without_the_token_or_not_at_all() {
    let other = Registry::start();
    other.put(NAME, "0.9.0", &clean(NAME, "0.9.0"));
    let desk = Desk::new();
    let away = Fault::Answer(Answer::redirect(&format!("{}widget", other.url())));
    desk.registry.fault(Route::Packument, Which::Every, away);
    let ran = desk.publish();
    assert_eq!((ran.code, desk.writes(), desk.events()), (Some(2), 0, vec![]), "{ran:?}");
    assert!(ran.stderr.contains("could not be read") && ran.stderr.contains("nothing was sent"), "{}", ran.stderr);
    assert_eq!(other.connections(), [b""; 0]);
    // Bytes may be kept elsewhere, where anybody gets them.
    desk.registry.heal();
    other.put(NAME, VERSION, &clean(NAME, VERSION));
    let away = Fault::Answer(Answer::redirect(&format!("{}widget/-/widget-1.0.0.tgz", other.url())));
    desk.registry.fault(Route::Tarball, Which::Every, away);
    let ran = desk.publish();
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    let asked = other.requests();
    assert_eq!((asked.len(), asked[0].header("authorization")), (1, None));
}

#[test]
fn a_token_that_nobody_knows_is_told_of_before_it_is_needed() {
    let desk = Desk::new();
    desk.place.write_home("token", "npm_nobodyKnowsThisOne");
    let dry = desk.publishing(&["--dry-run"]).run();
    assert!(dry.code == Some(2) && dry.stderr.contains("is not known there, or is no longer valid"), "{dry:?}");
    assert_eq!((desk.writes(), desk.events()), (0, vec![]));
    let ran = desk.publishing(&[]).run();
    assert!(ran.code == Some(2) && ran.stderr.contains("the credential is not known there"), "{ran:?}");
    assert!(!dry.stderr.contains("npm_nobody") && !ran.stderr.contains("npm_nobody"));
    assert_eq!((desk.writes(), desk.last().as_str()), (1, "refused"));
}
