//! contents → files: the sources that anyone could recover, under safe names, with an index.

mod names;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::model::{ArtifactReport, Carrier, Digest, Place, Text};

pub use write::Folder;

/// Why sources can't be written out.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Something is there already.
    #[error("{0} is there already and not empty; name a new folder")]
    NotEmpty(PathBuf),
    /// A link where a folder should be.
    #[error("{0} is a link; name a folder of its own")]
    Link(PathBuf),
    /// The file system refused.
    #[error("{path} can not be written: {source}")]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// The artifact changed between two readings.
    #[error("{0} sources were not found again; did the artifact change meanwhile?")]
    Missing(usize),
}

/// Where each text goes, decided before the first is written.
pub struct Plan {
    rows: Vec<Row>,
    open: Mutex<BTreeMap<(String, Digest), Vec<PathBuf>>>,
    fault: Mutex<Option<RecoverError>>,
}

#[derive(serde::Serialize)]
struct Row {
    source: String,
    carrier: String,
    file: String,
    lines: u64,
    bytes: u64,
    third_party: bool,
}

impl Plan {
    /// Plans for everything that `artifact` gives away.
    #[must_use]
    pub fn of(artifact: &ArtifactReport) -> Self {
        let mut names = names::Names::default();
        let mut rows = Vec::new();
        let mut open: BTreeMap<(String, Digest), Vec<PathBuf>> = BTreeMap::new();
        for carried in artifact.carried.iter().chain(&artifact.loose) {
            let place = Place { path: carried.path.clone(), inside: carried.inside.clone(), position: None };
            for text in &carried.texts {
                // A file that is the text itself keeps its own place.
                let name = if carried.carrier == Carrier::Raw { "" } else { &text.name };
                let file = names.take(&place.joined().replace('!', "/"), name);
                open.entry((place.joined(), text.digest)).or_default().push(PathBuf::from(&file));
                let Text { name, lines, bytes, third_party, .. } = text.clone();
                rows.push(Row { source: name, carrier: place.joined(), file, lines, bytes, third_party });
            }
        }
        Self { rows, open: Mutex::new(open), fault: Mutex::default() }
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nothing to recover.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes one text to where it was planned, if it was.
    pub fn receive(&self, folder: &Folder, place: &Place, own: &Text, text: &str) {
        let key = (Place { position: None, ..place.clone() }.joined(), own.digest);
        let files = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&key).unwrap_or_default();
        for file in files {
            if let Err(fault) = folder.write(&file, text.as_bytes()) {
                self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
            }
        }
    }

    /// Writes the index, and says whether everything was written.
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub fn close(self, folder: &Folder) -> Result<(), RecoverError> {
        if let Some(fault) = self.fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(fault);
        }
        let missing: usize =
            self.open.into_inner().unwrap_or_else(PoisonError::into_inner).values().map(Vec::len).sum();
        if missing > 0 {
            return Err(RecoverError::Missing(missing));
        }
        let fault = |error: serde_json::Error| RecoverError::Io { path: "index.json".into(), source: error.into() };
        let index = serde_json::to_vec_pretty(&self.rows).map_err(fault)?;
        folder.write(Path::new("index.json"), &index)
    }
}
