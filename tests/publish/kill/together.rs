//! Several at once.

use crate::desk::{Desk, NAME, VERSION};
use crate::kill::only_what_was_cleared;
use crate::packages::clean;
use crate::registry::{Moment, Route};

#[test]
fn a_version_that_is_being_published_is_left_to_the_one_that_does() {
    let desk = Desk::new();
    for (route, nth, moment) in
        [(Route::Packument, 1, Moment::Done), (Route::Publish, 1, Moment::Head), (Route::Tarball, 1, Moment::Head)]
    {
        let name = format!("widget-{nth}-{}", route as u8);
        let file = desk.place.write(&format!("{name}.tgz"), clean(&name, VERSION));
        let hold = desk.registry.hold(route, nth, moment);
        let first = desk.run(&["publish", "--timeout", "30"]).arg(&file).spawn();
        hold.reached();
        let before = desk.registry.requests().len();
        let second = desk.told_nobody(desk.run(&["publish"]).arg(&file).run());
        assert_eq!((second.code, desk.registry.requests().len()), (Some(2), before), "{second:?}");
        assert!(second.stderr.contains(&format!("another lastlook is publishing {name}@1.0.0")), "{}", second.stderr);
        // Nor does anybody settle what goes on still.
        let resumed = desk.resume();
        let open = route != Route::Packument;
        assert_eq!(resumed.code, Some(if open { 2 } else { 0 }), "{resumed:?}");
        assert_eq!(resumed.stderr.contains("another lastlook is publishing"), open, "{}", resumed.stderr);
        hold.release();
        let first = desk.told_nobody(first.end());
        assert_eq!((first.code, desk.last().as_str()), (Some(0), "published"), "{first:?}");
    }
    // Nothing stays behind but the journal.
    let left: Vec<_> = std::fs::read_dir(desk.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["journal.jsonl"]);
}

#[test]
fn of_many_that_start_at_once_one_sends() {
    let desk = Desk::new();
    let all: Vec<_> = (0..6).map(|_| desk.publishing(&["--timeout", "30"]).spawn()).collect();
    let ran: Vec<_> = all.into_iter().map(|running| desk.told_nobody(running.end())).collect();
    let mut codes: Vec<_> = ran.iter().map(|ran| ran.code.unwrap()).collect();
    codes.sort_unstable();
    assert_eq!((codes, desk.writes()), (vec![0, 2, 2, 2, 2, 2], 1), "{ran:?}");
    assert_eq!(desk.events(), ["sending", "accepted", "published"]);
    only_what_was_cleared(&desk, "at once");
}

#[test]
fn different_versions_are_published_at_once() {
    let desk = Desk::new();
    let versions = ["1.0.0", "1.0.1", "1.0.2", "1.0.3"];
    let all: Vec<_> = versions
        .iter()
        .map(|version| {
            let file = desk.place.write(&format!("{version}.tgz"), clean(NAME, version));
            // Which of them comes last is nobody's business here.
            desk.run(&["publish", "--timeout", "30", "--tag", "latest"]).arg(file).spawn()
        })
        .collect();
    for running in all {
        let ran = desk.told_nobody(running.end());
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!((desk.registry.versions(NAME), desk.journal().len()), (versions.map(str::to_owned).to_vec(), 12));
}
