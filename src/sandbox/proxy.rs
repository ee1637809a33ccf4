//! Hosts that were granted → a socket through which a cell reaches them, and nobody else.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A host that may be reached, and at which port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    name: String,
    port: u16,
}

impl FromStr for Host {
    type Err = String;

    /// `HOST` stands for its port 443.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| format!("{port:?} is no port"))?),
            None => (text, 443),
        };
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-');
        if name.is_empty() || !name.chars().all(plain) {
            return Err("write it as HOST or HOST:PORT, without stars".to_owned());
        }
        Ok(Self { name: name.to_ascii_lowercase(), port })
    }
}

/// Lets a cell out to the hosts that were granted, for as long as it is there.
#[derive(Debug)]
pub struct Proxy {
    socket: PathBuf,
    stop: Arc<AtomicBool>,
}

/// As many connections at once.
const MOST: u64 = 128;

/// The head of a request is this long at most.
const HEAD: usize = 16 << 10;

/// How long either side may say nothing.
const PATIENCE: Duration = Duration::from_mins(2);

impl Proxy {
    /// Listens at `socket`, which lies where only the cell can reach it.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn open(socket: &Path, hosts: Vec<Host>) -> io::Result<Self> {
        let listener = UnixListener::bind(socket)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, open, hosts) = (Arc::clone(&stop), Arc::new(AtomicU64::new(0)), Arc::new(hosts));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), true) = (stream, open.fetch_add(1, Ordering::Relaxed) < MOST) else {
                    open.fetch_sub(1, Ordering::Relaxed);
                    continue;
                };
                let (open, hosts) = (Arc::clone(&open), Arc::clone(&hosts));
                std::thread::spawn(move || {
                    // Whoever asked is told by the end of the connection.
                    let _ = serve(stream, &hosts);
                    open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Self { socket: socket.to_owned(), stop })
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // It wakes up once more, and sees that it is over.
        let _ = UnixStream::connect(&self.socket);
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// One connection: to one host, if that was granted.
fn serve(mut inner: UnixStream, hosts: &[Host]) -> io::Result<()> {
    inner.set_read_timeout(Some(PATIENCE))?;
    let head = head(&mut inner)?;
    let refuse = |mut inner: UnixStream| inner.write_all(b"HTTP/1.1 403 not granted\r\nconnection: close\r\n\r\n");
    let Some((host, first)) = asked(&head) else { return refuse(inner) };
    if !hosts.contains(&host) {
        return refuse(inner);
    }
    let addresses = (host.name.as_str(), host.port).to_socket_addrs()?;
    // A name that leads into the machine or the house is not what was meant by it; an address says so itself.
    let plain = host.name == "localhost" || host.name.parse::<IpAddr>().is_ok();
    let addresses = addresses.filter(|address| plain || !is_inner(address.ip()));
    let outer = addresses.into_iter().find_map(|address| TcpStream::connect_timeout(&address, PATIENCE).ok());
    let mut outer = outer.ok_or(io::ErrorKind::HostUnreachable)?;
    outer.set_read_timeout(Some(PATIENCE))?;
    match first {
        None => inner.write_all(b"HTTP/1.1 200 connected\r\n\r\n")?,
        Some(first) => outer.write_all(first.as_bytes())?,
    }
    between(inner, outer)
}

fn is_inner(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            four.is_loopback()
                || four.is_private()
                || four.is_link_local()
                || four.is_unspecified()
                || four.is_broadcast()
        }
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => is_inner(four.into()),
            None => six.is_loopback() || six.is_unique_local() || six.is_unicast_link_local() || six.is_unspecified(),
        },
    }
}

/// What comes before the first empty line.
fn head(inner: &mut UnixStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    // One at a time, since what comes behind it is not ours to read.
    while bytes.len() < HEAD && !bytes.ends_with(b"\r\n\r\n") {
        inner.read_exact(&mut byte)?;
        bytes.extend_from_slice(&byte);
    }
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// The host that a request is for, and what the host is to be told; nothing where it is only to be reached.
fn asked(head: &str) -> Option<(Host, Option<String>)> {
    let (line, rest) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if method == "CONNECT" {
        return Some((target.parse().ok()?, None));
    }
    let target = target.strip_prefix("http://")?;
    let (host, path) = target.split_once('/').unwrap_or((target, ""));
    let host: Host = if host.contains(':') { host.parse().ok()? } else { format!("{host}:80").parse().ok()? };
    let close = "connection: close\r\n";
    let kept = rest.split_inclusive("\r\n").filter(|row| {
        let row = row.to_ascii_lowercase();
        !["connection:", "proxy-", "host:"].iter().any(|start| row.starts_with(start))
    });
    // One address may stand for many hosts, and one was granted.
    let named = format!("host: {}:{}\r\n", host.name, host.port);
    Some((host, Some(format!("{method} /{path} {version}\r\n{named}{close}{}", kept.collect::<String>()))))
}

/// Passes on what either says, until both have ended.
fn between(inner: UnixStream, outer: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (inner.try_clone()?, outer.try_clone()?);
    let up = std::thread::spawn(move || {
        // One side that ends early ends only its half.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (outer, inner);
    let down = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    // It has no more to say than that it is over.
    let _ = up.join();
    down.map(drop)
}

/// Inside of a cell: a port of its own loopback that leads to `socket`.
pub(super) fn bridge(socket: PathBuf) -> io::Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(out) = UnixStream::connect(&socket) else { continue };
            std::thread::spawn(move || between(out, stream));
        }
    });
    Ok(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_plain_name_and_a_port() {
        let host = |name: &str, port| Ok(Host { name: name.to_owned(), port });
        assert_eq!("R.example".parse(), host("r.example", 443));
        assert_eq!("127.0.0.1:4873".parse(), host("127.0.0.1", 4873));
        for bad in ["", ":1", "a:b", "*.example", "a/b", "a b", "user@host", "a:99999"] {
            assert!(bad.parse::<Host>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_is_for_the_host_in_its_first_line_alone() {
        let plain = asked(
            "GET http://a.example/x?y HTTP/1.1\r\nHost: b.example\r\nProxy-A: 1\r\nConnection: keep-alive\r\n\r\n",
        );
        let (host, first) = plain.unwrap();
        assert_eq!(host, "a.example:80".parse().unwrap());
        assert_eq!(first.unwrap(), "GET /x?y HTTP/1.1\r\nhost: a.example:80\r\nconnection: close\r\n\r\n");
        assert_eq!(asked("CONNECT a.example:443 HTTP/1.1\r\n\r\n"), Some(("a.example".parse().unwrap(), None)));
        for odd in ["", "GET / HTTP/1.1\r\n\r\n", "GET https://a/ HTTP/1.1\r\n\r\n", "CONNECT u@a:1 HTTP/1.1\r\n\r\n"] {
            assert!(asked(odd).is_none(), "{odd}");
        }
    }
}
