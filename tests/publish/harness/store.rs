//! The registry of our own is one.

use serde_json::{Value, json};

use crate::client::{ask, publication};
use crate::packages::clean;
use crate::registry::{Answer, Registry, Route, integrity};

const NAME: &str = "@acme/widget";

fn put(registry: &Registry, body: &Value) -> u16 {
    let token = registry.token();
    ask(&registry.url(), "PUT", "/@acme%2fwidget", Some(&token), body.to_string().as_bytes()).status
}

#[test]
fn what_is_published_is_read_back() {
    let registry = Registry::start();
    let (url, tarball) = (registry.url(), clean(NAME, "1.0.0"));
    assert_eq!(ask(&url, "GET", "/@acme%2fwidget", None, b"").status, 404);
    assert_eq!(put(&registry, &publication(NAME, "1.0.0", &tarball)), 201);
    for target in ["/@acme%2fwidget", "/@acme%2Fwidget", "/@acme/widget", "/%40acme%2fwidget?write=true"] {
        let said = ask(&url, "GET", target, None, b"");
        let dist = &said.json()["versions"]["1.0.0"]["dist"];
        assert_eq!(dist["integrity"], integrity(&tarball), "{target}");
        let address = dist["tarball"].as_str().unwrap();
        let target = address.strip_prefix(url.trim_end_matches('/')).unwrap();
        assert_eq!(target, "/@acme/widget/-/widget-1.0.0.tgz");
        assert_eq!(ask(&url, "GET", target, None, b"").body, tarball);
    }
    assert_eq!(ask(&url, "GET", "/@acme%2fwidget/latest", None, b"").json()["version"], "1.0.0");
    assert_eq!(registry.packument(NAME).unwrap()["dist-tags"], json!({ "latest": "1.0.0" }));
    assert_eq!(registry.tarball(NAME, "1.0.0").unwrap(), tarball);
    assert_eq!(put(&registry, &publication(NAME, "1.0.0", &tarball)), 403);
    registry.conflict(Answer::error(409, "this package is already present"));
    assert_eq!(put(&registry, &publication(NAME, "1.0.0", &tarball)), 409);
    assert_eq!(registry.versions(NAME), ["1.0.0"]);
    assert_eq!(ask(&url, "GET", "/-/ping", None, b"").status, 200);
    assert_eq!(ask(&url, "DELETE", "/@acme%2fwidget/-rev/1", Some(&registry.token()), b"").status, 404);
    assert_eq!((registry.count(Route::Publish), registry.count(Route::Other)), (3, 1));
}

#[test]
fn a_body_that_contradicts_itself_is_refused() {
    let registry = Registry::start();
    let good = publication(NAME, "1.0.0", &clean(NAME, "1.0.0"));
    let file = "@acme/widget-1.0.0.tgz";
    let changes: [fn(&mut Value); 9] = [
        |body| body["name"] = json!("@acme/other"),
        |body| body["versions"]["2.0.0"] = json!({}),
        |body| body["versions"]["1.0.0"]["version"] = json!("1.0.1"),
        |body| body["versions"]["1.0.0"]["dist"]["integrity"] = json!(integrity(b"other")),
        |body| body["versions"]["1.0.0"]["dist"]["shasum"] = json!("00"),
        |body| body["dist-tags"] = json!({ "latest": "2.0.0" }),
        |body| body["_attachments"]["x.tgz"] = json!({ "data": "", "length": 0 }),
        |body| body["access"] = json!("secret"),
        |body| body["_attachments"] = json!({}),
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut body = good.clone();
        change(&mut body);
        assert_eq!(put(&registry, &body), 400, "change {place}");
    }
    for (key, value) in [("length", json!(1)), ("data", json!("no base64!"))] {
        let mut body = good.clone();
        body["_attachments"][file][key] = value;
        assert_eq!(put(&registry, &body), 400, "{key}");
    }
    assert_eq!(registry.packument(NAME), None);
    let mut body = good;
    let bundle = json!({ "content_type": "application/json", "data": "{}", "length": 2 });
    body["_attachments"]["@acme/widget-1.0.0.sigstore"] = bundle;
    assert_eq!(put(&registry, &body), 201);
    assert_eq!(registry.bundles(NAME, "1.0.0")["@acme/widget-1.0.0.sigstore"], "{}");
}

#[test]
fn a_stage_waits_for_a_person() {
    let registry = Registry::start();
    let (url, token, tarball) = (registry.url(), registry.token(), clean(NAME, "1.0.0"));
    let body = publication(NAME, "1.0.0", &tarball).to_string();
    let stage = || ask(&url, "POST", "/-/stage/package/@acme%2fwidget", Some(&token), body.as_bytes()).json();
    let ids: Vec<Value> = (0..3).map(|_| stage()["stageId"].clone()).collect();
    let id = ids[0].as_str().unwrap();
    let ask = |method: &str, target: &str| ask(&url, method, target, Some(&token), b"");
    let view = ask("GET", &format!("/-/stage/{id}")).json();
    assert_eq!((&view["packageName"], &view["version"]), (&json!(NAME), &json!("1.0.0")));
    assert_eq!((&view["integrity"], &view["tag"]), (&json!(integrity(&tarball)), &json!("latest")));
    assert_eq!(ask("GET", &format!("/-/stage/{id}/tarball")).body, tarball);
    assert_eq!(ask("GET", "/-/stage?page=0&perPage=100").json()["total"], 3);
    assert_eq!(ask("GET", "/-/stage?page=1&perPage=2").json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(registry.versions(NAME), [""; 0]);
    assert_eq!(ask("POST", &format!("/-/stage/{id}/approve")).status, 200);
    assert_eq!(registry.versions(NAME), ["1.0.0"]);
    assert_eq!(ask("GET", &format!("/-/stage/{id}")).status, 404);
    assert_eq!(registry.approve(ids[1].as_str().unwrap()), 403);
    assert_eq!(ask("DELETE", &format!("/-/stage/{}", ids[1].as_str().unwrap())).status, 200);
    assert_eq!(registry.staged().len(), 1);
    assert_eq!((registry.reject(ids[2].as_str().unwrap()), registry.staged().len()), (200, 0));
}

#[test]
fn tags_are_set_and_removed_and_versions_come_late() {
    let registry = Registry::start();
    let (url, token) = (registry.url(), registry.token());
    registry.put(NAME, "1.0.0", &clean(NAME, "1.0.0"));
    registry.late(2);
    registry.put(NAME, "1.1.0", &clean(NAME, "1.1.0"));
    let latest = || ask(&url, "GET", "/@acme%2fwidget", None, b"").json()["dist-tags"].clone();
    assert_eq!([latest(), latest(), latest()], [json!({}), json!({}), json!({ "latest": "1.1.0" })]);
    let target = "/-/package/@acme%2fwidget/dist-tags/next";
    let tag = |method: &str, body: &[u8]| ask(&url, method, target, Some(&token), body).status;
    assert_eq!((tag("PUT", b"\"1.0.0\""), tag("PUT", b"\"3.0.0\"")), (201, 404));
    assert_eq!(registry.tags(NAME)["next"], "1.0.0");
    assert_eq!((tag("DELETE", b""), tag("DELETE", b"")), (200, 404));
    let tags = ask(&url, "GET", "/-/package/@acme%2fwidget/dist-tags", None, b"").json();
    assert_eq!(tags, json!({ "latest": "1.1.0" }));
}
