//! It is in nothing that lastlook prints or writes, whatever a registry makes it say.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{WAYS, Way};
use crate::desk::{Desk, NAME, VERSION, found, tells_nobody};
use crate::packages::clean;
use crate::registry::{Answer, Fault, Route, Which};
use crate::run::Ran;

/// The run, if no canary is in what it printed or left, not even most of one.
#[track_caller]
fn silent(desk: &Desk, way: Way, what: &str, ran: Ran) -> Ran {
    for canary in way.canaries(desk) {
        for text in [&ran.stdout, &ran.stderr] {
            assert_eq!(found(&canary, text.as_bytes()), None, "{way:?}, {what}: {ran:?}");
            assert!(!text.contains(&canary[..16]) && !text.contains(&canary[canary.len() - 16..]), "{what}: {ran:?}");
        }
        let own = desk.place.home().join("token");
        tells_nobody(&desk.place.home(), &canary, &[&own]);
        tells_nobody(&desk.place.folder(), &canary, &[]);
    }
    ran
}

#[test]
fn it_is_in_no_report_of_any_format() {
    for way in WAYS {
        let desk = Desk::new();
        let file = desk.write(&clean(NAME, VERSION));
        let mut run = way.run(&desk, &["publish", "--timeout", "20", "--receipt", "receipt.jsonl", "--format", "json"]);
        for format in ["human", "json", "sarif", "github", "markdown", "junit", "html"] {
            run = run.args(["--output".to_owned(), format!("{format}=report.{format}")]);
        }
        let ran = silent(&desk, way, "all formats", run.arg(file).run());
        assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{way:?}: {ran:?}");
        assert!(desk.place.folder().join("report.html").exists() && desk.place.folder().join("receipt.jsonl").exists());
        // It did come in that way.
        let write = &desk.registry.requests_of(Route::Publish)[0];
        let token = if way == Way::Job { desk.registry.issued().remove(0) } else { desk.registry.token() };
        assert_eq!(write.header("authorization"), Some(format!("Bearer {token}").as_str()), "{way:?}");
    }
}

#[test]
fn a_registry_that_quotes_it_is_not_quoted() {
    let routes = [Route::Publish, Route::Packument, Route::Tarball, Route::Whoami, Route::Identity, Route::Exchange];
    for way in WAYS {
        for route in routes {
            let of_jobs = matches!(route, Route::Identity | Route::Exchange);
            if of_jobs && way != Way::Job {
                continue;
            }
            for status in [401, 403, 500] {
                let desk = Desk::new();
                desk.registry.fault(route, Which::Every, Fault::Echo(status));
                let file = desk.write(&clean(NAME, VERSION));
                let mut run = way.run(&desk, &["publish"]);
                if route == Route::Whoami {
                    run = run.arg("--dry-run");
                }
                let ran = silent(&desk, way, &format!("{route:?} {status}"), run.arg(file).run());
                assert!(ran.code == Some(2) || route == Route::Whoami, "{way:?} {route:?} {status}: {ran:?}");
                assert!(desk.writes() <= 1);
                let quoted = ran.stderr.contains("not with authorization: Bearer [credential]");
                assert!(quoted || route != Route::Publish || status == 500, "{way:?} {status}: {ran:?}");
                silent(&desk, way, "--resume", way.run(&desk, &["publish", "--resume"]).run());
            }
        }
    }
}

#[test]
fn a_registry_that_spells_it_otherwise_is_not_quoted_either() {
    let way = Way::File;
    let spell = |token: &str| {
        vec![
            STANDARD.encode(token),
            STANDARD.encode(format!("tester:{token}")),
            STANDARD.encode(format!("Bearer {token}!!")),
            URL_SAFE_NO_PAD.encode(format!("{{\"t\":\"{token}\"}}")),
            token.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            token.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
            format!("{}%{:02x}{}", &token[..9], token.as_bytes()[9], &token[10..]),
        ]
    };
    let count = spell(&"x".repeat(40)).len();
    for number in 0..count {
        for status in [403, 500] {
            let desk = Desk::new();
            let spelled = spell(&desk.registry.token()).remove(number);
            let answer = Answer::error(status, &format!("no such luck with {spelled} here"));
            desk.registry.fault(Route::Publish, Which::Every, Fault::Answer(answer));
            let file = desk.write(&clean(NAME, VERSION));
            let ran = silent(&desk, way, &spelled, way.run(&desk, &["publish"]).arg(file).run());
            assert!(ran.code == Some(2) && ran.stderr.contains("no such luck with"), "{ran:?}");
            assert!(!ran.stderr.contains(&spelled), "{ran:?}");
        }
    }
}

#[test]
fn no_part_of_it_is_left_where_an_answer_is_cut_short() {
    let way = Way::File;
    for before in [350, 365, 375, 390, 399] {
        let desk = Desk::new();
        let text = format!("{}{}", "x".repeat(before), desk.registry.token());
        desk.registry.fault(Route::Publish, Which::Every, Fault::Answer(Answer::error(403, &text)));
        desk.registry.fault(Route::Packument, Which::Nth(3), Fault::Answer(Answer::error(500, &text)));
        let file = desk.write(&clean(NAME, VERSION));
        let ran = silent(&desk, way, "cut short", way.run(&desk, &["publish"]).arg(file).run());
        assert_eq!(ran.code, Some(2));
        assert!(!ran.stderr.contains(&desk.registry.token()[..6]), "{before}: {}", ran.stderr);
    }
}

#[test]
fn what_else_a_registry_says_is_not_quoted_with_it() {
    let way = Way::File;
    for what in ["location", "username", "tag", "integrity", "notice"] {
        let desk = Desk::new();
        let token = desk.registry.token();
        let mut words = vec!["publish"];
        let (route, fault) = match what {
            "location" => {
                (Route::Publish, Fault::Answer(Answer::redirect(&format!("http://elsewhere.invalid/?token={token}"))))
            }
            "username" => {
                words.push("--dry-run");
                let answer = Answer::json(200, &serde_json::json!({ "username": token }));
                (Route::Whoami, Fault::Answer(answer))
            }
            "tag" => (
                Route::Packument,
                Fault::edit(move |packument| packument["dist-tags"]["latest"] = token.as_str().into()),
            ),
            "integrity" => (
                Route::Packument,
                Fault::edit(move |packument| {
                    if let Some(dist) = packument.pointer_mut("/versions/1.0.0/dist") {
                        dist["integrity"] = token.as_str().into();
                    }
                }),
            ),
            _ => (Route::Publish, Fault::Answer(Answer::error(400, "no").header("npm-notice", &token))),
        };
        desk.registry.fault(route, Which::Every, fault);
        let file = desk.write(&clean(NAME, VERSION));
        silent(&desk, way, what, way.run(&desk, &words).arg(file).run());
    }
}
