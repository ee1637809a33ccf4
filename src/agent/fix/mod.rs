//! The denials of a package → edits to its own files that take away their causes, and what is left to a person.

mod config;
mod desk;
mod entries;
mod json;
mod patch;
mod scripts;
mod ships;
#[cfg(test)]
mod tests;
mod tokens;
mod tsconfig;

use serde_json::Value;

use desk::{Desk, join};
use entries::Entries;
use json::Tree;
pub use patch::patch;
use ships::Out;

/// A finding that denies a release, as the audit tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The rule that denies.
    pub rule: String,
    /// As installed in the package, such as `dist/cli.js.map`.
    pub path: String,
    /// What lies deeper, outermost first.
    pub inside: Vec<String>,
}

/// The files of the project, below its root, with forward slashes.
pub trait Files {
    /// The text of a file, if there is one.
    fn read(&self, path: &str) -> Option<String>;
    /// The names of the files that lie directly in a folder; the root is "".
    fn list(&self, folder: &str) -> Vec<String>;
}

/// One file as it is, and as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Below the root.
    pub path: String,
    /// None where the file is new.
    pub before: Option<String>,
    /// The whole text.
    pub after: String,
    /// What it is good for, in a few words.
    pub why: String,
}

/// What to change, and what is left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// One for each file, in the order of their paths.
    pub edits: Vec<Edit>,
    /// What no safe fix is known for, in words a person can act on.
    pub open: Vec<String>,
}

/// What helps against a leak.
enum Cure {
    /// A build that writes no maps.
    Build,
    /// Not to ship the file.
    LeaveOut,
    /// To take it out and make it worthless.
    Revoke,
    /// Nothing that is known here.
    Unknown,
}

/// Fixes for one package, which lies in `folder` below the root ("" is the root).
#[must_use]
pub fn propose(files: &dyn Files, folder: &str, leaks: &[Leak]) -> Proposal {
    let mut desk = Desk::new(files, folder);
    if leaks.is_empty() {
        return desk.finish();
    }
    let path = join(folder, "package.json").unwrap_or_default();
    let text = desk.read(&path).unwrap_or_default();
    let value: Option<Value> = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok();
    let (Some(value), Some(tree)) = (value.filter(Value::is_object), Tree::parse(&text)) else {
        desk.note(format!("{path}: can't be read as a JSON object; repair it first"));
        return desk.finish();
    };
    let entries = Entries::of(&value);
    if leaks.iter().any(|leak| matches!(cure(leak), Cure::Build)) {
        let named = scripts::quiet(&mut desk, &path, &text, &tree);
        for at in ["tsup", "babel", "tsdown"].iter().flat_map(|key| tree.members(0, key)) {
            config::members(&mut desk, &path, &text, &tree, at);
        }
        tsconfig::quiet(&mut desk, &named.settings);
        config::quiet(&mut desk, &named.settings, &named.run, &entries);
    }
    let quieted = desk.touched();
    let out = sort(&mut desk, &entries, leaks, quieted);
    if value.get("publishConfig").and_then(|it| it.get("directory")).is_some() {
        desk.note(format!("{path}: publishConfig.directory ships another folder; name there what ships"));
    } else {
        ships::keep(&mut desk, &path, &text, &tree, &out);
    }
    desk.finish()
}

fn cure(leak: &Leak) -> Cure {
    match leak.rule.split_once('/').unwrap_or_default() {
        ("map", _) | ("source", "eval") => Cure::Build,
        ("path", "unlisted" | "growth") => Cure::Unknown,
        ("path", _) | ("source", "raw" | "report") | ("agent", "settings") => Cure::LeaveOut,
        ("secret" | "term", _) => Cure::Revoke,
        _ => Cure::Unknown,
    }
}

/// Whether a path is that of a map.
fn is_map(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("map"))
}

/// Whether a file holds nothing but a map, so that nobody misses it.
fn is_apart(path: &str) -> bool {
    is_map(path) || path.ends_with(".map.json")
}

/// Whether a path is that of code.
fn is_code(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "js" | "mjs" | "cjs" | "css" | "wasm" | "node"))
}

/// What can be kept out of the package; the rest is noted.
fn sort(desk: &mut Desk<'_>, entries: &Entries, leaks: &[Leak], quieted: bool) -> Out {
    let mut out = Out::default();
    for leak in leaks {
        let Leak { rule, path, inside } = leak;
        let said = match cure(leak) {
            Cure::Revoke => {
                Some("take it out of the source, and revoke what it gives access to: it counts as known".to_owned())
            }
            Cure::Unknown => Some(format!("no safe fix is known here; see lastlook rules {rule}")),
            Cure::LeaveOut => leave(entries, &mut out, rule, path, inside),
            Cure::Build if is_apart(path) => leave(entries, &mut out, rule, path, inside),
            Cure::Build if quieted => None,
            Cure::Build => Some(
                "it stands in a file that is needed, and no setting was found that is safe to change; \
                 build for production, without maps"
                    .to_owned(),
            ),
        };
        if let Some(said) = said {
            let place = std::iter::once(path).chain(inside).map(String::as_str).collect::<Vec<_>>().join("!");
            desk.note(format!("{rule} in {place}: {said}"));
        }
    }
    out
}

/// Keeps a file out of the package, or says why that can't be.
fn leave(entries: &Entries, out: &mut Out, rule: &str, path: &str, inside: &[String]) -> Option<String> {
    let sample =
        |part: &str| matches!(part, "template" | "templates" | "scaffold" | "scaffolds" | "stubs" | "boilerplate");
    let said = if !inside.is_empty() {
        "it lies inside another file, which has to be made without it"
    } else if entries.name(path, matches!(rule, "source/raw" | "path/test")) {
        "package.json points to it, so it was not left out; point to what the build makes"
    } else if path.split('/').any(|part| part == "node_modules") {
        "it comes with a bundled dependency, which \"files\" does not reach; take that out of bundleDependencies"
    } else if path == "package.json" {
        "package.json always ships; take it out by hand"
    } else if rule == "source/raw" && entries.raw() {
        "package.json points to source, which may need it; point to what the build makes"
    } else if rule == "source/raw" && path.split('/').any(sample) {
        "it may be a template that has to ship; if so, allow it in lastlook.toml, else take its folder out of \"files\""
    } else if rule == "source/report" && is_code(path) {
        "it is code that may be needed; build it without what writes reports into it"
    } else {
        match hidden(path).filter(|_| matches!(rule, "path/agent" | "path/vcs" | "path/editor" | "agent/settings")) {
            _ if is_map(path) => out.maps = true,
            Some(folder) if !entries.enter(folder) => drop(out.folders.insert(folder.to_owned())),
            _ => drop(out.paths.insert(path.to_owned())),
        }
        return None;
    };
    Some(said.to_owned())
}

/// The outermost hidden folder of a path; that of GitHub holds many things.
fn hidden(path: &str) -> Option<&str> {
    let mut folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    folders.find(|it| it.rsplit('/').next().is_some_and(|name| name.starts_with('.') && name != ".github"))
}
