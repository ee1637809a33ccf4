//! A content → the digest that names it while lastlook runs.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use polyval::Polyval;
use polyval::universal_hash::UniversalHash as _;

/// The digest that names a content: the same for the same bytes in one run, and for others as good as never.
///
/// The key is made when lastlook starts and leaves it as little as the digests do. So nobody can make two contents that
/// share one, and it takes a third of the time of a hash that would have to be safe without a key.
pub type Digest = [u8; 16];

static KEY: LazyLock<Polyval> = LazyLock::new(|| {
    let random = RandomState::new();
    let mut key = [0; 16];
    for (part, number) in key.as_chunks_mut::<8>().0.iter_mut().zip(0_u8..) {
        *part = random.hash_one(number).to_le_bytes();
    }
    Polyval::new(&key.into())
});

/// The digest of `bytes`.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    let mut hash = KEY.clone();
    hash.update_padded(bytes);
    // What was padded is told from what ended with zeros.
    let mut len = [0; 16];
    len.iter_mut().zip(bytes.len().to_le_bytes()).for_each(|(byte, own)| *byte = own);
    hash.update(&[len.into()]);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_that_differ_have_digests_that_differ() {
        let contents = (0..300).flat_map(|len| [vec![0; len], vec![b'a'; len], [vec![0; len], vec![1]].concat()]);
        let contents: std::collections::BTreeSet<Vec<u8>> = contents.collect();
        let digests: std::collections::BTreeSet<Digest> = contents.iter().map(|content| digest(content)).collect();
        assert_eq!(digests.len(), contents.len());
        assert_eq!(digest(b"some text"), digest(b"some text"));
    }
}
