//! Nobody outside changes one.

use lastlook::audit::Clearance;
use lastlook::open::Held;

fn changed(mut clearance: Clearance) {
    clearance.bytes = Held::Vec(Vec::new());
}

fn main() {}
