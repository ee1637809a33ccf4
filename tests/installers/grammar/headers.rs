//! Changes to what kinds of entries there are, and headers about the entry behind them.

use super::sizes::nested;
use super::{Change, Maker, Part};
use crate::make::{Raw, record};

fn long(kind: u8, body: &[u8]) -> Part {
    Raw::file("././@LongLink", body).kind(kind).put(257, b"ustar  \0").into()
}

fn pax(body: &[u8]) -> Part {
    Raw::pax(b'x', body).into()
}

fn path_record(maker: &mut Maker) -> Vec<u8> {
    let path = maker.path();
    record("path", &format!("{path}.pax"))
}

/// What may stand before an entry.
fn about(maker: &mut Maker) -> Part {
    let path = format!("{}.long", maker.path());
    match maker.dice.below(12) {
        0 => pax(&path_record(maker)),
        1 => long(b'L', format!("{path}\0").as_bytes()),
        2 => long(b'K', b"package/target\0"),
        3 => long(b'L', path.as_bytes()),
        4 => long(b'L', format!("{path}\0junk\0").as_bytes()),
        5 => long(b'L', b"\0"),
        6 => long(b'N', format!("{path}\0").as_bytes()),
        7 => Raw::pax(b'X', &path_record(maker)).into(),
        8 => Raw::pax(b'g', &path_record(maker)).into(),
        9 => pax(&record("linkpath", "package/package.json")),
        10 => long(b'L', format!("{path}/\0").as_bytes()),
        _ => pax(b""),
    }
}

