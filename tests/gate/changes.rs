//! Changes to what is out: they follow the `[gate]` table, and are made in the gate's own words.

use serde_json::{Value, json};

use crate::client::publication;
use crate::desk::{Gate, error};
use crate::packages::{clean, with_sources};
use crate::registry::{Registry, Route};

#[test]
fn a_tag_moves_only_to_what_is_clear_today() {
    let registry = Registry::start();
    registry.put("w", "1.0.0", &clean("w", "1.0.0"));
    registry.put("w", "1.1.0", &with_sources("w", "1.1.0"));
    let set = |gate: &Gate, tag: &str, version: &Value| {
        gate.ask("PUT", &format!("/-/package/w/dist-tags/{tag}"), version.to_string().as_bytes())
    };
    let gate = Gate::before(&registry, "[gate]\ndist-tag = \"cleared\"\n", &[]);
    let said = set(&gate, "latest", &json!("1.1.0"));
    assert_eq!(said.status, 403);
    assert!(error(&said).contains("map/embedded-sources"), "{}", error(&said));
    for version in [json!("2.0.0"), json!(1), json!({"version": "1.0.0"}), json!("../x")] {
        assert_eq!(set(&gate, "stable", &version).status, 403, "{version}");
    }
    assert_eq!(registry.count(Route::TagSet), 0);
    let said = set(&gate, "stable", &json!("1.0.0"));
    assert_eq!(said.status, 201.min(said.status), "{}", said.head);
    assert_eq!(registry.tags("w")["stable"], "1.0.0");
    assert!((200..300).contains(&gate.ask("DELETE", "/-/package/w/dist-tags/stable", b"").status));
    assert!(!registry.tags("w").contains_key("stable"));
    drop(gate);
    let gate = Gate::before(&registry, "[gate]\ndist-tag = \"allow\"\n", &[]);
    assert!((200..300).contains(&set(&gate, "next", &json!("1.1.0")).status));
    let events = gate.events();
    assert_eq!(events, ["changing", "changed"]);
}

#[test]
fn a_deprecation_carries_words_and_nothing_else() {
    let registry = Registry::start();
    registry.put("w", "1.0.0", &clean("w", "1.0.0"));
    let gate = Gate::before(&registry, "[gate]\ndeprecate = \"allow\"\n", &[]);
    let mut document = registry.packument("w").unwrap();
    document["versions"]["1.0.0"]["deprecated"] = json!("use 2");
    document["versions"]["1.0.0"]["dist"]["tarball"] = json!("http://evil.example/x.tgz");
    document["versions"]["1.0.0"]["dist"]["integrity"] = json!("sha512-evil");
    document["dist-tags"]["evil"] = json!("1.0.0");
    document["readme"] = json!("evil");
    let said = gate.ask("PUT", "/w", document.to_string().as_bytes());
    let sent: Vec<_> = registry.requests_of(Route::Publish).into_iter().map(|request| request.json()).collect();
    assert_eq!(sent.len(), 1, "{} {}", said.status, String::from_utf8_lossy(&said.body));
    assert_eq!(sent[0]["versions"]["1.0.0"]["deprecated"], "use 2");
    assert!(!sent[0].to_string().contains("evil"), "{}", sent[0]);
    // One that adds a version, or brings a tarball, is something else.
    document["versions"]["1.0.1"] = json!({"name": "w", "version": "1.0.1", "deprecated": "x"});
    assert_eq!(gate.ask("PUT", "/w", document.to_string().as_bytes()).status, 403);
    document["_attachments"] = publication("w", "1.0.1", &with_sources("w", "1.0.1"))["_attachments"].clone();
    assert_eq!(gate.ask("PUT", "/w", document.to_string().as_bytes()).status, 403);
    assert_eq!(registry.requests_of(Route::Publish).len(), 1);
}

