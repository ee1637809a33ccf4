//! Any bytes as a request of a client of the gate: its target, and the document that it publishes.
#![no_main]

use lastlook::gate::{Route, read_upload};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (head, body) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    if let Ok(target) = std::str::from_utf8(head) {
        for method in ["GET", "PUT", "POST", "DELETE"] {
            if let Some(Route::Document { name }) = Route::of(method, target) {
                // A name has one form, and is the same when it is read again.
                let again = Route::of("PUT", &format!("/{}", name.replace('/', "%2f")));
                assert_eq!(again, Some(Route::Document { name }));
            }
        }
    }
    // What is read once is read the same again.
    assert_eq!(read_upload("w", body), read_upload("w", body));
});
