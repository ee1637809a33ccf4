//! What goes wrong around a release: nothing is sent twice, nothing is lost, and what nobody knows is found out.

use std::time::Duration;

use crate::client::ask;
use crate::desk::{Gate, error, lastlook, untouched};
use crate::packages::{clean, with_sources};
use crate::registry::{Answer, Fault, Moment, Otp, Registry, Route, Which};

fn told(status: u16) -> Fault {
    Fault::Answer(Answer::error(status, "no"))
}

#[test]
fn faults_of_the_registry_are_told_once_and_settled_by_reading() {
    let args = &["--wait", "1", "--timeout", "5"];
    for (what, fault, status, out) in [
        ("500 before", told(500), 403, false),
        ("502 before", told(502), 403, false),
        ("500 after", Fault::Done(Answer::error(500, "oops")), 201, true),
        ("cut after", Fault::DoneThenCut, 201, true),
        ("cut in the body", Fault::Cut(300), 403, false),
        ("half an answer", Fault::Half, 201, true),
        ("401", told(401), 403, false),
        ("403", told(403), 403, false),
        ("409", told(409), 403, false),
        ("413", told(413), 403, false),
        ("429", told(429), 403, false),
    ] {
        let registry = Registry::start();
        let gate = Gate::before(&registry, "", args);
        registry.fault(Route::Publish, Which::Nth(1), fault);
        let said = gate.publish("w", "1.0.0", &clean("w", "1.0.0"));
        assert_eq!((said.status, !registry.versions("w").is_empty()), (status, out), "{what}: {}", error(&said));
        assert_eq!(registry.count(Route::Publish), 1, "{what}");
        // The next try is a try of its own.
        registry.heal();
        let again = gate.publish("w", "1.0.0", &clean("w", "1.0.0"));
        assert_eq!(
            (again.status, registry.versions("w").len()),
            (if out { 403 } else { 201 }, 1),
            "{what}: {}",
            error(&again)
        );
    }
}

#[test]
fn a_registry_that_lies_is_not_believed() {
    for (what, route, fault) in [
        ("another integrity", Route::Packument, Fault::lie_about_integrity()),
        ("other bytes", Route::Tarball, Fault::Body(with_sources("w", "1.0.0"))),
    ] {
        let registry = Registry::start();
        let gate = Gate::before(&registry, "", &["--wait", "1"]);
        registry.fault(route, Which::Every, fault);
        let said = gate.publish("w", "1.0.0", &clean("w", "1.0.0"));
        assert_eq!(said.status, 403, "{what}");
        assert_eq!(gate.events(), ["sending", "differs"], "{what}: {}", error(&said));
    }
}

#[test]
fn a_registry_that_is_not_there_takes_nothing() {
    let registry = Registry::start();
    let gate = Gate::start("http://127.0.0.1:9/", "token", "", &["--wait", "1", "--timeout", "2"]);
    let said = gate.publish("w", "1.0.0", &clean("w", "1.0.0"));
    assert_eq!((said.status, gate.events()), (403, vec!["refused".to_owned()]), "{}", error(&said));
    assert_eq!(gate.ask("GET", "/w", b"").status, 502);
    untouched(&registry, "another one");
}

