//! `cargo bench --bench ratios`: lastlook against the bare cost of inflating, whole processes on warm files, as ratios in one run.
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
#[path = "parts/measure.rs"]
mod measure;

use std::path::{Path, PathBuf};

use measure::{Job, interleaved, program};

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let leak = fixture(&folder, "leak.tgz", make::leak);
    let many = fixture(&folder, "many.tgz", || make::many(100_000, 700));
    let gigabyte = fixture(&folder, "gigabyte.tgz", || make::many(190_000, 5_400));
    ratio("leak: 12 MB bundle, 60 MB map", &leak, &["libdeflate-gunzip", "-c"], 1.5);
    ratio("100,000 small files", &many, &["tar", "tzf"], 2.0);
    memory("leak: 12 MB bundle, 60 MB map", &leak, 140);
    memory("1 GB in 190,000 small files", &gigabyte, 192);
}

fn fixture(folder: &Path, name: &str, make: impl FnOnce() -> Vec<u8>) -> PathBuf {
    let path = folder.join(name);
    if !path.exists() {
        std::fs::write(&path, make()).unwrap();
    }
    path
}

fn audit(file: &Path) -> Job {
    let words = [env!("CARGO_BIN_EXE_lastlook"), "audit", "--format", "json", file.to_str().unwrap()];
    Job::new("lastlook", file.parent().unwrap(), words)
}

fn ratio(name: &str, file: &Path, peer: &[&str], limit: f64) {
    if program(peer[0]).is_none() {
        return println!("{name}: SKIPPED, {} is not installed", peer[0]);
    }
    let words = peer.iter().copied().chain([file.to_str().unwrap()]);
    let theirs = Job::new(peer.join(" "), file.parent().unwrap(), words);
    let measured = interleaved(&[theirs, audit(file)]);
    let [theirs, ours] = [0, 1].map(|n: usize| measured[n].time.expect("it ends"));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let verdict = if ratio <= limit { "ok" } else { "TOO SLOW" };
    println!(
        "{name}: {ours:.1?} against {theirs:.1?} of `{}`: {ratio:.2} ×, at most {limit} ×: {verdict}",
        measured[0].name
    );
}

fn memory(name: &str, file: &Path, limit: u64) {
    let Some(bytes) = audit(file).peak() else {
        return println!("{name}: SKIPPED, time is not installed");
    };
    let mb = bytes / 1_000_000;
    println!("{name}: {mb} MB at the peak, at most {limit} MB: {}", if mb <= limit { "ok" } else { "TOO MUCH" });
}
