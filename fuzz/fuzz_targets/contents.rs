//! Any bytes as a file of each kind.
#![no_main]

use std::sync::LazyLock;

use lastlook::inspect::{Subject, Task, TextRules, inspect};
use lastlook::model::{EntryPath, Place};
use libfuzzer_sys::fuzz_target;

static TEXTS: LazyLock<TextRules> = LazyLock::new(|| TextRules::new([], &[]).expect("the rules are sound"));

fuzz_target!(|data: (u8, Vec<u8>)| {
    let names = ["a.js", "a.css", "a.html", "a.map", "README.md", "a.less", "a", "package.json", "a.ts", "a.jsbundle"];
    let path = EntryPath::parse(names[usize::from(data.0) % names.len()]).expect("a sound path");
    let seen = inspect(&Subject::new(&path, &data.1), &Place::at(path.as_str()), Task { texts: &TEXTS, taker: None });
    for row in &seen.carried {
        assert!(row.bytes() <= 3 * data.1.len() as u64 + 3 * row.texts.len() as u64);
    }
});
