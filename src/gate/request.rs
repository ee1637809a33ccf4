//! A request → who asks and what is meant; then a place to work on it, and the answer. Nothing here waits by blocking.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, TRANSFER_ENCODING};
use hyper::{Method, Request, Response};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::reply::{Out, Reply};
use super::route::{Change, Own, Read, Route};
use super::sending::{Sending, response};
use super::spool::{NoBody, Spooled, UNIT, forget};
use super::upload::{self, Wanted};
use super::{Asked, Gate, Limits};

/// How many may be where at the same time.
pub(super) struct Rooms {
    spool: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    pub(super) in_flight: Arc<Semaphore>,
    reads: Arc<Semaphore>,
    pub(super) connections: Arc<Semaphore>,
    clients: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A document without a tarball, and what says no more than a few words, are no longer than this.
const REVISION: u64 = 32 << 20;
const WORDS: u64 = 64 << 10;

/// Answers to what can't be understood.
const UNKNOWN: &str = "lastlook: this is not among the things that pass this gate";
const NO_TOKEN: &str =
    "lastlook: this gate wants a token of its own; whoever runs it makes one with lastlook gate token add NAME";
pub(super) async fn answer(
    gate: &Arc<Gate>,
    rooms: &Arc<Rooms>,
    request: Request<Incoming>,
    peer: SocketAddr,
    secure: bool,
) -> Response<Sending> {
    let started = Instant::now();
    let route = target(&request).and_then(|target| Route::of(request.method().as_str(), target));
    let word = route.as_ref().map_or("unknown", Route::word);
    let reply = replied(gate, rooms, route, request, peer, secure).await;
    gate.metrics.request(word, reply.status, started.elapsed());
    response(reply)
}

/// The path and the query, where that is all that is asked for.
fn target<B>(request: &Request<B>) -> Option<&str> {
    let uri = request.uri();
    if uri.scheme().is_some() || uri.authority().is_some() {
        return None;
    }
    uri.path_and_query().map(hyper::http::uri::PathAndQuery::as_str)
}

async fn replied(
    gate: &Arc<Gate>,
    rooms: &Arc<Rooms>,
    route: Option<Route>,
    request: Request<Incoming>,
    peer: SocketAddr,
    secure: bool,
) -> Reply {
    let (head, body) = request.into_parts();
    let (limits, headers) = (&gate.limits, &head.headers);
    let asked = asked(gate, headers, peer, secure);
    let refusal = match (&route, asked) {
        (None, _) if matches!(head.method, Method::GET | Method::HEAD) => Err(Reply::no(404, UNKNOWN)),
        (None, _) => {
            let (method, path) = (head.method.as_str(), head.uri.path());
            gate.say("refused", &[("method", method), ("path", path), ("peer", &peer.to_string())]);
            Err(Reply::refused(UNKNOWN))
        }
        (Some(_), Err(reply)) => Err(reply),
        (Some(route), Ok(asked)) => barred(gate, route, &asked, headers).map_or(Ok(asked), Err),
    };
    let (route, asked) = match (route, refusal) {
        (Some(route), Ok(asked)) => (route, asked),
        (_, refusal) => {
            forget(body, limits.body, limits).await;
            return refusal.err().unwrap_or_else(|| Reply::refused(UNKNOWN));
        }
    };
    match route {
        Route::Own(own) => {
            forget(body, limits.body, limits).await;
            own_reply(gate, &asked, own, wants_page(headers)).await
        }
        Route::Read(read) => {
            forget(body, limits.body, limits).await;
            let Ok(Ok(place)) = timeout(limits.queue, Arc::clone(&rooms.reads).acquire_owned()).await else {
                return Reply::no(503, "lastlook: too many read from this gate at once").with("retry-after", "5");
            };
            let short = headers
                .get("accept")
                .is_some_and(|accept| accept.to_str().is_ok_and(|text| text.contains("install-v1")));
            let reply = blocking(gate, move |gate| {
                let _place = place;
                gate.read(&asked, &read, short)
            });
            rooms.hold(reply.await, limits).await
        }
        route => written(gate, rooms, route, asked, body).await,
    }
}

/// Takes a body in, waits for a place, and has the work done.
async fn written(gate: &Arc<Gate>, rooms: &Arc<Rooms>, route: Route, asked: Asked, body: Incoming) -> Reply {
    let limits = &gate.limits;
    let client = rooms.client(&asked.client, limits.of_client);
    let full = || Reply::refused("lastlook: the gate is busy, and this waited too long; nothing was published");
    let Ok(Ok(own)) = timeout(limits.queue, client.acquire_owned()).await else { return full() };
    let most = match &route {
        Route::Document { .. } | Route::Stage { .. } => limits.body,
        Route::Change(Change::Revise { .. }) => limits.body.min(REVISION),
        _ => limits.body.min(WORDS),
    };
    let body = match Spooled::take(body, most, limits, &gate.spool(), &rooms.spool).await {
        Ok(body) => body,
        Err(error @ NoBody::TooLong(_)) => {
            return Reply::no(413, &format!("lastlook: the body can not be taken: {error}"));
        }
        Err(error @ NoBody::Room(_)) => return gate.fault(&format!("a body can not be taken: {error}")),
        Err(error) => return Reply::no(400, &format!("lastlook: the body can not be taken: {error}")),
    };
    gate.metrics.received.fetch_add(body.len(), Ordering::Relaxed);
    // The text, and the bytes in it.
    let units = u32::try_from((body.len() * 2).min(limits.memory).div_ceil(UNIT)).unwrap_or(u32::MAX);
    let places = async {
        let place = Arc::clone(&rooms.in_flight).acquire_owned().await.ok()?;
        Some((place, Arc::clone(&rooms.memory).acquire_many_owned(units).await.ok()?))
    };
    let Ok(Some(places)) = timeout(limits.queue, places).await else { return full() };
    blocking(gate, move |gate| {
        let _places = (places, own);
        let _counted = gate.metrics.in_flight.count();
        let body = match body.bytes() {
            Ok(body) => body,
            Err(error) => return gate.fault(&error.to_string()),
        };
        match route {
            Route::Document { name } => gate.document_sent(&asked, &name, body, false),
            Route::Stage { name } => gate.document_sent(&asked, &name, body, true),
            Route::Approve { id } => gate.approve(&asked, &id),
            Route::Change(change) => gate.change(&asked, &change, &body),
            Route::Own(_) | Route::Read(_) => Reply::refused(UNKNOWN),
        }
    })
    .await
}

impl Gate {
    /// A document about a package, which is a release or something else.
    fn document_sent(&self, asked: &Asked, name: &str, body: Vec<u8>, stage: bool) -> Reply {
        let wanted = upload::read(name, &body);
        drop(body);
        match wanted {
            Ok(Wanted::Release(upload)) => self.release(asked, name, *upload, stage),
            Ok(Wanted::Deprecate(words)) if !stage => self.deprecate(asked, name, &words),
            Ok(Wanted::Deprecate(_) | Wanted::Other(_)) => {
                self.turned_away(asked, name, "this gate lets nothing like it pass")
            }
            Err(error) => self.turned_away(asked, name, &error.to_string()),
        }
    }
}

impl Rooms {
    pub(super) fn of(limits: &Limits) -> Self {
        let units = |bytes: u64| {
            Arc::new(Semaphore::new(usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(Semaphore::MAX_PERMITS)))
        };
        Self {
            spool: units(limits.spool.max(limits.body)),
            memory: units(limits.memory),
            in_flight: Arc::new(Semaphore::new(limits.in_flight)),
            reads: Arc::new(Semaphore::new(limits.reads)),
            connections: Arc::new(Semaphore::new(limits.connections)),
            clients: Mutex::default(),
        }
    }

