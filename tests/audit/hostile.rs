//! Archives made to be read differently: everything that any client could install is seen and named.

use std::time::{Duration, Instant};

use crate::make::{Raw, archive, entries, gzip, manifest, record, small_map};
use crate::run::{Audited, audit, audit_named};

fn hidden(name: &str) -> Raw {
    Raw::file(name, &small_map("CANARY"))
}

/// Audits the archive of these entries: the code, a rule that must be among the findings, a map that must be seen.
#[track_caller]
fn expect(name: &str, tar: &[u8], code: i32, rule: &str, map: Option<&str>) {
    for (form, bytes) in [("tgz", gzip(tar)), ("tar", tar.to_vec())] {
        let seen = audit(&bytes);
        let all = format!("{name} as {form}: {:?} {:?} {:?}", seen.code, seen.rules(), seen.maps());
        assert_eq!(seen.code, code, "{all}");
        assert!(seen.has(rule), "{all}");
        if let Some(map) = map {
            assert!(seen.maps().iter().any(|path| path == map), "{all}");
        }
    }
}

#[track_caller]
fn expect_entries(name: &str, raws: &[Raw], code: i32, rule: &str, map: Option<&str>) {
    let all: Vec<Raw> = std::iter::once(manifest()).chain(raws.iter().cloned()).collect();
    expect(name, &archive(&all), code, rule, map);
}

#[test]
fn a_canonical_archive_is_clear() {
    let tar = archive(&[manifest(), Raw::file("package/index.js", b"x()\n")]);
    for bytes in [gzip(&tar), tar] {
        let seen = audit(&bytes);
        assert_eq!((seen.code, seen.rules()), (0, vec![]));
        assert_eq!(seen.artifact()["unpacked"], serde_json::json!({ "files": 2, "bytes": 40 }));
        assert_eq!(seen.artifact()["package"]["name"], "hostile");
    }
}

#[test]
fn entries_behind_an_end_block_are_read() {
    let mut one = entries(&[manifest()]);
    one.extend([0; 512]);
    one.extend(archive(&[hidden("package/a.map")]));
    expect("one zero block", &one, 1, "archive/trailing-bytes", Some("a.map"));
    let mut two = archive(&[manifest()]);
    two.extend(archive(&[hidden("package/a.map")]));
    expect("two zero blocks", &two, 1, "archive/trailing-bytes", Some("a.map"));
    for (raw, path) in [
        (Raw::file("package/l", b"").kind(b'2').link("/etc/passwd"), "l"),
        (Raw::file("package/C:/l", b"x").kind(b'1').link("package/b"), "l"),
    ] {
        let mut link = archive(&[manifest()]);
        link.extend(archive(&[raw]));
        let seen = audit(&gzip(&link));
        assert!(seen.findings().contains(&("archive/link".to_owned(), path.to_owned())), "{:?}", seen.findings());
    }
    let mut junk = archive(&[manifest()]);
    junk.extend(b"junk");
    expect("junk", &junk, 1, "archive/trailing-bytes", None);
}

#[test]
fn sizes_that_clients_read_differently_hide_nothing() {
    let body = small_map("CANARY");
    let len = body.len();
    for size in
        [format!("{len:#x}"), format!(" {len}"), format!("+{len}"), format!("{len}e0"), String::new(), "-1".into()]
    {
        let raws = [Raw::pax(b'x', &record("size", &size)), hidden("package/a.map")];
        expect_entries(&format!("pax size {size:?}"), &raws, 2, "archive/conflict", Some("a.map"));
    }
    let twice = [record("size", "3"), record("size", &len.to_string())].concat();
    expect_entries(
        "size twice",
        &[Raw::pax(b'x', &twice), hidden("package/a.map")],
        2,
        "archive/conflict",
        Some("a.map"),
    );
    let global = [Raw::pax(b'g', &record("size", "5")), hidden("package/a.map")];
    expect_entries("global size", &global, 2, "archive/conflict", Some("a.map"));
    let mut base256 = [0; 12];
    base256[0] = 0x81;
    base256[11] = u8::try_from(len).unwrap();
    expect_entries("base 256", &[hidden("package/a.map").put(124, &base256)], 2, "archive/conflict", Some("a.map"));
    expect_entries("negative", &[hidden("package/a.map").put(124, &[0xff; 12])], 2, "archive/conflict", None);
    expect_entries("huge", &[hidden("package/a.map").size("77777777777\0")], 2, "archive/limit", None);
    let body = archive(&[hidden("package/inner.map")]);
    for (name, raw) in [
        ("folder with a body", Raw::file("package/dir/", &body).kind(b'5')),
        ("file named like a folder", Raw::file("package/dir/", &body)),
        ("file with a link name", Raw::file("package/x", &body).link("y")),
    ] {
        expect_entries(name, &[raw], 2, "archive/conflict", Some("inner.map"));
    }
}

