//! Programs and what packers put into them: never a fault, and what a packer left is found.

use arbitrary::{Result, Unstructured};
use lastlook::model::Verdict;

use super::whole::{CANARY, audit, holds};

/// The first byte says whether the rest is a program or the plan of one.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let program = if first & 1 == 0 {
        rest.to_vec()
    } else {
        let Ok(made) = program(&mut Unstructured::new(rest)) else { return };
        made
    };
    let artifact = audit(["app", "app.exe", "app.bin", "app.node"][usize::from(first >> 1) % 4], program.clone());
    assert!(artifact.verdict != Verdict::Clear || !holds(&program, CANARY), "clear, and the canary stands in it");
}

const HEADS: &[&[u8]] = &[
    b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0",
    b"MZ\x90\0\x03\0\0\0",
    b"\xcf\xfa\xed\xfe\x0c\0\0\x01",
    b"\xca\xfe\xba\xbe\0\0\0\x02",
    b"ESZIP_V2",
    b"ESZIP2.3",
    b"\x20\xda\x43\x01",
    b"\xfe\xed\xfa\xce",
    b"",
];

const MARKS: &[&[u8]] = &[
    b"\n---- Bun! ----\n",
    b"<nexe~~sentinel>",
    b"d3n0l4nd",
    b"NODE_SEA_BLOB",
    b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1",
    b"\x20\xda\x43\x01",
    b"ESZIP2.1",
    b"ESZIP2.2",
    b"PAYLOAD_POSITION",
    b"// PRELUDE",
    b"/snapshot/app/index.js",
    b"D3N0",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"\x1f\x8b\x08\0",
    b".debug_info\0",
    b".symtab\0",
    b"/$bunfs/root/",
    b"B:/~BUN/root/",
];

/// Heads, marks, numbers that could be lengths or offsets, and bytes.
fn program(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut out = feed.choose(HEADS)?.to_vec();
    out.resize(out.len().max(*feed.choose(&[0, 64, 128])?), 0);
    for _ in 0..feed.int_in_range(0..=24)? {
        match feed.int_in_range(0..=9)? {
            0..=2 => out.extend(feed.choose(MARKS)?.iter()),
            3 => out.extend(feed.int_in_range(0..=300_u32)?.to_le_bytes()),
            4 => out.extend(feed.int_in_range(0..=300_u64)?.to_le_bytes()),
            5 => out.extend(feed.int_in_range(0..=300_u32)?.to_be_bytes()),
            6 => out.extend((out.len() as u64).to_le_bytes()),
            7 => out.extend(if feed.ratio(1, 4)? { CANARY } else { b"x()\n//# sourceMappingURL=a.map\n" }),
            8 => out.extend(feed.arbitrary::<u64>()?.to_le_bytes()),
            _ => {
                let length = feed.int_in_range(0..=60.min(feed.len()))?;
                out.extend(feed.bytes(length)?);
            }
        }
    }
    Ok(out)
}
