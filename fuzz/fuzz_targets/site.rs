//! Feeds the target `site`, which stands in `src`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lastlook_fuzz::run("site", bytes));
