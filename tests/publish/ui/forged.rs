//! Nobody outside makes one.

use lastlook::audit::Clearance;
use lastlook::open::Held;

fn main() {
    let bytes = Held::Vec(Vec::new());
    let _forged = Clearance { bytes };
}
