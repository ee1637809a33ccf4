//! Every form in which source text travels, as the real tools write it; and containers that mean harm.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::make::{gzip, small_map, tgz};
use crate::run::{Audited, audit_at, audit_named, lastlook};

fn fixtures(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(part)
}

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()));
    entries.into_iter().flatten().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Audits both sides of a form, and compares what can be recovered with the originals, byte for byte.
fn check(folder: &Path, form: &Value) -> Vec<String> {
    let text = |key: &str| form[key].as_str().filter(|text| *text != "none").unwrap_or_default().to_owned();
    let (name, rule, carrier) = (text("form"), text("rule"), text("carrier"));
    let own = folder.join(&name);
    let mut wrong = Vec::new();
    let clean = audit_at(&own, "clean", &[]);
    if rule.is_empty() {
        if clean.code != 0 {
            wrong.push(format!("{name}: the near miss gives {:?}", clean.findings()));
        }
        return wrong;
    }
    let hit = audit_at(&own, "hit", &[]);
    if !hit.has(&rule) {
        wrong.push(format!("{name}: {rule} is not among {:?}", hit.rules()));
    }
    // What is odd about an archive is odd whatever it holds.
    let missed = if rule.starts_with("archive/") { "map/embedded-sources" } else { &rule };
    if clean.has(missed) {
        wrong.push(format!("{name}: the near miss gives {missed}"));
    }
    let carriers: Vec<&Value> = hit.artifact()["maps"].as_array().unwrap().iter().map(|map| &map["carrier"]).collect();
    if !carrier.is_empty() && !carriers.iter().any(|have| **have == carrier.as_str()) {
        wrong.push(format!("{name}: no carrier is {carrier:?}: {carriers:?}"));
    }
    let originals = files(&own.join("original"));
    if rule == "archive/unsupported" || originals.is_empty() {
        return wrong;
    }
    let out = tempfile::tempdir().unwrap();
    let into = out.path().join("out");
    lastlook(&own, &["recover", "hit", "-o", into.to_str().unwrap()]);
    let recovered: BTreeSet<Vec<u8>> = files(&into).iter().map(|path| std::fs::read(path).unwrap()).collect();
    for original in originals {
        if !recovered.contains(&std::fs::read(&original).unwrap()) {
            wrong.push(format!("{name}: {} did not come back", original.display()));
        }
    }
    wrong
}

#[test]
fn every_form_is_found_and_comes_back_byte_for_byte() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for part in ["forms", "binaries"] {
        let folder = fixtures(part);
        let table: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("forms.json")).unwrap()).unwrap();
        count += table.len();
        wrong.extend(table.iter().flat_map(|form| check(&folder, form)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 160, "{count} forms");
}

fn zip(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, body) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(body).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const DEFLATED: zip::CompressionMethod = zip::CompressionMethod::Deflated;
const STORED: zip::CompressionMethod = zip::CompressionMethod::Stored;

fn rows(audited: &Audited) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let inside = |map: &Value| map["inside"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("!");
    let maps = audited.artifact()["maps"].as_array().unwrap();
    maps.iter().map(|map| (text(&map["path"]), inside(map), text(&map["carrier"]))).collect()
}

#[test]
fn places_lead_through_every_container() {
    let map = small_map("deep");
    let inner = tgz([("dist/cli.js.map", &map[..])]);
    let zipped = zip(&[("a/inner.tgz", &inner), ("a/plain.map", &map)], DEFLATED);
    let loose = tgz([("x/one.map", &map[..]), ("y/two.map", &map[..])]);
    let outer = tgz([
        ("package.json", &b"{\"name\":\"outer\"}"[..]),
        ("dist/old.zip", &zipped),
        ("dist/loose.tgz", &loose),
        ("dist/app.js", b"1;\n//# sourceMappingURL=app.js.map\n"),
        ("dist/app.js.map.gz", &gzip(&map)),
    ]);
    let audited = audit_named("pkg.tgz", &outer, &[]);
    let row = |path: &str, inside: &str, carrier: &str| (path.to_owned(), inside.to_owned(), carrier.to_owned());
    let mut got = rows(&audited);
    got.sort();
    assert_eq!(
        got,
        [
            row("dist/app.js.map.gz", "app.js.map", "compressed"),
            row("dist/loose.tgz", "x/one.map", "file"),
            row("dist/loose.tgz", "y/two.map", "file"),
            row("dist/old.zip", "a/inner.tgz!dist/cli.js.map", "file"),
            row("dist/old.zip", "a/plain.map", "file"),
        ]
    );
    // The reference is served by the packed map; a package.json deeper inside names nothing.
    assert!(!audited.has("map/dangling"), "{:?}", audited.findings());
    assert_eq!(audited.artifact()["unpacked"]["files"], 5);
    assert_eq!(audited.artifact()["package"]["name"], "outer");
}

