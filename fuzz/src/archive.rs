//! Tar headers, pax records and gzip members, sound ones and odd ones: what a plain reader sees is seen, or it is not clear.

use std::io::{Read as _, Write as _};

use arbitrary::{Result, Unstructured};

use super::whole::{CANARY, Plain, assert_seen, audit, holds};
use lastlook::model::Verdict;

pub fn run(bytes: &[u8]) {
    let mut feed = Unstructured::new(bytes);
    let Ok(tar) = tar(&mut feed) else { return };
    let Ok(packed) = gzip(&mut feed, &tar) else { return };
    let artifact = audit("pkg.tgz", packed.clone());
    if artifact.verdict != Verdict::Clear {
        return;
    }
    let mut one = Vec::new();
    let _ = flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut one);
    let mut all = Vec::new();
    let _ = flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut all);
    for (reader, tar) in [("the first member", &one), ("all members", &all), ("no gzip", &packed)] {
        assert_seen(&artifact, reader, &read(tar, false));
        assert_seen(&artifact, reader, &read(tar, true));
        assert!(!holds(tar, CANARY), "clear, and the canary stands somewhere in {reader}");
    }
}

/// A package as packers write it.
pub fn tgz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, body) in files {
        add(&mut tar, block(name.as_bytes(), b'0', body.len(), b""), body);
    }
    tar.extend([0; 1024]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&tar).and_then(|()| gzip.finish()).expect("memory takes all")
}

/// What the `tar` crate sees up to the first error, the first part of each path dropped as npm does.
fn read(bytes: &[u8], beyond: bool) -> Vec<Plain> {
    let mut archive = tar::Archive::new(bytes);
    archive.set_ignore_zeros(beyond);
    let mut files = Vec::new();
    let Ok(entries) = archive.entries() else { return files };
    for entry in entries {
        let Ok(mut entry) = entry else { break };
        let mut body = Vec::new();
        if !entry.header().entry_type().is_file() || entry.read_to_end(&mut body).is_err() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).skip(1).collect();
        files.push((parts.join("/"), body));
    }
    files
}

const MANIFEST: &[u8] = br#"{"name":"a","version":"1.0.0"}"#;

const PATHS: &[&str] = &[
    "package/a.js",
    "package/b.js",
    "package/lib/c.js",
    "package/package.json",
    "package/A.js",
    "package/./a.js",
    "package//a.js",
    "package/a.js/",
    "package/../a.js",
    "/package/a.js",
    "other/a.js",
    "a.js",
    "package/lib",
    "package/\u{e9}.js",
    "package/e\u{301}.js",
    "package/a\\b.js",
    "package/a.map",
    "././@LongLink",
    "",
    "package/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789/long.js",
];

/// One of the usual things in most cases, any bytes in the others.
fn bytes<'b>(feed: &mut Unstructured<'b>, usual: &[&'b [u8]], most: usize) -> Result<Vec<u8>> {
    if feed.ratio(6, 7)? {
        return Ok(feed.choose(usual)?.to_vec());
    }
    let length = feed.int_in_range(0..=most.min(feed.len()))?;
    Ok(feed.bytes(length)?.to_vec())
}

fn path(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let usual: Vec<&[u8]> = PATHS.iter().map(|path| path.as_bytes()).collect();
    bytes(feed, &usual, 120)
}

fn body(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let inner = block(b"package/in.js", b'0', CANARY.len(), &[]);
    let nested = [&inner[..], CANARY].concat();
    Ok(match feed.int_in_range(0..=9)? {
        0..=3 => b"x()\n".to_vec(),
        4 => Vec::new(),
        5 => CANARY.to_vec(),
        6 => nested,
        7 => vec![b'y'; 512],
        _ => bytes(feed, &[b"y()\n"], 700)?,
    })
}

/// A header as packers write it.
fn block(name: &[u8], kind: u8, size: usize, link: &[u8]) -> [u8; 512] {
    let mut block = [0; 512];
    put(&mut block, 0, 100, name);
    put(&mut block, 100, 8, b"0000644\0");
    put(&mut block, 108, 8, b"0000000\0");
    put(&mut block, 116, 8, b"0000000\0");
    put(&mut block, 124, 12, format!("{size:011o}\0").as_bytes());
    put(&mut block, 136, 12, b"00000000000\0");
    block[156] = kind;
    put(&mut block, 157, 100, link);
    put(&mut block, 257, 8, b"ustar\x0000");
    seal(&mut block);
    block
}

