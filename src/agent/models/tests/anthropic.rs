//! Anthropic's messages, both ways.

use super::*;

const A: Dialect = Dialect::Anthropic;

fn start(index: usize, block: &Value) -> Value {
    json!({"type":"content_block_start","index":index,"content_block":block})
}

fn delta(index: usize, delta: &Value) -> Value {
    json!({"type":"content_block_delta","index":index,"delta":delta})
}

fn tool(id: &str) -> Value {
    json!({"type":"tool_use","id":id,"name":"read","input":{}})
}

fn typed(index: usize, text: &str) -> Value {
    delta(index, &json!({"type":"input_json_delta","partial_json":text}))
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({"type":"message_delta","delta":{"stop_reason":reason},"usage":{"output_tokens":7}}),
        json!({"type":"message_stop"}),
    ]
}

/// Thinks, says a word, and calls twice.
fn busy(reason: &str) -> Vec<Value> {
    let mut all = vec![
        json!({"type":"message_start","message":{"usage":{"input_tokens":1,"cache_read_input_tokens":2,"cache_creation_input_tokens":3}}}),
        json!({"type":"ping"}),
        start(0, &json!({"type":"thinking","thinking":"","signature":""})),
        delta(0, &json!({"type":"thinking_delta","thinking":"hm"})),
        delta(0, &json!({"type":"signature_delta","signature":"c2ln"})),
        start(1, &json!({"type":"redacted_thinking","data":"xyz"})),
        start(2, &json!({"type":"text","text":""})),
        delta(2, &json!({"type":"text_delta","text":"I "})),
        delta(2, &json!({"type":"text_delta","text":"look"})),
        start(3, &tool("toolu_1")),
        typed(3, ""),
        typed(3, "{\"path\":"),
        typed(3, " \"ä\"}"),
        start(4, &tool("toolu_2")),
        json!({"type":"something_new","index":9}),
    ];
    all.extend(end(reason));
    all
}

fn busy_raw() -> Value {
    json!([
        {"type":"thinking","thinking":"hm","signature":"c2ln"},
        {"type":"redacted_thinking","data":"xyz"},
        {"type":"text","text":"I look"},
        {"type":"tool_use","id":"toolu_1","name":"read","input":{"path":"ä"}},
        {"type":"tool_use","id":"toolu_2","name":"read","input":{}},
    ])
}

fn busy_reply() -> Reply {
    let parts = vec![words("I look"), call("toolu_1", Ok(json!({"path":"ä"}))), call("toolu_2", Ok(json!({})))];
    // 6 * 3 + 7 * 15
    Reply { parts, stop: StopReason::Calls, tokens: 13, cost: 123, raw: busy_raw() }
}

#[test]
fn calls_and_thoughts_are_put_together() {
    for reason in ["tool_use", "end_turn"] {
        let came = turn(A, vec![stream(events(&busy(reason)))]);
        assert_eq!((came.reply, came.shown.as_str()), (Ok(busy_reply()), "I look"));
    }
}

#[test]
fn an_answer_in_one_piece_is_taken_too() {
    let usage = json!({"input_tokens":6,"output_tokens":7});
    let body = json!({"type":"message","content":busy_raw(),"stop_reason":"tool_use","usage":usage});
    let came = turn(A, vec![whole("200 OK", &body)]);
    assert_eq!((came.reply, came.shown.as_str()), (Ok(busy_reply()), "I look"));
    let why = turn(A, vec![whole("200 OK", &json!({"choices":[]}))]).reply.unwrap_err();
    assert!(why.contains("check the url and the dialect"), "{why}");
}

#[test]
fn answers_go_back_first_in_one_message_and_thoughts_unchanged() {
    let server = Server::of(vec![stream(hi_text(A))]);
    let bare = Reply {
        parts: vec![words(""), call("p", Ok(json!({"fix":1}))), call("q", Err("{")), call("r", Ok(json!([1])))],
        raw: Value::Null,
        ..busy_reply()
    };
    let paused = Reply { raw: json!([{"type":"server_tool_use","id":"s"}]), stop: StopReason::Paused, ..busy_reply() };
    let messages = [
        Message::Task("look".to_owned()),
        Message::Reply(busy_reply()),
        Message::Task("by the way".to_owned()),
        answer("toolu_1", "one", false),
        answer("toolu_2", "two", true),
        Message::Reply(bare),
        answer("p", "", false),
        answer("q", "no JSON", true),
        answer("r", "no object", true),
        Message::Reply(paused.clone()),
        Message::Reply(Reply { raw: json!([]), ..paused }),
    ];
    let came = turn_with(settings(A, &server), server, &messages);
    let body = &came.asked[0].body;
    assert_eq!(
        *body,
        json!({
            "model": "some-model", "max_tokens": 1000, "stream": true, "system": "be brief",
            "tools": [{"name":"read","description":"reads a file","input_schema":{"type":"object"}}],
            "messages": [
                {"role":"user","content":[{"type":"text","text":"look"}]},
                {"role":"assistant","content":busy_raw()},
                {"role":"user","content":[
                    {"type":"tool_result","tool_use_id":"toolu_1","content":"one"},
                    {"type":"tool_result","tool_use_id":"toolu_2","content":"two","is_error":true},
                    {"type":"text","text":"by the way"},
                ]},
                {"role":"assistant","content":[
                    {"type":"tool_use","id":"p","name":"read","input":{"fix":1}},
                    {"type":"tool_use","id":"q","name":"read","input":{"INVALID_JSON":"{"}},
                    {"type":"tool_use","id":"r","name":"read","input":{"INVALID_JSON":[1]}},
                ]},
                {"role":"user","content":[
                    {"type":"tool_result","tool_use_id":"p","content":""},
                    {"type":"tool_result","tool_use_id":"q","content":"no JSON","is_error":true},
                    {"type":"tool_result","tool_use_id":"r","content":"no object","is_error":true},
                ]},
                {"role":"assistant","content":[{"type":"server_tool_use","id":"s"}]},
            ],
        })
    );
    paired(body["messages"].as_array().unwrap());
}

