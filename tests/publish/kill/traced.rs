//! Killed before each of its calls to the system that others can see the effect of.

use crate::desk::{Desk, NAME, VERSION};
use crate::kill::settles;
use crate::packages::clean;
use crate::tracer::{killing, points, strace, tracing};

const CALLS: &str = "openat,write,fsync,flock,ftruncate,unlink,socket,connect,sendto,recvfrom,poll,exit_group";

/// More points than this are not tried.
const MOST: usize = 110;

/// The calls that the first thread makes once it begins with the journal.
fn all() -> Vec<(String, usize)> {
    let desk = Desk::new();
    let log = desk.place.home().join("log");
    let ran = desk.publishing(&[]).through(tracing(CALLS, &log)).run();
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    let text = std::fs::read_to_string(log).unwrap();
    let points = points(&text, CALLS, "journal.jsonl");
    assert!(points.len() > 40, "{text}");
    points
}

#[test]
fn a_publish_that_is_killed_before_any_call_is_settled() {
    let Some(()) = strace() else { return };
    let points = all();
    let step = points.len().div_ceil(MOST);
    let (mut killed, mut sent) = (0, 0);
    for (name, nth) in points.iter().step_by(step) {
        let desk = Desk::new();
        let ran = desk.publishing(&["--timeout", "30"]).through(killing(name, *nth)).run();
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
