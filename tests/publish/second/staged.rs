//! Staged versions: looked at again before they are approved.

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, package, with_sources};
use crate::registry::{Answer, Fault, Moment, Otp, Route, Which, integrity};
use crate::run::{Ran, Run};

/// A desk with a version that lastlook staged. The name of the stage.
fn staged() -> (Desk, String) {
    let desk = Desk::new();
    let ran = desk.told_nobody(desk.publishing(&["--stage"]).run());
    assert_eq!((ran.code, desk.events()), (Some(0), ["sending", "accepted", "staged"].map(str::to_owned).to_vec()));
    let id = desk.registry.staged()[0]["id"].as_str().unwrap().to_owned();
    assert!(ran.stderr.contains(&format!("lastlook approve {id}")), "{}", ran.stderr);
    assert_eq!(desk.journal()[2]["stage"], id.as_str());
    (desk, id)
}

/// Where to is in the journal.
fn approving(desk: &Desk, words: &[&str]) -> Run {
    desk.run(&[&["approve"], words].concat())
}

fn approves(desk: &Desk) -> usize {
    desk.registry.count(Route::StageApprove)
}

#[test]
fn a_version_is_staged_and_then_approved() {
    let (desk, id) = staged();
    assert_eq!(desk.registry.versions(NAME), [""; 0]);
    let write = &desk.registry.requests_of(Route::Stage)[0];
    assert_eq!((write.method.as_str(), write.target.as_str()), ("POST", "/-/stage/package/widget"));
    assert_eq!((write.header("npm-command"), write.complete), (Some("stage"), true));
    assert_eq!(write.json()["versions"][VERSION]["dist"]["integrity"], integrity(&clean(NAME, VERSION)));
    let ran = desk.told_nobody(approving(&desk, &[&id]).run());
    assert_eq!((ran.code, desk.registry.versions(NAME)), (Some(0), vec![VERSION.to_owned()]), "{ran:?}");
    assert_eq!(desk.events()[3..], ["approving", "accepted", "published"]);
    let approve = &desk.registry.requests_of(Route::StageApprove)[0];
    assert_eq!((approve.body.len(), approve.header("content-length")), (0, Some("0")));
    assert_eq!(
        (desk.registry.count(Route::Publish), desk.registry.tarball(NAME, VERSION)),
        (0, Some(clean(NAME, VERSION)))
    );
    // It is approved once.
    let again = approving(&desk, &[&id]).run();
    assert_eq!((again.code, approves(&desk)), (Some(2), 1), "{again:?}");
}

#[test]
fn what_is_dirty_is_neither_staged_nor_approved() {
    let desk = Desk::new();
    let file = desk.write(&with_sources(NAME, VERSION));
    let ran = desk.told_nobody(desk.run(&["publish", "--stage"]).arg(file).run());
    assert_eq!((ran.code, desk.registry.requests().len(), desk.events()), (Some(1), 0, vec![]), "{ran:?}");
    // Swapped after it was staged.
    let (desk, id) = staged();
    desk.registry.fault(Route::StageTarball, Which::Every, Fault::Body(with_sources(NAME, VERSION)));
    let ran = desk.told_nobody(approving(&desk, &[&id]).run());
    assert_eq!((ran.code, approves(&desk), desk.last().as_str()), (Some(1), 0, "staged"), "{ran:?}");
    assert!(ran.stdout.contains("map/") && ran.stderr.contains("it was not approved"), "{ran:?}");
}

#[test]
fn what_is_staged_must_be_what_it_says() {
    let other =
        |name: &str, version: &str| package(name, version, serde_json::json!({}), &[("a.js", "exports.a = 1;\n")]);
    for (bytes, code, approvals, says) in [
        (other("gadget", VERSION), 2, 0, "its bytes are those of gadget@1.0.0"),
        (other(NAME, "1.0.1"), 2, 0, "its bytes are those of widget@1.0.1"),
        (other(NAME, VERSION)[..60].to_vec(), 2, 0, ""),
        (package(NAME, VERSION, serde_json::json!({ "private": true }), &[]), 2, 0, "is private"),
        // These are clear, so they may go; and then the registry serves others.
        (other(NAME, VERSION), 2, 1, "NOT as it was cleared"),
    ] {
        let (desk, id) = staged();
        desk.registry.fault(Route::StageTarball, Which::Every, Fault::Body(bytes));
        // Who staged it knows what it was.
        let ran = desk.told_nobody(approving(&desk, &[&id]).run());
        assert_eq!((ran.code, approves(&desk), desk.last().as_str()), (Some(2), 0, "staged"), "{says}: {ran:?}");
        assert!(says.is_empty() || ran.stderr.contains("not those that were staged"), "{says}: {ran:?}");
        // Somebody else approves it.
        std::fs::remove_file(desk.folder().join("journal.jsonl")).unwrap();
        let ran = desk.told_nobody(approving(&desk, &[&id]).run());
        assert_eq!((ran.code, approves(&desk)), (Some(code), approvals), "{says}: {ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {ran:?}");
        assert_eq!(desk.last(), if approvals == 1 { "differs" } else { "" }, "{says}");
    }
}

