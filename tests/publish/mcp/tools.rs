//! What each tool does with real tarballs, and what none of them does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lastlook::agent::session::{Item, Session, What};
use serde_json::json;
use sha2::{Digest as _, Sha512};

use super::{NEW, OLD, Talk};
use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, package, secret, with_secret, with_sources};
use crate::registry::{Otp, Route};

/// The sha512 of bytes, as npm writes it.
fn sha512(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

#[test]
fn what_is_blocked_has_no_digest_and_its_own_is_not_taken() {
    for version in [OLD, NEW] {
        for (tarball, rule) in
            [(with_sources(NAME, VERSION), "map/embedded-sources"), (with_secret(NAME, VERSION), "secret/")]
        {
            let desk = Desk::new();
            desk.write(&tarball);
            let mut talk = Talk::open(&desk, version);
            let found = talk.good("audit", json!({ "path": "package.tgz" }));
            assert_eq!((&found["verdict"], &found["sha512"]), (&json!("blocked"), &json!("")));
            let first = &found["findings"][0];
            assert!(first["level"] == "deny" && first["rule"].as_str().unwrap().starts_with(rule), "{found}");
            assert!(!found.to_string().contains(&secret()));
            let said = talk.bad("publish", json!({ "sha512": sha512(&tarball) }));
            assert!(said.contains("nothing with this digest was cleared in this session"), "{said}");
            talk.end_well(&desk);
            assert!(desk.registry.requests().is_empty() && desk.journal().is_empty());
        }
    }
}

#[test]
fn what_is_cleared_is_published_once_by_its_digest() {
    for version in [OLD, NEW] {
        let desk = Desk::new();
        let tarball = clean(NAME, VERSION);
        let file = desk.write(&tarball);
        let mut talk = Talk::open(&desk, version);
        let found = talk.good("audit", json!({ "path": "package.tgz" }));
        let expected = json!({ "verdict": "clear", "sha512": sha512(&tarball), "package": NAME, "version": VERSION });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&found[key], value);
        }
        // The bytes are held: what becomes of the file is of no account.
        std::fs::write(file, with_sources(NAME, VERSION)).unwrap();
        let out = talk.good("publish", json!({ "sha512": sha512(&tarball) }));
        let registry = desk.registry.url();
        let all = json!({ "name": NAME, "version": VERSION, "registry": registry, "integrity": sha512(&tarball), "tag": "latest" });
        assert_eq!(out, all);
        assert_eq!((desk.writes(), desk.registry.tarball(NAME, VERSION)), (1, Some(tarball.clone())));
        let said = talk.bad("publish", json!({ "sha512": sha512(&tarball) }));
        assert!(said.contains("was handed in already"), "{said}");
        let seen = talk.good("verify", json!({ "name": NAME, "version": VERSION }));
        let all = json!({
            "name": NAME, "version": VERSION, "registry": registry, "integrity": sha512(&tarball), "verdict": "clear",
            "odd": [], "more": 0,
        });
        assert_eq!(seen, all);
        let status = talk.good("release_status", json!({}));
        assert_eq!(status["packages"], json!([{ "name": NAME, "version": VERSION, "state": "published" }]));
        // The same again is refused by what the registry has.
        desk.write(&tarball);
        talk.good("audit", json!({ "path": "package.tgz" }));
        let said = talk.bad("publish", json!({ "sha512": sha512(&tarball) }));
        assert!(said.starts_with("nothing was sent: "), "{said}");
        talk.end_well(&desk);
        assert_eq!(desk.writes(), 1);
    }
}

#[test]
fn only_what_lies_below_the_working_directory_is_looked_at() {
    let desk = Desk::new();
    let outside = desk.place.write_home("other.tgz", clean(NAME, VERSION));
    std::os::unix::fs::symlink(&outside, desk.place.folder().join("link.tgz")).unwrap();
    std::os::unix::fs::symlink(desk.place.home(), desk.place.folder().join("up")).unwrap();
    let mut talk = Talk::open(&desk, NEW);
    for path in ["../home/other.tgz", "link.tgz", "up/other.tgz", "up", outside.to_str().unwrap(), "/", "../home/token"]
    {
        for tool in ["audit", "recover_summary"] {
            let said = talk.bad(tool, json!({ "path": path }));
            assert!(said.contains("outside the working directory"), "{tool} {path}: {said}");
        }
    }
    for path in ["npm:widget@1.0.0", "https://registry.example/widget.tgz", "-", "none.tgz"] {
        let said = talk.bad("audit", json!({ "path": path }));
        assert!(said.contains("is no path") || said.contains("can not be read"), "{path}: {said}");
    }
    talk.end_well(&desk);
    assert!(desk.registry.requests().is_empty());
}

