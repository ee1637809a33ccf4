//! clearance → the registry document, written piece by piece from the one buffer that was cleared.

use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::{Plan, Registry};
use crate::audit::Clearance;
use crate::judge::hex;

/// The document that a registry takes: what stands before the bytes, the bytes, what stands behind them.
pub(super) struct Body<'c> {
    head: Vec<u8>,
    bytes: &'c [u8],
    tail: Vec<u8>,
    /// A piece that is ready, and how much of it was taken.
    piece: Vec<u8>,
    used: usize,
    stage: Stage,
    begun: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Bytes(usize),
    End,
}

/// As many bytes are written at a time; a multiple of three, so that the pieces join.
const PIECE: usize = 3 << 14;

impl<'c> Body<'c> {
    /// The document for `registry`.
    pub(super) fn of(clearance: &'c Clearance, plan: &Plan, registry: &Registry) -> serde_json::Result<Self> {
        let (name, version) = (clearance.document().name(), clearance.document().version());
        let file = format!("{name}-{version}.tgz");
        // Clients fetch from where they read the document; this is the form that they all know.
        let tarball = registry.at(&format!("{name}/-/{file}")).replacen("https://", "http://", 1);
        let mut manifest = clearance.document().fields().clone();
        let integrity = clearance.integrity().as_str();
        let shasum = hex(&Sha1::digest(clearance.bytes()));
        manifest.insert("dist".to_owned(), json!({"integrity": integrity, "shasum": shasum, "tarball": tarball}));
        let mut root = Map::new();
        root.insert("_id".to_owned(), name.into());
        root.insert("name".to_owned(), name.into());
        root.extend(manifest.get("description").map(|text| ("description".to_owned(), text.clone())));
        root.insert("dist-tags".to_owned(), json!({&plan.tag: version}));
        root.insert("access".to_owned(), plan.access.map_or(Value::Null, |access| access.word().into()));
        root.insert("versions".to_owned(), json!({version: manifest}));
        let mut head = serde_json::to_vec(&root)?;
        // The attachments are written by hand, so that the bytes are never copied whole.
        head.pop();
        head.extend_from_slice(b",\"_attachments\":{");
        head.extend(serde_json::to_vec(&file)?);
        head.extend_from_slice(b":{\"content_type\":\"application/octet-stream\",\"data\":\"");
        let mut tail = format!("\",\"length\":{}}}", clearance.bytes().len()).into_bytes();
        if let Some(bundle) = clearance.provenance() {
            tail.push(b',');
            tail.extend(serde_json::to_vec(&format!("{name}-{version}.sigstore"))?);
            // As JavaScript counts.
            let length = bundle.text().encode_utf16().count();
            let row = json!({"content_type": bundle.kind(), "data": bundle.text(), "length": length});
            tail.push(b':');
            tail.extend(serde_json::to_vec(&row)?);
        }
        tail.extend_from_slice(b"}}");
        let bytes = clearance.bytes();
        Ok(Self { head, bytes, tail, piece: Vec::new(), used: 0, stage: Stage::Head, begun: false })
    }

    /// A short document that is ready.
    pub(super) fn text(head: Vec<u8>) -> Self {
        Self { head, bytes: &[], tail: Vec::new(), piece: Vec::new(), used: 0, stage: Stage::Head, begun: false }
    }

    /// How long it is.
    pub(super) fn len(&self) -> u64 {
        let encoded = self.bytes.len().div_ceil(3) * 4;
        (self.head.len() + encoded + self.tail.len()) as u64
    }

    /// Whether any of it was handed over to be sent.
    pub(super) fn begun(&self) -> bool {
        self.begun
    }

    /// Makes the next piece ready.
    fn next(&mut self) {
        self.piece.clear();
        self.used = 0;
        self.stage = match self.stage {
            Stage::Head => {
                self.piece.append(&mut self.head);
                Stage::Bytes(0)
            }
            Stage::Bytes(at) if at < self.bytes.len() => {
                let end = self.bytes.len().min(at + PIECE);
                let text = STANDARD.encode(self.bytes.get(at..end).unwrap_or_default());
                self.piece.extend_from_slice(text.as_bytes());
                Stage::Bytes(end)
            }
            Stage::Bytes(_) => {
                self.piece.append(&mut self.tail);
                Stage::End
            }
            Stage::End => Stage::End,
        };
    }
}

impl Read for Body<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        while self.used == self.piece.len() {
            if self.stage == Stage::End {
                return Ok(0);
            }
            self.next();
        }
        let mut ready = self.piece.get(self.used..).unwrap_or_default();
        let count = ready.read(into)?;
        self.used += count;
        Ok(count)
    }
}
