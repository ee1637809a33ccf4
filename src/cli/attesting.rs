//! `--attest FILE --key FILE`: what was cleared → a signed statement of it.

use std::path::{Path, PathBuf};

use super::{CliError, tell};
use crate::attest::{self, AttestError, Draft, Key, Place};
use crate::audit::Clearance;
use crate::judge::Moment;
use crate::judge::Rulebook;
use crate::model::Report;
use crate::render::escape;
use crate::secret::{descriptor, keep_memory};

/// Where to, and with which key.
#[derive(clap::Args)]
pub(super) struct Attesting {
    /// Write a signed statement of what was cleared to a new file, for lastlook verify
    #[arg(long, value_name = "FILE")]
    attest: Option<PathBuf>,
    /// The private key that it is signed with (lastlook key new makes one)
    #[arg(long, value_name = "FILE", requires = "attest", conflicts_with = "key_fd")]
    key: Option<PathBuf>,
    /// The number of an open descriptor that the key is read from
    #[arg(long, value_name = "N", requires = "attest")]
    key_fd: Option<u32>,
}

impl Attesting {
    /// Reads the key, at once, so that nothing that runs later can read it in our place.
    pub(super) fn open(&self) -> Result<Option<Signer>, CliError> {
        let Some(file) = &self.attest else { return Ok(None) };
        if file.as_os_str() == "-" {
            let what = "an attestation is two files, which standard output can not hold: name one with --attest FILE";
            return Err(CliError::Usage(what.to_owned()));
        }
        keep_memory();
        let key = match (&self.key, self.key_fd) {
            (Some(path), _) => Key::from_file(path)?,
            (None, Some(number)) => Key::from_descriptor(number)?,
            (None, None) => {
                let what = "an attestation is signed: add --key FILE, or make a key with lastlook key new --out FILE";
                return Err(CliError::Usage(what.to_owned()));
            }
        };
        if let Some(warning) = key.warning() {
            tell(&escape(&format!("lastlook: {warning}")));
        }
        // What is there now would be taken for what this run says.
        for path in [file.clone(), attest::beside(file)] {
            if path.symlink_metadata().is_ok() && !path.is_dir() {
                return Err(AttestError::Exists(path.display().to_string()).into());
            }
        }
        Ok(Some(Signer { key, file: file.clone() }))
    }

    /// The files that nothing else may be written to.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let written = self.attest.iter().flat_map(|file| [file.clone(), attest::beside(file)]);
        written.chain(self.key.clone()).collect()
    }

    /// The file that holds the key.
    pub(super) fn key_file(&self) -> Option<&Path> {
        self.key.as_deref()
    }

    /// Whether the key is what is piped in.
    pub(super) fn reads_stdin(&self) -> bool {
        self.key_fd.or_else(|| descriptor(self.key_file()?)) == Some(0)
    }
}

/// A key, and where what it signs goes.
pub(super) struct Signer {
    key: Key,
    file: PathBuf,
}

/// What is to be signed once nothing can go wrong any more.
pub(super) struct Unsigned<'s> {
    signer: &'s Signer,
    draft: Draft,
    place: Place,
}

impl Signer {
    /// Collects what is to be said of each artifact, and takes room for it.
    pub(super) fn drafts(
        &self,
        clearances: &[&Clearance],
        report: &Report,
        book: &Rulebook,
    ) -> Result<Vec<Unsigned<'_>>, CliError> {
        let time = Moment::now();
        let folder = self.file.is_dir();
        if clearances.len() > 1 && !folder {
            let what = format!("{} packages need as many attestations: name a folder with --attest", clearances.len());
            return Err(CliError::Usage(what));
        }
        let mut drafts: Vec<Unsigned<'_>> = Vec::with_capacity(clearances.len());
        for clearance in clearances {
            let draft = Draft::of(clearance, report, book, time)?;
            let file = if folder { self.file.join(file_name(&draft)) } else { self.file.clone() };
            if drafts.iter().any(|other| other.place.path() == file) {
                let what = format!("two attestations would be called {}: publish one after the other", file.display());
                return Err(CliError::Usage(what));
            }
            drafts.push(Unsigned { signer: self, draft, place: Place::reserve(&file)? });
        }
        Ok(drafts)
    }
}

/// What the attestation of a package is called in a folder: as npm calls its tarball.
fn file_name(draft: &Draft) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || "._+-".contains(sign) { sign } else { '-' };
    let name = draft.name().trim_start_matches('@');
    format!("{name}-{}.att.json", draft.version()).chars().map(plain).collect()
}

impl Unsigned<'_> {
    /// Signs it and writes it, for the registry where it was published, if it was.
    pub(super) fn write(self, registry: Option<&str>) -> Result<(), CliError> {
        let Self { signer, draft, place } = self;
        let attestation = draft.sign(&signer.key, registry, &place.tests())?;
        let (path, keyid) = (place.path().display().to_string(), signer.key.public().keyid());
        place.write(&attestation)?;
        let title = format!("{}@{}", draft.name(), draft.version());
        tell(&escape(&format!("lastlook: attested {title} in {path}, with the key {keyid}")));
        Ok(())
    }
}
