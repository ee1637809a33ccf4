//! A number → a zip archive, with the same three classes.

use std::io::Write as _;

use super::{Case, Class, Maker};
use crate::make::Dice;

/// One member, as its own header and the directory tell of it.
#[derive(Clone)]
struct Member {
    /// In the header before it, and in the directory.
    names: [Vec<u8>; 2],
    flags: [u16; 2],
    methods: [u16; 2],
    sums: [u32; 2],
    packed: [u32; 2],
    sizes: [u32; 2],
    extras: [Vec<u8>; 2],
    comment: Vec<u8>,
    attributes: u32,
    data: Vec<u8>,
    /// What stands behind the data.
    tail: Vec<u8>,
    /// Whether the directory lists it, how often, and how far off.
    listed: usize,
    shift: i64,
}

/// An archive that is being put together.
struct Zip {
    members: Vec<Member>,
    before: Vec<u8>,
    shifted: bool,
    gap: Vec<u8>,
    comment: Vec<u8>,
    counts: i32,
    sizes: i32,
    offsets: i32,
    behind: Vec<u8>,
    wide: bool,
}

type Change = (&'static str, fn(&mut Maker, &mut Zip));

fn deflate(body: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(body).unwrap();
    out.finish().unwrap()
}

fn len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

impl Member {
    fn new(name: &[u8], body: &[u8], packs: bool) -> Self {
        let data = if packs { deflate(body) } else { body.to_vec() };
        let utf8 = if name.is_ascii() { 0 } else { 0x800 };
        Self {
            names: [name.to_vec(), name.to_vec()],
            flags: [utf8; 2],
            methods: [if packs { 8 } else { 0 }; 2],
            sums: [crc32fast::hash(body); 2],
            packed: [len(&data); 2],
            sizes: [len(body); 2],
            extras: [vec![], vec![]],
            comment: vec![],
            attributes: 0o100_644 << 16,
            data,
            tail: vec![],
            listed: 1,
            shift: 0,
        }
    }

    /// Sums and sizes stand behind the data.
    fn streamed(mut self, signed: bool) -> Self {
        let mark = if signed { &b"PK\x07\x08"[..] } else { b"" };
        let numbers = [self.sums[1], self.packed[1], self.sizes[1]].map(u32::to_le_bytes).concat();
        self.tail = [mark, &numbers].concat();
        self.flags = self.flags.map(|flags| flags | 8);
        (self.sums[0], self.packed[0], self.sizes[0]) = (0, 0, 0);
        self
    }

    fn numbers(&self, which: usize) -> Vec<u8> {
        let mut out = self.flags[which].to_le_bytes().to_vec();
        out.extend(self.methods[which].to_le_bytes());
        out.extend([0, 0, 0x21, 0]);
        out.extend([self.sums[which], self.packed[which], self.sizes[which]].map(u32::to_le_bytes).concat());
        out.extend(u16::try_from(self.names[which].len()).unwrap().to_le_bytes());
        out.extend(u16::try_from(self.extras[which].len()).unwrap().to_le_bytes());
        out
    }

    fn local(&self) -> Vec<u8> {
        [b"PK\x03\x04\x14\0", &self.numbers(0)[..], &self.names[0], &self.extras[0], &self.data, &self.tail].concat()
    }

    fn row(&self, at: i64) -> Vec<u8> {
        let mut out = [b"PK\x01\x02\x14\x03\x14\0", &self.numbers(1)[..]].concat();
        out.extend(u16::try_from(self.comment.len()).unwrap().to_le_bytes());
        out.extend([0; 4]);
        out.extend(self.attributes.to_le_bytes());
        out.extend(u32::try_from((at + self.shift).max(0)).unwrap().to_le_bytes());
        [out, self.names[1].clone(), self.extras[1].clone(), self.comment.clone()].concat()
    }
}

impl Zip {
    fn bytes(&self) -> Vec<u8> {
        let mut out = self.before.clone();
        let base = if self.shifted { self.before.len() } else { 0 };
        let mut rows = Vec::new();
        let mut count = self.counts;
        for member in &self.members {
            let at = out.len() - self.before.len() + base;
            for _ in 0..member.listed {
                rows.extend(member.row(i64::try_from(at).unwrap()));
                count += 1;
            }
            out.extend(member.local());
        }
        out.extend(&self.gap);
        let start = out.len() - self.before.len() + base;
        out.extend(&rows);
        let number =
            |value: usize, off: i32| u32::try_from((i64::try_from(value).unwrap() + i64::from(off)).max(0)).unwrap();
        let (count, size, start) = (number(0, count), number(rows.len(), self.sizes), number(start, self.offsets));
        if self.wide {
            let end = out.len() - self.before.len() + base;
            let long = |value: u32| u64::from(value).to_le_bytes();
            out.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
            out.extend([long(count), long(count), long(size), long(start)].concat());
            out.extend(b"PK\x06\x07\0\0\0\0");
            out.extend((end as u64).to_le_bytes());
            out.extend([1, 0, 0, 0]);
        }
        let [low, high, ..] = count.to_le_bytes();
        let count = if self.wide { [0xff; 4] } else { [low, high, low, high] };
        let [size, start] = if self.wide { [[0xff; 4]; 2] } else { [size.to_le_bytes(), start.to_le_bytes()] };
        out.extend([&b"PK\x05\x06\0\0\0\0"[..], &count, &size, &start].concat());
        out.extend(u16::try_from(self.comment.len()).unwrap().to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.behind);
        out
    }
}

fn member(maker: &mut Maker) -> Member {
    let (path, len) = (maker.path(), maker.len());
    let body = maker.body(len);
    let packs = !maker.one_in(3);
    Member::new(path.split_once('/').unwrap().1.as_bytes(), &body, packs)
}

fn changed(maker: &mut Maker, zip: &mut Zip, change: impl FnOnce(&mut Maker, &mut Member)) {
    let at = maker.dice.below(zip.members.len());
    change(maker, &mut zip.members[at]);
}

fn named(maker: &mut Maker, zip: &mut Zip, name: &[u8]) {
    let new = member(maker);
    let at = maker.dice.below(zip.members.len() + 1);
    zip.members.insert(at, Member { names: [name.to_vec(), name.to_vec()], ..new });
}

fn extra(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &u16::try_from(body.len()).unwrap().to_le_bytes(), body].concat()
}

