//! A project → the step of its pipeline that audits what would be published.

use super::Draft;
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
    pub(super) fn draft(self, project: &Project) -> Draft {
        let packer = project.choice().packer;
        match self {
            Self::Github => {
                let ready: Vec<String> =
                    ready(packer, project).iter().map(|line| format!("      - run: {line}\n")).collect();
                let text = GITHUB.replace("READY\n", &ready.concat()).replace("VERSION", env!("CARGO_PKG_VERSION"));
                Draft { path: ".github/workflows/lastlook.yml", in_repository: true, text, note: None }
            }
            Self::Gitlab => {
                let ready: Vec<String> = ready(packer, project).iter().map(|line| format!("    - {line}\n")).collect();
                let text = GITLAB.replace("READY\n", &ready.concat()).replace("VERSION", env!("CARGO_PKG_VERSION"));
                let note = "name it in .gitlab-ci.yml:  include: { local: .gitlab/lastlook.yml }";
                Draft { path: ".gitlab/lastlook.yml", in_repository: true, text, note: Some(note) }
            }
        }
    }
}

/// What makes a fresh checkout ready to be packed.
fn ready(packer: Packer, project: &Project) -> Vec<String> {
    let version = project.choice().version.as_deref().and_then(crate::project::major);
    let at = |name: &str| version.map_or_else(|| name.to_owned(), |major| format!("{name}@{major}"));
    let (get, install) = match packer {
        Packer::Npm => (None, "npm ci".to_owned()),
        Packer::Pnpm => {
            (Some(format!("npm install --global {}", at("pnpm"))), "pnpm install --frozen-lockfile".to_owned())
        }
        Packer::YarnClassic => (None, "yarn install --frozen-lockfile".to_owned()),
        Packer::Yarn => (Some("corepack enable".to_owned()), "yarn install --immutable".to_owned()),
        Packer::Bun => {
            (Some(format!("npm install --global {}", at("bun"))), "bun install --frozen-lockfile".to_owned())
        }
    };
    // What packing runs by itself need not run twice.
    let scripts = project.packages().first().map(|package| &package.manifest.scripts);
    let has = |name: &str| scripts.is_some_and(|scripts| scripts.contains_key(name));
    let build = (has("build") && !has("prepack") && !has("prepare")).then(|| format!("{} run build", packer.program()));
    get.into_iter().chain([install]).chain(build).collect()
}

const GITHUB: &str = "\
# Packs what would be published, and audits these exact bytes.
name: lastlook
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
concurrency:
  group: lastlook-${{ github.ref }}
  cancel-in-progress: true
jobs:
  audit:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: actions/setup-node@v5
        with:
          node-version: lts/*
          package-manager-cache: false
      - run: cargo install lastlook --version VERSION --locked
READY
      - run: lastlook audit --pack --format github --output html=lastlook.html
      - uses: actions/upload-artifact@v4
        if: failure()
        with:
          name: lastlook
          path: lastlook.html
";

const GITLAB: &str = "\
# Packs what would be published, and audits these exact bytes.
lastlook-build:
  stage: build
  image: rust:1-bookworm
  script:
    - cargo install lastlook --version VERSION --locked --root .lastlook
  artifacts:
    paths: [.lastlook/bin/lastlook]
    expire_in: 1 day
lastlook:
  stage: test
  image: node:lts-bookworm
  needs: [lastlook-build]
  script:
READY
    - .lastlook/bin/lastlook audit --pack --output junit=lastlook.xml --output html=lastlook.html
  artifacts:
    when: always
    paths: [lastlook.html]
    reports:
      junit: lastlook.xml
";
