//! Streams, cut and sent in all ways → the same reply, another try, or a fault.

use super::*;

/// Bytes in chunks of `size`, framed.
fn chunked(body: &str, size: usize) -> Answer {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut pieces = vec![head.as_bytes().to_vec()];
    for part in body.as_bytes().chunks(size) {
        pieces.push([format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
    }
    pieces.push(b"0\r\n\r\n".to_vec());
    Answer(pieces, Duration::ZERO)
}

#[test]
fn a_stream_is_understood_however_it_is_sent() {
    for dialect in BOTH {
        let text = hi_text(dialect);
        let returns = text.replace('\n', "\r\n");
        let single = text.replace('\n', "\r");
        let marked = format!("\u{feff}: a comment\n\n{text}");
        let tight = text.replace("data: ", "data:");
        let open = text.trim_end().to_owned();
        for body in [&text, &returns, &single, &marked, &tight, &open] {
            // Pieces of seven bytes split letters, too.
            for answer in [stream(body.as_str()), chunked(body, 7), chunked(body, 4096)] {
                let came = turn(dialect, vec![answer]);
                assert_eq!(came.reply.as_ref(), Ok(&hi_reply(dialect)), "{body}");
                assert_eq!(came.shown, "hï");
            }
        }
        let bytes: Vec<Vec<u8>> = stream("").0.into_iter().chain(returns.bytes().map(|byte| vec![byte])).collect();
        assert_eq!(turn(dialect, vec![Answer(bytes, Duration::ZERO)]).reply, Ok(hi_reply(dialect)));
    }
}

#[test]
fn nothing_is_read_after_the_end() {
    for dialect in BOTH {
        let body = hi_text(dialect) + "data: what is this\n\n";
        let Answer(pieces, _) = stream(body);
        assert_eq!(turn(dialect, vec![Answer(pieces, Duration::from_millis(200))]).reply, Ok(hi_reply(dialect)));
    }
}

#[test]
fn a_stream_that_is_cut_is_asked_for_again_only_if_nothing_was_shown() {
    for dialect in BOTH {
        let text = hi_text(dialect);
        let word = text.find("hï").unwrap();
        let shown = word + text[word..].find("\n\n").unwrap() + 2;
        let end = match dialect {
            Dialect::Anthropic => text.find("event: message_stop").unwrap(),
            Dialect::Chat => text.find(r#""stop""#).unwrap(),
        };
        for cut in [0, 10, word, shown - 3, shown, end] {
            let part = &text.as_bytes()[..cut];
            let long = format!("200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}", text.len());
            for answer in [stream(part), raw(&long, part)] {
                if cut < shown {
                    let came = turn(dialect, vec![answer, stream(text.as_str())]);
                    assert_eq!((came.reply, came.rests.len()), (Ok(hi_reply(dialect)), 1), "{cut}");
                    assert_eq!(came.shown, "hï");
                } else {
                    let came = turn(dialect, vec![answer]);
                    let why = came.reply.unwrap_err();
                    assert!(why.contains("cut off") || why.contains("connection") || why.contains("protocol"), "{why}");
                    assert_eq!((came.shown.as_str(), came.rests.len()), ("hï", 0));
                }
            }
        }
    }
}

#[test]
fn a_server_that_stalls_is_left() {
    for dialect in BOTH {
        let text = hi_text(dialect);
        let half = text[..text.find("hï").unwrap()].to_owned();
        let Answer(pieces, _) = stream(half);
        let server = Server::of(vec![Answer(pieces, Duration::from_millis(450)), stream(text)]);
        let settings = Settings { patience: Duration::from_millis(300), ..settings(dialect, &server) };
        let came = turn_with(settings, server, &[Message::Task("look".to_owned())]);
        assert_eq!((came.reply, came.rests.len()), (Ok(hi_reply(dialect)), 1));
    }
}

#[test]
fn what_is_no_stream_of_a_model_is_a_fault_at_once() {
    for dialect in BOTH {
        for garbage in ["data: {\"a\n\n", "data: \u{1}\u{2}\n\n", "data: <html>\n\ndata: {}\n\n"] {
            let why = turn(dialect, vec![stream(garbage)]).reply.unwrap_err();
            assert!(why.contains("none of a model") && !why.contains('\u{1}'), "{why}");
        }
        let why = turn(dialect, vec![raw("200 OK\r\ncontent-type: text/html", "<html>")]).reply.unwrap_err();
        assert!(why.contains("text/html"), "{why}");
        let nothing = turn(dialect, vec![stream("data: {}\n\n"); 6]);
        assert!(nothing.reply.unwrap_err().ends_with("cut off before its end (tried 6 times)"));
    }
}

#[test]
fn an_answer_has_bounds() {
    for dialect in BOTH {
        let many = "event: ping\ndata: {\"type\":\"ping\"}\n\n".repeat(500_000);
        let why = turn(dialect, vec![stream(many)]).reply.unwrap_err();
        assert!(why.contains("longer than 16777216 bytes"), "{why}");
        let why = turn(dialect, vec![stream("data:1\n\n".repeat(500_001))]).reply.unwrap_err();
        assert!(why.contains("more or longer events"), "{why}");
        let why = turn(dialect, vec![stream("data: ".to_owned() + &"x".repeat(5 << 20))]).reply.unwrap_err();
        assert!(why.contains("more or longer events"), "{why}");
        let lines = format!("data: {}\n", "x".repeat(1 << 20)).repeat(5);
        let why = turn(dialect, vec![stream(lines)]).reply.unwrap_err();
        assert!(why.contains("more or longer events"), "{why}");
        let whole = whole("200 OK", &json!({ "content": "x".repeat(17 << 20) }));
        let why = turn(dialect, vec![whole]).reply.unwrap_err();
        assert!(why.contains("longer than 16777216 bytes"), "{why}");
    }
}

#[test]
fn an_error_in_a_stream_is_told_or_tried_again() {
    let error = |kind: &str| json!({ "type": "error", "error": { "type": kind, "message": "so \u{7}it\nis" } });
    for dialect in BOTH {
        let hi = hi(dialect);
        let busy = events(&[hi[0].clone(), error("overloaded_error")]);
        assert_eq!(turn(dialect, vec![stream(busy), stream(hi_text(dialect))]).reply, Ok(hi_reply(dialect)));
        let bad = events(&[hi[0].clone(), error("invalid_request_error")]);
        let why = turn(dialect, vec![stream(bad)]).reply.unwrap_err();
        assert_eq!(why, "some-model can not be asked: the server broke off: so it is (invalid_request_error)");
        let late = events(&[&hi[..3], &[error("overloaded_error")]].concat());
        let came = turn(dialect, vec![stream(late)]);
        assert!(came.reply.unwrap_err().contains("so it is"));
        assert_eq!(came.shown, "hï");
    }
    let coded = json!({ "error": { "code": 502, "message": "upstream" }, "choices": [] });
    let came = turn(Dialect::Chat, vec![stream(events(&[coded])), stream(hi_text(Dialect::Chat))]);
    assert_eq!(came.reply, Ok(hi_reply(Dialect::Chat)));
}
