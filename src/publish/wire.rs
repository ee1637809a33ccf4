//! One request → one answer: no redirect, no second try, no connection kept, and the credential to one origin alone.

use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ureq::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy, ProxyProtocol, SendBody};
use zeroize::Zeroizing;

use super::around::{Around, Home};
use super::body::Body;
use super::credential::{Ask as Asking, Credential, Otp};
use super::settings::Settings;
use super::{PublishError, Registry};

/// How the network is reached.
#[derive(Debug)]
pub struct Network {
    patience: Duration,
    /// Authorities, as PEM.
    authorities: Vec<Vec<u8>>,
    /// Whether they take the place of those that the machine trusts.
    alone: bool,
    /// The proxy, which may hold a password.
    proxy: Option<Zeroizing<String>>,
    /// Nothing is read any more from then on.
    until: Option<Instant>,
    /// Which addresses are asked.
    reach: Reach,
}

/// Which addresses are asked.
#[derive(Debug)]
enum Reach {
    /// All.
    All,
    /// Those that anybody could ask.
    Public,
    /// Those of a registry, and those that it may lead to.
    Around(Arc<Home>),
}

impl Network {
    /// As settings say, to reach `registry`; `patience` is how long to wait for the other side to go on.
    ///
    /// # Errors
    /// When a file of authorities can't be read.
    pub fn of(settings: &Settings, registry: &Registry, patience: Duration) -> Result<Self, PublishError> {
        let read = |file: &Path| {
            std::fs::read(file).map_err(|source| PublishError::Authority { file: file.display().to_string(), source })
        };
        let files = settings.cafile().into_iter().chain(settings.extra_authorities());
        let authorities = files.map(read).collect::<Result<_, _>>()?;
        let proxy = settings.proxy(registry).map(|proxy| Zeroizing::new(proxy.url().to_owned()));
        Ok(Self { patience, authorities, alone: settings.cafile().is_some(), proxy, until: None, reach: Reach::All })
    }

    /// Where a public registry leads to something else, no private address is asked for it.
    #[must_use]
    pub fn around(self, registry: &Registry) -> Self {
        Self { reach: Reach::Around(Arc::new(Home::of(&registry.url()))), ..self }
    }

    /// The same, for reading until the time is up.
    #[must_use]
    pub fn until(self, until: Instant) -> Self {
        Self { until: Some(until), ..self }
    }

    /// For reading what anybody can read, until the time is up: without a credential, a proxy or an authority of our own.
    /// Where it is `public`, no address of a private network or of this machine is asked, whatever a name leads to.
    #[must_use]
    pub fn open(patience: Duration, until: Instant, public: bool) -> Self {
        let reach = if public { Reach::Public } else { Reach::All };
        Self { patience, authorities: Vec::new(), alone: false, proxy: None, until: Some(until), reach }
    }
}

/// Speaks HTTP.
pub struct Wire {
    network: Network,
    plain: Agent,
    secure: OnceLock<Agent>,
}

/// What is asked.
pub(super) struct Ask<'a> {
    pub(super) method: &'static str,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'static str, &'static str)],
    pub(super) credential: Option<&'a Credential>,
    pub(super) otp: Option<&'a Otp>,
    /// No more of an answer is read.
    pub(super) most: u64,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer, or not all of one.
#[derive(Debug)]
pub(super) struct Fault {
    /// Whether any of the body that was to be sent may have left.
    pub(super) begun: bool,
    pub(super) why: String,
}

/// Answers that are not about files are short.
pub(super) const SHORT: u64 = 1 << 20;

impl Wire {
    /// The way to the host of `url`.
    ///
    /// # Errors
    /// When nothing can be trusted, or the proxy has no usable address.
    pub fn new(network: Network, url: &str) -> Result<Self, PublishError> {
        let wire = Self { plain: agent(&network, false)?, network, secure: OnceLock::new() };
        wire.agent(url)?;
        Ok(wire)
    }

