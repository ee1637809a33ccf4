//! Folders and a secret -> the files that tell it, in whatever spelling, in tarballs too.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Base64 as it is everywhere, without what fills up its end.
fn coded(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let all = group.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len()).for_each(|at| text.push(char::from(SIGNS[(all >> (18 - 6 * at)) as usize & 63])));
    }
    text
}

/// How a secret may be spelled: as it is, backwards, in hexadecimal, percent-encoded, and in base64 at any offset.
fn spellings(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut all = vec![
        ("plain", secret.to_owned()),
        ("backwards", secret.chars().rev().collect()),
        ("in hexadecimal", hex.clone()),
        ("in hexadecimal", hex.to_uppercase()),
        ("percent-encoded", secret.bytes().map(|byte| format!("%{byte:02X}")).collect()),
    ];
    for skip in 0..3 {
        let text = coded(&[vec![b'x'; skip], secret.as_bytes().to_vec()].concat());
        // The first and the last signs depend on what stands beside it.
        all.push(("in base64", text[(skip * 8).div_ceil(6)..(skip + secret.len()) * 8 / 6].to_owned()));
    }
    all.into_iter().map(|(how, text)| (how, text.into_bytes())).collect()
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == what[0]) {
        if rest[at..].starts_with(what) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// What attempts say that they gained, in what they printed or in JSON that quotes it.
pub fn gained(text: &str) -> Vec<String> {
    let lines = text.split('\n').flat_map(|line| line.split("\\n")).flat_map(|line| line.split('"'));
    lines.filter(|line| line.starts_with("GOT ")).map(|line| line.escape_debug().take(300).collect()).collect()
}

/// In which spelling `bytes` hold the secret.
pub fn found(secret: &str, bytes: &[u8]) -> Option<&'static str> {
    spellings(secret).into_iter().find(|(_, text)| holds(bytes, text)).map(|(how, _)| how)
}

/// What gzip makes of it, if it is a gzip file.
pub fn unzipped(file: &Path) -> Option<Vec<u8>> {
    let bytes = std::fs::read(file).ok()?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let input = std::fs::File::open(file).ok()?;
    Some(Command::new("gzip").arg("-dc").stdin(input).stderr(Stdio::null()).output().ok()?.stdout)
}

/// One line for each file below `folders` that tells a secret, other than those in `but`.
pub fn tellers(secrets: &[&str], folders: &[PathBuf], but: &[PathBuf]) -> Vec<String> {
    let mut lines = Vec::new();
    folders.iter().for_each(|folder| look(secrets, folder, but, &mut lines));
    lines
}

fn look(secrets: &[&str], path: &Path, but: &[PathBuf], lines: &mut Vec<String>) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    if but.iter().any(|one| one == path) {
        return;
    }
    let shown = path.display().to_string();
    for secret in secrets.iter().filter(|secret| shown.contains(**secret)) {
        lines.push(format!("{shown}: {} in its name", &secret[..8]));
    }
    if metadata.is_dir() {
        let names = std::fs::read_dir(path).into_iter().flatten().flatten();
        return names.for_each(|entry| look(secrets, &entry.path(), but, lines));
    }
    if !metadata.is_file() || metadata.len() > 1 << 28 {
        return;
    }
    let bytes = [std::fs::read(path).unwrap_or_default(), unzipped(path).unwrap_or_default()].concat();
    for secret in secrets {
        if let Some(how) = found(secret, &bytes) {
            lines.push(format!("{shown}: {} {how}", &secret[..8]));
        }
    }
}

#[test]
fn a_secret_is_found_however_it_is_spelled() {
    let secret = "canaryA1b2C3d4E5";
    assert_eq!(coded(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw");
    assert_eq!(found(secret, b"canaryA1b2C3d4E4"), None);
    assert_eq!(found(secret, b"<<canaryA1b2C3d4E5>"), Some("plain"));
    for before in ["", "u", "us", "use"] {
        assert_eq!(found(secret, coded(format!("{before}{secret}!!").as_bytes()).as_bytes()), Some("in base64"));
    }
}

#[test]
fn a_teller_is_found_in_a_tarball_and_in_a_name_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain"), "secret-7f3a").unwrap();
    std::fs::write(folder.path().join("secret-7f3a.txt"), "nothing").unwrap();
    std::fs::write(folder.path().join("left"), "secret-7f3a").unwrap();
    let mut gzip = Command::new("gzip");
    let zipped = gzip.arg("-c").arg(folder.path().join("plain")).output().unwrap().stdout;
    std::fs::write(folder.path().join("zipped.tgz"), zipped).unwrap();
    let mut lines = tellers(&["secret-7f3a"], &[folder.path().to_owned()], &[folder.path().join("left")]);
    lines.sort();
    let ends: Vec<&str> = lines.iter().map(|line| line.rsplit_once('/').unwrap().1).collect();
    let expected = ["plain: secret-7 plain", "secret-7f3a.txt: secret-7 in its name", "zipped.tgz: secret-7 plain"];
    assert_eq!(ends, expected);
}

#[test]
fn what_was_gained_is_found_in_plain_output_and_in_json() {
    assert_eq!(gained("a\nGOT x: 1\nnot GOT y\nMAY z: 2\n"), ["GOT x: 1"]);
    assert_eq!(gained(r#"{"out":"GOT x: 1\nno y\nGOT z"}"#), ["GOT x: 1", "GOT z"]);
}
