//! `cargo bench`: lastlook against the bare cost of inflating, whole processes on warm files, as ratios in one run.
//!
//! Needs `libdeflate-gunzip` (Debian: libdeflate-tools) and `tar`; says so where they are missing.
#![allow(
    unreachable_pub,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

#[path = "../fixtures/make.rs"]
mod make;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 11;

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let leak = fixture(&folder, "leak.tgz", make::leak);
    let many = fixture(&folder, "many.tgz", || make::many(100_000, 700));
    let gigabyte = fixture(&folder, "gigabyte.tgz", || make::many(190_000, 5_400));
    ratio("leak: 12 MB bundle, 60 MB map", &leak, &["libdeflate-gunzip", "-c"], 1.6);
    ratio("100,000 small files", &many, &["tar", "tzf"], 2.0);
    memory("leak: 12 MB bundle, 60 MB map", &leak, 160);
    memory("1 GB in 190,000 small files", &gigabyte, 192);
}

fn fixture(folder: &Path, name: &str, make: impl FnOnce() -> Vec<u8>) -> PathBuf {
    let path = folder.join(name);
    if !path.exists() {
        std::fs::write(&path, make()).unwrap();
    }
    path
}

fn audit(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastlook"));
    command.args(["audit", "--format", "json"]).arg(file).current_dir(file.parent().unwrap());
    command
}

fn time(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it starts");
    assert!(status.code().is_some(), "ended by a signal");
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Runs both in turn, so that noise hits both alike.
fn ratio(name: &str, file: &Path, peer: &[&str], limit: f64) {
    if Command::new(peer[0]).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return println!("{name}: SKIPPED, {} is not installed", peer[0]);
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        theirs.push(time(Command::new(peer[0]).args(&peer[1..]).arg(file)));
        ours.push(time(&mut audit(file)));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let verdict = if ratio <= limit { "ok" } else { "TOO SLOW" };
    println!(
        "{name}: {ours:.1?} against {theirs:.1?} of `{}`: {ratio:.2} ×, at most {limit} ×: {verdict}",
        peer.join(" ")
    );
}

fn memory(name: &str, file: &Path, limit: u64) {
    let ours = audit(file);
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M"]).arg(ours.get_program()).args(ours.get_args()).current_dir(file.parent().unwrap());
    let Ok(output) = command.output() else {
        return println!("{name}: SKIPPED, /usr/bin/time is not installed");
    };
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let kib: u64 = text.lines().last().and_then(|line| line.trim().parse().ok()).expect("a number of KiB");
    let mb = kib * 1024 / 1_000_000;
    println!("{name}: {mb} MB at the peak, at most {limit} MB: {}", if mb <= limit { "ok" } else { "TOO MUCH" });
}
