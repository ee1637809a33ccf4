//! Changes to how long entries are, and to other numbers in their headers.

use super::part::Sum;
use super::{Change, Maker, Part};
use crate::make::{Raw, record};

/// A file whose size is written in one of many ways; what it should be is `len`.
fn written(maker: &mut Maker, len: usize) -> Vec<u8> {
    let mut wide = [0; 12];
    wide[0] = maker.pick(&[0x80, 0x80, 0x81, 0xff, 0xc0, 0x80]);
    wide[11] = u8::try_from(len & 0xff).unwrap();
    wide[10] = u8::try_from(len >> 8 & 0xff).unwrap();
    if wide[0] == 0xff && maker.one_in(2) {
        wide[1..10].fill(0xff);
    }
    let octal = format!("{len:o}");
    match maker.dice.below(16) {
        0 => wide.to_vec(),
        1 => format!("{octal:>12}").into_bytes(),
        2 => format!("{octal:0>12}").into_bytes(),
        3 => format!(" {octal}\0").into_bytes(),
        4 => format!("\0{octal}").into_bytes(),
        5 => format!("{octal} 7").into_bytes(),
        6 => format!("{octal}\x007").into_bytes(),
        7 => format!("{octal}x").into_bytes(),
        8 => format!("x{octal}").into_bytes(),
        9 => format!("+{octal}").into_bytes(),
        10 => format!("-{octal}").into_bytes(),
        11 => format!("0x{len:x}").into_bytes(),
        12 => format!("{octal}8").into_bytes(),
        13 => vec![b' '; 12],
        14 => format!("{octal}\n").into_bytes(),
        _ => format!("{octal}.0").into_bytes(),
    }
}

/// An archive inside a body, with or without a block before it that is no header.
pub fn nested(maker: &mut Maker) -> Vec<u8> {
    let mut out = match maker.dice.below(3) {
        0 => maker.body(512),
        _ => Vec::new(),
    };
    for _ in 0..1 + maker.dice.below(2) {
        out.extend(maker.file().bytes());
    }
    if maker.one_in(2) {
        out.extend([0; 1024]);
    }
    out
}

fn sized(maker: &mut Maker, raw: Raw, field: &[u8]) -> Raw {
    let field = &field[..field.len().min(12)];
    let pad = maker.pick(&[0, b' ']);
    raw.put(124, &[pad; 12]).put(124, field)
}

