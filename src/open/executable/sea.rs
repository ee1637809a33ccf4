//! Node's single executable applications: a blob with the script and its assets, each behind its length.

use super::{Body, Numbers, Pieces, name};

const MAGIC: &[u8] = &[0x20, 0xda, 0x43, 0x01];
const CODE_CACHE: usize = 4;
const ASSETS: usize = 8;

pub(super) fn find(bytes: &[u8], pieces: &mut Pieces) {
    // The magic also stands in the code that looks for it.
    for at in memchr::memmem::find_iter(bytes, MAGIC) {
        // Between the flags and the first length later versions put a byte or two.
        if ![0, 1, 2].into_iter().any(|skipped| blob(bytes, at, skipped, pieces).is_some()) && !pieces.spend(0) {
            return;
        }
    }
}

fn blob(bytes: &[u8], at: usize, skipped: usize, pieces: &mut Pieces) -> Option<()> {
    let flags = Numbers::new(bytes, at + 4).u32().filter(|flags| *flags < 64)?;
    let mut numbers = Numbers::new(bytes, at + 8 + skipped);
    let path = numbers.u64().filter(|len| (1..=4096).contains(len))?;
    let path = name(bytes, numbers.span(path)?).filter(|path| !path.contains('\0'))?;
    let len = numbers.u64()?;
    let script = numbers.span(len)?;
    let cached = if flags & CODE_CACHE == 0 { Some(()) } else { skip(&mut numbers) };
    let own = path.rsplit(['/', '\\']).next().unwrap_or(&path).to_owned();
    pieces.add(own, script, Body::Plain);
    if cached.is_none() || (flags & ASSETS != 0 && assets(bytes, &mut numbers, pieces).is_none()) {
        pieces.broken.insert("holds a blob of Node whose assets can not all be read");
    }
    Some(())
}

fn skip(numbers: &mut Numbers<'_>) -> Option<()> {
    let len = numbers.u64()?;
    numbers.span(len).map(|_| ())
}

/// The assets; `None` where not all can be read.
fn assets(bytes: &[u8], numbers: &mut Numbers<'_>, pieces: &mut Pieces) -> Option<()> {
    for number in 0..numbers.u64()? {
        let key = numbers.u64()?;
        let key = numbers.span(key)?;
        let len = numbers.u64()?;
        let at = numbers.span(len)?;
        pieces.spend(key.len()).then_some(())?;
        // Any text may be a key, also none.
        let key = name(bytes, key).filter(|key| !key.is_empty());
        pieces.add(key.map_or_else(|| format!("(asset {number})"), std::borrow::Cow::into_owned), at, Body::Plain);
    }
    Some(())
}
