//! A body that comes in → memory while it is short, then a file without a name that is gone with it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Limits;

/// A body that is whole.
pub(super) struct Spooled {
    head: Vec<u8>,
    rest: Option<File>,
    len: u64,
    room: Option<OwnedSemaphorePermit>,
}

/// Why there is no body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoBody {
    #[error("it is longer than {0} bytes (--max-body)")]
    TooLong(u64),
    #[error("it came too slowly, or not to its end")]
    Slow,
    #[error("the gate has no room for it: {0}")]
    Room(String),
    #[error("it was cut off: {0}")]
    Cut(String),
}

/// More than this goes to a file.
const SHORT: usize = 256 << 10;
/// What room is counted in.
pub(super) const UNIT: u64 = 64 << 10;
/// One that is not wanted comes at this speed at least.
const UNWANTED: u64 = 1 << 20;
/// A body that comes more slowly than this after a while is not waited for.
const BYTES_A_SECOND: u64 = 4 << 10;
const PATIENCE: Duration = Duration::from_secs(30);

impl Spooled {
    /// Takes a body in.
    pub(super) async fn take(
        mut body: Incoming,
        most: u64,
        limits: &Limits,
        folder: &Path,
        room: &Arc<Semaphore>,
    ) -> Result<Self, NoBody> {
        if body.size_hint().lower() > most {
            return Err(NoBody::TooLong(most));
        }
        let mut spooled = Self { head: Vec::new(), rest: None, len: 0, room: None };
        let (started, upper) = (Instant::now(), body.size_hint().upper());
        loop {
            let frame = timeout(limits.idle, body.frame()).await.map_err(|_| NoBody::Slow)?;
            let Some(frame) = frame else { return Ok(spooled) };
            let frame = frame.map_err(|error| NoBody::Cut(error.to_string()))?;
            let Ok(piece) = frame.into_data() else { continue };
            spooled.len += piece.len() as u64;
            if spooled.len > most {
                return Err(NoBody::TooLong(most));
            }
            let late = started.elapsed().saturating_sub(PATIENCE);
            if late.as_secs().saturating_mul(BYTES_A_SECOND) > spooled.len {
                return Err(NoBody::Slow);
            }
            if spooled.rest.is_none() && spooled.head.len() + piece.len() <= SHORT {
                spooled.head.extend_from_slice(&piece);
                continue;
            }
            if spooled.room.is_none() {
                // All of it at once: two that each wait for what the other has would wait for ever.
                let units = u32::try_from(upper.unwrap_or(most).min(most).div_ceil(UNIT)).unwrap_or(u32::MAX);
                let permit = timeout(limits.queue, Arc::clone(room).acquire_many_owned(units)).await;
                let permit = permit.map_err(|_| NoBody::Room("others fill it".to_owned()))?;
                spooled.room = Some(permit.map_err(|_| NoBody::Room("it is closing".to_owned()))?);
            }
            let fault = |error: io::Error| NoBody::Room(error.to_string());
            // To a file of this machine: writing to it is a copy, mostly.
            let file = match &mut spooled.rest {
                Some(file) => file,
                none => none.insert(tempfile::tempfile_in(folder).map_err(fault)?),
            };
            file.write_all(&piece).map_err(fault)?;
        }
    }

    /// How long it is.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// All of it, in memory.
    pub(super) fn bytes(self) -> io::Result<Vec<u8>> {
        let Some(mut file) = self.rest else { return Ok(self.head) };
        let mut bytes = Vec::with_capacity(usize::try_from(self.len).map_err(io::Error::other)? + 1);
        bytes.extend_from_slice(&self.head);
        drop(self.head);
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        if bytes.len() as u64 == self.len { Ok(bytes) } else { Err(io::Error::other("the file of the body changed")) }
    }
}

/// Reads a body to its end and forgets it, so that a client that only listens afterwards hears what it is told.
pub(super) async fn forget(mut body: Incoming, most: u64, limits: &Limits) {
    let (mut left, started) = (most, Instant::now());
    while let Ok(Some(Ok(frame))) = timeout(limits.idle, body.frame()).await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, |piece| piece.len() as u64)) else { return };
        left = rest;
        // It is not wanted, so it is not waited for.
        let seconds = started.elapsed().saturating_sub(limits.idle).as_secs();
        if seconds.saturating_mul(UNWANTED) > most - left {
            return;
        }
    }
}
