//! A request → the pieces of its answer: no redirect, no connection kept, bounds on time and size.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::ConfigBuilder;
use ureq::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{HeaderName, HeaderValue, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;
use ureq::{Agent, Body, Proxy, ProxyProtocol};

use super::address::{Address, Spot};
use super::anthropic::VERSION;
use super::fault::Fault;
use super::key::Key;
use super::{Dialect, Settings};

/// No answer is longer.
const MOST: usize = 16 << 20;

/// No more of an error is read.
const SHORT: u64 = 64 << 10;

/// Nobody waits longer for a server to go on.
const LONGEST: Duration = Duration::from_hours(1);

pub(super) struct Wire {
    agent: Agent,
    url: String,
    patience: Duration,
}

impl Wire {
    pub(super) fn of(settings: &Settings) -> Result<Self, &'static str> {
        let address = Address::of(settings)?;
        let patience = settings.patience.min(LONGEST);
        Ok(Self { agent: agent(&address, patience)?, url: address.url, patience })
    }

    pub(super) fn post(&self, settings: &Settings, body: &[u8]) -> Result<Response<Body>, Fault> {
        let mut request = self.agent.post(&self.url).header(ACCEPT_ENCODING, "identity");
        request =
            request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/event-stream, application/json");
        if settings.dialect == Dialect::Anthropic {
            request = request.header("anthropic-version", VERSION);
        }
        if let Some(key) = &settings.key {
            let (name, value) = match settings.dialect {
                Dialect::Anthropic => (HeaderName::from_static("x-api-key"), HeaderValue::from_str(key.text())),
                Dialect::Chat => (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", key.text()))),
            };
            let mut value = value.map_err(|_| Fault::last("the key has signs that no key has; set it anew"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        request.send(body).map_err(|error| self.fault(&error))
    }

    /// Hands an answer on piece by piece, for as long as `take` wants more of it.
    pub(super) fn read(
        &self,
        answer: &mut Response<Body>,
        take: &mut dyn FnMut(&[u8]) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let mut reader = answer.body_mut().as_reader();
        let mut piece = vec![0; 16 << 10];
        let mut left = MOST;
        loop {
            let count = reader.read(&mut piece).map_err(|error| self.broken(&error))?;
            let Some(rest) = left.checked_sub(count) else {
                return Err(Fault::last(format!("the answer is longer than {MOST} bytes; lower the most it may say")));
            };
            left = rest;
            if count == 0 || take(piece.get(..count).unwrap_or_default())? {
                return Ok(());
            }
        }
    }

    /// The beginning of what is said in place of an answer.
    pub(super) fn short(answer: &mut Response<Body>, key: Option<&Key>) -> Vec<u8> {
        let mut body = Vec::new();
        // Whatever came of it says more than that it broke off.
        drop(answer.body_mut().as_reader().take(SHORT).read_to_end(&mut body));
        // Half of a key is not found when the key is taken out.
        let begun = key.map_or(0, |key| key.begun(&body));
        body.truncate(body.len().saturating_sub(begun));
        body
    }

    fn broken(&self, error: &std::io::Error) -> Fault {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
        inner.map_or_else(|| Fault::again(format!("the connection broke: {error}")), |inner| self.fault(inner))
    }

    fn fault(&self, error: &ureq::Error) -> Fault {
        use ureq::Error;
        match error {
            Error::Io(error) if holds::<ureq::Error>(error) => self.broken(error),
            Error::Io(error) if holds::<rustls::Error>(error) => Fault::last(format!("no secure connection: {error}")),
            Error::Timeout(_) => Fault::again(format!("nothing more came in {} s", self.patience.as_secs_f32())),
            Error::RedirectFailed => Fault::last("the server leads elsewhere, where nothing is sent; check the url"),
            Error::Rustls(error) => Fault::last(format!("no secure connection: {error}")),
            Error::Io(_) | Error::ConnectionFailed | Error::HostNotFound | Error::ConnectProxyFailed(_) => {
                Fault::again(format!("no connection, is the server running: {error}"))
            }
            // A protocol that is broken off looks like one that is wrong.
            Error::Protocol(_) => Fault::again(error.to_string()),
            other => Fault::last(other.to_string()),
        }
    }
}

/// Whether the error is another one inside.
fn holds<E: std::error::Error + 'static>(error: &std::io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<E>()).is_some()
}

fn agent(address: &Address, patience: Duration) -> Result<Agent, &'static str> {
    let wait = Some(patience);
    let config = line(&address.spot)?
        .timeout_resolve(wait)
        .timeout_connect(wait)
        .timeout_per_read(wait)
        .timeout_per_write(wait)
        .timeout_recv_response(wait)
        // Whoever sends a byte now and then does not keep us for ever.
        .timeout_global(Some(patience.saturating_mul(10)));
    Ok(config.build().new_agent())
}

/// What holds for all that goes out from here: no redirect, no connection kept, and whom the machine trusts.
pub(in crate::agent) fn line(spot: &Spot) -> Result<ConfigBuilder<AgentScope>, &'static str> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("lastlook/", env!("CARGO_PKG_VERSION")))
        // What stays on this machine, or may be read by all, has no way around.
        .proxy(if spot.secure && !spot.local { proxy()? } else { None });
    Ok(if spot.secure { config.tls_config(trust()?) } else { config })
}

/// Whom the machine trusts.
fn trust() -> Result<TlsConfig, &'static str> {
    let found = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> = found.iter().map(|own| Certificate::from_der(own.as_ref()).to_owned()).collect();
    if roots.is_empty() {
        return Err("this machine trusts no certificate authority; install its ca-certificates");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().root_certs(RootCerts::from(roots));
    Ok(config.unversioned_rustls_crypto_provider(provider).build())
}

/// The way around that the environment names.
fn proxy() -> Result<Option<Proxy>, &'static str> {
    let Some(proxy) = Proxy::try_from_env() else { return Ok(None) };
    let known = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
    if known { Ok(Some(proxy)) } else { Err("the proxy in the environment must be an http or https one") }
}
