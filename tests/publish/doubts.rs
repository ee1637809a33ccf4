//! What attackers tried: texts that are spelled so that a file does not show them, tokens for somebody else, refusals
//! that are none.

use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, package, secret_id};
use crate::registry::{Answer, Fault, Registry, Route, Which};

/// The text with every sign escaped, as JSON allows.
fn spelled(text: &str) -> String {
    text.chars().map(|sign| format!("\\u{:04x}", u32::from(sign))).collect()
}

/// A package whose package.json is this text.
fn with_manifest(text: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    let mut header = tar::Header::new_ustar();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::Regular);
    tar.append_data(&mut header, "package/package.json", text.as_bytes()).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn what_a_registry_would_show_decoded_is_audited_decoded() {
    let map = json!({"version": 3, "sources": ["a.ts"], "sourcesContent": ["const a = 1;\n"], "mappings": "AAAA"});
    for (what, key, value) in [
        ("a key of a cloud", "about", secret_id()),
        ("one in the readme", "readme", format!("use {} for it", secret_id())),
        ("one beside it", "readmeFilename", secret_id()),
        ("a map", "about", format!("//# sourceMappingURL=data:application/json,{}", json_url(&map))),
    ] {
        let manifest = format!("{{\"name\":\"widget\",\"version\":\"1.0.0\",\"{key}\":\"{}\"}}", spelled(&value));
        let desk = Desk::new();
        let file = desk.write(&with_manifest(&manifest));
        let ran = desk.told_nobody(desk.run(&["publish"]).arg(file).run());
        assert_eq!((ran.code, desk.registry.requests().len()), (Some(1), 0), "{what}: {ran:?}");
        assert!(ran.stdout.contains("package.json!(as the registry shows it)"), "{what}: {}", ran.stdout);
        if what == "a map" {
            continue;
        }
        // An exception for the file covers what is shown of it.
        let policy = "[[allow]]\nrule = \"secret/aws-access-token\"\npath = \"package.json\"\nreason = \"a test\"\n";
        let policy = policy.replace("secret/aws-access-token", rule(&ran.stdout));
        desk.place.write("lastlook.toml", &policy);
        let file = desk.write(&with_manifest(&manifest));
        let ran = desk.run(&["publish", "--dry-run"]).arg(file).run();
        assert_eq!(ran.code, Some(0), "{what}: {ran:?}");
    }
}

/// The first rule that is named in a report.
fn rule(report: &str) -> &str {
    report.lines().find_map(|line| line.trim().strip_prefix("deny")).unwrap().split_whitespace().next().unwrap()
}

fn json_url(value: &Value) -> String {
    value.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn a_token_is_not_sent_to_what_the_journal_alone_names() {
    let desk = Desk::new();
    desk.registry.fault(Route::Publish, Which::Every, Fault::DoneThenCut);
    desk.registry.fault(Route::Packument, Which::Every, Fault::Answer(Answer::error(401, "who are you")));
    let file = desk.write(&clean(NAME, VERSION));
    // What it is asked before it is sent would end it too.
    desk.registry.heal();
    desk.registry.fault(Route::Publish, Which::Every, Fault::Cut(10));
    assert_eq!(desk.run(&["publish"]).arg(file).run().code, Some(2));
    std::fs::write(desk.folder().join("journal.jsonl"), opened(&desk)).unwrap();
    desk.registry.heal();
    desk.registry.fault(Route::Packument, Which::Every, Fault::Answer(Answer::error(401, "who are you")));
    let elsewhere = Registry::start();
    let token = desk.place.write_home("other", "tok-for-another-registry\n");
    for registry in [None, Some(elsewhere.url())] {
        let run = desk.plain(&["publish", "--resume"]).arg("--token-file").arg(&token);
        let ran = registry.iter().fold(run, |run, url| run.args(["--registry", url])).run();
        assert_eq!((ran.code, desk.last().as_str()), (Some(2), "sending"), "{ran:?}");
        assert!(ran.stderr.contains("the journal names the registry"), "{}", ran.stderr);
    }
    let said = desk.registry.connections().concat();
    assert!(!String::from_utf8_lossy(&said).contains("tok-for-another"));
}

/// The journal, as it would be had it been killed while it was sending.
fn opened(desk: &Desk) -> String {
    let line = desk.journal().into_iter().find(|line| line["event"] == "sending").unwrap();
    format!("{line}\n")
}

#[test]
fn to_strangers_a_registry_may_show_nothing_and_that_proves_nothing() {
    let desk = Desk::new();
    desk.registry.restrict(NAME);
    desk.registry.fault(Route::Publish, Which::Every, Fault::Done(Answer::error(502, "a bad gateway")));
    desk.registry.fault(Route::Packument, Which::Nth(3), Fault::Answer(Answer::error(500, "not now")));
    desk.registry.fault(Route::Packument, Which::Nth(4), Fault::Answer(Answer::error(500, "not now")));
    let ran = desk.publish();
    desk.registry.heal();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "unknown"), "{ran:?}");
    let ran = desk.plain(&["publish", "--resume"]).run();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "unknown"), "{ran:?}");
    assert!(ran.stderr.contains("it shows nothing of the package to strangers"), "{}", ran.stderr);
    let ran = desk.resume();
    assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1), "{ran:?}");
}

