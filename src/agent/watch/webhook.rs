//! A report → a webhook: one POST, no redirect, no credential of a registry, and of the answer its status alone.

use std::io::Read as _;
use std::time::Duration;

use ureq::Agent;
use ureq::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use ureq::http::{HeaderName, HeaderValue, Uri};
use zeroize::Zeroizing;

use super::WatchError;
use super::report::Report;
use super::round::Tell;
use crate::agent::models::{Spot, line};

/// The report's name, so that who gets it twice can tell.
const NAME: &str = "idempotency-key";

/// No more of an answer is waited for.
const ANSWER: u64 = 64 << 10;

/// What lets us in, such as `Authorization: Bearer …`.
pub struct Header(HeaderName, Zeroizing<String>);

impl Header {
    /// Reads `NAME: VALUE`; none where it is not that, or a header that is set already.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.trim().split_once(':')?;
        let (name, value) = (name.trim().parse::<HeaderName>().ok()?, value.trim());
        let own = ["host", "content-length", "content-type", "transfer-encoding", "connection", NAME];
        let fit = !own.contains(&name.as_str()) && !value.is_empty() && HeaderValue::from_str(value).is_ok();
        fit.then(|| Self(name, Zeroizing::new(value.to_owned())))
    }
}

/// Where reports are sent.
pub struct Webhook {
    agent: Agent,
    /// It may hold a secret, and is shown to nobody.
    url: Zeroizing<String>,
    host: String,
    header: Option<Header>,
}

impl Webhook {
    /// The way to `url`; who answers gets `patience` for it.
    ///
    /// # Errors
    /// When that is no address a report may go to.
    pub fn new(url: &str, header: Option<Header>, patience: Duration) -> Result<Self, WatchError> {
        let form = WatchError::Webhook("a webhook is written as https://HOST/…, or http://127.0.0.1/… on this machine");
        let Ok(uri) = url.trim().parse::<Uri>() else { return Err(form) };
        let Some(spot) = Spot::of(&uri) else { return Err(form) };
        if !spot.plain || url.contains('#') {
            return Err(WatchError::Webhook(
                "a webhook has no user and no fragment in its address; what lets us in goes into --webhook-header-file",
            ));
        }
        if !(spot.secure || spot.local) {
            return Err(form);
        }
        let config = line(&spot).map_err(WatchError::Webhook)?.timeout_global(Some(patience));
        let agent = config.build().new_agent();
        Ok(Self { agent, url: Zeroizing::new(url.trim().to_owned()), host: spot.base, header })
    }
}

impl Tell for Webhook {
    fn tell(&mut self, report: &Report) -> Result<(), String> {
        let host = &self.host;
        let mut request = self.agent.post(self.url.as_str()).header(ACCEPT_ENCODING, "identity");
        request = request.header(CONTENT_TYPE, "application/json").header(NAME, &report.id);
        if let Some(Header(name, value)) = &self.header {
            let mut value =
                HeaderValue::from_str(value).map_err(|_| "the header has signs that none has".to_owned())?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let mut answer = request.send(report.line().as_bytes()).map_err(|error| said(host, &error))?;
        let status = answer.status().as_u16();
        // What it says is its own business; that it hangs up in the middle of it is, too.
        drop(std::io::copy(&mut answer.body_mut().as_reader().take(ANSWER), &mut std::io::sink()));
        match status {
            200..=299 => Ok(()),
            300..=399 => Err(format!("{host} answers {status}: it leads elsewhere, where nothing is sent")),
            _ => Err(format!("{host} answers {status}")),
        }
    }
}

/// What went wrong, without the address, which may hold a secret.
fn said(host: &str, error: &ureq::Error) -> String {
    use ureq::Error;
    match error {
        Error::Timeout(_) => format!("{host} took too long"),
        Error::HostNotFound => format!("{host} is not known"),
        Error::ConnectionFailed => format!("no connection to {host}"),
        Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(inner) => said(host, inner),
            None => format!("the connection to {host} failed: {}", error.kind()),
        },
        Error::Rustls(error) => format!("no secure connection to {host}: {error}"),
        _ => format!("{host} gave no answer that can be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_go_over_https_or_to_this_machine_alone() {
        let new = |url: &str| Webhook::new(url, None, Duration::from_secs(1)).is_ok();
        for url in ["http://127.0.0.1:9/x?y=z", "http://[::1]:9/", "http://localhost/"] {
            assert!(new(url), "{url}");
        }
        for url in [
            "http://hooks.example/",
            "ftp://127.0.0.1/",
            "hooks.example",
            "http://u:p@127.0.0.1/",
            "http://127.0.0.1/#x",
            "",
        ] {
            assert!(!new(url), "{url}");
        }
    }

    #[test]
    fn a_header_that_is_set_already_is_none() {
        assert!(Header::parse("Authorization: Bearer x\n").is_some());
        for text in ["Bearer x", "Host: x", "idempotency-key: x", "a b: c", "X-Key:", "X-Key: a\nX-Other: b"] {
            assert!(Header::parse(text).is_none(), "{text}");
        }
    }
}
