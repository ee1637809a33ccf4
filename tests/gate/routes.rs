//! Ways around the gate that begin with a method, a path, a header: none of them reaches the registry.

use serde_json::json;

use crate::client::{ask, publication, try_ask};
use crate::desk::{Gate, error, lastlook, untouched};
use crate::packages::{clean, with_sources};
use crate::registry::{Registry, Route};

#[test]
fn a_name_that_is_written_in_another_way_is_refused() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let body = publication("@acme/w", "1.0.0", &clean("@acme/w", "1.0.0")).to_string();
    for target in [
        "/%40acme%2fw",
        "/@acme%252fw",
        "//@acme%2fw",
        "/./@acme%2fw",
        "/@acme%2fw/",
        "/@acme%2fw?x=1",
        "/x/../@acme%2fw",
        "http://elsewhere.example/@acme%2fw",
        "/@acme%2fw%00",
        "/@acme%5cw",
        "/-/@acme%2fw",
        "/@acme%2fw/-rev",
        "/@acme%2fw/1.0.0",
        "*",
        "/@ACME%2fw%2f..",
    ] {
        let said = ask(&gate.url, "PUT", target, Some(&gate.token), body.as_bytes());
        assert!(matches!(said.status, 400 | 403), "{target}: {}", said.head);
    }
    // One that is another package: the document says so.
    for target in ["/w", "/@acme%2fW", "/@acme%2fwidget"] {
        let said = ask(&gate.url, "PUT", target, Some(&gate.token), body.as_bytes());
        assert_eq!(said.status, 403, "{target}");
        assert!(error(&said).contains("its name is another one"), "{target}: {}", error(&said));
    }
    untouched(&registry, "names");
    // Who is named as the host is of no account.
    let said = gate.with("PUT", "/@acme%2fw", &[("x-forwarded-host", "elsewhere.example")], body.as_bytes()).unwrap();
    assert_eq!(said.status, 201, "{}", said.head);
    assert!(
        registry
            .requests()
            .iter()
            .all(|request| request.header("host") == Some(&registry.url()[7..registry.url().len() - 1]))
    );
}

#[test]
fn what_is_not_on_the_list_is_refused_and_causes_nothing() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let body = publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
    for (method, target) in [
        ("POST", "/w"),
        ("PATCH", "/w"),
        ("MKCOL", "/w"),
        ("put", "/w"),
        ("PUT", "/-/w"),
        ("PUT", "/w/latest"),
        ("DELETE", "/w"),
        ("PUT", "/-/user/org.couchdb.user:x"),
        ("POST", "/-/v1/login"),
        ("POST", "/-/npm/v1/user"),
        ("POST", "/-/npm/v1/security/advisories/bulk"),
        ("POST", "/-/npm/v1/oidc/token/exchange/package/w"),
        ("PUT", "/_users/x"),
        ("POST", "/-/stage/package/w/x"),
        ("POST", "/-/all"),
        ("CONNECT", "w:443"),
        ("TRACE", "/w"),
        // On the list, and denied where the policy says nothing.
        ("PUT", "/w/-rev/1-x"),
        ("DELETE", "/w/-rev/1-x"),
        ("DELETE", "/w/-/w-1.0.0.tgz/-rev/1-x"),
        ("PUT", "/-/package/w/dist-tags/latest"),
        ("DELETE", "/-/package/w/dist-tags/latest"),
        ("POST", "/-/package/w/access"),
        ("POST", "/-/package/w/trust"),
        ("DELETE", "/-/package/w/trust/1"),
        ("POST", "/-/npm/v1/tokens"),
        ("DELETE", "/-/npm/v1/tokens/token/x"),
        ("PUT", "/-/org/acme/user"),
        ("PUT", "/-/team/acme/x/user"),
        ("DELETE", "/-/stage/abc"),
    ] {
        let said = try_ask(&gate.url, method, target, Some(&gate.token), body.as_bytes());
        let status = said.map_or(403, |said| said.status);
        assert!(matches!(status, 400 | 403), "{method} {target}: {status}");
    }
    // Stars, deprecations, and a document that is for nothing.
    for body in [
        json!({"_id": "w", "users": {"x": true}}),
        json!({"_id": "w", "versions": {"1.0.0": {"deprecated": "x"}}}),
        json!({}),
    ] {
        assert_eq!(gate.ask("PUT", "/w", body.to_string().as_bytes()).status, 403, "{body}");
    }
    // A method in a header is none.
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        assert_eq!(gate.with("POST", "/w", &[(header, "PUT")], body.as_bytes()).unwrap().status, 403, "{header}");
    }
    // Reads of what belongs to the account alone.
    for target in ["/-/npm/v1/tokens", "/-/npm/v1/user", "/-/npm/v1/profile", "/-/org/acme/user", "/-/all"] {
        assert_eq!(gate.ask("GET", target, b"").status, 404, "{target}");
    }
    untouched(&registry, "routes");
}

