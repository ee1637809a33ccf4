//! The numbers in a record of a container, little end first.

/// Bytes whose numbers stand at fixed places.
#[derive(Clone, Copy)]
pub(super) struct Record<'b>(pub(super) &'b [u8]);

impl Record<'_> {
    pub(super) fn u16(self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.0.get(at..at + 2)?.try_into().ok()?))
    }
    pub(super) fn u32(self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.0.get(at..at + 4)?.try_into().ok()?))
    }
    pub(super) fn u64(self, at: usize) -> Option<u64> {
        Some(u64::from_le_bytes(self.0.get(at..at + 8)?.try_into().ok()?))
    }
}
