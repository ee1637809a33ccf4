//! A pax header → the records that clients obey, read strictly and as loosely as any client does.

use std::collections::BTreeSet;

/// What a pax header says of the entry behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pax {
    /// Every value that some client takes for the path; npm takes the last.
    pub(super) paths: Vec<Vec<u8>>,
    /// Every value that some client takes for the size; npm takes the last.
    pub(super) sizes: Vec<i64>,
    /// Whether it names a link.
    pub(super) links: bool,
    /// Why clients may read it differently.
    pub(super) odd: Option<String>,
}

/// Keys that change nothing about what is installed, and whose values are numbers or the like.
const PLAIN: &[&str] = &["mtime", "atime", "ctime", "uid", "gid", "charset", "dev", "ino", "nlink", "mode"];

/// Keys that change nothing either, and whose values may be anything.
const WORDS: &[&str] = &["uname", "gname", "comment"];

/// Keys of vendors that describe a file and do not change what is installed.
const VENDORS: &[&str] = &[
    "SCHILY.xattr.",
    "SCHILY.acl.",
    "SCHILY.dev",
    "SCHILY.ino",
    "SCHILY.nlink",
    "SCHILY.fflags",
    "LIBARCHIVE.",
    "NODETAR.",
    "RHT.security.",
];

/// Other keys whose values are numbers, or are looked at as what they are.
const LOOKED_AT: &[&str] =
    &["path", "linkpath", "size", "hdrcharset", "SCHILY.dev", "SCHILY.ino", "SCHILY.nlink", "LIBARCHIVE.creationtime"];

/// Shorter values say nothing that matters.
const WORDY: usize = 16;

/// Whether a header says something that may be anything: comments, attributes, names of people.
pub(super) fn tells(body: &[u8]) -> bool {
    let plain = |key: &[u8]| PLAIN.iter().chain(LOOKED_AT).any(|plain| plain.as_bytes() == key);
    match strict_records(body) {
        Some(records) => records.iter().any(|(key, value)| value.len() >= WORDY && !plain(key) || key.len() > 256),
        None => true,
    }
}

impl Pax {
    /// Reads the body of a header.
    pub(super) fn parse(body: &[u8]) -> Self {
        let mut pax = Self::default();
        let strict = strict_records(body);
        match &strict {
            Some(records) => {
                let mut keys: BTreeSet<&[u8]> = BTreeSet::new();
                for (key, value) in records {
                    if !keys.insert(key) {
                        pax.note(format!("it states {} twice", show(key)));
                    }
                    pax.record(key, value, true);
                }
            }
            None => pax.note("its records do not add up".to_owned()),
        }
        let known: BTreeSet<(&[u8], &[u8])> = strict.into_iter().flatten().collect();
        for (key, value) in loose_records(body) {
            if !known.contains(&(key, value)) {
                pax.record(key, value, false);
                if matches!(key, b"path" | b"size" | b"linkpath") {
                    pax.note(format!("{} stands inside another record", show(key)));
                }
            }
        }
        pax
    }

    /// What a later header adds to this one.
    pub(super) fn merge(&mut self, later: Self) {
        self.paths.extend(later.paths);
        self.sizes.extend(later.sizes);
        self.links |= later.links;
        self.odd = self.odd.take().or(later.odd);
    }

    fn note(&mut self, why: String) {
        self.odd.get_or_insert(why);
    }

    fn record(&mut self, key: &[u8], value: &[u8], strict: bool) {
        match key {
            b"path" => {
                if strict && (value.contains(&0) || value.contains(&b'\n') || value.is_empty()) {
                    self.note("its path holds a line break or a NUL, or is empty".to_owned());
                }
                self.paths.push(super::header::until_nul(value).to_vec());
            }
            b"linkpath" => self.links |= !value.is_empty(),
            b"size" => {
                let digits = !value.is_empty() && value.len() < 16 && value.iter().all(u8::is_ascii_digit);
                if strict && !digits {
                    self.note(format!("its size is {}, which clients read differently", show(value)));
                }
                for size in sizes(value) {
                    self.sizes.push(size);
                }
            }
            _ if strict => self.other(key, value),
            _ => {}
        }
    }