#[test]
fn names_that_clients_read_differently_are_all_seen() {
    let pax = |body: Vec<u8>| Raw::pax(b'x', &body);
    let twice = [record("path", "package/first.map"), record("path", "package/second.map")].concat();
    for path in ["first.map", "second.map"] {
        expect_entries("path twice", &[pax(twice.clone()), hidden("package/a")], 2, "archive/conflict", Some(path));
    }
    let inside = record("comment", "x\n21 path=package/in.map");
    for path in ["in.map", "a"] {
        expect_entries(
            "path in a comment",
            &[pax(inside.clone()), hidden("package/a")],
            2,
            "archive/conflict",
            Some(path),
        );
    }
    let long = Raw::file("././@LongLink", b"package/long.map\0").kind(b'L');
    for path in ["long.map", "pax.map"] {
        let raws = [pax(record("path", "package/pax.map")), long.clone(), hidden("package/a")];
        expect_entries("pax and long", &raws, 2, "archive/conflict", Some(path));
    }
    for path in ["prefix/a.map", "a.map"] {
        let raw = hidden("package/a.map").no_magic().put(345, b"package/prefix");
        let path = if path == "a.map" { path } else { "prefix/package/a.map" };
        expect_entries("prefix without a mark", &[raw], 2, "archive/conflict", Some(path));
    }
}

#[test]
fn sound_pax_and_long_names_are_no_finding() {
    let path = format!("package/{}/a.js", "long".repeat(40));
    let seen =
        audit(&gzip(&archive(&[manifest(), Raw::pax(b'x', &record("path", &path)), Raw::file("package/a.js", b"x")])));
    assert_eq!((seen.code, seen.rules()), (0, vec![]));
    let long = Raw::file("././@LongLink", format!("{path}\0").as_bytes()).kind(b'L').put(257, b"ustar  \0");
    let short = Raw::file(&path[..100], b"x").put(257, b"ustar  \0");
    let seen = audit(&gzip(&archive(&[manifest(), long, short])));
    assert_eq!((seen.code, seen.rules()), (0, vec![]));
}

#[test]
fn links_devices_and_escapes_are_denied_and_their_bodies_read() {
    expect_entries(
        "hard link",
        &[hidden("package/a.map").kind(b'1').link("package/b")],
        2,
        "archive/link",
        Some("a.map"),
    );
    expect_entries(
        "symbolic link",
        &[Raw::file("package/l", b"").kind(b'2').link("/etc/passwd")],
        1,
        "archive/link",
        None,
    );
    for kind in [b'3', b'4', b'6'] {
        expect_entries("device", &[Raw::file("package/d", b"").kind(kind)], 1, "archive/device", None);
    }
    for name in ["package/../../a.map", "/package/a.map", "../a.map"] {
        expect_entries(name, &[hidden(name)], 1, "archive/escape", None);
    }
    expect_entries("climbs by backslash", &[hidden("package\\..\\a.map/x")], 2, "archive/escape", None);
    for kind in [b'7', b'S', b'V', b'D', b'A', b'Z'] {
        expect_entries("odd kind", &[hidden("package/a.map").kind(kind)], 2, "archive/conflict", Some("a.map"));
    }
}

