//! A project's scripts → the line that builds what is to be packed, where installing and packing do not.

use crate::project::{Package, Packer, Project};

/// The line that builds; `None` where there is nothing to build, or it happens anyway.
///
/// To build twice costs a minute. Not to build lets pass what was never made, so that in doubt the line stands.
pub(super) fn line(packer: Packer, project: &Project) -> Option<String> {
    let (first, rest) = project.packages().split_first()?;
    if first.manifest.scripts.contains_key("build") {
        let happens = builds(first, "prepare") && installing_prepares(packer) || packing_builds(packer, first);
        return (!happens).then(|| format!("{} run build", packer.program()));
    }
    let mut members = rest.iter().filter(|member| member.manifest.scripts.contains_key("build"));
    if members.all(|member| packing_builds(packer, member)) {
        return None;
    }
    let everywhere = rest.iter().all(|member| member.manifest.scripts.contains_key("build"));
    let line = match packer {
        // Yarn 1 has a way of its own, and fails in the first package that has no such script.
        Packer::YarnClassic if everywhere => "yarn workspaces run build",
        Packer::Npm | Packer::YarnClassic => "npm run build --workspaces --if-present",
        Packer::Pnpm => "pnpm --recursive --if-present run build",
        Packer::Yarn => "yarn workspaces foreach --all --topological run build",
        Packer::Bun => "bun run --filter '*' build",
    };
    Some(line.to_owned())
}

/// Whether installing runs `prepare` at the root.
fn installing_prepares(packer: Packer) -> bool {
    match packer {
        Packer::Npm | Packer::Pnpm | Packer::YarnClassic | Packer::Bun => true,
        Packer::Yarn => false,
    }
}

/// Whether packing the package builds it. No package manager runs `prepublishOnly` for that, and only some `prepare`.
fn packing_builds(packer: Packer, package: &Package) -> bool {
    let scripts: &[&str] = match packer {
        Packer::Npm | Packer::Pnpm | Packer::Bun => &["prepack", "prepare"],
        Packer::YarnClassic | Packer::Yarn => &["prepack"],
    };
    package.manifest.unpublished().is_none() && scripts.iter().any(|script| builds(package, script))
}

/// Whether a script of the package runs its build, by its name or by the same commands.
fn builds(package: &Package, script: &str) -> bool {
    let scripts = &package.manifest.scripts;
    let Some(text) = scripts.get(script) else { return false };
    // What stands behind `||` may not run.
    let ran = commands(text.split("||").next().unwrap_or_default());
    let own = scripts.get("build").map(|build| commands(build)).unwrap_or_default();
    let same = !own.is_empty() && ran.windows(own.len()).any(|some| some == own.as_slice());
    same || ran.iter().any(|command| calls(command))
}

/// The commands of a script, each as its words.
fn commands(text: &str) -> Vec<Vec<&str>> {
    let parts = text.split(['&', '|', ';', '\n']).map(|part| part.split_whitespace().collect::<Vec<_>>());
    parts.filter(|words| !words.is_empty()).collect()
}

/// Whether a command runs the script `build` of the package it stands in. With settings it may mean another package.
fn calls(command: &[&str]) -> bool {
    let words: Vec<&str> = command.iter().copied().filter(|word| !matches!(*word, "-s" | "--silent")).collect();
    matches!(
        words.as_slice(),
        ["npm" | "pnpm" | "yarn" | "bun", "run" | "run-script", "build"]
            | ["pnpm" | "yarn" | "turbo", "build"]
            | ["turbo" | "lerna", "run", "build"]
            | ["node", "--run", "build"]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Manifest;

    fn package(build: &str, prepare: &str) -> Package {
        let scripts = [("build".to_owned(), build.to_owned()), ("prepare".to_owned(), prepare.to_owned())];
        let (name, version) = (Some("a".to_owned()), Some("1.0.0".to_owned()));
        Package {
            folder: String::new(),
            manifest: Manifest { name, version, scripts: scripts.into(), ..Manifest::default() },
        }
    }

    #[test]
    fn only_a_script_that_builds_takes_the_place_of_the_build() {
        for (prepare, own) in [
            ("npm run build", true),
            ("husky && npm run -s build", true),
            ("yarn build", true),
            ("turbo run build", true),
            ("tsc -p .; vite build", true),
            ("rm -rf dist && tsc -p . && vite build && echo done", true),
            ("husky", false),
            ("rm -rf build", false),
            ("echo run build", false),
            ("npm run build:docs", false),
            ("npm --prefix docs run build", false),
            ("bun build", false),
            ("is-ci || npm run build", false),
            ("vite build", false),
            ("", false),
        ] {
            assert_eq!(builds(&package("tsc -p . && vite build", prepare), "prepare"), own, "{prepare}");
        }
        assert!(!builds(&package("", "husky"), "prepare"));
    }

    #[test]
    fn packing_builds_where_the_packer_runs_that_script() {
        let one = package("tsc", "npm run build");
        for packer in Packer::ALL {
            let runs = matches!(packer, Packer::Npm | Packer::Pnpm | Packer::Bun);
            assert_eq!(packing_builds(packer, &one), runs, "{packer}");
        }
        let private = Package { manifest: Manifest { private: true, ..one.manifest.clone() }, ..one };
        assert!(!packing_builds(Packer::Npm, &private));
    }
}
