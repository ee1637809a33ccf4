//! What is refused before anything is sent, each with the way out.

use semver::Version;
use serde_json::Value;

use super::{Access, PublishError, Seen, Wish};
use crate::audit::Document;

/// A package may not be called so long.
const NAME: usize = 214;

/// Refuses what the manifest itself rules out.
pub(super) fn manifest(document: &Document) -> Result<Version, PublishError> {
    // npm asks whether it is truthy, others whether it is `true`: whoever wrote anything here meant it.
    let open = |value: &Value| matches!(value, Value::Bool(false) | Value::Null) || value.as_str() == Some("");
    if document.fields().get("private").is_some_and(|value| !open(value)) {
        return Err(PublishError::Private(document.name().to_owned()));
    }
    name(document.name())?;
    for (dependency, range) in dependencies(document) {
        if ["workspace:", "catalog:", "link:", "portal:"].iter().any(|inner| range.starts_with(inner)) {
            let (name, dependency, range) = (document.name().to_owned(), dependency.to_owned(), range.to_owned());
            return Err(PublishError::Inner { name, dependency, range });
        }
    }
    version(document.version())
}

/// What installers fetch with a package: names and ranges.
pub(super) fn dependencies(document: &Document) -> impl Iterator<Item = (&str, &str)> {
    let tables = ["dependencies", "optionalDependencies", "peerDependencies"];
    let rows = tables.into_iter().filter_map(|key| document.fields().get(key)?.as_object()).flatten();
    rows.filter_map(|(name, range)| Some((name.as_str(), range.as_str()?)))
}

/// Refuses a name that no registry takes, or that would lead elsewhere in an address.
pub(super) fn name(name: &str) -> Result<(), PublishError> {
    let fault = |why| Err(PublishError::Name(name.to_owned(), why));
    let parts: Vec<&str> = name.strip_prefix('@').map_or_else(|| vec![name], |rest| rest.split('/').collect());
    if parts.len() != if name.starts_with('@') { 2 } else { 1 } {
        return fault("a scope and a name are written as @scope/name");
    }
    if name.len() > NAME {
        return fault("it is longer than 214 characters");
    }
    for part in parts {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~!'()*".contains(c);
        if part.is_empty() || !part.chars().all(plain) {
            return fault("it has other signs than letters, digits, -, _ and .");
        }
        if part.starts_with(['.', '-']) || part.starts_with('_') && !name.starts_with('@') {
            return fault("it begins with a sign that stands for something else");
        }
    }
    if matches!(name.to_ascii_lowercase().as_str(), "node_modules" | "favicon.ico") {
        return fault("it means something else everywhere");
    }
    Ok(())
}

fn version(text: &str) -> Result<Version, PublishError> {
    let version: Version = text.parse().map_err(|error: semver::Error| {
        let plain = text.trim().trim_start_matches(['v', 'V', '=']).trim();
        let way = if plain.parse::<Version>().is_ok() { plain } else { "1.2.3 or 1.2.3-beta.1" };
        PublishError::Version(text.to_owned(), error.to_string(), way.to_owned())
    })?;
    if version.build.is_empty() {
        return Ok(version);
    }
    let way = text.split('+').next().unwrap_or_default().to_owned();
    Err(PublishError::Build { version: text.to_owned(), way })
}

/// The tag to publish under.
pub(super) fn tag(wish: &Wish, document: &Document, version: &Version) -> Result<String, PublishError> {
    let config = document.fields().get("publishConfig");
    let own = config.and_then(|config| config.get("tag")?.as_str());
    let Some(tag) = wish.tag.as_deref().or(own).or(wish.usual_tag.as_deref()) else {
        let way = version.pre.as_str().split('.').next().filter(|word| valid_tag(word).is_ok()).unwrap_or("next");
        if !version.pre.is_empty() {
            return Err(PublishError::Prerelease { version: version.to_string(), way: way.to_owned() });
        }
        return Ok("latest".to_owned());
    };
    valid_tag(tag).map_err(|why| PublishError::Tag(tag.to_owned(), why))?;
    Ok(tag.to_owned())
}

/// A tag is a word that nobody takes for a range of versions.
pub(super) fn valid_tag(tag: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if tag.is_empty() || tag.len() > 128 || !tag.chars().all(plain) || tag.starts_with(['.', '-']) {
        return Err("it is a word of letters, digits, -, _ and .");
    }
    let rest = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let range = rest.starts_with(|c: char| c.is_ascii_digit()) || matches!(tag, "x" | "X");
    if range { Err("installers would take it for a version") } else { Ok(()) }
}

/// Who may read it.
pub(super) fn access(wish: &Wish, document: &Document) -> Result<Option<Access>, PublishError> {
    let config = document.fields().get("publishConfig");
    let own = match config.and_then(|config| config.get("access")) {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) => Some(Access::named(word).ok_or_else(|| PublishError::Access(word.clone()))?),
        Some(other) => return Err(PublishError::Access(other.to_string())),
    };
    let access = wish.access.or(own).or(wish.usual_access);
    if access == Some(Access::Restricted) && !document.name().starts_with('@') {
        return Err(PublishError::Unscoped(document.name().to_owned()));
    }
    Ok(access)
}

/// Refuses what the registry has, or what would take everybody back.
pub(super) fn against(
    seen: &Seen,
    document: &Document,
    version: &Version,
    integrity: &str,
    wish: &Wish,
    tag: &str,
) -> Result<(), PublishError> {
    let title = format!("{}@{}", document.name(), document.version());
    if let Some(dist) = seen.version(document.version()) {
        let same = dist.is(integrity);
        return Err(if same { PublishError::Same(title) } else { PublishError::Exists(title) });
    }
    let latest = seen.tag("latest").and_then(|latest| latest.parse::<Version>().ok());
    let said = wish.tag.as_deref() == Some("latest");
    match latest {
        Some(latest) if *version < latest && tag == "latest" && !said => Err(PublishError::Below {
            version: version.to_string(),
            latest: latest.to_string(),
            way: format!("release-{}", version.major),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for good in ["a", "@a/b", "JSONStream", "a.b", "@a/_b", "a_b"] {
            assert!(name(good).is_ok(), "{good}");
        }
        for bad in [
            "", "@", "@a", "@a/", "a/b", "@a/b/c", "..", ".a", "_a", "a b", "a%2fb", "a?b", "@/b", "@../b", "é", "-",
            "@-/x",
        ] {
            assert!(name(bad).is_err(), "{bad}");
        }
        assert!(name(&"a".repeat(215)).is_err());
    }

    #[test]
    fn a_tag_is_not_to_be_taken_for_a_version() {
        for good in ["latest", "next", "beta", "release-1", "canary.2", "very"] {
            assert!(valid_tag(good).is_ok(), "{good}");
        }
        for bad in ["", "1.x", "v1", "1", "x", "*", "^1", "a b", "a/b", "-a", "../a"] {
            assert!(valid_tag(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_stands_behind_a_plus_would_be_dropped() {
        assert!(matches!(version("1.0.0+5"), Err(PublishError::Build { way, .. }) if way == "1.0.0"));
        assert!(matches!(version("v1.0.0"), Err(PublishError::Version(..))));
        assert!(version("1.0.0-beta.1").is_ok());
    }
}
