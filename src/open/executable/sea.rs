//! Node's single executable applications: a blob with the script and its assets, each behind its length.

use super::{Body, Numbers, Piece, name};

const MAGIC: &[u8] = &[0x20, 0xda, 0x43, 0x01];
const CODE_CACHE: usize = 4;
const ASSETS: usize = 8;

pub(super) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    // The magic also stands in the code that looks for it.
    memchr::memmem::find_iter(bytes, MAGIC).find_map(|at| blob(bytes, at)).unwrap_or_default()
}

fn blob(bytes: &[u8], at: usize) -> Option<Vec<Piece>> {
    let flags = Numbers::new(bytes, at + 4).u32().filter(|flags| *flags < 64)?;
    // Between the flags and the first length later versions put a byte or two.
    [0, 1, 2].into_iter().find_map(|skipped| {
        let mut numbers = Numbers::new(bytes, at + 8 + skipped);
        let path = numbers.u64().filter(|len| *len <= 4096)?;
        let path = name(bytes, numbers.span(path)?)?;
        let len = numbers.u64().filter(|len| *len > 0)?;
        let script = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        let mut pieces = vec![Piece { name: script, at: numbers.span(len)?, body: Body::Plain }];
        if flags & CODE_CACHE != 0 {
            let len = numbers.u64()?;
            numbers.span(len)?;
        }
        if flags & ASSETS != 0 {
            pieces.extend(assets(bytes, &mut numbers));
        }
        Some(pieces)
    })
}

/// The assets, as many as can be read.
fn assets(bytes: &[u8], numbers: &mut Numbers<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for _ in 0..numbers.u64().unwrap_or(0) {
        let mut one = || {
            let key = numbers.u64()?;
            let key = name(bytes, numbers.span(key)?)?.to_owned();
            let len = numbers.u64()?;
            Some(Piece { name: key, at: numbers.span(len)?, body: Body::Plain })
        };
        let Some(piece) = one() else { break };
        pieces.push(piece);
    }
    pieces
}
