//! Any bytes as an artifact: never a panic, and never clear without a single file.
#![no_main]

use std::sync::LazyLock;

use lastlook::audit::{Auditor, Rules};
use lastlook::judge::Policy;
use lastlook::model::Verdict;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().expect("the rules are sound"));

static POOL: LazyLock<rayon::ThreadPool> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread"));

fuzz_target!(|bytes: &[u8]| {
    let policy = Policy::built_in(None, RULES.book(), RULES.data());
    let report = Auditor::new(&RULES, &policy, &POOL).audit_bytes("pkg.tgz", bytes.to_vec());
    let artifact = &report.artifacts[0];
    assert!(report.verdict() != Verdict::Clear || artifact.files > 0);
    assert!(!artifact.rulings.iter().any(|ruling| ruling.finding.message.contains("a fault in lastlook")));
});
