//! What is audited: the kind of container, its integrity, the package it says it is.

use base64::Engine as _;

/// The kind of an artifact, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A gzip stream that holds a tar archive.
    Tgz,
    /// A plain tar archive.
    Tar,
    /// A gzip stream that holds one file.
    Gzip,
    /// A zip archive, or one of its family.
    Zip,
    /// An asar archive, as Electron reads it.
    Asar,
    /// A zstd stream.
    Zstd,
    /// A brotli stream.
    Brotli,
    /// A folder.
    Folder,
    /// What a site serves.
    Site,
    /// A single file that is no container.
    File,
    /// Nothing that could be opened.
    Unknown,
}

impl Kind {
    /// The word used in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tgz => "tgz",
            Self::Tar => "tar",
            Self::Gzip => "gz",
            Self::Zip => "zip",
            Self::Asar => "asar",
            Self::Zstd => "zst",
            Self::Brotli => "br",
            Self::Folder => "folder",
            Self::Site => "site",
            Self::File => "file",
            Self::Unknown => "unknown",
        }
    }
}

/// The sha512 of the exact bytes, in the form npm writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrity(String);

impl Integrity {
    /// From the raw digest.
    #[must_use]
    pub fn from_sha512(digest: &[u8]) -> Self {
        Self(format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(digest)))
    }

    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_sha512(&<sha2::Sha512 as sha2::Digest>::digest(bytes))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name and version in the package.json of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The version, where there is one.
    pub version: Option<String>,
}
