//! Every format carries every finding, commands nobody, and is read by what others wrote.
#![allow(
    unreachable_pub,
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::new_without_default,
    reason = "a test or a bench that fails should say so at once"
)]

#[path = "../../fixtures/make.rs"]
mod make;

mod exits;
mod hostile;
mod page;
mod peers;
mod pipelines;

use std::path::Path;
use std::process::{Command, Output};

pub const FORMATS: [&str; 7] = ["human", "json", "sarif", "github", "markdown", "junit", "html"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastlook"));
    command.args(args).current_dir(folder).env_clear();
    command
}

pub fn lastlook(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// What a report says of one finding, in the words of the JSON report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub rule: String,
    pub level: String,
    pub fingerprint: String,
    pub waived: bool,
    pub place: String,
}

/// The findings of a JSON report, in order.
pub fn rows(report: &serde_json::Value) -> Vec<Row> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let artifacts = report["artifacts"].as_array().unwrap().iter();
    let findings = artifacts.flat_map(|artifact| artifact["findings"].as_array().unwrap());
    let mut rows: Vec<Row> = findings
        .map(|finding| Row {
            rule: text(&finding["rule"]),
            level: text(&finding["level"]),
            fingerprint: text(&finding["fingerprint"]),
            waived: !finding["waived"].is_null(),
            place: text(&finding["path"]),
        })
        .collect();
    rows.sort();
    rows
}

/// A folder with artifacts that are as odd as they may be, and what has to be said of them.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub rows: Vec<Row>,
}

impl Bench {
    /// All targets, and all findings of all levels, excepted and not.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        hostile::artifacts(folder.path());
        let output = lastlook(folder.path(), &Self::args("json"));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let rows = rows(&report);
        for level in ["deny", "warn", "allow"] {
            assert!(rows.iter().any(|row| row.level == level && !row.waived), "nothing of level {level}");
        }
        assert!(rows.iter().any(|row| row.waived));
        Self { folder, rows }
    }

    pub fn args(format: &str) -> Vec<&str> {
        vec!["audit", "hostile.tgz", "open.tgz", "cut.tgz", "--all", "--format", format]
    }

    /// The report in a format.
    pub fn report(&self, format: &str) -> String {
        String::from_utf8(lastlook(self.folder.path(), &Self::args(format)).stdout).unwrap()
    }
}
