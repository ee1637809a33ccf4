//! The variables of this process → the few that a packer and its scripts get, and a home folder of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::PackError;
use super::tool::on_path;
use crate::project::Packer;

/// Passed on as they are: none is a place where people keep credentials.
const PASSED: &[&str] = &[
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLORTERM",
    "CI",
    "NODE_ENV",
    "NO_COLOR",
    "FORCE_COLOR",
    "SHELL",
    "USER",
    "LOGNAME",
    "SOURCE_DATE_EPOCH",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE",
    "LD_LIBRARY_PATH",
    "NVM_DIR",
    "NVM_BIN",
    "FNM_DIR",
    "FNM_MULTISHELL_PATH",
    "N_PREFIX",
    "ASDF_DIR",
    "VOLTA_BYPASS",
    "MISE_SHELL",
    // Without these, programs don't start on Windows.
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATHEXT",
    "OS",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "CommonProgramFiles",
];

/// Folders that programs look for in the home folder, which is another one now: the program on PATH may be a shim.
const TOOLS: &[(&str, &str)] = &[
    ("VOLTA_HOME", ".volta"),
    ("ASDF_DATA_DIR", ".asdf"),
    ("MISE_DATA_DIR", ".local/share/mise"),
    ("MISE_CONFIG_DIR", ".config/mise"),
    ("NODENV_ROOT", ".nodenv"),
    ("PROTO_HOME", ".proto"),
    ("PYENV_ROOT", ".pyenv"),
    ("RUSTUP_HOME", ".rustup"),
    ("CARGO_HOME", ".cargo"),
    ("COREPACK_HOME", ".cache/node/corepack"),
];

/// Further variables that name places which programs read.
const PLACES: &[&str] = &[
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE",
    "NVM_DIR",
    "FNM_DIR",
    "FNM_MULTISHELL_PATH",
    "N_PREFIX",
    "ASDF_DIR",
];

/// Switches that keep packers from asking, reporting and fetching another version of themselves.
const SWITCHES: &[(&str, &str)] = &[
    ("npm_config_update_notifier", "false"),
    ("npm_config_audit", "false"),
    ("npm_config_fund", "false"),
    ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    ("COREPACK_ENABLE_NETWORK", "0"),
    ("COREPACK_ENABLE_AUTO_PIN", "0"),
    ("DO_NOT_TRACK", "1"),
    ("YARN_ENABLE_TELEMETRY", "0"),
    ("BUN_ENABLE_CRASH_REPORTING", "0"),
];

const PNPM: &[(&str, &str)] = &[
    ("npm_config_manage_package_manager_versions", "false"),
    ("npm_config_package_manager_strict", "false"),
    ("npm_config_verify_deps_before_run", "false"),
    ("pnpm_config_pm_on_fail", "ignore"),
    ("pnpm_config_verify_deps_before_run", "false"),
];

const YARN_CLASSIC: &[(&str, &str)] = &[("SKIP_YARN_COREPACK_CHECK", "1")];

/// Both Yarns open every settings file up to the root of the disk, and fail where one is there and can't be opened.
/// To them, a hidden file is none.
const BLIND: &str = "\
const fs = require('fs');
const hidden = new Set(HIDDEN);
const none = (path) => Object.assign(new Error(`ENOENT: no such file, '${path}'`), { code: 'ENOENT', path });
const wrap = (name, absent) => {
  const real = fs[name];
  fs[name] = (path, ...rest) => (hidden.has(String(path)) ? absent(path, rest.pop()) : real(path, ...rest));
};
wrap('existsSync', () => false);
wrap('exists', (path, done) => process.nextTick(done, false));
for (const name of ['stat', 'lstat', 'access', 'readFile', 'open']) {
  wrap(name, (path, done) => process.nextTick(done, none(path)));
  wrap(`${name}Sync`, (path) => { throw none(path); });
}
";

/// What a packer and its scripts see.
#[derive(Debug)]
pub(super) struct Environment {
    variables: BTreeMap<OsString, OsString>,
    blind: Option<PathBuf>,
}

impl Environment {
    /// For packing in `scratch`; `home` is the real home folder, and `hidden` what can't be opened.
    pub(super) fn new(scratch: &Path, home: Option<&Path>, hidden: &[PathBuf]) -> io::Result<Self> {
        let mut variables = BTreeMap::<OsString, OsString>::new();
        // Asked for by name, since Windows spells them as it likes.
        for name in PASSED {
            variables.extend(std::env::var_os(name).map(|value| (OsString::from(name), value)));
        }
        let locale = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with("LC_"));
        variables.extend(std::env::vars_os().filter(|(name, _)| locale(name)));
        for (name, place) in TOOLS {
            let own = std::env::var_os(name).map(PathBuf::from);
            let usual = home.map(|home| home.join(place));
            if let Some(place) = own.or(usual).filter(|place| place.is_dir()) {
                variables.insert((*name).into(), place.into());
            }
        }
        for (name, place) in folders(scratch)? {
            variables.insert(name.into(), place.into());
        }
        variables.extend(SWITCHES.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        Ok(Self { variables, blind: blind(scratch, hidden)? })
    }

