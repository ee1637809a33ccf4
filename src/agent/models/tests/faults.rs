//! What servers say in place of an answer → another try at the right time, or one plain line without the key.

use super::*;

fn refusal(head: &str) -> Answer {
    raw(&format!("{head}\r\ncontent-type: application/json"), r#"{"error":{"type":"t","message":"not now"}}"#)
}

fn rests(dialect: Dialect, head: &str) -> Option<Duration> {
    let server = Server::of(vec![refusal(head), stream(hi_text(dialect))]);
    let clock = Still::default();
    let mut model = open_with(settings(dialect, &server), Box::new(|_| {}), Box::new(&clock)).unwrap();
    let reply = model.turn(&Turn { system: "", tools: &[], messages: &[Message::Task("look".to_owned())] });
    if reply.is_err() {
        // The second answer is not fetched.
        drop(TcpStream::connect(server.url.trim_start_matches("http://")));
        return None;
    }
    drop(model);
    assert_eq!(server.asked().len(), 2);
    clock.rests.into_inner().first().copied()
}

#[test]
fn what_passes_is_tried_again_when_the_server_says() {
    let half = Some(Duration::from_millis(500));
    for dialect in BOTH {
        for status in ["408 A", "409 B", "429 C", "500 D", "503 E", "529 F", "400 G\r\nx-should-retry: true"] {
            assert_eq!(rests(dialect, status), half, "{status}");
        }
        for status in ["400 A", "401 B", "404 C", "422 D", "500 E\r\nx-should-retry: false"] {
            assert_eq!(rests(dialect, status), None, "{status}");
        }
        let waits = [
            ("retry-after: 0", 500),
            ("retry-after: 7", 7000),
            ("retry-after: 1.5", 1500),
            ("retry-after-ms: 250\r\nretry-after: 7", 250),
            ("retry-after-ms: 0\r\nretry-after: 7", 7000),
            ("retry-after: -3", 500),
            ("retry-after: soon", 500),
            ("retry-after: Sun, 06 Nov 1994 08:49:47 GMT", 10_000),
            ("retry-after: Sun, 06 Nov 1994 08:49:27 GMT", 500),
        ];
        for (header, wait) in waits {
            assert_eq!(rests(dialect, &format!("429 X\r\n{header}")), Some(Duration::from_millis(wait)), "{header}");
        }
        assert_eq!(rests(dialect, "429 X\r\nretry-after: 301"), None);
    }
}

#[test]
fn tries_end_and_their_rests_grow() {
    for dialect in BOTH {
        let came = turn(dialect, vec![refusal("529 Busy"); 6]);
        let seconds: Vec<f32> = came.rests.iter().map(Duration::as_secs_f32).collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0]);
        let why = "some-model can not be asked: the server answers 529: not now (t) (tried 6 times)";
        assert_eq!(came.reply, Err(why.to_owned()));
        let came = turn(dialect, vec![refusal("429 Wait\r\nretry-after: 140"); 3]);
        assert_eq!(came.rests, [Duration::from_secs(140); 2]);
        let bodies: Vec<&Value> = came.asked.iter().map(|asked| &asked.body).collect();
        assert_eq!(bodies[0], bodies[2]);
    }
}

#[test]
fn chance_takes_up_to_a_quarter_off() {
    let clock = Still::default();
    clock.chance.set(255);
    let pause = super::super::fault::Fault::again("").pause(4, &&clock);
    assert!(pause > Duration::from_secs(6) && pause < Duration::from_millis(6010), "{pause:?}");
}

#[test]
fn a_server_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server =
        Server { url: format!("http://{}", listener.local_addr().unwrap()), asked: std::thread::spawn(Vec::new) };
    drop(listener);
    let came = turn_with(settings(Dialect::Chat, &server), server, &[]);
    assert_eq!(came.rests.len(), 5);
    assert!(came.reply.unwrap_err().contains("is the server running"));
}

#[test]
fn a_connection_that_breaks_before_an_answer_is_tried_again() {
    for dialect in BOTH {
        let came = turn(dialect, vec![Answer(vec![], Duration::ZERO), stream(hi_text(dialect))]);
        assert_eq!((came.reply, came.rests.len()), (Ok(hi_reply(dialect)), 1));
    }
}

#[test]
fn nothing_goes_where_a_redirect_leads() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let to = format!("http://{}/v1", other.local_addr().unwrap());
    for dialect in BOTH {
        for status in [301, 302, 303, 307, 308] {
            let answer = raw(&format!("{status} Gone\r\nlocation: {to}\r\ncontent-length: 0"), "");
            let came = turn(dialect, vec![answer]);
            let why = came.reply.unwrap_err();
            assert!(why.contains("elsewhere, where nothing is sent"), "{why}");
            assert!(other.accept().is_err() && came.rests.is_empty());
        }
    }
}

