//! A run of bytes that is read from front to back: in memory, or from a file in pieces.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use crate::model::{Finding, Place};

use super::file::Large;
use super::rules;

/// Bytes from front to back.
pub(super) trait Source<'b> {
    /// The next bytes without taking them: 512, fewer only at the end.
    fn peek(&mut self) -> &[u8];
    /// The next `len` bytes; fewer only at the end.
    fn take(&mut self, len: u64) -> Cow<'b, [u8]>;
    /// What was odd about the stream so far, and the bytes that follow it. To be asked at the end.
    fn oddities(&mut self) -> Oddities;
}

/// A source that can be read once more from the start.
pub(super) trait Again<'b>: Source<'b> {
    /// The same bytes again.
    fn again(&self) -> Box<dyn Again<'b> + 'b>;
}

/// What was odd about a stream.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// The findings.
    pub(super) findings: Vec<Finding>,
    /// Bytes behind the stream, as many as are worth a look.
    pub(super) tail: Vec<u8>,
}

/// Bytes in memory.
pub(super) struct Whole<'b> {
    pub(super) rest: &'b [u8],
}

impl<'b> Source<'b> for Whole<'b> {
    fn peek(&mut self) -> &[u8] {
        self.rest.get(..512).unwrap_or(self.rest)
    }
    fn take(&mut self, len: u64) -> Cow<'b, [u8]> {
        let len = usize::try_from(len).unwrap_or(usize::MAX).min(self.rest.len());
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        Cow::Borrowed(taken)
    }
    fn oddities(&mut self) -> Oddities {
        Oddities::default()
    }
}

/// A large file, in pieces.
pub(super) struct Pieces<'b> {
    file: &'b Large,
    offset: u64,
    piece: Vec<u8>,
    used: usize,
}

impl<'b> Pieces<'b> {
    pub(super) fn new(file: &'b Large) -> Self {
        Self { file, offset: 0, piece: Vec::new(), used: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut ready = self.fill_buf()?;
        let count = ready.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.piece.len() {
            self.piece.resize(1 << 20, 0);
            let count = self.file.read_at(self.offset, &mut self.piece)?;
            self.piece.truncate(count);
            self.offset += count as u64;
            self.used = 0;
        }
        Ok(self.piece.get(self.used..).unwrap_or_default())
    }
    fn consume(&mut self, count: usize) {
        self.used += count;
    }
}

/// A plain file, in pieces.
pub(super) struct Plain<'b> {
    file: &'b Large,
    input: Pieces<'b>,
    ahead: Ahead,
    fault: Option<Finding>,
}

impl<'b> Plain<'b> {
    pub(super) fn new(file: &'b Large) -> Self {
        Self { file, input: Pieces::new(file), ahead: Ahead::default(), fault: None }
    }

    fn more(&mut self) -> bool {
        match self.input.fill_buf() {
            Ok([]) => false,
            Ok(bytes) => {
                self.ahead.bytes.extend_from_slice(bytes);
                let count = bytes.len();
                self.input.consume(count);
                true
            }
            Err(error) => {
                self.fault = Some(Finding::new(&rules::UNREAD.id, Place::whole(), error.to_string()).unread());
                false
            }
        }
    }
}

impl<'b> Source<'b> for Plain<'b> {
    fn peek(&mut self) -> &[u8] {
        while self.ahead.len() < 512 && self.more() {}
        self.ahead.peek()
    }
    fn take(&mut self, len: u64) -> Cow<'b, [u8]> {
        while (self.ahead.len() as u64) < len && self.more() {}
        self.ahead.take(len)
    }
    fn oddities(&mut self) -> Oddities {
        Oddities { findings: self.fault.take().into_iter().collect(), tail: Vec::new() }
    }
}

impl<'b> Again<'b> for Plain<'b> {
    fn again(&self) -> Box<dyn Again<'b> + 'b> {
        Box::new(Self::new(self.file))
    }
}

/// Bytes that were made ready before they were asked for.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) bytes: Vec<u8>,
    used: usize,
}

impl Ahead {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.used
    }
    pub(super) fn peek(&self) -> &[u8] {
        let end = self.bytes.len().min(self.used + 512);
        self.bytes.get(self.used..end).unwrap_or_default()
    }
    pub(super) fn take(&mut self, len: u64) -> Cow<'static, [u8]> {
        let len = usize::try_from(len).unwrap_or(usize::MAX).min(self.len());
        if len > 1 << 20 {
            // A large body is handed over as it is; only what was read beyond it is copied.
            self.bytes.drain(..self.used);
            self.used = 0;
            let beyond = self.bytes.split_off(len);
            return Cow::Owned(std::mem::replace(&mut self.bytes, beyond));
        }
        let taken = self.bytes.get(self.used..self.used + len).unwrap_or_default().to_vec();
        self.used += len;
        if self.used == self.bytes.len() {
            self.bytes.clear();
            self.used = 0;
        } else if self.used > 1 << 20 {
            self.bytes.drain(..self.used);
            self.used = 0;
        }
        Cow::Owned(taken)
    }
}
