//! Identities: what is asked, of whom, and with what.

use std::cell::RefCell;

use super::*;

/// Answers with what it is given, and keeps what was asked.
struct Fake {
    answers: RefCell<Vec<(u16, &'static str)>>,
    asked: RefCell<Vec<(String, String, String)>>,
}

impl Fake {
    fn new(answers: &[(u16, &'static str)]) -> Self {
        let answers = answers.iter().rev().copied().collect();
        Self { answers: RefCell::new(answers), asked: RefCell::default() }
    }
}

impl Ask for Fake {
    fn ask(&self, method: &str, url: &str, authorization: HeaderValue) -> Result<(u16, Vec<u8>), String> {
        assert!(authorization.is_sensitive());
        let authorization = authorization.to_str().unwrap().to_owned();
        self.asked.borrow_mut().push((method.to_owned(), url.to_owned(), authorization.clone()));
        let answer = self.answers.borrow_mut().pop();
        let (status, body) = answer.ok_or_else(|| format!("no connection with {authorization}"))?;
        Ok((status, body.as_bytes().to_vec()))
    }
}

fn github(url: &str) -> Identity {
    let vault = Vault::of(&[
        ("GITHUB_ACTIONS", "true"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
    ]);
    Identity::found(&vault).unwrap().unwrap()
}

fn registry() -> Registry {
    Registry::parse("https://r.example:8443/npm/").unwrap()
}

#[test]
fn github_is_asked_for_an_identity_and_the_registry_for_a_token() {
    for (url, whole) in [
        ("https://i.example/token?v=1", "https://i.example/token?v=1&audience=npm%3ar.example"),
        ("http://127.0.0.1:9/token", "http://127.0.0.1:9/token?audience=npm%3ar.example"),
    ] {
        let fake = Fake::new(&[(200, r#"{"value":"id-token"}"#), (201, r#"{"token":"short-lived"}"#)]);
        let credential = github(url).exchange("@acme/w", &registry(), &fake).unwrap();
        assert_eq!(credential.header("https://r.example:8443/npm/@acme%2fw").unwrap(), "Bearer short-lived");
        assert_eq!(credential.source(), "trusted publishing (GitHub Actions)");
        let exchange = "https://r.example:8443/npm/-/npm/v1/oidc/token/exchange/package/@acme%2fw";
        let row = |method: &str, url: &str, value: &str| (method.to_owned(), url.to_owned(), value.to_owned());
        let asked = [row("GET", whole, "Bearer request-token"), row("POST", exchange, "Bearer id-token")];
        assert_eq!(*fake.asked.borrow(), asked);
    }
}

#[test]
fn the_request_token_is_sent_to_no_odd_address() {
    for url in ["http://i.example/", "https://u@i.example/", "i.example", "https://i.example/#x", "file:///x"] {
        let fake = Fake::new(&[]);
        let error = github(url).exchange("w", &registry(), &fake).unwrap_err();
        assert!(matches!(error, CredentialError::RequestUrl), "{url}");
        assert!(fake.asked.borrow().is_empty());
    }
    let open = Registry::parse("http://r.example/").unwrap();
    let error = github("https://i.example/").exchange("w", &open, &Fake::new(&[])).unwrap_err();
    assert!(matches!(error, CredentialError::Insecure { .. }));
}

#[test]
fn a_refusal_says_what_to_do_and_tells_no_token() {
    let fake = Fake::new(&[(200, r#"{"value":"id-token"}"#), (404, "{\"message\":\"no\\nid%2Dtoken\"}")]);
    let error = github("https://i.example/").exchange("w", &registry(), &fake).unwrap_err().to_string();
    assert_eq!(
        error,
        "https://r.example:8443/npm/ gives w no token for the identity of this job (it answers 404: no [credential]); \
         set up this workflow as a trusted publisher of the package there, or publish with a token"
    );
    let error = github("https://i.example/").exchange("w", &registry(), &Fake::new(&[])).unwrap_err().to_string();
    assert!(error.contains("no connection with Bearer [credential]"), "{error}");
}

#[test]
fn a_ready_token_goes_only_to_whom_it_is_made_for() {
    let made = |claims: &str| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
    let found =
        |service, token: &str| Identity::found(&Vault::of(&[(service, "true"), ("NPM_ID_TOKEN", token)])).unwrap();
    for claims in [r#"{"aud":"npm:r.example"}"#, r#"{"aud":["x","npm:r.example"]}"#] {
        for service in ["GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI"] {
            let fake = Fake::new(&[(200, r#"{"token":"short-lived"}"#)]);
            let identity = found(service, &made(claims)).unwrap();
            assert!(identity.exchange("w", &registry(), &fake).is_ok());
            assert_eq!(fake.asked.borrow().len(), 1);
        }
    }
    for token in [made(r#"{"aud":"npm:s.example"}"#), made("{}"), "opaque".to_owned()] {
        let error = found("GITLAB_CI", &token).unwrap().exchange("w", &registry(), &Fake::new(&[])).unwrap_err();
        assert!(matches!(error, CredentialError::Audience { .. }));
    }
    assert!(found("JENKINS_URL", "t").is_none());
    assert!(Identity::found(&Vault::of(&[("GITHUB_ACTIONS", "true")])).unwrap().is_none());
}
