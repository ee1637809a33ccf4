//! Made-up cases, each with a number of its own; and audits of them in this process, without a policy unless one is given.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lastlook::audit::{Auditor, Rules};
use lastlook::judge::Policy;
use lastlook::model::Report;
use lastlook::render::{self, Format, Look};

use crate::make::Dice;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One made-up case. Where it fails, its number is told.
pub struct Case {
    pub seed: u64,
    pub dice: Dice,
}

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("case {0}: LASTLOOK_PROOF={0} tries it alone", self.seed);
        }
    }
}

/// `some` cases, always the same; thirty times as many with `LASTLOOK_PROOF=all`, and one alone with its number.
pub fn cases(some: u64) -> impl Iterator<Item = Case> {
    let asked = std::env::var("LASTLOOK_PROOF").unwrap_or_default();
    let seeds = match asked.parse() {
        Ok(seed) => seed..seed + 1,
        Err(_) if asked == "all" => 0..some * 30,
        Err(_) => 0..some,
    };
    // Neighbours share nothing: the numbers are spread before they become dice.
    seeds.map(|seed| Case { seed, dice: Dice::new(Dice::new(seed).next()) })
}

/// One of `all`.
pub fn one_of<T: Copy>(dice: &mut Dice, all: &[T]) -> T {
    all[dice.below(all.len())]
}

/// Puts `all` in an order that the dice choose.
pub fn shuffle<T>(dice: &mut Dice, all: &mut [T]) {
    for at in (1..all.len()).rev() {
        all.swap(at, dice.below(at + 1));
    }
}

/// Something that others made and the tests look up, or a word about its absence.
pub fn present(what: PathBuf, how: &str) -> Option<PathBuf> {
    if what.exists() {
        return Some(what);
    }
    let missing = format!("{} is missing ({how})", what.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
    eprintln!("SKIPPED: {missing}");
    None
}

pub fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules::built_in().unwrap())
}

pub fn built_in() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| Policy::built_in(None, rules().book(), rules().data()))
}

/// The pool of so many threads.
pub fn pool(threads: usize) -> &'static rayon::ThreadPool {
    static POOLS: [OnceLock<rayon::ThreadPool>; 9] = [const { OnceLock::new() }; 9];
    POOLS[threads].get_or_init(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
}

/// Audits bytes under the built-in policy.
pub fn audit(name: &str, bytes: &[u8]) -> Report {
    Auditor::new(rules(), built_in(), pool(2)).audit_bytes(name, bytes.to_vec())
}

/// A report in a format, with nothing left out.
pub fn rendered(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    let look = Look { all: true, ..Look::default() };
    render::render(report, rules().book(), format, look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Whether a rule was found to be broken.
pub fn has(report: &Report, rule: &str) -> bool {
    report.artifacts.iter().flat_map(|one| &one.rulings).any(|ruling| ruling.finding.rule.as_str() == rule)
}
