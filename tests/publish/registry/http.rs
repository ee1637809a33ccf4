//! The bytes of a connection → the parts of a request, and an answer → bytes.

use std::io::Write as _;

use serde_json::{Value, json};

/// What stands before the body of a request.
#[derive(Debug, Clone)]
pub struct Head {
    pub method: String,
    /// As it was sent, with every escape.
    pub target: String,
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// Reads the bytes before the empty line. `None` when they are no HTTP.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if !version.starts_with("HTTP/1.") || words.next().is_some() {
            return None;
        }
        let headers = lines.filter(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim().to_owned())
        });
        Some(Self { method: method.to_owned(), target: target.to_owned(), headers: headers.collect() })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// What follows `Bearer` in the header `authorization`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }
}

pub fn find<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// What a registry says to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn bytes(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), kind.to_owned())], body: body.into() }
    }

    pub fn json(status: u16, value: &Value) -> Self {
        Self::bytes(status, "application/json", value.to_string())
    }

    pub fn text(status: u16, text: &str) -> Self {
        Self::bytes(status, "text/plain", text)
    }

    /// A refusal as npm's registry words it: `{"error": text}`.
    pub fn error(status: u16, text: &str) -> Self {
        Self::json(status, &json!({ "error": text }))
    }

    /// Asks for a one-time password that the person reads off a device.
    pub fn otp() -> Self {
        Self::error(401, "This operation requires a one-time password.").header("www-authenticate", "OTP")
    }

    /// Asks for one that the person gets in a browser.
    pub fn web_otp(auth: &str, done: &str) -> Self {
        Self::json(401, &json!({ "authUrl": auth, "doneUrl": done })).header("www-authenticate", "OTP")
    }

    /// 429, to be tried again after so many seconds.
    pub fn too_many(seconds: u64) -> Self {
        Self::error(429, "Too many requests").header("retry-after", &seconds.to_string())
    }

    pub fn redirect(url: &str) -> Self {
        Self::text(302, "elsewhere").header("location", url)
    }

    /// JSON that is small on the way and `bytes` long when inflated.
    pub fn bomb(bytes: usize) -> Self {
        let body = format!("{{\"name\":\"{}\"}}", "a".repeat(bytes));
        Self::bytes(200, "application/json", body).gzip()
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with its body packed, and said to be.
    pub fn gzip(mut self) -> Self {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&self.body).unwrap();
        self.body = packed.finish().unwrap();
        self.header("content-encoding", "gzip")
    }

    /// What goes before the body. `length` is said to be the body's; without one the body ends with the connection.
    pub fn head(&self, length: Option<usize>, close: bool) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            text.push_str(&format!("content-length: {length}\r\n"));
        }
        if close || length.is_none() {
            text.push_str("connection: close\r\n");
        }
        text.push_str("\r\n");
        text.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