#[test]
fn a_folder_and_a_file_that_is_no_package_are_audited_and_never_published() {
    let desk = Desk::new();
    desk.place.write("dist/index.js", "module.exports = 1;\n");
    desk.place.write("pipe/index.js", "1;\n");
    let mut talk = Talk::open(&desk, OLD);
    let found = talk.good("audit", json!({ "path": "dist" }));
    assert_eq!((&found["verdict"], &found["sha512"], &found["unfit"]), (&json!("clear"), &json!(""), &json!(null)));
    let found = talk.good("audit", json!({ "path": "dist/index.js" }));
    assert_eq!((&found["verdict"], &found["sha512"]), (&json!("clear"), &json!("")));
    assert!(found["unfit"].as_str().is_some_and(|why| !why.is_empty()), "{found}");
    let said = talk.bad("publish", json!({ "sha512": sha512(b"module.exports = 1;\n") }));
    assert!(said.contains("nothing with this digest was cleared"), "{said}");
    talk.end_well(&desk);
}

#[test]
fn what_becomes_of_the_policy_in_the_middle_changes_nothing() {
    let desk = Desk::new();
    desk.write(&with_sources(NAME, VERSION));
    let mut talk = Talk::open(&desk, NEW);
    desk.place.write("lastlook.toml", "profile = \"open\"\n");
    assert_eq!(talk.good("audit", json!({ "path": "package.tgz" }))["verdict"], "blocked");
    talk.end_well(&desk);
    let mut talk = Talk::open(&desk, NEW);
    assert_eq!(talk.good("audit", json!({ "path": "package.tgz" }))["verdict"], "clear");
    // What is inspected can't vouch for itself.
    let said = talk.bad("audit", json!({ "path": "." }));
    assert!(said.contains("can not vouch for itself") || said.contains("cannot vouch for itself"), "{said}");
    talk.end_well(&desk);
}

#[test]
fn what_could_be_recovered_is_counted_and_never_quoted() {
    let desk = Desk::new();
    desk.write(&with_sources(NAME, VERSION));
    let mut talk = Talk::open(&desk, OLD);
    let found = talk.good("recover_summary", json!({ "path": "package.tgz" }));
    assert_eq!((&found["sources"], &found["embedded"], &found["lines"]), (&json!(1), &json!(1), &json!(2)));
    assert_eq!(found["names"], json!(["../src/index.ts"]));
    assert_eq!(found["folders"], json!([{ "name": "src", "files": 1, "lines": 2 }]));
    assert!(!found.to_string().contains("never meant to show"));
    let page = talk.good("explain", json!({ "rule": "map/embedded-sources" }));
    assert!(page["page"].as_str().unwrap().contains("esbuild"), "{page}");
    talk.end_well(&desk);
}

#[test]
fn nobody_is_asked_for_a_password() {
    let desk = Desk::new();
    desk.write(&clean(NAME, VERSION));
    for otp in [Otp::Code("123456".to_owned()), Otp::Web { polls: 2, retry_after: 1 }] {
        desk.registry.require_otp(otp);
        let mut talk = Talk::open(&desk, NEW);
        let sha512 = talk.good("audit", json!({ "path": "package.tgz" }))["sha512"].clone();
        let said = talk.bad("publish", json!({ "sha512": sha512 }));
        assert!(said.contains("one-time password"), "{said}");
        talk.end_well(&desk);
    }
    assert_eq!((desk.writes(), desk.registry.versions(NAME).len()), (2, 0));
}

#[test]
fn the_token_is_told_to_nobody_whatever_is_asked() {
    let desk = Desk::new();
    let token = desk.registry.token();
    desk.write(&package(NAME, VERSION, json!({}), &[("index.js", &format!("const a = '{token}';\n"))]));
    desk.place.write(&format!("{token}.tgz"), clean(NAME, VERSION));
    let mut talk = Talk::open(&desk, NEW);
    let said = talk.bad("audit", json!({ "path": "package.tgz" }));
    assert!(said.contains("holds the token"), "{said}");
    talk.good("audit", json!({ "path": format!("{token}.tgz") }));
    talk.bad("audit", json!({ "path": format!("{token}/none.tgz") }));
    talk.bad("explain", json!({ "rule": token }));
    talk.bad("release_status", json!({ "session": token }));
    talk.bad("verify", json!({ "name": token, "version": "1.0.0" }));
    desk.registry.fault(Route::Any, crate::registry::Which::Every, crate::registry::Fault::Echo(403));
    talk.bad("verify", json!({ "name": NAME, "version": "1.0.0" }));
    let sha512 = talk.good("audit", json!({ "path": format!("{token}.tgz") }))["sha512"].clone();
    talk.bad("publish", json!({ "sha512": sha512 }));
    talk.end_well(&desk);
}

