//! What a review holds, and what spends a clearance: nothing goes out that somebody did not pass.

use serde_json::{Value, json};

use crate::registry::{Registry, Route};
use crate::service::{Act, KEY, Service};
use crate::tasks::{cleared, digest, pass, with};
use crate::yard::{Yard, ready};

#[test]
fn a_review_holds_and_what_is_held_is_not_published() {
    if !ready() {
        return;
    }
    let (yard, registry) = (Yard::sample("greet"), Registry::start());
    let mut acts = cleared();
    acts.push(Act::Say("", vec![("hold", json!({ "why": "the version does not fit" }))]));
    acts.push(Act::Say("Held.", vec![]));
    acts.push(Act::Say("", vec![("publish", digest())]));
    acts.push(Act::Say("Published.", vec![]));
    let service = Service::start("chat", acts.clone());
    let ran = with(&yard, &registry, &service, "chat", &["--approve", "auto"]);
    assert_eq!((ran.code, yard.stopped().0.as_str()), (Some(1), "held"), "{ran:?}");
    assert!(yard.stopped().1.contains("the version does not fit"));
    assert_eq!(registry.count(Route::Publish), 0);

    // The plan in code asks it too.
    let (yard, registry) = (Yard::sample("greet"), Registry::start());
    let service = Service::start("chat", acts.into_iter().skip(2).take(2).collect());
    let key = yard.place.write_home("model-key", format!("{KEY}\n"));
    let run = yard.release(&registry.url(), &registry.token(), &["--model", "m", "--model-url", &service.url()]);
    let ran = run.arg("--model-key-file").arg(key).run();
    assert_eq!((ran.code, yard.stopped().0.as_str()), (Some(1), "held"), "{ran:?}");
    assert_eq!(registry.count(Route::Publish), 0);
}

/// What ends a task behind what is cleared and proposed, with these answers of the review.
fn reviewed(answers: Vec<Act>, rest: Vec<Act>, words: &[&str]) -> (Option<i32>, (String, String), usize) {
    let (yard, registry) = (Yard::sample("greet"), Registry::start());
    let mut acts = cleared();
    acts.extend(answers);
    acts.extend(rest);
    let service = Service::start("chat", acts);
    let ran = with(&yard, &registry, &service, "chat", &[&["--approve", "auto"], words].concat());
    (ran.code, yard.stopped(), registry.count(Route::Publish))
}

#[test]
fn a_review_that_says_nothing_or_says_it_badly_holds() {
    if !ready() {
        return;
    }
    let done = || vec![Act::Say("", vec![("publish", digest())]), Act::Say("Done.", vec![])];
    let rows: Vec<(&str, Vec<Act>)> = vec![
        ("words alone", vec![Act::Say("Fine.", vec![])]),
        ("nothing at all", vec![Act::Whole("", vec![])]),
        (
            "a hold that is no JSON",
            vec![Act::Badly("hold", "{\"why\": \"malware"), Act::Say("", pass()), Act::Say("I hold it.", vec![])],
        ),
        (
            "a tool that is not there",
            vec![
                Act::Say("", vec![("functions.hold", json!({ "why": "x" })), ("pass", json!({}))]),
                Act::Say("", vec![]),
            ],
        ),
        ("both", vec![Act::Say("", vec![("hold", json!({})), ("pass", json!({}))]), Act::Say("", vec![])]),
    ];
    for (name, answers) in rows {
        let (code, stopped, sent) = reviewed(answers, done(), &[]);
        assert_eq!((code, stopped.0.as_str(), sent), (Some(1), "held", 0), "{name}: {stopped:?}");
    }
}

