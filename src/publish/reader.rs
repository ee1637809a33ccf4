//! A registry → what it says of a package, and the bytes that it serves.

use sha2::{Digest as _, Sha512};

use super::credential::Credential;
use super::seen::{Dist, Seen};
use super::wire::{Answer, Ask, SHORT, Wire};
use super::{Registry, before};
use crate::model::Integrity;

/// Documents of packages with thousands of versions are this long; registries draw the line here too.
pub(super) const DOCUMENT: u64 = 100 << 20;

/// The short form, for installers, where a registry has one.
pub(super) const INSTALL: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";

/// As many times a registry may send us elsewhere for bytes.
const HOPS: usize = 3;

/// What bytes are compared with.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'b> {
    /// The bytes themselves.
    Bytes(&'b [u8]),
    /// Their sha512, as npm writes it, and how many they are.
    Hash(&'b str, u64),
}

/// How what is served compares.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// Byte for byte the same.
    Same,
    /// Something else, and how.
    Other(String),
    /// Nothing yet: the answer.
    Nothing(String),
}

/// Reads a registry: as anybody can, and with the credential where that is not enough.
pub struct Reader<'r> {
    pub(super) wire: &'r Wire,
    pub(super) registry: &'r Registry,
    pub(super) credential: Option<&'r Credential>,
}

impl<'r> Reader<'r> {
    /// A reader of `registry`.
    #[must_use]
    pub fn new(wire: &'r Wire, registry: &'r Registry, credential: Option<&'r Credential>) -> Self {
        Self { wire, registry, credential }
    }

