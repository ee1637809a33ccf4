//! The scripts that packing runs find it nowhere.

use serde_json::json;

use super::{WAYS, Way};
use crate::desk::{Desk, found};
use crate::run::NOBODY;

/// Takes what it can get into a file that is not packed.
const THIEF: &str = r#"
    {
        env
        cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/task/[0-9]*/environ
        for file in /proc/[0-9]*/fd/*; do case $(readlink "$file") in *memfd*|*token*|*npmrc*) cat "$file";; esac; done
        cat "$1/token" "$1/.npmrc" "$1/journal/journal.jsonl"
        for number in 3 4 5 6 7 8 9; do timeout 1 cat "/proc/self/fd/$number" </dev/null; done
    } > loot.txt 2>/dev/null
    true
"#;

fn project(desk: &Desk) {
    let home = desk.place.home();
    let manifest = json!({
        "name": "widget", "version": "1.0.0", "main": "index.js", "files": ["index.js"],
        "scripts": { "prepack": format!("sh thief.sh '{}'", home.display()) },
    });
    desk.place.write("project/package.json", manifest.to_string());
    desk.place.write("project/package-lock.json", json!({ "name": "widget", "lockfileVersion": 3 }).to_string());
    desk.place.write("project/index.js", "exports.a = 1;\n");
    desk.place.write("project/thief.sh", THIEF);
    let row = format!("{}:_authToken={}\n", desk.registry.key(), desk.registry.token());
    desk.place.write_home(".npmrc", row);
}

#[test]
fn a_script_of_the_project_finds_it_nowhere() {
    for way in WAYS {
        // A script that runs as root has no wall around it that could be relied on, but still no credential.
        for root in [false, true] {
            let desk = Desk::new();
            project(&desk);
            if !matches!(way, Way::File | Way::Descriptor) {
                std::fs::remove_file(desk.place.home().join("token")).unwrap();
            }
            let words = ["publish", "--pack", "project", "--no-compare", "--timeout", "20"];
            let run = way.run(&desk, &words);
            let run = if root { Some(run) } else { run.as_user(NOBODY) };
            let Some(run) = run.filter(|_| !root || way == Way::Variable) else { continue };
            let ran = run.run();
            assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{way:?}: {ran:?}");
            let loot = std::fs::read(desk.place.folder().join("project/loot.txt")).unwrap();
            assert!(found("npm_lifecycle_event=prepack", &loot).is_some(), "{}", String::from_utf8_lossy(&loot));
            for canary in way.canaries(&desk).into_iter().chain([desk.registry.token()]) {
                let out = format!("{}{}", ran.stdout, ran.stderr);
                assert_eq!(
                    (found(&canary, &loot), found(&canary, out.as_bytes())),
                    (None, None),
                    "{way:?}, as root: {root}"
                );
            }
        }
    }
}

#[test]
fn a_variable_that_a_script_is_to_get_is_not_the_credential() {
    let desk = Desk::new();
    project(&desk);
    std::fs::remove_file(desk.place.home().join("token")).unwrap();
    let words = ["publish", "--pack", "project", "--no-compare", "--env", "WIDGET_KEY", "--env", "WIDGET_MODE"];
    let ran = Way::Variable.run(&desk, &words).env("WIDGET_MODE", "fast").run();
    let loot = std::fs::read(desk.place.folder().join("project/loot.txt")).unwrap_or_default();
    assert_eq!(found(&desk.registry.token(), &loot), None, "{ran:?}");
    assert!(found("WIDGET_MODE=fast", &loot).is_some() && ran.stderr.contains("WIDGET_KEY was to be passed on"));
}
