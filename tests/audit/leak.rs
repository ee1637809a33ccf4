//! The size of the well-known leak, and reports that are the same on any number of threads.

use base64::Engine as _;
use sha2::Digest as _;

use crate::make;
use crate::run::{audit, audit_named, lastlook};

#[test]
fn the_well_known_leak_is_counted_exactly() {
    let seen = audit(&make::leak());
    assert_eq!(seen.code, 1);
    let exposure = &seen.artifact()["exposure"];
    assert_eq!(
        (
            exposure["maps"].as_u64(),
            exposure["sources"].as_u64(),
            exposure["embedded"].as_u64(),
            exposure["lines"].as_u64()
        ),
        (Some(1), Some(2000), Some(2000), Some(512_000))
    );
    assert_eq!((seen.exposure("unique"), seen.exposure("third_party"), seen.exposure("shipped")), (1990, 400, 0));
    assert_eq!(
        seen.exposure("bytes"),
        (0..2000).map(|n| make::source(if n >= 1990 { n - 1990 } else { n }, 256).len() as u64).sum::<u64>()
    );
    assert!(seen.has("map/embedded-sources"));
}

#[test]
fn reports_are_the_same_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<(String, Vec<u8>)> =
        vec![("package.json".into(), br#"{"name":"a","version":"1.0.0"}"#.to_vec())];
    for number in 0..300 {
        let text = make::source(number, 20);
        files.push((
            format!("dist/{number}.js"),
            format!("{text}//# sourceMappingURL={}.js.map\n", number + number % 3).into_bytes(),
        ));
        files.push((format!("dist/{number}.js.map"), make::small_map(&text)));
        files.push((format!("test/{}.env", number % 7), text.into_bytes()));
    }
    files.push(("dist/big.map".into(), make::map(300, 100_000)));
    let tar = make::tgz(files.iter().map(|(name, body)| (name.as_str(), &body[..])));
    std::fs::write(folder.path().join("pkg.tgz"), tar).unwrap();
    std::fs::write(folder.path().join("other.tgz"), make::tgz([("a.js.map", &make::small_map("x")[..])])).unwrap();
    let report = |threads: &str| {
        let args = ["audit", "pkg.tgz", "other.tgz", "pkg.tgz", "--format", "json", "--threads", threads];
        lastlook(folder.path(), &args).stdout
    };
    let first = report("1");
    assert!(first.len() > 10_000);
    for _ in 0..20 {
        for threads in ["1", "2", "16"] {
            assert!(report(threads) == first, "another report on {threads} threads");
        }
    }
}

/// What a plain reader makes of well-formed packages, as a second opinion.
#[test]
fn counts_agree_with_plain_readers() {
    let map = make::map(50, 0);
    let bytes = make::tgz([("package.json", &b"{}"[..]), ("a.js.map", &map), ("lib/b.js", b"b()\n")]);
    let seen = audit(&bytes);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
    let sizes: Vec<u64> = archive.entries().unwrap().map(|entry| entry.unwrap().size()).collect();
    assert_eq!(seen.artifact()["unpacked"]["files"], sizes.len());
    assert_eq!(seen.artifact()["unpacked"]["bytes"], sizes.iter().sum::<u64>());
    let parsed = sourcemap::SourceMap::from_slice(&map).unwrap();
    let texts: Vec<&str> = (0..parsed.get_source_count()).filter_map(|at| parsed.get_source_contents(at)).collect();
    assert_eq!(seen.exposure("sources"), u64::from(parsed.get_source_count()));
    assert_eq!(seen.exposure("embedded"), texts.len() as u64);
    assert_eq!(seen.exposure("bytes"), texts.iter().map(|text| text.len() as u64).sum::<u64>());
    assert_eq!(seen.exposure("lines"), texts.iter().map(|text| text.lines().count() as u64).sum::<u64>());
}

#[test]
fn the_sample_is_what_the_fixtures_make() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sample/acme-cli-1.4.0.tgz");
    let made = make::sample();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(std::fs::read(&path).unwrap() == made, "run with UPDATE=1 and look at the difference");
}

