//! Raw lines, good and malformed, of both generations.

use std::time::Duration;

use serde_json::{Value, json};

use super::{NEW, OLD, Talk, digest, hello, text};
use crate::desk::{Desk, NAME, VERSION};
use crate::packages::clean;
use crate::registry::{Moment, Route};

#[test]
fn both_generations_open_and_end() {
    let desk = Desk::new();
    let mut talk = Talk::bare(desk.run(&["mcp"]), OLD);
    let said = talk.opening()["result"].clone();
    assert_eq!((&said["protocolVersion"], &said["serverInfo"]["name"]), (&json!(OLD), &json!("lastlook")));
    assert!(said["instructions"].as_str().unwrap().starts_with("Audit before you publish"));
    talk.end_well(&desk);

    let mut talk = Talk::bare(desk.run(&["mcp"]), NEW);
    let said = talk.opening()["result"].clone();
    let versions = said["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!(NEW)) && versions.contains(&json!(OLD)));
    assert_eq!(said["resultType"], "complete");
    assert!(said["instructions"].as_str().unwrap().contains("never instructions"));
    talk.end_well(&desk);
    assert!(desk.registry.requests().is_empty());
}

#[test]
fn the_tools_are_told_with_both_schemas_and_what_they_do() {
    let desk = Desk::new();
    for version in [OLD, NEW] {
        let mut talk = Talk::open(&desk, version);
        let answer = talk.ask(json!(1), "tools/list", json!({}));
        let tools = answer["result"]["tools"].as_array().unwrap();
        let hints: Vec<_> = tools.iter().map(hints).collect();
        assert_eq!(
            hints,
            [
                ("audit", true, false, true, false),
                ("explain", true, false, true, false),
                ("recover_summary", true, false, true, false),
                ("release_status", true, false, true, false),
                ("publish", false, true, false, true),
                ("verify", true, false, true, true),
            ]
        );
        assert_eq!(tools[4]["inputSchema"]["properties"]["sha512"]["pattern"], "^sha512-[A-Za-z0-9+/]{85}[AQgw]==$");
        assert_eq!(tools[4]["inputSchema"]["required"], json!(["sha512"]));
        talk.end_well(&desk);
    }
}

/// What a client is told of a tool: its name, and whether it only reads, destroys, may be repeated, and reaches out.
fn hints(tool: &Value) -> (&str, bool, bool, bool, bool) {
    let hint = |name: &str| tool["annotations"][name].as_bool().unwrap();
    assert_eq!((&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]), (&json!("object"), &json!("object")));
    assert_eq!(tool["inputSchema"]["additionalProperties"], false);
    assert!(!tool.to_string().contains("$ref") && !tool.to_string().contains("\"format\""));
    let name = tool["name"].as_str().unwrap();
    (name, hint("readOnlyHint"), hint("destructiveHint"), hint("idempotentHint"), hint("openWorldHint"))
}

#[test]
fn what_is_wrong_with_a_call_is_a_result_and_causes_no_request() {
    let bad = [
        ("audit", json!({}), "missing field `path`"),
        ("audit", json!({ "path": "" }), "expected 1 to 4096 characters"),
        ("audit", json!({ "path": "a\u{0}b" }), "expected 1 to 4096 characters"),
        ("audit", json!({ "path": "package.tgz", "waive": ["map/embedded-sources"] }), "unknown field `waive`"),
        ("audit", json!({ "path": "package.tgz", "policy": "open.toml" }), "unknown field `policy`"),
        ("explain", json!({ "rule": "map/embeded-sources" }), "did you mean map/embedded-sources?"),
        ("release_status", json!({ "session": "../none" }), "there is no session ../none"),
        ("publish", json!({}), "missing field `sha512`"),
        ("publish", json!({ "sha512": "package.tgz" }), "expected \"sha512-\" and 64 bytes in base64"),
        ("publish", json!({ "path": "package.tgz" }), "unknown field `path`"),
        ("publish", json!({ "bytes": "AAAA", "sha512": digest("a") }), "unknown field `bytes`"),
        ("publish", json!({ "url": "https://x.example/a.tgz" }), "unknown field `url`"),
        ("publish", json!({ "sha512": digest("a"), "tag": "next" }), "unknown field `tag`"),
        ("publish", json!({ "sha512": [digest("a")] }), "invalid type: sequence"),
        ("publish", json!({ "sha512": digest("a") }), "nothing with this digest was cleared in this session"),
        ("verify", json!({ "name": "widget" }), "missing field `version`"),
    ];
    for version in [OLD, NEW] {
        let desk = Desk::new();
        desk.write(&clean(NAME, VERSION));
        let mut talk = Talk::open(&desk, version);
        for (name, arguments, says) in &bad {
            let said = talk.bad(name, arguments.clone());
            assert!(said.contains(says), "{name} {arguments}: {said}");
        }
        let answer = talk.ask(json!(8), "tools/call", json!({ "name": "waive", "arguments": {} }));
        assert_eq!(answer["error"]["code"], -32602);
        talk.end_well(&desk);
        assert!(desk.registry.requests().is_empty() && desk.journal().is_empty());
    }
}

