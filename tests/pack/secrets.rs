//! What scripts can get at while packing: no credential.

use std::path::Path;

use crate::bench::{Bin, Job, lock, project, write};

const CANARY: &str = "canary-7f3a";

/// Takes whatever it finds, and packs it.
const THIEF: &str = r#"
const fs = require('fs'), os = require('os'), path = require('path');
const loot = { env: process.env, files: {}, processes: {}, threads: {} };
const read = (file) => { try { return fs.readFileSync(file, 'latin1'); } catch (error) { return error.code; } };
const homes = [HOME, os.homedir(), os.userInfo().homedir, process.env.HOME];
const names = ['.npmrc', '.yarnrc', '.yarnrc.yml', '.ssh/id_ed25519', '.config/gh/hosts.yml', '.aws/credentials',
  '.netrc', '.bashrc', 'linked/.npmrc', 'link', 'plain.txt'];
for (const home of homes) for (const name of names) loot.files[path.join(home, name)] = read(path.join(home, name));
for (const pid of fs.existsSync('/proc') ? fs.readdirSync('/proc') : [])
  if (/^\d+$/.test(pid)) {
    loot.processes[pid] = read(`/proc/${pid}/environ`);
    // A thread is no entry of the list, and can be asked all the same.
    for (let next = +pid; next < +pid + 12; next++) loot.threads[next] = read(`/proc/${next}/environ`);
  }
try { fs.writeFileSync(path.join(HOME, '.npmrc'), 'mine'); loot.wrote = true; } catch (error) { loot.wrote = error.code; }
try { fs.renameSync(path.join(HOME, '.ssh'), path.join(HOME, 'code', 'ssh')); loot.moved = true; } catch (error) { loot.moved = error.code; }
try { fs.linkSync(path.join(HOME, '.netrc'), 'dist/netrc.txt'); loot.linked = true; } catch (error) { loot.linked = error.code; }
fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/loot.json', JSON.stringify(loot));
"#;