    fn agent(&self, url: &str) -> Result<&Agent, PublishError> {
        if !url.starts_with("https://") {
            return Ok(&self.plain);
        }
        if let Some(agent) = self.secure.get() {
            return Ok(agent);
        }
        let agent = agent(&self.network, true)?;
        Ok(self.secure.get_or_init(|| agent))
    }

    /// Asks, and reads the whole answer.
    pub(super) fn ask(&self, ask: &Ask<'_>, body: Option<&mut Body<'_>>) -> Result<Answer, Fault> {
        let mut bytes = Vec::new();
        let answer = self.read(ask, body, &mut |piece| {
            bytes.extend_from_slice(piece);
            true
        })?;
        Ok(Answer { body: if answer.status == 200 { bytes } else { answer.body }, ..answer })
    }

    /// Asks, and hands the body of a good answer (200) on piece by piece, for as long as `take` wants more of it.
    ///
    /// What any other answer says is kept, as far as it is short.
    pub(super) fn read(
        &self,
        ask: &Ask<'_>,
        mut body: Option<&mut Body<'_>>,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Answer, Fault> {
        let before = |why: String| Fault { begun: false, why };
        if self.network.until.is_some_and(|until| Instant::now() > until) {
            return Err(before("the time was up".to_owned()));
        }
        let agent = self.agent(ask.url).map_err(|error| before(error.to_string()))?;
        let mut request = Request::builder().method(ask.method).uri(ask.url);
        request = request.header(ACCEPT_ENCODING, "identity");
        for (name, value) in ask.headers {
            request = request.header(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some(value) = ask.credential.and_then(|credential| credential.header(ask.url)) {
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(value) = ask.otp.and_then(|otp| otp.header(ask.url)) {
            request = request.header(HeaderName::from_static("npm-otp"), value);
        }
        let length = body.as_ref().map_or(0, |body| body.len());
        if ask.method != "GET" {
            request = request.header(CONTENT_LENGTH, length);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if ask.headers.iter().all(|(name, _)| *name != ACCEPT.as_str()) {
            request = request.header(ACCEPT, "application/json");
        }
        let sent = match body.as_deref_mut() {
            Some(body) => {
                let request = request.body(SendBody::from_reader(body)).map_err(|error| before(error.to_string()))?;
                agent.run(request)
            }
            None => agent.run(request.body(()).map_err(|error| before(error.to_string()))?),
        };
        let begun = match (&body, &sent) {
            (Some(body), _) => body.begun(),
            // Without a body, what was asked is understood as soon as it is asked.
            (None, Ok(_)) => ask.method != "GET",
            (None, Err(error)) => ask.method != "GET" && !is_before(error),
        };
        let mut answer = sent.map_err(|error| Fault { begun, why: said(&error) })?;
        let mut head = Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body: Vec::new() };
        let mut reader = answer.body_mut().as_reader();
        let mut piece = vec![0; 64 << 10];
        let mut left = ask.most;
        loop {
            let count = reader.read(&mut piece).map_err(|error| Fault { begun, why: broken(&error) })?;
            if count == 0 {
                return Ok(head);
            }
            let Some(rest) = left.checked_sub(count as u64) else {
                return Err(Fault { begun, why: format!("the answer is longer than {} bytes", ask.most) });
            };
            left = rest;
            if self.network.until.is_some_and(|until| Instant::now() > until) {
                return Err(Fault { begun, why: "the time was up before the answer ended".to_owned() });
            }
            let piece = piece.get(..count).unwrap_or_default();
            if head.status != 200 {
                head.body.extend_from_slice(piece);
            }
            let enough = if head.status == 200 { !take(piece) } else { head.body.len() as u64 > SHORT };
            if enough {
                return Ok(head);
            }
        }
    }
}

/// Asks for tokens, which is no part of publishing and comes before it.
impl Asking for Wire {
    fn ask(&self, method: &str, url: &str, authorization: HeaderValue) -> Result<(u16, Vec<u8>), String> {
        let agent = self.agent(url).map_err(|error| error.to_string())?;
        let request = Request::builder().method(method).uri(url).header(AUTHORIZATION, authorization);
        let request = request.header(ACCEPT, "application/json").header(ACCEPT_ENCODING, "identity");
        let request = if method == "GET" { request } else { request.header(CONTENT_LENGTH, 0) };
        let mut answer =
            agent.run(request.body(()).map_err(|error| error.to_string())?).map_err(|error| said(&error))?;
        let mut body = Vec::new();
        let read = answer.body_mut().as_reader().take(SHORT).read_to_end(&mut body);
        read.map_err(|error| error.to_string())?;
        Ok((answer.status().as_u16(), body))
    }
}

impl Answer {
    /// The header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All headers of this name.
    pub(super) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Where it sends us.
    pub(super) fn location(&self) -> Option<&str> {
        self.header(LOCATION.as_str())
    }
}

/// Whether an error came before any byte of a request could leave.
fn is_before(error: &ureq::Error) -> bool {
    use ureq::{Error, Timeout};
    let refused = |error: &std::io::Error| {
        matches!(error.kind(), std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::AddrNotAvailable)
    };
    match error {
        Error::HostNotFound
        | Error::BadUri(_)
        | Error::ConnectionFailed
        | Error::ConnectProxyFailed(_)
        | Error::Timeout(Timeout::Resolve | Timeout::Connect) => true,
        Error::Io(error) => refused(error),
        _ => false,
    }
}

/// One way to speak: encrypted, or not.
fn agent(network: &Network, secure: bool) -> Result<Agent, PublishError> {
    let patience = Some(network.patience);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A connection that was kept may be dead, and then nobody knows what arrived.
        .max_idle_connections(0)
        .user_agent(concat!("lastlook/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(patience)
        .timeout_connect(patience)
        .timeout_per_read(patience)
        .timeout_per_write(patience)
        .timeout_recv_response(patience)
        // Whoever sends a byte now and then does not keep us for ever.
        .timeout_global(Some(network.patience * 10))
        // What stays on this machine, or may be read by all, has no way around.
        .proxy(if secure { proxy(network)? } else { None });
    let config = if secure { config.tls_config(trust(network)?) } else { config };
    let around = match &network.reach {
        Reach::All => return Ok(config.build().new_agent()),
        Reach::Public => Around::default(),
        Reach::Around(home) => Around::home(Arc::clone(home)),
    };
    Ok(Agent::with_parts(config.build(), DefaultConnector::default(), around))
}

/// What went wrong while an answer was read, in words.
fn broken(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    inner.map_or_else(|| error.to_string(), said)
}

/// What went wrong, in words.
fn said(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => broken(error),
        ureq::Error::Timeout(_) => "it took too long (see --timeout)".to_owned(),
        ureq::Error::Rustls(error) => format!("no secure connection: {error}"),
        other => other.to_string(),
    }
}

/// Whom we believe to be who they say: whom the machine trusts, and whom npm was told to.
fn trust(network: &Network) -> Result<TlsConfig, PublishError> {
    let found = if network.alone { Vec::new() } else { rustls_native_certs::load_native_certs().certs };
    let mut roots: Vec<Certificate<'static>> =
        found.iter().map(|own| Certificate::from_der(own.as_ref()).to_owned()).collect();
    for pem in &network.authorities {
        let items = parse_pem(pem).filter_map(Result::ok);
        roots.extend(items.filter_map(|item| if let PemItem::Certificate(own) = item { Some(own) } else { None }));
    }
    if roots.is_empty() {
        return Err(PublishError::NoAuthorities);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().root_certs(RootCerts::from(roots));
    Ok(config.unversioned_rustls_crypto_provider(provider).build())
}

fn proxy(network: &Network) -> Result<Option<Proxy>, PublishError> {
    let Some(address) = &network.proxy else { return Ok(None) };
    let proxy = Proxy::new(address).map_err(|_| PublishError::Proxy)?;
    let known = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
    if known { Ok(Some(proxy)) } else { Err(PublishError::Proxy) }
}