#[test]
fn a_refusal_is_looked_up_before_it_is_believed() {
    for status in [302, 400, 403, 404, 408, 409, 422, 425, 429, 499] {
        let desk = Desk::new();
        desk.registry.fault(Route::Publish, Which::Every, Fault::Done(Answer::error(status, "no")));
        let ran = desk.publish();
        assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1), "{status}: {ran:?}");
    }
    // Where it can not be looked up, nobody knows.
    let desk = Desk::new();
    desk.registry.fault(Route::Publish, Which::Every, Fault::Done(Answer::error(409, "conflict")));
    let hold = desk.registry.hold(Route::Publish, 1, crate::registry::Moment::Received);
    let running = desk.publishing(&["--timeout", "30"]).spawn();
    hold.reached();
    desk.registry.fault(Route::Packument, Which::Every, Fault::Answer(Answer::error(500, "not now")));
    hold.release();
    let ran = running.end();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "unknown"), "{ran:?}");
}

#[test]
fn a_conflict_may_be_seen_late() {
    let desk = Desk::new();
    desk.registry.late(2);
    desk.registry.fault(Route::Publish, Which::Every, Fault::Done(Answer::error(409, "conflict")));
    let ran = desk.publishing(&["--wait", "20"]).limit(Duration::from_secs(30)).run();
    assert_eq!((ran.code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1), "{ran:?}");
}

#[test]
fn what_is_never_shown_can_be_given_up() {
    let desk = Desk::new();
    desk.registry.fault(Route::Publish, Which::Every, Fault::Answer(Answer::json(202, &json!({"ok": true}))));
    assert_eq!((desk.publish().code, desk.last().as_str()), (Some(2), "accepted"));
    assert_eq!((desk.resume().code, desk.last().as_str()), (Some(2), "accepted"));
    let ran = desk.run(&["publish", "--resume", "--abandon"]).run();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "abandoned"), "{ran:?}");
    desk.registry.heal();
    assert_eq!((desk.publish().code, desk.last().as_str()), (Some(0), "published"));
}

#[test]
fn other_hashes_beside_ours_do_no_harm_and_none_is_said() {
    let both = Fault::edit(|value: &mut Value| {
        let dist = value.pointer_mut("/versions/1.0.0/dist").map(|dist| dist["integrity"].take());
        if let Some(Value::String(own)) = dist {
            value["versions"]["1.0.0"]["dist"]["integrity"] = json!(format!("sha1-deadbeef {own}"));
        }
    });
    let none = Fault::edit(|value: &mut Value| {
        if let Some(dist) = value.pointer_mut("/versions/1.0.0/dist") {
            dist.as_object_mut().unwrap().remove("integrity");
        }
    });
    for (fault, code, last) in [(both, 0, "published"), (none, 2, "differs")] {
        let desk = Desk::new();
        desk.registry.fault(Route::Packument, Which::Every, fault);
        let ran = desk.publish();
        assert_eq!((ran.code, desk.last().as_str()), (Some(code), last), "{ran:?}");
        assert_eq!(ran.stderr.contains("says no integrity of them"), code == 2, "{}", ran.stderr);
    }
}

