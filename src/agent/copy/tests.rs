//! Projects of many shapes → copies, asked by the real git.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;

mod git;

const TOKEN: &str = "ghs_thisisatoken";
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";

/// No secrets but those that look like some.
const PLAIN: Secrets<'static> = Secrets { keep: &[], omit: &[], holds: &|_, _| false };

struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir(place.from()).unwrap();
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    fn from(&self) -> PathBuf {
        self.0.path().join("from")
    }

    fn to(&self) -> PathBuf {
        self.0.path().join("to")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.from().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn copy(&self) -> Copied {
        self.copy_keeping(&[])
    }

    fn copy_keeping(&self, keep: &[&str]) -> Copied {
        let keep: Vec<PathBuf> = keep.iter().map(PathBuf::from).collect();
        copy(&self.from(), &self.to(), &Secrets { keep: &keep, ..PLAIN }, &Limits::default()).unwrap()
    }

    /// All paths of the copy, its `.git` aside.
    fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(&self.to(), &self.to(), &mut found);
        found.sort();
        found
    }
}

fn list(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        if path == root.join(".git") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            list(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn run(folder: &Path, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", "/nowhere");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "n").env(format!("GIT_{who}_EMAIL"), "e@e");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(
        output.stderr.is_empty() || program != "git" || !args.contains(&"status"),
        "{:?}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn git(folder: &Path, words: &str) -> String {
    run(folder, "git", &words.split(' ').collect::<Vec<_>>())
}

/// A repository with two commits, a tag, a file that is not known, one that changed, a token and a hook.
fn repository(place: &Place, flags: &str) {
    let from = place.from();
    git(&from, &format!("init -q -b main{flags} ."));
    place.write("a.txt", "a");
    place.write("b/c.txt", "c");
    place.write(".gitignore", "ignored\n");
    git(&from, "add .");
    git(&from, "commit -qm first");
    git(&from, "tag -a v1.0.0 -m one");
    place.write("a.txt", "aa");
    git(&from, "commit -qam second");
    place.write("new.txt", "n");
    place.write("b/c.txt", "changed");
    place.write("ignored", "i");
    trap(&from);
}

fn trap(from: &Path) {
    git(from, &format!("remote add origin https://x:{TOKEN}@github.com/a/b"));
    git(from, &format!("config http.https://github.com/.extraheader AUTHORIZATION:{TOKEN}"));
    git(from, "config core.fsmonitor /bin/false");
    git(from, "config diff.external /bin/false");
    let hooks = PathBuf::from(git(from, "rev-parse --path-format=absolute --git-path hooks").trim());
    fs::create_dir_all(&hooks).unwrap();
    fs::write(hooks.join("pre-commit"), format!("#!/bin/sh\necho {TOKEN}")).unwrap();
    fs::set_permissions(hooks.join("pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(
        from.join(git(from, "rev-parse --path-format=absolute --git-common-dir").trim()).join("FETCH_HEAD"),
        TOKEN,
    )
    .unwrap();
}

#[test]
fn what_is_named_is_left_out_under_each_of_its_names() {
    let files = [("token", "x"), ("a/b", "x"), ("c/d", "x"), ("tools/.npmrc", "_auth=x"), (".npmrc", "")];
    let place = Place::new(&files);
    fs::hard_link(place.from().join("token"), place.from().join("other")).unwrap();
    let omit = [place.from().join("token"), place.from().join("a")];
    let holds = |name: &str, text: &str| name == ".npmrc" && text.contains("_auth");
    let secrets = Secrets { omit: &omit, holds: &holds, ..PLAIN };
    let copied = copy(&place.from(), &place.to(), &secrets, &Limits::default()).unwrap();
    assert_eq!(place.paths(), [".npmrc", "c/d"]);
    assert!(copied.notes[0].contains("other, token, tools/.npmrc"), "{:?}", copied.notes);
}

#[test]
fn what_can_be_made_anew_is_left_out() {
    let mark = "Signature: 8a477f597d28d172789f06886806bc55\n";
    let files = [("target/CACHEDIR.TAG", mark), ("target/a", ""), ("src/CACHEDIR.TAG", "no mark"), ("src/a", "")];
    let place = Place::new(&files);
    place.write("node_modules/a/CACHEDIR.TAG", mark);
    let copied = place.copy();
    assert_eq!(place.paths(), ["node_modules/a/CACHEDIR.TAG", "src/CACHEDIR.TAG", "src/a"]);
    assert_eq!(copied.notes, ["left out, caches that are made anew: target"]);
}

#[test]
fn modes_times_and_kinds_are_kept() {
    let place = Place::new(&[("bin/run", "#!"), ("data", "d"), ("node_modules/.bin/x", "x")]);
    let old = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    fs::set_permissions(place.from().join("bin/run"), fs::Permissions::from_mode(0o4755)).unwrap();
    fs::set_permissions(place.from().join("data"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::hard_link(place.from().join("data"), place.from().join("twin")).unwrap();
    for path in ["bin/run", "bin", "data"] {
        fs::File::open(place.from().join(path)).unwrap().set_modified(old).unwrap();
    }
    fs::set_permissions(place.from().join("bin"), fs::Permissions::from_mode(0o555)).unwrap();
    let copied = place.copy();
    let about = |path: &str| fs::metadata(place.to().join(path)).unwrap();
    for path in ["bin/run", "bin", "data"] {
        assert_eq!(about(path).modified().unwrap(), old, "{path}");
    }
    assert_eq!(about("bin/run").mode() & 0o7777, 0o755);
    assert_eq!(about("data").mode() & 0o7777, 0o444);
    assert_eq!(about("bin").mode() & 0o7777, 0o755);
    assert_eq!((about("data").nlink(), about("twin").nlink()), (1, 1));
    assert_eq!((copied.files, copied.bytes, copied.notes), (7, 5, vec![]));
}

#[test]
fn links_lead_into_the_copy_or_where_they_led() {
    let place = Place::new(&[("a/b", "b")]);
    let from = place.from();
    let (real, outside) = (from.canonicalize().unwrap(), place.0.path().canonicalize().unwrap().join("out"));
    fs::create_dir(&outside).unwrap();
    let rows: &[(&str, PathBuf, PathBuf)] = &[
        ("relative", "a/b".into(), "a/b".into()),
        ("a/up", "../a/b".into(), "../a/b".into()),
        ("dangling", "nothing".into(), "nothing".into()),
        ("absolute", from.join("a/b"), place.to().join("a/b")),
        ("real", real.join("a"), place.to().join("a")),
        ("elsewhere", "/usr/bin/env".into(), "/usr/bin/env".into()),
        ("a/around", "../../from/a/b".into(), place.to().join("a/b")),
        ("new", "../from/later".into(), place.to().join("later")),
        ("dots", from.join("../from/a"), place.to().join("a")),
        ("sideways", "a/../../from/a".into(), place.to().join("a")),
        ("sibling", "../out".into(), outside.clone()),
        ("escaping", from.join("../out"), from.join("../out")),
    ];
    for (path, text, _) in rows {
        symlink(text, from.join(path)).unwrap();
    }
    let copied = place.copy();
    let found: Vec<PathBuf> = rows.iter().map(|(path, ..)| fs::read_link(place.to().join(path)).unwrap()).collect();
    assert_eq!(found, rows.iter().map(|(.., text)| text.clone()).collect::<Vec<_>>());
    assert_eq!(copied.notes, ["lead out of the project, to what is not in the copy: elsewhere, escaping, sibling"]);
}

#[test]
fn credentials_are_left_out_and_what_a_build_needs_is_not() {
    let kept = [
        ".env.example",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        "bunfig.toml",
        "cert.pem",
        "config.json",
        "env/.env.d/x",
        "node_modules/p/.aws/x",
        "node_modules/p/.env",
        "node_modules/p/key.pem",
        "x/id_rsa.pub",
    ];
    let left = [
        ".aws/credentials",
        ".docker/config.json",
        ".env",
        ".env.production.local",
        ".git-credentials",
        ".kube/config",
        ".netrc",
        ".pypirc",
        "a/.ENV.local",
        "a/.gnupg/x",
        "a/.ssh/known_hosts",
    ];
    let files: Vec<_> = kept
        .iter()
        .chain(&left)
        .map(|path| (*path, if path.starts_with("node_modules") { PEM } else { "x" }))
        .collect();
    let place = Place::new(&files);
    for path in ["k/key.pem", "k/server.key", "k/id_ed25519"] {
        place.write(path, PEM);
    }
    fs::create_dir_all(place.from().join("k/.env")).unwrap();
    symlink("../../.env", place.from().join("a/.env")).unwrap();
    assert_eq!(
        place.copy().notes,
        [
            "left out, since builds need no credentials (--keep FILE for what they do need): .aws, .docker/config.json, .env, .env.production.local, .git-credentials and 7 more",
            "left out as private keys (--keep FILE for what the build does need): k/id_ed25519, k/key.pem, k/server.key"
        ]
    );
    assert_eq!(place.paths(), kept);
}

#[test]
fn what_is_named_is_kept() {
    let place = Place::new(&[
        (".env", "x"),
        ("a/.env", "x"),
        (".aws/config", "x"),
        (".aws/credentials", "x"),
        ("t/a.key", PEM),
        ("t/b.key", PEM),
    ]);
    let full = place.from().join("t/a.key");
    place.copy_keeping(&["./a/.env", ".aws/config", full.to_str().unwrap()]);
    assert_eq!(place.paths(), [".aws/config", "a/.env", "t/a.key"]);
}

#[test]
fn sockets_pipes_and_names_that_are_no_text_are_seen() {
    let place = Place::new(&[]);
    let _socket = UnixListener::bind(place.from().join("s")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.from().join("p\u{1b}"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    fs::write(place.from().join(OsStr::from_bytes(b"\xff")), "x").unwrap();
    assert_eq!(place.copy().notes, ["left out, sockets, pipes and devices: p\\u{1b}, s"]);
    assert!(place.to().join(OsStr::from_bytes(b"\xff")).exists());
}

#[test]
fn a_copy_has_to_lie_elsewhere_and_be_new() {
    let place = Place::new(&[("a/b", "b")]);
    symlink(place.from(), place.0.path().join("alias")).unwrap();
    for to in [
        place.from().join("to"),
        place.from().join("a/to"),
        place.0.path().join("alias/to"),
        place.from().join("a/../to"),
    ] {
        assert!(
            matches!(copy(&place.from(), &to, &PLAIN, &Limits::default()), Err(CopyError::Inside { .. })),
            "{to:?}"
        );
    }
    fs::create_dir(place.to()).unwrap();
    assert!(matches!(copy(&place.from(), &place.to(), &PLAIN, &Limits::default()), Err(CopyError::Io { .. })));
}

#[test]
fn a_copy_ends_at_its_limits() {
    let place = Place::new(&[("a/b", "12345"), ("c", "12345")]);
    let to = |name| place.0.path().join(name);
    assert!(copy(&place.from(), &to("1"), &PLAIN, &Limits { files: 3, bytes: 10 }).is_ok());
    assert!(matches!(copy(&place.from(), &to("2"), &PLAIN, &Limits { files: 2, bytes: 10 }), Err(CopyError::Files(2))));
    assert!(matches!(copy(&place.from(), &to("3"), &PLAIN, &Limits { files: 3, bytes: 9 }), Err(CopyError::Bytes(9))));
    place.write(&format!("{}x", "d/".repeat(300)), "");
    assert!(matches!(copy(&place.from(), &to("4"), &PLAIN, &Limits::default()), Err(CopyError::Deep(_))));
}

#[test]
fn a_tree_that_changes_meanwhile_never_gives_what_lies_outside() {
    let place = Place::new(&[("d/0", "in"), ("f", "in")]);
    let outside = place.0.path().join("out");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("0"), "secret").unwrap();
    for index in 0..50 {
        place.write(&format!("pad{index}/x"), "in");
    }
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (from, aside) = (place.from(), place.0.path().join("aside"));
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                fs::rename(from.join("d"), &aside).unwrap();
                symlink(&outside, from.join("d")).unwrap();
                fs::remove_file(from.join("d")).unwrap();
                fs::rename(&aside, from.join("d")).unwrap();
                fs::remove_file(from.join("f")).unwrap();
                symlink(outside.join("0"), from.join("f")).unwrap();
                fs::remove_file(from.join("f")).unwrap();
                fs::write(from.join("f"), "in").unwrap();
            }
        });
        for index in 0..30 {
            let to = place.0.path().join(format!("to{index}"));
            let copied = copy(&place.from(), &to, &PLAIN, &Limits::default());
            assert!(matches!(copied, Ok(_) | Err(CopyError::Changed(_))), "{copied:?}");
            let found = Command::new("grep").args(["-rl", "secret"]).arg(&to).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&found.stdout), "");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}
