//! How much is read before lastlook says that it is too much.

/// The limits of one audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Unpacked bytes, over everything inside.
    pub unpacked: u64,
    /// Entries, over everything inside.
    pub entries: u64,
    /// Containers in containers.
    pub depth: u32,
    /// Unpacked bytes per packed byte, above `RATIO_FLOOR`.
    pub ratio: u64,
    /// Bytes in a path.
    pub name: usize,
}

impl Limits {
    /// Below this many unpacked bytes no ratio is too high.
    pub const RATIO_FLOOR: u64 = 64 << 20;
    /// Bytes in one part of a path.
    pub const PART: usize = 255;
    /// Folders that a path leads through.
    pub const PARTS: usize = 128;
    /// Bytes in a pax header or a long name.
    pub const META: u64 = 1 << 20;
    /// Bytes of one entry: it is held in memory while it is read.
    pub const ENTRY: u64 = 1 << 30;

    /// How many bytes `packed` bytes may unpack to.
    #[must_use]
    pub fn unpacked_from(&self, packed: u64) -> u64 {
        self.unpacked.min(packed.saturating_mul(self.ratio).max(Self::RATIO_FLOOR))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: 4 << 30, entries: 200_000, depth: 8, ratio: 1000, name: 1024 }
    }
}
