//! Tarballs of every kind, and every installer.

use crate::grammar::{Case, case};
use crate::trial::{Score, Shelf, numbers};
use crate::{batch, plain, readers};

#[test]
fn what_any_installer_lays_down_is_seen() {
    let cases: Vec<Case> = numbers(1_000, 24_000).map(case).collect();
    let all = Shelf::new(&cases, "tgz")
        .ask(&[readers::of_tarballs(), batch::all()].into_iter().flatten().collect::<Vec<_>>());
    let score = Score::of(&cases, "case.tgz", &all, plain::tarball);
    score.faults.settle();
    if all.len() > 3 {
        assert!(score.control > cases.len() / 10, "a plain reader misses something in {} only", score.control);
    }
}
