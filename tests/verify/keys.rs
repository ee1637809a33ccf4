//! Keys: where they are written, what is taken for one, and who gets to see them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::desk::Desk;
use crate::run::{Place, Run};

/// The text between the first and the last line of a key.
fn inner(key: &Path) -> String {
    let text = std::fs::read_to_string(key).unwrap();
    text.lines().filter(|line| !line.starts_with('-')).collect()
}

#[test]
fn a_key_is_for_its_owner_alone_and_never_written_over() {
    let place = Place::new();
    let make = || place.lastlook(&["key", "new", "--out", "key"]).run();
    let ran = make();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mode = |name: &str| std::fs::metadata(place.folder().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("key"), mode("key.pub") & 0o600), (0o600, 0o600));
    let keyid = ran.stdout.lines().last().unwrap();
    assert_eq!(keyid.len(), 64);
    let before = std::fs::read(place.folder().join("key")).unwrap();
    let ran = make();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("key is there already"), "{ran:?}");
    assert_eq!(std::fs::read(place.folder().join("key")).unwrap(), before);
    place.write("other.pub", "mine");
    let ran = place.lastlook(&["key", "new", "--out", "other"]).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!place.folder().join("other").exists());
    assert_eq!(std::fs::read(place.folder().join("other.pub")).unwrap(), b"mine");
    assert_eq!(place.lastlook(&["key", "new", "--out", "no/such/key"]).run().code, Some(2));
}

#[test]
fn a_private_key_is_in_no_output() {
    let desk = Desk::new("p256");
    let secret = inner(&desk.key);
    let all = |run: Run| {
        let ran = run.run();
        assert!(!ran.stdout.contains(&secret[..40]) && !ran.stderr.contains(&secret[..40]), "{ran:?}");
        ran
    };
    all(desk.place.lastlook(&["key", "show"]).arg(&desk.key));
    all(desk.verifying(&desk.attestation, &["--public-key"]).arg(&desk.key));
    all(desk.verifying(&desk.key, &[]));
    all(desk.place.lastlook(&["audit"]).arg(&desk.key));
    let der = secret.as_bytes();
    for entry in walkdir::WalkDir::new(desk.place.folder()).into_iter().map(Result::unwrap) {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        assert!(memchr::memmem::find(&bytes, &der[..40]).is_none(), "{}", entry.path().display());
    }
    // A lock that was forgotten, a line that is cut: nothing of the key is told.
    let text = std::fs::read_to_string(&desk.key).unwrap();
    for broken in [text.replace("PRIVATE", "SECRET"), text[..text.len() - 30].to_owned(), text.replace("MIG", "MIH")] {
        let file = desk.place.write_home("broken", broken);
        let ran = all(desk.place.lastlook(&["key", "show"]).arg(file));
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
}

#[test]
fn a_key_can_be_piped_in_and_others_may_not_read_it() {
    let desk = Desk::new("ed25519");
    let key = std::fs::read(&desk.key).unwrap();
    let place = &desk.place;
    let attest = |name: &str| place.lastlook(&["audit", "widget.tgz", "--attest", name]);
    let ran = attest("a.json").args(["--key-fd", "0"]).stdin(key.clone()).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = attest("b.json").args(["--key", "/dev/stdin"]).stdin(key.clone()).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let shell = ["bash", "-c", "exec 3< <(cat ../home/key); exec \"$@\"", "bash"];
    let ran = attest("c.json").args(["--key-fd", "3"]).through(shell).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for name in ["a.json", "b.json", "c.json"] {
        assert_eq!(desk.verifying(&place.folder().join(name), &[]).run().code, Some(0));
    }
    let shell = ["bash", "-c", "exec 3< ../home/key; exec \"$@\"", "bash"];
    let ran = attest("d.json").args(["--key-fd", "3"]).through(shell).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("it is no pipe"), "{ran:?}");
    let ran = place.lastlook(&["audit", "-", "--attest", "e.json", "--key", "-"]).stdin(key).run();
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("only once"), "{ran:?}");
    std::fs::set_permissions(&desk.key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = desk.attesting(&desk.tarball, &place.folder().join("f.json")).run();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("run chmod 600"), "{ran:?}");
}

#[test]
fn what_is_no_key_of_ours_says_what_to_do() {
    let desk = Desk::new("ed25519");
    let made = |words: &str| {
        let file = desk.place.home().join("made");
        let _ = std::fs::remove_file(&file);
        let output = Command::new("openssl").args(words.split(' ')).arg("-out").arg(&file).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        file
    };
    for (words, why) in [
        ("genpkey -algorithm ed25519 -aes256 -pass pass:x", "it is locked"),
        ("ecparam -genkey -noout -name prime256v1", "openssl pkcs8 -topk8"),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384", "neither Ed25519 nor P-256"),
        ("genpkey -algorithm x25519", "neither Ed25519 nor P-256"),
    ] {
        let file = desk.place.folder().join("never.json");
        let key = made(words);
        let run = desk.place.lastlook(&["audit", "widget.tgz", "--attest"]).arg(&file).arg("--key").arg(key);
        let ran = run.run();
        assert_eq!(ran.code, Some(2), "{words}: {ran:?}");
        assert!(ran.stderr.contains(why), "{words}: {ran:?}");
        assert!(!file.exists());
    }
}

/// Whoever waits for a key has closed its memory before it comes.
#[cfg(target_os = "linux")]
#[test]
fn no_core_file_holds_a_key() {
    let desk = Desk::new("ed25519");
    let pipe = desk.place.folder().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let key = std::fs::read(&desk.key).unwrap();
    let run = desk.place.lastlook(&["audit"]).arg(&desk.tarball).args(["--attest", "again.json", "--key"]).arg(&pipe);
    let running = run.through(["prlimit", "--core=unlimited:unlimited"]).spawn();
    let file = format!("/proc/{}/limits", running.child.id());
    let closed = || {
        let limits = std::fs::read_to_string(&file).unwrap();
        let limit = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        limit.split_whitespace().skip(4).take(2).all(|limit| limit == "0")
    };
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !closed() && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let was = closed();
    // Where nobody reads it any more, it waits for nothing.
    std::thread::spawn(move || std::fs::write(&pipe, key));
    let ran = running.end();
    assert!(was && ran.code == Some(0), "{ran:?}");
}