    /// Adds the variables that the user passes on; gives the names of those that are not there.
    pub(super) fn pass<'n>(&mut self, names: &'n [String]) -> Result<Vec<&'n str>, PackError> {
        let mut absent = Vec::new();
        for name in names {
            if name.is_empty() || name.contains('=') {
                return Err(PackError::Name { name: name.clone() });
            }
            if is_registry(name) {
                return Err(PackError::Registry { name: name.clone() });
            }
            let own = std::env::var_os(name);
            if self.get(name).is_some_and(|set| own.as_deref() != Some(set)) {
                return Err(PackError::Reserved { name: name.clone() });
            }
            match own {
                Some(value) => drop(self.variables.insert(name.into(), value)),
                None => absent.push(name.as_str()),
            }
        }
        Ok(absent)
    }

    /// Gives an empty value to what settings name and nobody passed on: both Yarns fail on an absent one.
    pub(super) fn empty(&mut self, names: BTreeSet<String>) {
        for name in names {
            self.variables.entry(name.into()).or_default();
        }
    }

    /// The variable of this name.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Where the programs lie that these variables name, besides those of the system: their folders, and what they are
    /// made of. No home folder as a whole, and nothing above one.
    pub(super) fn places(&self) -> Vec<PathBuf> {
        let path = self.get("PATH");
        let folders = path.into_iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute());
        let mut found: Vec<PathBuf> = folders.collect();
        let programs = Packer::ALL.iter().map(|packer| packer.program()).chain(["node", "npx", "corepack"]);
        for program in programs.filter_map(|program| on_path(program, path)?.canonicalize().ok()) {
            // What is installed for all projects stands in one folder, and a program is a link into it.
            let whole = program.ancestors().filter(|above| above.ends_with("node_modules")).last();
            let prefix = || program.parent().filter(|folder| folder.ends_with("bin")).and_then(Path::parent);
            found.extend(whole.or_else(prefix).or(program.parent()).map(Path::to_owned));
        }
        // What mise is set to may hold values of variables.
        let tools = TOOLS.iter().map(|(name, _)| *name).filter(|name| *name != "MISE_CONFIG_DIR");
        let named = tools.chain(PLACES.iter().copied());
        found.extend(named.filter_map(|name| self.get(name).map(PathBuf::from)));
        let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
        let whole =
            |place: &Path| place.parent().is_none() || home.as_ref().is_some_and(|home| home.starts_with(place));
        // Under the name that leads there, too.
        found.retain(|place| place.canonicalize().is_ok_and(|real| !whole(&real)) && !whole(place));
        found.extend(found.iter().filter_map(|place| place.canonicalize().ok()).collect::<Vec<_>>());
        found.sort();
        found.dedup();
        found
    }

    /// All variables for this packer.
    pub(super) fn of(&self, packer: Packer) -> BTreeMap<OsString, OsString> {
        let mut all = self.variables.clone();
        let own = match packer {
            Packer::Npm | Packer::Bun | Packer::Yarn => &[],
            Packer::Pnpm => PNPM,
            Packer::YarnClassic => YARN_CLASSIC,
        };
        all.extend(own.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        if let (Packer::YarnClassic | Packer::Yarn, Some(blind)) = (packer, &self.blind) {
            let mut options = all.remove(OsStr::new("NODE_OPTIONS")).unwrap_or_default();
            options.push(" --require \"");
            options.push(blind.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\""));
            options.push("\"");
            all.insert("NODE_OPTIONS".into(), options);
        }
        all
    }
}

/// Makes the folders and empty settings that stand in for the user's own.
fn folders(scratch: &Path) -> io::Result<Vec<(&'static str, PathBuf)>> {
    let (home, tmp) = (scratch.join("home"), scratch.join("tmp"));
    std::fs::create_dir(&home)?;
    std::fs::create_dir(&tmp)?;
    let (user, global) = (home.join(".npmrc"), home.join("global-npmrc"));
    std::fs::write(&user, "")?;
    std::fs::write(&global, "")?;
    Ok(vec![
        ("HOME", home.clone()),
        ("USERPROFILE", home.clone()),
        ("APPDATA", home.join("AppData/Roaming")),
        ("LOCALAPPDATA", home.join("AppData/Local")),
        ("XDG_CONFIG_HOME", home.join(".config")),
        ("XDG_CACHE_HOME", home.join(".cache")),
        ("XDG_DATA_HOME", home.join(".local/share")),
        ("XDG_STATE_HOME", home.join(".local/state")),
        ("TMPDIR", tmp.clone()),
        ("TMP", tmp.clone()),
        ("TEMP", tmp),
        ("npm_config_userconfig", user),
        ("npm_config_globalconfig", global),
        ("npm_config_cache", home.join(".npm")),
        ("YARN_GLOBAL_FOLDER", home.join(".yarn")),
        ("BUN_INSTALL_CACHE_DIR", home.join(".bun-cache")),
        ("PNPM_HOME", home.join(".pnpm")),
    ])
}

/// Writes the file that hides settings from Yarn, where there are any.
fn blind(scratch: &Path, hidden: &[PathBuf]) -> io::Result<Option<PathBuf>> {
    let settings = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("rc"));
    let list: Vec<_> = hidden.iter().filter(settings).map(|path| path.to_string_lossy()).collect();
    if list.is_empty() {
        return Ok(None);
    }
    let file = scratch.join("blind.cjs");
    let names = serde_json::to_string(&list)?;
    std::fs::write(&file, BLIND.replace("HIDDEN", &names))?;
    Ok(Some(file))
}

/// Whether a variable is known to hold a credential for a registry, or the means to get one.
#[must_use]
pub fn is_registry(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let secret = ["AUTH", "TOKEN", "PASSWORD", "OTP"].iter().any(|word| name.contains(word));
    let settings = ["NPM_", "YARN_NPM_", "BUN_", "PNPM_", "NODE_AUTH"].iter().any(|start| name.starts_with(start));
    let identity = ["SIGSTORE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"];
    (secret && settings) || identity.contains(&name.as_str())
}