#[test]
fn a_gate_that_was_killed_finds_out_what_became_of_what_it_sent() {
    for (moment, out) in
        [(Moment::Head, false), (Moment::Body(200), false), (Moment::Received, true), (Moment::Done, true)]
    {
        let registry = Registry::start();
        let mut gate = Gate::before(&registry, "", &["--wait", "2"]);
        let hold = registry.hold(Route::Publish, 1, moment);
        let (url, token) = (gate.url.clone(), gate.token.clone());
        let body = crate::client::publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
        let client =
            std::thread::spawn(move || crate::client::try_ask(&url, "PUT", "/w", Some(&token), body.as_bytes()));
        hold.reached();
        gate.kill();
        hold.release();
        assert!(client.join().unwrap().is_none_or(|said| said.status != 201));
        registry.await_quiet();
        let known = !registry.versions("w").is_empty();
        assert!(known == out || !out, "{moment:?}");
        let gate = Gate::again(&gate.folder.clone(), &registry.url(), &["--wait", "2"]);
        let until = std::time::Instant::now() + Duration::from_secs(30);
        let end = if known { "published" } else { "refused" };
        while gate.events().last().map(String::as_str) != Some(end) {
            assert!(std::time::Instant::now() < until, "{moment:?}: {:?} {:?}", gate.events(), gate.lines());
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(registry.count(Route::Publish), 1, "{moment:?}");
        let metrics = String::from_utf8(ask(&gate.url, "GET", "/-/lastlook/metrics", None, b"").body).unwrap();
        assert!(metrics.contains("lastlook_gate_open_ends 0"), "{metrics}");
        // And what did not arrive can be sent again.
        let said = gate.publish("w", "1.0.0", &clean("w", "1.0.0"));
        assert_eq!(
            (said.status, registry.versions("w").len()),
            (if known { 403 } else { 201 }, 1),
            "{moment:?}: {}",
            error(&said)
        );
    }
}

#[test]
fn what_can_not_be_written_down_is_not_sent() {
    let registry = Registry::start();
    // As root, nothing is read-only: a folder in the way is.
    for (what, file) in
        [("the journal", "state/journal/journal.jsonl"), ("the log", "state/gate.jsonl"), ("bodies", "state/spool")]
    {
        let gate = Gate::before(&registry, "", &[]);
        let before = registry.requests().into_iter().filter(|request| request.method != "GET").count();
        let place = gate.folder.join(file);
        let full = what == "the log";
        if full {
            // The descriptor is open: only a limit stops it.
            let limit = rustix::process::Rlimit { current: Some(100), maximum: None };
            rustix::process::prlimit(Some(gate.id()), rustix::process::Resource::Fsize, limit).unwrap();
        } else if place.is_dir() {
            std::fs::remove_dir_all(&place).unwrap();
        } else {
            // The gate may write it anew before the folder stands there.
            std::fs::remove_file(&place).unwrap();
            while std::fs::create_dir(&place).is_err() {
                std::fs::remove_file(&place).unwrap();
            }
        }
        let mut tarball = clean("w", "1.0.0");
        if what == "bodies" {
            let noise = crate::make::source(7, 20_000);
            tarball = crate::packages::package("w", "1.0.0", serde_json::json!({}), &[("a.txt", &noise)]);
        }
        let said = gate.publish("w", "1.0.0", &tarball);
        assert_eq!(said.status, 403, "{what}: {}", error(&said));
        let after = registry.requests().into_iter().filter(|request| request.method != "GET").count();
        assert_eq!(before, after, "{what}");
        if !full {
            assert_eq!(ask(&gate.url, "GET", "/-/lastlook/ready", None, b"").status, 503, "{what}");
        }
    }
}

#[test]
fn two_gates_never_share_a_folder_and_a_policy_that_can_not_be_read_opens_none() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let at = |name: &str| gate.folder.join(name).display().to_string();
    let url = registry.url();
    let (state, token, policy) = (at("state"), at("token"), at("policy.toml"));
    let second = ["gate", "--listen", "127.0.0.1:0", "--upstream", &url, "--upstream-token-file", &token, "--state"];
    let (code, _, err) = lastlook(&[&second[..], &[&state, "--policy", &policy]].concat());
    assert!(code == 2 && err.contains("another gate"), "{code} {err}");
    let other = at("other");
    std::fs::write(&policy, "nonsense = 1").unwrap();
    let (code, _, err) = lastlook(&[&second[..], &[&other, "--policy", &policy]].concat());
    assert!(code == 2 && err.contains("nonsense"), "{code} {err}");
    let (code, _, err) = lastlook(&[&second[..], &[&other, "--policy", &at("none.toml")]].concat());
    assert!(code == 2 && err.contains("none.toml"), "{code} {err}");
}

#[test]
fn a_code_that_the_registry_wants_is_asked_of_the_client() {
    let registry = Registry::start();
    registry.require_otp(Otp::Code("123456".to_owned()));
    let gate = Gate::before(&registry, "", &[]);
    let said = gate.publish("w", "1.0.0", &clean("w", "1.0.0"));
    assert_eq!(said.status, 401);
    assert!(said.head.to_lowercase().contains("www-authenticate: otp"), "{}", said.head);
    let body = crate::client::publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
    let said = gate.with("PUT", "/w", &[("npm-otp", "999999")], body.as_bytes()).unwrap();
    assert_eq!(said.status, 401);
    let said = gate.with("PUT", "/w", &[("npm-otp", "123456")], body.as_bytes()).unwrap();
    assert_eq!((said.status, registry.versions("w").len()), (201, 1), "{}", error(&said));
    let state = walkdir::WalkDir::new(gate.state()).into_iter().map(Result::unwrap);
    for file in state.filter(|entry| entry.file_type().is_file()) {
        assert!(
            !String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).contains("123456"),
            "{}",
            file.path().display()
        );
    }
}

