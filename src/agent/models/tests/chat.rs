//! Chat completions, both ways.

use super::*;

const C: Dialect = Dialect::Chat;

fn delta(delta: &Value) -> Value {
    json!({"id":"x","choices":[{"index":0,"delta":delta,"finish_reason":null}]})
}

fn end(reason: &str) -> Value {
    json!({"choices":[{"index":0,"delta":{},"finish_reason":reason}]})
}

fn begun(index: usize, id: &str, arguments: &str) -> Value {
    let function = json!({"name":"read","arguments":arguments});
    delta(&json!({"role":"assistant","tool_calls":[{"index":index,"id":id,"type":"function","function":function}]}))
}

fn more(index: usize, arguments: &str) -> Value {
    delta(&json!({"tool_calls":[{"index":index,"function":{"arguments":arguments}}]}))
}

/// Thinks, says a word, and calls twice.
fn busy(reason: &str) -> Vec<Value> {
    vec![
        delta(&json!({"role":"assistant","content":null,"reasoning_content":"h","refusal":null})),
        delta(&json!({"role":"assistant","reasoning_content":"m"})),
        delta(&json!({"content":"I "})),
        delta(&json!({"content":"look"})),
        begun(0, "c1", ""),
        more(0, "{\"path\":"),
        begun(1, "c2", ""),
        more(0, " \"ä\"}"),
        delta(&json!({"tool_calls":[{"index":1,"id":"","extra_content":{"google":{"thought_signature":"s"}}}]})),
        end(reason),
        json!({"choices":[],"usage":{"prompt_tokens":6,"completion_tokens":7,"total_tokens":13}}),
    ]
}

fn busy_raw() -> Value {
    json!({
        "role":"assistant","reasoning_content":"hm","content":"I look",
        "tool_calls":[
            {"id":"c1","type":"function","function":{"name":"read","arguments":"{\"path\": \"ä\"}"}},
            {"id":"c2","type":"function","function":{"name":"read","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}},
        ],
    })
}

fn busy_reply() -> Reply {
    let parts = vec![words("I look"), call("c1", Ok(json!({"path":"ä"}))), call("c2", Ok(json!({})))];
    Reply { parts, stop: StopReason::Calls, tokens: 13, cost: 123, raw: busy_raw() }
}

#[test]
fn calls_and_thoughts_are_put_together() {
    for reason in ["tool_calls", "function_call", "stop"] {
        let came = turn(C, vec![stream(done(&busy(reason)))]);
        assert_eq!((came.reply, came.shown.as_str()), (Ok(busy_reply()), "I look"));
    }
}

#[test]
fn an_answer_in_one_piece_is_taken_too() {
    let mut message = busy_raw();
    message["refusal"] = Value::Null;
    let usage = json!({"prompt_tokens":6,"completion_tokens":7});
    let body = json!({"choices":[{"index":0,"message":message,"finish_reason":"tool_calls"}],"usage":usage});
    let came = turn(C, vec![whole("200 OK", &body)]);
    assert_eq!((came.reply, came.shown.as_str()), (Ok(busy_reply()), "I look"));
    let why = turn(C, vec![whole("200 OK", &json!({"content":[]}))]).reply.unwrap_err();
    assert!(why.contains("check the url and the dialect"), "{why}");
    let listed = json!({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"stop"}]});
    assert_eq!(turn(C, vec![whole("200 OK", &listed)]).reply.unwrap().parts, [words("ab")]);
}

#[test]
fn answers_go_back_by_their_names_and_failures_say_so() {
    let server = Server::of(vec![stream(hi_text(C))]);
    let bare = Reply {
        parts: vec![words("so"), call("p", Ok(json!({"fix":1}))), call("q", Err("{"))],
        raw: json!([]),
        ..busy_reply()
    };
    let messages = [
        Message::Task("look".to_owned()),
        Message::Reply(busy_reply()),
        answer("c1", "one", false),
        answer("c2", "two", true),
        Message::Reply(bare),
        answer("p", "", false),
        answer("q", "no JSON", true),
    ];
    let came = turn_with(settings(C, &server), server, &messages);
    let body = &came.asked[0].body;
    let function = json!({"name":"read","description":"reads a file","parameters":{"type":"object"}});
    assert_eq!(
        *body,
        json!({
            "model": "some-model", "max_tokens": 1000, "stream": true, "stream_options": {"include_usage":true},
            "tools": [{"type":"function","function":function}],
            "messages": [
                {"role":"system","content":"be brief"},
                {"role":"user","content":"look"},
                busy_raw(),
                {"role":"tool","tool_call_id":"c1","content":"one"},
                {"role":"tool","tool_call_id":"c2","content":"ERROR: two"},
                {"role":"assistant","content":"so","tool_calls":[
                    {"id":"p","type":"function","function":{"name":"read","arguments":"{\"fix\":1}"}},
                    {"id":"q","type":"function","function":{"name":"read","arguments":"{\"INVALID_JSON\":\"{\"}"}},
                ]},
                {"role":"tool","tool_call_id":"p","content":""},
                {"role":"tool","tool_call_id":"q","content":"ERROR: no JSON"},
            ],
        })
    );
}

