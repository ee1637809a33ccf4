//! Leave to publish one artifact once: it owns the bytes that were cleared, and only an audit makes one.
//!
//! Its fields are private to this file, so nothing else in lastlook can make, change or copy one.

use super::{Auditor, Document, Provenance, Read, Unfit};
use crate::model::{Integrity, Kind, Report, Verdict};
use crate::open::{Buffer, Held, Input};

/// What is to be cleared: bytes that are held already, so that no one can change them any more.
pub struct Artifact {
    /// What it is called in the report.
    pub name: String,
    /// The bytes that would be sent.
    pub bytes: Held,
    /// A provenance bundle that would be sent beside them.
    pub provenance: Option<Vec<u8>>,
}

/// Leave to publish one artifact once.
pub struct Clearance {
    bytes: Held,
    integrity: Integrity,
    document: Document,
    provenance: Option<Provenance>,
    policy: String,
    tool: &'static str,
}

/// What an audit that may lead to publishing came to. All artifacts are cleared, or none is.
#[must_use]
pub enum Outcome {
    /// Everything may go, in the order it was given.
    Cleared(Report, Vec<Clearance>),
    /// Something is denied, or could not be read.
    Refused(Report),
    /// Nothing is denied, and what these are can't be published all the same: their names, and why.
    Unfit(Report, Vec<(String, Unfit)>),
}

impl Auditor<'_> {
    /// Audits `artifacts`, and clears them if everything in all of them may go.
    pub fn clear(&self, artifacts: Vec<Artifact>) -> Outcome {
        let mut audited = Vec::with_capacity(artifacts.len());
        let mut leaves = Vec::with_capacity(artifacts.len());
        let mut buffer = Buffer::default();
        for (number, Artifact { name, bytes, provenance }) in artifacts.into_iter().enumerate() {
            let input = Input::Memory(bytes);
            let provenance = provenance.map(|text| Provenance::read(&text)).transpose();
            let beside = provenance.as_ref().ok().and_then(Option::as_ref);
            let mut read = self.pool.install(|| self.packed(&input, &name, None, beside, &mut buffer));
            read.findings.extend_from_slice(self.beside.get(number).map_or(&[], Vec::as_slice));
            let document = document(&read);
            let integrity = read.integrity.clone();
            audited.push(self.judge(name.clone(), read));
            leaves.push((name, input, document, integrity, provenance));
        }
        let report = self.close(audited);
        if report.verdict() != Verdict::Clear {
            return Outcome::Refused(report);
        }
        let (mut clearances, mut unfit) = (Vec::with_capacity(leaves.len()), Vec::new());
        for (name, input, document, integrity, provenance) in leaves {
            match (document, provenance, input, integrity) {
                (Ok(document), Ok(provenance), Input::Memory(bytes), Some(integrity)) => {
                    let policy = self.policy.digest.clone();
                    clearances.push(Clearance { bytes, integrity, document, provenance, policy, tool: TOOL });
                }
                (Err(why), ..) | (_, Err(why), ..) => unfit.push((name, why)),
                (Ok(_), Ok(_), Input::Large(_), _) | (Ok(_), Ok(_), _, None) => unfit.push((name, Unfit::NotHashed)),
            }
        }
        if unfit.is_empty() { Outcome::Cleared(report, clearances) } else { Outcome::Unfit(report, unfit) }
    }
}

/// The tool that clears.
const TOOL: &str = concat!("lastlook/", env!("CARGO_PKG_VERSION"));

fn document(read: &Read) -> Result<Document, Unfit> {
    if read.kind != Kind::Tgz {
        return Err(Unfit::Kind(read.kind.word()));
    }
    let outer = read.records.iter().filter(|record| record.counted && record.within.is_none());
    let paths: Vec<&str> = outer.map(|record| record.path.as_str()).collect();
    Document::of(&read.front, &paths)
}

impl Clearance {
    /// The bytes that were cleared.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their sha512.
    #[must_use]
    pub fn integrity(&self) -> &Integrity {
        &self.integrity
    }

    /// What the registry will show of them.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The provenance bundle that was cleared with them.
    #[must_use]
    pub fn provenance(&self) -> Option<&Provenance> {
        self.provenance.as_ref()
    }

    /// The digest of the policy under which they were cleared.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Which lastlook cleared them.
    #[must_use]
    pub fn tool(&self) -> &'static str {
        self.tool
    }
}
