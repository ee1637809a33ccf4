//! The files of a build, as an audit lists them → what a served file is to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge;
use crate::model::{Digest, Finding, Listed, digest};

/// The files of a build.
#[derive(Debug, Default)]
pub struct Build {
    digests: BTreeSet<Digest>,
    /// By the last part of their paths.
    names: BTreeMap<String, Vec<String>>,
}

impl Build {
    /// As an audit listed them.
    #[must_use]
    pub fn of(listing: &[Listed]) -> Self {
        let mut build = Self { digests: listing.iter().filter_map(|file| file.digest).collect(), ..Self::default() };
        for file in listing {
            build.names.entry(last(&file.path).to_owned()).or_default().push(file.path.clone());
        }
        build
    }

    /// What is wrong with a served file, if anything is.
    pub(super) fn compare(&self, path: &str, body: &[u8], page: bool) -> Option<Finding> {
        if self.digests.contains(&digest(body)) {
            return None;
        }
        let plain = path.split('?').next().unwrap_or(path);
        let same = |own: &&String| ends(own, plain) || ends(plain, own);
        match self.names.get(last(plain)).and_then(|paths| paths.iter().find(same)) {
            Some(own) => Some(judge::deployed_differs(path, own, page)),
            None => Some(judge::unbuilt(path, page)),
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `long` is `short`, or ends with it behind a slash.
fn ends(long: &str, short: &str) -> bool {
    long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}
