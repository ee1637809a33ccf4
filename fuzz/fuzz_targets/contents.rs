//! Any bytes as a file of each kind.
#![no_main]

use lastlook::inspect::inspect;
use lastlook::model::EntryPath;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u8, Vec<u8>)| {
    let names = ["a.js", "a.css", "a.html", "a.map", "README.md", "a.less", "a", "package.json"];
    let path = EntryPath::parse(names[usize::from(data.0) % names.len()]).expect("a sound path");
    let seen = inspect(&path, &data.1, None);
    for row in &seen.carried {
        assert!(row.bytes() <= 3 * data.1.len() as u64 + 3 * row.texts.len() as u64);
    }
});
