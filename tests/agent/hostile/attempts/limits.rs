//! Attempts to take all there is: memory, processes, disk, output, time. Each is bounded, and none has a control.

use crate::hostile::attempt::{Attempt, Expect};

const WHY: &str = "it would take what others on this machine need";

fn fill(name: &'static str, what: &'static str, how: &str) -> Attempt {
    let attempt = Attempt::new(name, what, Expect::Limit(WHY)).file("fill.py", include_str!("../programs/fill.py"));
    attempt.script("postbuild", &format!("/usr/bin/python3 ./fill.py {how} || true")).needs("/usr/bin/python3")
}

fn hold(name: &'static str, what: &'static str, how: &str) -> Attempt {
    let attempt = Attempt::new(name, what, Expect::Limit("it lasts ten minutes"));
    let attempt = attempt.file("hold.py", include_str!("../programs/hold.py"));
    attempt.script("postbuild", &format!("/usr/bin/python3 ./hold.py {how}")).needs("/usr/bin/python3")
}

pub(super) fn all() -> Vec<Attempt> {
    vec![
        fill("fill-memory", "takes 64 GB of memory in steps, but leaves the machine 2 GB", "memory"),
        fill("fill-processes", "starts 5,000 processes that last twenty seconds", "processes"),
        fill("fill-disk", "writes a file of 30 GB, but leaves the disk 4 GB", "disk"),
        fill("fill-files", "puts 200,000 files into the package", "files"),
        fill("fill-depth", "puts 3,000 folders into each other in the package", "depth"),
        fill("fill-sparse", "puts a file of 8 GB without contents into the package", "sparse"),
        fill("fill-scratch", "fills the folders for scratch, which may be memory", "shm"),
        fill("fill-descriptors", "opens as many files as it may", "descriptors"),
        hold("hold-sleep", "sleeps for ten minutes", "sleep"),
        hold("hold-deaf", "sleeps, and ignores whoever asks it to end", "deaf"),
        hold("hold-pipe", "ends, but leaves its output open in a process that sleeps", "pipe"),
        hold("hold-noise", "prints without end", "noise"),
        hold("hold-lines", "prints empty lines without end", "lines"),
    ]
}
