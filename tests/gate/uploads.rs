//! Ways around the gate that begin with the body of a publication: what can be read in two ways is refused.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::client::{connect, publication, request};
use crate::desk::{Gate, drain, error, untouched};
use crate::packages::{clean, package, secret, secret_id, with_secret, with_sources};
use crate::registry::{Registry, integrity, shasum};

fn good() -> Value {
    publication("w", "1.0.0", &clean("w", "1.0.0"))
}

/// The good one, changed at one place.
fn with(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = good();
    change(&mut body);
    body.to_string().into_bytes()
}

#[test]
fn what_says_two_things_is_refused_before_anything_is_sent() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let dirty = with_sources("w", "1.0.0");
    let data = |bytes: &[u8]| Value::from(STANDARD.encode(bytes));
    let text = good().to_string();
    let attachment = json!({"data": data(&dirty), "length": dirty.len(), "content_type": "application/octet-stream"});
    let twice = |first: &str| text.replacen('{', &format!("{{\"_attachments\":{first},"), 1).into_bytes();
    let file = "w-1.0.0.tgz";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "a clean hash beside a dirty tarball",
            with(|body| body["_attachments"][file]["data"] = data(&dirty)),
            "another length",
        ),
        ("the same, with its length", with(|body| body["_attachments"][file] = attachment.clone()), "integrity"),
        ("attachments twice, the dirty one first", twice(&json!({file: attachment}).to_string()), "comes twice"),
        (
            "attachments twice, the dirty one last",
            text.replacen("\"_attachments\":", "\"_attachments\":{},\"_attachments\":", 1).into_bytes(),
            "comes twice",
        ),
        (
            "a file twice",
            text.replacen(&format!("\"{file}\":"), &format!("\"{file}\":{attachment},\"{file}\":"), 1).into_bytes(),
            "comes twice",
        ),
        ("two tarballs", with(|body| body["_attachments"]["other.tgz"] = attachment.clone()), "is called"),
        (
            "two tarballs of two versions",
            with(|body| body["_attachments"]["w-1.0.1.tgz"] = attachment.clone()),
            "is called",
        ),
        ("two versions", with(|body| body["versions"]["1.0.1"] = body["versions"]["1.0.0"].clone()), "2 versions"),
        (
            "base64 for addresses",
            with(|body| {
                body["_attachments"][file]["data"] =
                    Value::from(STANDARD.encode(clean("w", "1.0.0")).replace('+', "-").replace('/', "_"))
            }),
            "no base64",
        ),
        (
            "base64 without its end",
            with(|body| {
                body["_attachments"][file]["data"] =
                    Value::from(STANDARD.encode(clean("w", "1.0.0")).trim_end_matches('=').to_owned() + "A")
            }),
            "no base64",
        ),
        (
            "base64 in lines",
            with(|body| {
                let data = body["_attachments"][file]["data"].as_str().unwrap().to_owned();
                body["_attachments"][file]["data"] = Value::from(data[..76].to_owned() + "\n" + &data[76..]);
            }),
            "no base64",
        ),
        ("a length that is another", with(|body| body["_attachments"][file]["length"] = json!(1)), "another length"),
        (
            "another version in the manifest",
            with(|body| body["versions"]["1.0.0"]["version"] = json!("1.0.1")),
            "another version",
        ),
        ("another name", with(|body| body["name"] = json!("x")), "its name is another one"),
        (
            "another version in the tarball",
            publication("w", "1.0.0", &clean("w", "1.0.1")).to_string().into_bytes(),
            "is that of w@1.0.1",
        ),
        (
            "another name in the tarball",
            publication("w", "1.0.0", &clean("x", "1.0.0")).to_string().into_bytes(),
            "is that of x@1.0.0",
        ),
        (
            "another letter that looks the same",
            publication("w", "1.0.0", &clean("ԝ", "1.0.0")).to_string().into_bytes(),
            "",
        ),
        (
            "another case",
            publication("w", "1.0.0", &clean("W", "1.0.0")).to_string().into_bytes(),
            "is that of W@1.0.0",
        ),
        ("a mark before it", [b"\xef\xbb\xbf", text.as_bytes()].concat(), "can not be read"),
        (
            "no UTF-8",
            text.replace("add", "\u{1}")
                .into_bytes()
                .into_iter()
                .map(|byte| if byte == 1 { 0xff } else { byte })
                .chain([b' ', 0xff])
                .collect(),
            "can not be read",
        ),
        ("a second document", [text.as_bytes(), text.as_bytes()].concat(), "can not be read"),
        (
            "a provenance that is a tarball",
            with(|body| {
                body["_attachments"]["w-1.0.0.sigstore"] = json!({"data": STANDARD.encode(&dirty), "length": 1})
            }),
            "",
        ),
        (
            "a provenance that is a tarball, with its length",
            with(|body| {
                let data = STANDARD.encode(&dirty);
                body["_attachments"]["w-1.0.0.sigstore"] = json!({"data": data, "length": data.len()});
            }),
            "",
        ),
        ("a tag that is a version", with(|body| body["dist-tags"] = json!({"1.0.0": "1.0.0"})), ""),
        ("no tag", with(|body| body["dist-tags"] = json!({})), "dist-tags"),
        ("a leak", publication("w", "1.0.0", &dirty).to_string().into_bytes(), "map/embedded-sources"),
        ("a secret", publication("w", "1.0.0", &with_secret("w", "1.0.0")).to_string().into_bytes(), "secret/"),
        ("nothing", Vec::new(), ""),
        ("a list", b"[]".to_vec(), "no object"),
    ];
    for (what, body, why) in cases {
        let said = gate.with("PUT", "/w", &[], &body).unwrap_or_else(|| panic!("{what}"));
        assert!(matches!(said.status, 403 | 415), "{what}: {}", said.head);
        assert!(error(&said).contains(why), "{what}: {}", error(&said));
        assert!(!String::from_utf8_lossy(&said.body).contains(&secret()), "{what}");
    }
    untouched(&registry, "bodies");
    assert_eq!(gate.publish("w", "1.0.0", &clean("w", "1.0.0")).status, 201);
}

