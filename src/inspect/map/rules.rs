//! The rules about source maps.

use crate::model::{Level, Rule};

const KEEP_OUT: &str = "switch source maps off for the release build, or keep them out of the package: \"files\": [\"dist\", \"!**/*.map\"]";

/// Text in a map.
pub const EMBEDDED: Rule = Rule::fixed(
    "map/embedded-sources",
    (Level::Deny, Level::Allow),
    "original source text in a source map",
    "Anyone who installs the package can read the original files, comments included.",
    KEEP_OUT,
);

/// Names in a map.
pub const PATHS: Rule = Rule::fixed(
    "map/source-paths",
    (Level::Warn, Level::Allow),
    "a source map that lists the original paths",
    "Without the text it still tells how the project is built: its files, folders and dependencies.",
    KEEP_OUT,
);

/// An address elsewhere.
pub const REMOTE: Rule = Rule::fixed(
    "map/remote",
    (Level::Deny, Level::Warn),
    "points to a map or source on another host",
    "What stands there can be fetched by anyone who finds the address, now or when it is published by mistake.",
    "drop the comment from the release build, or keep the map where only you can read it",
);

/// An address of nothing.
pub const DANGLING: Rule = Rule::fixed(
    "map/dangling",
    (Level::Warn, Level::Warn),
    "points to a source map that does not ship",
    "The map may stand on your own servers, or slip into the next release.",
    "drop the comment from the release build: webpack \"hidden-source-map\", Vite and Rollup \"hidden\", esbuild \"external\"",
);

pub(super) const UNREADABLE: Rule = Rule::fixed(
    "map/unreadable",
    (Level::Deny, Level::Deny),
    "looks like a source map and does not parse",
    "Tools refuse it, and people can still read the text in it. What could be read was counted.",
    "leave it out of the package, or make the build write it anew",
);

pub(super) const RULES: &[Rule] = &[EMBEDDED, PATHS, REMOTE, DANGLING, UNREADABLE];