    fn other(&mut self, key: &[u8], value: &[u8]) {
        let name = String::from_utf8_lossy(key);
        let vendor = VENDORS.iter().any(|vendor| name.starts_with(vendor));
        // Bun states that names are bytes, and writes UTF-8; a name that is none is a finding of its own.
        let utf8 = name == "hdrcharset" && matches!(value, b"ISO-IR 10646 2000 UTF-8" | b"BINARY");
        if !(vendor || utf8 || PLAIN.contains(&&*name) || WORDS.contains(&&*name)) {
            self.note(format!("it holds a record {}", show(key)));
        }
    }
}

/// Text of an archive in a message, bounded.
fn show(text: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(text).chars().take(40).collect();
    format!("{text:?}")
}

/// Records that add up byte for byte, or nothing.
fn strict_records(mut body: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut records = Vec::new();
    while !body.is_empty() {
        let space = memchr::memchr(b' ', body.get(..body.len().min(20))?)?;
        let digits = body.get(..space)?;
        if digits.is_empty() || digits.starts_with(b"0") || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let len: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
        let record = body.get(space + 1..len)?.strip_suffix(b"\n")?;
        let equals = memchr::memchr(b'=', record)?;
        records.push((record.get(..equals)?, record.get(equals + 1..)?));
        body = body.get(len..)?;
    }
    Some(records)
}

/// Records as a reader sees them that splits at line breaks and ignores the lengths.
fn loose_records(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    body.split(|b| *b == b'\n').filter_map(|line| {
        let equals = memchr::memchr(b'=', line)?;
        let (key, value) = (line.get(..equals)?, line.get(equals + 1..)?);
        let key = key.rsplit(|b| *b == b' ').next()?;
        Some((key, value))
    })
}

/// Every number that some client reads from `text`: the leading digits, and what JavaScript makes of it, last.
fn sizes(text: &[u8]) -> Vec<i64> {
    let text = String::from_utf8_lossy(super::header::until_nul(text)).into_owned();
    let text = text.trim();
    let bare = text.trim_start_matches('+');
    let digits: String = bare.chars().take_while(char::is_ascii_digit).collect();
    let leading = digits.parse::<i64>().unwrap_or(0);
    let lower = text.to_ascii_lowercase();
    let radix = |prefix: &str, base| lower.strip_prefix(prefix).and_then(|rest| i64::from_str_radix(rest, base).ok());
    let script = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).or_else(|| float(text));
    let mut all = vec![leading];
    all.extend(script.filter(|value| *value != leading));
    all
}

#[allow(clippy::cast_possible_truncation, reason = "a saturating cast is what is wanted: such a size is refused later")]
fn float(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_records_are_no_finding() {
        let pax = Pax::parse(b"30 mtime=1700000000.123456789\n21 path=package/a.js\n");
        assert_eq!(pax, Pax { paths: vec![b"package/a.js".to_vec()], ..Pax::default() });
    }

    #[test]
    fn a_path_hidden_in_a_comment_is_found_and_named() {
        let hidden = b"29 comment=x\n16 path=p/evil\n\n";
        let pax = Pax::parse(hidden);
        assert_eq!(pax.paths, [b"p/evil".to_vec()]);
        assert!(pax.odd.is_some());
    }

    #[test]
    fn sizes_are_read_in_every_way_a_client_reads_them() {
        assert_eq!(sizes(b"16"), [16]);
        assert_eq!(sizes(b"0x10"), [0, 16]);
        assert_eq!(sizes(b"1e3"), [1, 1000]);
        assert_eq!(sizes(b"-5"), [0, -5]);
        assert_eq!(sizes(b""), [0]);
    }

    #[test]
    fn a_key_given_twice_is_odd() {
        let pax = Pax::parse(b"9 size=1\n9 size=2\n");
        assert_eq!(pax.sizes, [1, 2]);
        assert!(pax.odd.is_some());
    }
}