#[test]
fn what_is_cleared_makes_room_for_what_comes_after_it() {
    let desk = Desk::new();
    let mut talk = Talk::open(&desk, NEW);
    let mut digests = Vec::new();
    for number in 0..17 {
        let path = format!("{number}.tgz");
        desk.place.write(&path, clean(NAME, &format!("1.0.{number}")));
        digests.push(talk.good("audit", json!({ "path": path }))["sha512"].clone());
    }
    // The same once more takes no other place.
    talk.good("audit", json!({ "path": "16.tgz" }));
    let said = talk.bad("publish", json!({ "sha512": digests[0] }));
    assert!(said.contains("had to make room"), "{said}");
    assert_eq!(talk.good("publish", json!({ "sha512": digests[1] }))["version"], "1.0.1");
    talk.end_well(&desk);
    assert_eq!(desk.writes(), 1);
}

#[test]
fn hostile_names_are_spelled_out_and_lists_are_cut() {
    let desk = Desk::new();
    let long = "\u{202e}\u{7f}é\"".repeat(30);
    let names: Vec<String> = (0..120).map(|number| format!("{number}{long}/.env")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "KEY=1\n")).collect();
    desk.write(&package(NAME, VERSION, json!({}), &files));
    let mut talk = Talk::open(&desk, NEW);
    let found = talk.good("audit", json!({ "path": "package.tgz" }));
    // Some clients write another character in the place of one that controls.
    assert_eq!((&found["verdict"], &found["sha512"]), (&json!("incomplete"), &json!("")));
    let shown = found["findings"].as_array().unwrap();
    assert!(!shown.is_empty() && shown.len() <= 50 && found["more"].as_u64().unwrap() >= 70, "{}", shown.len());
    assert!(!found.to_string().contains(['\u{202e}', '\u{7f}']) && found.to_string().contains("\\\\u{202e}"));
    talk.end_well(&desk);
}

#[test]
fn a_version_that_leaks_is_seen_from_outside() {
    let desk = Desk::new();
    desk.registry.put(NAME, VERSION, &with_sources(NAME, VERSION));
    let mut talk = Talk::open(&desk, OLD);
    let seen = talk.good("verify", json!({ "name": NAME, "version": VERSION }));
    assert_eq!(seen["verdict"], "blocked");
    assert!(seen["odd"][0].as_str().unwrap().starts_with("deny map/embedded-sources at index.js.map: "), "{seen}");
    let said = talk.bad("verify", json!({ "name": NAME, "version": "9.9.9" }));
    assert!(said.contains("9.9.9"), "{said}");
    for name in ["../../etc", "a/../b", "-"] {
        talk.bad("verify", json!({ "name": name, "version": VERSION }));
    }
    talk.end_well(&desk);
}

#[test]
fn a_session_of_the_agent_is_told_as_far_as_it_came() {
    let desk = Desk::new();
    let state = desk.place.home().join("state");
    let item = |name: &str| Item {
        name: name.to_owned(),
        version: VERSION.to_owned(),
        integrity: sha512(name.as_bytes()),
        size: 1,
        file: format!("{name}.tgz"),
    };
    let mut session = Session::begin(&state, Box::new(|_| ()), Box::new(|_| ())).unwrap();
    let registry = desk.registry.url();
    for what in [
        What::Phase { phase: "audit".to_owned(), round: 0 },
        What::Cleared { items: vec![item("a"), item("b")] },
        What::Phase { phase: "publish".to_owned(), round: 0 },
        What::Going { items: vec![item("b")] },
        What::Sending { item: item("b"), registry: registry.clone() },
    ] {
        session.add(what).unwrap();
    }
    let mut talk = Talk::bare(desk.run(&["mcp", "--state", state.to_str().unwrap()]), NEW);
    talk.opening();
    let package = |name: &str, state: &str| json!({ "name": name, "version": VERSION, "state": state });
    let expected = |phase: &str, stop: Option<&str>, why: Option<&str>, b: &str| {
        let packages = [package("a", "cleared"), package("b", b)];
        json!({ "session": session.id(), "phase": phase, "stop": stop, "why": why, "packages": packages, "more": 0 })
    };
    let open = expected("publish", None, None, "sent, and not known to be out");
    for arguments in [json!({}), json!({ "session": session.id() })] {
        assert_eq!(talk.good("release_status", arguments), open);
    }
    let stopped = expected("publish", Some("failed"), Some("no answer"), "published");
    session.add(What::Published { item: item("b"), registry, tag: "latest".to_owned() }).unwrap();
    session.add(What::Stopped { stop: "failed".to_owned(), why: "no answer".to_owned(), exit: 2 }).unwrap();
    assert_eq!(talk.good("release_status", json!({})), stopped);
    talk.end_well(&desk);
}