pub const ALL: &[Change] = &[
    ("another kind", |maker, parts| {
        let kind =
            if maker.one_in(4) { maker.dice.next() as u8 } else { maker.pick(b"\x00123456789ADEIKLMNSVXgxZ\x80\xff") };
        maker.change(parts, |_, raw| raw.kind(kind));
    }),
    ("another kind with a body of entries", |maker, parts| {
        let kind =
            if maker.one_in(4) { maker.dice.next() as u8 } else { maker.pick(b"\x0012345679ADEIKLMNSVXgxZ\x80\xff ") };
        let (path, body) = (maker.path(), nested(maker));
        maker.behind(parts, [Raw::file(&path, &body).kind(kind).into()]);
    }),
    ("a link", |maker, parts| {
        let to =
            maker.pick(&["package/package.json", "package.json", "../package.json", "/nonexistent/x", "../../x", "."]);
        let (kind, path) = (maker.pick(b"12"), maker.path());
        maker.behind(parts, [Raw::file(&path, b"").kind(kind).link(to).into()]);
    }),
    ("a link, and a file through it", |maker, parts| {
        let to = maker.pick(&[".", "dist", "..", "../..", "/nonexistent"]);
        let link = Raw::file(&format!("{}/way", maker.root), b"").kind(b'2').link(to);
        let len = maker.len();
        let body = maker.body(len);
        let file = Raw::file(&format!("{}/way/there.js", maker.root), &body);
        maker.behind(parts, [link.into(), file.into()]);
    }),
    ("a file over a link", |maker, parts| {
        let kind = maker.pick(b"12");
        let to = maker.pick(&["package.json", "package/package.json"]);
        let path = maker.path();
        let len = maker.len();
        let body = maker.body(len);
        maker.behind(parts, [Raw::file(&path, b"").kind(kind).link(to).into(), Raw::file(&path, &body).into()]);
    }),
    ("something about the next entry", |maker, parts| {
        let new = about(maker);
        maker.before(parts, [new]);
    }),
    ("several things about the next entry", |maker, parts| {
        let new: Vec<Part> = (0..2 + maker.dice.below(2)).map(|_| about(maker)).collect();
        maker.before(parts, new);
    }),
    ("something about the next entry that is odd itself", |maker, parts| {
        let mut new = about(maker);
        if let Part::Entry { raw, sum } = &mut new {
            *raw = match maker.dice.below(6) {
                0 => raw.clone().no_magic(),
                1 => raw.clone().link("x"),
                2 => raw.clone().put(100, b"\x81\0\0\0\0\0\0\x01"),
                3 => raw.clone().size("00000000007\0"),
                4 => raw.clone().put(345, b"prefix"),
                _ => {
                    *sum = super::Sum::Bad;
                    raw.clone()
                }
            };
        }
        maker.before(parts, [new]);
    }),
    ("something about no entry", |maker, parts| {
        let new = about(maker);
        let end = parts.len() - usize::from(maker.one_in(2)).min(parts.len());
        parts.insert(end, new);
    }),
    ("path twice", |maker, parts| {
        let body = [path_record(maker), record("path", &format!("{}.other", maker.path()))].concat();
        maker.before(parts, [pax(&body)]);
    }),
    ("path inside a record", |maker, parts| {
        let path = maker.path();
        let key = maker.pick(&["comment", "SCHILY.xattr.user.x", "uname", "LIBARCHIVE.xattr.a"]);
        let inner = String::from_utf8(record("path", &format!("{path}.in"))).unwrap();
        let body = record(key, &format!("x\n{inner}"));
        maker.before(parts, [pax(&body)]);
    }),
    ("size inside a record", |maker, parts| {
        let size = maker.pick(&["0", "1", "512", "2000"]);
        let inner = String::from_utf8(record("size", size)).unwrap();
        maker.before(parts, [pax(&record("comment", &format!("x\n{inner}")))]);
    }),
    ("records that do not add up", |maker, parts| {
        let mut body = path_record(maker);
        match maker.dice.below(10) {
            0 => body[0] = b'9',
            1 => body.insert(0, b'0'),
            2 => _ = body.pop(),
            3 => body.insert(0, b' '),
            4 => body.extend(b"junk"),
            5 => body.extend([0; 64]),
            6 => body.splice(0..0, b"\n".iter().copied()).for_each(drop),
            7 => body.extend(b"12 nothing\n\n"),
            8 => body.splice(0..0, b"6 a=b\n5 c=\n".iter().copied()).for_each(drop),
            _ => body.splice(0..2, b"1e2".iter().copied()).for_each(drop),
        }
        maker.before(parts, [pax(&body)]);
    }),
    ("odd path in a record", |maker, parts| {
        let root = maker.root;
        let path = match maker.dice.below(10) {
            0 => String::new(),
            1 => format!("{root}/a\0b"),
            2 => format!("{root}/a\nb"),
            3 => format!("{root}/"),
            4 => format!("{root}/x=y=z"),
            5 => "../package/x".to_owned(),
            6 => format!("/{root}/x"),
            7 => format!(" {root}/x"),
            8 => root.to_owned(),
            _ => format!("{root}//x//"),
        };
        maker.before(parts, [pax(&record("path", &path))]);
    }),
    ("other keys", |maker, parts| {
        let (key, value) = maker.pick(&[
            ("hdrcharset", "BINARY"),
            ("hdrcharset", "KOI8-R"),
            ("charset", "x"),
            ("type", "5"),
            ("typeflag", "5"),
            ("Path", "package/upper"),
            ("PATH", "package/upper"),
            ("path ", "package/blank"),
            (" path", "package/blank"),
            ("__proto__", "x"),
            ("mode", "0"),
            ("mtime", "x"),
            ("realsize", "1"),
            ("header", "x"),
            ("body", "x"),
            ("SCHILY.realsize", "1"),
            ("SCHILY.filetype", "sparse"),
            ("SUN.holesdata", " 0 1 2"),
            ("LIBARCHIVE.symlinktype", "dir"),
            ("LIBARCHIVE.creationtime", "1"),
            ("SCHILY.offset", "1"),
            ("SCHILY.tarfiletype", "5"),
            ("VENDOR.name", "package/vendor"),
            ("GNU.volume.label", "x"),
            ("GNU.dumpdir", "Yx"),
        ]);
        let kind = maker.pick(b"xxxg");
        maker.before(parts, [Raw::pax(kind, &record(key, value)).into()]);
    }),
    ("sparse in records", |maker, parts| {
        let raw = maker.file();
        let len = raw.body.len();
        let real = len + 4096;
        let name = format!("{}.sparse", maker.path());
        let (body, file) = match maker.dice.below(3) {
            0 => (
                [
                    record("GNU.sparse.size", &real.to_string()),
                    record("GNU.sparse.numblocks", "1"),
                    record("GNU.sparse.offset", "4096"),
                    record("GNU.sparse.numbytes", &len.to_string()),
                ]
                .concat(),
                raw,
            ),
            1 => (
                [
                    record("GNU.sparse.name", &name),
                    record("GNU.sparse.size", &real.to_string()),
                    record("GNU.sparse.numblocks", "1"),
                    record("GNU.sparse.map", &format!("4096,{len}")),
                ]
                .concat(),
                raw,
            ),
            _ => {
                let mut map = format!("1\n4096\n{len}\n").into_bytes();
                map.resize(512, 0);
                let block = raw.block;
                let body = [map, raw.body].concat();
                let size = format!("{:011o}\0", body.len());
                (
                    [
                        record("GNU.sparse.major", "1"),
                        record("GNU.sparse.minor", "0"),
                        record("GNU.sparse.name", &name),
                        record("GNU.sparse.realsize", &real.to_string()),
                    ]
                    .concat(),
                    Raw { block, body, sum: true }.size(&size),
                )
            }
        };
        maker.behind(parts, [pax(&body), file.into()]);
    }),
    ("sparse in the header", |maker, parts| {
        let raw = maker.file().kind(b'S').put(257, b"ustar  \0");
        let len = raw.body.len();
        let raw = raw
            .put(386, format!("{:011o}\0", 1024).as_bytes())
            .put(398, format!("{len:011o}\0").as_bytes())
            .put(483, format!("{:011o}\0", len + 1024).as_bytes());
        let extended = maker.one_in(3);
        let raw = if extended { raw.put(482, b"\x01") } else { raw };
        maker.behind(parts, [raw.into()]);
    }),
    ("a volume", |maker, parts| {
        let raw = maker.file();
        let kind = maker.pick(b"VMD");
        let offset = maker.pick(&[0, 5, 512]);
        maker.before(parts, [raw.kind(kind).put(369, format!("{offset:011o}\0").as_bytes()).into()]);
    }),
    ("a global header", |maker, parts| {
        let body = match maker.dice.below(5) {
            0 => record("size", maker.pick(&["0", "5", "512", "x"])),
            1 => path_record(maker),
            2 => record("linkpath", "x"),
            3 => [record("comment", "x"), record("comment", "y")].concat(),
            _ => record("mtime", "1"),
        };
        maker.before(parts, [Raw::pax(b'g', &body).into()]);
    }),
    ("a large header about the next entry", |maker, parts| {
        let body = record("comment", &"c".repeat(maker.pick(&[2000, 70_000, 1_048_570, 1_048_580])));
        let body = [body, path_record(maker)].concat();
        maker.before(parts, [pax(&body)]);
    }),
];