#[test]
fn nobody_without_a_token_writes_and_none_of_ours_leaves() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let body = publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
    for token in [None, Some("wrong"), Some(""), Some(registry.token().as_str())] {
        let said = ask(&gate.url, "PUT", "/w", token, body.as_bytes());
        assert_eq!(said.status, 401, "{token:?}");
        assert!(error(&said).contains("lastlook gate token add"), "{}", error(&said));
    }
    untouched(&registry, "tokens");
    assert_eq!(gate.publish("w", "1.0.0", &clean("w", "1.0.0")).status, 201);
    // Reads of clients go up as anybody's, whoever asks; and the client's own token never does.
    let before = registry.requests().len();
    for target in ["/w", "/w/1.0.0", "/w/-/w-1.0.0.tgz", "/-/package/w/dist-tags", "/nothing"] {
        gate.ask("GET", target, b"");
    }
    for (number, request) in registry.requests().into_iter().enumerate() {
        let given = request.header("authorization");
        assert!(number < before || given.is_none(), "{} {}: {given:?}", request.method, request.target);
        assert!(!String::from_utf8_lossy(&request.raw).contains(&gate.token), "{}", request.target);
    }
    // Nor is the registry's token anywhere that clients or people see.
    let token = registry.token();
    let state = walkdir::WalkDir::new(gate.state()).into_iter().map(Result::unwrap);
    for file in state.filter(|entry| entry.file_type().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&token) && !text.contains(&gate.token), "{}", file.path().display());
    }
    let environment = std::fs::read(format!("/proc/{}/environ", gate.id().as_raw_nonzero())).unwrap_or_default();
    let line = std::fs::read(format!("/proc/{}/cmdline", gate.id().as_raw_nonzero())).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&[environment, line].concat()).contains(&token));
    // One that was taken away opens nothing any more.
    let state = gate.state().display().to_string();
    assert_eq!(lastlook(&["gate", "token", "remove", "ci", "--state", &state]).0, 0);
    assert_eq!(gate.publish("w", "1.0.1", &clean("w", "1.0.1")).status, 401);
}

#[test]
fn headers_of_a_client_go_no_further() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let body = publication("w", "1.0.0", &clean("w", "1.0.0")).to_string();
    let canary = "canary-4711";
    let headers = [
        ("user-agent", canary),
        ("npm-session", canary),
        ("referer", canary),
        ("cookie", canary),
        ("x-forwarded-for", canary),
        ("npm-command", canary),
        ("accept", canary),
        ("npm-otp", "123456"),
        ("x-api-key", canary),
        ("npm-scope", canary),
    ];
    assert_eq!(gate.with("PUT", "/w", &headers, body.as_bytes()).unwrap().status, 201);
    for request in registry.requests() {
        assert!(!String::from_utf8_lossy(&request.raw).contains(canary), "{}", String::from_utf8_lossy(&request.raw));
        let otp = if request.method == "PUT" { Some("123456") } else { None };
        assert_eq!(request.header("npm-otp"), otp);
    }
    for (otp, status) in [("12 34", 400), (&*"1".repeat(300), 400)] {
        assert_eq!(gate.with("PUT", "/w", &[("npm-otp", otp)], body.as_bytes()).unwrap().status, status, "{otp}");
    }
}

#[test]
fn a_stage_is_audited_when_it_is_made_and_when_it_is_approved() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let stage = |url: &str, token: &str, version: &str, tarball: &[u8]| {
        let body = publication("w", version, tarball).to_string();
        ask(url, "POST", "/-/stage/package/w", Some(token), body.as_bytes())
    };
    assert_eq!(stage(&gate.url, &gate.token, "1.0.0", &with_sources("w", "1.0.0")).status, 403);
    untouched(&registry, "a stage");
    let said = stage(&gate.url, &gate.token, "1.0.0", &clean("w", "1.0.0"));
    assert_eq!(said.status, 201, "{}", said.head);
    let id = said.json()["stageId"].as_str().unwrap().to_owned();
    assert_eq!((registry.staged().len(), registry.versions("w")), (1, vec![]));
    let said = gate.ask("POST", &format!("/-/stage/{id}/approve"), b"");
    assert_eq!((said.status, registry.versions("w")), (201, vec!["1.0.0".to_owned()]), "{}", said.head);
    // One that was staged elsewhere is read again.
    let said = stage(&registry.url(), &registry.token(), "1.0.1", &with_sources("w", "1.0.1"));
    let id = said.json()["stageId"].as_str().unwrap().to_owned();
    let said = gate.ask("POST", &format!("/-/stage/{id}/approve"), b"");
    assert_eq!((said.status, registry.versions("w").len()), (403, 1));
    assert!(error(&said).contains("map/embedded-sources"), "{}", error(&said));
    assert_eq!(registry.count(Route::StageApprove), 1);
}
