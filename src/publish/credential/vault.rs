//! The environment → its variables, with those that hold credentials where no other program can read them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{CredentialError, Rows, handover};

/// Words in the names of variables that hold credentials.
const WORDS: &[&str] = &["AUTH", "TOKEN", "PASSWORD", "OTP"];

/// How the names begin that package managers read credentials from.
const STARTS: &[&str] = &["NPM_", "YARN_NPM_", "BUN_", "PNPM_", "NODE_AUTH"];

/// What gives an identity, from which a registry makes a credential.
const IDENTITY: &[&str] = &["SIGSTORE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"];

/// Nothing works without these, whatever settings say is in them.
const NEEDED: &[&str] = &[
    "PATH",
    "HOME",
    "USERPROFILE",
    "TMPDIR",
    "TMP",
    "TEMP",
    "PWD",
    "SHELL",
    "USER",
    "LOGNAME",
    "LANG",
    "TERM",
    "CI",
    "SYSTEMROOT",
    "PATHEXT",
    "COMSPEC",
    "APPDATA",
    "PREFIX",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "CIRCLECI",
];

/// All variables, as they were when the program began.
pub struct Vault {
    variables: Vec<Variable>,
}

struct Variable {
    name: OsString,
    value: OsString,
    secret: bool,
}

impl Drop for Variable {
    fn drop(&mut self) {
        let value = std::mem::take(&mut self.value);
        // What is no text can't be a credential.
        drop(value.into_string().map(Zeroizing::new));
    }
}

impl Vault {
    /// Takes every credential out of the environment. Where it holds one, this process begins anew without it, since
    /// other programs can read what a process was started with for as long as it lives.
    ///
    /// To be called before anything else, with the folder that settings are read in.
    ///
    /// # Errors
    /// When settings can't be read, or the program not be started anew: then nothing may go on.
    pub fn open(start: &Path) -> Result<Self, CredentialError> {
        crate::secret::keep_memory();
        let received = handover::receive()?;
        let mut vault = Self { variables: Vec::new() };
        for (name, value) in std::env::vars_os() {
            let secret = is_secret(&name.to_string_lossy());
            vault.variables.push(Variable { name, value, secret });
        }
        let known = vault.variables.len();
        for (name, value) in received {
            vault.variables.push(Variable { name, value, secret: true });
        }
        let named = Rows::variables(start, &vault)?;
        vault.mark(&named);
        // Elsewhere no other program can read the environment without reading all memory, and children get none of it.
        if cfg!(unix) && vault.variables.iter().take(known).any(|variable| variable.secret) {
            let secrets = vault.variables.iter().filter(|variable| variable.secret);
            let rows: Vec<_> = secrets.map(|variable| (&*variable.name, &*variable.value)).collect();
            return Err(CredentialError::Handover { source: handover::begin_anew(&rows) });
        }
        Ok(vault)
    }

    fn mark(&mut self, names: &BTreeSet<String>) {
        for variable in &mut self.variables {
            let name = variable.name.to_string_lossy();
            let needed = NEEDED.iter().any(|needed| name.eq_ignore_ascii_case(needed));
            variable.secret |= names.contains(name.as_ref()) && !needed;
        }
    }

    /// What a variable says, if it is set and no secret.
    #[must_use]
    pub fn plain(&self, name: &str) -> Option<&str> {
        let found = self.find(name).filter(|variable| !variable.secret)?;
        found.value.to_str().filter(|value| !value.is_empty())
    }

    /// What a variable says, also if that is a secret. A credential that is no text is refused where it is used.
    pub(super) fn variable(&self, name: &str) -> Option<Zeroizing<String>> {
        self.find(name).map(|variable| Zeroizing::new(variable.value.to_string_lossy().into_owned()))
    }

    fn find(&self, name: &str) -> Option<&Variable> {
        let same = |own: &str| if cfg!(windows) { own.eq_ignore_ascii_case(name) } else { own == name };
        self.variables.iter().find(|variable| variable.name.to_str().is_some_and(same))
    }

