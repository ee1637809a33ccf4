//! A version and a step → the next version, written into manifests and lock files without changing another byte.

use std::ops::Range;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};
use serde_json::{Deserializer, Value};

/// npm counts no higher, since it counts in floating point.
const HIGHEST: u64 = (1 << 53) - 1;

/// npm takes no longer version.
const LONGEST: usize = 256;

/// Where a manifest names what it needs.
const NEEDS: &[&str] = &["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Which version comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// What breaks its users.
    Major,
    /// What adds.
    Minor,
    /// What repairs.
    Patch,
    /// What comes before a release, under a name such as `beta`.
    Prerelease(Option<String>),
    /// This one.
    Exact(Version),
}

/// Why there is no next version, or nowhere to write it.
#[derive(Debug, thiserror::Error)]
pub enum BumpError {
    /// No step.
    #[error("{0:?} is no step; name major, minor, patch, prerelease, prerelease=beta or a version such as 1.2.3")]
    Step(String),
    /// No version.
    #[error("{0:?} is no version; write it as 1.2.3 or 1.2.3-beta.0")]
    Version(String),
    /// Nobody who asks for the newest version would get it.
    #[error("{next} is not higher than {current}; name a higher version")]
    NotHigher {
        /// What was asked for.
        next: String,
        /// What is there.
        current: String,
    },
    /// Not what npm reads.
    #[error("the file is no JSON object: {0}")]
    Json(String),
    /// Nothing to bump.
    #[error("the manifest has no version; add one, such as \"version\": \"0.0.0\"")]
    Missing,
}

impl FromStr for Step {
    type Err = BumpError;

    fn from_str(text: &str) -> Result<Self, BumpError> {
        let wrong = || BumpError::Step(text.to_owned());
        match text {
            "major" => Ok(Self::Major),
            "minor" => Ok(Self::Minor),
            "patch" => Ok(Self::Patch),
            "prerelease" => Ok(Self::Prerelease(None)),
            _ => match text.strip_prefix("prerelease=") {
                Some(name) => is_name(name).then(|| Self::Prerelease(Some(name.to_owned()))).ok_or_else(wrong),
                None => parsed(text).map(Self::Exact).map_err(|_| wrong()),
            },
        }
    }
}

/// The version that follows `current`, as `npm version` counts, without build metadata.
///
/// # Errors
/// `current` is no version, or what follows is not higher.
pub fn next(current: &str, step: &Step) -> Result<String, BumpError> {
    let now = parsed(current)?;
    let release = now.pre.is_empty();
    let (major, minor, patch) = (now.major, now.minor, now.patch);
    let mut next = match step {
        // What comes before 2.0.0 becomes 2.0.0, and 2.0.0 becomes 3.0.0.
        Step::Major => Version::new(major + u64::from(release || minor > 0 || patch > 0), 0, 0),
        Step::Minor => Version::new(major, minor + u64::from(release || patch > 0), 0),
        Step::Patch => Version::new(major, minor, patch + u64::from(release)),
        Step::Prerelease(name) => {
            let pre = prerelease(&now.pre, name.as_deref());
            let pre = Prerelease::new(&pre).map_err(|_| BumpError::Version(pre))?;
            Version { pre, ..Version::new(major, minor, patch + u64::from(release)) }
        }
        Step::Exact(version) => version.clone(),
    };
    next.build = BuildMetadata::EMPTY;
    let next = parsed(&next.to_string())?;
    if next.cmp_precedence(&now).is_gt() {
        return Ok(next.to_string());
    }
    Err(BumpError::NotHigher { next: next.to_string(), current: current.to_owned() })
}

/// Counts the last number up, or starts anew under another name.
fn prerelease(now: &Prerelease, name: Option<&str>) -> String {
    let mut parts: Vec<String> = now.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let named = name.is_some_and(|name| parts.first().is_some_and(|first| first == name));
    if let Some(name) = name.filter(|_| !named || parts.get(1).is_none_or(|part| number(part).is_none())) {
        return format!("{name}.0");
    }
    match parts.iter_mut().rev().find_map(|part| number(part).map(|count| (part, count))) {
        Some((part, count)) => *part = (count + 1).to_string(),
        None => parts.push("0".to_owned()),
    }
    parts.join(".")
}

fn number(part: &str) -> Option<u64> {
    part.parse().ok().filter(|count| *count < HIGHEST)
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && name.bytes().any(|byte| !byte.is_ascii_digit())
}

fn parsed(text: &str) -> Result<Version, BumpError> {
    let fits =
        |version: &Version| version.major.max(version.minor).max(version.patch) <= HIGHEST && text.len() <= LONGEST;
    Version::parse(text).ok().filter(fits).ok_or_else(|| BumpError::Version(text.to_owned()))
}

/// A `package.json` with another version.
///
/// # Errors
/// It is no JSON, or has no version; or `version` is none.
pub fn manifest(text: &str, version: &str) -> Result<String, BumpError> {
    let place = last(&members(text, top(text)?), "version").filter(|place| is_string(text, place));
    Ok(replaced(text, vec![(place.ok_or(BumpError::Missing)?, parsed(version)?.to_string())]))
}

