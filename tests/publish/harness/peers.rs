//! The registry of others, the packages and the runs.

use std::time::Duration;

use crate::client::{ask, publication};
use crate::packages::{clean, secret, secret_id, with_secret, with_sources};
use crate::registry::Registry;
use crate::run::{NOBODY, Place};
use crate::verdaccio::Verdaccio;

#[test]
fn the_registry_of_others_answers_and_is_gone_when_it_is_dropped() {
    let Some(verdaccio) = Verdaccio::start() else { return };
    let (url, token) = (verdaccio.url().to_owned(), verdaccio.token().to_owned());
    assert_eq!(ask(&url, "GET", "/-/ping", None, b"").status, 200);
    assert_eq!(ask(&url, "GET", "/-/whoami", Some(&token), b"").json()["username"], "tester");
    assert_ne!(verdaccio.user("other"), token);
    assert!(verdaccio.log().contains("/-/whoami"));
    let folder = verdaccio.storage();
    drop(verdaccio);
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert!(std::net::TcpStream::connect(address).is_err() && !folder.exists());
}

#[test]
fn both_registries_take_the_same_body() {
    let Some(verdaccio) = Verdaccio::shared() else { return };
    let again = Verdaccio::shared().unwrap();
    assert_eq!(again.url(), verdaccio.url());
    let registry = Registry::start();
    let tarball = clean("@acme/both", "1.0.0");
    let body = publication("@acme/both", "1.0.0", &tarball).to_string();
    for (url, token) in [(registry.url(), registry.token()), (verdaccio.url().into(), verdaccio.token().into())] {
        assert_eq!(ask(&url, "PUT", "/@acme%2fboth", Some(&token), body.as_bytes()).status, 201);
        let address = "/@acme/both/-/both-1.0.0.tgz";
        let packument = ask(&url, "GET", "/@acme%2fboth", None, b"").json();
        assert!(packument["versions"]["1.0.0"]["dist"]["tarball"].as_str().unwrap().ends_with(address));
        assert_eq!(ask(&url, "GET", address, None, b"").body, tarball);
    }
    assert_eq!(std::fs::read(verdaccio.storage().join("@acme/both/both-1.0.0.tgz")).unwrap(), tarball);
}

#[test]
fn the_clean_package_is_clean_and_the_others_are_not() {
    let place = Place::new();
    for (tarball, code, rule) in [
        (clean("@acme/w", "1.0.0"), 0, ""),
        (with_sources("@acme/w", "1.0.0"), 1, "map/"),
        (with_secret("@acme/w", "1.0.0"), 1, "secret/"),
    ] {
        let file = place.write("w.tgz", &tarball);
        let ran = place.lastlook(&["audit"]).arg(file).run();
        assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(rule) && !ran.stdout.contains(&secret()), "{}", ran.stdout);
    }
    assert_eq!((secret_id().len(), secret().len()), (20, 40));
}

#[test]
fn a_run_has_its_own_place_and_its_end_is_told() {
    let place = Place::new();
    let ran = place.lastlook(&["--version"]).env("X", "y").folder(place.home()).limit(Duration::from_secs(20)).run();
    assert_eq!((ran.code, ran.signal), (Some(0), None));
    assert!(ran.stdout.starts_with("lastlook ") && ran.stderr.is_empty(), "{ran:?}");
    let secret = place.write_home(".npmrc", "x=y\n");
    assert!(secret.starts_with(place.home()) && place.state().starts_with(place.home()));
    let ran = place.lastlook(&["--no-such-option"]).stdin("never read").run();
    assert!(ran.code != Some(0) && !ran.stderr.is_empty(), "{ran:?}");
    let folder = place.folder();
    drop(place);
    assert!(!folder.exists());
}

#[test]
fn a_run_can_be_killed() {
    let place = Place::new();
    let mut running = place.lastlook(&["init", "--help"]).spawn();
    running.child.wait().unwrap();
    assert_eq!(running.end().code, Some(0));
    let ran = place.lastlook(&["--help"]).spawn().kill();
    assert!(ran.signal == Some(9) || ran.code == Some(0), "{ran:?}");
}

#[test]
fn another_user_runs_it_too() {
    let place = Place::new();
    let file = place.write("w.tgz", clean("w", "1.0.0"));
    let Some(run) = place.lastlook(&["audit"]).arg(&file).as_user(NOBODY) else { return };
    let ran = run.run();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // What is not in the place stays closed to that user.
    let elsewhere = Place::new();
    let closed = elsewhere.write_home("w.tgz", clean("w", "1.0.0"));
    let ran = place.lastlook(&["audit"]).arg(closed).as_user(NOBODY).unwrap().run();
    assert!(ran.code != Some(0) && ran.stdout.contains("Permission denied"), "{ran:?}");
}