const CHANGES: &[Change] = &[
    ("odd name", |maker, zip| {
        let names = [
            &b"../x.js"[..],
            b"a/../x.js",
            b"/x.js",
            b"a//x.js",
            b"./x.js",
            b"a\\x.js",
            b"..\\x.js",
            b"C:/x.js",
            b"x\0y.js",
            b"a\nb.js",
            b"caf\xe9.js",
            b"",
            b"/",
            b"a/./x.js",
            b"..",
            b".",
            b"a/",
            b"x ",
            b"con",
            b"//server/x.js",
            b"\xff.js",
        ];
        let name = maker.pick(&names);
        named(maker, zip, name);
    }),
    ("same name", |maker, zip| {
        let at = maker.dice.below(zip.members.len());
        let name = zip.members[at].names[1].clone();
        let name = if maker.one_in(3) { name.to_ascii_uppercase() } else { name };
        named(maker, zip, &name);
    }),
    ("another name in the directory", |maker, zip| {
        let which = maker.dice.below(2);
        let path = maker.path();
        changed(maker, zip, |_, member| member.names[which] = path.into_bytes());
    }),
    ("a name in an extra field", |maker, zip| {
        let path = maker.path();
        let which = maker.dice.below(3);
        let wrong = maker.one_in(3);
        changed(maker, zip, |_, member| {
            let sum = crc32fast::hash(&member.names[1]) ^ u32::from(wrong);
            let field = extra(0x7075, &[&[1], &sum.to_le_bytes()[..], path.as_bytes()].concat());
            (0..2).filter(|at| which == 2 || which == *at).for_each(|at| member.extras[at] = field.clone());
        });
    }),
    ("other extra fields", |maker, zip| {
        let field = match maker.dice.below(5) {
            0 => extra(0x5455, &[1, 0, 0, 0, 0]),
            1 => extra(0x9999, &maker.body(200)),
            2 => vec![1, 2, 3],
            3 => extra(1, &[0; 16]),
            _ => extra(0x7875, &[1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0]),
        };
        let which = maker.dice.below(2);
        changed(maker, zip, |_, member| member.extras[which] = field);
    }),
    ("wide sizes", |maker, zip| {
        let which = maker.dice.below(2);
        let wrong = maker.one_in(3);
        changed(maker, zip, |_, member| {
            let long = |value: u32| (u64::from(value) + u64::from(wrong)).to_le_bytes();
            member.extras[which] = extra(1, &[long(member.sizes[which]), long(member.packed[which])].concat());
            (member.sizes[which], member.packed[which]) = (u32::MAX, u32::MAX);
        });
    }),
    ("another sum", |maker, zip| {
        let which = maker.dice.below(2);
        changed(maker, zip, |_, member| member.sums[which] ^= 1);
    }),
    ("another size", |maker, zip| {
        let which = maker.dice.below(2);
        let off = maker.pick(&[1, 10, 100, 0x8000_0000]);
        let less = maker.one_in(2);
        changed(maker, zip, |_, member| {
            let size = member.sizes[which];
            member.sizes[which] = if less { size.saturating_sub(off) } else { size.saturating_add(off) };
        });
    }),
    ("another packed size", |maker, zip| {
        let which = maker.dice.below(2);
        let off = maker.pick(&[1, 10, 100, 0x8000_0000]);
        let less = maker.one_in(2);
        changed(maker, zip, |_, member| {
            let size = member.packed[which];
            member.packed[which] = if less { size.saturating_sub(off) } else { size.saturating_add(off) };
        });
    }),
    ("another method", |maker, zip| {
        let method = maker.pick(&[0, 8, 1, 6, 9, 12, 14, 93, 95, 99]);
        let which = maker.dice.below(3);
        changed(maker, zip, |_, member| {
            (0..2).filter(|at| which == 2 || which == *at).for_each(|at| member.methods[at] = method)
        });
    }),
    ("other flags", |maker, zip| {
        let flag = maker.pick(&[1, 8, 0x20, 0x40, 0x800, 0x2000]);
        let which = maker.dice.below(3);
        changed(maker, zip, |_, member| {
            (0..2).filter(|at| which == 2 || which == *at).for_each(|at| member.flags[at] ^= flag)
        });
    }),
    ("sizes behind the data", |maker, zip| {
        let signed = maker.one_in(2);
        changed(maker, zip, |_, member| *member = member.clone().streamed(signed));
    }),
    ("not listed", |maker, zip| {
        let new = Member { listed: 0, ..member(maker) };
        let at = maker.dice.below(zip.members.len() + 1);
        zip.members.insert(at, new);
    }),
    ("listed twice", |maker, zip| changed(maker, zip, |_, member| member.listed = 2)),
    ("listed elsewhere", |maker, zip| {
        let shift = maker.pick(&[-1, 1, 30, -100, 4]);
        changed(maker, zip, |_, member| member.shift = shift);
    }),
    ("a link", |maker, zip| {
        let mut new = Member::new(b"link", b"../../x", false);
        new.attributes = 0o120_777 << 16;
        let at = maker.dice.below(zip.members.len() + 1);
        zip.members.insert(at, new);
    }),
    ("a folder with a body", |maker, zip| named(maker, zip, b"folder/")),
    ("an archive inside", |maker, zip| {
        let inner = Zip { members: vec![member(maker)], ..empty() }.bytes();
        zip.members.push(Member::new(b"inner.bin", &inner, false));
    }),
    ("bytes before", |maker, zip| {
        zip.before = maker.body(300);
        zip.shifted = maker.one_in(2);
    }),
    ("bytes behind", |maker, zip| zip.behind = maker.body(100)),
    ("bytes between", |maker, zip| zip.gap = maker.body(200)),
    ("an archive behind", |maker, zip| {
        zip.behind = Zip { members: vec![member(maker)], ..empty() }.bytes();
    }),
    ("an archive before", |maker, zip| {
        zip.before = Zip { members: vec![member(maker)], ..empty() }.bytes();
        zip.shifted = maker.one_in(2);
    }),
    ("a comment", |maker, zip| zip.comment = maker.body(60)),
    ("an archive in the comment", |maker, zip| {
        zip.comment = Zip { members: vec![member(maker)], ..empty() }.bytes();
    }),
    ("an end in the comment", |_, zip| zip.comment = Zip { members: vec![], ..empty() }.bytes()),
    ("another count", |maker, zip| zip.counts = maker.pick(&[-1, 1, 100, -100])),
    ("another length of the directory", |maker, zip| zip.sizes = maker.pick(&[-1, 1, 46, -46, 1000])),
    ("another start of the directory", |maker, zip| zip.offsets = maker.pick(&[-1, 1, 46, -46, 1000])),
    ("a wide end", |_, zip| zip.wide = true),
];