#[test]
fn a_stage_that_is_not_there_or_is_an_address_is_not_approved() {
    let (desk, _) = staged();
    for (id, asks, says) in [
        ("00000000-0000-4000-8000-0000000000ff", 1, "can not be approved: Not found"),
        ("../../widget", 0, "it is not written as stages are"),
        ("a/approve?x=", 0, "it is not written as stages are"),
        ("", 0, "it is not written as stages are"),
    ] {
        let before = desk.registry.requests().len();
        let ran = desk.told_nobody(desk.run(&["approve", id]).run());
        assert!(ran.code == Some(2) && ran.stderr.contains(says), "{id}: {ran:?}");
        assert_eq!(desk.registry.requests().len(), before + asks, "{id}");
    }
    assert_eq!(approves(&desk), 0);
}

#[test]
fn an_approval_may_want_a_code() {
    let (desk, id) = staged();
    desk.registry.require_otp(Otp::Code("493817".to_owned()));
    let ran = desk.told_nobody(approving(&desk, &[&id]).run());
    assert!(ran.code == Some(2) && ran.stderr.contains("add --otp CODE"), "{ran:?}");
    let ran = desk.told_nobody(approving(&desk, &[&id, "--otp", "493817"]).run());
    assert_eq!((ran.code, approves(&desk), desk.last().as_str()), (Some(0), 2, "published"), "{ran:?}");
    let with_code = desk.registry.requests().into_iter().filter(|request| request.header("npm-otp").is_some());
    assert_eq!(with_code.map(|request| request.route).collect::<Vec<_>>(), [Route::StageApprove]);
}

#[track_caller]
fn ends(desk: &Desk, ran: Ran, code: i32, last: &str) {
    assert_eq!((ran.code, desk.last().as_str()), (Some(code), last), "{ran:?}");
}

#[test]
fn a_stage_that_was_cut_off_is_looked_for() {
    for (fault, code, last) in [
        (Fault::DoneThenCut, 0, "staged"),
        (Fault::Half, 0, "staged"),
        (Fault::Done(Answer::error(502, "late")), 0, "staged"),
        (Fault::Done(Answer::json(201, &serde_json::json!({ "ok": true }))), 0, "staged"),
        (Fault::Cut(0), 2, "absent"),
        (Fault::Cut(400), 2, "absent"),
        (Fault::Answer(Answer::error(403, "no")), 2, "refused"),
    ] {
        let desk = Desk::new();
        desk.registry.fault(Route::Stage, Which::Every, fault);
        let ran = desk.told_nobody(desk.publishing(&["--stage"]).run());
        ends(&desk, ran, code, last);
        assert_eq!((desk.writes(), desk.registry.staged().len()), (1, usize::from(code == 0)));
        assert!(desk.resume().stderr.contains("nothing was cut off"));
    }
    for (moment, code, last) in [(Moment::Received, 2, "absent"), (Moment::Done, 0, "staged")] {
        let desk = Desk::new();
        let hold = desk.registry.hold(Route::Stage, 1, moment);
        let running = desk.publishing(&["--stage", "--timeout", "30"]).spawn();
        hold.reached();
        running.kill();
        hold.cut();
        desk.registry.await_quiet();
        let ran = desk.resume();
        ends(&desk, ran, code, last);
        assert_eq!(desk.writes(), 1);
    }
}

#[test]
fn an_approval_that_was_cut_off_is_looked_for() {
    for (fault, code, last) in [
        (Fault::DoneThenCut, 0, "published"),
        (Fault::Half, 0, "published"),
        (Fault::Done(Answer::error(502, "late")), 0, "published"),
        (Fault::Cut(0), 2, "absent"),
        (Fault::Answer(Answer::error(500, "no")), 2, "absent"),
        (Fault::Answer(Answer::error(403, "no")), 2, "refused"),
        (Fault::Answer(Answer::redirect("http://127.0.0.1:9/")), 2, "refused"),
    ] {
        let (desk, id) = staged();
        desk.registry.fault(Route::StageApprove, Which::Every, fault);
        let ran = desk.told_nobody(approving(&desk, &[&id]).run());
        ends(&desk, ran, code, last);
        assert_eq!(approves(&desk), 1);
        desk.registry.heal();
        assert!(desk.resume().stderr.contains("nothing was cut off"));
        if code == 2 {
            let ran = desk.told_nobody(approving(&desk, &[&id]).run());
            ends(&desk, ran, 0, "published");
        }
    }
    let (desk, id) = staged();
    let hold = desk.registry.hold(Route::StageApprove, 1, Moment::Done);
    let running = approving(&desk, &[&id, "--timeout", "30"]).spawn();
    hold.reached();
    running.kill();
    hold.cut();
    desk.registry.await_quiet();
    assert_eq!(desk.last(), "approving");
    let again = approving(&desk, &[&id]).run();
    assert_eq!((again.code, approves(&desk)), (Some(2), 1), "{again:?}");
    let ran = desk.resume();
    ends(&desk, ran, 0, "published");
}

#[test]
fn a_stage_may_be_called_by_one_name_in_two_keys_and_not_by_two() {
    for (key, name, code, approvals) in [
        ("name", serde_json::Value::Null, 0, 1),
        ("packageName", serde_json::Value::Null, 0, 1),
        ("name", "gadget".into(), 2, 0),
        ("packageName", "../gadget".into(), 2, 0),
    ] {
        let (desk, id) = staged();
        let change = move |view: &mut serde_json::Value| view[key] = name.clone();
        desk.registry.fault(Route::StageView, Which::Every, Fault::edit(change));
        let ran = desk.told_nobody(approving(&desk, &[&id]).run());
        assert_eq!((ran.code, approves(&desk)), (Some(code), approvals), "{key}: {ran:?}");
    }
}
