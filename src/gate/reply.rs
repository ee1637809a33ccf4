//! What a client is told, in the form that npm, pnpm, yarn and bun all print.

use std::fs::File;

use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use crate::render::escape;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers besides those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// What it holds.
    pub body: Out,
}

/// What an answer holds.
#[derive(Debug)]
pub enum Out {
    /// It is here.
    Bytes(Vec<u8>),
    /// It lies in a file that nobody else has, is this long, and has room for as long as it is there.
    File(File, u64, Option<OwnedSemaphorePermit>),
}

impl Reply {
    /// A value.
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: Out::Bytes(value.to_string().into_bytes()) }
    }

    /// Text of some kind.
    pub(super) fn text(kind: &'static str, text: Vec<u8>) -> Self {
        Self { status: 200, headers: vec![("content-type", kind.to_owned())], body: Out::Bytes(text) }
    }

    /// No, and why. Clients don't ask again after this one.
    pub(super) fn refused(why: &str) -> Self {
        Self::no(403, why)
    }

    /// No, with another status.
    pub(super) fn no(status: u16, why: &str) -> Self {
        // Clients print it as it is.
        let why = escape(why);
        Self::json(status, &json!({ "error": why, "success": false }))
    }

    /// The same, with one more header.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}
