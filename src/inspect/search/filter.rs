//! Keywords of all rules → where they stand in a text: one pass over every second byte, whatever the number of rules.
//!
//! A keyword of four bytes or more holds two neighbouring groups of three bytes, and one of them begins at an even
//! offset. So it is enough to look up the group at each even offset in a bitmap that stays in the nearest cache; what
//! is in it is then compared. This is several times as fast as an automaton that looks at each byte.

use std::collections::HashSet;

use crate::inspect::bits;

/// Bits of the hash of a group.
const BITS: u32 = 17;

/// Bytes that are looked through before what was noted in them is compared.
const BLOCK: usize = 64;

/// Bits of the number of a slot.
const SLOTS: u32 = 13;

/// Makes ASCII letters equal in both cases (and some other bytes equal, which a pattern tells apart later).
const FOLD: u8 = 0x20;

/// Where a keyword may stand, told from one of its groups.
#[derive(Debug, Clone, Copy)]
struct Clue {
    group: u32,
    keyword: u32,
    /// How far behind the start of the keyword the group begins; -1 where it begins one byte before.
    offset: isize,
    /// The first bytes of the keyword, and which bits of them count.
    head: u64,
    mask: u64,
}

/// Finds keywords.
#[derive(Debug)]
pub(super) struct Filter {
    keywords: Vec<Vec<u8>>,
    bitmap: Box<[u64; 1 << (BITS - 6)]>,
    /// For each slot, where its clues begin; one more than there are slots.
    starts: Vec<u32>,
    clues: Vec<Clue>,
}

impl Filter {
    /// The shortest keyword that can be found.
    pub(super) const SHORTEST: usize = 3;

