//! Targets → their names in reports: the last part of each, so that reports are the same on every machine.

use std::collections::BTreeMap;
use std::path::Path;

use crate::open::Target;

/// The names of `targets`, with as much of their paths as tells apart those that end alike.
pub(super) fn of(targets: &[Target]) -> Vec<String> {
    let parts: Vec<Vec<String>> = targets.iter().map(parts).collect();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
    let end =
        |parts: &[String], count: usize| parts.get(parts.len().saturating_sub(count)..).unwrap_or(parts).join("/");
    let mut names: Vec<String> = parts.iter().map(|parts| end(parts, 1)).collect();
    for count in 2..=longest {
        let mut seen: BTreeMap<&String, usize> = BTreeMap::new();
        for name in &names {
            *seen.entry(name).or_default() += 1;
        }
        let alike: Vec<bool> = names.iter().map(|name| seen.get(name).is_some_and(|times| *times > 1)).collect();
        if !alike.contains(&true) {
            break;
        }
        for ((name, parts), _) in names.iter_mut().zip(&parts).zip(&alike).filter(|(_, alike)| **alike) {
            *name = end(parts, count);
        }
    }
    names
}

/// The parts of a path as it was given; of one that names no file, such as `.`, the last part it really has.
fn parts(target: &Target) -> Vec<String> {
    let path = match target {
        Target::Stdin => return vec!["-".to_owned()],
        Target::Kept(kept) => return vec![kept.name().to_owned()],
        Target::File(path) | Target::Folder(path) => path,
    };
    let real = if path.file_name().is_none() { path.canonicalize().ok() } else { None };
    let real = real.as_deref().and_then(Path::file_name).map(Path::new);
    let all: Vec<String> = real
        .unwrap_or(path)
        .components()
        .filter_map(|part| match part {
            std::path::Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            std::path::Component::ParentDir => Some("..".to_owned()),
            std::path::Component::CurDir | std::path::Component::RootDir | std::path::Component::Prefix(_) => None,
        })
        .collect();
    if all.is_empty() { vec![path.display().to_string()] } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_tell_targets_apart() {
        let names = |paths: &[&str]| of(&paths.iter().map(|path| Target::File((*path).into())).collect::<Vec<_>>());
        assert_eq!(names(&["/a/b/x.tgz", "y.tgz"]), ["x.tgz", "y.tgz"]);
        assert_eq!(names(&["two/a/x.js", "two/b/x.js", "./c.js"]), ["a/x.js", "b/x.js", "c.js"]);
        assert_eq!(names(&["p/dist/x.js", "q/dist/x.js"]), ["p/dist/x.js", "q/dist/x.js"]);
        assert_eq!(names(&["x.js", "x.js"]), ["x.js", "x.js"]);
        assert_eq!(names(&["/"]), ["/"]);
    }
}
