//! What every target feeds and asserts, as plain functions: the fuzzer runs them, and so does `cargo test --test fuzz`.

mod archive;
mod asar;
mod attest;
mod comments;
mod hook;
mod maps;
mod plain;
mod programs;
mod project;
mod replies;
mod site;
mod wasm;
mod whole;
mod zip;

/// A target: its name, and what it does with some bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("archive", archive::run),
    ("artifact", plain::artifact),
    ("asar", asar::run),
    ("attest", attest::run),
    ("comments", comments::run),
    ("containers", plain::containers),
    ("contents", plain::contents),
    ("gate", plain::gate),
    ("hook", hook::run),
    ("inflate", plain::inflate),
    ("maps", maps::run),
    ("policy", plain::policy),
    ("programs", programs::run),
    ("project", project::run),
    ("replies", replies::run),
    ("rules", plain::rules),
    ("site", site::run),
    ("wasm", wasm::run),
    ("zip", zip::run),
];

/// Reads the rules, which takes its time and is not what is measured.
pub fn prepare() {
    whole::audit("a", b"a".to_vec());
}

/// Runs the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.0 == name);
    target.expect("a target of this name").1(bytes);
}
