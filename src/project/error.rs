//! What can be wrong with a project → words that say what to do.

use std::io;

/// Why a project could not be read. Paths are relative to the folder that was named.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no such folder.
    #[error("{folder} is no folder that can be read: {source}")]
    Folder {
        /// As it was named.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no package.json.
    #[error("{folder} has no package.json; name the folder of the package, or of the workspace it belongs to")]
    Missing {
        /// Where it was looked for.
        folder: String,
    },
    /// The manifest is written in a form that only pnpm reads.
    #[error("{file} can't be read here; write the manifest as package.json, which every package manager reads")]
    OtherForm {
        /// The manifest that is there.
        file: String,
    },
    /// A file could not be read.
    #[error("{file} could not be read: {source}")]
    Read {
        /// Which.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than any honest one.
    #[error("{file} is larger than {most} bytes; it was not read")]
    Large {
        /// Which.
        file: String,
        /// How much is read.
        most: u64,
    },
    /// The manifest is no JSON.
    #[error("{file} is no JSON: {why}")]
    NotJson {
        /// Which.
        file: String,
        /// What is wrong, and where.
        why: String,
    },
    /// The manifest is JSON, and no object.
    #[error("{file} holds no JSON object; a manifest begins with {{")]
    NotObject {
        /// Which.
        file: String,
    },
    /// A setting is written in a way that could be misread.
    #[error("{file}:{line}: {why}")]
    Yaml {
        /// Where it stands.
        file: String,
        /// In which line.
        line: usize,
        /// What is wrong, and what to write.
        why: String,
    },
    /// A member of the workspace is published from outside of it.
    #[error(
        "{folder} is a link that leads out of the workspace, to {target}: package managers would publish what is \
         there; move it into the workspace, make it private, or take it out of the workspace's patterns and audit it \
         by itself"
    )]
    Outside {
        /// The link, or what is below it.
        folder: String,
        /// What it leads to.
        target: String,
    },
    /// A workspace pattern is no pattern.
    #[error("{file}: the workspace pattern {pattern:?} can't be read: {why}")]
    Pattern {
        /// Where it stands.
        file: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// The workspace is larger than any honest one.
    #[error("the workspace has more than {most} folders to look into; name the folder of one package")]
    Vast {
        /// How many are looked into.
        most: usize,
    },
    /// Nothing here is published.
    #[error(
        "nothing here is published: {why}; give package.json a name and a version and take \"private\": true out of \
         it, or name the folder of the package to audit"
    )]
    NothingToPublish {
        /// What each package lacks.
        why: String,
    },
}
