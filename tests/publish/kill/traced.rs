//! Killed before each of its calls to the system that others can see the effect of.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

use crate::desk::{Desk, NAME, VERSION};
use crate::kill::settles;
use crate::packages::clean;

const CALLS: &str = "openat,write,fsync,flock,ftruncate,unlink,socket,connect,sendto,recvfrom,poll,exit_group";

/// More points than this are not tried.
const MOST: usize = 110;

/// `None`, said aloud, where it is not installed; on a pipeline that is a fault.
fn strace() -> Option<()> {
    if Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        return Some(());
    }
    let what = "strace is not installed, or may not trace: install it";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    eprintln!("SKIPPED: {what}");
    None
}

/// The calls that the first thread makes once it begins with the journal: each by its name, and which of them it is.
fn points() -> Vec<(String, usize)> {
    let desk = Desk::new();
    let log = desk.place.home().join("log");
    let words = ["strace", "-f", "-qq", "-e", &format!("trace={CALLS}"), "-e", "signal=none", "-o"].map(OsString::from);
    let ran = desk.publishing(&[]).through(words.into_iter().chain([log.clone().into()])).run();
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    let text = std::fs::read_to_string(log).unwrap();
    let first = text.split(' ').next().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut points, mut begun) = (Vec::new(), false);
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let Some((name, rest)) = call.split_once('(') else { continue };
        if thread != first || !CALLS.split(',').any(|own| own == name) {
            continue;
        }
        let count = counts.entry(name).or_default();
        *count += 1;
        begun |= rest.contains("journal.jsonl");
        if begun {
            points.push((name.to_owned(), *count));
        }
    }
    assert!(points.len() > 40, "{text}");
    points
}

#[test]
fn a_publish_that_is_killed_before_any_call_is_settled() {
    let Some(()) = strace() else { return };
    let points = points();
    let step = points.len().div_ceil(MOST);
    let (mut killed, mut sent) = (0, 0);
    for (name, nth) in points.iter().step_by(step) {
        let desk = Desk::new();
        let inject = format!("inject={name}:signal=SIGKILL:when={nth}");
        let words = ["strace", "-f", "-qq", "-e", &format!("trace={name}"), "-e", &inject, "-o", "/dev/null"];
        let ran = desk.publishing(&["--timeout", "30"]).through(words).run();
        // Other threads count for themselves, so it may end in an earlier call of theirs, or by itself.
        killed += usize::from(ran.signal == Some(9));
        assert!(ran.signal == Some(9) || ran.code == Some(0), "{name} {nth}: {ran:?}");
        sent += desk.writes();
        if ran.code == Some(0) {
            assert_eq!(desk.last(), "published", "{name} {nth}");
        }
        settles(&desk, &format!("{name} {nth}"));
    }
    let tried = points.iter().step_by(step).count();
    eprintln!("killed at {killed} of {tried} calls, {sent} of them once it was sending");
    assert!(killed * 10 >= tried * 9 && sent > 10, "killed at {killed} of {tried}, {sent} sent");
}

#[test]
fn a_journal_line_that_was_cut_off_while_it_was_written_counts_for_nothing() {
    let desk = Desk::new();
    assert_eq!(desk.publish().code, Some(0));
    let file = desk.folder().join("journal.jsonl");
    let whole = std::fs::read(&file).unwrap();
    let end = whole.iter().rposition(|byte| *byte == b'{').unwrap();
    // As if it had been killed in the middle of each of its lines.
    for cut in [end + 1, end + 40, whole.len() - 1] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let ran = desk.resume();
        assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    }
    std::fs::write(&file, [&whole[..], b"{\"schema\":\"lastlook.rec"].concat()).unwrap();
    let other = desk.place.write("other.tgz", clean(NAME, "1.0.1"));
    let ran = desk.told_nobody(desk.run(&["publish"]).arg(other).run());
    assert_eq!((ran.code, desk.events().len()), (Some(0), 6), "{ran:?}");
    assert_eq!(desk.registry.versions(NAME), [VERSION, "1.0.1"]);
}
