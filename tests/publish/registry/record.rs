//! What came over the connections, kept byte by byte.

use serde_json::Value;

use super::http::{Head, find};
use super::route::{Call, Route};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Counts the connections from 0.
    pub connection: usize,
    pub method: String,
    /// As it was sent, with every escape.
    pub target: String,
    pub headers: Vec<(String, String)>,
    /// As far as it came, and without the frames of chunks.
    pub body: Vec<u8>,
    /// Whether the whole body came.
    pub complete: bool,
    /// Its bytes as they came, the head too.
    pub raw: Vec<u8>,
    pub route: Route,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as JSON; it must be some.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// All that came.
#[derive(Default)]
pub struct Record {
    connections: Vec<Vec<u8>>,
    requests: Vec<Entry>,
}

struct Entry {
    connection: usize,
    start: usize,
    end: usize,
    head: Head,
    body: Vec<u8>,
    complete: bool,
    route: Route,
}

impl Record {
    /// A connection began. Its number.
    pub fn connection(&mut self) -> usize {
        self.connections.push(Vec::new());
        self.connections.len() - 1
    }

    pub fn received(&mut self, connection: usize, bytes: &[u8]) {
        self.connections[connection].extend_from_slice(bytes);
    }

    /// A head came, which began at `start` of its connection and ended at `end`. The number of the request.
    pub fn request(&mut self, connection: usize, start: usize, end: usize, head: &Head, call: &Call) -> usize {
        let (head, route) = (head.clone(), call.route);
        self.requests.push(Entry { connection, start, end, head, body: Vec::new(), complete: false, route });
        self.requests.len() - 1
    }

    /// More of its body came, up to `end` of its connection.
    pub fn body(&mut self, request: usize, end: usize, bytes: &[u8]) {
        let entry = &mut self.requests[request];
        entry.end = end;
        entry.body.extend_from_slice(bytes);
    }

    /// All of its body came. It is handed over for the answer.
    pub fn complete(&mut self, request: usize) -> Vec<u8> {
        let entry = &mut self.requests[request];
        entry.complete = true;
        entry.body.clone()
    }

    pub fn connections(&self) -> &[Vec<u8>] {
        &self.connections
    }

    pub fn count(&self, route: Route) -> usize {
        self.requests.iter().filter(|entry| route.covers(entry.route)).count()
    }

    pub fn requests(&self) -> Vec<Request> {
        let requests = self.requests.iter().map(|entry| Request {
            connection: entry.connection,
            method: entry.head.method.clone(),
            target: entry.head.target.clone(),
            headers: entry.head.headers.clone(),
            body: entry.body.clone(),
            complete: entry.complete,
            raw: self.connections[entry.connection][entry.start..entry.end].to_vec(),
            route: entry.route,
        });
        requests.collect()
    }
}
