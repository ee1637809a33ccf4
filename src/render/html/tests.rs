//! The page as a whole: what it allows itself, and that hostile text stays text.

use std::collections::BTreeMap;

use super::tree::tests::map;
use super::*;
use crate::model::{
    Carried, Exposure, Finding, Kind, Level, Package, Place, PolicyNote, Profile, Reviewed, RuleId, Ruling,
};

/// A report of one artifact that carries this.
pub(super) fn report(carried: Vec<Carried>) -> Report {
    let artifact = ArtifactReport {
        name: "a.tgz".to_owned(),
        kind: Kind::Tgz,
        size: 1,
        integrity: None,
        package: None,
        profile: Profile::Closed,
        verdict: Verdict::Blocked,
        files: 1,
        bytes: 1,
        exposure: Exposure::of(&carried, &std::collections::BTreeSet::new()),
        carried,
        loose: Vec::new(),
        listing: Vec::new(),
        since: None,
        home: None,
        rulings: Vec::new(),
    };
    let policy = PolicyNote { profile: Profile::Closed, source: "built-in".to_owned(), digest: "sha256:0".to_owned() };
    Report {
        policy,
        fail_on: Level::Deny,
        exceptions: Vec::new(),
        artifacts: vec![artifact],
        excerpts: BTreeMap::new(),
    }
}

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    render(report, &Rulebook::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What stands between the first `start` and the next `end`.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn the_page_allows_the_script_and_the_style_that_it_holds() {
    let page = page(&report(Vec::new()));
    let policy = between(&page, "content=\"", "\"");
    for (start, end, source) in [("<script>", "</script>", "script-src"), ("<style>", "</style>", "style-src")] {
        let hash = STANDARD.encode(Sha256::digest(between(&page, start, end)));
        assert!(policy.contains(&format!("{source} 'sha256-{hash}';")), "{policy}");
    }
    assert!(page.split_once("<head>\n").unwrap().1.starts_with("<meta http-equiv=\"Content-Security-Policy\""));
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "</script><script>\"'&\u{2028}\u{202e}<img src=x onerror=pwned()>";
    let mut report = report(vec![map(&[hostile.to_owned()])]);
    let artifact = &mut report.artifacts[0];
    artifact.name = hostile.to_owned();
    artifact.package = Some(Package { name: hostile.to_owned(), version: Some(hostile.to_owned()) });
    artifact.carried[0].path = hostile.to_owned();
    artifact.since = Some(vec![Reviewed { path: hostile.to_owned(), before: None, now: Some(1) }]);
    let finding = Finding::new(&RuleId::fixed("a/b"), Place::at(hostile), hostile);
    artifact.rulings = vec![Ruling {
        finding,
        also: vec![Place::at(hostile)],
        level: Level::Deny,
        help: hostile.to_owned(),
        fingerprint: hostile.to_owned(),
        waived: None,
    }];
    report.policy.source = hostile.to_owned();
    let page = page(&report);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.find("<img"), None);
    assert_eq!(page.find(['\u{2028}', '\u{202e}']), None);
    assert!(page.contains("&lt;img src=x onerror=pwned()&gt;"));
    assert_eq!(page.find(" style="), None, "no style stands in the markup");
}

#[test]
fn every_finding_stands_in_the_markup() {
    let mut report = report(Vec::new());
    let finding = |at: usize| Finding::new(&RuleId::fixed("a/b"), Place::at(&format!("file{at}")), "seen");
    let level = |at: usize| [Level::Deny, Level::Warn, Level::Allow][at % 3];
    report.artifacts[0].rulings = (0..300)
        .map(|at| Ruling {
            finding: finding(at),
            also: Vec::new(),
            level: level(at),
            help: String::new(),
            fingerprint: format!("print{at}"),
            waived: None,
        })
        .collect();
    let page = page(&report);
    for at in 0..300 {
        let row = format!("data-rule=\"a/b\" data-level=\"{}\" data-fingerprint=\"print{at}\"", level(at).word());
        assert!(page.contains(&row), "{row}");
    }
}
