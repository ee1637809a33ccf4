//! A site → the files that it serves, its maps however they are found, and what could not be looked at.

mod answer;
mod build;
mod crawl;
mod fetch;
mod read;
mod record;
mod scan;
mod url;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::audit::Fetched;
use crate::model::Report;

pub use build::Build;
#[doc(hidden)]
pub use scan::Glance;
pub use url::{Origin, Url};

/// Why a site can't be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// It is no address of the web.
    #[error("{0:?} is no address of a site; write it as https://HOST/, without a user or a password")]
    Address(String),
    /// The network can't be used.
    #[error(transparent)]
    Network(#[from] crate::publish::PublishError),
    /// A pattern of ours is broken, which the tests rule out.
    #[error("a pattern can not be used: {0}")]
    Pattern(#[from] regex::Error),
}

/// How far a look goes.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// As many requests.
    pub requests: u64,
    /// As many bytes in all.
    pub bytes: u64,
    /// As many bytes of one answer.
    pub file: u64,
    /// As long in all.
    pub time: Duration,
    /// As long for the other side to go on.
    pub patience: Duration,
    /// As many pages.
    pub pages: u64,
    /// As many links away from the first page; 0 asks for that page alone.
    pub depth: u32,
    /// At least as long from one request to the next.
    pub pause: Duration,
}

/// What was done and seen, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Bytes of answers.
    pub bytes: u64,
    /// Pages.
    pub pages: u64,
    /// Scripts.
    pub scripts: u64,
    /// Styles.
    pub styles: u64,
    /// WebAssembly modules.
    pub modules: u64,
    /// Maps that a comment or a section names.
    pub named: u64,
    /// Maps that a header names.
    pub announced: u64,
    /// Maps that nothing names.
    pub hidden: u64,
    /// Originals that a map names and does not hold.
    pub originals: u64,
}

/// What a site serves.
#[derive(Debug)]
pub struct Seen {
    /// The files of each origin, and what is known of them besides.
    pub sets: Vec<Fetched>,
    /// In numbers.
    pub tally: Tally,
    /// How each map was found, by the set and the path of the map.
    ways: BTreeMap<(usize, String), String>,
}

/// Looks at the site at `start`, and at `others` where it leads there.
///
/// # Errors
/// When nothing can be asked at all.
pub fn visit(start: &Url, others: &[Origin], bounds: &Bounds, build: Option<&Build>) -> Result<Seen, SiteError> {
    let crawl = crawl::Crawl::new(start, others, bounds)?.run();
    Ok(crawl.settle(build))
}

impl Seen {
    /// Says with each finding in a map how that map was found.
    pub fn explain(&self, report: &mut Report) {
        for (number, artifact) in report.artifacts.iter_mut().enumerate() {
            for ruling in &mut artifact.rulings {
                if let Some(way) = self.ways.get(&(number, ruling.finding.place.path.clone())) {
                    ruling.finding.message.push_str(&format!(" ({way})"));
                }
            }
        }
    }
}
