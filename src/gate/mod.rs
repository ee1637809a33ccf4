//! HTTP in front of publish: clients send what they would send to the registry, and what is not cleared goes no further.

mod change;
mod front;
mod log;
mod metrics;
mod read;
mod release;
mod reply;
mod reports;
mod request;
mod route;
mod sending;
mod spool;
mod state;
mod tokens;
mod upload;
mod upstream;
mod waiting;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::audit::Rules;
use crate::judge::{Moment, Policy};
use crate::model::Level;
use crate::publish::{Event, Journal, Otp, PublishError, Publisher};
use crate::render::escape;

pub use front::{Front, Tls, serve};
pub use log::{Log, LogError};
pub use reply::{Out, Reply};
pub use route::{Change, Own, Read, Route};
pub use tokens::{TokenError, Tokens};
pub use upload::{BadUpload, Upload, Wanted, read as read_upload};
pub use upstream::{Key, Upstream, Upstreams};

use metrics::Metrics;
use reports::Reports;
use waiting::Waiting;

/// Why a gate can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// Its folder can't be used.
    #[error("the state folder {path} can not be used: {source}")]
    State {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its log can't be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Its tokens can't be used.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// What is behind it can't be used.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// It can't listen.
    #[error("{address} can not be listened at: {source}")]
    Listen {
        /// Where.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its certificate can't be used.
    #[error("the certificate {path} can not be used: {why}")]
    Certificate {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

/// How much is taken at a time, and how long is waited.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one body.
    pub body: u64,
    /// Bytes of all bodies that lie in files.
    pub spool: u64,
    /// Bytes of all bodies that are in memory.
    pub memory: u64,
    /// Releases and changes that are worked on at the same time.
    pub in_flight: usize,
    /// The same, of one client.
    pub of_client: usize,
    /// Reads that are answered at the same time.
    pub reads: usize,
    /// Connections.
    pub connections: usize,
    /// For the head of a request, and for a connection that says nothing.
    pub head: Duration,
    /// For the next piece of a body, or until one is taken.
    pub idle: Duration,
    /// For a place among those that are worked on.
    pub queue: Duration,
    /// For what was sent to be seen in the registry.
    pub wait: Duration,
    /// For what is in flight, once the gate is to end.
    pub grace: Duration,
}

/// The rules and the policy that releases are judged by.
pub struct Setup {
    /// The rules.
    pub rules: Rules,
    /// The policy.
    pub policy: Policy,
    /// Findings of this level and above block.
    pub fail_on: Level,
}

/// Who asked, and how.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    client: String,
    peer: String,
    /// A one-time password that came with it.
    otp: Option<String>,
    /// The address of the gate, as the client knows it.
    base: String,
}

impl Asked {
    /// An address in the gate.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The one-time password that came with it, for this registry alone.
    fn otp(&self, upstream: &Upstream) -> Result<Option<Otp>, PublishError> {
        Ok(self.otp.as_deref().map(|code| Otp::new(code, &upstream.registry)).transpose()?)
    }
}

/// The gate, as all its connections share it.
pub struct Gate {
    upstreams: Upstreams,
    journal: Journal,
    tokens: Tokens,
    log: Log,
    reports: Reports,
    waiting: Waiting,
    metrics: Metrics,
    /// Documents that are read whole: one at a time.
    documents: Mutex<()>,
    pool: rayon::ThreadPool,
    limits: Limits,
    /// Where the gate can be found, if that is not what clients say.
    address: Option<String>,
    setup: RwLock<Arc<Setup>>,
    state: PathBuf,
    _taken: File,
}

impl Gate {
    /// Opens the gate whose state is in `state`.
    ///
    /// # Errors
    /// When anything it needs can't be used.
    pub fn open(
        state: &Path,
        upstreams: Upstreams,
        setup: Setup,
        pool: rayon::ThreadPool,
        limits: Limits,
        address: Option<String>,
    ) -> Result<Self, GateError> {
        let fault = |source| GateError::State { path: state.display().to_string(), source };
        let taken = state::take(state).map_err(fault)?;
        let spool = state.join("spool");
        // What a gate that was killed left there has no name, and nothing else belongs there.
        state::folder(&spool).map_err(fault)?;
        let tokens = Tokens::of(state);
        tokens.list()?;
        let journal = Journal::open(Some(&state.join("journal"))).map_err(PublishError::from)?;
        let log = Log::open(state)?;
        ends(state, &log, &journal)?;
        Ok(Self {
            upstreams,
            journal,
            tokens,
            log,
            reports: Reports::open(state).map_err(fault)?,
            waiting: Waiting::default(),
            metrics: Metrics::default(),
            documents: Mutex::new(()),
            pool,
            limits,
            address,
            setup: RwLock::new(Arc::new(setup)),
            state: state.to_owned(),
            _taken: taken,
        })
    }

    /// What releases are judged by now.
    fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.setup.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Judges by something else from the next release on.
    fn judge_by(&self, setup: Setup) {
        let digest = setup.policy.digest.clone();
        *self.setup.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(setup);
        self.say("policy", &[("digest", &digest)]);
    }

    fn spool(&self) -> PathBuf {
        self.state.join("spool")
    }

    /// Where the next body would lie that is too long for memory; and whether the journal can be written.
    fn is_ready(&self) -> Result<(), String> {
        tempfile::tempfile_in(self.spool()).map_err(|error| format!("no body can be kept: {error}"))?;
        self.log.check().map_err(|error| error.to_string())?;
        self.journal.open_ends().map(|_| ()).map_err(|error| error.to_string())
    }

    /// A fault of ours: refused, and said to whoever runs the gate.
    fn fault(&self, why: &str) -> Reply {
        self.complain(why);
        Reply::refused(
            "lastlook: a fault of the gate; nothing was published. Whoever runs it finds the reason in its log",
        )
    }

    fn complain(&self, why: &str) {
        self.say("fault", &[("why", why)]);
    }

    /// Says something to whoever runs the gate, as a line of JSON.
    #[allow(clippy::unused_self, reason = "a gate says it")]
    fn say(&self, what: &str, fields: &[(&str, &str)]) {
        use std::io::Write as _;
        let mut line = Map::new();
        line.insert("time".to_owned(), Moment::now().to_string().into());
        line.insert("what".to_owned(), what.into());
        let plain = |value: &str| escape(&value.chars().take(1_000).collect::<String>());
        line.extend(fields.iter().map(|(key, value)| ((*key).to_owned(), Value::from(plain(value)))));
        // Nobody listens, perhaps.
        let _ = writeln!(std::io::stderr(), "{}", Value::Object(line));
    }

    /// Finds out what became of releases that were cut off; how many of them nobody knows still.
    fn settle(&self) -> usize {
        let open = match self.journal.open_ends() {
            Ok(open) => open,
            Err(error) => {
                self.complain(&error.to_string());
                return 1;
            }
        };
        let count = open.len();
        let mut left = count;
        for receipt in open {
            self.metrics.open_ends.set(left);
            let upstream = self.upstreams.all().find(|upstream| upstream.registry.url() == receipt.registry);
            let Some(upstream) = upstream else {
                self.complain(&format!(
                    "{} went to {}, which is not behind this gate",
                    receipt.title(),
                    receipt.registry
                ));
                continue;
            };
            let nobody = release::Nobody::default();
            let publisher = Publisher { wait: self.limits.wait, ..self.publisher(upstream, &nobody) };
            let asked = Asked { client: "-".to_owned(), peer: "-".to_owned(), otp: None, base: String::new() };
            let mut told = release::Told::new(self, &asked, &receipt.name);
            told.add("version", &receipt.version);
            told.add("integrity", &receipt.integrity);
            told.add("registry", &receipt.registry);
            let resumed = upstream.writing(&receipt.name);
            match resumed.and_then(|credential| publisher.resume(&receipt, Some(&credential))) {
                Ok(receipt) => {
                    release::out(told, &receipt);
                    left -= 1;
                }
                // Somebody is at it.
                Err(PublishError::Missing(_) | PublishError::Journal(_)) => left -= 1,
                Err(error @ (PublishError::Unknown { .. } | PublishError::Unreadable { .. })) => {
                    self.complain(&format!("{}: {error}", receipt.title()));
                }
                Err(error) => {
                    self.not_out(told, &error, &nobody, &asked);
                    left -= 1;
                }
            }
        }
        self.metrics.open_ends.set(left);
        left
    }
}

/// Ends what a gate that was killed had begun to write down, as far as its journal knows how that ended; what is open there
/// is found out later.
fn ends(state: &Path, log: &Log, journal: &Journal) -> Result<(), GateError> {
    let mut begun: BTreeMap<(String, String, String), Map<String, Value>> = BTreeMap::new();
    Log::read(state, |line| {
        let Ok(Value::Object(fields)) = serde_json::from_slice(line) else { return };
        let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = (text("registry"), text("name"), text("version"));
        if matches!(text("event").as_str(), "sending" | "approving" | "changing") {
            begun.insert(key, fields);
        } else {
            begun.remove(&key);
        }
    })?;
    for ((registry, name, version), mut fields) in begun {
        let last = journal.last(&registry, &name, &version).map_err(PublishError::from)?;
        let change = fields.get("event").and_then(Value::as_str) == Some("changing");
        let event = match last.filter(|_| !change).map(|receipt| receipt.event) {
            Some(event) if event.is_open() => continue,
            Some(Event::Published) => "published",
            Some(Event::Staged) => "staged",
            Some(Event::Differs) => "differs",
            Some(_) => "refused",
            None if change => "unknown",
            None => "unsent",
        };
        for key in ["number", "time", "event", "before"] {
            fields.shift_remove(key);
        }
        fields.insert("why".to_owned(), "the gate was ended before it wrote this down".into());
        log.write(event, fields)?;
    }
    Ok(())
}