    /// Variables that set what npm's settings set: the key, the value, and the variable.
    pub(super) fn settings(&self) -> impl Iterator<Item = (String, Zeroizing<String>, &str)> {
        // Of two that differ in case alone, npm takes the last.
        self.variables.iter().rev().filter_map(|variable| {
            let name = variable.name.to_str()?;
            let (start, key) = name.split_at_checked("npm_config_".len())?;
            let ours = start.eq_ignore_ascii_case("npm_config_") && !variable.value.is_empty() && !key.is_empty();
            let value = Zeroizing::new(variable.value.to_string_lossy().into_owned());
            ours.then(|| (setting(key), value, name))
        })
    }

    /// A setting of npm's that is no secret, from the environment.
    pub(super) fn npm(&self, key: &str) -> Option<String> {
        let mut settings = self.settings();
        settings.find(|(own, ..)| own == key).map(|(_, value, _)| value.to_string())
    }

    /// The home folder.
    pub(super) fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.plain(name).map(PathBuf::from).or_else(std::env::home_dir)
    }

    /// The program of this name on PATH. Relative folders are skipped: they would lead into the project.
    pub(in crate::publish) fn program(&self, name: &str) -> Option<PathBuf> {
        let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
        let folders = std::env::split_paths(self.plain("PATH")?).filter(|folder| folder.is_absolute());
        // There, a project's dependencies put programs.
        let folders = folders.filter(|folder| !folder.components().any(|part| part.as_os_str() == "node_modules"));
        let files = folders.flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))));
        files.into_iter().find(|file| file.is_file())
    }
}

/// How npm's settings call what stands behind `npm_config_` in a variable.
fn setting(key: &str) -> String {
    if key.starts_with("//") {
        return key.to_owned();
    }
    let first = key.chars().next().map_or(0, char::len_utf8);
    let (first, rest) = key.split_at(first);
    format!("{first}{}", rest.replace('_', "-")).to_ascii_lowercase()
}

/// Its values are secrets.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.variables.len())
    }
}

/// Whether a variable is known to hold a credential for a registry, or the means to get one.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let settings = STARTS.iter().any(|start| name.starts_with(start)) && WORDS.iter().any(|word| name.contains(word));
    settings || IDENTITY.contains(&name.as_str())
}

#[cfg(test)]
impl Vault {
    /// As if these were the variables.
    pub(in crate::publish) fn of(variables: &[(&str, &str)]) -> Self {
        let row = |(name, value): &(&str, &str)| Variable {
            name: (*name).into(),
            value: (*value).into(),
            secret: is_secret(name),
        };
        Self { variables: variables.iter().map(row).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_credentials_are_known_by_name() {
        for name in [
            "NPM_TOKEN",
            "NODE_AUTH_TOKEN",
            "NPM_ID_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "SIGSTORE_ID_TOKEN",
            "npm_config_//r.example/:_authToken",
            "npm_config__auth",
            "NPM_CONFIG_OTP",
            "YARN_NPM_AUTH_TOKEN",
            "BUN_AUTH_TOKEN",
            "npm_config_//r.example/:_password",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PATH", "npm_config_registry", "GITHUB_TOKEN", "NODE_OPTIONS"] {
            assert!(!is_secret(name), "{name}");
        }
        let mut vault = Vault::of(&[("PATH", "/bin"), ("MINE", "hush"), ("NPM_TOKEN", "hush")]);
        vault.mark(&["PATH".to_owned(), "MINE".to_owned()].into());
        assert_eq!((vault.plain("PATH"), vault.plain("MINE"), vault.plain("NPM_TOKEN")), (Some("/bin"), None, None));
        assert_eq!(vault.variable("MINE").unwrap().as_str(), "hush");
        assert_eq!(format!("{vault:?}"), "Vault(3)");
    }

    #[test]
    fn variables_are_settings_as_npm_names_them() {
        let vault = Vault::of(&[
            ("NPM_CONFIG_STRICT_SSL", "false"),
            ("npm_config_//R.example/:_authToken", "t"),
            ("npm_config__auth", "a"),
            ("npm_config_@acme:registry", "r"),
            ("npm_config_x", ""),
            ("npm_configx", "y"),
            ("npm_config_", "z"),
        ]);
        let keys: Vec<String> = vault.settings().map(|(key, ..)| key).collect();
        assert_eq!(keys, ["@acme:registry", "_auth", "//R.example/:_authToken", "strict-ssl"]);
        assert_eq!(vault.npm("strict-ssl").as_deref(), Some("false"));
    }
}