#[test]
fn a_receipt_is_written_over_nothing_that_is_read() {
    let desk = Desk::new();
    let file = desk.write(&clean(NAME, VERSION));
    let token = desk.place.home().join("token");
    for place in [file.clone(), token, desk.folder().join("journal.jsonl")] {
        let ran = desk.run(&["publish"]).arg(&file).arg("--receipt").arg(&place).run();
        assert_eq!((ran.code, desk.registry.requests().len()), (Some(2), 0), "{ran:?}");
        assert!(ran.stderr.contains("would be written over"), "{}", ran.stderr);
    }
    let receipt = desk.place.home().join("receipt.jsonl");
    let ran = desk.run(&["publish"]).arg(&file).arg("--receipt").arg(&receipt).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line: Value = serde_json::from_str(&std::fs::read_to_string(receipt).unwrap()).unwrap();
    assert_eq!((line["event"].as_str(), &line["integrity"]), (Some("published"), &desk.journal()[0]["integrity"]));
}

#[test]
fn packages_go_out_behind_what_they_depend_on_and_each_once() {
    let desk = Desk::new();
    let needs = |name: &str| json!({ "dependencies": { name: "^1.0.0" } });
    let rows = [("top", needs("middle")), ("middle", needs("base")), ("base", json!({}))];
    let files: Vec<_> = rows
        .iter()
        .map(|(name, extra)| desk.place.write(&format!("{name}.tgz"), package(name, VERSION, extra.clone(), &[])))
        .collect();
    let twice = desk.run(&["publish"]).args([&files[0], &files[0]]).run();
    assert_eq!((twice.code, desk.writes()), (Some(2), 0), "{twice:?}");
    assert!(twice.stderr.contains("top@1.0.0 is given twice"), "{}", twice.stderr);
    let ran = desk.run(&["publish"]).args(&files).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let order: Vec<_> =
        desk.registry.requests_of(Route::Publish).iter().map(|request| request.target.clone()).collect();
    assert_eq!(order, ["/base", "/middle", "/top"]);
    // A release that was half done is done with what is missing.
    let more = desk.place.write("more.tgz", clean("more", VERSION));
    let run = || desk.run(&["publish"]).args(&files).arg(&more);
    let ran = run().run();
    assert_eq!((ran.code, desk.writes()), (Some(2), 3), "{ran:?}");
    let ran = run().arg("--only-new").run();
    assert_eq!((ran.code, desk.writes()), (Some(0), 4), "{ran:?}");
    assert_eq!(ran.stderr.matches("is left out").count(), 3, "{}", ran.stderr);
    let inner = package("inner", VERSION, json!({ "dependencies": { "base": "workspace:^" } }), &[]);
    let file = desk.write(&inner);
    let ran = desk.run(&["publish"]).arg(file).run();
    assert_eq!((ran.code, desk.writes()), (Some(2), 4), "{ran:?}");
    assert!(ran.stderr.contains("outside of its workspace"), "{}", ran.stderr);
}

#[test]
fn what_is_written_in_another_form_is_audited_in_that_form() {
    let key = ["wJalrXUtnFEMI", "K7MDENG", "bPxRfiCY2zz9QWERT7K"];
    for between in ["/", "//", "\\\\", "/./"] {
        let value = key.join(between);
        let desk = Desk::new();
        let manifest =
            format!("{{\"name\":\"widget\",\"version\":\"1.0.0\",\"bin\":{{\"AWS_SECRET_ACCESS_KEY\":\"{value}\"}}}}");
        let file = desk.write(&with_manifest(&manifest));
        let ran = desk.run(&["publish"]).arg(file).run();
        assert_eq!((ran.code, desk.registry.requests().len()), (Some(1), 0), "{between}: {ran:?}");
    }
}