#[test]
fn twins_are_a_note_and_duplicates_are_not() {
    let twin = [Raw::file("package/./a.js", b"x"), Raw::file("package/a.js", b"x")];
    let seen = audit(&gzip(&archive(&[&[manifest()], &twin[..]].concat())));
    assert_eq!((seen.code, seen.rules()), (0, vec!["archive/twin".to_owned()]));
    assert_eq!(seen.artifact()["unpacked"]["files"], 2);
    let other = [Raw::file("package/a.js", b"x"), Raw::file("package/a.js", b"yy")];
    expect_entries("duplicate", &other, 1, "archive/duplicate", None);
}

#[test]
fn collisions_are_reported_at_each_path() {
    for (one, two) in [("A.js", "a.js"), ("caf\u{e9}.js", "cafe\u{301}.js"), ("Dir/x.js", "dir/X.js")] {
        let raws = [Raw::file(&format!("package/{one}"), b"1"), Raw::file(&format!("package/{two}"), b"2")];
        let seen = audit(&gzip(&archive(&[&[manifest()], &raws[..]].concat())));
        let places: Vec<String> =
            seen.findings().into_iter().filter(|(rule, _)| rule == "archive/collision").map(|(_, path)| path).collect();
        assert_eq!(seen.code, 1);
        assert_eq!(places.len(), 2, "{places:?}");
        assert!(places.contains(&one.to_owned()) && places.contains(&two.to_owned()));
    }
    let raws = [Raw::file("package/a", b"1"), Raw::file("package/a/b", b"2")];
    expect_entries("file and folder", &raws, 2, "archive/conflict", None);
}

#[test]
fn bad_header_checksums_hide_nothing() {
    expect_entries("bad sum", &[hidden("package/a.map").bad_sum()], 2, "archive/bad-checksum", Some("a.map"));
    let behind = [Raw::file("package/x", b"x").bad_sum(), hidden("package/a.map")];
    expect_entries("behind a bad sum", &behind, 2, "archive/bad-checksum", Some("a.map"));
}

#[test]
fn gzip_streams_are_read_to_their_end() {
    let tar = archive(&[manifest()]);
    let more = archive(&[hidden("package/a.map")]);
    let second = [gzip(&tar), gzip(&more)].concat();
    let check = |name: &str, bytes: &[u8], code: i32, rule: &str, map: bool| {
        let seen = audit(bytes);
        assert_eq!((seen.code, seen.has(rule)), (code, true), "{name}: {:?}", seen.rules());
        assert_eq!(seen.maps().iter().any(|path| path == "a.map"), map, "{name}");
    };
    check("second member", &second, 1, "archive/second-member", true);
    check("empty first member", &[gzip(b""), gzip(&more)].concat(), 1, "archive/second-member", true);
    // Bun and Yarn take off both.
    assert_eq!(audit(&gzip(&gzip(&more))).code, 2);
    check("trailing bytes", &[gzip(&tar), b"junk".to_vec()].concat(), 1, "archive/trailing-bytes", false);
    let mut crc = gzip(&more);
    let at = crc.len() - 8;
    crc[at] ^= 1;
    check("bad crc", &crc, 2, "archive/bad-checksum", true);
    let mut len = gzip(&more);
    let at = len.len() - 1;
    len[at] ^= 1;
    check("bad length", &len, 2, "archive/bad-checksum", true);
    // A forged trailer of the whole file does not hide a second member.
    let forged = [gzip(&tar), gzip(&more), gzip(&tar)[gzip(&tar).len() - 8..].to_vec()].concat();
    assert_ne!(audit(&forged).code, 0);
}

#[test]
fn every_truncation_is_incomplete() {
    let whole = gzip(&archive(&[manifest(), Raw::file("package/index.js", crate::make::source(1, 40).as_bytes())]));
    for len in (1..whole.len()).step_by(7).chain([whole.len() - 1, whole.len() - 8, 10]) {
        let seen = audit(&whole[..len]);
        assert_eq!(seen.code, 2, "cut at {len} of {}: {:?}", whole.len(), seen.rules());
    }
    let tar = entries(&[manifest()]);
    expect("no end marker", &tar, 2, "archive/truncated", None);
}