/// A `package-lock.json` or `npm-shrinkwrap.json` with another version of the package in `folder`, below the lock file;
/// an empty name stands for the folder of the lock file itself. A lock file that names no version of it stays as it is.
///
/// # Errors
/// It is no JSON; or `version` is none.
pub fn lock(text: &str, folder: &str, version: &str) -> Result<String, BumpError> {
    let members_of_top = members(text, top(text)?);
    let listed = last(&members_of_top, "packages").and_then(|packages| last(&members(text, packages), folder));
    let own = last(&members_of_top, "version").filter(|_| folder.is_empty());
    let version = parsed(version)?.to_string();
    let places = own.into_iter().chain(listed.and_then(|listed| last(&members(text, listed), "version")));
    Ok(replaced(text, places.filter(|place| is_string(text, place)).map(|place| (place, version.clone())).collect()))
}

/// A `package.json`, or the workspace's own packages in a lock file, with ranges that follow `name` to `version`:
/// exact ones, `^` and `~`. Others are left alone, and so is what begins with `workspace:`, which the packer fills in.
///
/// # Errors
/// It is no JSON; or `version` is none.
pub fn depend(text: &str, name: &str, version: &str) -> Result<String, BumpError> {
    let version = parsed(version)?.to_string();
    let top = top(text)?;
    let rows = members(text, top.clone());
    let mut manifests = vec![top];
    if let (Some(_), Some(packages)) = (last(&rows, "lockfileVersion"), last(&rows, "packages")) {
        let own = members(text, packages)
            .into_iter()
            .filter(|(folder, _)| !folder.split('/').any(|part| part == "node_modules"));
        manifests = own.map(|(_, place)| place).collect();
    }
    let mut edits = Vec::new();
    for rows in manifests.into_iter().map(|manifest| members(text, manifest)) {
        for needs in NEEDS.iter().filter_map(|needs| last(&rows, needs)) {
            let Some(place) = last(&members(text, needs), name) else { continue };
            let range: Option<String> = text.get(place.clone()).and_then(|range| serde_json::from_str(range).ok());
            edits.extend(range.and_then(|range| follow(&range, &version)).map(|range| (place, range)));
        }
    }
    Ok(replaced(text, edits))
}

/// The range with the same operator at another version, if it is of a kind that follows.
fn follow(range: &str, version: &str) -> Option<String> {
    let bare = range.trim_start_matches(['^', '~']);
    let operator = range.strip_suffix(bare).filter(|operator| operator.len() < 2)?;
    // `^1.2` is a range of its own, while `1.2` would admit what `1.2.3` does not.
    let partial = !operator.is_empty() && !bare.is_empty() && bare.split('.').all(|part| part.parse::<u64>().is_ok());
    (partial || Version::parse(bare).is_ok()).then(|| format!("{operator}{version}"))
}

/// Where the object stands that the text is. From here on, the text is known to be JSON.
fn top(text: &str) -> Result<Range<usize>, BumpError> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(start..).unwrap_or_default();
    match serde_json::from_str(body) {
        Ok(Value::Object(_)) => Ok(text.len() - body.trim_start().len()..text.len()),
        Ok(_) => Err(BumpError::Json("it is another value".to_owned())),
        Err(error) => Err(BumpError::Json(error.to_string())),
    }
}

/// The keys of the object at `place`, and where their values stand; none if it is no object.
///
/// By hand: serde's feature for raw values says this too, but makes a key of its own mean something in any JSON.
fn members(text: &str, place: Range<usize>) -> Vec<(String, Range<usize>)> {
    let (mut found, end) = (Vec::new(), place.end);
    let mut rest = text.get(place).and_then(|object| object.strip_prefix('{')).unwrap_or_default();
    loop {
        let Some((Value::String(key), after)) = value(rest) else { return found };
        let start = after.trim_start_matches([' ', '\t', '\r', '\n', ':']);
        let Some((_, after)) = value(start) else { return found };
        found.push((key, end - start.len()..end - after.len()));
        rest = after.trim_start_matches([' ', '\t', '\r', '\n', ',']);
    }
}

/// The value that the text begins with, and what comes after it.
fn value(text: &str) -> Option<(Value, &str)> {
    let mut values = Deserializer::from_str(text).into_iter();
    let value = values.next()?.ok()?;
    Some((value, text.get(values.byte_offset()..)?))
}

/// If a key comes twice, npm reads the last.
fn last(members: &[(String, Range<usize>)], name: &str) -> Option<Range<usize>> {
    members.iter().rfind(|(key, _)| key == name).map(|(_, place)| place.clone())
}

fn is_string(text: &str, place: &Range<usize>) -> bool {
    text.get(place.clone()).is_some_and(|value| value.starts_with('"'))
}

/// The text with other strings at these places, from the last on, so that they stay where they are.
fn replaced(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(place, _)| place.start);
    let mut text = text.to_owned();
    for (place, string) in edits.into_iter().rev() {
        text.replace_range(place, &format!("\"{string}\""));
    }
    text
}

#[cfg(test)]
mod tests;