fn put(block: &mut [u8; 512], at: usize, most: usize, bytes: &[u8]) {
    let length = bytes.len().min(most);
    block[at..at + length].copy_from_slice(&bytes[..length]);
}

fn seal(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(block, 148, 8, format!("{sum:06o}\0 ").as_bytes());
}

/// An archive: mostly as packers write it, with something odd here and there.
fn tar(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    if feed.ratio(7, 8)? {
        add(&mut out, block(b"package/package.json", b'0', MANIFEST.len(), b""), MANIFEST);
    }
    for _ in 0..feed.int_in_range(0..=8)? {
        item(feed, &mut out)?;
    }
    out.extend(vec![0; 512 * feed.int_in_range(0..=4)?]);
    if feed.ratio(1, 8)? {
        item(feed, &mut out)?;
    }
    if feed.ratio(1, 16)? {
        out.truncate(feed.int_in_range(0..=out.len())?);
    }
    Ok(out)
}

fn add(out: &mut Vec<u8>, block: [u8; 512], body: &[u8]) {
    out.extend(block);
    out.extend(body);
    out.resize(out.len().next_multiple_of(512), 0);
}

fn item(feed: &mut Unstructured<'_>, out: &mut Vec<u8>) -> Result<()> {
    match feed.int_in_range(0..=11)? {
        0..=4 => {
            let (name, body) = (path(feed)?, body(feed)?);
            add(out, block(&name, b'0', body.len(), b""), &body);
        }
        5..=7 => odd(feed, out)?,
        8 => {
            let kind = *feed.choose(b"xxxgX")?;
            let mut records = Vec::new();
            for _ in 0..feed.int_in_range(1..=3)? {
                records.extend(record(feed)?);
            }
            add(out, block(b"PaxHeader/x", kind, records.len(), b""), &records);
        }
        9 => {
            let kind = *feed.choose(b"LLK")?;
            let mut name = path(feed)?;
            name.extend(feed.choose(&[&b"\0"[..], b"", b"\0x"])?.iter());
            add(out, block(b"././@LongLink", kind, name.len(), b""), &name);
        }
        10 => out.extend([0; 512]),
        _ => {
            let length = feed.int_in_range(0..=700.min(feed.len()))?;
            out.extend(feed.bytes(length)?);
        }
    }
    Ok(())
}

/// A header with fields that readers differ over.
fn odd(feed: &mut Unstructured<'_>, out: &mut Vec<u8>) -> Result<()> {
    let (name, body) = (path(feed)?, body(feed)?);
    let mut block = block(&name, b'0', body.len(), b"");
    for _ in 0..feed.int_in_range(1..=3)? {
        match feed.int_in_range(0..=8)? {
            0 => block[156] = *feed.choose(b"\x0001234567SDLKxgAMNV")?,
            1 => {
                let size = size(feed, body.len())?;
                block[124..136].fill(0);
                put(&mut block, 124, 12, &size);
            }
            2 => put(&mut block, 257, 8, feed.choose(&[&[0; 8][..], b"ustar  \0", b"ustar\x0001", b"USTAR\x0000"])?),
            3 => put(&mut block, 345, 155, feed.choose(&[&b"package"[..], b"package/lib", b"..", b"/", b"a\0b"])?),
            4 => put(&mut block, 157, 100, feed.choose(&[&b"package/a.js"[..], b"../x", b"/etc/passwd", b"\0x"])?),
            5 => put(
                &mut block,
                100,
                8,
                feed.choose(&[&b"0000755\0"[..], b"        ", b"\xff\xff\xff\xff", b"0120777\0"])?,
            ),
            6 => put(&mut block, 482, 1, feed.choose(&[&b"\x01"[..], b"1"])?),
            7 => {
                let at = feed.int_in_range(0..=511)?;
                block[at] = feed.arbitrary()?;
            }
            _ => put(&mut block, 500, 12, b"tar\0"),
        }
    }
    if feed.ratio(15, 16)? {
        seal(&mut block);
    }
    add(out, block, &body);
    Ok(())
}

