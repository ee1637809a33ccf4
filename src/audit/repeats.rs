//! Texts of maps that come again in the same artifact → what was made of them: a package that is built for several module
//! systems carries each of its sources several times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::inspect::{Measure, Recall};

/// Shorter ones are read in less time than it takes to look them up.
const SHORTEST: usize = 256;

/// As many that look alike are held against each other: hostile ones could all look the same.
const MOST: usize = 8;

/// How a text looks: its length, and a few bytes of it.
type Look = (usize, [u64; 3]);

/// The texts of one artifact, as they are written there.
#[derive(Default)]
pub(super) struct Repeats<'b>(Mutex<HashMap<Look, Vec<Known<'b>>>>);

/// A text, and what was made of it.
type Known<'b> = (&'b [u8], Arc<Measure>);

impl<'b> Repeats<'b> {
    /// For the texts that stand in `body`.
    pub(super) fn of<'r>(&'r self, body: &'b [u8]) -> InBody<'r, 'b> {
        InBody { repeats: self, body }
    }

    fn alike(&self, look: Look) -> Vec<Known<'b>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&look).cloned().unwrap_or_default()
    }
}

/// The texts that stand in one file.
pub(super) struct InBody<'r, 'b> {
    repeats: &'r Repeats<'b>,
    body: &'b [u8],
}

impl<'b> InBody<'_, 'b> {
    /// The same bytes, for as long as the file is held; `None` where they are not part of it.
    fn held(&self, raw: &[u8]) -> Option<&'b [u8]> {
        let start = raw.as_ptr().addr().checked_sub(self.body.as_ptr().addr())?;
        self.body.get(start..start.checked_add(raw.len())?)
    }
}

impl Recall for InBody<'_, '_> {
    fn recall(&self, raw: &[u8]) -> Option<Arc<Measure>> {
        let known = self.repeats.alike(look(raw)?);
        known.into_iter().find(|(text, _)| *text == raw).map(|(_, measure)| measure)
    }

    fn remember(&self, raw: &[u8], measure: &Arc<Measure>) {
        let Some((look, raw)) = look(raw).zip(self.held(raw)) else { return };
        let mut known = self.repeats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = known.entry(look).or_default();
        if alike.len() < MOST {
            alike.push((raw, Arc::clone(measure)));
        }
    }
}

/// How a text looks, if it is long enough to be remembered.
fn look(raw: &[u8]) -> Option<Look> {
    let middle = raw.get(raw.len() / 2..)?;
    let eight = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let few = [eight(raw.first_chunk()), eight(middle.first_chunk()), eight(raw.last_chunk())];
    (raw.len() >= SHORTEST).then_some((raw.len(), few))
}
