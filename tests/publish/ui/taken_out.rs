//! What was prepared gives its clearance to nobody.

use lastlook::audit::Clearance;
use lastlook::publish::Ready;

fn taken_out(ready: Ready) -> Clearance {
    ready.clearance
}

fn main() {}
