//! What is sent: the cleared bytes, and a document that we built.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::desk::{Desk, NAME, VERSION};
use crate::packages::{clean, package};
use crate::registry::{Registry, Request, Route, integrity, shasum};

/// The document that is to arrive for a package whose manifest a registry shows as `manifest`.
fn document(desk: &Desk, tarball: &[u8], tag: &str, access: Value, mut manifest: Value) -> Value {
    let (name, version) = (manifest["name"].clone(), manifest["version"].clone());
    let (name, version) = (name.as_str().unwrap(), version.as_str().unwrap());
    let file = format!("{name}-{version}.tgz");
    manifest["_id"] = json!(format!("{name}@{version}"));
    manifest["dist"] = json!({
        "integrity": integrity(tarball), "shasum": shasum(tarball),
        "tarball": format!("{}{name}/-/{file}", desk.registry.url()),
    });
    let mut document = json!({
        "_id": name, "name": name, "dist-tags": { tag: version }, "access": access, "versions": { version: manifest },
        "_attachments": { file: {
            "content_type": "application/octet-stream", "data": STANDARD.encode(tarball), "length": tarball.len(),
        } },
    });
    if let Some(text) = document["versions"][version].get("description").cloned() {
        document["description"] = text;
    }
    document
}

#[track_caller]
fn the_write(desk: &Desk) -> Request {
    let mut writes = desk.registry.requests_of(Route::Publish);
    assert_eq!(writes.len(), 1);
    writes.pop().unwrap()
}

