//! There is one of each.

use lastlook::audit::Clearance;

fn cloned(clearance: Clearance) -> [Clearance; 2] {
    [Clearance::clone(&clearance), clearance]
}

fn main() {}
