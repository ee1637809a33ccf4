//! An npm registry on this machine that records what it gets, and goes wrong where a test wants it to.

mod access;
mod body;
mod faults;
mod hold;
mod http;
mod listen;
mod record;
mod release;
mod respond;
mod route;
mod serve;
mod store;
mod wire;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

pub use access::{Otp, id_token};
pub use faults::{Fault, Which};
pub use hold::{Hold, Moment};
pub use http::Answer;
pub use record::Request;
pub use release::{integrity, shasum};
pub use route::Route;

use access::Access;
use faults::Faults;
use hold::Holds;
use listen::Listening;
use record::Record;
use release::Release;
use store::Store;

/// What the threads of a registry share.
struct Shared {
    /// Its address, without a slash at the end.
    base: String,
    prefix: String,
    record: Mutex<Record>,
    /// A request was added to the record.
    arrived: Condvar,
    store: Mutex<Store>,
    access: Mutex<Access>,
    faults: Faults,
    holds: Holds,
    /// How many bytes were sent.
    sent: AtomicU64,
    stopped: Mutex<bool>,
    stopping: Condvar,
    /// How many connections are served.
    busy: Mutex<usize>,
    freed: Condvar,
}

/// It listens until it is dropped.
pub struct Registry {
    shared: Arc<Shared>,
    _listening: Listening,
}

impl Registry {
    pub fn start() -> Self {
        Self::under("")
    }