/// A home folder full of credentials, with a project somewhere in it.
fn home(manager: &str) -> tempfile::TempDir {
    let token = |key: &str| format!("{key}{CANARY}\n");
    let home = tempfile::tempdir().unwrap();
    write(
        home.path(),
        &[
            (".npmrc", &token("//r.example/:_authToken=")),
            (".yarnrc", &token("\"//r.example/:_authToken\" ")),
            (".yarnrc.yml", &token("npmAuthToken: ")),
            (".ssh/id_ed25519", CANARY),
            (".config/gh/hosts.yml", CANARY),
            (".aws/credentials", CANARY),
            (".netrc", CANARY),
            (".bashrc", &format!("export NPM_TOKEN={CANARY}\n")),
            ("plain.txt", "anyone may read this"),
        ],
    );
    std::os::unix::fs::symlink(home.path(), home.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(".npmrc", home.path().join("link")).unwrap();
    let real = home.path().canonicalize().unwrap();
    let manifest = format!(
        r#"{{"name":"w","version":"1.0.0","files":["dist"],"packageManager":"{manager}","scripts":{{"prepack":"NODE_OPTIONS= node thief.js"}}}}"#
    );
    let thief = THIEF.replace("HOME,", &format!("{real:?},")).replace("(HOME", &format!("({real:?}"));
    let project = real.join("code/w");
    write(&project, &[("package.json", &manifest), ("thief.js", &thief)]);
    home
}

fn unprotected(result: &serde_json::Value) -> bool {
    let open = result["notes"].to_string().contains("could have read");
    if open {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true") || !cfg!(target_os = "linux"), "{result:#}");
        eprintln!("SKIPPED: this system can't hide files: {}", result["notes"]);
    }
    open
}

#[test]
fn a_script_that_steals_gets_nothing() {
    for (program, manager) in [
        ("npm", "npm@11.0.0"),
        ("pnpm", "pnpm@9.1.0"),
        ("yarn1", "yarn@1.22.0"),
        ("yarn4", "yarn@4.1.0"),
        ("bun", "bun@1.1.0"),
    ] {
        let Some(bin) = Bin::with(&[program]) else { continue };
        let home = home(manager);
        let folder = home.path().canonicalize().unwrap().join("code/w");
        if program == "yarn4" {
            std::fs::write(folder.join("yarn.lock"), "").unwrap();
            lock(&bin, &folder);
        }
        let mut job = Job::new(&bin, &folder);
        job.options.home = Some(home.path().to_owned());
        job.options.env = vec!["BUILD_NUMBER".to_owned()];
        job.env = vec![
            ("NPM_TOKEN", CANARY),
            ("NODE_AUTH_TOKEN", CANARY),
            ("npm_config_//r.example/:_authToken", CANARY),
            ("YARN_NPM_AUTH_TOKEN", CANARY),
            ("GITHUB_TOKEN", CANARY),
            ("AWS_SECRET_ACCESS_KEY", CANARY),
            ("SSH_AUTH_SOCK", CANARY),
            ("BUILD_NUMBER", "77"),
            ("CI", "1"),
        ];
        let result = job.packed();
        let loot = result["packages"][0]["files"]["dist/loot.json"].as_str().unwrap();
        let found: serde_json::Value = serde_json::from_str(loot).unwrap();
        assert_eq!(found["env"]["BUILD_NUMBER"], "77", "{program}");
        assert_eq!(found["env"]["CI"], "1", "{program}");
        assert!(!found["env"].to_string().contains(CANARY), "{program}: {}", found["env"]);
        if unprotected(&result) {
            continue;
        }
        assert!(!loot.contains(CANARY), "{program}: {found:#}");
        let at = |name: &str| found["files"][home.path().canonicalize().unwrap().join(name).to_str().unwrap()].clone();
        assert_eq!(at("plain.txt"), "anyone may read this", "{program}");
        for name in [".npmrc", ".yarnrc.yml", ".ssh/id_ed25519", ".config/gh/hosts.yml", "link", "linked/.npmrc"] {
            assert_eq!(at(name), "EACCES", "{program} {name}");
        }
        for way in ["wrote", "moved", "linked"] {
            assert!(found[way].is_string(), "{program}: {way} {}", found[way]);
        }
        let own = std::process::id().to_string();
        assert_eq!(found["processes"][own], "EACCES", "{program}");
    }
}

#[test]
fn settings_may_name_a_variable_that_is_not_there() {
    for (program, manager, file, text) in [
        ("npm", "npm@11.0.0", ".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\n"),
        ("pnpm", "pnpm@9.1.0", ".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\n"),
        ("yarn1", "yarn@1.22.0", ".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\n"),
        ("yarn4", "yarn@4.1.0", ".yarnrc.yml", "npmAuthToken: \"${NPM_TOKEN}\"\n"),
        (
            "bun",
            "bun@1.1.0",
            "bunfig.toml",
            "[install.scopes]\nacme = { token = \"$NPM_TOKEN\", url = \"http://127.0.0.1:1/\" }\n",
        ),
    ] {
        let Some(bin) = Bin::with(&[program]) else { continue };
        let manifest = format!(
            r#"{{"name":"w","version":"1.0.0","packageManager":"{manager}","scripts":{{"prepack":"node -e 'require(`fs`).writeFileSync(`t.txt`, String(process.env.NPM_TOKEN))'"}}}}"#
        );
        let folder = project(&[("package.json", &manifest), ("yarn.lock", "")]);
        if program == "yarn4" {
            lock(&bin, folder.path());
        }
        write(folder.path(), &[(file, text)]);
        let mut job = Job::new(&bin, folder.path());
        job.env = vec![("NPM_TOKEN", CANARY)];
        assert_eq!(job.packed()["packages"][0]["files"]["t.txt"], "", "{program}");
    }
}

#[test]
fn a_credential_in_the_project_is_refused_by_file_and_line() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = project(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".npmrc", "fund=false\n//r.example/:_authToken=canary-7f3a\n"),
        ("packages/a/package.json", r#"{"name":"a","version":"1.0.0"}"#),
    ]);
    let (error, _) = Job::new(&bin, &folder.path().join("packages/a")).error();
    assert!(error.starts_with(".npmrc:2 holds a credential") && !error.contains(CANARY), "{error}");
}

#[test]
fn a_registry_credential_is_never_passed_on() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = project(&[("package.json", r#"{"name":"a","version":"1.0.0"}"#)]);
    for (name, says) in [
        ("NPM_TOKEN", "is a registry credential"),
        ("node_auth_token", "is a registry credential"),
        ("npm_config_//r.example/:_authToken", "is a registry credential"),
        ("YARN_NPM_AUTH_IDENT", "is a registry credential"),
        ("HOME", "can't be passed on"),
    ] {
        let mut job = Job::new(&bin, folder.path());
        job.options.env = vec![name.to_owned()];
        let (error, _) = job.error();
        assert!(error.contains(says), "{error}");
    }
    let mut job = Job::new(&bin, Path::new(folder.path()));
    job.options.env = vec!["NOWHERE".to_owned()];
    assert!(job.packed()["notes"].to_string().contains("NOWHERE was to be passed on to scripts, and is not set"));
}

/// Closing a folder closes all above it for new files, and a build has to write somewhere.
#[test]
fn what_lies_in_the_project_is_said_to_be_open() {
    let Some(bin) = Bin::with(&["npm"]) else { return };
    let folder = project(&[("package.json", r#"{"name":"a","version":"1.0.0"}"#), ("key.json", CANARY)]);
    let other = project(&[("key.json", CANARY)]);
    let mut job = Job::new(&bin, folder.path());
    job.options.hidden = vec![folder.path().join("key.json"), other.path().join("key.json")];
    let notes = job.packed()["notes"].to_string();
    let note = "key.json lies in the project, so the scripts that ran while packing could have read it";
    assert_eq!(notes.matches(note).count(), 1, "{notes}");
}
