//! Members, directories and end records of zip archives: what a plain reader sees is seen, or it is not clear.

use std::io::{Cursor, Read as _, Write as _};

use arbitrary::{Result, Unstructured};
use lastlook::model::Verdict;

use super::whole::{CANARY, Plain, assert_seen, audit, holds};

/// The first byte says whether the rest is an archive or the plan of one.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let archive = if first & 1 == 0 {
        rest.to_vec()
    } else {
        let Ok(made) = archive(&mut Unstructured::new(rest)) else { return };
        made
    };
    let artifact = audit(["a.zip", "a.vsix", "a.whl", "a"][usize::from(first >> 1) % 4], archive.clone());
    if artifact.verdict != Verdict::Clear {
        return;
    }
    assert!(!holds(&archive, CANARY), "clear, and the canary stands somewhere in it");
    if artifact.kind == lastlook::model::Kind::Zip {
        assert_seen(&artifact, "one that begins at the end", &directory(&archive));
        assert_seen(&artifact, "one that begins at the front", &stream(&archive));
    }
}

/// What the `zip` crate sees by the directory.
fn directory(bytes: &[u8]) -> Vec<Plain> {
    let mut files = Vec::new();
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return files };
    for number in 0..archive.len() {
        let Ok(file) = archive.by_index(number) else { continue };
        files.extend(one(file));
    }
    files
}

/// What it sees from the front on.
fn stream(mut bytes: &[u8]) -> Vec<Plain> {
    let mut files = Vec::new();
    while let Ok(Some(file)) = zip::read::read_zipfile_from_stream(&mut bytes) {
        let Some(file) = one(file) else { break };
        files.push(file);
    }
    files.retain(|(path, _)| !path.is_empty());
    files
}

/// A file; a folder has no path.
fn one(mut file: zip::read::ZipFile<'_, impl std::io::Read>) -> Option<Plain> {
    let name = file.name().ok()?.to_string();
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let path = if file.is_dir() { String::new() } else { parts.join("/") };
    let mut body = Vec::new();
    file.by_ref().take(1 << 20).read_to_end(&mut body).ok()?;
    (!path.is_empty() || !body.is_empty() || file.is_dir()).then_some((path, body)).filter(|(path, _)| !path.is_empty())
}

const NAMES: &[&str] = &[
    "a.js",
    "b.js",
    "lib/c.js",
    "lib/",
    "A.js",
    "./a.js",
    "a.js/",
    "../a.js",
    "/a.js",
    "a\\b.js",
    "\u{e9}.js",
    "e\u{301}.js",
    "",
    "a.map",
    "package.json",
];

/// What one header says of a member.
#[derive(Clone)]
struct Head {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    extra: Vec<u8>,
}

fn archive(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    if feed.ratio(1, 8)? {
        junk(feed, &mut out)?;
    }
    let base = if feed.ratio(1, 2)? { out.len() } else { 0 };
    let mut central = Vec::new();
    let mut count = 0_u16;
    for _ in 0..feed.int_in_range(0..=4)? {
        let at = out.len() - base;
        let head = member(feed, &mut out)?;
        if feed.ratio(1, 16)? {
            continue;
        }
        let head = if feed.ratio(1, 6)? { spoiled(feed, head)? } else { head };
        for _ in 0..if feed.ratio(1, 24)? { 2 } else { 1 } {
            entry(feed, &head, at, &mut central)?;
            count += 1;
        }
        if feed.ratio(1, 16)? {
            junk(feed, &mut out)?;
        }
    }
    end(feed, base, &central, count, &mut out)?;
    Ok(out)
}

fn junk(feed: &mut Unstructured<'_>, out: &mut Vec<u8>) -> Result<()> {
    match feed.int_in_range(0..=3)? {
        0 => out.extend([0; 7]),
        1 => out.extend(CANARY),
        2 => drop(member(feed, out)?),
        _ => {
            let length = feed.int_in_range(0..=40.min(feed.len()))?;
            out.extend(feed.bytes(length)?);
        }
    }
    Ok(())
}

/// A local header and what lies behind it; the answer is what it says.
fn member(feed: &mut Unstructured<'_>, out: &mut Vec<u8>) -> Result<Head> {
    let body: &[u8] = match feed.int_in_range(0..=5)? {
        0..=2 => b"x()\n",
        3 => b"",
        4 => CANARY,
        _ => {
            let length = feed.int_in_range(0..=80.min(feed.len()))?;
            feed.bytes(length)?
        }
    };
    let method = *feed.choose(&[0, 8, 8, 0, 8, 0, 8, 0, 12, 9, 99])?;
    let mut packed = body.to_vec();
    if method == 8 {
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflate.write_all(body).expect("memory takes all");
        packed = deflate.finish().expect("memory takes all");
    }
    let streamed = feed.ratio(1, 8)?;
    let mut head = Head {
        name: feed.choose(NAMES)?.as_bytes().to_vec(),
        flags: if streamed { 8 } else { 0 } | if feed.ratio(1, 3)? { 0x800 } else { 0 },
        method,
        crc: crc32fast::hash(body),
        packed: u32::try_from(packed.len()).expect("a short one"),
        size: u32::try_from(body.len()).expect("a short one"),
        extra: extra(feed)?,
    };
    let real = head.clone();
    if streamed && feed.ratio(3, 4)? {
        (head.crc, head.packed, head.size) = (0, 0, 0);
    }
    if feed.ratio(1, 10)? {
        head = spoiled(feed, head)?;
    }
    out.extend(b"PK\x03\x04");
    for number in [20, head.flags, head.method, 0, 33] {
        out.extend(number.to_le_bytes());
    }
    for number in [head.crc, head.packed, head.size] {
        out.extend(number.to_le_bytes());
    }
    out.extend(length(&head.name).to_le_bytes());
    out.extend(length(&head.extra).to_le_bytes());
    out.extend(&head.name);
    out.extend(&head.extra);
    out.extend(&packed);
    if streamed {
        out.extend(if feed.ratio(3, 4)? { &b"PK\x07\x08"[..] } else { b"" });
        for number in [real.crc, real.packed, real.size] {
            out.extend(number.to_le_bytes());
        }
    }
    Ok(real)
}

fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).expect("a short one")
}

fn extra(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    Ok(match feed.int_in_range(0..=11)? {
        0 => [&b"\x01\0\x10\0"[..], &[4, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]].concat(),
        1 => [&b"up\x0a\0\x01"[..], &crc32fast::hash(b"a.js").to_le_bytes(), b"z.map"].concat(),
        2 => b"UT\x05\0\x01abcd".to_vec(),
        3 => [&b"xx\x80\0"[..], &[b'z'; 128]].concat(),
        4 => b"\x01\0\xff".to_vec(),
        _ => Vec::new(),
    })
}

/// The same with something in it that does not fit.
fn spoiled(feed: &mut Unstructured<'_>, mut head: Head) -> Result<Head> {
    match feed.int_in_range(0..=7)? {
        0 => head.name = feed.choose(NAMES)?.as_bytes().to_vec(),
        1 => head.size = *feed.choose(&[0, 1, 1000, u32::MAX])?,
        2 => head.packed = *feed.choose(&[0, 1, 1000, u32::MAX])?,
        3 => head.crc ^= 1,
        4 => head.method = *feed.choose(&[0, 8, 12, 93, 99])?,
        5 => head.flags ^= *feed.choose(&[1, 8, 0x40, 0x800, 0x2000])?,
        6 => head.extra = extra(feed)?,
        _ => head.name.push(0),
    }
    Ok(head)
}

fn entry(feed: &mut Unstructured<'_>, head: &Head, at: usize, out: &mut Vec<u8>) -> Result<()> {
    let comment: &[u8] = if feed.ratio(1, 16)? { CANARY } else { b"" };
    let made: u16 = *feed.choose(&[20, 0x314, 0x314])?;
    let mode: u32 = *feed.choose(&[0, 0o100_644 << 16, 0o120_777 << 16, 0x10, 0o100_644 << 16])?;
    let at = if feed.ratio(31, 32)? { at } else { feed.int_in_range(0..=400)? };
    out.extend(b"PK\x01\x02");
    for number in [made, 20, head.flags, head.method, 0, 33] {
        out.extend(number.to_le_bytes());
    }
    for number in [head.crc, head.packed, head.size] {
        out.extend(number.to_le_bytes());
    }
    for number in [length(&head.name), length(&head.extra), length(comment), 0, 0] {
        out.extend(number.to_le_bytes());
    }
    out.extend(mode.to_le_bytes());
    out.extend(u32::try_from(at).expect("a short one").to_le_bytes());
    out.extend(&head.name);
    out.extend(&head.extra);
    out.extend(comment);
    Ok(())
}

fn end(feed: &mut Unstructured<'_>, base: usize, central: &[u8], count: u16, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    out.extend(central);
    if feed.ratio(1, 16)? {
        junk(feed, out)?;
    }
    let wide = feed.ratio(1, 10)?;
    if wide {
        let at = (out.len() - base) as u64;
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [u64::from(count), u64::from(count), central.len() as u64, (start - base) as u64] {
            out.extend(number.to_le_bytes());
        }
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend(at.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    for _ in 0..if feed.ratio(1, 24)? { 2 } else { 1 } {
        let count = if feed.ratio(15, 16)? { count } else { feed.int_in_range(0..=5)? };
        let count = if wide && feed.ratio(1, 2)? { u16::MAX } else { count };
        let size = if feed.ratio(15, 16)? { central.len() } else { feed.int_in_range(0..=300)? };
        let offset = if feed.ratio(15, 16)? { start - base } else { feed.int_in_range(0..=600)? };
        let comment: &[u8] = feed.choose(&[&b""[..], b"", b"", b"", b"a comment", CANARY, &b"PK\x05\x06"[..]])?;
        let stated = if feed.ratio(15, 16)? { length(comment) } else { feed.int_in_range(0..=40)? };
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend(count.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(u32::try_from(size).expect("a short one").to_le_bytes());
        out.extend(u32::try_from(offset).expect("a short one").to_le_bytes());
        out.extend(stated.to_le_bytes());
        out.extend(comment);
    }
    if feed.ratio(1, 12)? {
        junk(feed, out)?;
    }
    if feed.ratio(1, 24)? {
        out.truncate(feed.int_in_range(0..=out.len())?);
    }
    Ok(())
}
