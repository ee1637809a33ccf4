//! Requests over plain connections, so that what is tested with is not what is tested.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::registry::{integrity, shasum};

/// What came back.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    /// The lines before the body.
    pub head: String,
    pub body: Vec<u8>,
}

impl Said {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }
}

/// A connection to the registry at `url`.
pub fn connect(url: &str) -> TcpStream {
    let authority = url.trim_start_matches("http://").split('/').next().unwrap();
    let stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// The bytes of a request. The version of HTTP is one that has its answer end with the connection.
pub fn request(method: &str, target: &str, token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.0\r\nhost: here\r\nconnection: close\r\n");
    if let Some(token) = token {
        bytes.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    if !body.is_empty() {
        bytes.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    bytes.push_str("\r\n");
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// What comes until the other side hangs up. `None` when it is no whole head.
pub fn answer(stream: &mut TcpStream) -> Option<Said> {
    let mut bytes = Vec::new();
    // What came before a connection broke counts.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Said { status, head, body: bytes[end + 4..].to_vec() })
}

/// Asks, if it is answered at all.
pub fn try_ask(url: &str, method: &str, target: &str, token: Option<&str>, body: &[u8]) -> Option<Said> {
    let mut stream = connect(url);
    let _ = stream.write_all(&request(method, target, token, body));
    answer(&mut stream)
}

#[track_caller]
pub fn ask(url: &str, method: &str, target: &str, token: Option<&str>, body: &[u8]) -> Said {
    try_ask(url, method, target, token, body).expect("an answer came")
}

/// The body that npm would send to publish a tarball.
pub fn publication(name: &str, version: &str, tarball: &[u8]) -> Value {
    let file = format!("{name}-{version}.tgz");
    let dist = json!({
        "integrity": integrity(tarball), "shasum": shasum(tarball), "tarball": format!("http://here/{name}/-/{file}"),
    });
    json!({
        "_id": name, "name": name, "dist-tags": { "latest": version }, "access": "public",
        "versions": { version: { "_id": format!("{name}@{version}"), "name": name, "version": version, "dist": dist } },
        "_attachments": { file: {
            "content_type": "application/octet-stream", "data": STANDARD.encode(tarball), "length": tarball.len(),
        } },
    })
}
