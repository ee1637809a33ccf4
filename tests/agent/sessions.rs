//! Sessions: a chain that shows what was changed, three ways to look at it, and no secret in it.

use std::path::PathBuf;

use lastlook::agent::session::{Session, What, read};
use serde_json::json;

use crate::yard::{Yard, ready};

fn file(yard: &Yard) -> PathBuf {
    let all = walkdir::WalkDir::new(yard.state()).into_iter().map(Result::unwrap);
    all.into_iter().find(|entry| entry.file_name() == "session.jsonl").unwrap().into_path()
}

#[test]
fn what_was_changed_later_is_seen() {
    if !ready() {
        return;
    }
    let yard = Yard::package("chained", json!({ "build": "exit 3" }), json!({}));
    assert_eq!(yard.dry(&[]).code, Some(2));
    assert_eq!(yard.agent(&["log"]).run().code, Some(0));
    let whole = std::fs::read_to_string(file(&yard)).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let swapped = [&[lines[1], lines[0]], &lines[2..]].concat().join("\n") + "\n";
    for (change, text) in [
        ("a word", whole.replacen("exit 3", "exit 0", 1).replacen("status: 3", "status: 0", 1)),
        ("a line less", lines[1..].join("\n") + "\n"),
        ("a line less in the middle", [&lines[..2], &lines[3..]].concat().join("\n") + "\n"),
        ("an order", swapped),
        ("its last word", whole.replace("\"stop\":\"failed\"", "\"stop\":\"released\"")),
        ("no JSON", whole.replacen('{', "[", 1)),
        ("a newer form", whole.replace("\"v\":1,", "\"v\":2,")),
    ] {
        assert!(text != whole, "{change}");
        std::fs::write(file(&yard), text).unwrap();
        let ran = yard.agent(&["log"]).run();
        assert!(ran.code == Some(2) && ran.stderr.contains("not as it was written"), "{change}: {ran:?}");
        assert_eq!(yard.resume().code, Some(2), "{change}");
    }
}

#[test]
fn a_session_that_has_ended_without_sending_is_over() {
    if !ready() {
        return;
    }
    let yard = Yard::sample("greet-leaks");
    assert_eq!(yard.dry(&[]).code, Some(1));
    for _ in 0..2 {
        let ran = yard.resume();
        assert!(ran.code == Some(2) && ran.stderr.contains("has ended (blocked)"), "{ran:?}");
        assert_eq!(yard.stopped().0, "blocked");
    }
}

#[test]
fn a_session_is_shown_to_people_programs_and_browsers() {
    if !ready() {
        return;
    }
    let hostile = "\u{1b}[2J<script>alert(1)</script>\u{202e}";
    let yard = Yard::package("shown", json!({ "build": format!("echo '{hostile}'; exit 1") }), json!({}));
    assert_eq!(yard.dry(&[]).code, Some(2));
    let human = yard.agent(&["log"]).run();
    assert!(human.stdout.contains("| ") && human.stdout.contains("failed: npm run build failed"), "{human:?}");
    let html = yard.agent(&["log", "--format", "html"]).run();
    assert!(html.stdout.starts_with("<!doctype html>") && !html.stdout.contains("<script"), "{html:?}");
    for text in [&human.stdout, &html.stdout] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
    let lines = yard.agent(&["log", "--format", "json"]).run();
    assert_eq!(lines.stdout.lines().count(), yard.lines().len());
    let list = yard.agent(&["log", "--list"]).run();
    assert!(list.stdout.contains("failed") && list.stdout.lines().count() == 1, "{list:?}");
}

#[test]
fn no_secret_stands_in_a_session() {
    if !ready() {
        return;
    }
    let (id, key) = (crate::packages::secret_id(), crate::packages::secret());
    let script = format!("echo AWS_ACCESS_KEY_ID={id}; echo AWS_SECRET_ACCESS_KEY={key}; exit 1");
    let yard = Yard::new();
    yard.write(
        "package.json",
        &json!({ "name": "s", "version": "1.0.0", "scripts": { "build": "sh build.sh" } }).to_string(),
    );
    yard.write("build.sh", &script);
    let ran =
        yard.agent(&["release", "project", "--dry-run", "--otp", "123456", "--registry", "http://127.0.0.1:9/"]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let text = std::fs::read_to_string(file(&yard)).unwrap();
    assert!(
        text.contains("AWS_ACCESS_KEY_ID") && !text.contains(&id) && !text.contains(&key) && !text.contains("123456"),
        "{text}"
    );
    assert!(!ran.stderr.contains(&key), "{ran:?}");
}

#[test]
fn a_line_that_was_cut_off_counts_for_nothing_and_two_do_not_write_at_once() {
    let state = tempfile::tempdir().unwrap();
    let quiet = || (Box::new(|_: &mut String| {}), Box::new(|_: &What| {}));
    let (hush, show) = quiet();
    let mut session = Session::begin(state.path(), hush, show).unwrap();
    let id = session.id().to_owned();
    session.add(What::Note { text: "one".to_owned() }).unwrap();
    let (hush, show) = quiet();
    let busy = Session::resume(state.path(), &id, hush, show).err().unwrap();
    assert!(busy.to_string().contains("still running"), "{busy}");
    let path = session.folder().join("session.jsonl");
    drop(session);
    let mut text = std::fs::read(&path).unwrap();
    text.extend(b"{\"v\":1,\"seq\":1,\"ti");
    std::fs::write(&path, text).unwrap();
    assert_eq!(read(state.path(), &id).unwrap().torn, 18);
    let (hush, show) = quiet();
    let (_session, told) = Session::resume(state.path(), &id, hush, show).unwrap();
    assert_eq!((told.lines.len(), told.torn), (1, 18));
    let lines = read(state.path(), &id).unwrap().lines;
    assert_eq!(lines.last().unwrap().what, What::Resumed { torn: 18 });
    for odd in ["../x", "", "a/b", ".", "nothing"] {
        assert!(read(state.path(), odd).is_err(), "{odd}");
    }
}
