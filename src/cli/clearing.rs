//! Artifacts that are held → leave to publish them, once every report was written.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::audit::excerpt;
use super::progress::Progress;
use super::reports::Settled;
use super::{Exit, complain, tell};
use crate::audit::{Artifact, Auditor, Clearance, Outcome, Rules};
use crate::judge::Policy;
use crate::model::{Finding, Level, Place, Report, Text};

/// What artifacts are cleared by, and who is told.
pub(super) struct Clearing<'c> {
    pub(super) rules: &'c Rules,
    pub(super) policy: &'c Policy,
    pub(super) pool: &'c rayon::ThreadPool,
    pub(super) fail_on: Level,
    /// What is known of each artifact besides its bytes.
    pub(super) beside: &'c [Vec<Finding>],
    pub(super) reports: Settled<'c>,
    /// What is written into the report besides.
    pub(super) place: &'c dyn Fn(&mut Report),
    pub(super) started: Instant,
}

impl Clearing<'_> {
    /// Audits `artifacts`, reports, and clears them; or says how this ends, where `not` happened.
    pub(super) fn of(&self, artifacts: Vec<Artifact>, not: &str) -> Result<(Report, Vec<Clearance>), Exit> {
        let bytes = AtomicU64::new(0);
        let excerpts = Mutex::new(BTreeMap::new());
        let take = |_: &Place, own: &Text, text: &str| excerpt(self.rules, &excerpts, own, text);
        let auditor = Auditor::new(self.rules, self.policy, self.pool);
        let auditor = auditor.fail_on(self.fail_on).progress(&bytes).beside(self.beside);
        let auditor = if self.reports.include_text() { auditor.taker(&take) } else { auditor };
        let outcome = std::thread::scope(|scope| {
            let progress = Progress::start(scope, &bytes);
            let outcome = auditor.clear(artifacts);
            progress.stop();
            outcome
        });
        let show = |mut report: Report| {
            (self.place)(&mut report);
            report.excerpts = std::mem::take(&mut *excerpts.lock().unwrap_or_else(PoisonError::into_inner));
            self.rules.hush_report(&mut report);
            let written = self.reports.write(&report, self.rules.book(), self.started.elapsed());
            (written, Exit::from(report.verdict()), report)
        };
        let exit = match outcome {
            Outcome::Cleared(report, clearances) => match show(report) {
                (true, Exit::Clear, report) => return Ok((report, clearances)),
                // A report that was asked for and is missing takes the leave away.
                (_, exit, _) => exit.max(Exit::Incomplete),
            },
            Outcome::Refused(report) => show(report).1.max(Exit::Blocked),
            Outcome::Unfit(report, unfit) => {
                show(report);
                for (name, why) in unfit {
                    complain(format!("lastlook: {name} {why}"));
                }
                Exit::Incomplete
            }
        };
        tell(&format!("lastlook: {not}."));
        Err(exit)
    }
}