#[test]
fn other_containers_are_artifacts_too() {
    let map = small_map("top");
    for (name, bytes, kind, path) in [
        ("ext.vsix", zip(&[("extension/a.js.map", &map)], DEFLATED), "zip", "extension/a.js.map"),
        ("page.zip", zip(&[("a.js.map", &map)], STORED), "zip", "a.js.map"),
        ("a.js.map.gz", gzip(&map), "gz", "a.js.map"),
    ] {
        let audited = audit_named(name, &bytes, &[]);
        assert_eq!((audited.code, audited.artifact()["kind"].as_str()), (1, Some(kind)), "{name}");
        assert_eq!(rows(&audited)[0].0, path);
    }
    let asar = fixtures("binaries/asar/hit");
    let audited = audit_at(&asar, "app.asar", &[]);
    assert_eq!(audited.artifact()["kind"], "asar");
    let paths: BTreeSet<String> = rows(&audited).into_iter().map(|row| row.0).collect();
    assert_eq!(paths, ["app.asar.unpacked/native.js.map".to_owned(), "app.js.map".to_owned()].into());
    // What stands beside it and was not given is not clear.
    let alone = audit_named("app.asar", &std::fs::read(asar.join("app.asar")).unwrap(), &[]);
    assert_eq!(alone.code, 2);
}

/// Wraps `bytes` in archives of one file each.
fn wrapped(bytes: Vec<u8>, depth: u32, wrap: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    (0..depth).fold(bytes, |inner, _| wrap(&inner))
}

#[test]
fn bombs_end_soon_and_say_so() {
    let zeros = vec![0; 10_000_000];
    let packed = gzip(&zeros);
    let names: Vec<String> = (0..512).map(|n| format!("{n}.gz")).collect();
    let many = || tgz(names.iter().map(|name| (name.as_str(), &packed[..])));
    let members: Vec<(String, &[u8])> = (0..512).map(|n| (n.to_string(), &zeros[..])).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, body)| (name.as_str(), *body)).collect();
    let bombs = [
        ("tgz", "many.tgz", wrapped(many(), 3, &|inner| tgz([("inner.tgz", inner)]))),
        ("gz", "many.gz", wrapped(many(), 3, &|inner| gzip(inner))),
        ("zip", "many.zip", wrapped(zip(&members[..32], DEFLATED), 3, &|inner| zip(&[("inner.zip", inner)], DEFLATED))),
        ("quine", "quine.zip", std::fs::read(fixtures("binaries/bombs/quine.zip")).unwrap()),
        ("overlap", "quoted.zip", std::fs::read(fixtures("binaries/zip-overlap/hit/quoted.zip")).unwrap()),
    ];
    for (what, name, bytes) in bombs {
        let started = Instant::now();
        let audited = audit_named(name, &bytes, &["--profile", "open"]);
        let took = started.elapsed();
        assert_eq!(audited.code, 2, "{what}");
        assert!(audited.has("archive/limit"), "{what}: {:?}", audited.rules());
        // Two seconds is what a release build is held to; this one may be slow, and beside others.
        assert!(took < Duration::from_secs(20), "{what} took {took:?}");
    }
}

#[test]
fn the_budget_ends_at_the_same_place_on_any_number_of_threads() {
    let bodies: Vec<Vec<u8>> = (0..60).map(|n| gzip(&vec![b'a' + (n % 26) as u8; 40_000])).collect();
    let names: Vec<String> = (0..60).map(|n| format!("{n}.txt.gz")).collect();
    let artifact = tgz(names.iter().map(String::as_str).zip(bodies.iter().map(Vec::as_slice)));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pkg.tgz"), artifact).unwrap();
    std::fs::write(folder.path().join("lastlook.toml"), "[limits]\nunpacked = \"1 MiB\"\n").unwrap();
    let run = |threads: &str| lastlook(folder.path(), &["audit", "pkg.tgz", "--format", "json", "--threads", threads]);
    let first = run("1");
    assert_eq!(first.status.code(), Some(2));
    for threads in ["1", "2", "2", "7", "16"] {
        assert_eq!(run(threads).stdout, first.stdout, "{threads} threads");
    }
}

