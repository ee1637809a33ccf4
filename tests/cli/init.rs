//! `lastlook init`: what it proposes, for whom, and where it refuses to write.

use std::path::Path;

use super::{lastlook, make};

/// Writes files into a folder, with the folders that they need.
fn lay(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// A folder with these files.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path(), files);
    folder
}

/// What is shown, after the command did its work.
#[track_caller]
fn shown(folder: &Path, args: &[&str]) -> String {
    let output = lastlook(folder, &[&["init"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is said, after the command refused.
#[track_caller]
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = lastlook(folder, &[&["init"], args].concat());
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// The lines of a page, without what stands around them.
fn lines(page: &str) -> Vec<&str> {
    page.lines().map(str::trim).collect()
}

/// What the pipeline runs, but for the tool itself.
fn runs(page: &str) -> Vec<&str> {
    let steps = lines(page).into_iter().filter_map(|line| line.strip_prefix("- run: "));
    steps.filter(|line| !line.contains("lastlook")).collect()
}

const MIT: &str = r#"{"name":"a","version":"1.0.0","license":"MIT"}"#;

#[test]
fn init_shows_before_it_writes_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let init = |args: &[&str]| {
        let output = lastlook(folder.path(), &[&["init"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    std::fs::create_dir(at(".git")).unwrap();
    let manifest = r#"{"name":"a","version":"1.0.0","license":"MIT","devDependencies":{"vite":"8"}}"#;
    std::fs::write(at("package.json"), manifest).unwrap();
    let shown = init(&[]);
    assert!(shown.contains("profile = \"open\"") && shown.contains("Vite: "), "{shown}");
    assert!(!at("lastlook.toml").exists());
    init(&["--yes"]);
    let written = std::fs::read_to_string(at("lastlook.toml")).unwrap();
    for line in written.lines().filter(|line| !line.is_empty()) {
        assert!(shown.contains(line), "{line} was written and not shown");
    }
    // What it wrote is a policy, and what stands there stays.
    std::fs::write(at("ok.tgz"), make::tgz([("package.json", manifest.as_bytes())])).unwrap();
    let audit = lastlook(folder.path(), &["audit", "ok.tgz"]);
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stderr));
    std::fs::write(at("lastlook.toml"), "profile = \"closed\"\n").unwrap();
    init(&["--yes", "--ci", "github"]);
    assert_eq!(std::fs::read_to_string(at("lastlook.toml")).unwrap(), "profile = \"closed\"\n");
    assert!(at(".github/workflows/lastlook.yml").exists());
}

#[test]
fn a_licence_that_keeps_the_source_closed_gives_a_closed_policy() {
    let folder = tempfile::tempdir().unwrap();
    for manifest in [
        r#"{"name":"a","version":"1.0.0"}"#,
        r#"{"name":"a","version":"1.0.0","license":"UNLICENSED"}"#,
        r#"{"name":"a","version":"1.0.0","license":"MIT","publishConfig":{"access":"restricted"}}"#,
        r#"{"name":"a","version":"1.0.0","license":"MIT\nprofile = \"open\" AND Secret-1.0"}"#,
    ] {
        std::fs::write(folder.path().join("package.json"), manifest).unwrap();
        let shown = String::from_utf8(lastlook(folder.path(), &["init"]).stdout).unwrap();
        assert!(shown.lines().any(|line| line.trim() == "profile = \"closed\""), "{shown}");
        assert!(!shown.lines().any(|line| line.trim() == "profile = \"open\""), "{shown}");
    }
}

#[test]
fn a_member_does_not_decide_for_its_workspace() {
    let folder = project(&[
        ("package.json", r#"{"name":"w","private":true,"workspaces":["packages/*"]}"#),
        ("packages/a/package.json", MIT),
        ("packages/b/package.json", r#"{"name":"b","version":"1.0.0","license":"UNLICENSED"}"#),
    ]);
    let page = shown(&folder.path().join("packages/a"), &["--yes"]);
    assert!(page.contains("note           this is one package of the workspace in "), "{page}");
    assert!(page.contains("2 of 3 are published"), "{page}");
    let policy = std::fs::read_to_string(folder.path().join("lastlook.toml")).unwrap();
    assert!(policy.contains("\nprofile = \"closed\"\n"), "{policy}");
    assert!(policy.ends_with("[[package]]\nname = \"a\"\nprofile = \"open\"\n"), "{policy}");
    assert!(!shown(folder.path(), &[]).contains("this is one package"));
}

#[test]
fn a_package_without_a_version_counts_too() {
    let folder = project(&[
        ("package.json", r#"{"private":true,"workspaces":["packages/*"]}"#),
        ("packages/a/package.json", MIT),
        ("packages/b/package.json", r#"{"name":"b","license":"UNLICENSED"}"#),
    ]);
    assert!(lines(&shown(folder.path(), &[])).contains(&"profile = \"closed\""));
}

#[test]
fn a_name_that_is_a_pattern_opens_nothing() {
    for name in ["*", "@acme/*", "{a,b}", "[ab]", "?", r"se\\cret", "a\u{9b}b"] {
        let own = format!(r#"{{"name":"{name}","version":"1.0.0","license":"MIT"}}"#);
        let folder = project(&[
            ("package.json", r#"{"private":true,"workspaces":["packages/*"]}"#),
            ("packages/a/package.json", &own),
            ("packages/b/package.json", r#"{"name":"secret","version":"1.0.0","license":"UNLICENSED"}"#),
        ]);
        let page = shown(folder.path(), &[]);
        assert!(!lines(&page).contains(&"profile = \"open\"") && !page.contains('\u{9b}'), "{page}");
        assert!(page.contains("but its name is a pattern that could open other packages."), "{page}");
    }
}

#[test]
fn packages_of_one_name_are_open_together_or_not_at_all() {
    let folder = project(&[
        ("package.json", r#"{"private":true,"workspaces":["packages/*"]}"#),
        ("packages/a/package.json", MIT),
        ("packages/b/package.json", r#"{"name":"a","version":"1.0.0","license":"UNLICENSED"}"#),
    ]);
    let page = shown(folder.path(), &[]);
    assert!(!lines(&page).contains(&"profile = \"open\""), "{page}");
    assert!(page.contains("packages of one name are not all public"), "{page}");
}

#[test]
fn the_reason_for_a_closed_policy_is_the_real_one() {
    for (more, why) in [
        (r#","private":true"#, "it is private, whatever its licence (MIT) allows."),
        (
            r#","publishConfig":{"access":"restricted"}"#,
            "publishConfig.access is restricted, whatever its licence (MIT) allows.",
        ),
    ] {
        let manifest = MIT.replace('}', &format!("{more}}}"));
        let page = shown(project(&[("package.json", &manifest)]).path(), &[]);
        assert!(lines(&page).contains(&format!("# Here it is closed: {why}").as_str()), "{page}");
    }
}

#[test]
fn the_pipeline_builds_unless_packing_does() {
    for (scripts, build) in [
        (r#"{"build":"tsc","prepare":"husky"}"#, true),
        (r#"{"build":"tsc","prepublishOnly":"npm run build"}"#, true),
        (r#"{"build":"tsc","prepack":"rm -rf build"}"#, true),
        (r#"{"build":"tsc","prepack":"npm run build"}"#, false),
        (r#"{"build":"tsc","prepare":"husky && tsc"}"#, false),
        (r#"{"test":"tsc"}"#, false),
    ] {
        let manifest = MIT.replace('}', &format!(r#","scripts":{scripts}}}"#));
        let folder = project(&[("package.json", &manifest), ("package-lock.json", "{}")]);
        let wanted: &[&str] = if build { &["npm ci", "npm run build"] } else { &["npm ci"] };
        assert_eq!(runs(&shown(folder.path(), &["--ci", "github"])), wanted, "{scripts}");
    }
}

#[test]
fn a_workspace_is_built_in_the_way_of_its_packer() {
    let one = r#"{"name":"a","version":"1.0.0","scripts":{"build":"tsc"}}"#;
    for (packer, wanted) in [
        ("npm@11.0.0", &["npm install", "npm run build --workspaces --if-present"][..]),
        (
            "pnpm@10.1.0",
            &[
                "npm install --global pnpm@10",
                "pnpm install --no-frozen-lockfile",
                "pnpm --recursive --if-present run build",
            ],
        ),
        (
            "yarn@4.1.0",
            &[
                "npm install --global --force corepack",
                "corepack enable",
                "yarn install --no-immutable",
                "yarn workspaces foreach --all --topological run build",
            ],
        ),
        ("yarn@1.22.22", &["npm install --global --force yarn@1", "yarn install", "yarn workspaces run build"]),
        ("bun@1.4.5", &["npm install --global bun@1", "bun install", "bun run --filter '*' build"]),
    ] {
        let root = format!(r#"{{"private":true,"packageManager":"{packer}","workspaces":["packages/*"]}}"#);
        let folder = project(&[("package.json", &root), ("packages/a/package.json", one)]);
        assert_eq!(runs(&shown(folder.path(), &["--ci", "github"])), wanted, "{packer}");
        // Yarn 1 would fail in a package that has nothing to build.
        lay(folder.path(), &[("packages/b/package.json", r#"{"name":"b","version":"1.0.0"}"#)]);
        let page = shown(folder.path(), &["--ci", "github"]);
        let last =
            if packer == "yarn@1.22.22" { "npm run build --workspaces --if-present" } else { wanted.last().unwrap() };
        assert_eq!(runs(&page).last(), Some(&last), "{packer}");
    }
}

#[test]
fn the_pipeline_enters_the_folder_of_the_project() {
    let folder = project(&[("apps/1.0/package.json", MIT), (".git/HEAD", "")]);
    let below = folder.path().join("apps/1.0");
    let github = shown(&below, &["--ci", "github"]);
    for line in ["working-directory: \"apps/1.0\"", "path: apps/1.0/lastlook.html", "branches: [main, master, trunk]"] {
        assert!(lines(&github).contains(&line), "{line}\n{github}");
    }
    let gitlab = shown(&below, &["--ci", "gitlab"]);
    let enter = "- cd apps/1.0\n    - npm install\n    - ../../.lastlook/bin/lastlook audit --pack ";
    assert!(gitlab.replace("\n    ", "\n").contains(enter), "{gitlab}");
    for line in ["paths: [apps/1.0/lastlook.html]", "junit: apps/1.0/lastlook.xml"] {
        assert!(lines(&gitlab).contains(&line), "{line}\n{gitlab}");
    }
    shown(&below, &["--ci", "github", "--yes"]);
    assert!(folder.path().join(".github/workflows/lastlook.yml").exists() && below.join("lastlook.toml").exists());
}

#[test]
fn a_folder_whose_name_means_something_gets_no_pipeline() {
    for name in ["a b", "a;id", "$(id)", "-a", "a'b", "\u{e9}", "a,b", "a]"] {
        let folder = project(&[(&format!("{name}/package.json"), MIT), (".git/HEAD", "")]);
        let below = folder.path().join(name);
        for service in ["github", "gitlab"] {
            let said = refused(&below, &["--ci", service, "--yes"]);
            assert!(said.contains("no pipeline can be written for"), "{said}");
        }
        assert!(!below.join("lastlook.toml").exists());
        shown(&below, &["--yes"]);
        assert!(below.join("lastlook.toml").exists());
    }
}

#[test]
fn the_pipeline_runs_on_the_default_branch() {
    let origin = (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/develop\n");
    let folder = project(&[("package.json", MIT), (".git/HEAD", "ref: refs/heads/topic\n"), origin]);
    let page = shown(folder.path(), &["--ci", "github"]);
    assert!(lines(&page).contains(&"branches: [\"develop\"]"), "{page}");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = project(&[("in/package.json", MIT), ("in/.git/HEAD", ""), ("out/keep", "")]);
    let (inside, out) = (folder.path().join("in"), folder.path().join("out"));
    for (link, target) in [(".github", out.as_path()), (".gitlab", Path::new("gone"))] {
        std::os::unix::fs::symlink(target, inside.join(link)).unwrap();
        let said = refused(&inside, &["--ci", &link[1..], "--yes"]);
        assert!(said.contains("it is a link, and links are not written through"), "{said}");
    }
    std::fs::remove_file(inside.join(".github")).unwrap();
    std::fs::create_dir(inside.join(".github")).unwrap();
    std::os::unix::fs::symlink(&out, inside.join(".github/workflows")).unwrap();
    refused(&inside, &["--ci", "github", "--yes"]);
    assert!(!inside.join("lastlook.toml").exists(), "nothing is half done");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn a_file_in_place_of_a_folder_stops_everything() {
    let folder = project(&[("package.json", MIT), (".github", "a file")]);
    let said = refused(folder.path(), &["--ci", "github", "--yes"]);
    assert!(said.contains("it is not a folder"), "{said}");
    assert!(!folder.path().join("lastlook.toml").exists());
}
