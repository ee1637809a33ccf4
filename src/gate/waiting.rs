//! Pages for a second factor that clients ask about: where the registry says whether they were answered.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::judge::hex;

/// The last few of them.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    rows: Mutex<VecDeque<(String, String)>>,
}

/// As many are known at a time.
const MOST: usize = 1_000;

impl Waiting {
    /// Remembers an address, and says what it is called from now on.
    pub(super) fn add(&self, done: String) -> String {
        let mut random = [0; 16];
        // Without chance it is found by nobody.
        let id = SystemRandom::new().fill(&mut random).map(|()| hex(&random)).unwrap_or_default();
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() >= MOST {
            rows.pop_front();
        }
        rows.push_back((id.clone(), done));
        id
    }

    pub(super) fn get(&self, id: &str) -> Option<String> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.iter().find(|(own, _)| own == id && !own.is_empty()).map(|(_, done)| done.clone())
    }
}
