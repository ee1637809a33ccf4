//! A connection whose bytes are recorded as they come.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Shared;
use super::body::Body;
use super::http::{Answer, Head};

const CHUNK: usize = 64 << 10;
const HEAD_LIMIT: usize = 256 << 10;

/// The other side is gone, or the registry stops, or the test says to hang up.
pub struct Gone;

impl From<std::io::Error> for Gone {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

pub struct Wire {
    stream: TcpStream,
    pub shared: Arc<Shared>,
    pub connection: usize,
    /// Came, and was not used yet.
    waiting: Vec<u8>,
    /// How much came in all.
    received: usize,
}

impl Wire {
    pub fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        let connection = shared.record.lock().unwrap().connection();
        Self { stream, shared, connection, waiting: Vec::new(), received: 0 }
    }

    /// Where in the connection the next byte to be used stands.
    pub fn place(&self) -> usize {
        self.received - self.waiting.len()
    }

    fn fill(&mut self, most: usize) -> Result<(), Gone> {
        let mut bytes = vec![0; most.clamp(1, CHUNK)];
        let count = self.stream.read(&mut bytes)?;
        if count == 0 {
            return Err(Gone);
        }
        self.shared.record.lock().unwrap().received(self.connection, &bytes[..count]);
        self.received += count;
        self.waiting.extend_from_slice(&bytes[..count]);
        Ok(())
    }

    /// The next head. What is no HTTP ends the connection, and stays in the record.
    pub fn head(&mut self) -> Result<Head, Gone> {
        loop {
            if let Some(end) = self.waiting.windows(4).position(|four| four == b"\r\n\r\n") {
                let bytes: Vec<u8> = self.waiting.drain(..end + 4).collect();
                return Head::read(&bytes[..end]).ok_or(Gone);
            }
            if self.waiting.len() > HEAD_LIMIT {
                return Err(Gone);
            }
            self.fill(CHUNK)?;
        }
    }

    /// Reads on in a body until it is done or `until` bytes of it came, of which `have` are here. Those that are new.
    pub fn body(&mut self, request: usize, body: &mut Body, have: usize, until: usize) -> Result<usize, Gone> {
        let mut count = have;
        while !body.is_done() && count < until {
            let bytes = body.take(&mut self.waiting, until - count);
            if bytes.is_empty() && !body.is_done() {
                self.fill(until - count)?;
                continue;
            }
            count += bytes.len();
            self.shared.record.lock().unwrap().body(request, self.place(), &bytes);
        }
        Ok(count)
    }

    /// Reads what is left of a body and throws it away, so that the other side gets round to reading its answer.
    pub fn drain(&mut self, body: &mut Body) -> Result<(), Gone> {
        while !body.is_done() {
            if body.take(&mut self.waiting, CHUNK).is_empty() && !body.is_done() {
                self.fill(CHUNK)?;
            }
        }
        Ok(())
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        for part in bytes.chunks(CHUNK) {
            // Before it is sent, so that nobody has read more than is counted.
            self.shared.sent.fetch_add(part.len() as u64, Ordering::SeqCst);
            self.stream.write_all(part)?;
        }
        Ok(())
    }

    /// Sends a byte at a time.
    pub fn trickle(&mut self, bytes: &[u8], pause: Duration) -> Result<(), Gone> {
        self.stream.set_nodelay(true)?;
        for byte in bytes {
            self.pause(pause)?;
            self.send(&[*byte])?;
        }
        Ok(())
    }

    /// Begins with the answer, and goes on until nobody listens.
    pub fn endless(&mut self, answer: &Answer) -> Result<(), Gone> {
        self.send(&answer.head(None, true))?;
        let json = serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok();
        let start = answer.body.len() - usize::from(json);
        self.send(&answer.body[..start])?;
        if json {
            self.send(b",\"more\":\"")?;
        }
        let more = vec![b'a'; CHUNK];
        loop {
            self.send(&more)?;
        }
    }

    /// Waits, but not for longer than the registry lives.
    pub fn pause(&self, limit: Duration) -> Result<(), Gone> {
        let stopped = self.shared.stopped.lock().unwrap();
        let (stopped, _) = self.shared.stopping.wait_timeout_while(stopped, limit, |stopped| !*stopped).unwrap();
        if *stopped { Err(Gone) } else { Ok(()) }
    }
}

impl Drop for Wire {
    /// Others may hold copies of the stream, so closing ours is not enough.
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