    /// The registry that is read.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        self.registry
    }

    /// What the registry says of a package; none if it has none of that name, or none that we may see.
    ///
    /// # Errors
    /// Why it can't be read, in words.
    pub fn package(&self, name: &str) -> Result<Option<Seen>, String> {
        // Asked like this, the answer is that of the registry itself, and not what somebody in between remembers.
        self.document(name, "?write=true", INSTALL)
    }

    fn document(&self, name: &str, query: &str, accept: &'static str) -> Result<Option<Seen>, String> {
        before::name(name).map_err(|error| error.to_string())?;
        let url = format!("{}{query}", self.registry.package(name));
        let answer = self.get(&url, &[("accept", accept)], DOCUMENT)?;
        match answer.status {
            200 => serde_json::from_slice(answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body))
                .map(Some)
                .map_err(|error| self.scrubbed(format!("its answer is no package: {error}"))),
            404 => Ok(None),
            _ => Err(self.said(&answer)),
        }
    }

    /// Asks without the credential, and with it where it is asked for.
    pub(super) fn get(&self, url: &str, headers: &[(&'static str, &'static str)], most: u64) -> Result<Answer, String> {
        let ask = |credential| {
            let ask = Ask { method: "GET", url, headers, credential, otp: None, most };
            self.wire.ask(&ask, None).map_err(|fault| self.scrubbed(fault.why))
        };
        let answer = ask(None)?;
        match self.credential {
            Some(credential) if matches!(answer.status, 401 | 403 | 404) => ask(Some(credential)),
            _ => Ok(answer),
        }
    }

    /// Asks for something that only its owner may see.
    pub(super) fn own(&self, path: &str) -> Result<Answer, String> {
        let url = self.registry.at(path);
        let ask =
            Ask { method: "GET", url: &url, headers: &[], credential: self.credential, otp: None, most: SHORT * 16 };
        self.wire.ask(&ask, None).map_err(|fault| self.scrubbed(fault.why))
    }

    /// Fetches what `dist` points at, and compares it.
    pub(super) fn compare(&self, dist: &Dist, wanted: Wanted<'_>) -> Result<Served, String> {
        let url = self.secured(&dist.tarball);
        let served = self.served(&url, None, wanted)?;
        match (&served, self.credential) {
            (Served::Nothing(_), Some(credential)) if self.registry.owns(&url) => {
                self.served(&url, Some(credential), wanted)
            }
            _ => Ok(served),
        }
    }

    /// The bytes at `url`, which is in the registry, for its owner.
    pub(super) fn bytes(&self, url: &str, most: u64) -> Result<Answer, String> {
        let ask = Ask { method: "GET", url, headers: TARBALL, credential: self.credential, otp: None, most };
        self.wire.ask(&ask, None).map_err(|fault| self.scrubbed(fault.why))
    }

    /// The bytes of a version, as anybody gets them, checked against what the registry says of them.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn tarball(&self, dist: &Dist, most: u64) -> Result<Vec<u8>, String> {
        let bytes = self.unchecked(dist, most)?;
        let found = Integrity::from_sha512(&Sha512::digest(&bytes));
        if dist.sha512().is_some() && !dist.is(found.as_str()) {
            return Err(format!("it serves {}, and says that it is another one", found.as_str()));
        }
        Ok(bytes)
    }

    /// The bytes of a version, as anybody gets them, whatever the registry says of them.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn unchecked(&self, dist: &Dist, most: u64) -> Result<Vec<u8>, String> {
        let url = self.secured(&dist.tarball);
        let mut bytes = Vec::new();
        let mut fetch = |credential| {
            bytes.clear();
            self.fetch(&url, TARBALL, credential, most, &mut |piece| {
                bytes.extend_from_slice(piece);
                true
            })
        };
        let mut answer = fetch(None)?;
        if let (401 | 403 | 404, Some(credential), true) = (answer.status, self.credential, self.registry.owns(&url)) {
            answer = fetch(Some(credential))?;
        }
        if answer.status != 200 {
            return Err(self.said(&answer));
        }
        // Installers undo it, and hash what comes out.
        if let Some(how) = answer.header("content-encoding").filter(|how| !how.eq_ignore_ascii_case("identity")) {
            return Err(format!("it sends the tarball packed once more ({how:.40}), which nobody asked for"));
        }
        Ok(bytes)
    }

    /// Compares what is served at `url`.
    pub(super) fn served(
        &self,
        url: &str,
        credential: Option<&Credential>,
        wanted: Wanted<'_>,
    ) -> Result<Served, String> {
        let size = match wanted {
            Wanted::Bytes(bytes) => bytes.len() as u64,
            Wanted::Hash(_, size) => size,
        };
        let mut at = 0_usize;
        let mut other = None;
        let mut hash = Sha512::new();
        let answer = self.fetch(url, TARBALL, credential, u64::MAX, &mut |piece| {
            let end = at + piece.len();
            let same = match wanted {
                Wanted::Bytes(bytes) => bytes.get(at..end) == Some(piece),
                Wanted::Hash(..) => {
                    hash.update(piece);
                    end as u64 <= size
                }
            };
            if !same {
                other = Some(if end as u64 > size {
                    "it is longer".to_owned()
                } else {
                    format!("it differs after byte {at}")
                });
            }
            at = end;
            same
        })?;
        if answer.status != 200 {
            return Ok(Served::Nothing(self.said(&answer)));
        }
        if let Some(how) = other {
            return Ok(Served::Other(format!("the tarball that the registry serves is another one: {how}")));
        }
        if (at as u64) < size {
            return Ok(Served::Other(format!("the tarball that the registry serves ends after {at} of {size} bytes")));
        }
        let same = match wanted {
            Wanted::Bytes(_) => true,
            Wanted::Hash(integrity, _) => Integrity::from_sha512(&hash.finalize()).as_str() == integrity,
        };
        let what = "the tarball that the registry serves has another sha512";
        Ok(if same { Served::Same } else { Served::Other(what.to_owned()) })
    }

    /// Hands on what is at `url`, piece by piece, as anybody gets it, and with the credential where that is asked for and
    /// the address is of the registry. What stands there is only handed on where the status, which is the answer, is 200.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn stream(
        &self,
        url: &str,
        accept: &'static str,
        most: u64,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<u16, String> {
        let accept = &[("accept", accept)];
        let mut status = self.fetch(url, accept, None, most, take)?.status;
        if let (401 | 403 | 404, Some(credential), true) = (status, self.credential, self.registry.owns(url)) {
            status = self.fetch(url, accept, Some(credential), most, take)?.status;
        }
        Ok(status)
    }

    /// Fetches bytes. Where the registry keeps them elsewhere, they are fetched there, as by anybody.
    fn fetch(
        &self,
        url: &str,
        headers: &[(&'static str, &'static str)],
        credential: Option<&Credential>,
        most: u64,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Answer, String> {
        let mut url = url.to_owned();
        let mut credential = credential;
        for _ in 0..=HOPS {
            let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            if host.is_empty() || host.contains('@') {
                return Err("the address of its tarball can not be used".to_owned());
            }
            let ask = Ask { method: "GET", url: &url, headers, credential, otp: None, most };
            let answer = self.wire.read(&ask, None, take).map_err(|fault| self.scrubbed(fault.why))?;
            let next = answer.location().filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308));
            let Some(next) = next.map(|next| resolved(&url, next)) else { return Ok(answer) };
            let secure = url.starts_with("https://");
            if !(next.starts_with("https://") || (next.starts_with("http://") && !secure)) {
                return Err("it sends us to an address that can not be used".to_owned());
            }
            url = next;
            credential = None;
        }
        Err("it sends us from one address to the next".to_owned())
    }

    /// Where the bytes are fetched that `dist` points at.
    #[must_use]
    pub fn address(&self, dist: &Dist) -> String {
        self.secured(&dist.tarball)
    }

    /// Registries write addresses without encryption, and mean the way that they are asked.
    fn secured(&self, url: &str) -> String {
        if url.is_empty() {
            return String::new();
        }
        let url = &resolved(&self.registry.url(), url);
        let secure = url.replacen("http://", "https://", 1);
        if self.registry.url().starts_with("https://") && self.registry.owns(&secure) { secure } else { url.to_owned() }
    }

    /// What an answer says that is not what was asked for.
    pub(super) fn said(&self, answer: &Answer) -> String {
        said(answer, |text| self.scrubbed(text))
    }

    /// Without the credential, whatever the other side put there.
    pub(super) fn scrubbed(&self, mut text: String) -> String {
        if let Some(credential) = self.credential {
            credential.scrub(&mut text);
        }
        text
    }
}

