//! A release that is killed at each of its events, and brought to its end.

use serde_json::json;

use crate::registry::{Registry, Route};
use crate::run::Ran;
use crate::tracer::strace;
use crate::yard::{Yard, ready};

/// Two packages, of which one needs the other, so that a kill falls between them too.
fn yard() -> Yard {
    let yard = Yard::new();
    yard.write("package.json", r#"{ "name": "root", "private": true, "workspaces": ["one", "two"] }"#);
    for (folder, needs) in [("one", json!({})), ("two", json!({ "killed-one": "^1.0.0" }))] {
        let manifest = json!({ "name": format!("killed-{folder}"), "version": "1.0.0", "license": "MIT", "files": ["dist"], "dependencies": needs });
        yard.write(&format!("{folder}/package.json"), &format!("{manifest:#}\n"));
        yard.write(&format!("{folder}/dist/index.js"), "export default 1;\n");
    }
    yard
}

const NAMES: [&str; 2] = ["killed-one", "killed-two"];

fn release(yard: &Yard, registry: &Registry) -> crate::run::Run {
    yard.release(&registry.url(), &registry.token(), &["--bump", "patch", "--sandbox", "landlock"])
}

/// Killed before the system puts the line of this number on disk.
fn killed(yard: &Yard, registry: &Registry, nth: usize) -> Ran {
    let inject = format!("inject=fdatasync:signal=SIGKILL:when={nth}");
    // Whatever it starts is not traced.
    let words = ["strace", "-qq", "-e", "trace=fdatasync", "-e", &inject, "-o", "/dev/null"];
    release(yard, registry).through(words).run()
}

/// What holds once a release that was killed is brought to its end.
#[track_caller]
fn settles(yard: &Yard, registry: &Registry, nth: usize) {
    registry.await_quiet();
    let ran = yard.resume();
    let began = yard.kinds().first().is_some_and(|kind| kind == "began");
    let writes = registry.count(Route::Publish);
    if !began {
        assert!(ran.code == Some(2) && writes == 0, "{nth}: {ran:?}");
        return;
    }
    assert_eq!(ran.code, Some(0), "{nth}: {ran:?}");
    let all = registry.requests_of(Route::Publish);
    for name in NAMES {
        assert_eq!(registry.versions(name), ["1.0.1"], "{nth}");
        let whole = all.iter().filter(|one| one.complete && one.json()["name"] == name).count();
        assert_eq!(whole, 1, "{nth}: {name} was sent {whole} times");
    }
    assert_eq!(yard.stopped().0, "released", "{nth}");
    assert!(
        yard.read("one/package.json").contains("1.0.1") && yard.read("two/package.json").contains("^1.0.1"),
        "{nth}"
    );
    let again = yard.resume();
    assert_eq!((again.code, yard.stopped().0.as_str()), (Some(0), "released"), "{nth}: {again:?}");
    assert_eq!(registry.count(Route::Publish), writes.max(2), "{nth}: it was sent again");
}

fn each(first: usize) {
    let Some(()) = strace() else { return };
    let (whole, registry) = (yard(), Registry::start());
    let ran = release(&whole, &registry).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = whole.lines().len();
    assert!(events > 15, "{:?}", whole.kinds());
    let mut died = 0;
    for nth in (first..=events).step_by(2) {
        let (yard, registry) = (yard(), Registry::start());
        let ran = killed(&yard, &registry, nth);
        assert_eq!(ran.signal, Some(9), "{nth} of {events}: {ran:?}");
        died += 1;
        settles(&yard, &registry, nth);
    }
    eprintln!("killed at {died} of {events} events");
}

#[test]
fn a_release_that_is_killed_at_odd_events_is_settled() {
    if !ready() {
        return;
    }
    each(1);
}

#[test]
fn a_release_that_is_killed_at_even_events_is_settled() {
    if !ready() {
        return;
    }
    each(2);
}

/// The registry stands still while it gets the bytes, and while it answers.
#[test]
fn a_release_that_is_killed_while_it_sends_is_settled() {
    if !ready() {
        return;
    }
    use crate::registry::Moment;
    for (moment, goes_on) in
        [(Moment::Head, false), (Moment::Body(200), false), (Moment::Received, true), (Moment::Done, true)]
    {
        let (yard, registry) = (yard(), Registry::start());
        let hold = registry.hold(Route::Publish, 1, moment);
        let running = release(&yard, &registry).spawn();
        hold.reached();
        let ran = running.kill();
        assert_eq!(ran.signal, Some(9), "{ran:?}");
        if goes_on {
            hold.release();
        } else {
            hold.cut();
        }
        settles(&yard, &registry, 1000);
    }
}

/// What lies beside the session can be changed by its owner, and is then no longer what was cleared.
#[test]
fn what_was_cleared_and_swapped_since_is_not_sent() {
    if !ready() {
        return;
    }
    let Some(()) = strace() else { return };
    let (yard, registry) = (yard(), Registry::start());
    let events = 40;
    for nth in 1..events {
        let ran = killed(&yard, &registry, nth);
        if ran.signal == Some(9) && yard.kinds().last().is_some_and(|kind| kind == "sending") {
            break;
        }
        assert!(nth + 1 < events, "never killed while sending: {:?}", yard.kinds());
        std::fs::remove_dir_all(yard.state()).unwrap();
    }
    let files = walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap);
    for file in files.into_iter().filter(|entry| entry.file_name().to_string_lossy().ends_with(".tgz")) {
        std::fs::write(file.path(), crate::packages::with_sources("killed-one", "1.0.1")).unwrap();
    }
    let ran = yard.resume();
    assert!(ran.code == Some(2) && ran.stderr.contains("is not what was cleared"), "{ran:?}");
    assert_eq!(registry.count(Route::Publish), 0);
}
