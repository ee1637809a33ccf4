//! The registry of our own keeps every byte it gets.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use crate::client::{answer, ask, connect, publication, request};
use crate::packages::clean;
use crate::registry::{Registry, Route};

#[test]
fn a_request_is_kept_as_it_was_sent() {
    let registry = Registry::under("/repository/npm");
    let body = publication("widget", "1.0.0", &clean("widget", "1.0.0")).to_string();
    let target = "/repository/npm/widget?x=%20";
    let bytes = request("PUT", target, Some(&registry.token()), body.as_bytes());
    assert_eq!(ask(&registry.url(), "PUT", target, Some(&registry.token()), body.as_bytes()).status, 201);
    assert_eq!(ask(&registry.url(), "GET", "/widget", None, b"").status, 404);
    let all = registry.requests();
    let put = &all[0];
    assert_eq!((put.method.as_str(), put.target.as_str(), put.route), ("PUT", target, Route::Publish));
    assert_eq!((put.complete, put.raw == bytes, put.body == body.as_bytes()), (true, true, true));
    assert_eq!(put.headers[0], ("host".to_owned(), "here".to_owned()));
    assert_eq!((put.header("HOST"), put.json()["name"].as_str()), (Some("here"), Some("widget")));
    assert_eq!(registry.requests_of(Route::Other).len(), 1);
    assert_eq!(registry.connections().concat().len(), all[0].raw.len() + all[1].raw.len());
    assert!(registry.key().starts_with("//127.0.0.1:") && registry.key().ends_with("/repository/npm/"));
}

#[test]
fn a_body_in_chunks_is_read_and_one_that_breaks_off_is_kept() {
    let registry = Registry::start();
    let head =
        "PUT /widget HTTP/1.1\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let mut stream = connect(&registry.url());
    stream.write_all(head.as_bytes()).unwrap();
    let mut go = [0; 25];
    stream.read_exact(&mut go).unwrap();
    assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
    for part in ["3\r\nab", "c\r", "\n1;x=y\r\nd\r\n0\r\n", "\r\n"] {
        stream.write_all(part.as_bytes()).unwrap();
    }
    assert_eq!(answer(&mut stream).unwrap().status, 401);
    let mut stream = connect(&registry.url());
    let broken = &request("PUT", "/widget", None, b"0123456789");
    stream.write_all(&broken[..broken.len() - 4]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(answer(&mut stream).is_none());
    let all = registry.requests();
    assert_eq!((all[0].body.as_slice(), all[0].complete), (&b"abcd"[..], true));
    assert_eq!((all[1].body.as_slice(), all[1].complete), (&b"012345"[..], false));
    assert_eq!(all[1].raw, broken[..broken.len() - 4]);
}

#[test]
fn several_requests_on_one_connection_and_what_is_no_http_are_kept() {
    let registry = Registry::start();
    let mut stream = connect(&registry.url());
    let first = "GET /-/ping HTTP/1.1\r\n\r\n";
    stream.write_all(first.repeat(2).as_bytes()).unwrap();
    stream.write_all(&request("GET", "/-/ping", None, b"")).unwrap();
    assert!(answer(&mut stream).is_some());
    let all = registry.requests();
    assert_eq!(all.iter().map(|request| request.connection).collect::<Vec<_>>(), [0, 0, 0]);
    assert_eq!((all[0].raw.as_slice(), all[1].raw.as_slice()), (first.as_bytes(), first.as_bytes()));
    let mut stream = connect(&registry.url());
    stream.write_all(b"\x16\x03\x01 no HTTP \r\n\r\n").unwrap();
    assert!(answer(&mut stream).is_none());
    assert_eq!(
        (registry.connections()[1].as_slice(), registry.count(Route::Any)),
        (&b"\x16\x03\x01 no HTTP \r\n\r\n"[..], 3)
    );
}
