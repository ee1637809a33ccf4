//! A target → a look at it, as `lastlook verify` looks.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{package, site, targets};
use crate::agent::watch::{Found, Look, Looked, Sight, Target, Watched};
use crate::audit::{Auditor, Rules};
use crate::cli::remote::Opened;
use crate::judge::Policy;
use crate::model::{Level, Report, Ruling};
use crate::verify::site::{Bounds, Origin};

/// As many findings of a part are told apart.
const MOST: usize = 1_000;

/// No text of theirs is longer.
const LONGEST: usize = 400;

pub(super) struct Eyes<'e> {
    pub(super) opened: &'e Opened<'e>,
    pub(super) rules: &'e Rules,
    pub(super) policy: &'e Policy,
    pub(super) pool: &'e rayon::ThreadPool,
    pub(super) fail_on: Level,
    pub(super) bounds: Bounds,
    pub(super) origins: Vec<Origin>,
    pub(super) journal: Option<&'e Path>,
    pub(super) versions: usize,
    /// How long the other side may take to go on, and a look in all.
    pub(super) patience: Duration,
    pub(super) seconds: Duration,
    pub(super) hush: &'e dyn Fn(&mut String),
}

impl Look for Eyes<'_> {
    fn look(&mut self, target: &Target, known: Option<&Watched>) -> Result<Sight, String> {
        let seen = match target.name.strip_prefix("npm:") {
            Some(package) => targets::named(package)
                .map_err(|error| error.to_string())
                .and_then(|(name, version)| package::look(self, name, version, known)),
            None => site::look(self, &target.name),
        };
        seen.map_err(|why| self.text(&why))
    }
}

impl Eyes<'_> {
    pub(super) fn auditor(&self) -> Auditor<'_> {
        Auditor::new(self.rules, self.policy, self.pool).fail_on(self.fail_on)
    }

    /// A text of others, without secrets, and not longer than a person reads.
    pub(super) fn text(&self, text: &str) -> String {
        // Hushed first: where it is cut, a part of a secret would be left that nobody knows for one.
        let mut text = text.to_owned();
        (self.hush)(&mut text);
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }

    /// What a report says, in short.
    pub(super) fn judged(&self, report: &Report, site: bool) -> Looked {
        let mut found = BTreeMap::new();
        let mut more = 0;
        for artifact in &report.artifacts {
            let counts =
                |ruling: &&Ruling| ruling.waived.is_none() && (ruling.level >= Level::Warn || ruling.finding.unread);
            for ruling in artifact.gravest_first().into_iter().filter(counts) {
                let (print, place) = if site {
                    let print = format!("{} {}", artifact.name, ruling.fingerprint);
                    (print, format!("{}/{}", artifact.name, ruling.finding.place))
                } else {
                    (ruling.fingerprint.clone(), ruling.finding.place.to_string())
                };
                if found.len() < MOST {
                    found.insert(print, self.found(ruling, &place, site));
                } else {
                    more += 1;
                }
            }
        }
        if more > 0 {
            let message = "there are more findings than are told one by one".to_owned();
            let (rule, place) = ("watch/more".to_owned(), String::new());
            let (level, unread, fleeting) = (Level::Warn, false, false);
            found.insert("more".to_owned(), Found { rule, level, place, message, unread, fleeting });
        }
        let integrity = report.artifacts.first().and_then(|artifact| artifact.integrity.as_ref());
        let integrity = integrity.map(|integrity| integrity.as_str().to_owned()).filter(|_| !site);
        Looked::Judged { integrity, verdict: report.verdict(), found }
    }

    fn found(&self, ruling: &Ruling, place: &str, site: bool) -> Found {
        let finding = &ruling.finding;
        let rule = finding.rule.to_string();
        // Caches show one document later than another, and servers stumble.
        let fleeting =
            matches!(rule.as_str(), "release/tag-moved" | "release/shown-otherwise") || (site && finding.unread);
        Found {
            level: ruling.level.max(if finding.unread { Level::Deny } else { ruling.level }),
            place: self.text(place),
            message: self.text(&finding.message),
            unread: finding.unread,
            fleeting,
            rule,
        }
    }
}