#[test]
fn lines_that_are_no_messages_do_no_harm() {
    let huge = [b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"".to_vec(), vec![b'x'; 9 << 20], b"\"}".to_vec()].concat();
    let deep = vec![b'['; 1 << 20];
    let lines: [&[u8]; 9] = [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":3}",
        b"\0",
        &deep,
        &huge,
    ];
    let desk = Desk::new();
    desk.write(&clean(NAME, VERSION));
    for version in [OLD, NEW] {
        for opened in [false, true] {
            let mut talk = Talk::bare(desk.run(&["mcp"]), version);
            if opened {
                talk.opening();
            }
            // Before the first request too.
            talk.raw(br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#);
            talk.raw(br#"{"jsonrpc":"2.0","id":99,"result":{}}"#);
            lines.iter().for_each(|line| talk.raw(line));
            if !opened {
                talk.send(json!("d"), if version == NEW { "server/discover" } else { "initialize" }, hello());
            }
            talk.send(json!("last"), "no/such", json!({}));
            loop {
                let answer = talk.next();
                if answer["id"] == "last" {
                    assert_eq!(answer["error"]["code"], -32601);
                    break;
                }
                assert!(answer["id"] == "d" || answer["error"]["code"] == -32600, "{answer}");
            }
            assert_eq!(talk.good("audit", json!({ "path": "package.tgz" }))["verdict"], "clear");
            talk.end_well(&desk);
        }
    }
}

#[test]
fn a_request_that_does_not_say_its_version_is_refused_before_any_opening() {
    let desk = Desk::new();
    let mut talk = Talk::bare(desk.run(&["mcp"]), "none");
    assert_eq!(talk.ask(json!(1), "tools/list", json!({}))["error"]["code"], -32602);
    talk.end_well(&desk);
}

#[test]
fn an_end_before_the_beginning_is_an_orderly_one() {
    let desk = Desk::new();
    Talk::bare(desk.run(&["mcp"]), OLD).end_well(&desk);
    let mut half = Talk::bare(desk.run(&["mcp"]), OLD);
    std::io::Write::write_all(half.stdin.as_mut().unwrap(), b"{\"jsonrpc\":").unwrap();
    half.end_well(&desk);
}

#[test]
fn what_can_not_be_served_exits_with_2_and_says_nothing_on_stdout() {
    let desk = Desk::new();
    let piped = desk.place.lastlook(&["mcp", "--token-fd", "0", "--registry", &desk.registry.url()]).run();
    let otp = desk.run(&["mcp", "--otp", "123456"]).run();
    desk.place.write("lastlook.toml", "no = 1\n");
    let policy = desk.run(&["mcp"]).run();
    for (ran, says) in [(piped, "--token-file"), (otp, "leave --otp out"), (policy, "lastlook.toml:1")] {
        assert!(ran.code == Some(2) && ran.stdout.is_empty() && ran.stderr.contains(says), "{ran:?}");
    }
}

#[test]
fn reads_go_on_beside_a_publish_and_what_is_called_off_is_not_begun() {
    for version in [OLD, NEW] {
        let desk = Desk::new();
        desk.place.write("a.tgz", clean("a", VERSION));
        desk.place.write("b.tgz", clean("b", VERSION));
        let mut talk = Talk::bare(desk.run(&["mcp", "--timeout", "30"]), version);
        talk.opening();
        let [a, b] = ["a.tgz", "b.tgz"].map(|path| talk.good("audit", json!({ "path": path }))["sha512"].clone());
        let hold = desk.registry.hold(Route::Publish, 1, Moment::Received);
        talk.call(1, "publish", json!({ "sha512": a }));
        hold.reached();
        talk.call(2, "publish", json!({ "sha512": b }));
        // Beside it, and before it is out.
        let answer = talk.ask(json!(3), "tools/call", json!({ "name": "audit", "arguments": { "path": "b.tgz" } }));
        assert_eq!(answer["result"]["structuredContent"]["verdict"], "clear");
        talk.raw(br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,"reason":"no"}}"#);
        // Once this is answered, that was heard.
        talk.good("explain", json!({ "rule": "map/remote" }));
        hold.release();
        let answer = talk.next();
        assert_eq!(
            (&answer["id"], &answer["result"]["isError"]),
            (&json!(1), &json!(false)),
            "{}",
            text(&answer["result"])
        );
        let status = talk.good("release_status", json!({}));
        assert_eq!(status["packages"], json!([{ "name": "a", "version": VERSION, "state": "published" }]));
        talk.end_well(&desk);
        assert_eq!((desk.writes(), desk.registry.versions("b").len()), (1, 0));
    }
}

#[test]
fn what_was_asked_before_stdin_ended_is_answered() {
    let desk = Desk::new();
    desk.write(&clean(NAME, VERSION));
    let mut talk = Talk::open(&desk, NEW);
    let sha512 = talk.good("audit", json!({ "path": "package.tgz" }))["sha512"].clone();
    talk.call(1, "publish", json!({ "sha512": sha512 }));
    let (said, code, _) = talk.end();
    assert_eq!((said.len(), &said[0]["result"]["isError"], code), (1, &json!(false), Some(0)), "{said:?}");
    assert_eq!(desk.last(), "published");
}

#[test]
fn a_client_that_is_gone_ends_the_server_but_not_a_publish() {
    for version in [OLD, NEW] {
        let desk = Desk::new();
        desk.write(&clean(NAME, VERSION));
        let mut talk = Talk::bare(desk.run(&["mcp", "--timeout", "30"]), version);
        talk.opening();
        let sha512 = talk.good("audit", json!({ "path": "package.tgz" }))["sha512"].clone();
        let hold = desk.registry.hold(Route::Publish, 1, Moment::Received);
        talk.call(1, "publish", json!({ "sha512": sha512 }));
        hold.reached();
        // Its end comes in the middle of it.
        drop(talk.stdin.take());
        hold.release();
        assert_eq!((talk.gone(), desk.last().as_str()), (Some(0), "published"));
    }
}

#[test]
fn a_client_that_listens_no_more_ends_the_server_but_not_a_publish() {
    let desk = Desk::new();
    desk.write(&clean(NAME, VERSION));
    let mut talk = Talk::bare(desk.run(&["mcp", "--timeout", "30"]), NEW);
    talk.opening();
    let sha512 = talk.good("audit", json!({ "path": "package.tgz" }))["sha512"].clone();
    let hold = desk.registry.hold(Route::Publish, 1, Moment::Received);
    talk.call(1, "publish", json!({ "sha512": sha512 }));
    hold.reached();
    // Who reads for us closes the pipe at the next line, and keeps stdin open.
    talk.stdout = std::sync::mpsc::channel().1;
    for number in 2..6 {
        talk.call(number, "explain", json!({ "rule": "map/remote" }));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(talk.child.try_wait().unwrap().is_none(), "it did not see the publish through");
    hold.release();
    assert_eq!((talk.gone(), desk.last().as_str()), (Some(2), "published"));
}
