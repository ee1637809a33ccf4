//! What is read of a project without running anything.

use std::path::Path;

use lastlook::project::{Packer, Project};

use crate::bench::project;

fn read(folder: &tempfile::TempDir) -> Project {
    Project::read(folder.path()).unwrap()
}

fn error(files: &[(&str, &str)]) -> String {
    Project::read(project(files).path()).unwrap_err().to_string()
}

const OK: &str = r#"{"name":"w","version":"1.0.0"}"#;

#[test]
fn a_manifest_that_is_none_is_named() {
    assert!(error(&[]).contains("has no package.json; name the folder of the package"));
    assert!(error(&[("package.json5", "{}")]).starts_with("package.json5 can't be read here"));
    assert!(error(&[("package.yaml", "name: x")]).starts_with("package.yaml can't be read here"));
    assert!(error(&[("package.json", "{")]).starts_with("package.json is no JSON: EOF"));
    assert!(error(&[("package.json", "[]")]).starts_with("package.json holds no JSON object"));
    assert!(error(&[("package.json/x", "")]).contains("it is not a regular file"));
    assert!(Project::read(Path::new("/no/such")).unwrap_err().to_string().starts_with("/no/such is no folder"));
    assert_eq!(read(&project(&[("package.json", &format!("\u{feff}{OK}"))])).packages()[0].name(), "w");
    let vast = " ".repeat((16 << 20) + 1);
    assert!(error(&[("package.json", &vast)]).contains("is larger than"));
}

#[test]
fn nothing_to_publish_says_what_to_do() {
    let folder = project(&[("package.json", r#"{"workspaces":["a"]}"#), ("a/package.json", r#"{"private":true}"#)]);
    let why = read(&folder).publishable().unwrap_err().to_string();
    assert!(why.starts_with("nothing here is published: the root: it has no name, a: it is private; give"), "{why}");
}

#[test]
fn the_packer_is_told_by_field_lock_file_or_settings() {
    let field = |extra: &str| OK.replacen('{', &format!("{{{extra},"), 1);
    for (files, packer, version, told_by) in [
        (vec![], Packer::Npm, None, None),
        (vec![("yarn.lock", "# yarn lockfile v1\n")], Packer::YarnClassic, None, Some("yarn.lock")),
        (vec![("yarn.lock", "__metadata:\n")], Packer::Yarn, None, Some("yarn.lock")),
        (vec![("yarn.lock", ""), (".yarnrc.yml", "")], Packer::Yarn, None, Some("yarn.lock")),
        (vec![(".yarnrc.yml", "")], Packer::Yarn, None, Some(".yarnrc.yml")),
        (vec![("bun.lockb", "")], Packer::Bun, None, Some("bun.lockb")),
        (vec![("npm-shrinkwrap.json", "")], Packer::Npm, None, Some("npm-shrinkwrap.json")),
        (
            vec![("package.json", &field(r#""packageManager":"pnpm@9.1.0+sha1.x""#))],
            Packer::Pnpm,
            Some("9.1.0"),
            Some("packageManager"),
        ),
        (
            vec![
                ("package.json", &field(r#""packageManager":"yarn@https://r.example/y.js""#)),
                ("yarn.lock", "__metadata:\n"),
            ],
            Packer::Yarn,
            None,
            Some("packageManager"),
        ),
        (
            vec![("package.json", &field(r#""devEngines":{"packageManager":[{"name":"yarn","version":"^4"}]}"#))],
            Packer::Yarn,
            Some("^4"),
            Some("devEngines.packageManager"),
        ),
    ] {
        let mut all = vec![("package.json", OK)];
        all.extend(files);
        let project = read(&project(&all));
        let choice = project.choice();
        assert_eq!((choice.packer, choice.version.as_deref(), choice.told_by.as_deref()), (packer, version, told_by));
        assert_eq!(project.notes(), [""; 0]);
    }
}

#[test]
fn what_contradicts_the_choice_is_a_note() {
    let manifest =
        OK.replacen('{', r#"{"packageManager":"npm@11.0.0","devEngines":{"packageManager":{"name":"left"}},"#, 1);
    let folder = project(&[("package.json", &manifest), ("pnpm-lock.yaml", ""), ("package-lock.json", "")]);
    assert_eq!(read(&folder).choice().packer, Packer::Npm);
    assert_eq!(
        read(&folder).notes(),
        [
            "devEngines.packageManager names \"left\", which is no package manager that can be packed with",
            "pnpm-lock.yaml was written by pnpm, but packageManager says npm: packing with npm",
        ]
    );
}

#[test]
fn habits_are_seen_in_settings_and_dependencies() {
    let manifest = OK.replacen('{', r#"{"license":"MIT","devDependencies":{"typescript":"5","np":"1"},"#, 1);
    let folder = project(&[
        (".git/HEAD", ""),
        ("package.json", &manifest),
        ("vite.config.ts", ""),
        (".changeset/config.json", ""),
        (".github/workflows/release.yml", ""),
        (".github/workflows/readme.md", ""),
        (".gitlab-ci.yml", ""),
    ]);
    let project = read(&folder);
    assert_eq!(project.habits().bundlers, ["tsc", "Vite"]);
    assert_eq!(project.habits().releasers, ["np", "changesets"]);
    assert_eq!(project.habits().pipelines, [".github/workflows/release.yml", ".gitlab-ci.yml"]);
    assert_eq!(project.packages()[0].manifest.license.as_deref(), Some("MIT"));
}
