//! The house keeps its shape: floors, tables, and what a folder of sources may not hold.
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

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which floor each module lives on. A module imports only from floors below its own.
const FLOORS: &[(&str, u32)] = &[
    ("model", 0),
    ("secret", 0),
    ("open", 1),
    ("inspect", 1),
    ("judge", 1),
    ("project", 1),
    ("sandbox", 1),
    ("audit", 2),
    ("attest", 3),
    ("render", 3),
    ("recover", 3),
    ("diff", 3),
    ("pack", 3),
    ("publish", 3),
    ("gate", 4),
    ("init", 4),
    ("verify", 4),
    ("agent", 5),
    ("hook", 6),
    ("mcp", 6),
    ("cli", 7),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// The modules that a text names after `crate::`, also in a list of them.
fn imports(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("crate::").skip(1) {
        let list = part.strip_prefix('{').and_then(|rest| rest.split('}').next());
        for item in list.map_or_else(|| vec![part], |list| list.split(',').collect()) {
            let name: String = item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}

#[test]
fn imports_point_down() {
    let floors: BTreeMap<&str, u32> = FLOORS.iter().copied().collect();
    let src = root().join("src");
    let mut checked = 0;
    for (path, text) in sources(&src) {
        let below = path.strip_prefix(&src).unwrap();
        let module = below.components().next().unwrap().as_os_str().to_str().unwrap();
        if module.ends_with(".rs") {
            continue;
        }
        let own = floors.get(module).unwrap_or_else(|| panic!("{module} has no floor"));
        for name in imports(&text).iter().filter(|name| *name != module) {
            let other = floors.get(name.as_str()).unwrap_or_else(|| panic!("{}: {name} has no floor", path.display()));
            assert!(other < own, "{} imports {name}, which is not below {module}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} imports were seen");
}

#[test]
fn lib_names_the_modules_in_the_order_of_the_flow() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let named: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let floor = |name: &str| FLOORS.iter().find(|(module, _)| *module == name).map(|(_, floor)| *floor).unwrap();
    assert_eq!(named.len(), FLOORS.len());
    assert!(named.windows(2).all(|pair| floor(pair[0]) <= floor(pair[1])), "{named:?}");
}

/// A detector is one file and one line in the table of its folder.
#[test]
fn every_detector_stands_in_its_table() {
    let table = std::fs::read_to_string(root().join("src/inspect/mod.rs")).unwrap();
    let table = table.split("pub const INSPECTORS").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let mut detectors = 0;
    for (path, text) in sources(&root().join("src/inspect")) {
        for name in text.split("impl Inspector for ").skip(1).map(|rest| rest.split_whitespace().next().unwrap()) {
            detectors += 1;
            assert!(table.contains(&format!("::{name}")), "{} is not in the table", path.display());
        }
    }
    assert!(detectors >= 3);
}

#[test]
fn only_one_file_is_unsafe_and_every_file_says_what_it_does() {
    for (path, text) in sources(&root().join("src")) {
        assert!(text.starts_with("//! "), "{} does not say what it does", path.display());
        let unsafe_code = text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("unsafe {"));
        assert_eq!(unsafe_code, path.ends_with("open/inflate.rs"), "{}", path.display());
        assert!(text.lines().count() <= 480, "{} is long", path.display());
    }
}

/// A secret leaves the folder of credentials in a header alone, and one file puts that into a request.
#[test]
fn one_folder_reads_secrets_and_one_file_sends_them() {
    let publish = root().join("src/publish");
    let mut sent = 0;
    for (path, text) in sources(&root().join("src")) {
        if path.ends_with("tests.rs") {
            continue;
        }
        let wire = path == publish.join("wire.rs");
        let code = text.split("#[cfg(test)]").next().unwrap();
        sent += code.matches("credential.header(").count() + code.matches("otp.header(").count();
        if wire || path.starts_with(publish.join("credential")) {
            continue;
        }
        let registry = ["credential.header(", "otp.header(", "secret::Secret"];
        let wire = ["AUTHORIZATION", "HeaderValue", "ureq::Agent"];
        // A model has a key of its own, and a way of its own to where it answers.
        let model = path.starts_with(root().join("src/agent/models"));
        // So has a webhook a header.
        let own = model || path == root().join("src/agent/watch/webhook.rs");
        for word in registry.into_iter().chain(wire.into_iter().filter(|_| !own)) {
            assert!(!code.contains(word), "{} says {word}", path.display());
        }
    }
    assert_eq!(sent, 2, "a credential and a password are each sent at one place");
    let read = |name: &str| std::fs::read_to_string(publish.join("credential").join(name)).unwrap();
    let (folder, secret) = (read("mod.rs"), read("secret.rs"));
    assert!(folder.contains("\nmod secret;\n") && !folder.contains("pub use secret"), "the folder shows its secrets");
    assert!(
        secret.contains("    pub(super) fn text(&self) -> &str {") && !secret.contains("pub fn"),
        "secrets are read"
    );
}

/// What waits without blocking is hard to read, and stays where many wait at once.
#[test]
fn only_the_gate_and_the_line_to_agents_wait_without_blocking() {
    for (path, text) in sources(&root().join("src")) {
        let waits = text.contains("async fn") || text.contains("async move") || text.contains("tokio::");
        let gate = path.starts_with(root().join("src/gate"));
        let mcp = path.starts_with(root().join("src/mcp"));
        let within = |names: &[&str]| names.iter().any(|name| path.ends_with(name));
        let place = gate && within(&["front.rs", "reply.rs", "request.rs", "sending.rs", "spool.rs"])
            || mcp && within(&["mod.rs", "server.rs", "wire.rs"]);
        assert!(!waits || place, "{} waits without blocking", path.display());
    }
}

/// A promise is as good as what holds it: every test and every place that SECURITY.md names is there.
#[test]
fn every_promise_names_tests_that_exist() {
    let page = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let code: String =
        ["src", "tests"].iter().flat_map(|name| sources(&root().join(name))).map(|(_, text)| text).collect();
    let mut tests = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if plain && word.matches('_').count() >= 2 {
            assert!(code.contains(&format!("fn {word}()")), "there is no test {word}");
            tests += 1;
        } else if ["src/", "tests/", "fuzz/"].iter().any(|folder| word.starts_with(folder)) {
            assert!(root().join(word).exists(), "{word} is not there");
        }
    }
    assert!(tests > 40, "only {tests} tests are named");
    let promises = page.split("## What it promises").nth(1).unwrap().split("## What is out of reach").next().unwrap();
    for promise in promises.split("\n- ").skip(1) {
        assert!(promise.contains("_") && promise.contains('`'), "nothing holds this: {promise}");
    }
}

/// The README's numbers and commands are the ones that work: the sample is what the fixtures make.
#[test]
fn the_readme_shows_what_the_sample_prints() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lastlook"))
        .args(["audit", "fixtures/sample/acme-cli-1.4.0.tgz"])
        .current_dir(root())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let timeless = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split(" in 0.").next().unwrap().trim_end().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    };
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let shown = shown.split_once('\n').unwrap().1;
    assert_eq!(timeless(shown), timeless(&text));
}