#[test]
fn a_body_that_is_packed_or_framed_in_two_ways_is_refused() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &["--max-body", "1000000", "--idle-timeout", "2", "--head-timeout", "2"]);
    let text = good().to_string();
    let pack = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let once = pack(text.as_bytes());
    for (label, body) in [
        ("gzip", &once),
        ("gzip, gzip", &pack(&once)),
        ("gzip", &text.clone().into_bytes()),
        ("br", &once),
        ("identity", &once),
        ("gzip", &pack(&vec![b' '; 50_000_000])),
    ] {
        let said = gate.with("PUT", "/w", &[("content-encoding", label)], body).unwrap();
        assert_eq!(said.status, 415, "{label}");
    }
    // A type that makes others read it in another way.
    let plain = request("PUT", "/w", Some(&gate.token), text.as_bytes());
    for kind in ["text/plain", "application/octet-stream", "multipart/form-data; boundary=x"] {
        let bytes = String::from_utf8_lossy(&plain).replacen("application/json", kind, 1);
        assert_eq!(gate.raw(bytes.as_bytes()).unwrap().status, 415, "{kind}");
    }
    let head = |more: &str| {
        format!(
            "PUT /w HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\nconnection: close\r\n{more}\r\n",
            gate.token
        )
    };
    let refused = |bytes: &[u8], what: &str| {
        let said = gate.raw(bytes);
        assert!(said.as_ref().is_none_or(|said| (400..500).contains(&said.status)), "{what}: {said:?}");
    };
    // Two lengths; a length with a sign; pieces that lie.
    let pieces = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    refused(
        format!("{}{text}", head(&format!("content-length: {}\r\ncontent-length: 5\r\n", text.len()))).as_bytes(),
        "two lengths",
    );
    refused(format!("{}{text}", head(&format!("content-length: +{}\r\n", text.len()))).as_bytes(), "a sign");
    refused(format!("{}{pieces}", head("transfer-encoding: gzip, chunked\r\n")).as_bytes(), "packed pieces");
    refused(format!("{}zz\r\n{text}", head("transfer-encoding: chunked\r\n")).as_bytes(), "no number");
    // Too long, said and unsaid; cut; slow; two tokens; a head that is too long.
    refused(format!("{}{text}", head("content-length: 2000000\r\n")).as_bytes(), "too long");
    refused(
        format!(
            "{}{}",
            head("transfer-encoding: chunked\r\n"),
            format!("10000\r\n{}\r\n", " ".repeat(0x10000)).repeat(20)
        )
        .as_bytes(),
        "too long in pieces",
    );
    refused(format!("{}{}", head(&format!("content-length: {}\r\n", text.len())), &text[..100]).as_bytes(), "cut");
    refused(
        format!("{}{text}", head(&format!("authorization: Bearer x\r\ncontent-length: {}\r\n", text.len()))).as_bytes(),
        "two tokens",
    );
    refused(
        format!("{}{text}", head(&format!("x: {}\r\ncontent-length: {}\r\n", "x".repeat(200_000), text.len())))
            .as_bytes(),
        "a long head",
    );
    let started = std::time::Instant::now();
    let mut slow = connect(&gate.url);
    slow.write_all(head(&format!("content-length: {}\r\n", text.len())).as_bytes()).unwrap();
    slow.write_all(&text.as_bytes()[..50]).unwrap();
    let said = String::from_utf8_lossy(&drain(&mut slow)).into_owned();
    assert!(said.starts_with("HTTP/1.1 400") && started.elapsed().as_secs() < 20, "{said}");
    untouched(&registry, "frames");
    // A second request behind a first that is good is one of its own, and judged like any other.
    let dirty = publication("w", "1.0.1", &with_sources("w", "1.0.1")).to_string();
    let one = |text: &str, end: &str| {
        format!(
            "PUT /w HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{end}\r\n{text}",
            gate.token,
            text.len()
        )
    };
    let mut stream = connect(&gate.url);
    stream.write_all(format!("{}{}", one(&text, ""), one(&dirty, "connection: close\r\n")).as_bytes()).unwrap();
    let said = String::from_utf8_lossy(&drain(&mut stream)).into_owned();
    assert!(said.contains("HTTP/1.1 201") && said.contains("HTTP/1.1 403"), "{said}");
    assert_eq!(registry.versions("w"), ["1.0.0"]);
    // With a length and in pieces, the pieces count; what the length would cut off or add is a request of its own.
    let third = publication("w", "1.0.2", &clean("w", "1.0.2")).to_string();
    let pieces = format!("{:x}\r\n{third}\r\n0\r\n\r\n", third.len());
    let both = head(&format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", pieces.len() + dirty.len()));
    gate.raw(format!("{both}{pieces}{}", one(&dirty, "")).as_bytes());
    assert_eq!(registry.versions("w"), ["1.0.0", "1.0.2"]);
}

