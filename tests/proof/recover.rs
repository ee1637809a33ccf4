//! What is recovered stays in its folder, whatever the sources are called, and is there byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use crate::bench::{audit, cases, one_of};
use crate::make::{Dice, Raw, archive, gzip, tar, tgz};

/// Parts of names: those that lead out, those that some system takes for something else, those that fall together.
const PARTS: &[&str] = &[
    "..",
    "..",
    ".",
    "",
    "a",
    "A",
    "b.ts",
    "B.ts",
    "src",
    "SRC",
    "é",
    "e\u{301}",
    "É",
    "con",
    "NUL.txt",
    "COM1",
    "lpt9.x",
    "COM\u{b9}",
    "aux ",
    "~2",
    "~3",
    "~",
    ".git",
    ".GIT",
    "g\u{200c}it",
    ".g\u{206a}it",
    "git~1",
    "HEAD",
    "config",
    "hooks",
    "x\0y",
    "a\nb",
    "a\rb",
    "\u{1b}[31m",
    "a:b",
    "C:",
    "c:x",
    "a.",
    "a..",
    "a ",
    " a",
    "%2e%2e",
    "%2e%2e%2f",
    "%00",
    "\u{202e}",
    "\u{2024}\u{2024}",
    "\u{ff0e}\u{ff0e}",
    "\u{2025}",
    "index.json",
    "sources",
    "m.map",
    "0.map",
    "ß",
    "ss",
    "SS",
    "ſ",
    "s",
    "S",
    "\u{212a}",
    "k",
    "İ",
    "i",
    "ﬁ",
    "fi",
    "$HOME",
    "-rf",
    "*",
    "?",
    "|",
    "<x>",
    "\"",
    "'",
    "\\",
    "..\\..",
    "a\\b",
    "\u{ffff}",
    "\u{feff}",
    "日本",
    "😀",
    "outside",
    "link",
    "out",
    "node_modules",
    ".npmrc",
    "passwd",
    "etc",
    "tmp",
];

/// How a name may begin.
const STARTS: &[&str] = &[
    "",
    "",
    "",
    "",
    "webpack://",
    "webpack:///",
    "webpack://app/",
    "file:///",
    "/",
    "//",
    "C:\\",
    "C:/",
    "\\\\?\\C:\\",
    "\\\\server\\share\\",
    "http://x/",
    "../",
    "../../../../../../../../",
    "..\\..\\..\\",
    "./",
    "/proc/self/cwd/",
    "a://../",
];

fn name(dice: &mut Dice, outside: &str) -> String {
    let start = (one_of(dice, STARTS)).to_owned();
    match dice.below(30) {
        0 => return format!("{outside}/planted-{}", dice.below(9)),
        1 => return format!("../../../outside/planted-{}", dice.below(9)),
        2 => return start + &"x".repeat(1 + dice.below(700)),
        3 => return start + &"é\u{301}日".repeat(1 + dice.below(200)),
        // Longer, all in all, than a path may be.
        4 => return start + &format!("{}/", "d".repeat(60 + dice.below(60))).repeat(30 + dice.below(20)) + "end.ts",
        5 => return start + &"../".repeat(dice.below(60)) + "etc/passwd",
        6 => return start + &"a/".repeat(dice.below(300)) + "b",
        _ => {}
    }
    let parts: Vec<&str> = (0..1 + dice.below(5)).map(|_| one_of(dice, PARTS)).collect();
    let between = one_of(dice, &["/", "/", "/", "\\", "//"]);
    start + &parts.join(between)
}

/// What lies at and below a path: kind, length, time of the last change, content where it is short.
fn snapshot(at: &Path, but: &Path) -> BTreeMap<PathBuf, (String, u64, SystemTime, Vec<u8>)> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(at).into_iter().filter_entry(|entry| entry.path() != but) {
        let entry = entry.unwrap();
        let meta = entry.path().symlink_metadata().unwrap();
        let body = if meta.is_file() { std::fs::read(entry.path()).unwrap() } else { Vec::new() };
        // A folder's own time tells of what is made or taken away in it.
        all.insert(entry.into_path(), (format!("{:?}", meta.file_type()), meta.len(), meta.modified().unwrap(), body));
    }
    all
}

/// The name under which a system that folds case, or normalises, keeps a path.
fn folded(path: &str) -> String {
    path.nfc().collect::<String>().to_uppercase().to_lowercase().nfc().collect()
}

