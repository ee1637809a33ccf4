//! What a request can mean: reads, releases, other changes, and what the gate itself says.

/// What a request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// What the gate itself says.
    Own(Own),
    /// Something to read.
    Read(Read),
    /// A document about a package: a release, or a change to one that is out.
    Document {
        /// The package.
        name: String,
    },
    /// A release that is only staged.
    Stage {
        /// The package.
        name: String,
    },
    /// A staged version that is to be out.
    Approve {
        /// The stage.
        id: String,
    },
    /// Any other change.
    Change(Change),
}

/// What the gate itself says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// Whether it runs.
    Health,
    /// Whether it takes releases.
    Ready,
    /// Its counters.
    Metrics,
    /// Whose token it was given.
    WhoAmI,
    /// That it is there.
    Ping,
    /// A report.
    Report {
        /// Which.
        id: String,
    },
    /// Whether a page for a second factor was answered.
    Done {
        /// Which.
        id: String,
    },
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// All about a package.
    Package {
        /// The package.
        name: String,
        /// Whether it is read to be written.
        write: bool,
    },
    /// One version of it.
    Version {
        /// The package.
        name: String,
        /// The version, or a tag.
        version: String,
    },
    /// A tarball.
    Tarball {
        /// The package.
        name: String,
        /// The last part of its address.
        file: String,
    },
    /// The tags of a package.
    Tags {
        /// The package.
        name: String,
    },
    /// The staged versions.
    Stages {
        /// Which page of them.
        page: u32,
    },
    /// One of them.
    Stage {
        /// Which.
        id: String,
        /// Its bytes, or what is said of it.
        tarball: bool,
    },
}

/// A change to what is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A tag that is to stand for a version.
    SetTag {
        /// The package.
        name: String,
        /// The tag.
        tag: String,
    },
    /// A tag that is to go.
    RemoveTag {
        /// The package.
        name: String,
        /// The tag.
        tag: String,
    },
    /// Other owners, or fewer versions: the document tells.
    Revise {
        /// The package.
        name: String,
        /// What it was read as.
        revision: String,
    },
    /// A package that is to go.
    Remove {
        /// The package.
        name: String,
        /// What it was read as.
        revision: String,
    },
    /// A tarball that is to go.
    RemoveTarball {
        /// The package.
        name: String,
        /// The last part of its address.
        file: String,
        /// What it was read as.
        revision: String,
    },
    /// Who may read a package.
    Access {
        /// The package.
        name: String,
    },
    /// A stage that is to go.
    Reject {
        /// The stage.
        id: String,
    },
    /// Something about the account: tokens, teams, and which pipelines may publish a package by trust.
    Account {
        /// What it is called.
        word: &'static str,
        /// How.
        method: &'static str,
        /// Where, below `/-/`.
        path: Vec<String>,
    },
}

impl Route {
    /// Whether it is answered to anybody.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Own(Own::Health | Own::Ready | Own::Metrics | Own::Ping))
    }

    /// Whether it changes something upstream.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        !matches!(self, Self::Own(_) | Self::Read(_))
    }

    /// What it is called in counters and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Own(Own::Report { .. }) => "report",
            Self::Own(_) => "own",
            Self::Read(Read::Tarball { .. }) => "tarball",
            Self::Read(_) => "read",
            Self::Document { .. } => "publish",
            Self::Stage { .. } => "stage",
            Self::Approve { .. } => "approve",
            Self::Change(change) => change.word(),
        }
    }
}

impl Change {
    /// What it is called in counters and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SetTag { .. } | Self::RemoveTag { .. } => "dist-tag",
            Self::Revise { .. } => "revise",
            Self::Remove { .. } | Self::RemoveTarball { .. } => "unpublish",
            Self::Access { .. } => "access",
            Self::Reject { .. } => "reject",
            Self::Account { word, .. } => word,
        }
    }
}
