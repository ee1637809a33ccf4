//! Connections, within limits of time and number → requests. Nothing here waits by blocking.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::request::{Rooms, answer};
use super::{Gate, GateError, Setup};

/// A certificate of the gate's own.
pub struct Tls(TlsAcceptor);

/// The gate, and how many may be at it.
pub struct Front {
    gate: Arc<Gate>,
    rooms: Arc<Rooms>,
    tls: Option<Tls>,
    /// Reads the policy again.
    reload: Box<dyn Fn() -> Result<Setup, String> + Send + Sync>,
}

impl Tls {
    /// From a chain of certificates and a key, as PEM.
    ///
    /// # Errors
    /// When they can't be used.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, GateError> {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let fault = |path: &Path, why: String| GateError::Certificate { path: path.display().to_string(), why };
        let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let certificates = certificates.map_err(|error| fault(chain, error.to_string()))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(certificates, secret))
            .map_err(|error| fault(chain, error.to_string()))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

impl Front {
    /// A front of `gate`; `reload` reads the policy again.
    pub fn new(
        gate: Gate,
        tls: Option<Tls>,
        reload: impl Fn() -> Result<Setup, String> + Send + Sync + 'static,
    ) -> Self {
        let rooms = Rooms::of(&gate.limits);
        Self { gate: Arc::new(gate), rooms: Arc::new(rooms), tls, reload: Box::new(reload) }
    }
}

/// Listens until it is told to end, and then ends what is in flight.
///
/// # Errors
/// When it can't listen.
pub fn serve(front: Front, address: &str) -> Result<(), GateError> {
    let fault = |source| GateError::Listen { address: address.to_owned(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(front.gate.limits.in_flight + front.gate.limits.reads + 16)
        .enable_all()
        .build()
        .map_err(fault)?;
    let listener = std::net::TcpListener::bind(address).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    let result = runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        front.run(listener).await
    });
    // What is still at work then is past its time.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result.map_err(fault)
}

impl Front {
    async fn run(self, listener: TcpListener) -> io::Result<()> {
        let (gate, rooms) = (&self.gate, &self.rooms);
        let mut end = signal(SignalKind::terminate())?;
        let mut stop = signal(SignalKind::interrupt())?;
        let mut hang = signal(SignalKind::hangup())?;
        // Where a file can't grow any more, whoever writes to it is told; the process does not end.
        let _full = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
        let (ending, ended) = watch::channel(false);
        let settling = tokio::spawn(settle(Arc::clone(gate), ended.clone()));
        gate.say(
            "listening",
            &[("address", &listener.local_addr()?.to_string()), ("policy", &gate.setup().policy.digest)],
        );
        loop {
            let place = tokio::select! {
                place = Arc::clone(&rooms.connections).acquire_owned() => place.map_err(io::Error::other)?,
                _ = end.recv() => break,
                _ = stop.recv() => break,
                _ = hang.recv() => { self.read_again(); continue }
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = end.recv() => break,
                _ = stop.recv() => break,
                _ = hang.recv() => { self.read_again(); continue }
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Too many files are open, most likely: some of them close soon.
                    gate.complain(&format!("a connection could not be taken: {error}"));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let tls = self.tls.as_ref().map(|tls| tls.0.clone());
            tokio::spawn(connection(Arc::clone(gate), Arc::clone(rooms), stream, peer, tls, ended.clone(), place));
        }
        drop(listener);
        gate.say("ending", &[]);
        ending.send_replace(true);
        let all = u32::try_from(gate.limits.connections).unwrap_or(u32::MAX);
        let left = timeout(gate.limits.grace, rooms.connections.acquire_many(all)).await;
        let work = u32::try_from(gate.limits.in_flight).unwrap_or(u32::MAX);
        let busy = timeout(gate.limits.grace, rooms.in_flight.acquire_many(work)).await;
        settling.abort();
        gate.say("ended", &[("whole", if left.is_ok() && busy.is_ok() { "yes" } else { "no" })]);
        Ok(())
    }

    /// Reads the policy again; where it can't be used, the one that is there stays.
    fn read_again(&self) {
        match (self.reload)() {
            Ok(setup) => self.gate.judge_by(setup),
            Err(why) => {
                self.gate.complain(&format!("the policy could not be read again, and the one before stays: {why}"));
            }
        }
    }
}

/// Finds out what became of releases that were cut off, until all are known.
async fn settle(gate: Arc<Gate>, mut ended: watch::Receiver<bool>) {
    loop {
        let own = Arc::clone(&gate);
        let left = tokio::task::spawn_blocking(move || own.settle()).await;
        let pause = if left.is_ok_and(|left| left == 0) { 300 } else { 15 };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(pause)) => {}
            _ = ended.changed() => return,
        }
    }
}

/// One connection, from its first byte to its last.
async fn connection(
    gate: Arc<Gate>,
    rooms: Arc<Rooms>,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    ended: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let _counted = gate.metrics.connections.count();
    // Answers are short, and clients wait for them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(gate.limits.idle));
    let stream = Box::pin(stream);
    match tls {
        None => spoken(&gate, &rooms, stream, peer, false, ended).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(gate.limits.head, tls.accept(stream)).await {
                spoken(&gate, &rooms, stream, peer, true, ended).await;
            }
        }
    }
}

async fn spoken<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    gate: &Arc<Gate>,
    rooms: &Arc<Rooms>,
    stream: S,
    peer: SocketAddr,
    secure: bool,
    mut ended: watch::Receiver<bool>,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let (gate, rooms) = (Arc::clone(gate), Arc::clone(rooms));
        async move { Ok::<_, std::convert::Infallible>(answer(&gate, &rooms, request, peer, secure).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(gate.limits.head).max_buf_size(64 << 10).max_headers(64);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut ending = false;
    loop {
        tokio::select! {
            // Whoever breaks off knows that best.
            _ = connection.as_mut() => return,
            _ = ended.changed(), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