/// Files above what is held in memory are read in pieces, and hashed as they are read.
#[test]
fn large_files_are_read_in_pieces_with_the_same_result() {
    let filler = vec![b'a'; 66 << 20];
    let files = [
        ("package.json", &br#"{"name":"large","version":"1.0.0"}"#[..]),
        ("big.txt", &filler),
        ("a.js.map", &make::small_map("text")),
    ];
    let tar = make::tar(files.into_iter().map(|(name, body)| (format!("package/{name}"), body)));
    let seen = audit_named("large.tar", &tar, &[]);
    assert_eq!(
        (seen.code, seen.maps(), seen.artifact()["unpacked"]["files"].as_u64()),
        (1, vec!["a.js.map".to_owned()], Some(3))
    );
    let sha512 = base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(&tar));
    assert_eq!(seen.artifact()["integrity"], format!("sha512-{sha512}"));
    assert_eq!(seen.artifact()["package"]["name"], "large");
    // An odd one is swept from the file again.
    let odd = [tar, make::archive(&[make::Raw::file("package/hidden.map", &make::small_map("x"))])].concat();
    let seen = audit_named("large.tar", &odd, &[]);
    assert_eq!((seen.code, seen.maps().len(), seen.has("archive/trailing-bytes")), (1, 2, true));
    let single = audit_named("large.txt", &filler, &[]);
    assert_eq!((single.code, single.artifact()["kind"].as_str()), (0, Some("file")));
}

/// A large file that is audited alone is read and inflated before its policy is known.
#[test]
fn what_is_read_ahead_is_judged_as_what_is_not() {
    let noise: Vec<u8> = {
        let mut dice = make::Dice::new(7);
        (0..400_000).flat_map(|_| dice.next().to_le_bytes()).collect()
    };
    let map = make::map(20, 40);
    let sound = make::tgz([
        ("package.json", &b"{\"name\":\"a\",\"version\":\"1.0.0\"}"[..]),
        ("noise", &noise),
        ("a.js.map", &map),
    ]);
    let end = sound.len();
    let with = |at: usize, bytes: &[u8]| {
        let mut odd = sound.clone();
        odd[at..at + bytes.len()].copy_from_slice(bytes);
        odd
    };
    let cases = [
        ("sound", sound.clone()),
        ("another checksum", with(end - 8, &[1, 2, 3, 4])),
        ("said to be empty", with(end - 4, &[0; 4])),
        ("said to be longer", with(end - 4, &50_000_000_u32.to_le_bytes())),
        ("said to be larger than anything", with(end - 4, &[0xff; 4])),
        ("cut off", sound[..end - 100_000].to_vec()),
        ("more behind it", [&sound[..], &[0x55; 3000]].concat()),
        ("two members", [&sound[..], &make::gzip(&noise)].concat()),
        ("no gzip", [&noise[..], &map].concat()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("small.tgz"), make::tgz([("a", &b"a"[..])])).unwrap();
    for policy in ["", "[limits]\nunpacked = \"1 MiB\"\n", "[limits]\nentries = 1\n"] {
        std::fs::write(at("lastlook.toml"), policy).unwrap();
        for (what, bytes) in &cases {
            assert!(bytes.len() > 1 << 20, "{what}");
            std::fs::write(at("pkg.tgz"), bytes).unwrap();
            let judged = |names: &[&str]| {
                let args = [&["audit", "--format", "json"], names].concat();
                let output = lastlook(folder.path(), &args);
                let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                report["artifacts"][0].clone()
            };
            let alone = judged(&["pkg.tgz"]);
            assert_eq!(alone, judged(&["pkg.tgz", "small.tgz"]), "{what}, {policy:?}");
            assert_ne!(alone["verdict"], "clear", "{what}, {policy:?}");
        }
    }
}