#[test]
fn reasons_are_known_or_failures() {
    for (reason, stop) in [
        ("stop", StopReason::End),
        ("length", StopReason::Truncated),
        ("content_filter", StopReason::Refused),
        ("took_a_walk", StopReason::Unknown("took_a_walk".to_owned())),
    ] {
        let text = hi_text(C).replace(r#""stop""#, &format!("{reason:?}"));
        // Not all say that they are done.
        for text in [text.replace("data: [DONE]\n\n", ""), text] {
            assert_eq!(turn(C, vec![stream(text)]).reply, Ok(Reply { stop: stop.clone(), ..hi_reply(C) }), "{reason}");
        }
    }
    let none = stream(hi_text(C).replace(r#""stop""#, "null"));
    assert_eq!(turn(C, vec![none]).reply.unwrap().stop, StopReason::Unknown("none was given".to_owned()));
    let refused = turn(C, vec![stream(hi_text(C).replace(r#""content":"hï""#, r#""refusal":"no""#))]);
    let reply = refused.reply.unwrap();
    assert_eq!((reply.stop, reply.parts, refused.shown.as_str()), (StopReason::Refused, vec![words("no")], "no"));
}

#[test]
fn a_call_that_may_be_half_is_no_call() {
    for (reason, stop) in [
        ("length", StopReason::Truncated),
        ("content_filter", StopReason::Refused),
        ("took_a_walk", StopReason::Unknown("took_a_walk".to_owned())),
    ] {
        let mut all = busy(reason);
        all.insert(9, more(1, "{\"path\": \"/"));
        let raw = json!({"role":"assistant","content":"I look","reasoning_content":"hm"});
        let came = turn(C, vec![stream(done(&all))]);
        assert_eq!(came.reply, Ok(Reply { parts: vec![words("I look")], stop, raw, ..busy_reply() }));
    }
}

#[test]
fn a_call_that_is_cut_off_is_asked_for_again() {
    let came = turn(C, vec![stream(events(&[begun(0, "c", "{\"path\"")])), stream(hi_text(C))]);
    assert_eq!((came.reply, came.rests.len()), (Ok(hi_reply(C)), 1));
}

#[test]
fn input_that_is_no_json_is_told_and_goes_back_as_an_object() {
    let all = [begun(0, "c", "{\"path\": oops"), begun(1, "d", "[1]"), end("tool_calls")];
    let reply = turn(C, vec![stream(done(&all))]).reply.unwrap();
    assert_eq!(reply.parts, [call("c", Err("{\"path\": oops")), call("d", Ok(json!([1])))]);
    let back = ["/tool_calls/0/function/arguments", "/tool_calls/1/function/arguments"]
        .map(|at| reply.raw.pointer(at).unwrap());
    assert_eq!(back, [r#"{"INVALID_JSON":"{\"path\": oops"}"#, r#"{"INVALID_JSON":[1]}"#]);
    assert_eq!(reply.raw["content"], Value::Null);
}

#[test]
fn calls_are_told_apart_whatever_they_are_numbered_or_named() {
    let one = |call: Value| delta(&json!({ "tool_calls": [call] }));
    let full = |extra: Value| {
        let mut call = json!({"function":{"name":"read","arguments":"{}"}});
        call.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        call
    };
    let ids = |calls: Vec<Value>| -> Vec<String> {
        let all: Vec<Value> = calls.into_iter().map(one).chain([end("stop")]).collect();
        let parts = turn(C, vec![stream(done(&all))]).reply.unwrap().parts;
        parts.into_iter().map(|part| if let Part::Call(call) = part { call.id } else { panic!("{part:?}") }).collect()
    };
    // All the same number, no number, no name, the same name.
    assert_eq!(ids(vec![full(json!({"index":0,"id":"a"})), full(json!({"index":0,"id":"b"}))]), ["a", "b"]);
    assert_eq!(ids(vec![full(json!({"id":"a"})), full(json!({"id":"b"}))]), ["a", "b"]);
    assert_eq!(ids(vec![full(json!({})), full(json!({}))]), ["call-1-0", "call-1-1"]);
    assert_eq!(ids(vec![full(json!({"index":0,"id":"a"})), full(json!({"index":1,"id":"a"}))]), ["a", "call-1-1"]);
    // The name in each piece.
    let piece = |text: &str| json!({"index":0,"id":"a","function":{"name":"read","arguments":text}});
    let all = ["{\"n\"", ":1}"].map(|text| one(piece(text)));
    let reply = turn(C, vec![stream(done(&[&all[..], &[end("stop")]].concat()))]).reply.unwrap();
    assert_eq!(reply.parts, [call("a", Ok(json!({"n":1})))]);
    // No text, but the thing itself.
    let reply = turn(
        C,
        vec![stream(done(&[one(json!({"id":"a","function":{"name":"read","arguments":{"n":1}}})), end("stop")]))],
    )
    .reply
    .unwrap();
    assert_eq!(reply.parts, [call("a", Ok(json!({"n":1})))]);
    assert_eq!(reply.raw["tool_calls"][0]["function"]["arguments"], "{\"n\":1}");
}

#[test]
fn a_server_that_wants_another_name_for_the_limit_gets_it() {
    let error = json!({"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.","type":"invalid_request_error"}});
    let came = turn(C, vec![whole("400 Bad Request", &error), stream(hi_text(C))]);
    assert_eq!((came.reply, came.rests.len()), (Ok(hi_reply(C)), 0));
    assert_eq!(came.asked[1].body["max_completion_tokens"], 1000);
    assert!(came.asked[1].body.get("max_tokens").is_none());
    let twice = turn(C, vec![whole("400 Bad Request", &error); 2]);
    assert!(twice.reply.unwrap_err().contains("max_completion_tokens"));
}
