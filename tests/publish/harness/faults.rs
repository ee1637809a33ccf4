//! What goes wrong goes wrong where it should, and nowhere else.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Said, ask, connect, publication, request, try_ask};
use crate::packages::clean;
use crate::registry::{Answer, Fault, Registry, Route, Which};

const NAME: &str = "widget";

fn with(route: Route, which: Which, fault: Fault) -> Registry {
    let registry = Registry::start();
    registry.put(NAME, "0.9.0", &clean(NAME, "0.9.0"));
    registry.fault(route, which, fault);
    registry
}

fn get(registry: &Registry) -> Said {
    ask(&registry.url(), "GET", "/widget", None, b"")
}

fn put(registry: &Registry) -> Option<Said> {
    let body = publication(NAME, "1.0.0", &clean(NAME, "1.0.0")).to_string();
    try_ask(&registry.url(), "PUT", "/widget", Some(&registry.token()), body.as_bytes())
}

fn status(said: Option<Said>) -> Option<u16> {
    said.map(|said| said.status)
}

#[test]
fn a_refusal_is_said_to_the_requests_it_is_meant_for() {
    for (answer, line) in [
        (Answer::otp(), "www-authenticate: OTP"),
        (Answer::web_otp("http://a.invalid/", "http://b.invalid/"), "www-authenticate: OTP"),
        (Answer::too_many(7), "retry-after: 7"),
        (Answer::redirect("http://elsewhere.invalid/"), "location: http://elsewhere.invalid/"),
        (Answer::text(503, "no").header("npm-notice", "x"), "npm-notice: x"),
    ] {
        let registry = with(Route::Publish, Which::Nth(2), Fault::Answer(answer.clone()));
        registry.fault(Route::Publish, Which::First(1), Fault::Answer(Answer::error(500, "first")));
        assert_eq!((status(put(&registry)), get(&registry).status), (Some(500), 200));
        let said = put(&registry).unwrap();
        assert!(said.status == answer.status && said.body == answer.body && said.head.contains(line), "{said:?}");
        assert_eq!(registry.versions(NAME), ["0.9.0"]);
        assert_eq!(status(put(&registry)), Some(201));
    }
    let registry = with(Route::Any, Which::Every, Fault::Echo(403));
    let said = put(&registry).unwrap();
    assert!(said.status == 403 && said.json()["error"].as_str().unwrap().contains(&registry.token()));
    registry.heal();
    assert_eq!(status(put(&registry)), Some(201));
}

#[test]
fn a_write_that_is_done_may_be_answered_wrongly_or_not_at_all() {
    let registry = with(Route::Publish, Which::Every, Fault::Done(Answer::error(502, "late")));
    assert_eq!((status(put(&registry)), registry.versions(NAME).len()), (Some(502), 2));
    let registry = with(Route::Publish, Which::Every, Fault::DoneThenCut);
    assert_eq!((status(put(&registry)), registry.versions(NAME).len()), (None, 2));
    let registry = with(Route::Publish, Which::Every, Fault::Half);
    let body = put(&registry);
    assert_eq!((body.is_none_or(|said| said.body.len() < 26), registry.versions(NAME).len()), (true, 2));
}

#[test]
fn a_body_may_be_cut_or_answered_early() {
    for bytes in [0, 100] {
        let registry = with(Route::Publish, Which::Every, Fault::Cut(bytes));
        assert_eq!(status(put(&registry)), None);
        let request = &registry.requests()[0];
        assert_eq!((request.body.len(), request.complete, registry.versions(NAME).len()), (bytes, false, 1));
        let early = Fault::Early(bytes, Answer::error(413, "too large"));
        let registry = with(Route::Publish, Which::Every, early);
        let vast = vec![b' '; 20 << 20];
        let said = ask(&registry.url(), "PUT", "/widget", Some(&registry.token()), &vast);
        assert_eq!((said.status, registry.requests()[0].body.len()), (413, bytes));
    }
}

#[test]
fn a_packument_may_lie() {
    let every = |fault| with(Route::Packument, Which::Every, fault);
    let dist = |registry: &Registry| get(registry).json()["versions"]["0.9.0"]["dist"].clone();
    let registry = every(Fault::lie_about_integrity());
    let true_one = registry.packument(NAME).unwrap()["versions"]["0.9.0"]["dist"]["integrity"].clone();
    assert_ne!(dist(&registry)["integrity"], true_one);
    assert_eq!(
        dist(&every(Fault::tarballs_at("http://elsewhere.invalid/x.tgz")))["tarball"],
        "http://elsewhere.invalid/x.tgz"
    );
    assert_eq!(dist(&every(Fault::hide("0.9.0"))), Value::Null);
    let registry = every(Fault::edit(|packument| packument["name"] = Value::from("other")));
    assert_eq!(get(&registry).json()["name"], "other");
    assert_eq!(ask(&registry.url(), "GET", "/none", None, b"").json()["name"], "other");
    let registry = every(Fault::Gzip);
    let said = get(&registry);
    let mut text = String::new();
    flate2::read::GzDecoder::new(said.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(said.head.contains("content-encoding: gzip") && text.contains("0.9.0"));
    let bomb = Answer::bomb(10 << 20);
    assert!(bomb.body.len() < 1 << 20);
}

#[test]
fn a_tarball_may_be_another_or_longer_or_shorter() {
    let tarball = clean(NAME, "0.9.0");
    let get = |fault| {
        let registry = with(Route::Tarball, Which::Every, fault);
        ask(&registry.url(), "GET", "/widget/-/widget-0.9.0.tgz", None, b"")
    };
    assert_eq!(get(Fault::Body(b"other".to_vec())).body, b"other");
    for more in [-5, 5] {
        let said = get(Fault::Length(more));
        let claim = format!("content-length: {}", tarball.len().saturating_add_signed(more));
        assert!(said.head.contains(&claim) && said.body == tarball, "{}", said.head);
    }
}

#[test]
fn an_answer_may_never_end() {
    for (route, target, first) in
        [(Route::Packument, "/widget", b'{'), (Route::Tarball, "/widget/-/widget-0.9.0.tgz", 0x1f)]
    {
        let registry = with(route, Which::Every, Fault::Endless);
        let mut stream = connect(&registry.url());
        stream.write_all(&request("GET", target, None, b"")).unwrap();
        let mut bytes = vec![0; 5 << 20];
        stream.read_exact(&mut bytes).unwrap();
        let start = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(bytes[start], first);
        assert!(registry.sent() >= 5 << 20);
    }
}

#[test]
fn an_answer_may_be_slow() {
    let timed = |fault| {
        let registry = with(Route::Ping, Which::Every, fault);
        let start = Instant::now();
        assert_eq!(ask(&registry.url(), "GET", "/-/ping", None, b"").body, b"{}");
        start.elapsed()
    };
    assert!(timed(Fault::Slow(Duration::from_millis(300))) >= Duration::from_millis(300));
    assert!(timed(Fault::Trickle(Duration::from_millis(3))) >= Duration::from_millis(180));
}
