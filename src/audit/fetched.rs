//! Files that were fetched → their report. Nothing of them is written to disk.

use std::borrow::Cow;

use super::{Auditor, Front, Read};
use crate::model::{Entry, EntryPath, Finding, Kind, Report};
use crate::open::Meter;

/// Files that belong together and came from elsewhere.
#[derive(Debug)]
pub struct Fetched {
    /// What they are called together.
    pub name: String,
    /// The files, each path once.
    pub files: Vec<(EntryPath, Vec<u8>)>,
    /// What is known of them besides their bytes.
    pub beside: Vec<Finding>,
}

impl Auditor<'_> {
    /// Audits what was fetched, one artifact for each set, in their order.
    #[must_use]
    pub fn audit_fetched(&self, sets: &[Fetched]) -> Report {
        let audited = self.pool.install(|| {
            let one = |set: &Fetched| {
                let mut read = self.fetched(&set.files);
                read.findings.extend_from_slice(&set.beside);
                self.judge(set.name.clone(), read)
            };
            sets.iter().map(one).collect()
        });
        self.close(audited)
    }

    fn fetched(&self, files: &[(EntryPath, Vec<u8>)]) -> Read {
        let size = files.iter().map(|(_, body)| body.len() as u64).sum();
        let meter = Meter::new(self.policy.limits, size);
        let ((), records, findings) = self.crew().work(&meter, |sink| {
            for (path, body) in files {
                sink.entry(Entry::new(path.clone(), Cow::Borrowed(body)));
            }
        });
        Read { kind: Kind::Site, size, integrity: None, front: Front::default(), records, findings }
    }
}