fn empty() -> Zip {
    Zip {
        members: vec![],
        before: vec![],
        shifted: false,
        gap: vec![],
        comment: vec![],
        counts: 0,
        sizes: 0,
        offsets: 0,
        behind: vec![],
        wide: false,
    }
}

/// The zip archive of this number.
pub fn case(number: usize) -> Case {
    let class = match number % 8 {
        0 => Class::Plain,
        1..=5 => Class::Odd,
        _ => Class::Hostile,
    };
    let mut maker = Maker::new(number);
    maker.dice = Dice::new(0x51d ^ (number as u64) << 24);
    let mut zip = empty();
    for _ in 0..1 + maker.dice.below(4) {
        let new = member(&mut maker);
        zip.members.push(new);
    }
    if class == Class::Plain && maker.one_in(3) {
        let new = zip.members.pop().unwrap();
        zip.members.push(if new.methods[0] == 8 { new.streamed(true) } else { new });
    }
    let changes = match class {
        Class::Plain => 0,
        Class::Odd => 1,
        Class::Hostile => 2 + maker.dice.below(2),
    };
    let mut traits = Vec::new();
    for _ in 0..changes {
        let (name, change) = CHANGES[maker.dice.below(CHANGES.len())];
        change(&mut maker, &mut zip);
        traits.push(name);
    }
    Case { number, class, traits, bytes: zip.bytes() }
}
