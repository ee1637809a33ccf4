//! Repositories of many shapes → copies, asked by the real git.

use super::*;

const ASKED: &[&str] = &[
    "rev-parse HEAD",
    "log --format=%H%n%s%n%D --decorate-refs=refs/heads --decorate-refs=refs/tags",
    "ls-files -s",
    "describe --tags --always --dirty",
    "branch --show-current",
    "tag -l",
    "for-each-ref",
    "-c core.fsmonitor=false status --porcelain=v2",
    "-c diff.external= diff --no-ext-diff --stat",
    "rev-parse --is-shallow-repository",
    "rev-parse --show-object-format",
];

fn assert_same_git(place: &Place) {
    let copied = place.copy();
    for words in ASKED {
        let original = git(&place.from(), words);
        assert_eq!(git(&place.to(), words), original, "{words}");
    }
    let found = Command::new("grep")
        .args(["-rlaE", &format!("{TOKEN}|fsmonitor|extraheader|external")])
        .arg(place.to())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    assert!(!place.to().join(".git/hooks").exists());
    assert!(!copied.readable.is_empty());
    assert!(copied.readable.iter().all(|store| store.is_absolute() && store.ends_with("objects")));
    let told = copied.notes.iter().filter(|note| !note.starts_with("scripts can read the history in "));
    assert_eq!(told.count(), 0, "{:?}", copied.notes);
    // What the build commits stays in the copy.
    let before = git(&place.from(), "rev-parse HEAD");
    git(&place.to(), "add a.txt new.txt");
    git(&place.to(), "commit -qm third");
    assert_eq!(git(&place.from(), "rev-parse HEAD"), before);
    assert_eq!(git(&place.to(), "rev-parse HEAD~1"), before);
}

#[test]
fn git_says_the_same_in_the_copy() {
    let place = Place::new(&[]);
    repository(&place, "");
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_packed_references_and_objects() {
    let place = Place::new(&[]);
    repository(&place, "");
    git(&place.from(), "gc -q");
    assert!(place.from().join(".git/packed-refs").exists());
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_a_detached_head() {
    let place = Place::new(&[]);
    repository(&place, "");
    git(&place.from(), "checkout -q --detach");
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_sha256() {
    let place = Place::new(&[]);
    repository(&place, " --object-format=sha256");
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_references_in_tables() {
    let place = Place::new(&[]);
    repository(&place, " --ref-format=reftable");
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_a_split_index() {
    let place = Place::new(&[]);
    repository(&place, "");
    git(&place.from(), "update-index --split-index");
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_a_sparse_work_tree() {
    let place = Place::new(&[]);
    repository(&place, "");
    git(&place.from(), "checkout -q -- .");
    git(&place.from(), "sparse-checkout set --cone --sparse-index e");
    assert!(!place.from().join("b").exists());
    place.write("a.txt", "aaa");
    assert_same_git(&place);
}

#[test]
fn git_says_the_same_of_a_work_tree_of_another_repository() {
    for bare in [false, true] {
        let place = Place::new(&[]);
        repository(&place, "");
        let main = place.0.path().join("main");
        fs::rename(place.from(), &main).unwrap();
        let main = if bare {
            git(place.0.path(), "clone -q --bare main bare.git");
            place.0.path().join("bare.git")
        } else {
            main
        };
        git(&main, "worktree add -q -b side ../from");
        place.write("a.txt", "side");
        place.write("new.txt", "n");
        if !bare {
            trap_again(&main);
        }
        assert_same_git(&place);
    }
}

fn trap_again(main: &Path) {
    git(main, &format!("config user.token {TOKEN}"));
}

#[test]
fn git_says_the_same_of_shallow_and_borrowing_clones() {
    for flags in ["--depth=1", "--shared", "--reference file", "--filter=blob:none"] {
        let place = Place::new(&[]);
        repository(&place, "");
        let origin = place.0.path().join("origin");
        fs::rename(place.from(), &origin).unwrap();
        git(&origin, "config uploadpack.allowFilter true");
        let (flags, url) = match flags {
            "--shared" => (flags.to_owned(), origin.display().to_string()),
            "--reference file" => (format!("--reference {}", origin.display()), format!("file://{}", origin.display())),
            _ => (flags.to_owned(), format!("file://{}", origin.display())),
        };
        git(place.0.path(), &format!("clone -q {flags} {url} from"));
        git(&place.from(), "remote remove origin");
        trap(&place.from());
        place.write("a.txt", "more");
        place.write("new.txt", "n");
        assert_same_git(&place);
    }
}

#[test]
fn submodules_are_files_without_a_repository() {
    let place = Place::new(&[]);
    repository(&place, "");
    let other = place.0.path().join("other");
    fs::rename(place.from(), &other).unwrap();
    fs::create_dir(place.from()).unwrap();
    repository(&place, "");
    git(&place.from(), &format!("-c protocol.file.allow=always submodule --quiet add {} sub", other.display()));
    git(&place.from(), "commit -qm sub");
    let expected = git(&place.from(), "-c core.fsmonitor=false status --porcelain");
    let copied = place.copy();
    assert_eq!(copied.notes, ["left out, the repositories of submodules and packages: sub/.git"]);
    assert_eq!(git(&place.to(), "status --porcelain"), expected);
    assert!(place.to().join("sub/a.txt").exists());
    // And a submodule is a project of its own.
    let (from, to) = (place.from().join("sub"), place.0.path().join("alone"));
    copy(&from, &to, &PLAIN, &Limits::default()).unwrap();
    assert_eq!(git(&to, "rev-parse HEAD"), git(&from, "rev-parse HEAD"));
}

#[test]
fn a_broken_repository_is_none_and_is_noted() {
    for (files, why) in [
        (&[(".git", "gitdir: nowhere")][..], "names a folder that is not there"),
        (&[(".git", "what")], "names no folder"),
        (&[(".git/config", "")], "no HEAD"),
        (&[(".git/HEAD", "ref: refs/heads/main"), (".git/config", "[core]bare = true")], "bare"),
        (
            &[(".git/HEAD", "ref: refs/heads/main"), (".git/config", "[extensions]\n\tobjectFormat = md5")],
            "does not know",
        ),
        (
            &[(".git/HEAD", "ref: refs/heads/main"), (".git/refs/x", ""), (".git/objects/id_rsa", "x")],
            "not where git keeps them",
        ),
        (
            &[(".git/HEAD", "ref: refs/heads/main"), (".git/refs/x", ""), (".git/objects/info/alternates", "/etc\n")],
            "not where git keeps them",
        ),
    ] {
        let place = Place::new(files);
        place.write("a", "");
        let copied = place.copy();
        assert_eq!(copied.notes.len(), 1, "{why}");
        assert!(copied.notes[0].contains(why), "{why}: {:?}", copied.notes);
        assert!(copied.readable.is_empty() && !place.to().join(".git").exists());
        assert_eq!(place.paths(), ["a"]);
    }
}
