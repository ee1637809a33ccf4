//! The registry of our own stands still where a test says so, and stops when it is dropped.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::client::{Said, answer, connect, publication, request, try_ask};
use crate::packages::clean;
use crate::registry::{Fault, Moment, Registry, Route, Which};

fn put(registry: &Registry) -> impl FnOnce() -> Option<Said> + Send + 'static {
    let (url, token) = (registry.url(), registry.token());
    let body = publication("widget", "1.0.0", &clean("widget", "1.0.0")).to_string();
    move || try_ask(&url, "PUT", "/widget", Some(&token), body.as_bytes())
}

#[test]
fn each_moment_is_held_until_it_is_released_or_cut() {
    for (moment, body, versions) in [
        (Moment::Head, 0, 0),
        (Moment::Body(50), 50, 0),
        (Moment::Received, 51, 0),
        (Moment::Done, 51, 1),
        (Moment::HalfAnswered, 51, 1),
    ] {
        let registry = Registry::start();
        let hold = registry.hold(Route::Publish, 2, moment);
        // The first is let by.
        assert_eq!(try_ask(&registry.url(), "PUT", "/widget", None, b"{}").unwrap().status, 401);
        let client = std::thread::spawn(put(&registry));
        hold.reached();
        let came = registry.requests()[1].body.len();
        assert!(if body <= 50 { came == body } else { came >= body }, "{moment:?}: {came}");
        assert_eq!(registry.versions("widget").len(), versions, "{moment:?}");
        hold.cut();
        assert!(client.join().unwrap().is_none_or(|said| said.body.len() < 26), "{moment:?}");
        assert_eq!(registry.versions("widget").len(), versions, "{moment:?}");

        let registry = Registry::start();
        let hold = registry.hold(Route::Any, 1, moment);
        let client = std::thread::spawn(put(&registry));
        hold.reached();
        hold.release();
        assert_eq!(client.join().unwrap().unwrap().status, 201, "{moment:?}");
        assert_eq!(registry.versions("widget").len(), 1);
    }
}

#[test]
fn a_point_that_nothing_comes_to_is_not_reached() {
    let registry = Registry::start();
    let hold = registry.hold(Route::Publish, 1, Moment::Head);
    assert!(!hold.reached_within(Duration::from_millis(20)));
    drop(hold);
    assert_eq!(put(&registry)().unwrap().status, 201);
    registry.await_requests(Route::Publish, 1);
}

#[test]
fn a_registry_that_is_dropped_lets_nobody_wait() {
    let registry = Registry::start();
    let hold = registry.hold(Route::Publish, 1, Moment::Done);
    registry.fault(Route::Ping, Which::Every, Fault::Slow(Duration::from_secs(600)));
    let held = std::thread::spawn(put(&registry));
    hold.reached();
    let mut slow = connect(&registry.url());
    slow.write_all(&request("GET", "/-/ping", None, b"")).unwrap();
    registry.await_requests(Route::Ping, 1);
    // More than are served at a time, all of them idle.
    let idle: Vec<_> = (0..40).map(|_| connect(&registry.url())).collect();
    let (url, start) = (registry.url(), Instant::now());
    drop(registry);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(held.join().unwrap().is_none() && answer(&mut slow).is_none());
    drop(idle);
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert!(std::net::TcpStream::connect(address).is_err(), "the port is still open");
}