#[test]
fn the_key_is_in_no_error_and_nothing_else_that_a_server_makes_up() {
    for dialect in BOTH {
        let bodies = [
            format!("{KEY} is wrong\n{KEY}"),
            format!(r#"{{"error":{{"message":"key \u0073{} is wrong"}}}}"#, &KEY[1..]),
            format!(r#"{{"error":"{}\u200b{} is wrong"}}"#, &KEY[..9], &KEY[9..]),
            format!(r#"{{"detail":"{}{KEY} is wrong"}}"#, "ä".repeat(300)),
            KEY.repeat(40),
            " ".repeat((64 << 10) - 14) + KEY,
        ];
        for body in bodies {
            let why = turn(dialect, vec![raw("401 No", body)]).reply.unwrap_err();
            assert!(!why.contains(&KEY[..12]) && why.contains("check the key"), "{why}");
            assert!(why.len() < 600 && !why.contains('\n'), "{why}");
        }
        let text = hi_text(dialect);
        let (start, rest) = KEY.split_at(9);
        let (first, second) =
            (text.replace("hï", &format!("so {start}")), text.replace("hï", &format!("{rest} it is")));
        // The key comes in two pieces.
        let body = match dialect {
            Dialect::Anthropic => {
                let at = first.find("event: content_block_stop").unwrap();
                let from = second.find("event: content_block_delta").unwrap();
                format!("{}{}", &first[..at], &second[from..])
            }
            Dialect::Chat => format!(
                "{}{second}",
                &first[..first.find("event: x\ndata: {\"choices\":[{\"index\":0,\"delta\":{},").unwrap()]
            ),
        };
        let came = turn(dialect, vec![stream(body)]);
        let reply = came.reply.unwrap();
        assert_eq!(came.shown, "so [key] it is");
        assert_eq!(reply.parts, [words("so [key] it is")]);
        assert!(!reply.raw.to_string().contains(KEY));
    }
}

#[test]
fn what_begins_like_the_key_is_shown_in_the_end() {
    for dialect in BOTH {
        let came = turn(dialect, vec![stream(hi_text(dialect).replace("hï", "task-sk-te"))]);
        assert_eq!((came.shown.as_str(), came.reply.unwrap().parts), ("task-sk-te", vec![words("task-sk-te")]));
    }
}

#[test]
fn the_key_is_in_one_header_alone() {
    for dialect in BOTH {
        let asked = turn(dialect, vec![stream(hi_text(dialect))]).asked.pop().unwrap();
        let (line, rest) = asked.head.split_once("\r\n").unwrap();
        let (path, header, none) = match dialect {
            Dialect::Anthropic => ("/v1/messages", format!("x-api-key: {KEY}\r\n"), "authorization:"),
            Dialect::Chat => ("/v1/chat/completions", format!("authorization: Bearer {KEY}\r\n"), "x-api-key:"),
        };
        assert_eq!(line, format!("POST {path} HTTP/1.1"));
        assert!(rest.contains(&header) && !rest.contains(none), "{rest}");
        assert_eq!(rest.contains("anthropic-version: 2026-10-21\r\n"), dialect == Dialect::Anthropic);
        assert!(rest.contains("content-type: application/json\r\n"));
        assert_eq!((asked.head.matches(KEY).count(), asked.body.to_string().matches(KEY).count()), (1, 0));
        for field in ["temperature", "top_p", "top_k"] {
            assert!(asked.body.get(field).is_none());
        }
    }
}

#[test]
fn no_key_is_no_header() {
    for dialect in BOTH {
        let server = Server::of(vec![stream(hi_text(dialect))]);
        let settings = Settings { key: None, price: None, ..settings(dialect, &server) };
        let came = turn_with(settings, server, &[Message::Task("look".to_owned())]);
        assert_eq!(came.reply, Ok(Reply { cost: 0, ..hi_reply(dialect) }));
        assert!(!came.asked[0].head.contains("authorization") && !came.asked[0].head.contains("x-api-key"));
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_left_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        std::thread::sleep(Duration::from_millis(100));
        Vec::new()
    });
    let server = Server { url, asked };
    let came = turn_with(settings(Dialect::Chat, &server), server, &[]);
    let why = came.reply.unwrap_err();
    assert!(why.contains("no secure connection") && came.rests.is_empty(), "{why} {:?}", came.rests);
}
