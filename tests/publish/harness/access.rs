//! Who may do what at the registry of our own.

use std::io::Write as _;

use crate::client::{Said, answer, ask, connect, publication, request};
use crate::packages::clean;
use crate::registry::{Otp, Registry, id_token};

const NAME: &str = "widget";

fn body(name: &str) -> Vec<u8> {
    publication(name, "1.0.0", &clean(name, "1.0.0")).to_string().into_bytes()
}

fn put(registry: &Registry, name: &str, token: Option<&str>) -> Said {
    ask(&registry.url(), "PUT", &format!("/{name}"), token, &body(name))
}

fn with_otp(registry: &Registry, otp: &str) -> Said {
    let bytes = request("PUT", &format!("/{NAME}"), Some(&registry.token()), &body(NAME));
    let text = String::from_utf8(bytes).unwrap().replacen("\r\n", &format!("\r\nnpm-otp: {otp}\r\n"), 1);
    let mut stream = connect(&registry.url());
    stream.write_all(text.as_bytes()).unwrap();
    answer(&mut stream).unwrap()
}

#[test]
fn whoever_has_no_token_writes_nothing_and_reads_nothing_restricted() {
    let registry = Registry::start();
    assert_eq!((put(&registry, NAME, None).status, put(&registry, NAME, Some("wrong")).status), (401, 401));
    let token = registry.token();
    assert_eq!(put(&registry, NAME, Some(&token)).status, 201);
    let get = |target: &str, token| ask(&registry.url(), "GET", target, token, b"").status;
    assert_eq!((get("/-/whoami", None), get("/-/whoami", Some(&token))), (401, 200));
    assert_eq!(get("/widget", None), 200);
    registry.restrict(NAME);
    for target in ["/widget", "/widget/-/widget-1.0.0.tgz"] {
        assert_eq!((get(target, None), get(target, Some(&token))), (404, 200), "{target}");
    }
}

#[test]
fn a_password_that_is_asked_for_is_wanted() {
    let registry = Registry::start();
    registry.require_otp(Otp::Code("123456".to_owned()));
    let said = put(&registry, NAME, Some(&registry.token()));
    assert!(said.status == 401 && said.head.contains("www-authenticate: OTP"), "{said:?}");
    assert_eq!((with_otp(&registry, "654321").status, with_otp(&registry, "123456").status), (401, 201));
}

#[test]
fn a_password_from_a_browser_is_waited_for() {
    let registry = Registry::start();
    registry.require_otp(Otp::Web { polls: 2, retry_after: 1 });
    let said = put(&registry, NAME, Some(&registry.token())).json();
    let url = registry.url();
    let done = said["doneUrl"].as_str().unwrap().strip_prefix(url.trim_end_matches('/')).unwrap();
    assert!(said["authUrl"].as_str().unwrap().starts_with(&url));
    let polls: Vec<Said> = (0..3).map(|_| ask(&url, "GET", done, None, b"")).collect();
    assert_eq!(polls.iter().map(|said| said.status).collect::<Vec<_>>(), [202, 202, 200]);
    assert!(polls[0].head.contains("retry-after: 1"));
    let otp = polls[2].json()["token"].as_str().unwrap().to_owned();
    assert_eq!(with_otp(&registry, &otp).status, 201);
}

#[test]
fn a_build_that_says_who_it_is_writes_its_package_only() {
    let registry = Registry::start();
    let target = "/identity?api-version=2.0&audience=npm%3A127.0.0.1";
    assert!(registry.identity_url().ends_with(target.split_once('&').unwrap().0));
    assert_eq!(ask(&registry.url(), "GET", target, None, b"").status, 401);
    let identity = ask(&registry.url(), "GET", target, Some(&registry.request_token()), b"").json();
    let exchange = |identity: &str| {
        let target = "/-/npm/v1/oidc/token/exchange/package/widget";
        ask(&registry.url(), "POST", target, Some(identity), b"")
    };
    assert_eq!(exchange(&id_token("npm:elsewhere.invalid")).status, 401);
    let said = exchange(identity["value"].as_str().unwrap());
    let token = said.json()["token"].as_str().unwrap().to_owned();
    assert_eq!((said.status, registry.issued()), (201, vec![token.clone()]));
    assert_eq!(put(&registry, "other", Some(&token)).status, 401);
    // Whoever is a build is asked for no password.
    registry.require_otp(Otp::Code("123456".to_owned()));
    assert_eq!(put(&registry, NAME, Some(&token)).status, 201);
    registry.expect_audience("npm:elsewhere.invalid");
    assert_eq!(exchange(&id_token("npm:elsewhere.invalid")).status, 201);
}