/// Our reading of sound archives is that of a well-kept crate.
#[test]
fn sound_zips_are_read_as_others_read_them() {
    for method in [STORED, DEFLATED] {
        let bodies: Vec<(String, Vec<u8>)> =
            (0..40).map(|n: u8| (format!("d{}/f{n}.js", n % 3), vec![n; usize::from(n) * 97])).collect();
        let members: Vec<(&str, &[u8])> = bodies.iter().map(|(name, body)| (name.as_str(), body.as_slice())).collect();
        let bytes = zip(&members, method);
        let audited = audit_named("a.zip", &bytes, &[]);
        let mut reader = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        let theirs: u64 = (0..reader.len()).map(|n| reader.by_index(n).unwrap().size()).sum();
        assert_eq!(audited.artifact()["unpacked"]["files"], reader.len());
        assert_eq!(audited.artifact()["unpacked"]["bytes"], theirs);
        assert_eq!((audited.code, audited.rules().len()), (0, 0), "{:?}", audited.findings());
    }
}

#[test]
fn what_can_not_be_opened_is_accepted_by_its_hash_alone_and_never_for_the_artifact_itself() {
    let seven = b"7z\xbc\xaf\x27\x1c and so on";
    let hash: String = <sha2::Sha256 as sha2::Digest>::digest(seven).iter().map(|b| format!("{b:02x}")).collect();
    let policy = |path: &str| {
        format!(
            "[[allow]]\nrule = \"archive/unsupported\"\npath = \"{path}\"\nreason = \"fonts\"\nsha256 = \"{hash}\"\n"
        )
    };
    let inner = zip(&[("x.7z", seven)], DEFLATED);
    let package = tgz([("a.7z", &seven[..])]);
    let deeper = tgz([("b.zip", &inner[..])]);
    for (name, bytes, path, code) in [
        ("pkg.tgz", &package[..], "a.7z", 0),
        ("pkg.tgz", &deeper, "b.zip!x.7z", 0),
        ("pkg.tgz", &deeper, "c.zip!x.7z", 2),
        ("a.7z", seven, "a.7z", 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        std::fs::write(folder.path().join("lastlook.toml"), policy(path)).unwrap();
        assert_eq!(audit_at(folder.path(), name, &[]).code, code, "{name} {path}");
    }
}

#[test]
fn a_map_whose_sources_ship_says_so() {
    let source = b"export const a = 1; // shipped\n";
    let map = serde_json::json!({
        "version": 3, "sources": ["../src/a.ts"], "sourcesContent": [std::str::from_utf8(source).unwrap()], "names": [], "mappings": "AAAA",
    });
    let bare = serde_json::json!({ "version": 3, "sources": ["../src/a.ts"], "names": [], "mappings": "AAAA" });
    let (map, bare) = (map.to_string(), bare.to_string());
    let artifact =
        tgz([("dist/a.js.map", map.as_bytes()), ("dist/b.js.map", bare.as_bytes()), ("src/a.ts", &source[..])]);
    let audited = audit_named("pkg.tgz", &artifact, &[]);
    let findings = audited.artifact()["findings"].as_array().unwrap();
    for rule in ["map/embedded-sources", "map/source-paths"] {
        let finding = findings.iter().find(|finding| finding["rule"] == rule).unwrap();
        assert!(finding["message"].as_str().unwrap().contains("ship"), "{finding}");
    }
    assert_eq!(audited.exposure("shipped"), 1);
}

#[test]
fn source_beside_a_build_is_raw_source_whatever_its_language() {
    let built = tgz([
        ("dist/index.js", &b"1"[..]),
        ("src/index.js", b"// why\nexport default 1"),
        ("src/deep/b.js", b"// more\nexport default 2"),
    ]);
    let raw: Vec<String> = audit_named("pkg.tgz", &built, &[])
        .findings()
        .into_iter()
        .filter_map(|(rule, path)| (rule == "source/raw").then_some(path))
        .collect();
    assert_eq!(raw, ["src/deep/b.js", "src/index.js"]);
    let plain = tgz([("index.js", &b"1"[..]), ("src/index.js", b"2")]);
    assert!(!audit_named("pkg.tgz", &plain, &[]).has("source/raw"));
}

/// The same content at two paths: what one path decides must not be remembered for the other.
#[test]
fn raw_source_is_found_beside_a_copy_under_another_name() {
    let text = format!(
        "export const a: number = 1; // {}\n//# sourceMappingURL=data:application/json,{{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"\"}}\n",
        "x".repeat(5000)
    );
    for (first, second) in [("lib/a.js", "lib/b.ts"), ("lib/a.ts", "lib/b.js"), ("lib/a.d.ts", "lib/b.ts")] {
        let audited = audit_named("pkg.tgz", &tgz([(first, text.as_bytes()), (second, text.as_bytes())]), &[]);
        let raw: Vec<String> = audited.findings().into_iter().filter(|f| f.0 == "source/raw").map(|f| f.1).collect();
        assert_eq!(raw.len(), 1, "{first} {second}");
        assert!(raw[0].ends_with(".ts") && !raw[0].ends_with(".d.ts"), "{raw:?}");
    }
}

#[test]
fn bytes_that_two_readers_read_differently_are_read_both_ways() {
    let map = small_map("twice");
    // A zip archive in the extra field of a gzip stream, which its comment covers.
    let mut zipped = zip(&[("a.js.map", &map)], DEFLATED);
    let mut rest = vec![b'n', 0];
    rest.extend(&gzip(b"harmless")[10..]);
    let len = u16::try_from(rest.len()).unwrap().to_le_bytes();
    let end = zipped.len() - 2;
    zipped[end..].copy_from_slice(&len);
    let mut odd = vec![0x1f, 0x8b, 8, 4 | 8, 0, 0, 0, 0, 0, 3];
    odd.extend(u16::try_from(zipped.len()).unwrap().to_le_bytes());
    odd.extend(&zipped);
    odd.extend(&rest);
    for (name, bytes) in [("notes.txt.gz", odd.clone()), ("pkg.tgz", tgz([("notes.txt.gz", &odd[..])]))] {
        let audited = audit_named(name, &bytes, &[]);
        assert_eq!((audited.code, audited.maps().len()), (2, 1), "{name}: {:?}", audited.findings());
    }
    // Two bytes make any file look like UTF-16.
    let wide = [&b"a\0b\0"[..], &map].concat();
    assert!(audit_named("x.bin", &wide, &[]).has("map/embedded-sources"));
}

#[test]
fn what_a_packer_left_and_can_not_be_read_is_not_clear() {
    let sound = std::fs::read(fixtures("binaries/bun-exe/hit/app")).unwrap();
    let mark = memchr::memmem::rfind(&sound, b"\n---- Bun! ----\n").unwrap();
    let number = |at: usize| u32::from_le_bytes(sound[at..at + 4].try_into().unwrap()) as usize;
    let data = mark - 32 - number(mark - 32);
    let map = data + number(data + number(mark - 24) + 16);
    for count in [0_u32, 7, u32::MAX] {
        let mut broken = sound.clone();
        broken[map..map + 4].copy_from_slice(&count.to_le_bytes());
        let audited = audit_named("app", &broken, &["--profile", "open"]);
        assert_eq!(audited.code, 2, "{count}: {:?}", audited.findings());
    }
    // A second graph behind the first takes nothing from it.
    let doubled = [&sound[..], &sound[data..]].concat();
    assert!(audit_named("app", &doubled, &[]).has("map/embedded-sources"));
}

#[test]
fn packed_files_are_found_behind_scripts_and_programs() {
    let map = small_map("behind");
    let packed = gzip(&map);
    let script = [&b"#!/bin/sh\ntail -n +3 $0 | gunzip\nexit\n"[..], &packed].concat();
    let program = [&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0][..], &[0; 200], &packed, &[0; 9]].concat();
    let spread = [&[0; 40][..], &zip(&[("a.js.map", &map)], DEFLATED), &vec![7; 100_000]].concat();
    for (name, bytes) in [("install.run", script), ("setup", program), ("blob.bin", spread)] {
        let audited = audit_named(name, &bytes, &[]);
        assert!(audited.has("map/embedded-sources"), "{name}: {:?}", audited.findings());
    }
}
