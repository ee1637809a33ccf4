//! Which packages of a workspace are packed, in which order.

use std::path::Path;

use lastlook::project::{Packer, Project};
use tempfile::TempDir;

use crate::bench::{Bin, Job, lock, project, write};

const ROOT: &str = r#"{"name":"root","version":"1.0.0"}"#;
const OK: &str = r#"{"name":"w","version":"1.0.0"}"#;

const FILES: &[(&str, &str)] = &[
    ("packages/b/package.json", r#"{"name":"@acme/b","version":"2.0.0"}"#),
    ("packages/a/package.json", r#"{"name":"@acme/a","version":"1.0.0"}"#),
    ("packages/inner/package.json", r#"{"name":"inner","version":"1.0.0","private":true}"#),
    ("tools/t/package.json", r#"{"name":"t","version":"0.1.0"}"#),
    ("tools/t/node_modules/x/package.json", r#"{"name":"x","version":"0.1.0"}"#),
];

#[test]
fn each_packer_packs_what_is_published_of_a_workspace() {
    for (program, named) in
        [("npm", "npm"), ("pnpm", "pnpm"), ("yarn1", "yarn@1.22.0"), ("yarn4", "yarn@4.1.0"), ("bun", "bun")]
    {
        let Some(bin) = Bin::with(&[program]) else { continue };
        let root = format!(
            r#"{{"name":"root","version":"1.0.0","private":true,"packageManager":"{named}","workspaces":["tools/**","packages/*","no/*"]}}"#
        );
        let folder = project(FILES);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("package.json", &root);
        if program == "pnpm" {
            write("pnpm-workspace.yaml", "packages:\n  - 'tools/**'\n  - packages/*\n  - no/*\n");
        }
        if program == "yarn4" {
            write("yarn.lock", "");
            lock(&bin, folder.path());
        }
        let result = Job::new(&bin, folder.path()).packed();
        let rows = result["packages"].as_array().unwrap().iter();
        let rows: Vec<_> = rows.map(|one| (one["name"].as_str().unwrap(), one["folder"].as_str().unwrap())).collect();
        assert_eq!(rows, [("t", "tools/t"), ("@acme/a", "packages/a"), ("@acme/b", "packages/b")], "{program}");
        let note = "the workspace pattern \\\"no/*\\\" matches no package";
        assert!(result["notes"].to_string().contains(note), "{}", result["notes"]);

        let one = Job::new(&bin, &folder.path().join("packages/b")).packed();
        assert_eq!(one["packer"], result["packer"]);
        assert_eq!((one["packages"].as_array().unwrap().len(), &one["packages"][0]["name"]), (1, &"@acme/b".into()));
    }
}

/// The folders of a workspace's packages, without the root.
fn folders(folder: &TempDir) -> Vec<String> {
    let project = Project::read(folder.path()).unwrap();
    project.packages().iter().skip(1).map(|package| package.folder.clone()).collect()
}

fn root(packer: &str, patterns: &str) -> String {
    format!(r#"{{"name":"root","version":"1.0.0","packageManager":"{packer}","workspaces":{patterns}}}"#)
}

fn fault(files: &[(&str, &str)]) -> String {
    Project::read(project(files).path()).unwrap_err().to_string()
}

fn link(folder: &TempDir, target: impl AsRef<Path>, name: &str) {
    let name = folder.path().join(name);
    std::fs::create_dir_all(name.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(target, name).unwrap();
}

#[test]
fn a_workspace_follows_its_patterns() {
    let folder = project(&[
        ("package.json", ROOT),
        ("pnpm-workspace.yaml", "packages: ['./apps/**/', \"!**/test\", no/*, 'lib/{a,b}']\n"),
        ("apps/x/y/package.json", OK),
        ("apps/x/test/package.json", "{ broken on purpose"),
        ("apps/node_modules/z/package.json", OK),
        ("lib/b/package.json", OK),
        ("lib/a/package.json", OK),
        ("lib/c/package.json", OK),
    ]);
    assert_eq!(folders(&folder), ["apps/x/y", "lib/a", "lib/b"]);
    let project = Project::read(folder.path()).unwrap();
    assert_eq!(project.notes(), ["the workspace pattern \"no/*\" matches no package"]);
    assert_eq!(project.choice().packer, Packer::Pnpm);
    let member = Project::read(&folder.path().join("lib/a")).unwrap();
    assert_eq!(member.root(), project.root());
    assert_eq!(member.packages()[0].folder, "lib/a");
    // Not one of its packages, so a project of its own.
    let alone = Project::read(&folder.path().join("lib/c")).unwrap();
    assert_eq!(alone.root(), folder.path().canonicalize().unwrap().join("lib/c"));
}

#[test]
fn each_form_of_yaml_names_the_same_packages() {
    for text in [
        "packages:\n  - tools/*\n  -\n    packages/*\n",
        "packages:\n  - tools/*\n  - >-\n    packages/*\n",
        "packages:\n  - !!str tools/*\n  - \"pack\\x61ges/*\"\n",
        "{packages: [tools/*, packages/*]}\n",
        "? packages\n: - tools/*\n  - packages/*\n",
        "---\n\"packages\" :\n- tools/*\n- \"packa\\\n  ges/*\"\n",
        "packages: [\n  tools/*,\n  packages/*,\n]\n",
    ] {
        let folder = project(FILES);
        write(folder.path(), &[("package.json", ROOT), ("pnpm-workspace.yaml", text)]);
        assert_eq!(folders(&folder), ["tools/t", "packages/a", "packages/b", "packages/inner"], "{text}");
    }
    let odd = [("package.json", ROOT), ("pnpm-workspace.yaml", "x: &a [packages/*]\npackages: *a\n")];
    assert!(fault(&odd).starts_with("pnpm-workspace.yaml:2: \"packages\" is no list; write one `- item` line for"));
}

#[test]
fn each_packer_reads_its_own_list() {
    for (packer, wanted) in [("pnpm@10.0.0", "packages/a"), ("npm@11.0.0", "packages/b"), ("bun@1.2.0", "packages/b")] {
        let folder = project(FILES);
        let manifest = root(packer, r#"["packages/b"]"#);
        write(folder.path(), &[("package.json", &manifest), ("pnpm-workspace.yaml", "packages: [packages/a]\n")]);
        assert_eq!(folders(&folder), [wanted], "{packer}");
    }
}

#[test]
fn negations_count_as_they_do_for_the_packer() {
    const A: &[&str] = &["packages/a", "packages/inner"];
    const AB: &[&str] = &["packages/a", "packages/b", "packages/inner"];
    for (patterns, npm, pnpm, yarn1, yarn4, bun) in [
        (r#"["packages/*","!packages/b"]"#, A, A, AB, A, A),
        (r#"["packages/*","!packages/b","packages/b"]"#, AB, A, AB, AB, AB),
        (r#"["packages/*","!packages/b*","packages/b"]"#, AB, A, AB, AB, AB),
        // npm forgets the whole negation.
        (r#"["packages/*","!packages/*","packages/b"]"#, AB, &[], AB, AB, AB),
        // Only some versions count it again.
        (r#"["packages/*","!packages/b","packages/?"]"#, AB, A, AB, AB, AB),
        (r#"["packages/*","!!packages/b"]"#, AB, AB, AB, AB, AB),
        (r#"["packages/*","!!!packages/b"]"#, A, AB, AB, AB, A),
        (
            r#"["packages/b","packages/*","!packages/b"]"#,
            A,
            A,
            &["packages/b", "packages/a", "packages/inner"],
            A,
            &["packages/b", "packages/a", "packages/inner"],
        ),
    ] {
        let packers = ["npm@11.0.0", "pnpm@10.0.0", "yarn@1.22.0", "yarn@4.1.0", "bun@1.2.0"];
        for (packer, wanted) in packers.into_iter().zip([npm, pnpm, yarn1, yarn4, bun]) {
            let folder = project(FILES);
            write(folder.path(), &[("package.json", &root(packer, patterns))]);
            assert_eq!(folders(&folder), wanted, "{packer} {patterns}");
        }
    }
    let folder = project(FILES);
    write(folder.path(), &[("package.json", &root("yarn@1.22.0", r#"["packages/*","!packages/b"]"#))]);
    let note = "Yarn 1 takes out nothing for the workspace pattern \"!packages/b\"";
    assert_eq!(Project::read(folder.path()).unwrap().notes(), [note]);
}

#[test]
fn members_behind_links_are_packed_once() {
    for packer in ["npm", "pnpm"] {
        let Some(bin) = Bin::with(&[packer]) else { continue };
        let folder = project(&[
            ("package.json", &root(packer, r#"["packages/*","lk/*","rest/**"]"#)),
            ("packages/a/package.json", OK),
            ("other/b/package.json", r#"{"name":"b","version":"1.0.0"}"#),
            ("rest/d/package.json", r#"{"name":"d","version":"1.0.0"}"#),
            ("more/c/package.json", r#"{"name":"c","version":"1.0.0"}"#),
        ]);
        link(&folder, "../other/b", "packages/b");
        link(&folder, "more", "lk");
        link(&folder, "..", "rest/circle");
        link(&folder, "nothing", "packages/none");
        assert_eq!(folders(&folder), ["packages/a", "other/b", "more/c", "rest/d"]);
        let result = Job::new(&bin, folder.path()).packed();
        let names = result["packages"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
        assert_eq!(names.collect::<Vec<_>>(), ["root", "w", "b", "c", "d"], "{packer}");
    }
}

#[test]
fn a_link_out_of_the_workspace_is_an_error_unless_it_is_private() {
    let outside = project(&[("package.json", OK), ("deep/p/package.json", OK)]);
    let private = project(&[("package.json", r#"{"name":"p","version":"1.0.0","private":true}"#)]);
    for (pattern, shown) in [("packages/*", "packages/out"), ("packages/*/deep/*", "packages/out/deep/p")] {
        let folder = project(&[("package.json", &root("npm@11.0.0", &format!("[{pattern:?}]")))]);
        link(&folder, private.path(), "packages/mine");
        assert!(folders(&folder).is_empty());
        link(&folder, outside.path(), "packages/out");
        let why = Project::read(folder.path()).unwrap_err().to_string();
        assert!(why.starts_with(&format!("{shown} is a link that leads out of the workspace, to /")), "{why}");
    }
}

#[test]
fn a_pattern_that_packers_read_differently_is_an_error() {
    for pattern in [
        "packages/@(a|b)",
        "packages/!(a)",
        "!(a)",
        "packages/+(x)",
        "packages/(a|b)",
        "packages/p{1..2}",
        "/packages/*",
        "//packages/*",
        "../*",
        "packages/../tools/*",
        "packages\\*",
        "packages/[a",
    ] {
        let why = fault(&[("package.json", &root("npm@11.0.0", &format!("[{pattern:?}]")))]);
        assert!(why.starts_with(&format!("package.json: the workspace pattern {pattern:?} can't be read: ")), "{why}");
    }
    let folder = project(FILES);
    write(folder.path(), &[("package.json", &root("npm@11.0.0", r#"["packages//[ab]","./tools/./*/"]"#))]);
    assert_eq!(folders(&folder), ["packages/a", "packages/b", "tools/t"]);
}

#[test]
fn stars_pass_by_folders_that_begin_with_a_dot() {
    let files = [
        (".cache/x/package.json", OK),
        ("a/.hid/package.json", OK),
        ("a/b/package.json", OK),
        (".d/e/package.json", OK),
    ];
    for (patterns, wanted) in [
        (r#"["**"]"#, &["a/b"][..]),
        (r#"["*/*"]"#, &["a/b"]),
        (r#"[".d/*","a/.*"]"#, &[".d/e", "a/.hid"]),
        (r#"["a/.hid"]"#, &["a/.hid"]),
    ] {
        let folder = project(&files);
        write(folder.path(), &[("package.json", &root("npm@11.0.0", patterns))]);
        assert_eq!(folders(&folder), wanted, "{patterns}");
    }
}

#[test]
fn workspaces_of_workspaces_are_packed_where_yarn_does() {
    let inner = r#"{"name":"a","version":"1.0.0","workspaces":["in/*"]}"#;
    for (packer, wanted) in [("yarn@4.1.0", &["a", "a/in/b"][..]), ("npm@11.0.0", &["a"])] {
        let manifest = root(packer, r#"["a"]"#);
        let folder = project(&[("package.json", &manifest), ("a/package.json", inner), ("a/in/b/package.json", OK)]);
        assert_eq!(folders(&folder), wanted);
    }
}
