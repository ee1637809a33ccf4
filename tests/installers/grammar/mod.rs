//! A number → an archive: as packers write it, odd, or made to be read differently. The same on every machine.

mod headers;
mod names;
mod part;
mod sizes;
mod stream;
pub mod zips;

use crate::make::{Dice, Raw};

pub use part::{Part, Sum};

/// What may be expected of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Everybody writes and reads it alike.
    Plain,
    /// One or two things about it are unusual.
    Odd,
    /// Several things, made to hide files.
    Hostile,
}

/// One archive.
pub struct Case {
    pub number: usize,
    pub class: Class,
    /// What was done to it.
    pub traits: Vec<&'static str>,
    pub bytes: Vec<u8>,
}

/// A change to an archive, and its name.
pub type Change = (&'static str, fn(&mut Maker, &mut Vec<Part>));

/// Makes one case.
pub struct Maker {
    pub dice: Dice,
    pub number: usize,
    pub root: &'static str,
    words: usize,
}

/// Words that stand in every line of a file, each in the files of one entry.
pub const WORDS: usize = 64;

/// The word of an entry.
pub fn word(number: usize) -> String {
    format!("zq{number:02}")
}

const SEED: u64 = 0x1a57_100c;

/// The case of this number.
pub fn case(number: usize) -> Case {
    let class = match number % 8 {
        0 => Class::Plain,
        1..=4 => Class::Odd,
        _ => Class::Hostile,
    };
    let mut maker = Maker::new(number);
    let mut parts = maker.plain();
    let mut traits = Vec::new();
    let changes = match class {
        Class::Plain => 0,
        Class::Odd => 1 + maker.dice.below(2),
        Class::Hostile => 2 + maker.dice.below(4),
    };
    let all: Vec<&Change> = [names::ALL, sizes::ALL, headers::ALL, stream::ALL].into_iter().flatten().collect();
    for _ in 0..changes {
        let (name, change) = all[maker.dice.below(all.len())];
        change(&mut maker, &mut parts);
        traits.push(*name);
    }
    let tar = parts.iter().flat_map(Part::bytes).collect();
    let (packing, bytes) = stream::pack(&mut maker.dice, class, tar);
    traits.extend(packing);
    Case { number, class, traits, bytes }
}

impl Maker {
    fn new(number: usize) -> Self {
        let mut dice = Dice::new(SEED ^ (number as u64) << 20);
        let root = if dice.below(5) == 0 { ["acme-1.0", "p", "cli"][dice.below(3)] } else { "package" };
        Self { dice, number, root, words: 0 }
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.dice.below(chances) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.dice.below(from.len())]
    }

    /// Lines that are found in no other entry.
    pub fn body(&mut self, len: usize) -> Vec<u8> {
        let word = word(self.words % WORDS);
        self.words += 1;
        let mut out = Vec::with_capacity(len + 32);
        let mut line = 0;
        while out.len() < len {
            out.extend(format!("{word} {:05} {:03} {line:03} ....\n", self.number, self.words).bytes());
            line += 1;
        }
        out.truncate(len);
        out
    }

    /// A length that is worth trying.
    pub fn len(&mut self) -> usize {
        match self.dice.below(8) {
            0 => 512,
            1 => 1024,
            2 => 513,
            3 => 1,
            _ => 20 + self.dice.below(1800),
        }
    }

    /// A path below the root that no other entry has.
    pub fn path(&mut self) -> String {
        let folder = self.pick(&["", "", "dist/", "lib/util/", "a/b/c/d/", "\u{e9}t\u{e9}/", ".hidden/"]);
        let ending = self.pick(&[".js", ".txt", ".md", "", ".json.txt", " x.js"]);
        format!("{}/{folder}f{}{ending}", self.root, self.words)
    }

    /// A file as packers write it.
    pub fn file(&mut self) -> Raw {
        let (path, len) = (self.path(), self.len());
        Raw::file(&path, &self.body(len))
    }

    fn plain(&mut self) -> Vec<Part> {
        let manifest = format!("{{\"name\":\"case-{:05}\",\"version\":\"1.0.0\"}}\n", self.number);
        let mut parts = vec![Part::from(Raw::file(&format!("{}/package.json", self.root), manifest.as_bytes()))];
        for _ in 0..1 + self.dice.below(5) {
            part::plain(self, &mut parts);
        }
        parts.push(Part::Bytes(vec![0; 512 * self.pick(&[2, 2, 2, 3, 20])]));
        parts
    }

    /// Where an entry stands; the manifest is left alone, mostly.
    pub fn some(&mut self, parts: &[Part]) -> usize {
        let first = usize::from(!self.one_in(12));
        let entries: Vec<usize> = (first..parts.len()).filter(|at| matches!(parts[*at], Part::Entry { .. })).collect();
        if entries.is_empty() { 0 } else { self.pick(&entries) }
    }

    /// Changes the header of some entry.
    pub fn change(&mut self, parts: &mut [Part], change: impl FnOnce(&mut Self, Raw) -> Raw) {
        let at = self.some(parts);
        if let Part::Entry { raw, .. } = &mut parts[at] {
            *raw = change(self, raw.clone());
        }
    }

    /// Puts parts before some entry.
    pub fn before(&mut self, parts: &mut Vec<Part>, new: impl IntoIterator<Item = Part>) {
        let at = self.some(parts);
        parts.splice(at..at, new);
    }

    /// Puts parts behind some entry.
    pub fn behind(&mut self, parts: &mut Vec<Part>, new: impl IntoIterator<Item = Part>) {
        let at = self.some(parts) + 1;
        parts.splice(at..at, new);
    }
}