const TARBALL: &[(&str, &str)] = &[("accept", "application/octet-stream, */*; q=0.1")];

/// What an answer says, in one short line; `scrub` takes out what nobody may read.
pub(super) fn said(answer: &Answer, scrub: impl Fn(String) -> String) -> String {
    let word = |key: &str| {
        let value: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        let word = value.get(key)?.as_str()?.to_owned();
        (!word.is_empty()).then_some(word)
    };
    let plain = || String::from_utf8_lossy(&answer.body).split_whitespace().collect::<Vec<_>>().join(" ");
    let text = word("error").or_else(|| word("message")).or_else(|| word("reason")).unwrap_or_else(plain);
    // A page made for browsers says nothing in its first line.
    let text = if text.starts_with('<') { String::new() } else { text };
    // Scrubbed first: where it is cut, a part of a secret would be left that nobody knows for one.
    let short: String = scrub(text).chars().take(400).collect();
    if short.is_empty() { format!("status {}", answer.status) } else { format!("{short} (status {})", answer.status) }
}

/// The address that `next` means in a document at `base`.
fn resolved(base: &str, next: &str) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let host = rest.split('/').next().unwrap_or_default();
    let path = base.split(['?', '#']).next().unwrap_or_default();
    // What stands in a query is no scheme.
    let whole = next.split(['/', '?', '#']).next().is_some_and(|scheme| scheme.ends_with(':'));
    match next {
        _ if whole && next.contains("://") => next.to_owned(),
        _ if next.starts_with('?') => format!("{path}{next}"),
        _ if next.starts_with("//") => format!("{scheme}:{next}"),
        _ if next.starts_with('/') => format!("{scheme}://{host}{next}"),
        _ => format!("{}/{next}", path.rsplit_once('/').map_or(path, |(folder, _)| folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn an_address_is_read_where_it_stands() {
        let base = "https://r.example:8/a/b";
        for (next, wanted) in [
            ("http://s.example/x", "http://s.example/x"),
            ("//s.example/x", "https://s.example/x"),
            ("/x", "https://r.example:8/x"),
            ("x.tgz", "https://r.example:8/a/x.tgz"),
            ("/x?from=http://s.example/", "https://r.example:8/x?from=http://s.example/"),
            ("?token=1", "https://r.example:8/a/b?token=1"),
        ] {
            assert_eq!(resolved(base, next), wanted);
        }
    }
}
