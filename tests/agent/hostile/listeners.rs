//! Everyone who would notice: listeners of every kind on loopback and in the temp folder, and what they heard.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::sources::{Heard, Record, Source, dial};

/// The ports and names, for an `Aim`.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub registry: u16,
    pub other: u16,
    pub gate: u16,
    pub git: u16,
    pub dial: u16,
    pub six: u16,
    pub udp: u16,
    pub udp_six: u16,
    pub dns: u16,
    pub hidden: String,
}

/// They listen until this is dropped.
pub struct Listeners {
    pub places: Places,
    record: Record,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listeners {
    /// The sockets that are files go to `run`, which is a folder, and to `docker`, the path of one.
    pub fn start(run: &Path, docker: &Path) -> Self {
        let mut sources = Vec::new();
        let mut places = Places::default();
        let mut tcp = |name, host: &str, answers| {
            let listener = TcpListener::bind((host, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            sources.push((name, if answers { Source::Registry(listener) } else { Source::Plain(listener) }));
            port
        };
        places.registry = tcp("registry", "127.0.0.1", true);
        places.other = tcp("other registry", "127.0.0.1", true);
        places.gate = tcp("gate", "127.0.0.1", true);
        places.git = tcp("git", "127.0.0.1", false);
        places.six = tcp("ipv6", "::1", true);
        let mut udp = |name, host: &str| {
            let socket = UdpSocket::bind((host, 0)).unwrap();
            let port = socket.local_addr().unwrap().port();
            sources.push((name, Source::Udp(socket)));
            port
        };
        places.udp = udp("udp", "127.0.0.1");
        places.udp_six = udp("udp ipv6", "::1");
        places.dns = udp("dns", "127.0.0.1");
        places.dial = unused();
        places.hidden = format!("lastlook-hostile-{}-{}", std::process::id(), places.registry);
        let address = SocketAddr::from_abstract_name(&places.hidden).unwrap();
        sources.push(("abstract socket", Source::Stream(UnixListener::bind_addr(&address).unwrap())));
        std::fs::create_dir_all(docker.parent().unwrap()).unwrap();
        for (name, path) in [
            ("ssh agent", run.join("agent.sock")),
            ("docker socket", run.join("docker.sock")),
            ("docker socket at home", docker.to_owned()),
        ] {
            sources.push((name, Source::Stream(UnixListener::bind(path).unwrap())));
        }
        let datagram = UnixDatagram::bind(run.join("datagram.sock")).unwrap();
        sources.push(("datagram socket", Source::Datagram(datagram)));

        let (record, stop) = (Record::default(), Arc::new(AtomicBool::new(false)));
        let sources: Vec<_> = sources.into_iter().map(|(name, source)| (name, source.quick())).collect();
        let (own, stopped, port, socket) = (record.clone(), Arc::clone(&stop), places.dial, run.join("dial.sock"));
        let thread = std::thread::spawn(move || {
            let mut round = 0_u64;
            while !stopped.load(Ordering::Relaxed) {
                let busy = sources.iter().fold(false, |busy, (name, source)| source.take(name, &own) || busy);
                if !busy {
                    std::thread::sleep(Duration::from_millis(5));
                }
                round += 1;
                if round.is_multiple_of(20) {
                    dial(port, &socket, &own);
                }
            }
        });
        Self { places, record, stop, thread: Some(thread) }
    }

    /// One line for each connection and datagram, but for what lastlook itself reads from its registry.
    pub fn heard(&self) -> Vec<String> {
        let all = self.record.all().into_iter().filter(|heard| !of_lastlook(heard));
        all.map(|heard| format!("{}: {}", heard.listener, heard.bytes.escape_ascii())).collect()
    }
}

/// A port where nobody listens. It is below those that are given out, since a connection to one of those may be given
/// the very port it goes to, and then reaches itself.
fn unused() -> u16 {
    let first = 20000 + u16::try_from(std::process::id() % 9000).unwrap();
    (first..30000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// Whether a connection brought nothing but requests that read, and that name lastlook as who asks.
fn of_lastlook(heard: &Heard) -> bool {
    let text = String::from_utf8_lossy(&heard.bytes).to_lowercase();
    let heads = text.matches(" http/1.1\r\n").count();
    heard.listener == "registry"
        && heads > 0
        && text.matches("\r\nuser-agent: lastlook").count() == heads
        && text.matches("get /").count() + text.matches("head /").count() >= heads
        && !["put /", "post /", "delete /", "patch /"].iter().any(|word| text.contains(word))
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the thread that listens panicked");
    }
}