#[test]
fn a_publication_in_the_form_of_a_revision_is_none() {
    let registry = Registry::start();
    registry.put("w", "1.0.0", &clean("w", "1.0.0"));
    registry.put("w", "1.1.0", &clean("w", "1.1.0"));
    for policy in ["", "[gate]\nunpublish = \"allow\"\nowner = \"allow\"\naccess = \"allow\"\n"] {
        let gate = Gate::before(&registry, policy, &[]);
        let writes = || registry.requests().into_iter().filter(|request| request.method != "GET").count();
        let body = publication("w", "2.0.0", &with_sources("w", "2.0.0"));
        assert_eq!(gate.ask("PUT", "/w/-rev/1-x", body.to_string().as_bytes()).status, 403);
        // All of its versions, none of them, a tag that is moved beside.
        let document = registry.packument("w").unwrap();
        assert_eq!(gate.ask("PUT", "/w/-rev/1-x", document.to_string().as_bytes()).status, 403);
        let mut none = document.clone();
        none["versions"] = json!({});
        assert_eq!(gate.ask("PUT", "/w/-rev/1-x", none.to_string().as_bytes()).status, 403);
        let mut moved = document.clone();
        moved["versions"].as_object_mut().unwrap().remove("1.0.0");
        moved["dist-tags"] = json!({"latest": "1.1.0", "evil": "1.1.0"});
        assert_eq!(gate.ask("POST", "/-/package/w/access", br#"{"access":"evil"}"#).status, 403);
        assert_eq!(writes(), 0, "{policy}");
        if policy.is_empty() {
            continue;
        }
        // What may pass is built anew.
        moved["readme"] = json!("evil");
        gate.ask("PUT", "/w/-rev/1-x", moved.to_string().as_bytes());
        gate.ask(
            "PUT",
            "/w/-rev/1-x",
            br#"{"_id":"w","maintainers":[{"name":"a","email":"a@b.example","evil":1}],"evil":2}"#,
        );
        gate.ask("POST", "/-/package/w/access", br#"{"access":"restricted"}"#);
        let sent = registry.requests().into_iter().filter(|request| request.method != "GET");
        let sent: Vec<(String, String, Value)> =
            sent.map(|request| (request.method.clone(), request.target.clone(), request.json())).collect();
        assert_eq!(sent.len(), 3, "{sent:#?}");
        // Whatever the client says of tags, they stay as they are.
        assert_eq!(sent[0].2["dist-tags"], json!({"latest": "1.1.0"}));
        assert!(!format!("{sent:?}").contains("evil"), "{sent:#?}");
        assert_eq!(
            sent[1].2,
            json!({"_id": "w", "_rev": "1-x", "maintainers": [{"name": "a", "email": "a@b.example"}]})
        );
        assert_eq!(sent[2], ("POST".to_owned(), "/-/package/w/access".to_owned(), json!({"access": "restricted"})));
    }
}

#[test]
fn each_package_is_judged_by_its_own_row_and_the_policy_is_read_again_whole() {
    let registry = Registry::start();
    let policy = "profile = \"closed\"\n[[package]]\nname = \"@acme/public-*\"\nprofile = \"open\"\n";
    let gate = Gate::before(&registry, policy, &[]);
    assert_eq!(gate.publish("@acme/inner", "1.0.0", &with_sources("@acme/inner", "1.0.0")).status, 403);
    let said = gate.publish("@acme/public-x", "1.0.0", &with_sources("@acme/public-x", "1.0.0"));
    assert_eq!(said.status, 201, "{}", error(&said));
    let file = gate.folder.join("policy.toml");
    let reload = || {
        gate.signal(rustix::process::Signal::HUP);
    };
    // One that can't be read changes nothing.
    std::fs::write(&file, "profile = \"open\"\nnonsense = 1\n").unwrap();
    reload();
    let said = gate.await_line("fault");
    assert!(said["why"].as_str().unwrap().contains("nonsense"), "{said}");
    assert_eq!(gate.publish("@acme/inner", "1.0.0", &with_sources("@acme/inner", "1.0.0")).status, 403);
    std::fs::write(&file, "profile = \"open\"\n").unwrap();
    reload();
    gate.await_line("policy");
    assert_eq!(gate.publish("@acme/inner", "1.0.0", &with_sources("@acme/inner", "1.0.0")).status, 201);
    // And back: what was cleared before is not cleared by that.
    std::fs::write(&file, "profile = \"closed\"\n").unwrap();
    reload();
    gate.await_line("policy");
    assert_eq!(gate.publish("@acme/inner", "1.0.1", &with_sources("@acme/inner", "1.0.1")).status, 403);
}

#[test]
fn what_a_change_says_is_bounded_and_says_something() {
    let registry = Registry::start();
    registry.put("w", "1.0.0", &clean("w", "1.0.0"));
    let policy = "[gate]\ndist-tag = \"allow\"\ndeprecate = \"allow\"\nunpublish = \"allow\"\n";
    let gate = Gate::before(&registry, policy, &[]);
    let writes = || registry.requests().into_iter().filter(|request| request.method != "GET").count();
    // A tag that is taken for a version, and a version that is not there.
    for (tag, version) in
        [("1", "1.0.0"), ("1.0.0", "1.0.0"), ("v3", "1.0.0"), ("next", "9.9.9"), ("next", "1.0.0\"}<script>")]
    {
        let said = gate.ask("PUT", &format!("/-/package/w/dist-tags/{tag}"), json!(version).to_string().as_bytes());
        assert_eq!(said.status, 403, "{tag} {version}");
    }
    // A deprecation of nothing takes no words away.
    for body in [json!({"_id": "w", "versions": {}}), json!({"_id": "w", "versions": {"1.0.0": {}}})] {
        assert_eq!(gate.ask("PUT", "/w", body.to_string().as_bytes()).status, 403, "{body}");
    }
    // Bodies that take many times their length are left soon.
    let many = format!("{{\"a\":[{}[0]]}}", "[0],".repeat(1_500_000));
    for (method, target) in [("PUT", "/w/-rev/1-a"), ("PUT", "/w"), ("PUT", "/-/package/w/dist-tags/next")] {
        let said = gate.with(method, target, &[], many.as_bytes()).unwrap();
        assert!(matches!(said.status, 403 | 413), "{target}: {}", said.head);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", gate.id().as_raw_nonzero())).unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap().to_owned();
    let peak: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 300_000, "{peak} kB");
    assert_eq!(writes(), 0);
    // A log that was taken away is missed before anything is sent.
    std::fs::remove_file(gate.state().join("gate.jsonl")).unwrap();
    assert_eq!(gate.publish("w", "2.0.0", &clean("w", "2.0.0")).status, 403);
    assert_eq!((writes(), gate.ask("GET", "/-/lastlook/ready", b"").status), (0, 503));
}
