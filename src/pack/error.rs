//! What can go wrong while packing → words that say what to do.

use std::io;

use crate::project::{Packer, ProjectError};

/// Why a project could not be packed. What a packer printed is raw: escape it before it is shown.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The project itself is the reason.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A credential stands where every script can read it.
    #[error(
        "{file}:{line} holds a credential that every script of the project can read; move it to the settings in your \
         home folder, or write ${{NAME}} in its place and keep the value in the environment"
    )]
    Credential {
        /// The settings, below the repository's root.
        file: String,
        /// The line in it.
        line: usize,
    },
    /// Settings could not be read, so it is not known whether they hold a credential.
    #[error("{file} could not be read: {source}")]
    Settings {
        /// Which.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A variable that holds a registry credential was to be passed on.
    #[error("{name} is a registry credential and is not passed to scripts; packing needs none")]
    Registry {
        /// The variable.
        name: String,
    },
    /// Something that names no variable.
    #[error("{name:?} is no name of a variable; write the name alone, and set the value in the environment")]
    Name {
        /// What was given.
        name: String,
    },
    /// A variable that packing sets itself was to be passed on.
    #[error("{name} can't be passed on: packing gives its scripts a value of its own")]
    Reserved {
        /// The variable.
        name: String,
    },
    /// The package manager is not there.
    #[error("{packer} is not installed, and {told_by} says that this project is packed with it; {hint}")]
    NotInstalled {
        /// Which.
        packer: Packer,
        /// What says so.
        told_by: String,
        /// How to get it.
        hint: &'static str,
    },
    /// The program is there, and can't say what version it is.
    #[error(
        "`{program} --version` failed, so this can't be packed with {packer}; run it once yourself in the project's \
         folder, since packing downloads no package manager"
    )]
    Unusable {
        /// The program.
        program: String,
        /// The package manager it should be.
        packer: Packer,
        /// The last of what it printed.
        output: Vec<u8>,
    },
    /// Yarn's lines differ too much to stand in for each other.
    #[error(
        "the project is packed with {wanted}, and the yarn on this machine is {found}; run `corepack enable`, or set \
         yarnPath in .yarnrc.yml, so that `yarn --version` says the right one in the project's folder"
    )]
    OtherYarn {
        /// What the project asks for.
        wanted: Packer,
        /// The version that is there.
        found: String,
    },
    /// A program could not be started.
    #[error("{program} could not be started: {source}")]
    Start {
        /// Which.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The packer ended with a fault.
    #[error("{packer} could not pack {package}: it ended with {status}")]
    Failed {
        /// Which.
        packer: Packer,
        /// What it should have packed.
        package: String,
        /// How it ended.
        status: String,
        /// The last of what it printed.
        output: Vec<u8>,
    },
    /// Packages were to be fetched by what needs the project's own programs for it.
    #[error("Yarn 2 and later fetch with plugins of the project: run yarn install yourself, and leave out --install")]
    FetchedElsewhere,
    /// Bun was to run where the folders above a project can't be listed.
    #[error("Bun lists the folders above a project, which only bubblewrap lets it do: install bubblewrap")]
    Bun,
    /// Hosts were to be granted, and nothing keeps to them.
    #[error(
        "hosts can be granted to scripts only where bubblewrap keeps them in; install it, or install the packages yourself"
    )]
    Hosts,
    /// The packer took too much of something.
    #[error("{packer} was packing {package}, and was ended: {why}; does a script wait for something?")]
    Limit {
        /// Which.
        packer: Packer,
        /// What it should have packed.
        package: String,
        /// What was too much, in words.
        why: String,
        /// The last of what it printed.
        output: Vec<u8>,
    },
    /// The packer said that all went well, and it did not.
    #[error("{packer} ended well but made {count} tarballs of {package} where one was expected")]
    Count {
        /// Which.
        packer: Packer,
        /// What it should have packed.
        package: String,
        /// How many there are.
        count: usize,
        /// The last of what it printed.
        output: Vec<u8>,
    },
    /// What publishing runs before it packs ended with a fault.
    #[error(
        "{package}: the script {script} ended with {status}, which would stop publishing too; --no-prepublish packs \
         without it"
    )]
    Script {
        /// Which package.
        package: String,
        /// Which script.
        script: &'static str,
        /// How it ended.
        status: String,
        /// The last of what it printed.
        output: Vec<u8>,
    },
    /// The room to work in would be packed too.
    #[error(
        "{folder}, where temporary files go, lies in the project and would be packed; set TMPDIR to another folder"
    )]
    Inside {
        /// The folder.
        folder: String,
    },
    /// A tarball that can't be read.
    #[error("the tarball of {package} {source}")]
    Tarball {
        /// Of which package.
        package: String,
        /// What is wrong with it.
        source: crate::open::OpenError,
    },
    /// There is no room to work in.
    #[error("no folder to pack in could be made: {0}; is the disk full?")]
    Scratch(#[source] io::Error),
}

impl PackError {
    /// The last of what the packer printed, where it was the packer that failed.
    #[must_use]
    pub fn output(&self) -> Option<&[u8]> {
        match self {
            Self::Unusable { output, .. }
            | Self::Failed { output, .. }
            | Self::Limit { output, .. }
            | Self::Script { output, .. }
            | Self::Count { output, .. } => Some(output),
            Self::Project(_)
            | Self::Inside { .. }
            | Self::Hosts
            | Self::Bun
            | Self::FetchedElsewhere
            | Self::Name { .. }
            | Self::Tarball { .. }
            | Self::Credential { .. }
            | Self::Settings { .. }
            | Self::Registry { .. }
            | Self::Reserved { .. }
            | Self::NotInstalled { .. }
            | Self::OtherYarn { .. }
            | Self::Start { .. }
            | Self::Scratch(_) => None,
        }
    }
}
