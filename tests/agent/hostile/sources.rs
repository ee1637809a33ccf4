//! Sockets of every kind -> what came over them, as it comes.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What one connection or datagram brought.
#[derive(Debug, Clone)]
pub struct Heard {
    pub listener: &'static str,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<Vec<Heard>>>);

impl Record {
    /// A connection began. Its number.
    pub fn begin(&self, listener: &'static str, bytes: &[u8]) -> usize {
        let mut all = self.0.lock().unwrap();
        all.push(Heard { listener, bytes: bytes.to_vec() });
        all.len() - 1
    }

    fn more(&self, number: usize, bytes: &[u8]) {
        self.0.lock().unwrap()[number].bytes.extend_from_slice(bytes);
    }

    pub fn all(&self) -> Vec<Heard> {
        self.0.lock().unwrap().clone()
    }
}

pub enum Source {
    /// Answers as a registry that takes everything.
    Registry(TcpListener),
    Plain(TcpListener),
    Udp(UdpSocket),
    Stream(UnixListener),
    Datagram(UnixDatagram),
}

impl Source {
    pub fn quick(self) -> Self {
        match &self {
            Self::Registry(socket) | Self::Plain(socket) => socket.set_nonblocking(true),
            Self::Udp(socket) => socket.set_nonblocking(true),
            Self::Stream(socket) => socket.set_nonblocking(true),
            Self::Datagram(socket) => socket.set_nonblocking(true),
        }
        .unwrap();
        self
    }

    /// Takes what is there. Whether anything was.
    pub fn take(&self, name: &'static str, record: &Record) -> bool {
        let mut buffer = vec![0; 1 << 16];
        match self {
            Self::Registry(socket) | Self::Plain(socket) => {
                let Ok((stream, _)) = socket.accept() else { return false };
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
                let answers = matches!(self, Self::Registry(_));
                serve(stream, name, record, answers);
            }
            Self::Stream(socket) => {
                let Ok((stream, _)) = socket.accept() else { return false };
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
                serve(stream, name, record, false);
            }
            Self::Udp(socket) => {
                let Ok(length) = socket.recv(&mut buffer) else { return false };
                record.begin(name, &buffer[..length]);
            }
            Self::Datagram(socket) => {
                let Ok(length) = socket.recv(&mut buffer) else { return false };
                record.begin(name, &buffer[..length]);
            }
        }
        true
    }
}

/// Reads one connection on a thread of its own until it ends or is silent.
fn serve(stream: impl Read + Write + Send + 'static, name: &'static str, record: &Record, answers: bool) {
    let number = record.begin(name, b"");
    let record = record.clone();
    std::thread::spawn(move || read(stream, &record, number, answers));
}

fn read(mut stream: impl Read + Write, record: &Record, number: usize, answers: bool) {
    let mut buffer = vec![0; 1 << 16];
    let mut waiting = Vec::new();
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        record.more(number, &buffer[..length]);
        if answers {
            waiting.extend_from_slice(&buffer[..length]);
            while let Some(answer) = next(&mut waiting) {
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        } else {
            // Whoever speaks to it takes any word for success.
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nok\n");
        }
    }
}

/// The answer to the first whole request that waits, which is taken out.
fn next(waiting: &mut Vec<u8>) -> Option<String> {
    let end = waiting.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&waiting[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = length.unwrap_or(0);
    if head.contains("transfer-encoding: chunked") {
        waiting.windows(5).position(|part| part == b"0\r\n\r\n")?;
        waiting.clear();
    } else if waiting.len() < end + length {
        return None;
    } else {
        waiting.drain(..end + length);
    }
    let (status, body) = match head.split(' ').next().unwrap_or_default() {
        "get" if head.contains("whoami") => ("200 OK", "{\"username\":\"tester\"}"),
        "get" | "head" => ("404 Not Found", "{}"),
        _ => ("201 Created", "{\"ok\":true,\"success\":true,\"id\":\"1\",\"stageId\":\"1\"}"),
    };
    let length = if head.starts_with("head") { 0 } else { body.len() };
    Some(format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{}",
        &body[..length]
    ))
}

/// Goes where an attempt may listen, and takes what is said there.
pub fn dial(port: u16, path: &std::path::Path, record: &Record) {
    for host in ["127.0.0.1", "::1"] {
        if let Ok(stream) = TcpStream::connect((host, port)) {
            stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            record.begin("dialled port", &said(stream));
        }
    }
    if let Ok(stream) = UnixStream::connect(path) {
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        record.begin("dialled socket", &said(stream));
    }
}

fn said(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}
