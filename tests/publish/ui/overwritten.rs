//! Its bytes are for reading.

use lastlook::audit::Clearance;

fn overwritten(clearance: &Clearance) {
    clearance.bytes().fill(0);
}

fn main() {}