#[test]
fn the_document_is_built_from_the_cleared_bytes() {
    let desk = Desk::new();
    let tarball = clean(NAME, VERSION);
    let ran = desk.publish();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let write = the_write(&desk);
    let manifest = json!({
        "name": NAME, "version": VERSION, "main": "index.js", "license": "MIT", "description": "adds two numbers",
        "readme": "# It adds\n", "readmeFilename": "README.md",
    });
    assert_eq!(write.json(), document(&desk, &tarball, "latest", Value::Null, manifest));
    assert_eq!((write.method.as_str(), write.target.as_str()), ("PUT", "/widget"));
    let mut headers: Vec<(String, String)> =
        write.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    headers.sort();
    let wanted = [
        ("accept", "application/json".to_owned()),
        ("accept-encoding", "identity".to_owned()),
        ("authorization", format!("Bearer {}", desk.registry.token())),
        ("content-length", write.body.len().to_string()),
        ("content-type", "application/json".to_owned()),
        ("host", desk.registry.url().trim_start_matches("http://").trim_end_matches('/').to_owned()),
        ("npm-auth-type", "web".to_owned()),
        ("npm-command", "publish".to_owned()),
        ("user-agent", concat!("lastlook/", env!("CARGO_PKG_VERSION")).to_owned()),
    ];
    assert_eq!(headers, wanted.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(desk.registry.tarball(NAME, VERSION).unwrap(), tarball);
    assert_eq!(desk.registry.tags(NAME), [("latest".to_owned(), VERSION.to_owned())].into());
}

#[test]
fn only_the_write_of_an_open_package_carries_the_token() {
    let desk = Desk::new();
    desk.registry.put(NAME, "0.9.0", &clean(NAME, "0.9.0"));
    assert_eq!(desk.publish().code, Some(0));
    for request in desk.registry.requests() {
        let carries = request.header("authorization").is_some();
        assert_eq!(carries, request.route == Route::Publish, "{} {}", request.method, request.target);
        assert_eq!((request.header("npm-otp"), request.complete), (None, true));
    }
    let asked: Vec<Route> = desk.registry.requests().iter().map(|request| request.route).collect();
    assert_eq!(asked, [Route::Packument, Route::Publish, Route::Packument, Route::Tarball]);
}

#[test]
fn the_journal_says_what_was_sent_before_it_was() {
    let desk = Desk::new();
    let receipts = desk.place.folder().join("receipts.jsonl");
    let hold = desk.registry.hold(Route::Publish, 1, crate::registry::Moment::Head);
    let running = desk.publishing(&["--timeout", "20"]).arg("--receipt").arg(&receipts).spawn();
    hold.reached();
    let lines = desk.journal();
    assert_eq!(desk.events(), ["sending"]);
    hold.release();
    let ran = desk.told_nobody(running.end());
    assert_eq!((ran.code, desk.events()), (Some(0), ["sending", "accepted", "published"].map(str::to_owned).to_vec()));
    let tarball = clean(NAME, VERSION);
    for (line, event) in lines.iter().chain(&desk.journal()).zip(["sending", "sending", "accepted", "published"]) {
        let mut line = line.clone();
        let time = line["time"].take();
        assert!(time.as_str().is_some_and(|time| time.ends_with('Z')), "{time}");
        let policy = line["policy"].take();
        assert!(policy.as_str().is_some_and(|policy| policy.len() > 20), "{policy}");
        let wanted = json!({
            "schema": "lastlook.receipt/1", "time": null, "event": event, "registry": desk.registry.url(),
            "name": NAME, "version": VERSION, "integrity": integrity(&tarball), "size": tarball.len(),
            "tag": "latest", "staged": false, "policy": null, "tool": concat!("lastlook/", env!("CARGO_PKG_VERSION")),
        });
        assert_eq!(line, wanted);
    }
    let receipt: Value = serde_json::from_slice(&std::fs::read(receipts).unwrap()).unwrap();
    assert_eq!(Some(&receipt), desk.journal().last());
}

#[test]
fn tag_access_and_scope_are_as_they_were_asked_for() {
    let name = "@acme/widget";
    for (extra, words, tag, access) in [
        (json!({}), &[][..], "latest", Value::Null),
        (json!({}), &["--tag", "next", "--access", "public"], "next", json!("public")),
        (json!({ "publishConfig": { "tag": "beta", "access": "restricted" } }), &[], "beta", json!("restricted")),
        (json!({ "publishConfig": { "tag": "beta", "access": "public" } }), &["--tag", "rc"], "rc", json!("public")),
    ] {
        let desk = Desk::at(Registry::under("/repository/npm"));
        let tarball = package(name, VERSION, extra.clone(), &[("index.js", "exports.a = 1;\n")]);
        let file = desk.write(&tarball);
        let ran = desk.told_nobody(desk.run(&[&["publish"], words].concat()).arg(file).run());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let write = the_write(&desk);
        assert_eq!(write.target, "/repository/npm/@acme%2fwidget");
        let mut manifest = json!({ "name": name, "version": VERSION });
        manifest.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(write.json(), document(&desk, &tarball, tag, access, manifest));
    }
}

#[test]
fn what_a_packer_left_in_package_json_is_not_sent() {
    let desk = Desk::new();
    let extra = json!({
        "_resolved": "/home/somebody/secret-project/widget.tgz", "_from": "file:widget.tgz", "_integrity": "sha512-x",
        "dist": { "tarball": "http://elsewhere.invalid/x.tgz" }, "_id": "other@9.9.9", "bin": "./cli.js",
        "scripts": { "postinstall": "echo" }, "files": ["cli.js"], "own": { "kept": [1, 2.5, null] },
    });
    let tarball = package(NAME, VERSION, extra, &[("cli.js", "#!/usr/bin/env node\n")]);
    let file = desk.write(&tarball);
    let ran = desk.told_nobody(desk.run(&["publish"]).arg(file).run());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let manifest = json!({
        "name": NAME, "version": VERSION, "bin": { "widget": "cli.js" }, "scripts": { "postinstall": "echo" },
        "files": ["cli.js"], "own": { "kept": [1, 2.5, null] },
    });
    assert_eq!(the_write(&desk).json(), document(&desk, &tarball, "latest", Value::Null, manifest));
    assert!(!String::from_utf8_lossy(&the_write(&desk).raw).contains("secret-project"));
}

#[test]
fn a_package_json_that_says_two_things_is_not_sent() {
    for twice in [r#""version":"1.0.0","version":"1.0.1""#, r#""version":"1.0.0","bin":{"a":"x","a":"y"}"#] {
        let desk = Desk::new();
        let text = format!("{{\"name\":\"widget\",{twice}}}");
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, "package/package.json", text.as_bytes()).unwrap();
        let file = desk.write(&tar.into_inner().unwrap().finish().unwrap());
        let ran = desk.told_nobody(desk.run(&["publish"]).arg(file).run());
        assert_eq!((ran.code, desk.registry.requests().len(), desk.events()), (Some(2), 0, vec![]), "{ran:?}");
        assert!(ran.stderr.contains("comes twice") || ran.stdout.contains("twice"), "{ran:?}");
    }
}