/// Maps of many sources, in files, in an archive in the package, and in a program's place; and links that lead out.
fn package(dice: &mut Dice, outside: &str) -> (Vec<u8>, Vec<String>) {
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    let map = |dice: &mut Dice, texts: &mut Vec<String>| {
        let names: Vec<String> = (0..20 + dice.below(60)).map(|_| name(dice, outside)).collect();
        let own: Vec<String> =
            (0..names.len()).map(|at| format!("// {} of {}\r\n\u{feff}é\0{}", at, texts.len(), dice.next())).collect();
        texts.extend(own.iter().cloned());
        let map = json!({ "version": 3, "sources": names, "sourcesContent": own, "mappings": "" });
        serde_json::to_vec(&map).unwrap()
    };
    for at in 0..4 {
        let folder = one_of(dice, &["", "d/", "con/", "..a/", ".git/", "é/"]);
        files.push((format!("package/{folder}{at}.map"), map(dice, &mut texts)));
    }
    let (deep, other) = (map(dice, &mut texts), map(dice, &mut texts));
    let inner = tgz([("deep.map", &deep[..]), ("other.js.map", &other[..])]);
    files.push(("package/in.tgz".to_owned(), inner));
    let mut bytes = tar(files.iter().map(|(name, body)| (name.clone(), &body[..])));
    bytes.truncate(bytes.len() - 1024);
    let links = [("package/sources", outside), ("package/0.map/link", "../../.."), ("package/out", "/")];
    let links: Vec<Raw> = links.map(|(name, to)| Raw::file(name, b"").kind(b'2').link(&to[..to.len().min(99)])).into();
    bytes.extend(archive(&links));
    (gzip(&bytes), texts)
}

#[test]
fn no_source_is_written_outside_and_each_is_there_byte_for_byte() {
    let mut written = 0;
    for mut case in cases(10) {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        for folder in ["outside", "home", "tmp", "work/a"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["outside/canary", "home/.npmrc", "work/canary", "work/a/canary", "work/sources", "index.json"] {
            std::fs::write(at(file), file).unwrap();
        }
        std::os::unix::fs::symlink("../outside", at("work/link")).unwrap();
        let (bytes, texts) = package(&mut case.dice, at("outside").to_str().unwrap());
        std::fs::write(at("pkg.tgz"), &bytes).unwrap();
        let counted = audit("pkg.tgz", &bytes).artifacts[0].exposure;
        assert_eq!(counted.embedded, texts.len() as u64);
        let out = at("work/out");
        std::fs::create_dir(&out).unwrap();
        let before = snapshot(scratch.path(), &out);
        let mut command = Command::new(env!("CARGO_BIN_EXE_lastlook"));
        command.args(["recover", "../pkg.tgz", "-o", "out"]).current_dir(at("work")).env_clear();
        let output = command.env("HOME", at("home")).env("TMPDIR", at("tmp")).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(snapshot(scratch.path(), &out) == before, "something outside was touched");

        let (mut files, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for entry in walkdir::WalkDir::new(&out) {
            let entry = entry.unwrap();
            let kind = entry.file_type();
            assert!(kind.is_file() || kind.is_dir(), "{}", entry.path().display());
            let path = entry.path().strip_prefix(&out).unwrap().to_str().unwrap().to_owned();
            // Folders may fall together with folders: what is in them does not.
            assert!(keys.insert((folded(&path), kind.is_dir())) || kind.is_dir(), "{path} falls together with another");
            assert!(!keys.contains(&(folded(&path), !kind.is_dir())), "{path} is a file and a folder");
            for part in path.split('/').filter(|part| !part.is_empty()) {
                let stem = part.split('.').next().unwrap().to_lowercase();
                let odd = part.len() > 255 || part.starts_with('.') || part.ends_with(['.', ' ']);
                assert!(!odd && !["con", "nul", "aux", "prn", "com1", "lpt9"].contains(&&*stem), "{path}");
                assert!(!part.contains(|c: char| c.is_control() || "<>:\"|?*\\".contains(c)), "{path}");
            }
            if kind.is_file() {
                files.insert(path);
            }
        }
        let index: Vec<Value> = serde_json::from_slice(&std::fs::read(out.join("index.json")).unwrap()).unwrap();
        let mut found = Vec::new();
        for row in &index {
            let file = row["file"].as_str().unwrap();
            assert!(Path::new(file).components().all(|part| matches!(part, Component::Normal(_))), "{file}");
            assert!(files.remove(file), "{file} is named twice, or is not there");
            found.push(std::fs::read_to_string(out.join(file)).unwrap());
        }
        assert_eq!(files.into_iter().collect::<Vec<_>>(), ["index.json"]);
        written += found.len();
        let mut texts = texts;
        texts.sort();
        found.sort();
        assert!(found == texts, "not what the maps hold");
    }
    println!("{written} sources");
}

/// Numbers that tell names apart are not counted up anew for each.
#[test]
fn very_many_sources_of_one_name_take_no_longer_than_others() {
    let count = 20_000;
    let names = vec!["src/a.ts"; count];
    let map = json!({ "version": 3, "sources": names, "sourcesContent": vec![""; count], "mappings": "" });
    let body = serde_json::to_vec(&map).unwrap();
    let report = audit("pkg.tgz", &tgz([("a.map", &body[..])]));
    let started = std::time::Instant::now();
    assert_eq!(lastlook::recover::Plan::of(&report.artifacts[0]).len(), count);
    // It takes a tenth of a second; what counted up anew took minutes.
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
