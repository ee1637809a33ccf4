//! Clearances of this session → the one that is asked for by its digest, once.

use std::collections::VecDeque;

use crate::audit::Clearance;

/// As many wait at once, and as many bytes of them.
const MOST: (usize, usize) = (16, 1 << 30);

/// As many that are gone are remembered, to say what became of them.
const REMEMBERED: usize = 256;

/// What was cleared in this session and may be published, the oldest first.
pub(super) struct Shelf {
    waiting: VecDeque<(String, Clearance)>,
    gone: VecDeque<(String, Gone)>,
}

/// Why something is not there any more.
#[derive(Clone, Copy)]
enum Gone {
    Taken,
    Crowded,
}

impl Shelf {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), gone: VecDeque::new() }
    }

    /// Keeps one until it is taken, or others need its place.
    pub(super) fn put(&mut self, clearance: Clearance) {
        let digest = clearance.integrity().as_str().to_owned();
        self.waiting.retain(|(other, _)| *other != digest);
        self.gone.retain(|(other, _)| *other != digest);
        self.waiting.push_back((digest, clearance));
        let bytes = |(_, clearance): &(String, Clearance)| clearance.bytes().len();
        while self.waiting.len() > MOST.0
            || self.waiting.len() > 1 && self.waiting.iter().map(bytes).sum::<usize>() > MOST.1
        {
            if let Some((digest, _)) = self.waiting.pop_front() {
                self.forget(digest, Gone::Crowded);
            }
        }
    }

    /// Takes the one with this digest, or says why there is none.
    pub(super) fn take(&mut self, digest: &str) -> Result<Clearance, String> {
        let at = self.waiting.iter().position(|(other, _)| other == digest);
        if let Some((digest, clearance)) = at.and_then(|at| self.waiting.remove(at)) {
            self.forget(digest, Gone::Taken);
            return Ok(clearance);
        }
        let why = match self.gone.iter().find(|(other, _)| other == digest) {
            Some((_, Gone::Taken)) => {
                "what has this digest was handed in already, and a clearance is for one publish: ask release_status \
                 and verify what became of it, and audit it again if it is not out"
            }
            Some((_, Gone::Crowded)) => {
                "what has this digest was cleared and had to make room for what was cleared after it: audit it again"
            }
            None => "nothing with this digest was cleared in this session: audit the tarball first",
        };
        Err(format!("nothing was sent: {why}"))
    }

    fn forget(&mut self, digest: String, why: Gone) {
        self.gone.push_back((digest, why));
        while self.gone.len() > REMEMBERED {
            self.gone.pop_front();
        }
    }
}