#[test]
fn what_is_no_archive_is_not_clear() {
    let code = |name: &str, bytes: &[u8]| audit_named(name, bytes, &[]).code;
    assert_eq!(code("pkg.tgz", b""), 2);
    assert_eq!(code("pkg.tgz", b"<html>404</html>"), 2);
    assert_eq!(code("pkg.tgz", &gzip(b"not a tar")), 2);
    assert_eq!(code("pkg.tgz", &gzip(b"")), 2);
    assert_eq!(code("pkg.tgz", &gzip(&[0; 1024])), 2);
    assert_eq!(code("pkg.tar", &archive(&[])), 2);
    assert_eq!(code("pkg.tgz", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]), 2);
    assert_eq!(code("app.js", b"x()\n"), 0);
    assert_eq!(code("app.js.map", &small_map("x")), 1);
}

#[test]
fn a_tarball_of_any_name_is_a_tarball() {
    let bytes = gzip(&archive(&[manifest(), hidden("package/a.map")]));
    for name in ["pkg.tgz", "pkg.txt", "pkg", "a.js", "x.tar"] {
        let seen = audit_named(name, &bytes, &[]);
        assert_eq!((seen.code, seen.maps()), (1, vec!["a.map".to_owned()]), "{name}");
    }
}

#[track_caller]
fn quickly(what: impl FnOnce() -> Audited) -> Audited {
    let started = Instant::now();
    let seen = what();
    // Debug builds are slow and machines are busy; a hang is longer than this by far.
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
    seen
}

#[test]
fn bombs_end_at_a_limit() {
    let zeros = gzip(&vec![0; 300 << 20]);
    let seen = quickly(|| audit(&zeros));
    assert_eq!((seen.code, seen.has("archive/limit")), (2, true), "{:?}", seen.rules());
    let inside = gzip(&archive(&[manifest(), Raw::file("package/big", &vec![b'a'; 200 << 20])]));
    let seen = quickly(|| audit(&inside));
    assert_eq!((seen.code, seen.has("archive/limit")), (2, true), "{:?}", seen.rules());
    let many: Vec<Raw> = (0..2000).map(|number| Raw::file(&format!("package/{number}"), b"")).collect();
    let policy = "[limits]\nentries = 1000\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lastlook.toml"), policy).unwrap();
    std::fs::write(folder.path().join("pkg.tgz"), gzip(&archive(&many))).unwrap();
    let seen = crate::run::audit_at(folder.path(), "pkg.tgz", &[]);
    assert_eq!((seen.code, seen.has("archive/limit")), (2, true));
    let links: Vec<Raw> = (0..2000).map(|_| Raw::file("package/l", b"").kind(b'2').link("x")).collect();
    std::fs::write(folder.path().join("pkg.tgz"), gzip(&archive(&links))).unwrap();
    let seen = crate::run::audit_at(folder.path(), "pkg.tgz", &[]);
    // As many as the limit allows, and as many again of what only some clients come to.
    assert!(seen.has("archive/limit") && seen.rules().len() < 2100, "{}", seen.rules().len());
}

#[test]
fn nested_json_is_followed_to_a_limit_and_not_cleared() {
    for text in ["[".repeat(10_000), "{\"a\":".repeat(10_000), format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))]
    {
        let seen = quickly(|| audit(&gzip(&archive(&[manifest(), Raw::file("package/a.json", text.as_bytes())]))));
        assert_eq!((seen.code, seen.has("map/unreadable")), (1, true));
    }
}