#[test]
fn what_a_review_holds_is_held_for_good_and_nothing_is_ready_without_one() {
    if !ready() {
        return;
    }
    let held = || vec![Act::Say("", vec![("hold", json!({ "why": "no" }))]), Act::Say("Held.", vec![])];
    let propose = json!({ "sha512": "{sha512}", "summary": "again" });
    let again = vec![
        Act::Say("", vec![("audit", json!({}))]),
        Act::Say("", vec![("propose", propose), ("publish", digest())]),
        Act::Say("", pass()),
        Act::Say("Done.", vec![]),
    ];
    let (code, stopped, sent) = reviewed(held(), again, &[]);
    assert_eq!((code, stopped.0.as_str(), sent), (Some(1), "held", 0), "{stopped:?}");
    let (code, stopped, _) = reviewed(held(), vec![Act::Say("Done.", vec![])], &["--dry-run"]);
    assert_eq!((code, stopped.0.as_str()), (Some(1), "held"), "{stopped:?}");
    // A dry run in which nothing is proposed is reviewed all the same.
    for (answers, code, word) in
        [(held(), 1, "held"), (vec![Act::Say("", pass()), Act::Say("Fine.", vec![])], 0, "cleared")]
    {
        let (yard, registry) = (Yard::sample("greet"), Registry::start());
        let mut acts = vec![Act::Say("", vec![("audit", json!({}))]), Act::Say("It is ready.", vec![])];
        acts.extend(answers);
        let service = Service::start("anthropic", acts);
        let ran = with(&yard, &registry, &service, "anthropic", &["--approve", "auto", "--dry-run"]);
        assert_eq!((ran.code, yard.stopped().0.as_str()), (Some(code), word), "{ran:?}");
    }
}

#[test]
fn an_edit_spends_what_was_cleared_and_steers_nobody() {
    if !ready() {
        return;
    }
    let closed = [
        "CLAUDE.md",
        "docs/AGENTS.md",
        "packages/a/.claude/settings.json",
        "packages/a/.husky/pre-commit",
        ".envrc",
        "packages/a/node_modules/x/index.js",
        ".vscode/tasks.json",
        ".pnpmfile.cjs",
        "Jenkinsfile",
        ".travis.yml",
        "lefthook.yml",
        ".gitmodules",
        "sub/.npmrc",
        "a/../b.txt",
        "LASTLOOK.toml",
    ];
    let write = |path: &str| ("edit", json!({ "path": path, "old": "", "new": "x\n", "why": "w" }));
    let propose = json!({ "sha512": "{sha512}", "summary": "first" });
    let acts = vec![
        Act::Say("", vec![("audit", json!({}))]),
        Act::Say(
            "",
            closed.iter().map(|path| write(path)).chain([write("new/folder/file.txt"), write(".npmignore")]).collect(),
        ),
        Act::Say("", vec![("propose", propose), ("publish", digest())]),
        Act::Say("Done.", vec![]),
    ];
    let (yard, registry) = (Yard::sample("greet"), Registry::start());
    let service = Service::start("chat", acts);
    let ran = with(&yard, &registry, &service, "chat", &["--approve", "auto"]);
    assert_eq!((ran.code, yard.stopped().0.as_str()), (Some(2), "ended"), "{ran:?}");
    assert_eq!(registry.count(Route::Publish), 0);
    for path in closed {
        assert!(!yard.project().join(path).exists(), "{path}");
    }
    assert_eq!((yard.read("new/folder/file.txt"), yard.read(".npmignore")), ("x\n".to_owned(), "x\n".to_owned()));
}

#[test]
fn what_was_held_and_is_mended_is_released() {
    if !ready() {
        return;
    }
    let propose = json!({ "sha512": "{sha512}", "summary": "with a better README" });
    let mended = json!({ "path": "CHANGES.md", "old": "", "new": "# Changes\n", "why": "the review asks for it" });
    let listed =
        json!({ "path": "package.json", "old": "\"dist\"", "new": "\"dist\", \"CHANGES.md\"", "why": "it ships" });
    let rest = vec![
        Act::Say("", vec![("edit", mended), ("edit", listed), ("audit", json!({}))]),
        Act::Say("", vec![("propose", propose)]),
        Act::Say("", pass()),
        Act::Say("Fine now.", vec![]),
        Act::Say("", vec![("publish", digest())]),
        Act::Say("Done.", vec![]),
    ];
    let held = vec![Act::Say("", vec![("hold", json!({ "why": "no CHANGES.md" }))]), Act::Say("Held.", vec![])];
    let (code, stopped, sent) = reviewed(held, rest, &[]);
    assert_eq!((code, stopped.0.as_str(), sent), (Some(0), "released", 1), "{stopped:?}");
}