#[test]
fn nobody_gives_up_on_what_is_being_sent() {
    let desk = Desk::new();
    let hold = desk.registry.hold(Route::Publish, 1, crate::registry::Moment::Received);
    let running = desk.publishing(&["--timeout", "30"]).spawn();
    hold.reached();
    let ran = desk.run(&["publish", "--resume", "--abandon"]).run();
    assert_eq!((ran.code, desk.last().as_str()), (Some(2), "sending"), "{ran:?}");
    assert!(!ran.stderr.contains("gave up"), "{}", ran.stderr);
    hold.release();
    assert_eq!((running.end().code, desk.last().as_str(), desk.writes()), (Some(0), "published", 1));
}

#[test]
fn a_registry_without_stages_is_told_from_one_that_lost_an_answer() {
    for status in [404, 405, 501] {
        let desk = Desk::new();
        for route in [Route::Stage, Route::StageList] {
            desk.registry.fault(route, Which::Every, Fault::Answer(Answer::error(status, "no such thing")));
        }
        let ran = desk.publishing(&["--stage"]).run();
        assert_eq!((ran.code, desk.last().as_str()), (Some(2), "refused"), "{status}: {ran:?}");
        assert!(ran.stderr.contains("publish without --stage"), "{status}: {}", ran.stderr);
        assert_eq!((desk.publish().code, desk.last().as_str()), (Some(0), "published"));
    }
}

/// A desk, its token and a tarball.
fn desk_file() -> (Desk, std::path::PathBuf, std::path::PathBuf) {
    let desk = Desk::new();
    let (token, file) = (desk.place.home().join("token"), desk.write(&clean(NAME, VERSION)));
    (desk, token, file)
}

#[test]
fn a_project_does_not_say_how_a_given_token_travels() {
    for setting in ["https-proxy=http://127.0.0.1:1", "cafile=/etc/hosts", "proxy=http://127.0.0.1:1"] {
        let desk = Desk::new();
        desk.place.write("package.json", "{}");
        desk.place.write(".npmrc", format!("{setting}\n"));
        let ran = desk.publish();
        assert_eq!((ran.code, desk.registry.connections().len()), (Some(2), 0), "{setting}: {ran:?}");
        assert!(ran.stderr.contains(".npmrc of the project, line 1 sets"), "{setting}: {}", ran.stderr);
    }
    // Nor is there a way that we do not know.
    let file = desk_file();
    let run =
        file.0.plain(&["publish", "--registry", "https://r.example/"]).arg("--token-file").arg(&file.1).arg(&file.2);
    let ran = run.env("HTTPS_PROXY", "socks5://127.0.0.1:1").run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("the address of the proxy can not be used"), "{}", ran.stderr);
}

#[test]
fn a_stage_that_takes_everybody_back_is_not_approved() {
    let desk = Desk::new();
    assert_eq!(desk.publishing(&["--stage"]).run().code, Some(0));
    let id = desk.registry.staged()[0]["id"].as_str().unwrap().to_owned();
    desk.registry.put(NAME, "9.0.0", &clean(NAME, "9.0.0"));
    let ran = desk.run(&["approve", &id]).run();
    assert_eq!((ran.code, desk.registry.count(Route::StageApprove)), (Some(2), 0), "{ran:?}");
    assert!(ran.stderr.contains("everybody would go back"), "{}", ran.stderr);
}

#[test]
fn odd_texts_of_other_versions_do_not_keep_ours_in() {
    let desk = Desk::new();
    desk.registry.put(NAME, "0.9.0", &clean(NAME, "0.9.0"));
    let body =
        br#"{"name":"widget","dist-tags":{"latest":"0.9.0"},"versions":{"0.9.0":{"description":"\ud83d","n":1e999,
        "dist":{"tarball":"x"}}}}"#;
    desk.registry.fault(Route::Packument, Which::First(1), Fault::Body(body.to_vec()));
    let ran = desk.publish();
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
}
