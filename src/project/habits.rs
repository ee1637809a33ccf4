//! Settings files and devDependencies → what a project builds, checks and releases with.

use std::collections::BTreeSet;
use std::path::Path;

/// Programs by name: what their settings files begin with, and the packages that bring them.
type Rows = &'static [(&'static str, &'static [&'static str], &'static [&'static str])];

const BUNDLERS: Rows = &[
    ("tsc", &["tsconfig.json", "tsconfig.build.json"], &["typescript"]),
    ("webpack", &["webpack.config."], &["webpack"]),
    ("Vite", &["vite.config."], &["vite"]),
    ("Rollup", &["rollup.config."], &["rollup"]),
    ("Rolldown", &["rolldown.config."], &["rolldown"]),
    ("esbuild", &["esbuild.config.", "esbuild.js", "esbuild.mjs"], &["esbuild"]),
    ("Bun", &["bunfig.toml"], &["bun-types", "@types/bun"]),
    ("Next.js", &["next.config."], &["next"]),
    ("Nuxt", &["nuxt.config."], &["nuxt"]),
    ("SvelteKit", &["svelte.config."], &["@sveltejs/kit"]),
    ("tsup", &["tsup.config."], &["tsup"]),
    ("tsdown", &["tsdown.config."], &["tsdown"]),
    ("unbuild", &["build.config."], &["unbuild"]),
    ("Parcel", &[".parcelrc"], &["parcel", "@parcel/core"]),
    ("Metro", &["metro.config."], &["metro", "react-native"]),
    ("Rspack", &["rspack.config."], &["@rspack/core"]),
    ("swc", &[".swcrc"], &["@swc/core", "@swc/cli"]),
    ("Babel", &["babel.config.", ".babelrc"], &["@babel/core"]),
    ("Angular", &["angular.json"], &["@angular/cli", "ng-packagr"]),
    ("microbundle", &[], &["microbundle"]),
    ("ncc", &[], &["@vercel/ncc"]),
    ("Electron", &["electron-builder.", "forge.config."], &["electron", "electron-builder"]),
    ("vsce", &[".vscodeignore"], &["@vscode/vsce", "vsce"]),
];

const RELEASERS: Rows = &[
    ("semantic-release", &[".releaserc", "release.config."], &["semantic-release"]),
    ("changesets", &[], &["@changesets/cli"]),
    ("release-it", &[".release-it."], &["release-it"]),
    ("np", &[".np-config."], &["np"]),
    ("Lerna", &["lerna.json"], &["lerna"]),
    ("Nx", &["nx.json"], &["nx"]),
    ("release-please", &["release-please-config.json"], &["release-please"]),
    ("auto", &[".autorc"], &["auto"]),
    ("standard-version", &[".versionrc"], &["standard-version", "commit-and-tag-version"]),
    ("beachball", &["beachball.config."], &["beachball"]),
];

/// The services a pipeline may stand on: one file each, but for the first.
const PIPELINES: &[&str] = &[
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    ".travis.yml",
    ".buildkite/pipeline.yml",
    ".drone.yml",
    ".woodpecker.yml",
];

/// What a project builds, checks and releases with, each list without repetition and in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Habits {
    /// The bundlers and compilers that were seen.
    pub bundlers: Vec<&'static str>,
    /// The tools that make its releases.
    pub releasers: Vec<&'static str>,
    /// The files of its pipelines, below the root of the repository.
    pub pipelines: Vec<String>,
}

/// Looks at the settings in `folders` and at the names of `packages` that are installed; pipelines stand in `repository`.
pub(super) fn look(folders: &[&Path], packages: &BTreeSet<&str>, repository: &Path) -> Habits {
    let mut files = BTreeSet::new();
    for folder in folders {
        files.extend(names(folder));
    }
    let seen = |rows: Rows| {
        let brought = |names: &[&str]| names.iter().any(|name| packages.contains(name));
        let set = |starts: &[&str]| files.iter().any(|file| starts.iter().any(|start| file.starts_with(start)));
        let hits = rows.iter().filter(|(_, starts, names)| brought(names) || set(starts));
        hits.map(|(name, _, _)| *name).collect::<Vec<_>>()
    };
    let mut releasers = seen(RELEASERS);
    // Its settings are a folder, which also stands where the tool is run without being installed.
    if !releasers.contains(&"changesets") && folders.iter().any(|folder| folder.join(".changeset").is_dir()) {
        releasers.push("changesets");
    }
    Habits { bundlers: seen(BUNDLERS), releasers, pipelines: pipelines(repository) }
}

fn pipelines(repository: &Path) -> Vec<String> {
    let workflow =
        |name: &String| Path::new(name).extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
    let workflows = names(&repository.join(".github/workflows")).into_iter().filter(workflow);
    let others = PIPELINES.iter().filter(|file| repository.join(file).is_file());
    workflows.map(|name| format!(".github/workflows/{name}")).chain(others.map(|file| (*file).to_owned())).collect()
}

/// The names in a folder, sorted; none where it can't be read, since a habit that is not seen is no fault.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