fn size(feed: &mut Unstructured<'_>, real: usize) -> Result<Vec<u8>> {
    let stated = match feed.int_in_range(0..=3)? {
        0 => real,
        1 => 0,
        2 => real.next_multiple_of(512) + 512,
        _ => feed.int_in_range(0..=2000)?,
    };
    Ok(match feed.int_in_range(0..=8)? {
        0 => format!("{stated:011o}\0"),
        1 => format!("{stated:012o}"),
        2 => format!("{stated:o}"),
        3 => format!("{stated:11o}\0"),
        4 => format!("{stated:o}\0001234"),
        5 => format!("-{stated:o}\0"),
        6 => format!("{stated:o} \0"),
        7 => "77777777777\0".to_owned(),
        _ => {
            let mut wide = [0; 12];
            wide[0] = *feed.choose(b"\x80\xff\x81")?;
            wide[4..].copy_from_slice(&(stated as u64).to_be_bytes());
            return Ok(wide.to_vec());
        }
    }
    .into_bytes())
}

/// A pax record, its length mostly right.
fn record(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let key = *feed.choose(&[
        "path",
        "size",
        "linkpath",
        "mtime",
        "comment",
        "GNU.sparse.name",
        "GNU.sparse.realsize",
        "GNU.sparse.major",
        "hdrcharset",
        "SCHILY.realsize",
        "SCHILY.xattr.x",
        "path ",
        "PATH",
        "",
    ])?;
    let value = match feed.int_in_range(0..=4)? {
        0 | 1 => path(feed)?,
        2 => feed.int_in_range(0..=2000)?.to_string().into_bytes(),
        3 => b"x\n21 path=package/in.js".to_vec(),
        _ => bytes(feed, &[b"4", b"", b"0", b"04", b" 4", b"1.5", b"BINARY"], 40)?,
    };
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    let stated = if feed.ratio(7, 8)? { length } else { feed.int_in_range(0..=length + 9)? };
    Ok([format!("{stated} {key}=").as_bytes(), &value, b"\n"].concat())
}

/// One member or several, mostly sound; or the archive as it is.
fn gzip(feed: &mut Unstructured<'_>, tar: &[u8]) -> Result<Vec<u8>> {
    if feed.ratio(1, 5)? {
        return Ok(tar.to_vec());
    }
    let mut out = Vec::new();
    let (first, second) = tar.split_at(if feed.ratio(1, 8)? { feed.int_in_range(0..=tar.len())? } else { tar.len() });
    member(feed, first, &mut out)?;
    if !second.is_empty() || feed.ratio(1, 16)? {
        member(feed, second, &mut out)?;
    }
    match feed.int_in_range(0..=15)? {
        0 => out.extend([0; 3]),
        1 => out.extend(tar),
        2 => out.truncate(feed.int_in_range(0..=out.len())?),
        3 => {
            let at = feed.int_in_range(0..=out.len().saturating_sub(1))?;
            if let Some(byte) = out.get_mut(at) {
                *byte = feed.arbitrary()?;
            }
        }
        _ => {}
    }
    Ok(out)
}

fn member(feed: &mut Unstructured<'_>, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let flags = if feed.ratio(3, 4)? { 0 } else { feed.int_in_range(0..=63)? };
    let start = out.len();
    out.extend([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]);
    if flags & 4 != 0 {
        let field = if feed.ratio(1, 2)? { CANARY } else { b"ab\x02\x00xy" };
        out.extend(u16::try_from(field.len()).expect("a short one").to_le_bytes());
        out.extend(field);
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            out.extend(if feed.ratio(1, 4)? { CANARY } else { b"name" });
            out.push(0);
        }
    }
    if flags & 2 != 0 {
        let sum = crc32fast::hash(&out[start..]);
        out.extend(&sum.to_le_bytes()[..2]);
    }
    let level = flate2::Compression::new(*feed.choose(&[0, 1, 6])?);
    let mut deflate = flate2::write::DeflateEncoder::new(&mut *out, level);
    deflate.write_all(bytes).and_then(|()| deflate.finish().map(drop)).expect("memory takes all");
    let (mut crc, mut length) = (crc32fast::hash(bytes), u32::try_from(bytes.len()).expect("a short one"));
    if feed.ratio(1, 16)? {
        crc ^= 1;
    }
    if feed.ratio(1, 16)? {
        length ^= feed.arbitrary::<u32>()?;
    }
    out.extend(crc.to_le_bytes());
    out.extend(length.to_le_bytes());
    Ok(())
}
