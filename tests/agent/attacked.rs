//! Ways past the walls of a release that were found by attacking it; each is closed.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::ask;
use crate::packages::clean;
use crate::registry::{Answer, Fault, Registry, Route, Which};
use crate::verdaccio::Verdaccio;
use crate::yard::{KINDS, Yard, has, ready};

fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().filter(|kind| has(kind))
}

#[test]
fn a_credential_in_the_project_is_not_in_the_copy() {
    if !ready() {
        return;
    }
    for kind in kinds() {
        let registry = Registry::start();
        let script = "cat token.txt other.txt ci/publish.npmrc tools/.npmrc; cp token.txt dist/index.js; true";
        let yard = Yard::package("inside", json!({ "build": script }), json!({}));
        let token = yard.write("token.txt", &registry.token());
        std::fs::hard_link(&token, yard.project().join("other.txt")).unwrap();
        let user = yard.write("ci/publish.npmrc", "//r.example/:_authToken=npm_canary_of_ci\n");
        yard.write("tools/.npmrc", "//r.example/:_authToken=npm_canary_of_tools\n");
        let run = yard.agent(&["release", "project", "--dry-run", "--sandbox", kind, "--registry", &registry.url()]);
        let ran = run.arg("--token-file").arg(&token).env("NPM_CONFIG_USERCONFIG", &user).run();
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
        assert!(ran.stderr.contains("left out, since builds need no credentials"), "{ran:?}");
        for entry in walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap) {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            for secret in [registry.token(), "npm_canary_of_ci".to_owned(), "npm_canary_of_tools".to_owned()] {
                assert_eq!(crate::hostile::found(&secret, &bytes), None, "{kind}: {}", entry.path().display());
            }
        }
    }
}

#[test]
fn a_folder_that_is_swapped_for_a_link_is_not_followed() {
    if !ready() {
        return;
    }
    for kind in kinds() {
        let yard = Yard::package("swapped", json!({ "postpack": "node post.js" }), json!({}));
        let victim = yard.place.folder().join("victim");
        std::fs::create_dir(&victim).unwrap();
        std::fs::write(victim.join("swapped-1.0.0.tgz"), clean("swapped", "1.0.0")).unwrap();
        let post = format!(
            "const fs = require('fs'), path = require('path'), scratch = path.dirname(process.env.HOME);
             for (const name of fs.readdirSync(scratch)) if (name.startsWith('out-')) {{
               fs.renameSync(scratch + '/' + name, scratch + '/moved'); fs.rmSync(scratch + '/moved', {{ recursive: true }});
               fs.symlinkSync({}, scratch + '/' + name);
             }}",
            json!(victim)
        );
        yard.write("post.js", &post);
        let ran = yard.dry(&["--sandbox", kind]);
        assert!(ran.code == Some(2) && ran.stderr.contains("made 0 tarballs"), "{kind}: {ran:?}");
        assert!(victim.join("swapped-1.0.0.tgz").exists());
    }
}

