//! Any text as a file of rules and as a list of reviewed contents, and any bytes as a text that is searched.
#![no_main]

use std::sync::LazyLock;

use lastlook::inspect::{RuleFile, TextRules};
use lastlook::judge::Snapshot;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<TextRules> = LazyLock::new(|| TextRules::new([], &[]).expect("the rules are sound"));

fuzz_target!(|bytes: &[u8]| {
    let _ = RULES.find(bytes, &[], "a.js");
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = RULES.redacted(text);
    let _ = Snapshot::parse(text);
    if let Ok(file) = RuleFile::read(text) {
        let _ = TextRules::new([file], &[]).map(|rules| rules.find(b"some text", &[], "a.js"));
    }
});
