//! What lastlook depends on: from where, under which licence, how much, what of it is unsafe, and why it is there.
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

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use serde_json::Value;

/// The trees are those of one platform, so that the page is the same on all.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

fn cargo(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(words).arg("--locked").current_dir(root()).output().unwrap();
    assert!(output.status.success(), "cargo {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Name and version of each crate of a tree, ours left out.
fn tree(more: &[&str]) -> BTreeSet<(String, String)> {
    let words = [&["tree", "--target", PLATFORM, "--prefix", "none", "--format", "{p}"], more].concat();
    let text = cargo(&words);
    let crates = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    });
    crates.filter(|(name, _)| name != "lastlook").collect()
}

struct Crate {
    name: String,
    version: String,
    license: String,
    folder: PathBuf,
    build: bool,
    /// Runs in the compiler.
    makes_code: bool,
    /// What it is made of, by id.
    normal: Vec<String>,
}

/// Every crate of the lock on this platform, by its id.
fn crates() -> BTreeMap<String, Crate> {
    let text = cargo(&["metadata", "--format-version", "1", "--filter-platform", PLATFORM]);
    let meta: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let mut normal = BTreeMap::new();
    for node in list(&meta["resolve"]["nodes"]) {
        let deps = list(&node["deps"]).into_iter();
        let deps = deps.filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()));
        normal.insert(text(&node["id"]), deps.map(|dep| text(&dep["pkg"])).collect::<Vec<_>>());
    }
    let packages = list(&meta["packages"]).into_iter();
    packages
        .filter_map(|package| {
            let id = text(&package["id"]);
            let kinds: Vec<String> =
                list(&package["targets"]).iter().flat_map(|t| list(&t["kind"])).map(|k| text(&k)).collect();
            let one = Crate {
                name: text(&package["name"]),
                version: text(&package["version"]),
                license: text(&package["license"]),
                folder: Path::new(package["manifest_path"].as_str()?).parent()?.to_owned(),
                build: kinds.iter().any(|kind| kind == "custom-build"),
                makes_code: kinds.iter().any(|kind| kind == "proc-macro"),
                normal: normal.remove(&id)?,
            };
            Some((id, one))
        })
        .collect()
}

fn deny() -> toml::Table {
    toml::from_str(&read("deny.toml")).unwrap()
}

fn words(value: &toml::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_crate_comes_from_one_registry_with_its_hash() {
    let lock: toml::Table = toml::from_str(&read("Cargo.lock")).unwrap();
    let mut sources = BTreeSet::new();
    for package in lock["package"].as_array().unwrap() {
        if package["name"].as_str() == Some("lastlook") {
            continue;
        }
        sources.insert(package["source"].as_str().expect("a source").to_owned());
        assert_eq!(package["checksum"].as_str().unwrap().len(), 64, "{:?}", package["name"]);
    }
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(sources.first().unwrap().starts_with("registry+"), "{sources:?}");
}

/// Whether a license expression leaves a way that the list allows.
fn allowed(expression: &str, list: &[String]) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    // In every expression of the tree, OR binds within what AND joins or AND stands alone: both readings have to hold.
    flat.split(" AND ").all(|part| part.split(" OR ").any(|one| list.iter().any(|word| word == one.trim())))
}

#[test]
fn licences_are_those_of_the_list() {
    let list = words(&deny()["licenses"]["allow"]);
    for one in crates().values() {
        assert!(allowed(&one.license, &list), "{} {}: {}", one.name, one.version, one.license);
    }
    assert!(!allowed("GPL-3.0", &list) && !allowed("MIT AND GPL-3.0", &list));
}

#[test]
fn nothing_comes_twice_or_runs_at_build_time_but_what_is_listed() {
    let bans = &deny()["bans"];
    let skip: Vec<String> =
        bans["skip"].as_array().unwrap().iter().map(|row| row["crate"].as_str().unwrap().to_owned()).collect();
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, version) in tree(&["-e", "normal,build,dev"]) {
        versions.entry(name).or_default().push(version);
    }
    for (name, versions) in versions.into_iter().filter(|(_, versions)| versions.len() > 1) {
        let listed =
            |version: &&String| skip.iter().any(|row| format!("{name}@{version}.").starts_with(&format!("{row}.")));
        assert_eq!(versions.iter().filter(|version| !listed(version)).count(), 1, "{name} {versions:?}");
    }
    let build = words(&bans["build"]["allow-build-scripts"]);
    for one in crates().values().filter(|one| one.build && one.name != "lastlook") {
        assert!(build.contains(&one.name), "{} has a build script", one.name);
    }
}

