//! What an archive is made of.

use super::Maker;
use crate::make::{Raw, record};

/// How the checksum of a header is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    Good,
    Bad,
    /// Bytes above 127 count as negative.
    Signed,
    /// Eight digits, and no end.
    Long,
    Spaces,
    Blank,
    /// Digits, a blank, more digits.
    Followed,
}

#[derive(Clone)]
pub enum Part {
    Entry { raw: Raw, sum: Sum },
    Bytes(Vec<u8>),
}

impl From<Raw> for Part {
    fn from(raw: Raw) -> Self {
        Self::Entry { raw, sum: Sum::Good }
    }
}

impl Part {
    pub fn bytes(&self) -> Vec<u8> {
        let (raw, sum) = match self {
            Self::Bytes(bytes) => return bytes.clone(),
            Self::Entry { raw, sum } => (raw, sum),
        };
        let mut out = raw.bytes();
        let good = std::str::from_utf8(&out[148..154]).unwrap().to_owned();
        let field = match sum {
            Sum::Good => return out,
            Sum::Bad => "000001\0 ".to_owned(),
            Sum::Signed => {
                let high = out[..512].iter().filter(|byte| **byte >= 128).count();
                let value = i64::from_str_radix(&good, 8).unwrap() - 256 * i64::try_from(high).unwrap();
                format!("{:06o}\0 ", value.max(0))
            }
            Sum::Long => format!("00{good}"),
            Sum::Spaces => format!("  {}", &good),
            Sum::Blank => "        ".to_owned(),
            Sum::Followed => format!("{good} 7"),
        };
        out[148..156].copy_from_slice(field.as_bytes());
        out
    }
}

/// Adds an entry in one of the ways in which packers write it.
pub fn plain(maker: &mut Maker, parts: &mut Vec<Part>) {
    let mut raw = maker.file();
    match maker.dice.below(10) {
        0 => {
            let folder = format!("{}/folder{}/", maker.root, parts.len());
            parts.push(Raw::file(&folder, b"").kind(b'5').into());
        }
        1 => {
            let path = format!("{}/{}/{}.js", maker.root, "long".repeat(30), parts.len());
            raw = Raw::file(&format!("{}/short", maker.root), &raw.body);
            parts.push(Raw::pax(b'x', &record("path", &path)).into());
        }
        2 => {
            let path = format!("{}/{}/{}.js", maker.root, "gnu".repeat(40), parts.len());
            let gnu = |raw: Raw| raw.put(257, b"ustar  \0");
            parts.push(gnu(Raw::file("././@LongLink", format!("{path}\0").as_bytes()).kind(b'L')).into());
            raw = gnu(Raw::file(&path[..100], &raw.body));
        }
        3 => {
            let folder = format!("{}/{}", maker.root, "deep/".repeat(12));
            raw =
                Raw::file(&format!("p{}.js", parts.len()), &raw.body).put(345, folder.trim_end_matches('/').as_bytes());
        }
        4 => {
            let size = raw.body.len().to_string();
            let body = [record("mtime", "1700000000.123"), record("size", &size), record("uid", "1000")].concat();
            parts.push(Raw::pax(b'x', &body).into());
        }
        5 => parts.push(Raw::pax(b'g', &record("comment", "0123456789abcdef")).into()),
        6 => raw = raw.put(100, b"000755 \0").put(108, b"001750 \0").put(265, b"root\0").put(297, b"wheel\0"),
        7 => {
            let size = format!("{:>11o} ", raw.body.len());
            raw = raw.put(136, b"14637735010 ").size(&size);
        }
        _ => {}
    }
    parts.push(raw.into());
}
