//! Words → what is watched, each once.

use semver::Version;

use crate::agent::watch::Target;
use crate::cli::CliError;
use crate::cli::remote::{Opened, parted};
use crate::cli::verify::address;
use crate::publish::is_name;

/// Reads targets as people write them.
pub(super) fn read(words: &[String], opened: &Opened<'_>) -> Result<Vec<Target>, CliError> {
    let mut targets = Vec::new();
    for word in words {
        let registry = if let Some(package) = word.strip_prefix("npm:") {
            Some(opened.choose(Some(named(package)?.0), None)?.registry.url())
        } else {
            address(word)?;
            None
        };
        let target = Target { name: word.clone(), registry };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// The name of a package, and the one version of it that is meant.
pub(super) fn named(package: &str) -> Result<(&str, Option<&str>), CliError> {
    let (name, version) = parted(package);
    if !is_name(name) {
        return Err(CliError::Usage(format!(
            "{name:?} is no name of a package; write it as npm:NAME or npm:NAME@VERSION"
        )));
    }
    if let Some(tag) = version.filter(|version| version.parse::<Version>().is_err()) {
        let what = format!("{tag:?} is no version; npm:{name} looks at what every tag stands for");
        return Err(CliError::Usage(what));
    }
    Ok((name, version))
}
