//! The clients that people use: each publishes through the gate and installs again, and each is told why it may not.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use crate::desk::Gate;
use crate::packages::{clean, with_sources};
use crate::verdaccio::Verdaccio;

/// A client: its name, the words that start it, and those that publish with it.
struct Client {
    name: &'static str,
    program: Vec<PathBuf>,
    publish: &'static [&'static str],
    install: &'static [&'static str],
}

fn clients() -> Vec<Client> {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gate/clients/node_modules");
    let script = |path: &str| vec!["node".into(), modules.join(path)];
    let below = |folder: &str, file: &str| {
        let inside = std::fs::read_dir(modules.join(folder)).into_iter().flatten().flatten();
        inside.map(|entry| entry.path().join(file)).find(|file| file.exists()).unwrap_or_else(|| modules.join(folder))
    };
    let npm = &["publish", "--ignore-scripts"][..];
    let all = vec![
        Client {
            name: "npm10",
            program: script("npm10/bin/npm-cli.js"),
            publish: npm,
            install: &["install", "--no-audit", "--no-fund"],
        },
        Client {
            name: "npm11",
            program: script("npm11/bin/npm-cli.js"),
            publish: npm,
            install: &["install", "--no-audit", "--no-fund"],
        },
        Client {
            name: "pnpm10",
            program: script("pnpm10/bin/pnpm.cjs"),
            publish: &["publish", "--no-git-checks"],
            install: &["install"],
        },
        Client {
            name: "pnpm12",
            program: vec![below("@pnpm", "pnpm")],
            publish: &["publish", "--no-git-checks"],
            install: &["install"],
        },
        Client {
            name: "yarn1",
            program: script("yarn/bin/yarn.js"),
            publish: &["publish", "--non-interactive"],
            install: &["install", "--silent"],
        },
        Client {
            name: "yarn4",
            program: script("@yarnpkg/cli-dist/bin/yarn.js"),
            publish: &["npm", "publish"],
            install: &["install"],
        },
        Client { name: "bun", program: vec![below("@oven", "bin/bun")], publish: &["publish"], install: &["install"] },
    ];
    let there = |client: &Client| client.program.iter().all(|part| part.as_os_str() == "node" || part.exists());
    if !all.iter().all(there) {
        let what = "the clients are not installed: run npm ci in tests/gate/clients";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
        eprintln!("SKIPPED: {what}");
        return Vec::new();
    }
    all
}

impl Client {
    fn run(&self, folder: &Path, home: &Path, words: &[&str]) -> (bool, String) {
        let path = std::env::var_os("PATH").unwrap();
        // pnpm 10 has npm publish: the one beside it.
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gate/clients/node_modules/.bin");
        let path = std::env::join_paths(std::iter::once(beside).chain(std::env::split_paths(&path))).unwrap();
        let Output { status, stdout, stderr } = Command::new(&self.program[0])
            .args(&self.program[1..])
            .args(words)
            .current_dir(folder)
            .env_clear()
            .envs([("PATH", path), ("HOME", home.into()), ("CI", "1".into()), ("NO_COLOR", "1".into())])
            .envs([
                ("npm_config_update_notifier", "false"),
                ("YARN_ENABLE_TELEMETRY", "0"),
                ("YARN_ENABLE_IMMUTABLE_INSTALLS", "0"),
            ])
            .output()
            .unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        (status.success(), text)
    }
}

/// A home in which each client finds the gate and its token.
fn home(gate: &Gate) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let (url, token) = (&gate.url, &gate.token);
    let key = url.trim_start_matches("http:");
    let npmrc = format!("registry={url}\n@acme:registry={url}\n{key}:_authToken={token}\n");
    std::fs::write(home.path().join(".npmrc"), npmrc).unwrap();
    let yarnrc = format!(
        "npmRegistryServer: \"{url}\"\nnpmAuthToken: \"{token}\"\nunsafeHttpWhitelist: [\"127.0.0.1\"]\nenableTelemetry: false\nnodeLinker: node-modules\nnpmMinimalAgeGate: 0\n"
    );
    std::fs::write(home.path().join(".yarnrc.yml"), yarnrc).unwrap();
    home
}

fn project(name: &str, dirty: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    put(
        "package.json",
        &json!({"name": name, "version": "1.0.0", "main": "index.js", "files": ["index.js", "*.map"]}).to_string(),
    );
    put("yarn.lock", "");
    put("index.js", "module.exports = (a, b) => a + b;\n");
    if dirty {
        put("index.js", "module.exports=(t,e)=>t+e;\n//# sourceMappingURL=index.js.map\n");
        put(
            "index.js.map",
            r#"{"version":3,"sources":["a.ts"],"sourcesContent":["// never meant to be shown\n"],"mappings":"AAAA"}"#,
        );
    }
    folder
}