#[test]
fn what_only_the_document_says_is_never_sent() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let tarball = clean("w", "1.0.0");
    let leak = format!("key {} {}", secret_id(), secret());
    let body = with(|body| {
        body["readme"] = json!(leak);
        body["description"] = json!(leak);
        body["canary"] = json!(leak);
        body["__proto__"] = json!({"x": leak});
        body["time"] = json!({"1.0.0": leak});
        let manifest = &mut body["versions"]["1.0.0"];
        for key in
            ["readme", "scripts", "description", "_from", "_resolved", "gitHead", "canary", "__proto__", "constructor"]
        {
            manifest[key] = json!(leak);
        }
        manifest["scripts"] = json!({"postinstall": "canary"});
        manifest["dependencies"] = json!({"canary": "1.0.0"});
        manifest["dist"]["tarball"] = json!("http://canary.example/w.tgz");
        body["_attachments"]["w-1.0.0.tgz"]["canary"] = json!(leak);
    });
    let said = gate.ask("PUT", "/w", &body);
    assert_eq!(said.status, 201, "{}", error(&said));
    for request in registry.requests() {
        let text = String::from_utf8_lossy(&request.raw).into_owned();
        assert!(!text.contains(&secret()) && !text.contains("canary"), "{text:.2000}");
    }
    let shown = registry.packument("w").unwrap();
    let dist = &shown["versions"]["1.0.0"]["dist"];
    assert_eq!(
        (dist["integrity"].as_str(), dist["shasum"].as_str()),
        (Some(&*integrity(&tarball)), Some(&*shasum(&tarball)))
    );
    assert_eq!(shown["versions"]["1.0.0"]["description"], "adds two numbers");
    assert_eq!(registry.tarball("w", "1.0.0").unwrap(), tarball);
    // What stands in the package.json of the tarball is audited as what it will be shown as.
    let inside = package("w", "1.0.1", json!({"readme": leak}), &[]);
    let said = gate.publish("w", "1.0.1", &inside);
    assert_eq!((said.status, registry.versions("w").len()), (403, 1), "{}", error(&said));
}

#[test]
fn a_refusal_says_why_and_keeps_a_report_for_those_with_a_token() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let said = gate.publish("w", "1.0.0", &with_secret("w", "1.0.0"));
    let why = error(&said);
    assert!(why.contains("BLOCKED w 1.0.0") && why.contains("secret/"), "{why}");
    let address = why.split("Report: ").nth(1).unwrap().trim();
    let path = format!("/{}", address.splitn(4, '/').nth(3).unwrap());
    assert_eq!(crate::client::ask(&gate.url, "GET", &path, None, b"").status, 401);
    let report = gate.ask("GET", &path, b"").json();
    assert_eq!((report["schema"].as_str(), report["verdict"].as_str()), (Some("lastlook.report/1"), Some("blocked")));
    let page = gate.with("GET", &path, &[("accept", "text/html")], b"").unwrap();
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(page.head.to_lowercase().contains("text/html") && text.contains("<!doctype html"), "{text:.200}");
    assert!(!text.contains(&secret()) && !report.to_string().contains(&secret()));
    for path in [
        "/-/lastlook/reports/00000000000000000000000000000000",
        "/-/lastlook/reports/tokens",
        "/-/lastlook/reports/..%2ftokens",
    ] {
        assert_eq!(gate.ask("GET", path, b"").status, 404, "{path}");
    }
    let log = gate.log();
    let last = log.last().unwrap();
    assert_eq!(
        (last["event"].as_str(), last["client"].as_str(), last["verdict"].as_str()),
        (Some("refused"), Some("ci"), Some("blocked"))
    );
    assert!(
        last["integrity"].as_str().unwrap().starts_with("sha512-")
            && last["policy"].as_str().unwrap().starts_with("sha256:")
    );
    let metrics =
        String::from_utf8(crate::client::ask(&gate.url, "GET", "/-/lastlook/metrics", None, b"").body).unwrap();
    assert!(metrics.contains("lastlook_gate_releases_total{outcome=\"refused\"} 1"), "{metrics}");
    assert_eq!(crate::client::ask(&gate.url, "GET", "/-/lastlook/ready", None, b"").status, 200);
    untouched(&registry, "a refusal");
}
