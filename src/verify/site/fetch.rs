//! An address → what its origin serves there, within bounds, and politely.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Bounds, Origin, SiteError, Url};
use crate::publish::{Network, Page, Wire};

/// As many times we are sent elsewhere.
const HOPS: usize = 5;
/// We wait no longer than this for a server that asks us to.
const WAIT: Duration = Duration::from_mins(1);

/// What came of asking.
pub(super) enum Answer {
    Found(Url, Page),
    /// The server says there is nothing; what it shows to people instead.
    Missing(u16, Url, Page),
    /// It sends us to an origin that is not asked.
    Elsewhere(Url),
    /// Nobody knows what is there.
    Failed(String),
    /// A bound was reached: nothing is asked any more.
    Bound(String),
}

/// Asks the origins that it was given, and nobody else.
pub(super) struct Fetcher<'b> {
    wire: Wire,
    origins: Vec<Origin>,
    bounds: &'b Bounds,
    until: Instant,
    asked_at: Option<Instant>,
    pub(super) requests: u64,
    pub(super) bytes: u64,
    /// Origins that asked us to wait, and whether they did so again.
    tired: BTreeMap<Origin, bool>,
}

impl<'b> Fetcher<'b> {
    /// For the origin of `start`, and `others`.
    pub(super) fn new(start: &Url, others: &[Origin], bounds: &'b Bounds) -> Result<Self, SiteError> {
        let until = Instant::now() + bounds.time;
        let network = Network::open(bounds.patience, until, !start.origin().is_private());
        let wire = Wire::new(network, &start.to_string())?;
        let origins = std::iter::once(start.origin()).chain(others).cloned().collect();
        Ok(Self { wire, origins, bounds, until, asked_at: None, requests: 0, bytes: 0, tired: BTreeMap::new() })
    }

    pub(super) fn may_ask(&self, url: &Url) -> bool {
        self.origins.contains(url.origin())
    }

    /// Asks for `url`, and goes where its origin sends us.
    pub(super) fn get(&mut self, url: &Url) -> Answer {
        let mut url = url.clone();
        for _ in 0..=HOPS {
            if !self.may_ask(&url) {
                return Answer::Elsewhere(url);
            }
            if self.tired.get(url.origin()) == Some(&true) {
                return Answer::Failed("the server asked for a pause twice, so it is not asked any more".to_owned());
            }
            if let Some(bound) = self.reached() {
                return Answer::Bound(bound);
            }
            let page = match self.once(&url) {
                Ok(page) => page,
                Err(_) if self.bytes >= self.bounds.bytes => return Answer::Bound(self.spent()),
                Err(why) => return Answer::Failed(why),
            };
            match page.status() {
                200 if packed(&page) => {
                    return Answer::Failed("the server sends it packed, which it was asked not to".to_owned());
                }
                200 => return Answer::Found(url, page),
                301 | 302 | 303 | 307 | 308 => match page.header("location").and_then(|to| url.join(to)) {
                    Some(to) => url = to,
                    None => return Answer::Failed("it sends us to no address".to_owned()),
                },
                429 | 503 => {
                    let again = self.tired.insert(url.origin().clone(), false).is_some();
                    if again {
                        self.tired.insert(url.origin().clone(), true);
                        return Answer::Failed(format!("the server answers {} again", page.status()));
                    }
                    let asked = page.header("retry-after").and_then(|text| text.trim().parse().ok());
                    let left = self.until.saturating_duration_since(Instant::now());
                    sleep(Duration::from_secs(asked.unwrap_or(5)).min(WAIT).min(left));
                }
                status @ (400..=407 | 409..=424 | 426..=428 | 430..=499 | 204 | 205) => {
                    return Answer::Missing(status, url, page);
                }
                status => return Answer::Failed(format!("the server answers {status}")),
            }
        }
        Answer::Failed(format!("it sends us from one address to the next, more than {HOPS} times"))
    }

    fn once(&mut self, url: &Url) -> Result<Page, String> {
        if let Some(at) = self.asked_at {
            sleep(self.bounds.pause.saturating_sub(at.elapsed()));
        }
        self.asked_at = Some(Instant::now());
        self.requests += 1;
        let most = self.bounds.file.min(self.bounds.bytes.saturating_sub(self.bytes));
        let answer = self.wire.get(&url.to_string(), most, &mut self.bytes);
        // What did not fit any more was the last.
        if most < self.bounds.file && answer.as_ref().is_err_and(|why| why.starts_with("the answer is longer")) {
            self.bytes = self.bounds.bytes;
        }
        answer
    }

    /// The bound that is reached, in words.
    fn reached(&self) -> Option<String> {
        if self.requests >= self.bounds.requests {
            return Some(format!("after {} requests (--requests)", self.requests));
        }
        if Instant::now() >= self.until {
            return Some(format!("after {} seconds (--seconds)", self.bounds.time.as_secs()));
        }
        (self.bytes >= self.bounds.bytes).then(|| self.spent())
    }

    fn spent(&self) -> String {
        format!("after {} bytes (--bytes)", self.bounds.bytes)
    }
}

fn packed(page: &Page) -> bool {
    let other = |encoding: &str| !["", "identity", "chunked"].contains(&&*encoding.trim().to_ascii_lowercase());
    let encodings = page.headers("content-encoding").chain(page.headers("transfer-encoding"));
    encodings.flat_map(|encodings| encodings.split(',')).any(other)
}
