//! Releases into a registry that others wrote, directly and through the gate, one package and several.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::ask;
use crate::verdaccio::Verdaccio;
use crate::yard::Yard;

/// What the registry serves of a version, as anybody sees it.
fn served(registry: &Verdaccio, name: &str) -> Value {
    ask(registry.url(), "GET", &format!("/{}", name.replace('/', "%2f")), None, b"").json()
}

fn renamed(yard: &Yard, name: &str) {
    let text = yard.read("package.json");
    let old = text.split("\"name\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    yard.write("package.json", &text.replace(&old, name));
}

#[test]
fn a_sample_is_published_and_verified() {
    let Some(registry) = Verdaccio::shared() else { return };
    let yard = Yard::sample("greet");
    renamed(&yard, "@acme/agent-greet");
    let ran = yard.release(registry.url(), registry.token(), &["--bump", "minor"]).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(yard.stopped().0, "released");
    let kinds = yard.kinds();
    for kind in ["cleared", "sending", "published", "verified"] {
        assert_eq!(kinds.iter().filter(|one| *one == kind).count(), 1, "{kinds:?}");
    }
    let packument = served(&registry, "@acme/agent-greet");
    assert_eq!(packument["dist-tags"]["latest"], "1.1.0", "{packument}");
    let lines = yard.lines();
    let verified = lines.iter().find(|line| line["kind"] == "verified").unwrap();
    assert_eq!(packument["versions"]["1.1.0"]["dist"]["integrity"], verified["item"]["integrity"]);
    // The project has the version that is out, and its record.
    assert!(yard.read("package.json").contains("\"version\": \"1.1.0\""));
    let record = walkdir::WalkDir::new(yard.state())
        .into_iter()
        .map(Result::unwrap)
        .find(|one| one.file_name() == "release.json");
    let record: Value = serde_json::from_slice(&std::fs::read(record.unwrap().path()).unwrap()).unwrap();
    assert_eq!(record["released"][0]["integrity"], verified["item"]["integrity"]);
    // The next one is compared with it, and the same again is refused.
    let ran = yard.release(registry.url(), registry.token(), &["--bump", "patch"]).run();
    assert!(ran.code == Some(0) && ran.stderr.contains("since 1.1.0:"), "{ran:?}");
    let ran = yard.release(registry.url(), registry.token(), &[]).run();
    assert!(ran.code == Some(2) && ran.stderr.contains("nothing is new"), "{ran:?}");
}

#[test]
fn a_leaking_sample_is_fixed_published_and_verified() {
    let Some(registry) = Verdaccio::shared() else { return };
    let yard = Yard::sample("greet-leaks");
    renamed(&yard, "@acme/agent-leaks");
    let ran = yard.release(registry.url(), registry.token(), &[]).run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(served(&registry, "@acme/agent-leaks")["versions"], Value::Null);
    assert!(!registry.storage().join("@acme/agent-leaks").exists());
    let ran = yard.release(registry.url(), registry.token(), &["--fix"]).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(yard.read("package.json").contains("!**/*.map"));
    let packument = served(&registry, "@acme/agent-leaks");
    let tarball = packument["versions"]["1.0.0"]["dist"]["tarball"].as_str().unwrap().to_owned();
    let path = format!("/{}", tarball.splitn(4, '/').nth(3).unwrap());
    let bytes = ask(registry.url(), "GET", &path, None, b"").body;
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
    let names = tar.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string());
    assert!(names.into_iter().all(|name| !name.ends_with(".map")));
}

/// Three packages, of which one needs another; `leak` is the folder of the one that leaks.
fn workspace(prefix: &str, leak: Option<&str>) -> Yard {
    let yard = Yard::new();
    yard.write("package.json", r#"{ "name": "root", "private": true, "workspaces": ["packages/*"] }"#);
    for (folder, needs) in [("a", Some("c")), ("b", None), ("c", None)] {
        let dependencies = needs.map(|other| json!({ format!("{prefix}-{other}"): "^1.0.0" })).unwrap_or(json!({}));
        let build = "node -e \"require('fs').mkdirSync('dist',{recursive:true});require('fs').writeFileSync('dist/index.js','1\\n')\"";
        let manifest = json!({
            "name": format!("{prefix}-{folder}"), "version": "1.0.0", "license": "MIT", "files": ["dist"],
            "scripts": { "build": build }, "dependencies": dependencies,
        });
        yard.write(&format!("packages/{folder}/package.json"), &manifest.to_string());
    }
    if let Some(leak) = leak {
        let map = json!({ "version": 3, "sources": ["../src/a.ts"], "sourcesContent": ["export const a = 1;\n"], "mappings": "" });
        yard.write(&format!("packages/{leak}/dist/index.js.map"), &map.to_string());
    }
    yard
}

#[test]
fn a_workspace_with_one_leak_publishes_nothing() {
    let Some(registry) = Verdaccio::shared() else { return };
    let yard = workspace("agent-one-leak", Some("b"));
    let ran = yard.release(registry.url(), registry.token(), &[]).run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for folder in ["a", "b", "c"] {
        assert!(!registry.storage().join(format!("agent-one-leak-{folder}")).exists(), "{folder} is out");
    }
    assert!(!yard.kinds().contains(&"sending".to_owned()));
}

#[test]
fn a_workspace_goes_out_in_the_order_of_its_needs() {
    let Some(registry) = Verdaccio::shared() else { return };
    let yard = workspace("agent-ordered", None);
    let ran = yard.release(registry.url(), registry.token(), &["--bump", "minor"]).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines = yard.lines();
    let sent: Vec<&str> = lines
        .iter()
        .filter(|line| line["kind"] == "sending")
        .map(|line| line["item"]["name"].as_str().unwrap())
        .collect();
    let at = |name: &str| sent.iter().position(|one| *one == name).unwrap();
    assert!(sent.len() == 3 && at("agent-ordered-c") < at("agent-ordered-a"), "{sent:?}");
    let manifest = &served(&registry, "agent-ordered-a")["versions"]["1.1.0"];
    assert_eq!(manifest["dependencies"]["agent-ordered-c"], "^1.1.0");
}

/// The gate in front of the registry: the agent holds a token of the gate alone.
#[cfg(feature = "gate")]
#[test]
fn a_release_goes_through_a_gate() {
    let Some(registry) = Verdaccio::shared() else { return };
    let yard = Yard::sample("greet");
    renamed(&yard, "@acme/agent-gated");
    let state = yard.place.home().join("gate");
    let token = yard.place.lastlook(&["gate", "token", "add", "agent", "--state"]).arg(&state).run();
    assert_eq!(token.code, Some(0), "{token:?}");
    let file = yard.place.write_home("upstream", registry.token());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let mut gate = std::process::Command::new(env!("CARGO_BIN_EXE_lastlook"))
        .args(["gate", "--listen", &listen, "--upstream", registry.url(), "--upstream-token-file"])
        .arg(&file)
        .arg("--state")
        .arg(&state)
        .env("HOME", yard.place.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(&listen).is_err() && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let ran = yard.release(&format!("http://{listen}/"), token.stdout.trim(), &[]).run();
    gate.kill().unwrap();
    gate.wait().unwrap();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(served(&registry, "@acme/agent-gated")["dist-tags"]["latest"], "1.0.0");
}
