//! The real program, round by round: a registry, a site, and whoever takes reports; killed before each of its calls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::hook::{Hook, Manner};
use crate::client::connect;
use crate::packages::{clean, package, secret, with_secret, with_sources};
use crate::registry::{Answer, Fault, Moment, Registry, Route, Which};
use crate::run::{NOBODY, Place, Ran, Run};
use crate::tracer::{killing, points, strace, tracing};

/// A registry, a webhook, and a place to watch from.
pub struct Post {
    pub registry: Registry,
    pub hook: Hook,
    pub place: Place,
}

impl Post {
    pub fn new() -> Self {
        Self { registry: Registry::start(), hook: Hook::start(), place: Place::new() }
    }

    pub fn watch(&self, words: &[&str]) -> Run {
        self.place.lastlook(&["agent", "watch", "--registry", &self.registry.url()]).args(words)
    }

    pub fn once(&self, words: &[&str]) -> Ran {
        self.watch(words).arg("--once").run()
    }

    pub fn hooked(&self, words: &[&str]) -> Run {
        self.watch(words).args(["--once", "--webhook", &self.hook.url])
    }

    pub fn state(&self) -> PathBuf {
        self.place.state().join("lastlook/agent/watch")
    }
}

/// What changed, as rules, versions and what happened.
fn changes(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = report["changes"].as_array().unwrap().iter();
    let mut all: Vec<String> = all
        .map(|change| [&change["what"], &change["rule"], &change["version"]].map(text).join(" ").trim().to_owned())
        .collect();
    all.sort();
    all
}

