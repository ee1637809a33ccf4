//! Packers and scripts that fail, hang, print without end or leave something running.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::bench::{Bin, Job, project};

fn with_script(script: &str) -> tempfile::TempDir {
    let manifest = serde_json::json!({ "name": "w", "version": "1.0.0", "scripts": { "prepack": script } });
    project(&[("package.json", &manifest.to_string())])
}

#[test]
fn a_packer_that_fails_says_why_in_its_last_words() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = with_script(
        "node -e 'process.stdout.write(`x`.repeat(10 << 20), () => { console.error(`\\x1b[31mno such thing`); process.exitCode = 7 })'",
    );
    let (error, output) = Job::new(&bin, folder.path()).error();
    assert_eq!(error, "npm could not pack w: it ended with exit status: 7");
    assert!(output.len() <= 64 << 10, "{}", output.len());
    assert!(output.contains("\u{1b}[31mno such thing"), "{}", &output[output.len() - 2000..]);
}

#[test]
fn a_packer_that_hangs_is_ended_with_all_it_started() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = with_script("echo waiting; sleep 4711 & echo $! > pid; sleep 4711");
    let mut job = Job::new(&bin, folder.path());
    job.options.limit = Duration::from_secs(3);
    let started = Instant::now();
    let (error, output) = job.error();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(error, "npm was still packing w after 3 s, and was ended; does a script wait for something?");
    assert!(output.contains("waiting"), "{output}");
    gone(folder.path());
}

#[test]
fn what_a_script_leaves_running_is_ended() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = with_script("sleep 4711 & echo $! > pid");
    let started = Instant::now();
    Job::new(&bin, folder.path()).packed();
    assert!(started.elapsed() < Duration::from_secs(30));
    gone(folder.path());
}

/// Who leaves the group can't be ended with it; but nobody waits for it either.
#[test]
fn what_left_the_group_keeps_nobody_waiting() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = with_script("setsid sleep 20 & echo done");
    let started = Instant::now();
    Job::new(&bin, folder.path()).packed();
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[test]
fn nothing_is_left_when_packing_is_killed() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = with_script("echo $$ > pid; sleep 4711");
    let temporary = tempfile::tempdir().unwrap();
    let mut child = Job::new(&bin, folder.path()).command(temporary.path(), Path::new("none")).spawn().unwrap();
    until(|| folder.path().join("pid").exists());
    let empty = || std::fs::read_dir(temporary.path()).unwrap().next().is_none();
    assert!(!empty());
    child.kill().unwrap();
    child.wait().unwrap();
    until(empty);
    gone(folder.path());
}

#[track_caller]
fn until(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(30), "it never happened");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn gone(folder: &Path) {
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // Nobody may have picked it up yet; then it is dead all the same.
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}

#[test]
fn a_packer_that_makes_no_tarball_or_two_is_not_believed() {
    let Some(bin) = Bin::with(&[]) else { return };
    let folder = project(&[("package.json", r#"{"name":"w","version":"1.0.0"}"#)]);
    for (script, count) in [("", "0"), ("echo > \"$4/a.tgz\"; echo > \"$4/b.tgz\"", "2"), ("mkdir \"$4/a.tgz\"", "0")] {
        bin.script("npm", &format!("[ \"$1\" = --version ] && echo 11.0.0\n{script}\nexit 0"));
        let (error, _) = Job::new(&bin, folder.path()).error();
        assert_eq!(error, format!("npm ended well but made {count} tarballs of w where one was expected"));
    }
}
