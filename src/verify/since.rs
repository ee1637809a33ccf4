//! The versions of a package, audited one by one → where an exposure appeared, how long it is out, what has to go.

use crate::judge::Moment;
use crate::model::{ArtifactReport, Level, Verdict};

/// A published version that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Which.
    pub version: String,
    /// When it was published, as the registry says.
    pub time: Option<String>,
    /// Where its tarball is.
    pub tarball: String,
    /// What the audit says of it today.
    pub verdict: Verdict,
    /// How many sources could be recovered, and how many lines they have.
    pub sources: u64,
    /// The same.
    pub lines: u64,
    /// The files in which something is denied, each with the rule.
    pub files: Vec<(String, String)>,
}

/// Versions in a row in which something is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposed<'p> {
    /// The first of them.
    pub first: &'p Past,
    /// The last of them.
    pub last: &'p Past,
    /// The next in which nothing is.
    pub next: Option<&'p Past>,
}

impl Past {
    /// What a report says of a version.
    #[must_use]
    pub fn of(version: &str, time: Option<&str>, tarball: &str, report: &ArtifactReport) -> Self {
        let denied = report.rulings.iter().filter(|ruling| ruling.waived.is_none() && ruling.level == Level::Deny);
        let mut files: Vec<(String, String)> = denied
            .map(|ruling| (ruling.finding.place.path.clone(), ruling.finding.rule.to_string()))
            .filter(|(path, _)| !path.is_empty())
            .collect();
        files.sort();
        files.dedup();
        Self {
            version: version.to_owned(),
            time: time.map(str::to_owned),
            tarball: tarball.to_owned(),
            verdict: report.verdict,
            sources: report.exposure.embedded,
            lines: report.exposure.lines,
            files,
        }
    }

    /// A version that could not be looked at.
    #[must_use]
    pub fn unread(version: &str, time: Option<&str>, tarball: &str) -> Self {
        let (version, time, tarball) = (version.to_owned(), time.map(str::to_owned), tarball.to_owned());
        Self { version, time, tarball, verdict: Verdict::Incomplete, sources: 0, lines: 0, files: Vec::new() }
    }

    /// How long it has been out, in seconds.
    #[must_use]
    pub fn age(&self) -> Option<u64> {
        Some(Moment::now().seconds().saturating_sub(seconds(self.time.as_deref()?)?))
    }

    /// How long after `other` it came, in seconds.
    #[must_use]
    pub fn after(&self, other: &Self) -> Option<u64> {
        seconds(self.time.as_deref()?)?.checked_sub(seconds(other.time.as_deref()?)?)
    }
}

/// The rows of versions in which something is denied, the oldest first; `pasts` are in the order they were published.
#[must_use]
pub fn exposed(pasts: &[Past]) -> Vec<Exposed<'_>> {
    let mut rows: Vec<Exposed<'_>> = Vec::new();
    let mut open = false;
    for past in pasts {
        match (past.verdict, open) {
            (Verdict::Blocked, false) => {
                rows.push(Exposed { first: past, last: past, next: None });
                open = true;
            }
            (Verdict::Blocked, true) => rows.iter_mut().for_each(|row| {
                if row.next.is_none() {
                    row.last = past;
                }
            }),
            // What could not be read ends nothing.
            (Verdict::Incomplete, _) | (Verdict::Clear, false) => {}
            (Verdict::Clear, true) => {
                rows.iter_mut().filter(|row| row.next.is_none()).for_each(|row| row.next = Some(past));
                open = false;
            }
        }
    }
    rows
}

/// A time as registries write it, such as 2026-11-21T19:03:14.915Z, in seconds since 1970.
#[must_use]
pub fn seconds(text: &str) -> Option<u64> {
    Moment::read(text).map(Moment::seconds)
}

/// A time span as people say it.
#[must_use]
pub fn span(seconds: u64) -> String {
    let units = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let (unit, size) = units.into_iter().find(|(_, size)| seconds >= 2 * size).unwrap_or(("second", 1));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(version: &str, time: &str, verdict: Verdict) -> Past {
        let (version, time) = (version.to_owned(), Some(time.to_owned()));
        Past { version, time, tarball: String::new(), verdict, sources: 0, lines: 0, files: Vec::new() }
    }

    #[test]
    fn an_exposure_has_a_first_a_last_and_a_next_version() {
        let all = [
            past("1.0.0", "2026-01-01T00:00:00.000Z", Verdict::Clear),
            past("1.1.0", "2026-01-02T00:00:00.000Z", Verdict::Blocked),
            past("1.1.1", "2026-01-02T12:00:00.000Z", Verdict::Incomplete),
            past("1.2.0", "2026-01-03T00:00:00.000Z", Verdict::Blocked),
            past("1.3.0", "2026-01-05T06:00:00.000Z", Verdict::Clear),
            past("2.0.0", "2026-02-01T00:00:00.000Z", Verdict::Blocked),
        ];
        let rows = exposed(&all);
        let shown: Vec<_> = rows
            .iter()
            .map(|row| {
                (row.first.version.as_str(), row.last.version.as_str(), row.next.map(|next| next.version.as_str()))
            })
            .collect();
        assert_eq!(shown, [("1.1.0", "1.2.0", Some("1.3.0")), ("2.0.0", "2.0.0", None)]);
        assert_eq!(all[4].after(&all[1]).map(span).as_deref(), Some("3 days"));
    }

    #[test]
    fn times_are_read_as_registries_write_them() {
        for (text, wanted) in [
            ("1970-01-01T00:00:00.000Z", Some(0)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2026-11-21T19:03:14.915Z", Some(1_795_287_794)),
            ("2024-02-29T23:59:59Z", Some(1_709_251_199)),
            ("2025-12-31T23:30:00-05:00", Some(1_767_241_800)),
            ("2026-01-01T05:00:00.5+00:30", Some(1_767_241_800)),
            ("yesterday", None),
            ("2026-13-01T00:00:00Z", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
        assert_eq!([1, 90, 7200, 200_000].map(span), ["1 second", "90 seconds", "2 hours", "2 days"]);
    }
}