fn reports(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_wrong_already_is_told_at_first_and_what_changes_from_then_on() {
    let post = Post::new();
    post.registry.put("watched", "1.0.0", &with_sources("watched", "1.0.0"));
    let ran = post.once(&["npm:watched"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("deny   appeared  map/embedded-sources  1.0.0 index.js.map"), "{}", ran.stdout);
    assert!(ran.stdout.contains("npm:watched (blocked)") && ran.stdout.contains("out for "), "{}", ran.stdout);
    let ran = post.once(&["npm:watched"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    // A release that is clear, and what it replaces stands still for whoever has it.
    post.registry.put("watched", "1.0.1", &clean("watched", "1.0.1"));
    let ran = post.once(&["npm:watched", "--format", "json"]);
    let all = reports(&ran);
    assert_eq!((ran.code, all.len()), (Some(1), 1), "{ran:?}");
    assert_eq!(changes(&all[0]), ["appeared watch/version-new 1.0.1", "changed watch/tag-moved 1.0.1"]);
    let report = &all[0];
    assert_eq!(
        (&report["schema"], &report["seq"], &report["denied"]),
        (&json!("lastlook.watch/1"), &json!(2), &json!(1))
    );
    assert_eq!((&report["target"], &report["verdict"]), (&json!("npm:watched"), &json!("blocked")));
    assert_eq!(report["registry"], post.registry.url());
    // One that carries a key: no report shows it.
    post.registry.put("watched", "1.0.2", &with_secret("watched", "1.0.2"));
    let ran = post.once(&["npm:watched", "--format", "json"]);
    let all = reports(&ran);
    assert!(!ran.stdout.contains(&secret()) && !ran.stderr.contains(&secret()), "{ran:?}");
    let shown = changes(&all[0]);
    assert!(
        shown.iter().any(|change| change.starts_with("appeared secret/") && change.ends_with(" 1.0.2")),
        "{shown:?}"
    );
    assert!(shown.contains(&"changed watch/tag-moved 1.0.2".to_owned()), "{shown:?}");
    // The bytes are swapped where they lie.
    let other = package("watched", "1.0.1", json!({ "main": "index.js" }), &[("index.js", "evil();\n")]);
    post.registry.fault(Route::Tarball, Which::Every, Fault::Body(other));
    let ran = post.once(&["npm:watched@1.0.1", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(changes(&reports(&ran)[0]).contains(&"appeared release/swapped 1.0.1".to_owned()), "{ran:?}");
    let ran = post.once(&["npm:watched", "--format", "json"]);
    let shown = changes(&reports(&ran)[0]);
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
        assert!(shown.contains(&format!("changed watch/bytes-changed {version}")), "{shown:?}");
    }
}

#[test]
fn a_registry_that_stumbles_is_told_the_second_time_and_keeps_nothing_else_waiting() {
    let post = Post::new();
    post.registry.put("fine", "1.0.0", &clean("fine", "1.0.0"));
    let words = ["npm:missing", "npm:fine", "--format", "json"];
    let ran = post.once(&words);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.stderr.contains("shows no missing"), "{ran:?}");
    let ran = post.once(&words);
    let all = reports(&ran);
    assert_eq!((ran.code, all.len()), (Some(2), 1), "{ran:?}");
    assert_eq!(changes(&all[0]), ["appeared watch/unreadable"]);
    assert_eq!(post.once(&words).stdout, "");
    assert_eq!(post.once(&["npm:fine"]).code, Some(0));
    post.registry.put("missing", "1.0.0", &clean("missing", "1.0.0"));
    let ran = post.once(&words);
    assert_eq!((ran.code, changes(&reports(&ran)[0])), (Some(0), vec!["went watch/unreadable".to_owned()]), "{ran:?}");
    // A tarball alone that can't be had.
    post.registry.fault(Route::Tarball, Which::Every, Fault::Answer(Answer::error(503, "later")));
    assert_eq!(post.once(&["npm:fine"]).code, Some(2));
    let ran = post.once(&["npm:fine", "--format", "json"]);
    assert_eq!(changes(&reports(&ran)[0]), ["appeared watch/unreadable 1.0.0"]);
    post.registry.heal();
    let ran = post.once(&["npm:fine", "--format", "json"]);
    assert_eq!((ran.code, changes(&reports(&ran)[0])), (Some(0), vec!["went watch/unreadable 1.0.0".to_owned()]));
}

#[test]
fn a_target_that_hangs_does_not_keep_the_others_from_being_looked_at() {
    let post = Post::new();
    post.registry.put("hangs", "1.0.0", &clean("hangs", "1.0.0"));
    post.registry.put("denied", "1.0.0", &with_sources("denied", "1.0.0"));
    let _hold = post.registry.hold(Route::Packument, 1, Moment::Head);
    let ran = post.once(&["npm:hangs", "npm:denied", "--timeout", "1"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("npm:hangs can not be read"), "{ran:?}");
    assert!(ran.stdout.contains("npm:denied (blocked)"), "{ran:?}");
}

#[test]
fn a_version_that_did_not_go_through_lastlook_is_told_as_such() {
    let post = Post::new();
    post.place.write_home("token", post.registry.token());
    let publish = |version: &str| {
        let file = post.place.write("package.tgz", clean("ours", version));
        let publish = post.place.lastlook(&["publish", "--registry", &post.registry.url()]);
        let ran = publish.arg("--token-file").arg(post.place.home().join("token")).arg(file).run();
        assert_eq!(ran.code, Some(0), "{ran:?}");
    };
    publish("1.0.0");
    assert_eq!(post.once(&["npm:ours"]).code, Some(0));
    publish("1.0.1");
    let ran = post.once(&["npm:ours"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let says = "allow  appeared  watch/version-new  1.0.1  1.0.1 was published, by lastlook publish; it is clear";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    post.registry.put("ours", "1.0.2", &clean("ours", "1.0.2"));
    let ran = post.once(&["npm:ours"]);
    assert!(ran.stdout.contains("1.0.2 was published, and the journal of lastlook publish knows nothing"), "{ran:?}");
    // Nor does the tag stand for what was published last.
    let ran = post.once(&["npm:ours"]);
    assert!(ran.code == Some(1) && ran.stdout.contains("release/tag-moved  1.0.2"), "{ran:?}");
}

#[test]
fn texts_of_others_are_shown_and_not_obeyed() {
    let post = Post::new();
    post.registry.put("odd", "1.0.0", &clean("odd", "1.0.0"));
    assert_eq!(post.once(&["npm:odd"]).code, Some(0));
    let key = secret();
    let tag = format!("\u{1b}]0;odd\u{7}\n::error::{key}");
    post.registry.fault(
        Route::Packument,
        Which::Every,
        Fault::edit(move |value: &mut Value| value["dist-tags"][&tag] = json!("1.0.0")),
    );
    let ran = post.once(&["npm:odd"]);
    assert!(ran.stdout.contains("watch/tag-moved") && ran.stdout.lines().count() == 1, "{ran:?}");
    assert!(!ran.stdout.contains(['\u{1b}', '\u{7}']), "{ran:?}");
}

/// A site of one page, with a script and what is beside it.
fn site(files: &[(&str, &str)]) -> (std::net::SocketAddr, std::sync::Arc<std::sync::Mutex<BTreeMap<String, String>>>) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let files = std::sync::Arc::new(std::sync::Mutex::new(files));
    let own = std::sync::Arc::clone(&files);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let Some(first) = lines.next() else { continue };
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let files: std::sync::MutexGuard<'_, BTreeMap<String, String>> = own.lock().unwrap();
            let down = files.is_empty();
            let (status, body) = match files.get(&path) {
                Some(body) => (200, body.clone()),
                None => (if down { 503 } else { 404 }, String::new()),
            };
            let kind = if path == "/" { "text/html" } else { "text/javascript" };
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    (address, files)
}

#[test]
fn a_site_that_begins_to_serve_its_sources_is_told_and_an_outage_is_not_their_end() {
    let post = Post::new();
    let page = "<!doctype html><script src=/app.js></script>";
    let (address, files) = site(&[("/", page), ("/app.js", "x()\n")]);
    let url = format!("http://{address}/");
    let once = || post.once(&[&url, "--format", "json", "--seconds", "20"]);
    let ran = once();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    let map = json!({ "version": 3, "sources": ["a.ts"], "sourcesContent": ["let secretPlan = 1;\n"], "names": [], "mappings": "AAAA" });
    let add = |path: &str, text: &str| drop(files.lock().unwrap().insert(path.to_owned(), text.to_owned()));
    add("/app.js.map", &map.to_string());
    let ran = once();
    let all = reports(&ran);
    assert_eq!((ran.code, all.len()), (Some(1), 1), "{ran:?}");
    assert_eq!(changes(&all[0]), ["appeared map/embedded-sources"]);
    assert!(all[0]["changes"][0]["place"].as_str().unwrap().ends_with("/app.js.map"), "{}", all[0]);
    let before = std::mem::take(&mut *files.lock().unwrap());
    let ran = once();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert_eq!(changes(&reports(&once())[0]), ["appeared watch/unreadable"]);
    *files.lock().unwrap() = before;
    let ran = once();
    assert_eq!((ran.code, changes(&reports(&ran)[0])), (Some(1), vec!["went watch/unreadable".to_owned()]), "{ran:?}");
    files.lock().unwrap().remove("/app.js.map");
    let ran = once();
    assert_eq!(
        (ran.code, changes(&reports(&ran)[0])),
        (Some(0), vec!["went map/embedded-sources".to_owned()]),
        "{ran:?}"
    );
}

/// The calls that others can see the effect of.
const CALLS: &str = "openat,flock,write,fsync,rename,socket,connect,sendto,recvfrom,exit_group";

/// More points than this are not tried.
const MOST: usize = 45;

/// The calls that the first thread makes once it has its state.
fn all(words: &dyn Fn(&Post) -> Run) -> Vec<(String, usize)> {
    let post = Post::new();
    post.registry.put("watched", "1.0.0", &with_sources("watched", "1.0.0"));
    let log = post.place.home().join("log");
    let ran = words(&post).through(tracing(CALLS, &log)).run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let text = std::fs::read_to_string(log).unwrap();
    let points = points(&text, CALLS, "state.json");
    assert!(points.len() > 15, "{text}");
    points
}

/// Kills a run before each of its calls, and runs on. `taken` are the names of the reports that arrived, in their order.
fn killed_anywhere(words: &dyn Fn(&Post) -> Run, taken: &dyn Fn(&Post) -> Vec<String>) {
    let points = all(words);
    let step = points.len().div_ceil(MOST);
    let (mut killed, mut again) = (0, 0);
    for (name, nth) in points.iter().step_by(step) {
        let post = Post::new();
        post.registry.put("watched", "1.0.0", &with_sources("watched", "1.0.0"));
        let ran = words(&post).through(killing(name, *nth)).run();
        killed += usize::from(ran.signal == Some(9));
        assert!(ran.signal == Some(9) || ran.code == Some(1), "{name} {nth}: {ran:?}");
        for _ in 0..2 {
            let ran = words(&post).run();
            assert_eq!(ran.code, Some(1), "{name} {nth}: {ran:?}");
        }
        // One report, under one name: again only where it was killed between its taking and the note of that.
        let arrived = taken(&post);
        let names: BTreeSet<&String> = arrived.iter().collect();
        assert_eq!(names.len(), 1, "{name} {nth}: {arrived:?}");
        assert!(arrived.len() <= 2, "{name} {nth}: {arrived:?}");
        again += arrived.len() - 1;
        assert_eq!(std::fs::read_dir(post.state()).unwrap().count(), 2, "{name} {nth}: something was left behind");
    }
    let tried = points.iter().step_by(step).count();
    eprintln!("killed at {killed} of {tried} calls; {again} were told again");
    assert!(killed * 10 >= tried * 9, "killed at {killed} of {tried}");
}

#[test]
fn a_round_that_is_killed_before_any_call_loses_nothing_to_a_webhook() {
    let Some(()) = strace() else { return };
    let taken = |post: &Post| {
        let posts = post.hook.posts();
        posts.iter().map(|post| post.body["id"].as_str().unwrap().to_owned()).collect()
    };
    killed_anywhere(&|post| post.hooked(&["npm:watched"]), &taken);
}

#[test]
fn a_round_that_is_killed_before_any_call_loses_nothing_to_a_program() {
    let Some(()) = strace() else { return };
    let run = |post: &Post| {
        let file = post.place.home().join("taken");
        // It reads to the end, and takes what is whole.
        let text = format!("#!/bin/sh\nread -r line && printf '%s\\n' \"$line\" >> {}\n", file.display());
        let program = post.place.write("take", text);
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        post.watch(&["npm:watched", "--once", "--exec"]).arg(program)
    };
    let taken = |post: &Post| {
        let text = std::fs::read_to_string(post.place.home().join("taken")).unwrap_or_default();
        let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
        text.lines().map(id).collect()
    };
    killed_anywhere(&run, &taken);
}
