//! Feeds the target `artifact`, which stands in `src`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: lastlook_fuzz::prepare(), |bytes: &[u8]| lastlook_fuzz::run("artifact", bytes));
