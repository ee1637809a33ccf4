//! What a model may do in the work tree of a project: look, ask for known fixes, and draft edits for a person to read.

mod draft;
mod edit;
mod fixes;
mod look;

pub(super) use draft::Draft;
pub(super) use edit::{EditFile, drafted, form};
pub(super) use fixes::{DraftFix, Known, KnownFixes};
pub(super) use look::{ListFolder, ReadFile, Search, word};
