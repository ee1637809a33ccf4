//! Addresses, keys and recordings.

use super::super::address::Address;
use super::*;

fn address(dialect: Dialect, url: &str, key: Option<&str>) -> Result<String, &'static str> {
    let server = Server { url: String::new(), asked: std::thread::spawn(Vec::new) };
    let settings = Settings { url: url.to_owned(), key: key.and_then(Key::from_text), ..settings(dialect, &server) };
    Address::of(&settings).map(|address| address.url)
}

#[test]
fn an_address_is_completed() {
    use Dialect::{Anthropic, Chat};
    for (dialect, url, to) in [
        (Anthropic, "https://a.example", "https://a.example/v1/messages"),
        (Anthropic, "https://a.example/v1/", "https://a.example/v1/messages"),
        (Anthropic, "https://a.example/proxy", "https://a.example/proxy/v1/messages"),
        (Chat, "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
        (Chat, "http://[::1]:80/v1", "http://[::1]:80/v1/chat/completions"),
        (Chat, " HTTPS://a.example:8443/api/v1/ ", "https://a.example:8443/api/v1/chat/completions"),
    ] {
        assert_eq!(address(dialect, url, Some(KEY)).as_deref(), Ok(to));
    }
}

#[test]
fn a_key_goes_to_no_address_where_others_can_read_it() {
    let open = [
        "http://a.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://0.0.0.0",
    ];
    for url in open {
        assert!(address(Dialect::Chat, url, Some(KEY)).unwrap_err().contains("https"), "{url}");
        assert!(address(Dialect::Chat, url, None).is_ok(), "{url}");
    }
    for url in ["", "a.example", "ftp://a.example", "/v1", "http://", "https://a.example:99999", "https://a.example:"] {
        assert!(address(Dialect::Chat, url, None).is_err(), "{url}");
    }
    for url in [
        "http://127.0.0.1@a.example",
        "https://me:hush@a.example",
        "https://a.example/?key=hush",
        "https://a.example#x",
    ] {
        let why = address(Dialect::Chat, url, None).unwrap_err();
        assert!(why.contains("no user and no query") && !why.contains("hush"), "{url}");
    }
}

#[test]
fn a_key_is_fit_for_a_header_and_shown_by_nobody() {
    let key = Key::from_text(" hush-hush\n").unwrap();
    let mut text = "hush-hush and hush-hush".to_owned();
    key.scrub(&mut text);
    assert_eq!((text.as_str(), format!("{key:?}")), ("[key] and [key]", "Key(…)".to_owned()));
    for bad in ["", " \n", "a b", "a\nb", "hüsh", "a\u{7f}"] {
        assert!(Key::from_text(bad).is_none(), "{bad:?}");
    }
}

#[test]
fn a_word_for_a_key_is_left_in_what_a_model_says() {
    let server = Server::of(vec![stream(hi_text(Dialect::Chat).replace("hï", "I am ollama"))]);
    let settings = Settings { key: Key::from_text("ollama"), ..settings(Dialect::Chat, &server) };
    let came = turn_with(settings, server, &[]);
    assert_eq!((came.shown.as_str(), came.reply.unwrap().parts), ("I am ollama", vec![words("I am ollama")]));
}

#[test]
fn a_recording_is_given_back_and_then_ends() {
    let replies = BOTH.map(hi_reply).to_vec();
    let mut replay = Replay::of(replies.clone());
    let turn = Turn { system: "", tools: &[], messages: &[] };
    assert_eq!(super::super::Model::turn(&mut replay, &turn).unwrap(), replies[0]);
    assert_eq!(super::super::Model::turn(&mut replay, &turn).unwrap(), replies[1]);
    let why = super::super::Model::turn(&mut replay, &turn).unwrap_err().to_string();
    assert_eq!(why, "replay can not be asked: the recording has no further reply");
}
