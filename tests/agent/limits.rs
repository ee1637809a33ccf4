//! What a script may use, and what it leaves behind.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::yard::{KINDS, Yard, has, ready};

#[track_caller]
fn ends(kind: &str, script: &str, words: &[&str], said: &str) {
    let yard = Yard::package("limited", json!({ "build": script }), json!({}));
    let started = Instant::now();
    let ran = yard.dry(&[&["--sandbox", kind], words].concat());
    assert!(ran.code == Some(2) && ran.stderr.contains(said), "{kind} {script}: {ran:?}");
    assert_eq!(yard.stopped().0, "failed");
    assert!(started.elapsed() < Duration::from_secs(100), "{script} took too long");
}

#[test]
fn memory_processes_and_output_have_an_end() {
    if !ready() {
        return;
    }
    for kind in KINDS.into_iter().filter(|kind| has(kind)) {
        // One that takes it at once, and many that take a little each.
        ends(
            kind,
            "node -e \"const all=[];for(;;)all.push(Buffer.alloc(1<<24,1))\"",
            &["--memory", "300"],
            "npm run build",
        );
        let many = "for i in 1 2 3 4 5 6 7 8; do node -e \"const b=Buffer.alloc(1<<27,1);setTimeout(()=>b,60000)\" & done; wait";
        ends(kind, many, &["--memory", "600"], "memory");
        ends(kind, "sh -c 'for i in $(seq 2500); do sleep 60 & done; wait'", &[], "processes");
        ends(kind, "yes", &[], "printed more than");
    }
}

#[test]
fn time_has_an_end() {
    if !ready() {
        return;
    }
    let kind = KINDS.into_iter().find(|kind| has(kind)).unwrap();
    ends(kind, "sleep 600", &["--minutes", "1"], "took longer than 1 min");
}

#[test]
fn nothing_outlives_its_step() {
    if !ready() {
        return;
    }
    for kind in KINDS.into_iter().filter(|kind| has(kind)) {
        let script = "(setsid sh -c 'sleep 7347.5' >/dev/null 2>&1 &) ; sleep 0.2";
        let yard = Yard::package("left", json!({ "build": script }), json!({}));
        let ran = yard.dry(&["--sandbox", kind]);
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
        let all = std::process::Command::new("ps").args(["-eo", "args"]).output().unwrap().stdout;
        assert!(!String::from_utf8_lossy(&all).contains("sleep 7347.5"), "{kind}: it is still there");
        // Nor does the copy that it worked in.
        let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let mine = left.filter(|entry| entry.path().join("copy/package.json").exists()).filter(|entry| {
            std::fs::read_to_string(entry.path().join("copy/package.json")).is_ok_and(|text| text.contains("\"left\""))
        });
        assert_eq!(mine.count(), 0);
    }
}

#[test]
fn programs_find_what_they_need() {
    if !ready() {
        return;
    }
    let needs = "
        const fs = require('fs'), os = require('os'), cp = require('child_process'), assert = require('assert');
        fs.mkdirSync('dist', { recursive: true });
        fs.writeFileSync('dist/index.js', '1');
        fs.chmodSync('dist/index.js', 0o755);
        fs.renameSync('dist/index.js', 'dist/a.js');
        fs.symlinkSync('a.js', 'dist/link'); fs.unlinkSync('dist/link');
        fs.renameSync('dist/a.js', 'dist/index.js');
        assert(os.cpus().length > 0 && os.totalmem() > 0);
        assert.equal(cp.execSync('git rev-parse HEAD').toString().length, 41);
        assert.equal(cp.execSync('git describe --tags').toString().trim(), 'v0.9.0');
        assert(fs.mkdtempSync(os.tmpdir() + '/x').startsWith(process.env.TMPDIR));
        new (require('worker_threads').Worker)('1', { eval: true });
        cp.fork('-e', ['0']).on('error', () => process.exit(9));
        require('zlib').gzipSync('x'); require('crypto').randomBytes(8);
    ";
    for kind in KINDS.into_iter().filter(|kind| has(kind)) {
        let yard = Yard::package("needs", json!({ "build": "node build.js" }), json!({}));
        yard.write("build.js", needs);
        let git = |words: &[&str]| {
            let output = std::process::Command::new("git")
                .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
                .args(words)
                .current_dir(yard.project())
                .env("HOME", yard.place.home())
                .output()
                .unwrap();
            assert!(output.status.success(), "{words:?}: {output:?}");
        };
        git(&["init", "-q"]);
        git(&["add", "."]);
        git(&["commit", "-qm", "first"]);
        git(&["tag", "v0.9.0"]);
        let ran = yard.dry(&["--sandbox", kind]);
        assert_eq!(ran.code, Some(0), "{kind}: {ran:?}");
    }
}

/// A loopback of its own is there where namespaces are; without them there are no sockets at all.
#[test]
fn tests_that_listen_run_where_networks_are_apart() {
    if !ready() {
        return;
    }
    if !has("bubblewrap") {
        return;
    }
    let script = "node -e \"const s=require('http').createServer((q,r)=>r.end('ok')).listen(0,'127.0.0.1',\
                  ()=>fetch('http://127.0.0.1:'+s.address().port).then(r=>r.text()).then(t=>{console.log(t);s.close()}))\"";
    let yard = Yard::package("listens", json!({ "test": script }), json!({}));
    let ran = yard.dry(&["--sandbox", "bubblewrap"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