#[test]
fn every_client_publishes_what_is_clean_and_is_told_why_not_where_it_is_not() {
    let clients = clients();
    if clients.is_empty() {
        return;
    }
    let Some(verdaccio) = Verdaccio::shared() else { return };
    let gate = Gate::start(verdaccio.url(), verdaccio.token(), "", &[]);
    for client in clients {
        let home = home(&gate);
        let name = format!("@acme/gate-{}", client.name);
        let folder = project(&name, false);
        if client.name == "yarn4" {
            client.run(folder.path(), home.path(), &["install"]);
        }
        let (done, said) = client.run(folder.path(), home.path(), client.publish);
        assert!(done, "{}: {said}", client.name);
        assert!(
            verdaccio.storage().join(&name).join(format!("gate-{}-1.0.0.tgz", client.name)).is_file(),
            "{}: {said}",
            client.name
        );
        // Another one installs it through the gate.
        let app = tempfile::tempdir().unwrap();
        let manifest = json!({"name": "app", "version": "1.0.0", "dependencies": {&name: "1.0.0"}});
        std::fs::write(app.path().join("package.json"), manifest.to_string()).unwrap();
        std::fs::write(app.path().join("yarn.lock"), "").unwrap();
        let (done, said) = client.run(app.path(), home.path(), client.install);
        assert!(done, "{}: {said}", client.name);
        let installed = app.path().join("node_modules").join(&name).join("index.js");
        assert_eq!(
            std::fs::read_to_string(installed).unwrap(),
            "module.exports = (a, b) => a + b;\n",
            "{}",
            client.name
        );
        // A dirty one never arrives, and whoever sent it reads why.
        let name = format!("@acme/gate-{}-dirty", client.name);
        let folder = project(&name, true);
        if client.name == "yarn4" {
            client.run(folder.path(), home.path(), &["install"]);
        }
        let (done, said) = client.run(folder.path(), home.path(), client.publish);
        assert!(!done && said.contains("map/embedded-sources") && said.contains("BLOCKED"), "{}: {said}", client.name);
        let flat: String = said.chars().filter(|sign| !sign.is_whitespace() && *sign != '│').collect();
        assert!(flat.contains("/-/lastlook/reports/"), "{}: {said}", client.name);
        assert!(!verdaccio.storage().join(&name).exists(), "{}", client.name);
    }
    let dirty = |line: &str| line.contains("-dirty") && line.contains("\"PUT\"");
    assert!(!verdaccio.log().lines().any(dirty), "{}", verdaccio.log());
    drop(gate);
}

#[test]
fn a_registry_under_a_path_and_one_of_a_scope_are_told_apart() {
    let (first, second) = (crate::registry::Registry::under("/repository/npm"), crate::registry::Registry::start());
    let gate = {
        let place = tempfile::tempdir().unwrap();
        let scoped = place.path().join("scoped");
        std::fs::write(&scoped, second.token()).unwrap();
        let (upstream, token) = (format!("@acme={}", second.url()), format!("@acme={}", scoped.display()));
        let gate =
            Gate::start(&first.url(), &first.token(), "", &["--upstream", &upstream, "--upstream-token-file", &token]);
        drop(place);
        gate
    };
    for name in ["w", "@acme/w", "@other/w"] {
        assert_eq!(gate.publish(name, "1.0.0", &clean(name, "1.0.0")).status, 201, "{name}");
        assert_eq!(gate.publish(name, "1.0.1", &with_sources(name, "1.0.1")).status, 403, "{name}");
    }
    assert_eq!(
        (first.versions("w").len(), first.versions("@other/w").len(), first.versions("@acme/w").len()),
        (1, 1, 0)
    );
    assert_eq!((second.versions("@acme/w").len(), second.versions("w").len()), (1, 0));
    // Documents name tarballs behind the gate, and those are the ones that were published.
    for name in ["w", "@acme/w"] {
        let document = gate.ask("GET", &format!("/{}", name.replace('/', "%2f")), b"").json();
        let tarball = document["versions"]["1.0.0"]["dist"]["tarball"].as_str().unwrap().to_owned();
        let path = tarball.strip_prefix("http://here/").unwrap_or_else(|| panic!("{tarball}"));
        let said = gate.ask("GET", &format!("/{path}"), b"");
        assert_eq!((said.status, said.body == clean(name, "1.0.0")), (200, true), "{tarball}");
    }
}

#[test]
fn two_gates_side_by_side_know_nothing_of_each_other_and_the_registry_settles_who_is_first() {
    let registry = crate::registry::Registry::start();
    let gates = [Gate::before(&registry, "", &["--wait", "5"]), Gate::before(&registry, "", &["--wait", "5"])];
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
        let jobs = gates.each_ref().map(|gate| {
            let (url, token) = (gate.url.clone(), gate.token.clone());
            let tarball = crate::packages::package("w", version, json!({}), &[("index.js", &format!("'{url}';\n"))]);
            std::thread::spawn(move || {
                let body = crate::client::publication("w", version, &tarball).to_string();
                crate::client::ask(&url, "PUT", "/w", Some(&token), body.as_bytes()).status
            })
        });
        let mut statuses = jobs.map(|job| job.join().unwrap());
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 403], "{version}");
    }
    assert_eq!(registry.versions("w").len(), 3);
    for gate in &gates {
        assert_eq!(gate.log().len(), gate.events().len());
    }
}