    /// A filter for `keywords`; what is found is named by its number among them.
    pub(super) fn new<'k>(keywords: impl IntoIterator<Item = &'k [u8]>) -> Self {
        let keywords: Vec<Vec<u8>> = keywords.into_iter().map(|word| word.iter().map(|b| b | FOLD).collect()).collect();
        let (mut clues, costs): (Vec<Clue>, _) = (Vec::new(), Costs::new());
        for (number, word) in keywords.iter().enumerate() {
            let keyword = u32::try_from(number).unwrap_or(u32::MAX);
            let (head, mask) = bits::head(word);
            let mut add = |bytes, offset| clues.push(Clue { group: group(bytes), keyword, offset, head, mask });
            if let [a, b, c] = *word.as_slice() {
                // At an odd offset a short keyword is seen together with the byte before or behind it, which may be any.
                add([a, b, c], 0);
                for other in (0..=u8::MAX).filter(|other| other & FOLD != 0) {
                    if costs.of(&[a, b]) < costs.of(&[b, c]) { add([other, a, b], -1) } else { add([b, c, other], 1) }
                }
                continue;
            }
            for (offset, three) in word.windows(3).enumerate().skip(costs.rarest(word)).take(2) {
                if let [a, b, c] = *three {
                    add([a, b, c], isize::try_from(offset).unwrap_or(0));
                }
            }
        }
        clues.sort_by_key(|clue| (slot(clue.group), clue.keyword, clue.offset));
        let mut bitmap = Box::new([0_u64; 1 << (BITS - 6)]);
        let mut starts = vec![0_u32; (1 << SLOTS) + 1];
        for clue in &clues {
            let hash = hash(clue.group) as usize;
            if let Some(word) = bitmap.get_mut(hash / 64) {
                *word |= 1 << (hash % 64);
            }
            if let Some(count) = starts.get_mut(slot(clue.group) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { keywords, bitmap, starts, clues }
    }

    /// Calls `found` with the number of each keyword and where it begins, if one of its groups lies in `range`, whose
    /// start is even.
    pub(super) fn each(&self, text: &[u8], range: std::ops::Range<usize>, mut found: impl FnMut(usize, usize)) {
        if self.clues.is_empty() {
            return;
        }
        let (start, end) = (range.start & !1, range.end.min(text.len()));
        // What may be a keyword is noted first and compared later: a branch for each would cost more than the rest.
        let mut noted = [0_u16; BLOCK / 2];
        let mut at = start;
        while let Some(block) = text.get(at..at + BLOCK + 2).filter(|_| at + BLOCK <= end) {
            let mut count = 0;
            for (eight, offset) in block.windows(10).step_by(8).zip((0_u16..).step_by(8)) {
                let Some((own, next)) = eight.first_chunk::<8>().zip(eight.last_chunk::<2>()) else { break };
                let low = u64::from_le_bytes(*own) | u64::from_le_bytes([FOLD; 8]);
                let high = u64::from(u16::from_le_bytes(*next) | u16::from_le_bytes([FOLD; 2]));
                #[allow(clippy::cast_possible_truncation, reason = "three bytes of it are looked at")]
                let groups = [low as u32, (low >> 16) as u32, (low >> 32) as u32, ((low >> 48) | (high << 16)) as u32];
                for (group, step) in groups.into_iter().zip([0, 2, 4, 6]) {
                    if let Some(note) = noted.get_mut(count) {
                        *note = offset + step;
                    }
                    count += usize::from(self.knows(group & 0xff_ffff));
                }
            }
            for offset in noted.iter().take(count) {
                let at = at + usize::from(*offset);
                if let Some(&[a, b, c]) = text.get(at..).and_then(<[u8]>::first_chunk::<3>) {
                    self.compare(text, at, group([a | FOLD, b | FOLD, c | FOLD]), &mut found);
                }
            }
            at += BLOCK;
        }
        while at < end {
            if let Some(&[a, b, c]) = text.get(at..at + 3).and_then(|three| three.first_chunk::<3>()) {
                let group = group([a | FOLD, b | FOLD, c | FOLD]);
                if self.knows(group) {
                    self.compare(text, at, group, &mut found);
                }
            } else if let Some(&[a, b]) = text.get(at..at + 2).and_then(|two| two.first_chunk::<2>()) {
                // A short keyword may end with the text.
                self.compare(text, at, group([a | FOLD, b | FOLD, FOLD]), &mut found);
            }
            at += 2;
        }
    }

    #[inline]
    fn knows(&self, group: u32) -> bool {
        let hash = hash(group) as usize;
        self.bitmap.get(hash / 64).is_some_and(|word| word >> (hash % 64) & 1 == 1)
    }

    fn compare(&self, text: &[u8], at: usize, group: u32, found: &mut impl FnMut(usize, usize)) {
        let slot = slot(group);
        let bounds = self.starts.get(slot).zip(self.starts.get(slot + 1));
        let clues = bounds.and_then(|(from, to)| self.clues.get(*from as usize..*to as usize));
        let clues = clues.unwrap_or_default();
        for clue in clues.iter().filter(|clue| clue.group == group) {
            let Some(start) = at.checked_add_signed(-clue.offset) else { continue };
            // Most are told apart by their first eight bytes, which stand in the clue itself.
            if let Some(eight) = text.get(start..).and_then(<[u8]>::first_chunk::<8>)
                && (u64::from_le_bytes(*eight) | u64::from_le_bytes([FOLD; 8])) & clue.mask != clue.head
            {
                continue;
            }
            let Some(word) = self.keywords.get(clue.keyword as usize) else { continue };
            let here = text.get(start..start + word.len()).unwrap_or_default();
            if here.len() == word.len() && here.iter().zip(word).all(|(b, w)| b | FOLD == *w) {
                found(clue.keyword as usize, start);
            }
        }
    }
}

fn group([a, b, c]: [u8; 3]) -> u32 {
    u32::from_le_bytes([a, b, c, 0])
}

/// The slot of a group in the list of clues, which several hashes share.
fn slot(group: u32) -> usize {
    (hash(group) >> (BITS - SLOTS)) as usize
}

#[inline]
fn hash(group: u32) -> u32 {
    group.wrapping_mul(0x9e37_79b1) >> (32 - BITS)
}

/// Groups that stand in code all the time: a keyword is better told by another part of it.
const COMMON: &str = "\
    con ons ion nst tio ent ode the age pro ing ess ser and cod sta ect ate res str que pti ver tor sio onf nfi \
    fig end est opt cti ult nte rea wor nde for thi jec che ers com ret rec ken ack all ort erv npm eco ase ool \
    ssi ati mis cli tat rse oke ses ien lie tex ord dit gen tok ssa exp typ tur edi ype ise too hem dat roj oje \
    ter ins bas ffe cor ist rve use log lat uff man ker fil ble unc rke rso per urs ces ted ten pat ref ile get \
    abl xpo pre nts int ith ath scr val cri app set dep ger rip ipt are des ice ace ine ata cat ens les lin wit \
    loc her den eve tes ide pla aul ope son cre aut lic tab ill hat ere oun lse red enc out lue ies tch uth ert \
    ato one spe oin api let men era nse orm nce try ica ost nod acc gin unt sec ara ant ram cha ail ime rce sto \
    eat";

/// Tells how often a group stands in code, by a rough measure.
struct Costs(HashSet<&'static [u8]>);

impl Costs {
    fn new() -> Self {
        Self(COMMON.as_bytes().chunks(4).filter_map(|word| word.get(..3)).collect())
    }

    fn of(&self, group: &[u8]) -> u32 {
        let letter = |byte: &u8| match byte {
            b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 8,
            b'c' | b'd' | b'l' | b'u' | b'm' | b'p' | b'f' | b'g' | b'h' => 6,
            b' '..=b'/' => 4,
            b'0'..=b'9' => 3,
            _ => 2,
        };
        group.iter().map(letter).sum::<u32>() + if self.0.contains(group) { 60 } else { 0 }
    }

    /// Where in `word` two groups begin side by side that are rare in code.
    fn rarest(&self, word: &[u8]) -> usize {
        let costs: Vec<u32> = word.windows(3).map(|group| self.of(group)).collect();
        let pairs = costs.windows(2).map(|pair| pair.iter().sum::<u32>());
        pairs.enumerate().min_by_key(|(_, cost)| *cost).map_or(0, |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<(usize, usize)> {
        let filter = Filter::new(words.iter().map(|word| word.as_bytes()));
        let mut all = Vec::new();
        filter.each(text.as_bytes(), 0..text.len(), |word, at| all.push((at, word)));
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn keywords_are_found_at_every_offset_and_in_both_cases() {
        let words = ["SG.", "AKIA", "cloudflare", "-----BEGIN"];
        for before in 0..12 {
            for after in 0..12 {
                for (number, word) in words.iter().enumerate() {
                    for word in [(*word).to_owned(), word.to_lowercase(), word.to_uppercase()] {
                        let text = format!("{}{word}{}", "~".repeat(before), "!".repeat(after));
                        assert_eq!(found(&words, &text), [(before, number)], "{text}");
                    }
                }
            }
        }
        assert_eq!(found(&words, "AKIAKIA SG.SG."), [(0, 1), (3, 1), (8, 0), (11, 0)]);
        assert_eq!(found(&["token", "tokens"], "a tokens"), [(2, 0), (2, 1)]);
        assert_eq!(found(&words, "sg"), []);
        assert_eq!(found(&[], "anything"), []);
    }

    #[test]
    fn parts_of_a_text_find_what_the_whole_finds() {
        let text = "xx ghp_ yyy glpat- zz hf_ ghp_".repeat(9);
        let filter = Filter::new([&b"ghp_"[..], b"glpat-", b"hf_"]);
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        filter.each(text.as_bytes(), 0..text.len(), |word, at| whole.push((at, word)));
        for start in (0..text.len()).step_by(16) {
            filter.each(text.as_bytes(), start..start + 16, |word, at| parts.push((at, word)));
        }
        let sorted = |mut list: Vec<(usize, usize)>| {
            list.sort_unstable();
            list.dedup();
            list
        };
        assert_eq!(sorted(whole).len(), 36);
        assert_eq!(
            sorted(parts),
            sorted({
                let mut again = Vec::new();
                filter.each(text.as_bytes(), 0..text.len(), |word, at| again.push((at, word)));
                again
            })
        );
    }
}
