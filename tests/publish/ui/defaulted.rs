//! There is none to begin with.

use lastlook::audit::Clearance;

fn main() {
    let _defaulted = Clearance::default();
}