    /// Keeps room for an answer that lies in a file until it was taken.
    async fn hold(&self, mut reply: Reply, limits: &Limits) -> Reply {
        if let Out::File(_, len, room) = &mut reply.body {
            let units = u32::try_from((*len).min(limits.spool).div_ceil(UNIT)).unwrap_or(u32::MAX);
            match timeout(limits.idle, Arc::clone(&self.spool).acquire_many_owned(units)).await {
                Ok(Ok(permit)) => *room = Some(permit),
                _ => return Reply::no(503, "lastlook: too much is being read from this gate").with("retry-after", "5"),
            }
        }
        reply
    }

    /// The places of a client: nobody takes all of them.
    fn client(&self, name: &str, most: usize) -> Arc<Semaphore> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(clients.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(most))))
    }
}

/// Runs what waits by blocking elsewhere. A fault of it is one of ours, and nothing passes.
async fn blocking(gate: &Arc<Gate>, work: impl FnOnce(&Gate) -> Reply + Send + 'static) -> Reply {
    let own = Arc::clone(gate);
    let done = tokio::task::spawn_blocking(move || work(&own)).await;
    done.unwrap_or_else(|error| gate.fault(&format!("something went wrong inside: {error}")))
}

/// Who asks, as far as the head tells.
fn asked(gate: &Gate, headers: &HeaderMap, peer: SocketAddr, secure: bool) -> Result<Asked, Reply> {
    let text = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let first = all.next().map(|value| value.to_str().unwrap_or("\u{fffd}"));
        if all.next().is_some() {
            Err(Reply::no(400, &format!("lastlook: there are two headers {name}")))
        } else {
            Ok(first)
        }
    };
    let token = match text("authorization")? {
        Some(value) => value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim()),
        None => None,
    };
    let client = match token.map(|token| gate.tokens.owner(token)) {
        Some(Ok(client)) => client.unwrap_or_default(),
        Some(Err(error)) => return Err(gate.fault(&error.to_string())),
        None => String::new(),
    };
    let otp = text("npm-otp")?.map(str::to_owned).filter(|otp| !otp.is_empty());
    let plain = |otp: &String| otp.len() <= 256 && otp.bytes().all(|byte| byte.is_ascii_graphic());
    if otp.as_ref().is_some_and(|otp| !plain(otp)) {
        return Err(Reply::no(400, "lastlook: that is no one-time password"));
    }
    let base = match (&gate.address, text(HOST.as_str())?) {
        (Some(address), _) => address.clone(),
        (None, Some(host)) if is_host(host) => format!("{}://{host}/", if secure { "https" } else { "http" }),
        (None, _) => return Err(Reply::no(400, "lastlook: the request names no host that could be this gate")),
    };
    Ok(Asked { client, peer: peer.ip().to_string(), otp, base })
}

fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(plain)
}

/// Why a request is not looked at.
fn barred(gate: &Gate, route: &Route, asked: &Asked, headers: &HeaderMap) -> Option<Reply> {
    let open = match route {
        Route::Read(Read::Stages { .. } | Read::Stage { .. }) => false,
        Route::Read(_) | Route::Own(Own::Done { .. }) => !gate.upstreams.is_private(),
        other => other.is_open(),
    };
    if asked.client.is_empty() && !open {
        return Some(Reply::no(401, NO_TOKEN).with("www-authenticate", "Bearer"));
    }
    if !route.is_write() {
        return None;
    }
    // What is packed is read in two ways. What has a length and comes in pieces was read by its pieces alone.
    if headers.contains_key(CONTENT_ENCODING) {
        return Some(Reply::no(415, "lastlook: a body that is packed is not taken"));
    }
    let framed =
        headers.get_all(TRANSFER_ENCODING).iter().any(|framed| !framed.as_bytes().eq_ignore_ascii_case(b"chunked"));
    if framed {
        return Some(Reply::no(400, "lastlook: a body in packed pieces is not taken"));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    let document = matches!(route, Route::Document { .. } | Route::Stage { .. });
    (document && !json).then(|| Reply::no(415, "lastlook: a document is sent as application/json"))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get("accept").and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

async fn own_reply(gate: &Arc<Gate>, asked: &Asked, own: Own, page: bool) -> Reply {
    match own {
        Own::Health => Reply::json(200, &serde_json::json!({"ok": true})),
        Own::Ping => Reply::json(200, &serde_json::json!({})),
        Own::WhoAmI => Reply::json(200, &serde_json::json!({"username": asked.client})),
        Own::Metrics => Reply::text("text/plain; version=0.0.4", gate.metrics.text().into_bytes()),
        Own::Ready => {
            blocking(gate, |gate| match gate.is_ready() {
                Ok(()) => Reply::json(200, &serde_json::json!({"ok": true})),
                Err(why) => {
                    gate.complain(&why);
                    Reply::no(503, "lastlook: the gate is not ready")
                }
            })
            .await
        }
        Own::Report { id } => {
            blocking(gate, move |gate| match gate.reports.read(&id, page) {
                Some(text) if page => Reply::text("text/html; charset=utf-8", text),
                Some(text) => Reply::text("application/json", text),
                None => Reply::no(404, "lastlook: there is no such report, or no longer"),
            })
            .await
        }
        Own::Done { id } => blocking(gate, move |gate| gate.done(&id)).await,
    }
}
