//! None is read from anywhere.

use lastlook::audit::Clearance;
use serde::Deserialize as _;

fn main() {
    let _parsed = Clearance::deserialize(serde_json::json!({}));
}
