//! Changes to the order and the end of an archive, and to what is packed around it.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use super::{Change, Class, Part};
use crate::make::{Dice, archive};

pub const ALL: &[Change] = &[
    ("entries in another order", |maker, parts| {
        let (one, two) = (maker.some(parts), maker.some(parts));
        parts.swap(one, two);
    }),
    ("zero blocks among the entries", |maker, parts| {
        let blocks = maker.pick(&[1, 1, 2, 2, 3]);
        maker.before(parts, [Part::Bytes(vec![0; 512 * blocks])]);
    }),
    ("zero block first", |maker, parts| {
        let blocks = maker.pick(&[1, 2]);
        parts.insert(0, Part::Bytes(vec![0; 512 * blocks]));
    }),
    ("another end", |maker, parts| {
        let end = match maker.dice.below(7) {
            0 => vec![],
            1 => vec![0; 512],
            2 => vec![0; 100],
            3 => vec![0; 1024 + 100],
            4 => [vec![0; 1024], b"junk".to_vec()].concat(),
            5 => maker.body(700),
            _ => vec![0; 700],
        };
        parts.pop();
        parts.push(Part::Bytes(end));
    }),
    ("entries behind the end", |maker, parts| {
        let more: Vec<_> = (0..1 + maker.dice.below(2)).map(|_| maker.file()).collect();
        parts.push(Part::Bytes(archive(&more)));
    }),
    ("entries close behind the end", |maker, parts| {
        parts.pop();
        let more = maker.file();
        let blocks = maker.pick(&[1, 2, 3]);
        parts.extend([Part::Bytes(vec![0; 512 * blocks]), more.into(), Part::Bytes(vec![0; 1024])]);
    }),
    ("a block that is no header", |maker, parts| {
        let len = maker.pick(&[512, 512, 1024, 100, 1]);
        let block = maker.body(len);
        maker.before(parts, [Part::Bytes(block)]);
    }),
    ("a block that begins with a zero", |maker, parts| {
        let mut block = maker.body(512);
        block[0] = 0;
        maker.before(parts, [Part::Bytes(block)]);
    }),
    ("cut short", |maker, parts| {
        let at = maker.some(parts);
        let mut bytes = parts[at].bytes();
        bytes.truncate(maker.dice.below(bytes.len()));
        parts.truncate(at);
        parts.push(Part::Bytes(bytes));
    }),
    ("an entry missing its padding", |maker, parts| {
        let at = maker.some(parts);
        if let Part::Entry { raw, .. } = &parts[at] {
            let mut bytes = parts[at].bytes();
            bytes.truncate(512 + raw.body.len());
            parts[at] = Part::Bytes(bytes);
        }
    }),
    ("bytes in a padding", |maker, parts| {
        let at = maker.some(parts);
        let mut bytes = parts[at].bytes();
        if let Part::Entry { raw, .. } = &parts[at] {
            let end = 512 + raw.body.len();
            let len = bytes.len() - end;
            bytes.truncate(end);
            bytes.extend(maker.body(len));
            parts[at] = Part::Bytes(bytes);
        }
    }),
    ("a whole archive inside", |maker, parts| {
        let inner = archive(&[maker.file(), maker.file()]);
        let path = maker.path();
        maker.behind(parts, [crate::make::Raw::file(&path, &inner).into()]);
    }),
];

fn gzip(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut builder = GzBuilder::new().mtime(0);
    if dice.below(3) == 0 {
        builder = builder.filename("x.tar");
    }
    if dice.below(6) == 0 {
        builder = builder.comment("made by hand");
    }
    if dice.below(6) == 0 {
        builder = builder.extra(vec![1, 2, 3, 4]);
    }
    let level = Compression::new(u32::try_from(dice.below(10)).unwrap());
    let mut out = builder.write(Vec::new(), level);
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A header with a checksum of its own before the same stream.
fn summed(packed: &[u8], wrong: u8) -> Vec<u8> {
    let mut header = vec![0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 3];
    let sum = crc32fast::hash(&header).to_le_bytes();
    header.extend([sum[0] ^ wrong, sum[1]]);
    [&header, &packed[10..]].concat()
}

/// Packs an archive as gzip, or nearly so.
pub fn pack(dice: &mut Dice, class: Class, tar: Vec<u8>) -> (Vec<&'static str>, Vec<u8>) {
    let chances = if class == Class::Plain { usize::MAX } else { 6 };
    if dice.below(chances) != 0 {
        return (vec![], gzip(dice, &tar));
    }
    let bare = |bytes: &[u8]| crate::make::gzip(bytes);
    let half = tar.len() / 1024 * 512;
    let any = dice.below(tar.len());
    let mut packed = bare(&tar);
    let end = packed.len();
    let (name, bytes) = match dice.below(22) {
        0 => ("not packed", tar),
        1 => ("two members", [bare(&tar[..half]), bare(&tar[half..])].concat()),
        2 => ("two members, split anywhere", [bare(&tar[..any]), bare(&tar[any..])].concat()),
        3 => ("empty first member", [bare(b""), packed].concat()),
        4 => ("empty last member", [packed, bare(b"")].concat()),
        5 => ("zeros behind the stream", [packed, vec![0; 1 + dice.below(1024)]].concat()),
        6 => ("junk behind the stream", [packed, b"junk and more".to_vec()].concat()),
        7 => {
            packed[end - 6] ^= 1;
            ("wrong sum of the stream", packed)
        }
        8 => {
            packed[end - 2] ^= 1;
            ("wrong length of the stream", packed)
        }
        9 => ("stream without its end", packed[..end - 1 - dice.below(10)].to_vec()),
        10 => ("stream cut anywhere", packed[..dice.below(end)].to_vec()),
        11 => ("header with a sum", summed(&packed, 0)),
        12 => ("header with a wrong sum", summed(&packed, 1)),
        13 => {
            packed[3] |= [0x20, 0x40, 0x80, 0x01][dice.below(4)];
            ("unknown flags", packed)
        }
        14 => {
            packed[2] = 7;
            ("another method", packed)
        }
        15 => ("packed twice", bare(&packed)),
        16 => ("junk before the stream", [b"junk".to_vec(), packed].concat()),
        17 => ("a member that ends the archive, and another", {
            let more = archive(&[crate::make::Raw::file("package/second.js", b"zq63 second\n")]);
            [packed, bare(&more)].concat()
        }),
        18 => ("a broken second member", {
            let mut more = bare(&tar);
            let at = more.len() / 2;
            more[at] ^= 0x55;
            [packed, more].concat()
        }),
        19 => ("zeros between members", [bare(&tar[..half]), vec![0; 3], bare(&tar[half..])].concat()),
        20 => ("many members", tar.chunks(700).flat_map(bare).collect()),
        _ => ("a byte of the stream", {
            let at = dice.below(end);
            packed[at] ^= 1 << dice.below(8);
            packed
        }),
    };
    (vec![name], bytes)
}
