//! What a command works on, and what programs are made of → a closed cell with that and nothing else. Linux only.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{CELL, bubblewrap, dressed};

/// What closes the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Namespaces of the kernel, by this program.
    Bubblewrap(PathBuf),
    /// Landlock, and a filter of system calls.
    Landlock,
}

impl Kind {
    /// What people call it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Bubblewrap(_) => "bubblewrap",
            Self::Landlock => "landlock",
        }
    }
}

/// Why no cell can be closed here.
#[derive(Debug, thiserror::Error)]
#[error("this machine can not keep build scripts in: {why}; {way}")]
pub struct NoCell {
    why: String,
    way: &'static str,
}

impl NoCell {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            way: "install bubblewrap, or work as an ordinary user on Linux 6.12 or later with Landlock",
        }
    }
}

/// A closed cell. Paths are real ones, which exist.
#[derive(Debug, Clone)]
pub struct Cell {
    kind: Kind,
    /// May be changed.
    pub open: Vec<PathBuf>,
    /// May be read, besides what belongs to the system.
    pub read: Vec<PathBuf>,
    /// May not be opened, wherever it lies.
    pub hidden: Vec<PathBuf>,
    /// The bytes of memory that one process may take.
    pub memory: u64,
    /// The socket of a proxy, where hosts were granted. It lies in what is open.
    pub proxy: Option<PathBuf>,
}

/// What this machine has to close a cell with.
#[derive(Debug)]
pub struct Found {
    /// Bubblewrap, or why not.
    pub bubblewrap: Result<Cell, String>,
    /// Landlock with a filter of system calls, or why not.
    pub landlock: Result<Cell, String>,
}

/// Tries what this machine has: `runner` is lastlook.
#[must_use]
pub fn look(runner: &Path) -> Found {
    Found { bubblewrap: Cell::by_bubblewrap(runner), landlock: Cell::tried(Kind::Landlock, runner) }
}

/// In place of a kind: what was open is closed, and nothing else.
pub(super) const FIRST: &str = "first";

/// Enough for bundlers.
const MEMORY: u64 = 8 << 30;

impl Cell {
    /// An empty one, by the best that this machine has; or by what is named alone. `runner` is lastlook.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(runner: &Path, wanted: Option<&str>) -> Result<Self, NoCell> {
        let landlock = || Self::tried(Kind::Landlock, runner);
        match wanted {
            Some("landlock") => landlock().map_err(NoCell::new),
            Some(_) => Self::by_bubblewrap(runner).map_err(NoCell::new),
            None => Self::by_bubblewrap(runner).or_else(|first| {
                if is_root() {
                    let why = format!("{first}, and without it root may change the rights of any file from inside");
                    return Err(NoCell::new(why));
                }
                landlock().map_err(|second| NoCell::new(format!("{first}; {second}")))
            }),
        }
    }

    fn by_bubblewrap(runner: &Path) -> Result<Self, String> {
        Self::tried(Kind::Bubblewrap(bubblewrap::program()?), runner)
    }

    fn tried(kind: Kind, runner: &Path) -> Result<Self, String> {
        let cell = Self { kind, open: Vec::new(), read: Vec::new(), hidden: Vec::new(), memory: MEMORY, proxy: None };
        cell.fault(runner).map_or(Ok(cell), Err)
    }

    /// What closes it.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether hosts can be granted to it: without namespaces, whoever reaches one reaches all.
    #[must_use]
    pub const fn takes_hosts(&self) -> bool {
        matches!(self.kind, Kind::Bubblewrap(_))
    }

    /// The command that runs `command` in the cell: `runner` closes it around itself, and becomes the program.
    pub(super) fn around(&self, runner: &Path, command: &Command) -> Command {
        match &self.kind {
            Kind::Landlock => dressed(runner, self.words(), command),
            Kind::Bubblewrap(program) => {
                let words = bubblewrap::words(self, runner, command.get_current_dir());
                let inner = [OsString::from("--"), bubblewrap::RUNNER.into()];
                let built = dressed(program, words.into_iter().chain(inner).chain(self.words()), command);
                // What bubblewrap inherits open, those inside could open again through it.
                dressed(runner, [CELL, "--by", FIRST].map(OsString::from), &built)
            }
        }
    }

    /// What is wrong with the cell on this machine, in words, if anything is.
    #[must_use]
    pub fn fault(&self, runner: &Path) -> Option<String> {
        // Without a program, the runner tries from inside what should not be possible.
        let mut command = Command::new("");
        command.env_clear().current_dir("/");
        let mut closed = self.around(runner, &command);
        let output = match closed.stdin(std::process::Stdio::null()).output() {
            Ok(output) if output.status.success() => return None,
            Ok(output) => [output.stdout, output.stderr].concat(),
            Err(error) => error.to_string().into_bytes(),
        };
        let said = String::from_utf8_lossy(&output);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it ended without a word");
        Some(format!("{}: {}", self.kind.word(), said.trim()))
    }

    /// How the runner is told.
    fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![CELL.into(), "--by".into(), self.kind.word().into()];
        words.extend([OsStr::new("--memory").into(), self.memory.to_string().into()]);
        words.extend(self.proxy.iter().flat_map(|socket| ["--proxy".into(), socket.clone().into_os_string()]));
        if self.kind == Kind::Landlock {
            for (flag, places) in [("--open", &self.open), ("--read", &self.read), ("--hide", &self.hidden)] {
                words.extend(places.iter().flat_map(|place| [flag.into(), place.clone().into_os_string()]));
            }
        }
        words
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// What programs are made of.
pub(super) const SYSTEM: &[&str] =
    &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/run/current-system"];

/// Settings of the machine that programs ask for, and that hold no credential.
pub(super) const SETTINGS: &[&str] = &[
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
];

/// What the machine is like.
pub(super) const MACHINE: &[&str] = &["/sys/devices/system/cpu", "/sys/fs/cgroup"];
