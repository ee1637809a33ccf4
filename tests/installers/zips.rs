//! Zip archives of every kind, and their readers.

use crate::grammar::Case;
use crate::grammar::zips::case;
use crate::trial::{Score, Shelf, numbers};
use crate::{plain, readers};

#[test]
fn what_any_reader_takes_out_of_a_zip_archive_is_seen() {
    let cases: Vec<Case> = numbers(1_000, 12_000).map(case).collect();
    let all = Shelf::new(&cases, "zip").ask(&readers::of_zips());
    let score = Score::of(&cases, "case.zip", &all, plain::zip);
    score.faults.settle();
    if all.len() > 2 {
        assert!(score.control > cases.len() / 20, "a plain reader misses something in {} only", score.control);
    }
}