/// Each call has exactly one result, in the next message.
fn paired(messages: &[Value]) {
    let ids = |message: &Value, kind: &str, key: &str| -> Vec<String> {
        let blocks = message["content"].as_array().unwrap().iter().filter(|block| block["type"] == kind);
        blocks.map(|block| block[key].as_str().unwrap().to_owned()).collect()
    };
    for pair in messages.windows(2) {
        assert_eq!(ids(&pair[0], "tool_use", "id"), ids(&pair[1], "tool_result", "tool_use_id"));
    }
}

#[test]
fn reasons_are_known_or_failures() {
    for (reason, stop) in [
        ("end_turn", StopReason::End),
        ("stop_sequence", StopReason::End),
        ("pause_turn", StopReason::Paused),
        ("max_tokens", StopReason::Truncated),
        ("model_context_window_exceeded", StopReason::Truncated),
        ("refusal", StopReason::Refused),
        ("took_a_walk", StopReason::Unknown("took_a_walk".to_owned())),
    ] {
        let came = turn(A, vec![stream(hi_text(A).replace("end_turn", reason))]);
        assert_eq!(came.reply, Ok(Reply { stop, ..hi_reply(A) }), "{reason}");
    }
    let none = stream(hi_text(A).replace(r#""end_turn""#, "null"));
    assert_eq!(turn(A, vec![none]).reply.unwrap().stop, StopReason::Unknown("none was given".to_owned()));
}

#[test]
fn a_call_that_may_be_half_is_no_call() {
    for (reason, stop) in [
        ("max_tokens", StopReason::Truncated),
        ("refusal", StopReason::Refused),
        ("took_a_walk", StopReason::Unknown("took_a_walk".to_owned())),
    ] {
        let mut all = busy(reason);
        all.insert(14, typed(4, "{\"path\": \"/"));
        let raw = busy_raw().as_array().unwrap()[..3].to_vec().into();
        let came = turn(A, vec![stream(events(&all))]);
        assert_eq!(came.reply, Ok(Reply { parts: vec![words("I look")], stop, raw, ..busy_reply() }));
    }
}

#[test]
fn a_call_that_is_cut_off_is_asked_for_again() {
    let calls = [&busy("")[..2], &[start(0, &tool("t")), typed(0, "{\"path\"")]].concat();
    let came = turn(A, vec![stream(events(&calls)), stream(hi_text(A))]);
    assert_eq!((came.reply, came.rests.len()), (Ok(hi_reply(A)), 1));
}

#[test]
fn input_that_is_no_json_is_told_and_goes_back_as_an_object() {
    let mut all = vec![start(0, &tool("t")), typed(0, "{\"path\": oops"), start(1, &tool("t")), typed(1, "[1]")];
    all.extend(end("tool_use"));
    let reply = turn(A, vec![stream(events(&all))]).reply.unwrap();
    // Two calls of one name could not be answered.
    assert_eq!(reply.parts, [call("t", Err("{\"path\": oops")), call("call-1-1", Ok(json!([1])))]);
    assert_eq!(
        reply.raw,
        json!([
            {"type":"tool_use","id":"t","name":"read","input":{"INVALID_JSON":"{\"path\": oops"}},
            {"type":"tool_use","id":"call-1-1","name":"read","input":{"INVALID_JSON":[1]}},
        ])
    );
}

#[test]
fn what_can_not_be_put_together_is_a_fault() {
    let text = json!({"type":"text","text":"x"});
    for bad in [
        vec![start(1, &text)],
        vec![start(0, &json!("x"))],
        vec![delta(0, &json!({"type":"text_delta","text":"x"}))],
        vec![start(0, &text), delta(0, &json!({"type":"new_delta"}))],
    ] {
        let why = turn(A, vec![stream(events(&bad))]).reply.unwrap_err();
        assert!(why.contains("the answer"), "{why}");
    }
    let cited = [
        start(0, &text),
        delta(0, &json!({"type":"citations_delta","citation":{"n":1}})),
        delta(0, &json!({"type":"citations_delta","citation":{"n":2}})),
    ];
    let came = turn(A, vec![stream(events(&[&cited[..], &end("end_turn")].concat()))]);
    assert_eq!(came.reply.unwrap().raw, json!([{"type":"text","text":"x","citations":[{"n":1},{"n":2}]}]));
}