    /// One whose address has a path, such as `/repository/npm`.
    pub fn under(prefix: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            base: format!("http://127.0.0.1:{port}{prefix}"),
            prefix: prefix.to_owned(),
            record: Mutex::default(),
            arrived: Condvar::new(),
            store: Mutex::default(),
            access: Mutex::new(Access::new(port)),
            faults: Faults::default(),
            holds: Holds::default(),
            sent: AtomicU64::new(0),
            stopped: Mutex::new(false),
            stopping: Condvar::new(),
            busy: Mutex::new(0),
            freed: Condvar::new(),
        });
        let listening = Listening::start(listener, &shared);
        Self { shared, _listening: listening }
    }

    /// Its address, with a slash at the end.
    pub fn url(&self) -> String {
        format!("{}/", self.shared.base)
    }

    /// What settings call it: `//127.0.0.1:PORT/`.
    pub fn key(&self) -> String {
        self.url().trim_start_matches("http:").to_owned()
    }

    /// A token that may write everything.
    pub fn token(&self) -> String {
        self.shared.access.lock().unwrap().token.clone()
    }

    /// What `ACTIONS_ID_TOKEN_REQUEST_URL` would be; `&audience=` is put behind it.
    pub fn identity_url(&self) -> String {
        format!("{}/identity?api-version=2.0", self.shared.base)
    }

    /// What `ACTIONS_ID_TOKEN_REQUEST_TOKEN` would be.
    pub fn request_token(&self) -> String {
        self.shared.access.lock().unwrap().request_token.clone()
    }

    /// Whom identities must be meant for; `npm:127.0.0.1` unless this is called.
    pub fn expect_audience(&self, audience: &str) {
        audience.clone_into(&mut self.shared.access.lock().unwrap().audience);
    }

    /// The tokens that identities were exchanged for.
    pub fn issued(&self) -> Vec<String> {
        self.shared.access.lock().unwrap().issued()
    }

    /// From here on, writes with `token()` need a one-time password.
    pub fn require_otp(&self, otp: Otp) {
        self.shared.access.lock().unwrap().otp = Some(otp);
    }

    /// What goes wrong, at which requests from here on.
    pub fn fault(&self, route: Route, which: Which, fault: Fault) {
        self.shared.faults.set(route, which, fault);
    }

    /// Nothing goes wrong from here on.
    pub fn heal(&self) {
        self.shared.faults.clear();
    }

    /// Holds the nth such request from here on, counted from 1.
    pub fn hold(&self, route: Route, nth: usize, moment: Moment) -> Hold {
        self.shared.holds.set(route, nth, moment)
    }

    /// From how many reads a version that is published from here on is missing.
    pub fn late(&self, reads: usize) {
        self.shared.store.lock().unwrap().late = reads;
    }

    /// What a version that exists already is refused with; npm's 403 unless this is called.
    pub fn conflict(&self, answer: Answer) {
        self.shared.store.lock().unwrap().conflict = Some(answer);
    }

    /// Only those who carry a token may read the package.
    pub fn restrict(&self, name: &str) {
        self.shared.store.lock().unwrap().restrict(name);
    }

    /// Puts a version there, tagged `latest`, without any request.
    #[track_caller]
    pub fn put(&self, name: &str, version: &str, tarball: &[u8]) {
        let put = self.shared.store.lock().unwrap().publish(Release::of(name, version, tarball));
        assert!(put.is_ok(), "{name} {version} is there already");
    }

    /// Every version that is published, late ones too.
    pub fn versions(&self, name: &str) -> Vec<String> {
        self.shared.store.lock().unwrap().versions(name)
    }

    pub fn tags(&self, name: &str) -> BTreeMap<String, String> {
        self.shared.store.lock().unwrap().tags(name).unwrap_or_default()
    }

    pub fn packument(&self, name: &str) -> Option<Value> {
        self.shared.store.lock().unwrap().packument(&self.shared.base, name)
    }

    pub fn tarball(&self, name: &str, version: &str) -> Option<Vec<u8>> {
        self.shared.store.lock().unwrap().release(name, version).map(|release| release.tarball.clone())
    }

    /// The bundles of provenance that a version came with, by name.
    pub fn bundles(&self, name: &str, version: &str) -> BTreeMap<String, String> {
        let store = self.shared.store.lock().unwrap();
        store.release(name, version).map(|release| release.bundles.clone()).unwrap_or_default()
    }

    /// The stages that nobody approved or rejected yet, as `GET /-/stage` tells of them.
    pub fn staged(&self) -> Vec<Value> {
        let list = self.shared.store.lock().unwrap().list(None, 0, usize::MAX);
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// Approves a stage as a person in a browser would. The status that it is answered with.
    pub fn approve(&self, id: &str) -> u16 {
        self.shared.store.lock().unwrap().approve(id).status
    }

    /// Rejects one. The status that it is answered with.
    pub fn reject(&self, id: &str) -> u16 {
        self.shared.store.lock().unwrap().reject(id).status
    }

    /// What came so far, in the order of its heads; also what is still coming.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.record.lock().unwrap().requests()
    }

    /// The requests of one route.
    pub fn requests_of(&self, route: Route) -> Vec<Request> {
        self.requests().into_iter().filter(|request| route.covers(request.route)).collect()
    }

    pub fn count(&self, route: Route) -> usize {
        self.shared.record.lock().unwrap().count(route)
    }

    /// Waits until `count` such requests began, and panics when they do not within half a minute.
    #[track_caller]
    pub fn await_requests(&self, route: Route, count: usize) {
        let record = self.shared.record.lock().unwrap();
        let few = |record: &mut Record| record.count(route) < count;
        let (_record, waited) = self.shared.arrived.wait_timeout_while(record, Duration::from_secs(30), few).unwrap();
        assert!(!waited.timed_out(), "fewer than {count} requests of {route:?} came");
    }

    /// Waits until every connection that was made has ended, and with it what came over it was done or left.
    #[track_caller]
    pub fn await_quiet(&self) {
        // They are taken in order: once this one is answered, no older one still waits to be taken.
        let ping = crate::client::try_ask(&self.url(), "GET", "/-/ping", None, b"");
        assert!(ping.is_some_and(|said| said.status == 200), "the registry does not answer");
        let busy = self.shared.busy.lock().unwrap();
        let (_busy, waited) =
            self.shared.freed.wait_timeout_while(busy, Duration::from_secs(30), |busy| *busy > 0).unwrap();
        assert!(!waited.timed_out(), "a connection did not end");
    }

    /// The bytes of every connection, also of those that sent no HTTP.
    pub fn connections(&self) -> Vec<Vec<u8>> {
        self.shared.record.lock().unwrap().connections().to_vec()
    }

    /// How many bytes were sent on all connections, at most 64 KiB too many for each that broke off.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }
}
