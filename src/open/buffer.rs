//! Memory for inflated bytes: reserved at once, paid for page by page, in huge pages where there are any.

use std::io;

/// A block of zeroed memory. Untouched pages cost nothing.
#[derive(Debug, Default)]
pub struct Buffer {
    map: Option<memmap2::MmapMut>,
    ahead: Option<Tried>,
}

/// What came of inflating an input into a buffer before it was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tried {
    /// That many bytes.
    Sound(usize),
    /// It is left to the reader that goes piece by piece.
    Unsound,
}

impl Buffer {
    /// The most that is inflated in one piece; above it the stream is read in pieces.
    pub const CAP: usize = 128 << 20;

    /// At least `len` bytes to write into. What was there is kept for reuse, not cleared.
    pub(super) fn reserve(&mut self, len: usize) -> io::Result<&mut [u8]> {
        self.ahead = None;
        let held = self.map.as_ref().map_or(0, |map| map.len());
        if held < len || self.map.is_none() {
            self.map = None;
            let map = memmap2::MmapMut::map_anon(len.max(1))?;
            #[cfg(target_os = "linux")]
            if let Err(refused) = map.advise(memmap2::Advice::HugePage) {
                // Only speed is lost: the kernel may have been built without huge pages.
                debug_assert!(refused.raw_os_error().is_some());
            }
            self.map = Some(map);
        }
        self.map.as_deref_mut().ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))
    }

    /// What was written before.
    pub(super) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    /// Notes what came of inflating.
    pub(super) fn note(&mut self, ahead: Tried) {
        self.ahead = Some(ahead);
    }

    /// What came of inflating the input that this is for, if that was tried; once.
    pub(super) fn noted(&mut self) -> Option<Tried> {
        self.ahead.take()
    }
}