pub const ALL: &[Change] = &[
    ("size in another form", |maker, parts| {
        maker.change(parts, |maker, raw| {
            let field = written(maker, raw.body.len());
            sized(maker, raw, &field)
        });
    }),
    ("another size", |maker, parts| {
        maker.change(parts, |maker, raw| {
            let len = raw.body.len();
            let size = maker.pick(&[
                0,
                1,
                len + 1,
                len.saturating_sub(1),
                512,
                len + 512,
                len + 1024,
                len / 2,
                1 << 20,
                1 << 33,
            ]);
            raw.size(&format!("{size:011o}\0"))
        });
    }),
    ("a body of entries", |maker, parts| {
        let (path, body) = (maker.path(), nested(maker));
        maker.behind(parts, [Raw::file(&path, &body).into()]);
    }),
    ("a body of entries that no size covers", |maker, parts| {
        let (path, body) = (maker.path(), nested(maker));
        let size = maker.pick(&[0, 1, 512, 100]);
        maker.behind(parts, [Raw::file(&path, &body).size(&format!("{size:011o}\0")).into()]);
    }),
    ("a folder with a body", |maker, parts| {
        let body = nested(maker);
        let name = format!("{}/sized/", maker.root);
        maker.behind(parts, [Raw::file(&name, &body).kind(b'5').into()]);
    }),
    ("a file named like a folder with a body", |maker, parts| {
        let body = nested(maker);
        let name = format!("{}/slash/", maker.root);
        maker.behind(parts, [Raw::file(&name, &body).into()]);
    }),
    ("a link with a body", |maker, parts| {
        let (path, body) = (maker.path(), nested(maker));
        let kind = maker.pick(b"12");
        let to = maker.pick(&["package/package.json", "package.json", "x", "../x", ""]);
        maker.behind(parts, [Raw::file(&path, &body).kind(kind).link(to).into()]);
    }),
    ("a file with a link target", |maker, parts| {
        let body = nested(maker);
        let path = maker.path();
        let to = maker.pick(&[&b"x"[..], b"\0\nfoo", b"\n", b" ", b"package/package.json", b"\0x"]);
        maker.behind(parts, [Raw::file(&path, &body).put(157, to).into()]);
    }),
    ("a device with a body", |maker, parts| {
        let (path, body) = (maker.path(), nested(maker));
        let kind = maker.pick(b"346");
        maker.behind(parts, [Raw::file(&path, &body).kind(kind).into()]);
    }),
    ("size in a pax header", |maker, parts| {
        let (path, len) = (maker.path(), maker.len());
        let body = if maker.one_in(2) { nested(maker) } else { maker.body(len) };
        let len = body.len();
        let size = match maker.dice.below(16) {
            0 => format!("{len:#x}"),
            1 => format!(" {len}"),
            2 => format!("+{len}"),
            3 => format!("{len}e0"),
            4 => String::new(),
            5 => format!("-{len}"),
            6 => format!("0{len}"),
            7 => format!("{len}.0"),
            8 => format!("{len} "),
            9 => format!("{len}x"),
            10 => "0".to_owned(),
            11 => "512".to_owned(),
            12 => (len + 512).to_string(),
            13 => (len / 2).to_string(),
            14 => format!("{len}\0"),
            _ => len.to_string(),
        };
        let stated = maker.pick(&[len, len, 0, 1, 512, len + 512]);
        let raw = Raw::file(&path, &body).size(&format!("{stated:011o}\0"));
        let kind = maker.pick(b"xxxg");
        maker.behind(parts, [Raw::pax(kind, &record("size", &size)).into(), raw.into()]);
    }),
    ("size in a pax header twice", |maker, parts| {
        let raw = maker.file();
        let len = raw.body.len();
        let (one, two) = (maker.pick(&[0, len, 512, len + 512]), maker.pick(&[0, len, 1, len + 1]));
        let body = [record("size", &one.to_string()), record("size", &two.to_string())].concat();
        maker.behind(parts, [Raw::pax(b'x', &body).into(), raw.into()]);
    }),
    ("checksum", |maker, parts| {
        let new = maker.pick(&[Sum::Bad, Sum::Signed, Sum::Long, Sum::Spaces, Sum::Blank, Sum::Followed, Sum::Bad]);
        let at = maker.some(parts);
        if let Part::Entry { sum, raw } = &mut parts[at] {
            *sum = new;
            if new == Sum::Signed {
                *raw = raw.clone().put(265, "\u{e9}".as_bytes());
            }
        }
    }),
    ("checksum before a body of entries", |maker, parts| {
        let (path, body) = (maker.path(), nested(maker));
        let sum = maker.pick(&[Sum::Bad, Sum::Signed, Sum::Long, Sum::Blank, Sum::Followed]);
        let raw = Raw::file(&path, &body).put(265, &[0xff]);
        maker.behind(parts, [Part::Entry { raw, sum }]);
    }),
    ("another number", |maker, parts| {
        let nests = maker.one_in(2);
        let (at, len) =
            maker.pick(&[(100, 8), (108, 8), (116, 8), (136, 12), (329, 8), (337, 8), (476, 12), (488, 12)]);
        let mut field = written(maker, 420);
        field.truncate(len);
        let raw = if nests { Raw::file(&maker.path(), &nested(maker)) } else { maker.file() };
        maker.behind(parts, [raw.put(at, &field).into()]);
    }),
    ("noise in a header", |maker, parts| {
        let at = maker.dice.below(508);
        let bytes: Vec<u8> = (0..1 + maker.dice.below(4)).map(|_| maker.dice.next() as u8).collect();
        let nests = maker.one_in(2);
        let raw = if nests { Raw::file(&maker.path(), &nested(maker)) } else { maker.file() };
        maker.behind(parts, [raw.put(at, &bytes).into()]);
    }),
    ("noise in the header of some entry", |maker, parts| {
        let at = maker.dice.below(508);
        let bytes: Vec<u8> = (0..1 + maker.dice.below(4)).map(|_| maker.dice.next() as u8).collect();
        maker.change(parts, |_, raw| raw.put(at, &bytes));
    }),
    ("a field of another header", |maker, parts| {
        let (from, to) =
            maker.pick(&[(0, 100), (100, 108), (124, 136), (156, 157), (157, 257), (257, 265), (345, 500)]);
        let other = maker.some(parts);
        let bytes = match &parts[other] {
            Part::Entry { raw, .. } => raw.block[from..to].to_vec(),
            Part::Bytes(_) => return,
        };
        maker.change(parts, |_, raw| raw.put(from, &bytes));
    }),
    ("magic", |maker, parts| {
        let magic = maker.pick(&[
            &b"\0\0\0\0\0\0\0\0"[..],
            b"ustar  \0",
            b"ustar\0\0\0",
            b"ustar 00",
            b"USTAR\x0000",
            b"ustar\x0009",
            b"tar\0\0\0\0\0",
            b"ustar\0  ",
            b"        ",
        ]);
        maker.change(parts, |_, raw| raw.put(257, magic));
    }),
];