#[test]
fn rights_that_a_build_changes_are_seen_and_put_back() {
    if !ready() {
        return;
    }
    if !has("landlock") {
        return;
    }
    let yard = Yard::package("rights", json!({}), json!({}));
    std::fs::create_dir_all(yard.place.home().join("journal")).unwrap();
    let file = yard.place.write_home("journal/journal.jsonl", "");
    let text = yard
        .read("package.json")
        .replace("\"scripts\": {}", &format!("\"scripts\": {{ \"build\": \"chmod 666 {}\" }}", file.display()));
    yard.write("package.json", &text);
    let ran = yard.dry(&["--sandbox", "landlock"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("which no build should do"), "{ran:?}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // Nobody gets the rights of the owner of a file, wherever it lies.
    let program = yard.place.write_home("program", "#!/bin/sh\n");
    let yard = Yard::package("owner", json!({ "build": format!("! chmod 4755 {}", program.display()) }), json!({}));
    assert_eq!(yard.dry(&["--sandbox", "landlock"]).code, Some(0));
    assert_eq!(program.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
}

#[test]
fn nothing_outlives_a_lastlook_that_was_killed() {
    if !ready() {
        return;
    }
    for kind in kinds() {
        let yard = Yard::package("outlives", json!({ "build": "node build.js" }), json!({}));
        // It also stops whoever watches over it, and holds open what that waits for.
        let build = "
            const fs = require('fs'), cp = require('child_process');
            for (const id of fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
              let words = '';
              try { words = fs.readFileSync(`/proc/${id}/cmdline`, 'utf8'); } catch {}
              if (!words.includes('__cell')) continue;
              try { fs.openSync(`/proc/${id}/fd/0`, 'w'); } catch {}
              try { process.kill(Number(id), 'SIGSTOP'); } catch {}
              try { for (const thread of fs.readdirSync(`/proc/${id}/task`)) process.kill(Number(thread), 'SIGSTOP'); } catch {}
            }
            cp.spawn('setsid', ['sleep', '9341.5'], { detached: true, stdio: 'inherit' }).unref();
            setTimeout(() => {}, 60000);
        ";
        yard.write("build.js", build);
        let journal = yard.place.home().join("journal");
        let run = yard.agent(&["release", "project", "--dry-run", "--sandbox", kind]).arg("--journal").arg(journal);
        let running = run.spawn();
        let there = || {
            let all = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap().stdout;
            String::from_utf8_lossy(&all).contains("sleep 9341.5")
        };
        let until = Instant::now() + Duration::from_secs(30);
        while !there() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(there(), "{kind}: it never ran");
        std::thread::sleep(Duration::from_millis(300));
        running.kill();
        let until = Instant::now() + Duration::from_secs(10);
        while there() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!there(), "{kind}: it is still there");
    }
}

#[test]
fn programs_are_found_behind_links() {
    if !ready() {
        return;
    }
    for kind in kinds() {
        let yard = Yard::package("linked", json!({ "build": "node -e 0" }), json!({}));
        let real = yard.place.folder().join("tools/node-v1/bin");
        std::fs::create_dir_all(&real).unwrap();
        let path = std::env::var("PATH").unwrap();
        for name in ["node", "npm", "npx"] {
            let program =
                std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists()).unwrap();
            symlink(program.canonicalize().unwrap(), real.join(name)).unwrap();
        }
        let link = yard.place.folder().join("tools/current");
        symlink("node-v1", &link).unwrap();
        let run =
            yard.agent(&["release", "project", "--dry-run", "--sandbox", kind, "--registry", "http://127.0.0.1:9/"]);
        let ran = run.env("PATH", format!("{}:/usr/bin:/bin", link.join("bin").display())).run();
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
    }
}

#[test]
fn what_others_published_meanwhile_is_not_taken_for_ours() {
    if !ready() {
        return;
    }
    let (yard, registry) = (Yard::package("meanwhile", json!({}), json!({})), Registry::start());
    registry.fault(Route::Publish, Which::Every, Fault::Answer(Answer::error(403, "not now")));
    let ran = yard.release(&registry.url(), &registry.token(), &[]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    registry.heal();
    registry.put("meanwhile", "1.0.0", &clean("meanwhile", "1.0.0"));
    let ran = yard.resume();
    assert!(ran.code == Some(2) && ran.stderr.contains("is not as it should be"), "{ran:?}");
    assert_eq!(yard.stopped().0, "failed");
    assert_eq!(registry.versions("meanwhile"), ["1.0.0"]);
}

/// Writes the last session anew, with its lines changed and every hash made anew.
fn forge(yard: &Yard, change: impl Fn(&mut Vec<Value>)) {
    use sha2::Digest as _;
    let file = walkdir::WalkDir::new(yard.state())
        .into_iter()
        .map(Result::unwrap)
        .find(|one| one.file_name() == "session.jsonl");
    let mut lines = yard.lines();
    change(&mut lines);
    let (mut prev, mut text) = ("0".repeat(64), String::new());
    for (number, line) in lines.iter_mut().enumerate() {
        line.as_object_mut().unwrap().shift_remove("hash");
        (line["seq"], line["prev"]) = (json!(number), json!(prev));
        let object = line.to_string();
        prev = sha2::Sha256::digest(&object).iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{},\"hash\":\"{prev}\"}}\n", object.strip_suffix('}').unwrap()));
    }
    std::fs::write(file.unwrap().path(), text).unwrap();
}

