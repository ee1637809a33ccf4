//! Names in a program → the literals that they were given, as far as that can be told without running it.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::ops::Range;

use super::script;

/// How many steps are taken in all, and how many bytes are read that names stand for, for each byte of the text.
const EFFORT: usize = 8;

/// The longest name, and the longest list of parameters.
const LONGEST: (usize, usize) = (64, 256);

/// Where each name of a text is given a literal. Looked for when first asked: most texts are never asked.
pub(super) struct Given<'t> {
    text: &'t [u8],
    places: OnceCell<HashMap<&'t [u8], Vec<usize>>>,
    blocks: OnceCell<Vec<Block>>,
    effort: Cell<usize>,
}

/// What stands between two braces.
struct Block {
    open: usize,
    close: usize,
    /// The number of the block around it.
    around: usize,
}

/// The number of what is no block.
const OUTSIDE: usize = usize::MAX;

/// Whether names are made of it.
pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

impl<'t> Given<'t> {
    /// The names in `text`.
    pub(super) fn of(text: &'t [u8]) -> Self {
        let effort = Cell::new(EFFORT * text.len() + (1 << 20));
        Self { text, places: OnceCell::new(), blocks: OnceCell::new(), effort }
    }

    /// Where the literal begins that `name` was given last before `at`, and is still known by there.
    pub(super) fn place(&self, name: &[u8], at: usize) -> Option<usize> {
        let places = self.places.get_or_init(|| places(self.text)).get(name)?;
        let last = places.partition_point(|place| *place < at).checked_sub(1)?;
        let place = *places.get(last)?;
        self.is_known(name, place, at)?.then_some(place)
    }

    /// Whether `name` is the same at `at` as it was at `place`: its block does not end, and no function between has a
    /// parameter of that name. None where it takes too long to tell.
    fn is_known(&self, name: &[u8], place: usize, at: usize) -> Option<bool> {
        let home = self.block(place)?;
        let mut block = self.block(at)?;
        while block != home {
            self.spend(LONGEST.1)?;
            let Some(own) = self.blocks().get(block).filter(|own| !self.takes(name, own.open)) else {
                return Some(false);
            };
            block = own.around;
        }
        Some(!self.returns(name, place..at))
    }

    /// The innermost block that `at` lies in, or what is none where it lies in no block.
    fn block(&self, at: usize) -> Option<usize> {
        let blocks = self.blocks();
        let mut block = blocks.partition_point(|block| block.open < at).checked_sub(1).unwrap_or(OUTSIDE);
        while let Some(own) = blocks.get(block).filter(|own| own.close <= at) {
            self.spend(1)?;
            block = own.around;
        }
        Some(block)
    }

    fn blocks(&self) -> &[Block] {
        self.blocks.get_or_init(|| blocks(self.text))
    }

    /// Takes `effort` from what is left of it; none where too little is.
    pub(super) fn spend(&self, effort: usize) -> Option<()> {
        self.effort.set(self.effort.get().checked_sub(effort)?);
        Some(())
    }

    /// Whether `name` is a parameter of the function whose body begins at `brace`.
    fn takes(&self, name: &[u8], brace: usize) -> bool {
        let before = self.text.get(brace.saturating_sub(LONGEST.1)..brace).unwrap_or_default().trim_ascii_end();
        let arrow = before.strip_suffix(b"=>").map(<[u8]>::trim_ascii_end);
        let list = match arrow.unwrap_or(before) {
            [rest @ .., b')'] => rest,
            bare => return arrow.is_some() && bare.rsplit(|byte| !is_part(*byte)).next() == Some(name),
        };
        let from = memchr::memrchr(b'(', list).map_or(0, |at| at + 1);
        list.get(from..).unwrap_or_default().split(|byte| !is_part(*byte)).any(|word| word == name)
    }

    /// Whether the last of `between` is what an arrow with a parameter `name` returns.
    fn returns(&self, name: &[u8], between: Range<usize>) -> bool {
        let near = between.end.saturating_sub(LONGEST.1).max(between.start)..between.end;
        let arrow = self.text.get(near.clone()).and_then(|text| memchr::memmem::rfind(text, b"=>"));
        arrow.is_some_and(|at| self.takes(name, near.start + at + 2))
    }
}

/// The blocks of `text`, in the order in which they begin.
fn blocks(text: &[u8]) -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, Vec<usize>) = (Vec::new(), Vec::new());
    for (at, opens) in script::braces(text) {
        if opens {
            let around = open.last().copied().unwrap_or(OUTSIDE);
            open.push(blocks.len());
            blocks.push(Block { open: at, close: text.len() + 1, around });
        } else if let Some(block) = open.pop().and_then(|number| blocks.get_mut(number)) {
            block.close = at;
        }
    }
    blocks
}

/// Each name that is given a string or a list, with where those begin.
fn places(text: &[u8]) -> HashMap<&[u8], Vec<usize>> {
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for at in memchr::memchr_iter(b'=', text) {
        let rest = text.get(at + 1..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b'(').take(64).count();
        if !matches!(rest.get(blanks), Some(b'"' | b'\'' | b'`' | b'[')) {
            continue;
        }
        let before = text.get(at.saturating_sub(2 * LONGEST.0)..at).unwrap_or_default().trim_ascii_end();
        let len = before.iter().rev().take_while(|byte| is_part(**byte)).count();
        let (head, name) = before.split_at(before.len() - len);
        if (1..LONGEST.0).contains(&len) && head.last() != Some(&b'.') {
            places.entry(name).or_default().push(at + 1 + blanks);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Option<&str> {
        let at = text.find("[t]").unwrap();
        let place = Given::of(text.as_bytes()).place(b"t", at);
        place.map(|place| &text[place..place + 3])
    }

    #[test]
    fn names_are_known_in_their_block_and_inside_it() {
        for text in [
            "const t = 'a'; x = [t]",
            "let t='b';t='a';x=[t]",
            "var s=1,t=('a');function f(){return [t]}",
            "t\n=\n'a';(s)=>[t]",
            "t='a';if(s){x='}';y={z:[t]}}",
        ] {
            assert!(place(text).is_some_and(|found| found.starts_with("'a'")), "{text}");
        }
        for text in [
            "x=[t]",
            "s.t='a';x=[t]",
            "function f(){var t='a'}x=[t]",
            "t='a';function f(s,t){return [t]}",
            "t='a';f=t=>[t]",
            "t='a';f=(s,t)=>({x:[t]})",
            "t='a';f=t=>{x=[t]}",
            "t=='a';x=[t]",
        ] {
            assert_eq!(place(text), None, "{text}");
        }
    }
}
