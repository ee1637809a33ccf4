//! A project → the step of its pipeline that audits what would be published.

use super::{Draft, InitError, branch, build, plain};
use crate::project::{Packer, Project};

/// Where a pipeline runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipeline {
    /// GitHub Actions.
    Github,
    /// GitLab.
    Gitlab,
}

impl Pipeline {
    pub(super) fn draft(self, project: &Project) -> Result<Draft, InitError> {
        let folder = folder(project)?;
        let lines = ready(project);
        let (path, text, note) = match self {
            Self::Github => (".github/workflows/lastlook.yml", github(project, &folder, &lines), None),
            Self::Gitlab => {
                let note = "name it in .gitlab-ci.yml:  include: { local: .gitlab/lastlook.yml }";
                (".gitlab/lastlook.yml", gitlab(&folder, &lines), Some(note))
            }
        };
        let text = text.replace("<VERSION>", env!("CARGO_PKG_VERSION"));
        Ok(Draft { path, in_repository: true, text, note })
    }
}

/// The folder of the project below the root of the repository; empty where it is that root.
fn folder(project: &Project) -> Result<String, InitError> {
    let below = project.root().strip_prefix(project.repository()).unwrap_or(project.root());
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    let folder = parts.join("/");
    // A name that is no text has a sign of its own in it by now, and is not plain either.
    if folder.is_empty() || plain(&folder) { Ok(folder) } else { Err(InitError::Folder { folder }) }
}

fn github(project: &Project, folder: &str, lines: &[String]) -> String {
    let branches = branch::default(project.repository())
        .map_or_else(|| "main, master, trunk".to_owned(), |name| format!("\"{name}\""));
    let place = match folder {
        "" => String::new(),
        // In quotes, since a folder may be called 1.0 or true.
        folder => format!("    defaults:\n      run:\n        working-directory: \"{folder}\"\n"),
    };
    let steps: Vec<String> = lines.iter().map(|line| format!("      - run: {line}\n")).collect();
    let text =
        GITHUB.replace("<PLACE>\n", &place).replace("<READY>\n", &steps.concat()).replace("<BRANCHES>", &branches);
    text.replace("<FOLDER>", &inside(folder))
}

fn gitlab(folder: &str, lines: &[String]) -> String {
    let enter = (!folder.is_empty()).then(|| format!("cd {folder}"));
    let steps: Vec<String> = enter.iter().chain(lines).map(|line| format!("    - {line}\n")).collect();
    let top = "../".repeat(folder.split('/').filter(|part| !part.is_empty()).count());
    let text = GITLAB.replace("<READY>\n", &steps.concat()).replace("<TOP>", &top);
    text.replace("<FOLDER>", &inside(folder))
}

/// What stands before the name of a file in `folder`.
fn inside(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

/// What makes a fresh checkout ready to be packed.
fn ready(project: &Project) -> Vec<String> {
    let packer = project.choice().packer;
    let version = project.choice().version.as_deref().and_then(crate::project::major);
    let at = |name: &str| version.map_or_else(|| name.to_owned(), |major| format!("{name}@{major}"));
    let mut lines = match packer {
        Packer::Npm => Vec::new(),
        Packer::Pnpm => vec![format!("npm install --global {}", at("pnpm"))],
        // Newer images and releases of Node bring neither Yarn nor corepack; older ones bring a Yarn that is in its way.
        Packer::YarnClassic => vec!["npm install --global --force yarn@1".to_owned()],
        Packer::Yarn => vec!["npm install --global --force corepack".to_owned(), "corepack enable".to_owned()],
        Packer::Bun => vec![format!("npm install --global {}", at("bun"))],
    };
    lines.push(install(packer, project).to_owned());
    lines.extend(build::line(packer, project));
    lines
}

/// What installs exactly what is locked; where nothing is, what installs at all.
fn install(packer: Packer, project: &Project) -> &'static str {
    let files: &[&str] = match packer {
        Packer::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
        Packer::Pnpm => &["pnpm-lock.yaml"],
        Packer::YarnClassic | Packer::Yarn => &["yarn.lock"],
        Packer::Bun => &["bun.lock", "bun.lockb"],
    };
    let locked = files.iter().any(|file| project.root().join(file).is_file());
    match (packer, locked) {
        (Packer::Npm, true) => "npm ci",
        (Packer::Npm, false) => "npm install",
        (Packer::Pnpm, true) => "pnpm install --frozen-lockfile",
        (Packer::Pnpm, false) => "pnpm install --no-frozen-lockfile",
        (Packer::YarnClassic, true) => "yarn install --frozen-lockfile",
        (Packer::YarnClassic, false) => "yarn install",
        (Packer::Yarn, true) => "yarn install --immutable",
        (Packer::Yarn, false) => "yarn install --no-immutable",
        (Packer::Bun, true) => "bun install --frozen-lockfile",
        (Packer::Bun, false) => "bun install",
    }
}

/// What stands in `<>` is filled in; no folder and no branch that is taken has such a sign.
const GITHUB: &str = "\
# Packs what would be published, and audits these exact bytes.
name: lastlook
on:
  pull_request:
  push:
    branches: [<BRANCHES>]
permissions:
  contents: read
concurrency:
  group: lastlook-${{ github.ref }}
  cancel-in-progress: true
jobs:
  audit:
    runs-on: ubuntu-latest
    timeout-minutes: 20
<PLACE>
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: actions/setup-node@v5
        with:
          node-version: lts/*
          package-manager-cache: false
      - run: cargo install lastlook --version <VERSION> --locked
<READY>
      - run: lastlook audit --pack --format github --output html=lastlook.html
      - uses: actions/upload-artifact@v4
        if: failure()
        with:
          name: lastlook
          path: <FOLDER>lastlook.html
";

const GITLAB: &str = "\
# Packs what would be published, and audits these exact bytes.
lastlook-build:
  stage: build
  image: rust:1-bookworm
  script:
    - cargo install lastlook --version <VERSION> --locked --root .lastlook
  artifacts:
    paths: [.lastlook/bin/lastlook]
    expire_in: 1 day
lastlook:
  stage: test
  image: node:lts-bookworm
  needs: [lastlook-build]
  script:
<READY>
    - <TOP>.lastlook/bin/lastlook audit --pack --output junit=lastlook.xml --output html=lastlook.html
  artifacts:
    when: always
    paths: [<FOLDER>lastlook.html]
    reports:
      junit: <FOLDER>lastlook.xml
";