#[test]
fn a_session_that_others_wrote_releases_nothing() {
    if !ready() {
        return;
    }
    let at = |lines: &[Value], kind: &str| lines.iter().position(|line| line["kind"] == kind).unwrap();
    let sent = |kind: &str| {
        let (yard, registry) = (Yard::package("forged", json!({}), json!({})), Registry::start());
        registry.fault(Route::Publish, Which::Every, Fault::Answer(Answer::error(403, "not now")));
        assert_eq!(yard.release(&registry.url(), &registry.token(), &[]).run().code, Some(2), "{kind}");
        registry.heal();
        (yard, registry)
    };
    let (yard, registry) = sent("without what goes out");
    forge(&yard, |lines| {
        let going = at(lines, "going");
        lines.remove(going);
    });
    assert_eq!((yard.resume().code, registry.versions("forged")), (Some(2), Vec::new()));
    let (yard, registry) = sent("other bytes under this name");
    let other = clean("not-ours", "9.9.9");
    let kept =
        walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap).find(|one| one.file_name() == "0.tgz");
    std::fs::write(kept.unwrap().path(), &other).unwrap();
    let integrity = crate::registry::integrity(&other);
    for (name, version) in [("forged", "1.0.0"), ("not-ours", "9.9.9")] {
        forge(&yard, |lines| {
            for kind in ["going", "sending", "cleared"] {
                let line = at(lines, kind);
                let item = json!({ "name": name, "version": version, "integrity": integrity, "size": other.len(), "file": "0.tgz" });
                if kind == "sending" {
                    lines[line]["item"] = item;
                } else {
                    lines[line]["items"] = json!([item]);
                }
            }
        });
        let ran = yard.resume();
        assert_eq!((ran.code, registry.count(Route::Publish)), (Some(2), 1), "{name}: {ran:?}");
    }
    // Nor is a folder taken that others may write to.
    std::fs::set_permissions(yard.state(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let ran = yard.resume();
    assert!(ran.code == Some(2) && ran.stderr.contains("others own it"), "{ran:?}");
}

#[test]
fn a_host_is_reached_where_it_was_granted_and_nowhere_else() {
    if !ready() {
        return;
    }
    let Some(registry) = Verdaccio::shared() else { return };
    let dependency = Yard::package("agent-granted-dep", json!({}), json!({}));
    assert_eq!(dependency.release(registry.url(), registry.token(), &[]).run().code, Some(0));
    let host = registry.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let yard = Yard::package(
        "agent-granted",
        json!({ "build": "node -p \"require('agent-granted-dep/package.json').name\"" }),
        json!({ "dependencies": { "agent-granted-dep": "1.0.0" } }),
    );
    yard.write(".npmrc", &format!("registry={}\n", registry.url()));
    let npm = |words: &[&str]| {
        let output = std::process::Command::new("npm")
            .args(words)
            .current_dir(yard.project())
            .env("HOME", yard.place.home())
            .output();
        assert!(output.as_ref().is_ok_and(|output| output.status.success()), "{output:?}");
    };
    npm(&["install", "--package-lock-only", "--no-audit", "--no-fund"]);
    let ran = yard.dry(&[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("or add --install"), "{ran:?}");
    if has("landlock") {
        let ran = yard.dry(&["--install", "--sandbox", "landlock"]);
        assert!(ran.code == Some(2) && ran.stderr.contains("only where bubblewrap"), "{ran:?}");
    }
    if !has("bubblewrap") {
        return;
    }
    let run = || yard.agent(&["release", "project", "--dry-run", "--install", "--sandbox", "bubblewrap"]);
    let ran = run().run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    // No program of the project runs while a host is in reach, whatever its settings call it.
    yard.write("git.sh", "#!/bin/sh\necho ran >&2; exit 1\n");
    std::fs::set_permissions(yard.project().join("git.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    yard.write(".npmrc", &format!("registry={}\ngit=./git.sh\nscript-shell=./git.sh\n", registry.url()));
    let ran = yard.dry(&["--install", "--sandbox", "bubblewrap"]);
    assert!(ran.code == Some(2) && !ran.stderr.contains("ran\n"), "another registry was named: {ran:?}");
    yard.write(".npmrc", &format!("registry={}\n", registry.url()));
    assert!(!yard.project().join("node_modules").exists());
    // Scripts reach it only where that was granted to them too.
    let ask = format!("npm view agent-granted-dep version --fetch-retries=0 --registry {}", registry.url());
    yard.write("package.json", &yard.read("package.json").replace("node -p", &format!("{ask} && node -p")));
    let ran = run().run();
    assert!(ran.code == Some(2) && ran.stderr.contains("npm run build failed"), "{ran:?}");
    let ran = run().args(["--allow-host", &host]).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let other = Registry::start();
    let ask = format!("npm view agent-granted-dep version --fetch-retries=0 --registry {}", other.url());
    yard.write("package.json", &yard.read("package.json").replace("npm view", &format!("{ask}; npm view")));
    assert_eq!(run().args(["--allow-host", &host]).run().code, Some(0));
    assert_eq!(other.connections().concat().len(), 0);
}

#[test]
fn nobody_gets_the_rights_of_whoever_releases() {
    if !ready() {
        return;
    }
    for kind in kinds() {
        let script = "
            const fs = require('fs'), cp = require('child_process');
            const ways = {
              chmod: () => { fs.writeFileSync('a', ''); fs.chmodSync('a', 0o4755); },
              made: () => fs.closeSync(fs.openSync('b', 'w', 0o4755)),
              group: () => { fs.writeFileSync('c', ''); fs.chmodSync('c', 0o2755); },
              copied: () => cp.execSync('cp /bin/true d && chmod u+s d', { stdio: 'ignore' }),
            };
            for (const [name, way] of Object.entries(ways)) try { way(); } catch {}
            for (const file of ['a', 'b', 'c', 'd']) if (fs.existsSync(file) && fs.statSync(file).mode & 0o6000) process.exit(9);
            try { fs.chmodSync(require('path').dirname(process.env.HOME), 0o777); } catch {}
            setTimeout(() => {}, 3000);
        ";
        let yard = Yard::package("rights", json!({ "build": "node build.js" }), json!({}));
        yard.write("build.js", script);
        let temporary = yard.place.home().join("tmp");
        std::fs::create_dir(&temporary).unwrap();
        let run =
            yard.agent(&["release", "project", "--dry-run", "--sandbox", kind, "--registry", "http://127.0.0.1:9/"]);
        let running = run.env("TMPDIR", &temporary).spawn();
        std::thread::sleep(Duration::from_millis(2000));
        let mut seen = 0;
        for entry in std::fs::read_dir(&temporary).unwrap().flatten() {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o7777, 0o700, "{kind}: {entry:?}");
            seen += 1;
        }
        let ran = running.end();
        assert!(seen > 0 && ran.code == Some(0), "{kind}: {ran:?}");
    }
}

#[test]
fn a_version_is_written_into_files_of_the_project_alone() {
    if !ready() {
        return;
    }
    let yard = Yard::package("bumped", json!({ "build": "cat package-lock.json" }), json!({}));
    let secret = yard.place.write_home("secret.json", "{ \"version\": \"canary-of-a-lock\" }");
    symlink(&secret, yard.project().join("package-lock.json")).unwrap();
    let ran = yard.dry(&["--bump", "minor"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("it is a link"), "{ran:?}");
    assert!(!std::fs::read_to_string(secret).unwrap().contains("1.1.0"));
    let all = walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap);
    assert!(
        all.into_iter()
            .all(|one| !std::fs::read(one.path()).unwrap_or_default().windows(6).any(|part| part == b"canary"))
    );
}

#[test]
fn what_is_passed_on_is_left_out_of_the_session() {
    if !ready() {
        return;
    }
    let yard = Yard::package("passed", json!({ "build": "echo \"it is $DEPLOY_KEY\"; exit 1" }), json!({}));
    let run =
        yard.agent(&["release", "project", "--dry-run", "--env", "DEPLOY_KEY", "--registry", "http://127.0.0.1:9/"]);
    let ran = run.env("DEPLOY_KEY", "canary-of-a-variable").run();
    assert!(ran.code == Some(2) && ran.stderr.contains("it is ***"), "{ran:?}");
    for entry in walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap) {
        assert!(!String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap_or_default()).contains("canary-of"));
    }
}

/// What a build closed is removed all the same; to root, nothing is closed.
#[test]
fn nothing_is_left_of_a_copy_that_was_closed() {
    if !ready() {
        return;
    }
    let yard = Yard::package(
        "closed",
        json!({ "build": "mkdir -p a/b/c && touch a/b/c/d && chmod 000 a/b/c a/b a" }),
        json!({}),
    );
    let temporary = yard.place.home().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let run = yard.agent(&["release", "project", "--dry-run", "--registry", "http://127.0.0.1:9/"]);
    let Some(run) = run.env("TMPDIR", &temporary).as_user(crate::run::NOBODY) else { return };
    // Packing can't read it, and says so.
    let ran = run.run();
    assert!(ran.code.is_some(), "{ran:?}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "{ran:?}");
}

#[test]
fn the_token_itself_is_in_no_package_and_no_session() {
    if !ready() {
        return;
    }
    let registry = Registry::start();
    let token = "ZQ9vX3kW7pL2mN8rT4yB";
    let coded = "cp copy.txt dist/index.js; node -p \"Buffer.from(require('fs').readFileSync('copy.txt')).toString('base64')\"; cat copy.txt";
    for script in [
        coded,
        "base64 -w0 copy.txt > dist/index.js",
        "xxd -p copy.txt > dist/index.js || od -An -tx1 copy.txt | tr -d ' \\n' > dist/index.js",
    ] {
        let yard = Yard::package("own-token", json!({ "build": script }), json!({}));
        // Under a name that says nothing.
        yard.write("copy.txt", token);
        let ran = yard.release(&registry.url(), token, &["--dry-run"]).run();
        assert!(ran.code == Some(2) && ran.stderr.contains("holds the very token"), "{script}: {ran:?}");
        for entry in walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap) {
            assert_eq!(
                crate::hostile::found(token, &std::fs::read(entry.path()).unwrap_or_default()),
                None,
                "{script}"
            );
        }
        assert!(!ran.stderr.contains(token));
    }
}

#[test]
fn sockets_in_the_folders_of_programs_are_not_reached() {
    if !ready() {
        return;
    }
    for kind in kinds() {
        let yard = Yard::package("sockets", json!({ "build": "node build.js" }), json!({}));
        let folder = yard.place.folder().join("tools");
        std::fs::create_dir(&folder).unwrap();
        let socket = folder.join("agent.sock");
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        listener.set_nonblocking(true).unwrap();
        let script = format!(
            "require('net').connect({}).on('connect', () => process.exit(9)).on('error', () => process.exit(0))",
            json!(socket)
        );
        yard.write("build.js", &script);
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let run =
            yard.agent(&["release", "project", "--dry-run", "--sandbox", kind, "--registry", "http://127.0.0.1:9/"]);
        let ran = run.env("PATH", path).run();
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
        assert!(listener.accept().is_err(), "{kind}: somebody came");
    }
}