#[test]
fn text_that_costs_more_than_it_is_long_is_read_in_time() {
    let file =
        |name: &str, text: String| quickly(|| audit(&gzip(&archive(&[manifest(), Raw::file(name, text.as_bytes())]))));
    // Each slash begins a regular expression that never ends, and each of them a class.
    for piece in ["=/[", "=/[\\]", "=/[a][", "=/x["] {
        file("package/a.js", format!("var sourcesContent;{}", piece.repeat(50_000)));
        file("package/a.js", format!("{}//# sourceMappingURL=a.map", piece.repeat(50_000)));
    }
    file("package/a.html", "<script>//# sourceMappingURL=a\n</script>".repeat(30_000));
    file("package/a.js", "sources:[".repeat(50_000) + &"sourcesContent:['".repeat(50_000));
    file("package/a.js", "/c291cmNlc0NvbnRlbn".repeat(30_000));
    let texts =
        format!(r#"{{"version":3,"sources":[],"sourcesContent":[{}"a"],"mappings":""}}"#, "\"a\",".repeat(300_000));
    let seen = file("package/a.map", texts);
    assert_eq!((seen.code, seen.has("map/unreadable")), (2, true));
    let maps = format!("[{}1]", r#"{"version":3,"sources":["a"],"mappings":"A"},"#.repeat(40_000));
    let seen = file("package/a.json", maps);
    assert_eq!((seen.code, seen.has("map/unreadable")), (2, true));
}

#[test]
fn an_archive_of_overlapping_readings_ends() {
    // Every block is a header whose body is the rest of the archive.
    let one = Raw::file("package/a", b"").size("00007777777\0").bytes();
    let tar: Vec<u8> = one.iter().copied().cycle().take(one.len() * 4000).collect();
    let seen = quickly(|| audit(&gzip(&[entries(&[manifest()]), tar].concat())));
    assert_eq!(seen.code, 2);
}

/// A body that is an archive of its own, behind one block that is none: only a client that skips the header sees it.
fn inner() -> Vec<u8> {
    [vec![b'x'; 512], archive(&[hidden("package/inner.map")])].concat()
}

#[test]
fn headers_that_npm_skips_hide_nothing() {
    let raw = || Raw::file("package/a.bin", &inner());
    for (name, raw) in [
        ("mode", raw().put(100, b"\x81\0\0\0\0\0\0\x01")),
        ("uid", raw().put(108, b"\x80\x7f\xff\xff\xff\xff\xff\xff")),
        ("mtime", raw().put(136, b"\x90\0\0\0\0\0\0\0\0\0\0\x01")),
        ("device", raw().put(329, b"\xc1\0\0\0\0\0\0\x01")),
        ("time behind the prefix", raw().put(476, b"\x81\0\0\0\0\0\0\0\0\0\0\x01")),
        ("link behind a NUL", raw().put(157, b"\0\nfoo")),
    ] {
        expect_entries(name, &[raw], 2, "archive/conflict", Some("inner.map"));
    }
    let mut long_sum = raw().bytes();
    let sum = String::from_utf8_lossy(&long_sum[148..154]).into_owned();
    long_sum[148..156].copy_from_slice(format!("00{sum}").as_bytes());
    let tar = [entries(&[manifest()]), long_sum, vec![0; 1024]].concat();
    expect("checksum without an end", &tar, 2, "archive/bad-checksum", Some("inner.map"));
}

#[test]
fn headers_about_the_next_entry_are_judged_like_any_other() {
    let name = [b"package/long.js\0".to_vec(), vec![0; 496], archive(&[hidden("package/inner.map")])].concat();
    for (what, raw) in [
        ("long name with a link", Raw::file("././@LongLink", &name).kind(b'L').link("x")),
        ("long name with more behind it", Raw::file("././@LongLink", &name).kind(b'L')),
        (
            "pax with a bad mode",
            Raw::pax(b'x', &[record("comment", &"c".repeat(499)), inner()].concat()).put(100, b"\x81\0\0\0\0\0\0\x01"),
        ),
    ] {
        expect_entries(what, &[raw, Raw::file("package/b.js", b"b")], 2, "archive/conflict", Some("inner.map"));
    }
    for raw in [Raw::pax(b'x', &record("path", "package/x")), Raw::file("././@LongLink", b"package/x\0").kind(b'L')] {
        expect_entries("nothing behind it", &[raw], 2, "archive/conflict", None);
    }
    expect_entries(
        "empty long name",
        &[Raw::file("././@LongLink", b"\0").kind(b'L'), hidden("package/a.map")],
        2,
        "archive/conflict",
        Some("a.map"),
    );
}

#[test]
fn names_that_lose_another_part_in_some_client_are_not_cleared() {
    for name in ["./package/a.js", "./a.js"] {
        expect_entries(name, &[Raw::file(name, b"x()")], 2, "archive/conflict", None);
    }
    for name in ["package\\a/x.js", "package/a\\x.js"] {
        expect_entries(name, &[Raw::file(name, b"x()")], 2, "archive/name", None);
    }
}

#[test]
fn a_header_that_some_client_takes_for_the_end_or_for_another_is_not_cleared() {
    let named = Raw::pax(b'x', &record("path", "package/a.js"));
    let long = Raw::file("././@LongLink", b"package/a.js\0").kind(b'L');
    // pnpm obeys it only with the version that it knows.
    let raws = [long.clone().put(257, b"ustar\0\0\0"), Raw::file("package/a.js", b"x()")];
    expect_entries("no version", &raws, 2, "archive/conflict", None);
    // pnpm stops at a block that begins with a zero.
    expect_entries("no short name", &[named.clone(), Raw::file("", b"x()")], 2, "archive/conflict", None);
    // pnpm takes the name for the global header.
    let global = Raw::pax(b'g', &record("comment", "x"));
    for raw in [named, long] {
        let raws = [raw, global.clone(), Raw::file("package/a", b"x()")];
        expect_entries("a header between", &raws, 2, "archive/conflict", None);
    }
    // Yarn reads a checksum without an end on into the next field.
    let mut tar = Raw::file("package/a.js", b"x()").bytes();
    let sum = String::from_utf8_lossy(&tar[148..154]).into_owned();
    tar[148..156].copy_from_slice(format!("  {sum}").as_bytes());
    expect(
        "checksum without an end",
        &[entries(&[manifest()]), tar, vec![0; 1024]].concat(),
        2,
        "archive/bad-checksum",
        None,
    );
}

#[test]
fn names_that_npm_shortens_are_denied() {
    let index = Raw::file("package/index.js", b"x()");
    for name in ["package/C:/index.js", "package/c:index.js"] {
        let seen = audit(&gzip(&archive(&[manifest(), index.clone(), Raw::file(name, b"evil()")])));
        assert!(
            seen.code == 1 && seen.has("archive/escape") && seen.has("archive/duplicate"),
            "{name}: {:?}",
            seen.rules()
        );
    }
    let odd_magic = Raw::file("package/index.js", b"evil()").put(257, b"ustar\0\0\0").put(345, b"package/docs");
    expect_entries("prefix without a version", &[index.clone(), odd_magic], 2, "archive/conflict", None);
    expect_entries(
        "name behind a NUL",
        &[Raw::file("package/a.js", b"x").put(13, b"\0\nb")],
        2,
        "archive/conflict",
        None,
    );
    expect_entries("dot at the end", &[Raw::file("package/x/.", b"x")], 2, "archive/conflict", None);
    expect_entries("the same name twice", &[index.clone(), index], 1, "archive/duplicate", None);
    let deep = format!("package/{}a", "d/".repeat(90));
    let raws =
        [Raw::pax(b'x', &record("path", &format!("package/{}a", "d/".repeat(200)))), Raw::file(&deep[..100], b"x")];
    expect_entries("too deep", &raws, 2, "archive/limit", None);
}

#[test]
fn what_bun_and_gnu_tar_write_is_no_finding() {
    let pax = [record("hdrcharset", "BINARY"), record("path", "package/\u{e9}.js")].concat();
    let big_id = Raw::file("package/b.js", b"x").put(108, b"\x80\0\0\0\x12\x34\x56\x78");
    let seen =
        audit(&gzip(&archive(&[manifest(), Raw::pax(b'x', &pax), Raw::file("package/\u{e9}.js", b"x"), big_id])));
    assert_eq!((seen.code, seen.rules()), (0, vec![]));
}

#[test]
fn the_checksum_of_a_gzip_header_counts() {
    let tar = archive(&[manifest()]);
    let mut header = vec![0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3];
    let sum = crc32fast::hash(&header) & 0xffff;
    let rest = gzip(&tar)[10..].to_vec();
    header.extend([sum as u8, (sum >> 8) as u8]);
    assert_eq!(audit(&[header.clone(), rest.clone()].concat()).code, 0);
    header[10] ^= 1;
    let seen = audit(&[header, rest].concat());
    assert_eq!((seen.code, seen.rules()), (2, vec!["archive/bad-checksum".to_owned()]));
}

#[test]
fn floods_of_comments_and_names_end() {
    let body = |line: &str| line.repeat(20_000).into_bytes();
    for line in [
        "/*# sourceMappingURL=",
        "/*# sourceMappingURL=data:,{} ",
        "\"sourcesContent\":[null,",
        "{\"sourcesContent\":[\"x",
        "{\"version\":3,\"sections\":[{\"offset\":{},\"map\":",
        "//# sourceMappingURL=a.map\n",
        "/*# sourceMappingURL=a.map \n",
        "//# sourceMappingURL=data:,x\n",
        "{\"sourcesContent\":[\"x\"\n",
    ] {
        for name in ["package/a.js", "package/a.css", "package/a.html", "package/a.txt"] {
            let seen = quickly(|| audit(&gzip(&archive(&[manifest(), Raw::file(name, &body(line))]))));
            assert!(seen.code < 3);
        }
    }
    let deep: Vec<Raw> =
        (0..5000).map(|number| Raw::file(&format!("package/{}{number}", "d/".repeat(42)), b"")).collect();
    quickly(|| audit(&gzip(&archive(&deep))));
}

#[test]
fn a_file_with_more_references_than_anybody_writes_is_told_in_a_few_words() {
    let mut text = String::new();
    for number in 0..3_000 {
        text.push_str(&format!("//# sourceMappingURL={number}.map\n"));
    }
    let inside = audit_named("a.js", text.as_bytes(), &[]);
    assert_eq!((inside.code, inside.findings().len()), (0, 1_001), "{:?}", inside.rules().last());
    text.push_str("//# sourceMappingURL=https://maps.example/a.map\n");
    let remote = audit_named("a.js", text.as_bytes(), &[]);
    assert_eq!((remote.code, remote.findings().len()), (1, 1_002));
    assert!(remote.has("map/remote"));
}

/// A zip archive of one stored file, with an extra field to be spoiled.
fn zipped(name: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file(name, options).unwrap();
    std::io::Write::write_all(&mut writer, b"x()\n").unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn zip_archives_that_readers_name_or_count_differently_are_not_cleared() {
    let check = |what: &str, bytes: &[u8], code: i32, rule: Option<&str>| {
        let seen = audit_named("a.zip", bytes, &[]);
        let has = rule.is_none_or(|rule| seen.has(rule));
        assert!(seen.code == code && has, "{what}: {} {:?}", seen.code, seen.rules());
    };
    let sound = zipped("a.js");
    check("sound", &sound, 0, None);
    check("a control character", &zipped("a\nb.js"), 2, Some("archive/name"));
    check("no name", &zipped("./."), 2, Some("archive/name"));
    // bsdtar lists nothing where the directory does not have the length that is stated.
    let mut misfit = sound.clone();
    let at = misfit.len() - 10;
    misfit[at] += 1;
    check("another length of the directory", &misfit, 2, Some("archive/conflict"));
    // The directory gives the name again in an extra field, with the checksum of another name: bsdtar takes it.
    let field = [&b"\x75\x70\x09\0\x01\0\0\0\0b.js"[..]].concat();
    let mut named = sound[..sound.len() - 22].to_vec();
    let start = memchr::memmem::rfind(&named, b"PK\x01\x02").unwrap();
    named[start + 30] += u8::try_from(field.len()).unwrap();
    named.extend(&field);
    let mut end = sound[sound.len() - 22..].to_vec();
    end[12] += u8::try_from(field.len()).unwrap();
    check("a name in an extra field", &[named, end].concat(), 2, Some("archive/conflict"));
}
