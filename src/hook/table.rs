//! Names of programs, verbs and flags: what publishes, what only looks, and what starts something else.

/// Verbs that make a program suspect of which nothing else is known.
pub(super) const VERBS: &[&str] =
    &["publish", "unpublish", "stage", "deprecate", "dist-tag", "npm:publish", "publish:npm"];

pub(super) const PUBLISHES: &[&str] = &["publish", "stage"];
pub(super) const CHANGES: &[&str] = &[
    "unpublish",
    "deprecate",
    "undeprecate",
    "dist-tag",
    "owner",
    "access",
    "token",
    "trust",
    "login",
    "adduser",
    "team",
    "org",
    "profile",
    "tag",
];
/// Of these, looking is fine.
pub(super) const LOOKS: &[&str] = &["ls", "list", "get", "view", "info", "show", "ls-packages", "ls-collaborators"];
/// Of package managers that run a command, and how many words stand before it.
pub(super) const CARRIES: &[(&str, usize)] = &[
    ("exec", 0),
    ("dlx", 0),
    ("explore", 1),
    ("workspace", 1),
    ("workspaces", 0),
    ("foreach", 0),
    ("node", 0),
    ("recursive", 0),
    ("multi", 0),
];
/// Flags of package managers behind which a value stands.
pub(super) const VALUES: &[&str] = &[
    "-w",
    "--workspace",
    "--prefix",
    "--tag",
    "--access",
    "--otp",
    "--registry",
    "--loglevel",
    "--cache",
    "--userconfig",
    "--globalconfig",
    "-C",
    "--dir",
    "--cwd",
    "--filter",
    "-F",
    "--filter-prod",
    "--scope",
    "--script-shell",
    "--config",
    "--use",
    "--package",
    "-p",
    "--workspace-concurrency",
    "--reporter",
    "--store-dir",
    "--location",
    "-L",
    "--omit",
];

/// npm's own names: it takes any beginning that only one of them has. From npm 11.19.
pub(super) const COMMANDS: &str = "access adduser approve-scripts audit bugs cache ci completion config dedupe deny-scripts deprecate \
    diff dist-tag docs doctor edit exec explain explore find-dupes fund get help help-search init install install-ci-test \
    install-scripts install-test link ll login logout ls org outdated owner pack ping pkg prefix profile prune publish query \
    rebuild repo restart root run sbom search set shrinkwrap stage star stars start stop team test token trust undeprecate \
    uninstall unpublish unstar update version view whoami author add create i in c t x it rb rum urn ogr run-script add-user \
    dist-tags info show list clean-install ic cit home issues remove rm unlink up upgrade why tst ddp";
/// Names that stand for another.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("author", "owner"),
    ("dist-tags", "dist-tag"),
    ("ogr", "org"),
    ("add-user", "adduser"),
    ("x", "exec"),
    ("run-script", "run"),
    ("rum", "run"),
    ("urn", "run"),
    ("t", "test"),
    ("tst", "test"),
    ("c", "config"),
    ("add", "install"),
    ("i", "install"),
    ("in", "install"),
    ("clean-install", "ci"),
    ("ic", "ci"),
    ("cit", "install-test"),
    ("it", "install-test"),
];

/// When a program of the table publishes.
pub(super) enum When {
    /// The first word is one of these.
    Verb(&'static str),
    /// Any word is one of these, or ends in it behind a colon.
    Any(&'static str),
    Always,
}

/// Other programs that publish, and the words with which they don't.
pub(super) const TOOLS: &[(&str, When, &str)] = &[
    ("lerna lerna-lite", When::Verb("publish"), ""),
    ("lerna lerna-lite", When::Verb("version"), "--no-push --no-git-tag-version"),
    ("changeset", When::Verb("publish"), ""),
    ("semantic-release", When::Always, "--dry-run -d"),
    ("release-it", When::Always, "--dry-run -d --release-version --changelog"),
    ("np", When::Always, "--preview"),
    ("bumpp", When::Always, "--no-push"),
    ("clean-publish", When::Always, "--without-publish"),
    ("nx", When::Verb("release"), "--dry-run -d --skip-publish --skipPublish version plan plan:check"),
    ("nx", When::Any("publish nx-release-publish"), "show graph --dry-run"),
    ("vsce", When::Verb("publish unpublish login create-publisher"), ""),
    ("ovsx", When::Verb("publish create-namespace login"), ""),
    ("web-ext", When::Verb("sign"), ""),
    ("chrome-webstore-upload", When::Verb("upload publish"), ""),
    ("jsr", When::Verb("publish"), "--dry-run"),
    ("deno", When::Verb("publish"), "--dry-run"),
    ("auto", When::Verb("shipit release publish"), "--dry-run -d"),
    ("rush", When::Verb("publish"), ""),
    ("beachball", When::Verb("publish"), ""),
    ("pkg-pr-new", When::Verb("publish"), ""),
    ("np-publish npm-publish", When::Always, ""),
    (
        "make just task mage rake gulp grunt moon wireit turbo npm-run-all run-s run-p",
        When::Any("publish npm-publish"),
        "--dry-run -n",
    ),
];

/// Programs that start another, and how many words stand before it.
pub(super) const STARTERS: &[(&str, usize)] = &[
    ("env", 0),
    ("command", 0),
    ("builtin", 0),
    ("exec", 0),
    ("nohup", 0),
    ("time", 0),
    ("nice", 0),
    ("ionice", 0),
    ("setsid", 0),
    ("stdbuf", 0),
    ("unbuffer", 0),
    ("sudo", 0),
    ("doas", 0),
    ("su", 1),
    ("xargs", 0),
    ("timeout", 1),
    ("gtimeout", 1),
    ("watch", 0),
    ("flock", 1),
    ("strace", 0),
    ("busybox", 0),
    ("script", 1),
    ("chroot", 1),
    ("ssh", 1),
    ("npx", 0),
    ("pnpx", 0),
    ("bunx", 0),
    ("pnx", 0),
    ("corepack", 0),
    ("cross-env", 0),
    ("cross-env-shell", 0),
    ("dotenv", 0),
    ("dotenvx", 0),
    ("op", 0),
    ("doppler", 0),
    ("concurrently", 0),
    ("volta", 0),
    ("fnm", 0),
    ("mise", 0),
    ("asdf", 0),
    ("nvm", 1),
    ("proxychains", 0),
    ("caffeinate", 0),
    ("chronic", 0),
    ("retry", 0),
    ("direnv", 2),
    ("nix-shell", 0),
    ("devbox", 0),
    ("start", 0),
    ("winpty", 0),
    ("infisical", 0),
    ("docker", 2),
    ("podman", 2),
    ("xvfb-run", 0),
    ("parallel", 0),
    ("coproc", 0),
    ("then", 0),
    ("noglob", 0),
    ("nocorrect", 0),
];
/// Words behind a starter that belong to it.
pub(super) const OWN: &[&str] = &["run", "exec", "x", "foreach", "--", "compose"];
