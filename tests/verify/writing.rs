//! Where attestations are written: whole, once, and only of what is clear.

use crate::desk::Desk;
use crate::packages::{clean, with_sources};

/// The files in the folder, but for those that are always there.
fn left(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.place.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let names = entries.map(|name| name.to_string_lossy().into_owned());
    let known = ["widget.tgz", "widget.att.json", "widget.att.tests.json"];
    let mut names: Vec<String> = names.filter(|name| !known.contains(&name.as_str())).collect();
    names.sort();
    names
}

#[test]
fn what_is_not_clear_is_not_attested() {
    let desk = Desk::new("ed25519");
    let whole = clean("w", "1.0.0");
    for (name, bytes, code) in [
        ("leak.tgz", with_sources("w", "1.0.0"), 1),
        ("cut.tgz", whole[..whole.len() / 2].to_vec(), 2),
        ("page.tgz", b"<html>".to_vec(), 2),
        ("plain.js", b"x()\n".to_vec(), 2),
    ] {
        let tarball = desk.place.write(name, bytes);
        let ran = desk.attesting(&tarball, &desk.place.folder().join("out.json")).run();
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.stderr.ends_with("lastlook: nothing was attested.\n"), "{ran:?}");
        std::fs::remove_file(tarball).unwrap();
        assert_eq!(left(&desk), [""; 0]);
    }
    let ran =
        desk.attesting(&desk.tarball, &desk.place.folder().join("out.json")).args(["--output", "json=/dev/full"]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(left(&desk), [""; 0]);
}

#[test]
fn no_file_is_written_over() {
    let desk = Desk::new("ed25519");
    let before = std::fs::read(&desk.attestation).unwrap();
    let again = |file: &std::path::Path| {
        let ran = desk.attesting(&desk.tarball, file).run();
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("is there already"), "{ran:?}");
        assert_eq!(ran.stdout, "");
    };
    again(&desk.attestation);
    again(&desk.tarball);
    again(&desk.key);
    desk.place.write("x.tests.json", "mine");
    again(&desk.place.folder().join("x.json"));
    std::os::unix::fs::symlink("nowhere", desk.place.folder().join("link")).unwrap();
    again(&desk.place.folder().join("link"));
    assert_eq!(std::fs::read(&desk.attestation).unwrap(), before);
    assert_eq!(left(&desk), ["link", "x.tests.json"]);
    let file = desk.place.folder().join("y.json");
    for report in ["json=y.json", "json=y.tests.json"] {
        let ran = desk.attesting(&desk.tarball, &file).args(["--output", report]).run();
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("would be written over"), "{ran:?}");
    }
    let output = format!("json={}", desk.key.display());
    let ran = desk.attesting(&desk.tarball, &file).args(["--output", &output]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("would be written over"), "{ran:?}");
}

#[test]
fn a_place_that_can_not_be_written_to_keeps_no_half_of_a_file() {
    let desk = Desk::new("ed25519");
    let ran = desk.attesting(&desk.tarball, &desk.place.folder().join("no/such/folder.json")).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("can not be written"), "{ran:?}");
    let ran = desk.attesting(&desk.tarball, std::path::Path::new("/dev/full")).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    // As on a full disk: files can be made, and take nothing.
    for blocks in ["0", "1"] {
        let shell =
            ["bash", "-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "bash"].map(str::to_owned);
        let ran = desk.attesting(&desk.tarball, &desk.place.folder().join("full.json")).through(shell).run();
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("can not be written"), "{ran:?}");
    }
    assert_eq!(left(&desk), [""; 0]);
}

#[test]
fn an_attestation_is_about_one_tarball_and_is_signed() {
    let desk = Desk::new("ed25519");
    let key = desk.key.to_str().unwrap();
    for (words, why) in [
        (&["audit", "widget.tgz", "--attest", "a.json"][..], "add --key FILE"),
        (&["audit", "widget.tgz", "--key", key], "--attest"),
        (&["audit", "widget.tgz", "widget.tgz", "--attest", "a.json", "--key", key], "one tarball"),
        (&["audit", "--pack", "--attest", "a.json", "--key", key], "one tarball"),
        (&["audit", "widget.tgz", "--write-snapshot", "--attest", "a.json", "--key", key], "--write-snapshot"),
        (&["audit", ".", "--attest", "a.json", "--key", key], ""),
        (&["publish", "widget.tgz", "--stage", "--attest", "a.json", "--key", key], "leave out --stage"),
    ] {
        let ran = desk.place.lastlook(words).run();
        assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{words:?}: {ran:?}");
    }
    assert_eq!(left(&desk), [""; 0]);
    let folder = desk.place.folder().join("out");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(desk.attesting(&desk.tarball, &folder).run().code, Some(0));
    assert_eq!(desk.verifying(&folder.join("acme-widget-1.2.3.att.json"), &[]).run().code, Some(0));
}
