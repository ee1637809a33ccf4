//! One raw deflate stream → its bytes, however many there are, up to a limit.

use flate2::{Decompress, FlushDecompress, Status};

use super::Buffer;

/// What came out of a stream.
pub(super) struct Inflated {
    /// The bytes; one more than the limit where there are more.
    pub(super) bytes: Vec<u8>,
    /// How many packed bytes were read.
    pub(super) consumed: usize,
    /// Whether the stream came to its own end.
    pub(super) ended: bool,
}

/// Inflates the stream at the start of `packed`, which claims to hold `claim` bytes and may hold `most`.
pub(super) fn inflate(packed: &[u8], claim: u64, most: u64) -> Inflated {
    let plausible = claim <= most && claim <= (packed.len() as u64).saturating_mul(1032).saturating_add(64);
    if let Some(claim) = usize::try_from(claim).ok().filter(|claim| plausible && *claim <= Buffer::CAP)
        && let Some(whole) = fast(packed, claim)
    {
        return whole;
    }
    stream(packed, most)
}

#[cfg(feature = "libdeflate")]
fn fast(packed: &[u8], claim: usize) -> Option<Inflated> {
    let mut bytes = vec![0; claim.max(1)];
    let done = super::inflate::inflate(packed, bytes.get_mut(..claim)?)?;
    bytes.truncate(done.produced);
    Some(Inflated { bytes, consumed: done.consumed, ended: true })
}

#[cfg(not(feature = "libdeflate"))]
fn fast(_: &[u8], _: usize) -> Option<Inflated> {
    None
}

/// Inflates the stream at the start of `packed`, of which nobody says how much it holds.
pub(super) fn stream(packed: &[u8], most: u64) -> Inflated {
    let mut inflater = Decompress::new(false);
    let mut bytes = Vec::new();
    let mut ended = false;
    loop {
        let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
        let room = most.saturating_add(1).saturating_sub(bytes.len() as u64).min(256 << 10);
        if room == 0 {
            break;
        }
        bytes.reserve(usize::try_from(room).unwrap_or(1));
        let before = bytes.len();
        let status = inflater.decompress_vec(packed.get(read..).unwrap_or_default(), &mut bytes, FlushDecompress::None);
        match status {
            Ok(Status::StreamEnd) => {
                ended = true;
                break;
            }
            Ok(_) if bytes.len() > before || inflater.total_in() > read as u64 => {}
            Ok(_) | Err(_) => break,
        }
    }
    bytes.truncate(usize::try_from(most.saturating_add(1)).unwrap_or(usize::MAX));
    Inflated { bytes, consumed: usize::try_from(inflater.total_in()).unwrap_or(usize::MAX), ended }
}

/// The sum that zlib streams end with.
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    // As many bytes as the sums hold before they have to be reduced.
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            low += u32::from(*byte);
            high += low;
        }
        low %= 65_521;
        high %= 65_521;
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::DeflateEncoder};
    use std::io::Write as _;

    #[test]
    fn a_claim_is_not_believed() {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&vec![7; 100_000]).unwrap();
        let stream = packer.finish().unwrap();
        for claim in [0, 99_999, 100_000, 1 << 40] {
            let done = inflate(&stream, claim, 1 << 20);
            assert_eq!((done.bytes.len(), done.consumed, done.ended), (100_000, stream.len(), true), "{claim}");
        }
        assert_eq!(inflate(&stream, 100_000, 10).bytes.len(), 11);
        assert!(!inflate(&stream[..20], 100_000, 1 << 20).ended);
    }
}
