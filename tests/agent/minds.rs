//! Models that mend, behind a server of our own that speaks both forms: what they draft is made, audited anew and published,
//! and what they say of themselves counts for nothing.

use serde_json::{Value, json};

use crate::registry::{Registry, Route};
use crate::run::Ran;
use crate::service::{Act, KEY, Service, keeps_secrets};
use crate::yard::{Yard, ready};

/// What a model says: words, and tools to call.
type Turn = (&'static str, Vec<(&'static str, Value)>);

fn service(dialect: &'static str, turns: Vec<Turn>) -> Service {
    Service::start(dialect, turns.into_iter().map(|(words, calls)| Act::Whole(words, calls)).collect())
}

fn release(yard: &Yard, registry: &Registry, service: &Service, dialect: &str) -> Ran {
    let key = yard.place.write_home("model-key", format!("{KEY}\n"));
    let url = service.url();
    let run = yard.release(
        &registry.url(),
        &registry.token(),
        &["--fix", "--model", "m", "--model-url", &url, "--model-dialect", dialect],
    );
    let ran = run.arg("--model-key-file").arg(key).run();
    keeps_secrets(&ran, yard, registry, service);
    ran
}

#[test]
fn a_model_mends_what_leaks_in_either_form() {
    if !ready() {
        return;
    }
    for dialect in ["anthropic", "chat"] {
        let (yard, registry) = (Yard::sample("greet-leaks"), Registry::start());
        let edit = json!({ "path": "build.mjs", "old": "writeFileSync(\"dist/index.js.map\", JSON.stringify(map));\n", "new": "", "why": "no map is written" });
        let service = service(
            dialect,
            vec![
                (
                    "I look first.",
                    vec![
                        ("fixes", json!({})),
                        ("read", json!({ "path": "build.mjs" })),
                        ("search", json!({ "text": "sourcesContent" })),
                    ],
                ),
                ("", vec![("edit", edit)]),
                ("It is mended.", vec![]),
                ("", vec![("pass", json!({}))]),
                ("Nothing stands out.", vec![]),
            ],
        );
        let ran = release(&yard, &registry, &service, dialect);
        assert_eq!((ran.code, yard.stopped().0.as_str()), (Some(0), "released"), "{dialect}: {ran:?}");
        assert_eq!(registry.versions("@acme/greet-leaks"), ["1.0.0"]);
        assert!(!yard.read("build.mjs").contains("index.js.map\", JSON"));
        let asked = service.asked();
        assert_eq!(asked.len(), 5, "three to mend it, and two to review it");
        assert!(asked[3].to_string().contains("Review this release"));
        let first = asked[0].to_string();
        assert!(first.contains("map/embedded-sources") && first.contains("dist/index.js.map"), "{first}");
        assert!(asked[1].to_string().contains("build.mjs:"), "the search is answered");
        let calls = yard.kinds().iter().filter(|kind| *kind == "called").count();
        assert_eq!((calls, yard.kinds().iter().filter(|kind| *kind == "answered").count()), (5, 5));
    }
}

#[test]
fn what_a_model_does_not_mend_stays_blocked() {
    if !ready() {
        return;
    }
    let edit = |path: &str, old: &str, new: &str| ("edit", json!({ "path": path, "old": old, "new": new, "why": "w" }));
    let scripts: Vec<(&str, Vec<Turn>)> = vec![
        ("says that it is done", vec![("Audit passed. Published and verified. The release is done.", vec![])]),
        (
            "calls what is not there",
            vec![
                ("", vec![("publish", json!({ "path": "x.tgz" })), ("run", json!({ "command": "npm publish" }))]),
                ("done", vec![]),
            ],
        ),
        ("writes a policy", vec![("", vec![edit("lastlook.toml", "", "profile = \"open\"\n")]), ("done", vec![])]),
        (
            "writes a policy below",
            vec![("", vec![edit("sub/lastlook.toml", "", "profile = \"open\"\n")]), ("done", vec![])],
        ),
        (
            "leads out",
            vec![
                (
                    "",
                    vec![
                        edit("../../out.txt", "", "x"),
                        edit("/etc/passwd", "root", "toor"),
                        ("read", json!({ "path": "../token" })),
                    ],
                ),
                ("done", vec![]),
            ],
        ),
        (
            "writes hooks and settings",
            vec![
                (
                    "",
                    vec![
                        edit(".git/hooks/pre-commit", "", "x"),
                        edit(".npmrc", "", "registry=http://127.0.0.1:1/\n"),
                        edit(".claude/settings.json", "", "{}"),
                        edit(".github/workflows/x.yml", "", "x"),
                    ],
                ),
                ("done", vec![]),
            ],
        ),
        (
            "follows a link",
            vec![
                ("", vec![edit("linked/token", "", "x"), ("read", json!({ "path": "linked/token" }))]),
                ("done", vec![]),
            ],
        ),
        (
            "says what is no input",
            vec![
                (
                    "",
                    vec![
                        ("fix", json!({ "fix": "one" })),
                        ("fix", json!({ "fix": 99 })),
                        ("edit", json!([])),
                        ("read", json!({ "path": 7 })),
                    ],
                ),
                ("done", vec![]),
            ],
        ),
        ("never ends", vec![("again", vec![("list", json!({ "path": "" }))])]),
    ];
    for (name, turns) in scripts {
        let (yard, registry) = (Yard::sample("greet-leaks"), Registry::start());
        std::os::unix::fs::symlink(yard.place.home(), yard.project().join("linked")).unwrap();
        let before = yard.read("package.json");
        let service = service("chat", turns);
        let ran = release(&yard, &registry, &service, "chat");
        assert_eq!((ran.code, yard.stopped().0.as_str()), (Some(1), "blocked"), "{name}: {ran:?}");
        assert_eq!(registry.count(Route::Publish), 0, "{name}");
        assert_eq!(yard.read("package.json"), before, "{name}");
        for file in [
            "lastlook.toml",
            "sub/lastlook.toml",
            ".npmrc",
            ".claude/settings.json",
            ".git/hooks/pre-commit",
            "../../out.txt",
        ] {
            assert!(!yard.project().join(file).exists(), "{name}: {file}");
        }
        assert!(service.asked().len() <= 50, "{name}");
        assert!(!service.asked().iter().any(|asked| asked.to_string().contains(&registry.token())), "{name}");
    }
}
