//! A home folder → the files and folders that hold credentials.

use std::path::{Path, PathBuf};

/// Below the home folder.
const HOME: &[&str] = &[
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".bunfig.toml",
    ".bashrc",
    ".bash_profile",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".env",
    ".envrc",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".pypirc",
    ".vault-token",
    ".boto",
    ".databrickscfg",
    ".fly",
    ".jfrog",
    ".nuget",
    ".pulumi",
    ".s3cfg",
    ".terraformrc",
    ".vercel",
    ".netlify",
    ".pgpass",
    ".my.cnf",
    ".aws",
    ".azure",
    ".gnupg",
    ".kube",
    ".oci",
    ".ssh",
    ".claude/.credentials.json",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".docker/config.json",
    ".gem/credentials",
    ".m2/settings.xml",
    ".terraform.d/credentials.tfrc.json",
    ".local/share/com.vercel.cli",
    ".local/share/keyrings",
    ".local/share/pnpm/auth.ini",
];

/// Below the folder for settings, which is `.config` unless the environment says otherwise.
const CONFIG: &[&str] = &[
    ".bunfig.toml",
    ".wrangler",
    "configstore",
    "containers/auth.json",
    "gcloud",
    "gh",
    "git/credentials",
    "glab-cli",
    "hub",
    "lastlook",
    "netlify",
    "npm/npmrc",
    "npmrc",
    "op",
    "pnpm/auth.ini",
    "pnpm/rc",
    "rclone",
    "sops",
];

/// Variables that name one such place each; npm takes those of its own in any case.
const NAMED: &[&str] = &[
    "NPM_CONFIG_USERCONFIG",
    "NPM_CONFIG_GLOBALCONFIG",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AZURE_CONFIG_DIR",
    "CLOUDSDK_CONFIG",
    "DOCKER_CONFIG",
    "GH_CONFIG_DIR",
    "GNUPGHOME",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KUBECONFIG",
    "NETRC",
];

/// Settings of npm for all users of a machine, where they are usually put.
const MACHINE: &[&str] = &["/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc", "/opt/homebrew/etc/npmrc"];

/// Every place that exists, by the path the system knows it under, links resolved.
#[must_use]
pub fn places(home: Option<&Path>, node: Option<&Path>) -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let homes = home.map_or_else(own_homes, |home| vec![home.to_owned()]);
    let mut found: Vec<PathBuf> = MACHINE.iter().map(PathBuf::from).collect();
    for home in &homes {
        found.extend(HOME.iter().map(|name| home.join(name)));
        found.extend(CONFIG.iter().map(|name| home.join(".config").join(name)));
    }
    let config = variable("XDG_CONFIG_HOME").filter(|_| home.is_none());
    found.extend(config.iter().flat_map(|config| CONFIG.iter().map(|name| config.join(name))));
    for (name, value) in std::env::vars_os().filter(|(_, value)| !value.is_empty()) {
        let name = name.to_string_lossy().to_ascii_uppercase();
        if name == "CARGO_HOME" {
            found.extend(["credentials", "credentials.toml"].map(|file| PathBuf::from(&value).join(file)));
        } else if NAMED.contains(&name.as_str()) {
            found.push(value.into());
        } else if matches!(name.as_str(), "PREFIX" | "NPM_CONFIG_PREFIX") {
            found.push(PathBuf::from(value).join("etc/npmrc"));
        }
    }
    let own: Vec<PathBuf> = homes.iter().flat_map(|home| further(&home.join(".npmrc"), home)).collect();
    found.extend(own);
    let beside = node.and_then(|node| Some(node.canonicalize().ok()?.parent()?.parent()?.to_owned()));
    found.extend(beside.map(|prefix| prefix.join("etc/npmrc")));
    // A link is hidden by what it leads to: that is what is opened in the end.
    let mut real: Vec<PathBuf> = found.iter().filter_map(|path| path.canonicalize().ok()).collect();
    real.retain(|path| path.parent().is_some() && !path.starts_with("/dev"));
    real.sort();
    real.dedup();
    real
}

/// Where the settings of a user send npm for more of them.
fn further(settings: &Path, home: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(settings).unwrap_or_default();
    let rows = text.split(['\n', '\r']).filter_map(|line| line.split_once('='));
    let place = |value: &str| {
        let value = value.trim().trim_matches(['"', '\'']);
        let value = value.replace("${HOME}", &home.to_string_lossy());
        value.strip_prefix("~/").map_or_else(|| PathBuf::from(&value), |rest| home.join(rest))
    };
    let found = rows.filter_map(|(key, value)| match key.trim() {
        "prefix" => Some(place(value).join("etc/npmrc")),
        "globalconfig" => Some(place(value)),
        _ => None,
    });
    found.collect()
}

/// The home folders of whoever runs this: as the environment says, and as the system knows it.
fn own_homes() -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = std::env::home_dir().into_iter().collect();
    #[cfg(unix)]
    {
        let own = rustix::process::getuid().as_raw().to_string();
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let mine = fields.filter(|fields| fields.get(2).is_some_and(|id| **id == own));
        homes.extend(mine.filter_map(|fields| fields.get(5).map(PathBuf::from)));
    }
    homes.retain(|home| home.is_absolute() && home.parent().is_some());
    homes
}
