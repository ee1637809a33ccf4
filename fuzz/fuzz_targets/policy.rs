//! Any text as a policy: a policy, or an error with a place.
#![no_main]

use std::sync::LazyLock;

use lastlook::audit::Rules;
use lastlook::judge::Policy;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().expect("the rules are sound"));

fuzz_target!(|text: &str| {
    if let Err(error) = Policy::parse(text, "lastlook.toml", None, RULES.book(), RULES.data()) {
        assert!(error.line > 0 && error.column > 0);
    }
});
