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
    job.options.limits.time = Duration::from_secs(3);
    let started = Instant::now();
    let (error, output) = job.error();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(error, "npm was packing w, and was ended: it took longer than 3 s; does a script wait for something?");
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

/// Who leaves the group is ended too, and so is what it started itself.
#[test]
fn what_left_the_group_is_ended() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = with_script("setsid sh -c 'echo $$ > pid; sleep 4711; true' & until [ -e pid ]; do sleep 0.1; done");
    let started = Instant::now();
    Job::new(&bin, folder.path()).packed();
    assert!(started.elapsed() < Duration::from_secs(30));
    if cfg!(target_os = "linux") {
        gone(folder.path());
    }
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

#[test]
fn what_publishing_runs_before_it_packs_runs_here_too() {
    for (program, named, script) in [
        ("npm", "npm", "prepublishOnly"),
        ("pnpm", "pnpm", "prepublishOnly"),
        ("yarn1", "yarn@1.22.0", "prepare"),
        ("yarn4", "yarn@4.1.0", "prepublish"),
        ("bun", "bun", "prepublishOnly"),
    ] {
        let Some(bin) = Bin::with(&[program]) else { continue };
        let manifest = serde_json::json!({
            "name": "w", "version": "1.0.0", "packageManager": named, "scripts": { script: "echo built > built.txt" },
        });
        let folder = project(&[("package.json", &manifest.to_string()), ("yarn.lock", "")]);
        if program == "yarn4" {
            crate::bench::lock(&bin, folder.path());
        }
        let mut job = Job::new(&bin, folder.path());
        assert_eq!(job.packed()["packages"][0]["files"]["built.txt"], "built\n", "{program}");
        std::fs::remove_file(folder.path().join("built.txt")).unwrap();
        job.options.publish = false;
        assert!(job.packed()["packages"][0]["files"]["built.txt"].is_null(), "{program}");
    }
}

#[test]
fn a_script_that_would_stop_publishing_stops_packing() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let manifest = r#"{"name":"w","version":"1.0.0","scripts":{"prepublishOnly":"echo not today; exit 3"}}"#;
    let folder = project(&[("package.json", manifest)]);
    let (error, output) = Job::new(&bin, folder.path()).error();
    assert!(error.contains("prepublishOnly ended with exit status: 3") && error.contains("--no-prepublish"), "{error}");
    assert!(output.contains("not today"), "{output}");
}

/// A script of one package can't touch what was packed of another.
#[test]
fn a_finished_tarball_is_out_of_reach() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let thief = r#"{"name":"b","version":"1.0.0","scripts":{"prepack":"find \"$npm_config_pack_destination/../..\" -name '*.tgz' > found.txt; true"}}"#;
    let folder = project(&[
        ("package.json", r#"{"name":"root","private":true,"workspaces":["a","b"]}"#),
        ("package-lock.json", "{}"),
        ("a/package.json", r#"{"name":"a","version":"1.0.0"}"#),
        ("b/package.json", thief),
    ]);
    let result = Job::new(&bin, folder.path()).packed();
    assert_eq!(result["packages"][0]["name"], "a");
    let found = result["packages"][1]["files"]["found.txt"].as_str().unwrap();
    assert!(!found.contains("a-1.0.0.tgz"), "{found}");
}

#[test]
fn room_to_work_in_is_not_packed() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = project(&[("package.json", r#"{"name":"w","version":"1.0.0"}"#), ("tmp/x", "")]);
    let other = tempfile::tempdir().unwrap();
    let result = other.path().join("result.json");
    let job = Job::new(&bin, folder.path());
    assert!(job.command(&folder.path().join("tmp"), &result).status().unwrap().success());
    let text = std::fs::read_to_string(result).unwrap();
    assert!(text.contains("set TMPDIR to another folder"), "{text}");
}
