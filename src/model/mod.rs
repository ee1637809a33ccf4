//! The nouns everything else speaks of. No input or output here.

mod artifact;
mod changes;
mod digest;
mod entry;
mod exposure;
mod finding;
pub mod json;
mod limits;
mod place;
mod report;
mod rule;

pub use artifact::{Integrity, Kind, Package};
pub use changes::{Changed, Changes, Exposed, Side};
pub use digest::{Digest, digest};
pub use entry::{Entry, EntryPath, Within, Wrap, place_of};
pub use exposure::{Carried, Carrier, Exposure, Text};
pub use finding::{Finding, Origin, Ruling, Sighting, Waiver};
pub use limits::Limits;
pub use place::{Place, Position, Positions};
pub use report::{
    ArtifactReport, Counts, ExceptionNote, ExceptionState, Listed, PolicyNote, Report, Reviewed, Verdict,
};
pub use rule::{Level, Profile, Rule, RuleId};