#[test]
fn of_many_that_want_one_version_one_gets_it_and_no_dirty_one_does() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &["--in-flight", "8", "--in-flight-per-client", "8"]);
    let jobs: Vec<_> = (0..16)
        .map(|number| {
            let (url, token) = (gate.url.clone(), gate.token.clone());
            std::thread::spawn(move || {
                let tarball = if number % 2 == 0 { clean("w", "1.0.0") } else { with_sources("w", "1.0.0") };
                let body = crate::client::publication("w", "1.0.0", &tarball).to_string();
                ask(&url, "PUT", "/w", Some(&token), body.as_bytes()).status
            })
        })
        .collect();
    let mut statuses: Vec<u16> = jobs.into_iter().map(|job| job.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| *status == 403), "{statuses:?}");
    assert_eq!((registry.count(Route::Publish), registry.tarball("w", "1.0.0")), (1, Some(clean("w", "1.0.0"))));
}

#[test]
fn a_gate_that_is_to_end_finishes_what_it_began() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let hold = registry.hold(Route::Publish, 1, Moment::Received);
    let (url, token) = (gate.url.clone(), gate.token.clone());
    let body = crate::client::publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
    let client = std::thread::spawn(move || ask(&url, "PUT", "/w", Some(&token), body.as_bytes()).status);
    hold.reached();
    let ending = std::thread::spawn(move || gate.stop());
    std::thread::sleep(Duration::from_millis(300));
    hold.release();
    assert_eq!((client.join().unwrap(), ending.join().unwrap()), (201, 0));
    assert_eq!(registry.versions("w"), ["1.0.0"]);
}

#[test]
fn a_gate_that_is_killed_while_fifty_publish_loses_nothing_and_sends_nothing_twice() {
    for after in [5, 20, 35] {
        let registry = Registry::start();
        let args = &["--wait", "3", "--in-flight-per-client", "8"];
        let mut gate = Gate::before(&registry, "", args);
        let (url, token) = (gate.url.clone(), gate.token.clone());
        let next = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let jobs: Vec<_> = (0..10)
            .map(|_| {
                let (url, token, next) = (url.clone(), token.clone(), std::sync::Arc::clone(&next));
                std::thread::spawn(move || {
                    let mut told = Vec::new();
                    loop {
                        let number = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        if number >= 50 {
                            return told;
                        }
                        let name = format!("w{number}");
                        let body = crate::client::publication(&name, "1.0.0", &clean(&name, "1.0.0")).to_string();
                        let Ok(mut stream) =
                            std::net::TcpStream::connect(url.trim_start_matches("http://").trim_end_matches('/'))
                        else {
                            continue;
                        };
                        use std::io::Write as _;
                        let _ = stream.write_all(&crate::client::request(
                            "PUT",
                            &format!("/{name}"),
                            Some(&token),
                            body.as_bytes(),
                        ));
                        if crate::client::answer(&mut stream).is_some_and(|said| said.status == 201) {
                            told.push(name);
                        }
                    }
                })
            })
            .collect();
        registry.await_requests(Route::Publish, after);
        gate.kill();
        let told: Vec<String> = jobs.into_iter().flat_map(|job| job.join().unwrap()).collect();
        registry.await_quiet();
        // What a client was told is out is out.
        assert!(told.iter().all(|name| registry.versions(name) == ["1.0.0"]), "{told:?}");
        let gate = Gate::again(&gate.folder.clone(), &registry.url(), args);
        let until = std::time::Instant::now() + Duration::from_secs(60);
        loop {
            let metrics = String::from_utf8(ask(&gate.url, "GET", "/-/lastlook/metrics", None, b"").body).unwrap();
            let sent = registry.count(Route::Publish);
            let events = gate.events();
            let ended = events.iter().filter(|event| *event != "sending").count();
            if metrics.contains("lastlook_gate_open_ends 0")
                && ended >= events.iter().filter(|event| *event == "sending").count()
            {
                assert!(sent <= 50, "{sent}");
                break;
            }
            assert!(std::time::Instant::now() < until, "{:?}", gate.lines());
            std::thread::sleep(Duration::from_millis(100));
        }
        // Each was sent once at most, and what is not out yet can be sent now.
        for number in 0..50 {
            let name = format!("w{number}");
            let whole = registry
                .requests_of(Route::Publish)
                .iter()
                .filter(|request| request.complete && request.target == format!("/{name}"))
                .count();
            assert!(whole <= 1, "{name}: {whole}");
            let known = !registry.versions(&name).is_empty();
            let said = gate.publish(&name, "1.0.0", &clean(&name, "1.0.0"));
            assert_eq!(
                (said.status, registry.versions(&name).len()),
                (if known { 403 } else { 201 }, 1),
                "{name}: {}",
                error(&said)
            );
        }
    }
}
