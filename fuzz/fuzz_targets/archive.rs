//! Feeds the target `archive`, which stands in `src`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: lastlook_fuzz::prepare(), |bytes: &[u8]| lastlook_fuzz::run("archive", bytes));
