//! What a model may do in the work tree of a project: ask for known fixes, and draft them for a person to read.

mod draft;
mod fixes;

pub(super) use draft::Draft;
pub(super) use fixes::{DraftFix, Known, KnownFixes};
