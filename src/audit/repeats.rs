//! What comes again in the same artifact → what was made of it the first time: a package that is built for several module
//! systems carries each of its sources several times.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::inspect::{Measure, Recall};

/// As many that look alike are held against each other: hostile ones could all look the same.
const MOST: usize = 8;

/// Contents that look the same, and what was made of them.
type Alike<Content, Made> = Vec<(Content, Arc<Made>)>;

/// What was made of contents, by how they look.
pub(super) struct Known<Look, Content, Made>(Mutex<HashMap<Look, Alike<Content, Made>>>);

impl<Look, Content, Made> Default for Known<Look, Content, Made> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Look: Eq + Hash, Content: Copy, Made> Known<Look, Content, Made> {
    /// What was made of the content that `is` the same.
    pub(super) fn find(&self, look: &Look, is: impl Fn(Content) -> bool) -> Option<Arc<Made>> {
        let alike = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(look).cloned().unwrap_or_default();
        alike.into_iter().find(|(content, _)| is(*content)).map(|(_, made)| made)
    }

    /// Notes what was made of a content.
    pub(super) fn note(&self, look: Look, content: Content, made: Arc<Made>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alike = known.entry(look).or_default();
        if alike.len() < MOST {
            alike.push((content, made));
        }
    }
}

/// Shorter texts are read in less time than it takes to look them up.
const SHORTEST: usize = 256;

/// How a text looks: its length, and a few bytes of it.
type Look = (usize, [u64; 3]);

/// The texts of maps in one artifact, as they are written there.
pub(super) type Repeats<'b> = Known<Look, &'b [u8], Measure>;

impl<'b> Repeats<'b> {
    /// For the texts that stand in `body`.
    pub(super) fn of<'r>(&'r self, body: &'b [u8]) -> InBody<'r, 'b> {
        InBody { repeats: self, body }
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
        self.repeats.find(&look(raw)?, |text| text == raw)
    }

    fn remember(&self, raw: &[u8], measure: &Arc<Measure>) {
        if let Some((look, raw)) = look(raw).zip(self.held(raw)) {
            self.repeats.note(look, raw, Arc::clone(measure));
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
