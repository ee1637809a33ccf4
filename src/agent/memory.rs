//! What earlier releases of a package looked like → what is new about this one. It can warn, and never clears.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::session::Item;
use crate::judge::{Contents, Moment, Policy, Snapshot, hex};
use crate::model::{ArtifactReport, Finding, Level, Listed, Report};

/// As many releases are remembered.
const KEPT: usize = 20;

/// So much more than before is worth a warning, where the policy has no limit of its own.
const GROWTH: f64 = 1.0;

/// What is known of a package.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    #[serde(skip)]
    file: PathBuf,
    releases: Vec<Release>,
}

/// One release, as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Release {
    /// When it was verified.
    pub time: String,
    /// Its version.
    pub version: String,
    /// The sha512 of its bytes.
    pub integrity: String,
    /// Where it is.
    pub registry: String,
    /// The bytes of the tarball.
    pub size: u64,
    /// The files in it, and their sizes.
    pub files: Vec<(String, u64)>,
    /// The sources that could be recovered.
    pub embedded: u64,
    /// The exceptions that it needed: rules, and why.
    pub exceptions: Vec<String>,
}

impl Memory {
    /// What is known of the package of this name. What can't be read is as good as nothing: it only warns.
    #[must_use]
    pub fn of(state: &Path, name: &str) -> Self {
        let file = state.join("memory").join(format!("{}.json", hex(&Sha256::digest(name))));
        let known = std::fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { file, ..known.unwrap_or_default() }
    }

    /// The last release.
    #[must_use]
    pub fn last(&self) -> Option<&Release> {
        self.releases.last()
    }

    /// Remembers a release.
    pub(super) fn add(&mut self, item: &Item, registry: &str, artifact: &ArtifactReport, report: &Report) {
        let waived = artifact.rulings.iter().filter_map(|ruling| {
            let waiver = ruling.waived.as_ref()?;
            let note = report.exceptions.iter().find(|note| note.line == waiver.line)?;
            Some(format!("{}: {}", ruling.finding.rule, note.reason))
        });
        let mut exceptions: Vec<String> = waived.collect();
        exceptions.sort();
        exceptions.dedup();
        self.releases.retain(|release| release.integrity != item.integrity);
        self.releases.push(Release {
            time: Moment::now().to_string(),
            version: item.version.clone(),
            integrity: item.integrity.clone(),
            registry: registry.to_owned(),
            size: item.size,
            files: artifact.listing.iter().map(|file| (file.path.clone(), file.size)).collect(),
            embedded: artifact.exposure.embedded,
            exceptions,
        });
        let surplus = self.releases.len().saturating_sub(KEPT);
        self.releases.drain(..surplus);
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let text = serde_json::to_vec(self).unwrap_or_default();
        // It only warns: a release that is out is out, whether it is remembered or not.
        let _ = crate::secret::private_folder(folder).and_then(|()| crate::secret::private_file(&self.file, &text));
    }
}

impl Release {
    /// What is new, in words, and what a reviewer should look at.
    pub(super) fn since(&self, now: &ArtifactReport, policy: &Policy) -> (Vec<String>, Vec<Finding>) {
        let listed = |(path, size): &(String, u64)| Listed { path: path.clone(), size: *size, digest: None };
        let before: Vec<Listed> = self.files.iter().map(listed).collect();
        let package = now.package.as_ref().map(|package| package.name.as_str());
        let mut snapshot = Snapshot::default();
        snapshot.replace(package, &before);
        let contents = Contents { snapshot, growth: Some(GROWTH) };
        let all = contents.compare(package, &now.listing);
        let (grown, new): (Vec<Finding>, Vec<Finding>) =
            all.into_iter().partition(|finding| finding.rule.as_str() == "path/growth");
        let gone = before.iter().filter(|file| !now.listing.iter().any(|other| other.path == file.path)).count();
        let bytes: u64 = self.files.iter().map(|(_, size)| size).sum();
        let note = format!(
            "since {}: {} files new, {gone} gone, {} grown; {bytes} bytes then, {} now",
            self.version,
            new.len(),
            grown.len(),
            now.bytes
        );
        // A list that was reviewed says more, and blocks.
        let warns = policy.contents.is_none();
        let warning = |finding: Finding| Finding { at_most: Some(Level::Warn), ..finding };
        (vec![note], grown.into_iter().filter(|_| warns).map(warning).collect())
    }
}

/// Where it is remembered what went wrong in a project.
fn troubles(state: &Path, project: &Path) -> PathBuf {
    let project = project.canonicalize().unwrap_or_else(|_| project.to_owned());
    let name = hex(&Sha256::digest(project.as_os_str().as_encoded_bytes()));
    state.join("memory").join(format!("{name}.trouble"))
}

/// What went wrong in a project before, the last thing last.
pub(super) fn earlier(state: &Path, project: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(troubles(state, project)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Remembers what went wrong in a project, for whoever looks at it next.
pub(super) fn trouble(state: &Path, project: &Path, why: &str) {
    let file = troubles(state, project);
    let mut lines = earlier(state, project);
    lines.push(format!("{}  {}", Moment::now(), why.replace(['\n', '\r'], " ")));
    let surplus = lines.len().saturating_sub(KEPT);
    let text = lines.get(surplus..).unwrap_or_default().join("\n") + "\n";
    let folder = file.parent().unwrap_or(Path::new("."));
    // It is only for people.
    let _ = crate::secret::private_folder(folder).and_then(|()| crate::secret::private_file(&file, text.as_bytes()));
}
