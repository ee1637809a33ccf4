//! However it dies, it leaves no image of its memory behind.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use super::Way;
use crate::desk::{Desk, NAME, VERSION};
use crate::packages::clean;
use crate::registry::{Moment, Route};

const UNLIMITED: [&str; 2] = ["prlimit", "--core=unlimited:unlimited"];

fn signal(process: &mut std::process::Child, signal: Signal) -> ExitStatus {
    loop {
        kill_process(Pid::from_child(process), signal).unwrap();
        // Rust takes the first fault for an overflow of its stack, and the second for what it is.
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        std::thread::yield_now();
    }
}

/// Images of memory in a folder, whatever the number behind their name.
fn cores(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("core") || name.ends_with(".core")).collect()
}

/// Whether a process that does not mind leaves one here. Where not, nothing can be shown.
fn others_do() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(UNLIMITED[0]);
    command.args([UNLIMITED[1], "sh", "-c", "kill -ABRT $$"]).current_dir(folder.path()).process_group(0);
    let dumped = command.status().is_ok_and(|status| status.core_dumped());
    if !dumped {
        eprintln!("SKIPPED: this machine writes no images of memory");
    }
    dumped
}

#[test]
fn a_process_that_is_killed_while_it_publishes_leaves_no_image() {
    if !others_do() {
        return;
    }
    for way in [Way::File, Way::Variable] {
        // Those that shells have their background jobs pass over are none of these.
        for how in [Signal::ABORT, Signal::TRAP, Signal::ILL, Signal::SEGV] {
            let desk = Desk::new();
            let file = desk.write(&clean(NAME, VERSION));
            let hold = desk.registry.hold(Route::Publish, 1, Moment::Received);
            let run = way.run(&desk, &["publish", "--timeout", "30"]).arg(file);
            let mut running = run.through(UNLIMITED).spawn();
            hold.reached();
            let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.child.id())).unwrap();
            let limit = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
            assert_eq!(limit.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{limit}");
            let status = signal(&mut running.child, how);
            assert_eq!((status.signal(), status.core_dumped()), (Some(how.as_raw()), false), "{way:?} {how:?}");
            assert_eq!(cores(&desk.place.folder()), [""; 0]);
            hold.cut();
        }
    }
}
