//! Archives that other readers are tested with, as their packages carry them.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::compare::missed;
use crate::grammar::{Case, Class};
use crate::readers::{self, own, skipped};
use crate::seen::Eyes;
use crate::trial::{Asked, Shelf};

/// Where the archives of others are: those of node-tar, tar-fs, Go's archive/tar and archive/zip, CPython.
fn folders() -> Vec<PathBuf> {
    let python = Command::new("python3").args(["-c", "import test; print(test.__path__[0])"]).output();
    let python = python.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/published");
    vec![own("tar2/test"), own("tar-fs1/test/fixtures"), published, PathBuf::from(python)]
}

fn is_tarball(name: &str) -> bool {
    [".tar", ".tgz", ".tar.gz"].iter().any(|ending| name.ends_with(ending))
}

/// Every archive below these folders, also inside a tarball of fixtures.
fn archives() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in folders().iter().filter(|folder| folder.is_dir()) {
        for file in walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten() {
            let name = file.path().to_string_lossy().into_owned();
            if !file.file_type().is_file() || !(is_tarball(&name) || name.ends_with(".zip")) {
                continue;
            }
            let bytes = std::fs::read(file.path()).unwrap();
            if name.ends_with("fixtures.tgz") {
                found.extend(inner(&bytes));
            }
            found.push((name, bytes));
        }
    }
    found
}

fn inner(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut found = Vec::new();
    for mut entry in archive.entries().unwrap().flatten() {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut body = Vec::new();
        entry.read_to_end(&mut body).unwrap();
        if is_tarball(&name) {
            found.push((name, body));
        }
    }
    found
}

fn try_all(named: Vec<(String, Vec<u8>)>, ending: &str, readers: &[Box<dyn Asked>]) -> Vec<String> {
    let case = |(number, (_, bytes)): (usize, &(String, Vec<u8>))| Case {
        number: number + 90_000,
        class: Class::Odd,
        traits: vec![],
        bytes: bytes.clone(),
    };
    let cases: Vec<Case> = named.iter().enumerate().map(case).collect();
    let all = Shelf::new(&cases, ending).ask_all(readers);
    let eyes = Eyes::new();
    let mut faults = Vec::new();
    for (at, (name, bytes)) in named.iter().enumerate() {
        let seen = eyes.see(&format!("case.{ending}"), bytes);
        for answers in &all {
            let missed = answers.of(at).and_then(|laid| missed(&seen, laid).into_iter().next());
            faults.extend(missed.map(|what| format!("{name} by {}: {what} {:?}", answers.name, seen.said)));
        }
    }
    faults
}

#[test]
fn archives_that_others_are_tested_with_are_seen_whole() {
    let all = archives();
    println!("{} archives", all.len());
    if all.len() < 60 {
        skipped("the archives of other readers are not here: run .ci/peers");
    }
    let (zips, tarballs): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| name.ends_with(".zip"));
    let faults =
        [try_all(tarballs, "tgz", &readers::of_tarballs()), try_all(zips, "zip", &readers::of_zips())].concat();
    assert!(faults.is_empty(), "{faults:#?}");
}
