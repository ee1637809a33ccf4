//! It is spent by preparing a release.

use lastlook::audit::Clearance;
use lastlook::publish::{Publisher, Wish};

fn twice(publisher: &Publisher<'_>, clearance: Clearance, wish: &Wish) {
    let _first = publisher.prepare(clearance, wish, None);
    let _second = publisher.prepare(clearance, wish, None);
}

fn main() {}
