//! A journal that can't be written or read: nothing is sent without it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::clean;
use crate::run::NOBODY;

#[test]
fn a_journal_that_can_not_be_written_stops_everything() {
    for (what, closed) in [("a folder closed to us", false), ("a file closed to us", true)] {
        let desk = Desk::new();
        std::fs::create_dir_all(desk.folder()).unwrap();
        let file = desk.folder().join("journal.jsonl");
        if closed {
            std::fs::write(&file, "").unwrap();
        }
        let (path, mode) = if closed { (file, 0o400) } else { (desk.folder(), 0o500) };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let Some(run) = desk.publishing(&[]).as_user(NOBODY) else { return };
        let ran = desk.told_nobody(run.run());
        assert_eq!((ran.code, desk.registry.requests().len()), (Some(2), 0), "{what}: {ran:?}");
        assert!(ran.stderr.contains("nothing is sent without it (--journal DIR names another)"), "{what}: {ran:?}");
    }
}

#[test]
fn a_journal_that_is_something_else_stops_everything() {
    for make in [
        (|file| std::fs::create_dir(file).unwrap()) as fn(&std::path::Path),
        |file| std::os::unix::fs::symlink("/dev/null", file).unwrap(),
        |file| std::os::unix::fs::symlink(file.with_file_name("elsewhere"), file).unwrap(),
        |file| assert!(Command::new("mkfifo").arg(file).status().unwrap().success()),
    ] {
        let desk = Desk::new();
        std::fs::create_dir_all(desk.folder()).unwrap();
        make(&desk.folder().join("journal.jsonl"));
        let ran = desk.publishing(&[]).run();
        assert_eq!((ran.code, desk.registry.requests().len()), (Some(2), 0), "{ran:?}");
        assert!(ran.stderr.contains("nothing is sent without it"), "{ran:?}");
    }
}

#[test]
fn a_journal_whose_lines_are_spoiled_stops_everything_and_says_where() {
    let desk = Desk::new();
    assert_eq!(desk.publish().code, Some(0));
    let file = desk.folder().join("journal.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (what, second) in [
        ("rubbish", "rubbish".to_owned()),
        ("half a line", lines[1][..90].to_owned()),
        ("zeroes", "\0".repeat(300)),
        ("another form", lines[1].replace("lastlook.receipt/1", "lastlook.receipt/2")),
        ("another word", lines[1].replace("\"accepted\"", "\"sent\"")),
    ] {
        std::fs::write(&file, format!("{}\n{second}\n{}\n", lines[0], lines[2])).unwrap();
        let before = desk.registry.requests().len();
        let other = desk.place.write("other.tgz", clean(NAME, "1.0.1"));
        let resume = desk.plain(&["publish", "--resume"]).run();
        for ran in [desk.run(&["publish"]).arg(&other).run(), resume] {
            assert_eq!((ran.code, desk.registry.requests().len()), (Some(2), before), "{what}: {ran:?}");
            assert!(ran.stderr.contains("line 2 of the journal"), "{what}: {}", ran.stderr);
        }
    }
    assert_eq!((desk.registry.versions(NAME), desk.writes()), (vec![VERSION.to_owned()], 1));
}

/// Words that run a program with a small disk of its own in the place of the journal's folder, on which `left` bytes
/// are free, and that bring what is there afterwards to `copy`. `None`, said aloud, where that takes more rights.
fn small_disk(desk: &Desk, left: &str, copy: &std::path::Path) -> Option<Vec<std::ffi::OsString>> {
    let try_it = Command::new("unshare").args(["--mount", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if !try_it.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: a small disk needs root and unshare");
        return None;
    }
    std::fs::create_dir_all(desk.folder()).unwrap();
    let script = r#"
        mount -t tmpfs -o size=256k none "$0" || exit 90
        dd if=/dev/zero of="$0/fill" bs=4096 count="$2" 2>/dev/null
        head -c "$3" /dev/zero | tr '\0' '\n' > "$0/journal.jsonl"
        copy=$1; shift 3; "$@"; code=$?
        cat "$0/journal.jsonl" > "$copy"; exit $code"#;
    let (pages, lines) = left.split_once(' ').unwrap();
    let folder = desk.folder().into();
    let words = ["unshare", "--mount", "sh", "-c", script].map(std::ffi::OsString::from);
    Some(words.into_iter().chain([folder, copy.into(), pages.into(), lines.into()]).collect())
}

#[test]
fn a_disk_that_is_full_sends_nothing() {
    let desk = Desk::new();
    let copy = desk.place.home().join("copy");
    // Empty lines fill the last page that there is, and are skipped by whoever reads.
    let Some(words) = small_disk(&desk, "63 4090", &copy) else { return };
    let ran = desk.told_nobody(desk.publishing(&[]).through(words).run());
    assert_eq!((ran.code, desk.writes()), (Some(2), 0), "{ran:?}");
    assert!(ran.stderr.contains("No space left") && ran.stderr.contains("nothing is sent without it"), "{ran:?}");
    // What could not be written whole was taken back.
    assert_eq!(std::fs::read(copy).unwrap(), vec![b'\n'; 4090]);
}

#[test]
fn a_disk_that_fills_up_while_it_is_sent_leaves_it_open() {
    let desk = Desk::new();
    let copy = desk.place.home().join("copy");
    let Some(words) = small_disk(&desk, "63 3300", &copy) else { return };
    let ran = desk.told_nobody(desk.publishing(&[]).through(words).run());
    assert_eq!((ran.code, desk.writes()), (Some(2), 1), "{ran:?}");
    assert!(ran.stderr.contains("what became of widget@1.0.0 is not known"), "{ran:?}");
    std::fs::write(desk.folder().join("journal.jsonl"), std::fs::read(copy).unwrap().trim_ascii_start()).unwrap();
    assert_eq!(desk.events(), ["sending"]);
    let ran = desk.resume();
    assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1), "{ran:?}");
}

#[test]
fn a_report_that_can_not_be_written_takes_the_leave_away() {
    for words in [&["--output", "json=/dev/full"][..], &["--output", "json=/no/such/folder/report.json"]] {
        let desk = Desk::new();
        let ran = desk.told_nobody(desk.publishing(words).run());
        assert_eq!((ran.code, desk.registry.requests().len(), desk.events()), (Some(2), 0, vec![]), "{ran:?}");
    }
    // A receipt comes after the fact, which it does not change; that it is missing is told.
    let desk = Desk::new();
    let ran = desk.told_nobody(desk.publishing(&["--receipt", "/dev/full"]).run());
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "published"), "{ran:?}");
    assert!(ran.stderr.contains("published widget@1.0.0") && ran.stderr.contains("/dev/full"), "{ran:?}");
}