#[test]
fn the_tree_stays_small() {
    let bare = tree(&["-e", "normal", "--no-default-features"]).len();
    let whole = tree(&["-e", "normal"]).len();
    assert!(bare < 100, "the scanner alone takes {bare} crates");
    assert!(whole < 165, "all of it takes {whole} crates");
}

/// The reasons behind the dependencies of Cargo.toml, by name.
fn reasons() -> BTreeMap<String, String> {
    let manifest = read("Cargo.toml");
    let mut reasons = BTreeMap::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if let (true, Some((name, rest))) = (inside, line.split_once(" = ")) {
            let (_, reason) = rest.rsplit_once(" # ").unwrap_or_else(|| panic!("{name}: why is it there?"));
            reasons.insert(name.to_owned(), reason.to_owned());
        }
    }
    reasons
}

#[test]
fn every_dependency_says_why() {
    assert!(reasons().len() > 30);
}

/// Whether any of its sources is unsafe, comments left out.
fn uses_unsafe(folder: &Path) -> bool {
    let pattern = Regex::new(r"\bunsafe\s*(?:\{|fn\b|impl\b|extern\b|trait\b|\()").unwrap();
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let tests = ["tests", "benches", "examples", "fuzz"].map(|name| folder.join(name));
    files.filter(|file| file.path().extension().is_some_and(|ending| ending == "rs")).any(|file| {
        let text = std::fs::read(file.path()).unwrap();
        let text = String::from_utf8_lossy(&text);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        !tests.iter().any(|folder| file.path().starts_with(folder))
            && code.into_iter().any(|line| pattern.is_match(line))
    })
}

const HEAD: &str = "# Dependencies

What ships in the program on Linux, crate by crate. `UPDATE=1 cargo test --test dependencies` writes this page, and the test
holds it to `Cargo.lock`; the reasons are those of `Cargo.toml`. *Bare* is the scanner alone (`--no-default-features`). *Unsafe*
is whether its own sources, as they lie in the registry, hold any `unsafe` (in a macro, for another platform or behind a feature
counts too); lastlook has it in one file, `src/open/inflate.rs`. *Build* is what runs on the machine that builds: a `script`, or
a `macro` in the compiler.

";

#[test]
fn the_page_of_dependencies_is_true() {
    let (reasons, crates) = (reasons(), crates());
    let (bare, whole) = (tree(&["-e", "normal", "--no-default-features"]), tree(&["-e", "normal"]));
    let ours: BTreeMap<(String, String), &Crate> =
        crates.values().map(|one| ((one.name.clone(), one.version.clone()), one)).collect();
    let mut rows = BTreeMap::new();
    let mut unsafe_ones = 0;
    for key in &whole {
        let one = ours[key];
        let id = crates.iter().find(|(_, other)| std::ptr::eq(*other, one)).unwrap().0;
        let parents = crates.values().filter(|other| other.normal.contains(id));
        let shipped = parents.filter(|other| whole.contains(&(other.name.clone(), other.version.clone())));
        let parents: BTreeSet<&str> = shipped.map(|other| other.name.as_str()).collect();
        let why = reasons
            .get(&one.name)
            .cloned()
            .unwrap_or_else(|| format!("for {}", parents.into_iter().collect::<Vec<_>>().join(", ")));
        let found = uses_unsafe(&one.folder);
        unsafe_ones += usize::from(found);
        let build = match (one.build, one.makes_code) {
            (_, true) => "macro",
            (true, _) => "script",
            _ => "",
        };
        let yes = |is: bool| if is { "yes" } else { "" };
        // The same crate in two versions is two rows.
        let row = format!("| {} | {why} | {} | {} | {build} |\n", one.name, yes(bare.contains(key)), yes(found));
        rows.insert((one.name.clone(), one.version.clone()), row);
    }
    let mut page = HEAD.to_owned();
    let with = |features: &str| tree(&["-e", "normal", "--no-default-features", "--features", features]).len();
    let (registry, gate) = (with("libdeflate,registry"), with("libdeflate,registry,gate"));
    page.push_str(&format!(
        "{} crates, {unsafe_ones} with unsafe: {} bare, {} for registries, {} for the gate, {} for coding agents (`mcp`).\n\n",
        rows.len(),
        bare.len(),
        registry - bare.len(),
        gate - registry,
        rows.len() - gate
    ));
    page.push_str("| crate | what for | bare | unsafe | build |\n|---|---|---|---|---|\n");
    page.extend(rows.into_values());
    let file = root().join("docs/dependencies.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap() == page,
        "run UPDATE=1 cargo test --test dependencies, and look at what changed"
    );
}
