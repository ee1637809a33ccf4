//! A command of others → the same behind a wall, and how it ended. Nothing it started outlives it.

mod bubblewrap;
mod cell;
#[cfg(target_os = "linux")]
mod fence;
#[cfg(target_os = "linux")]
mod filter;
mod guard;
mod inside;
mod orphans;
mod places;
#[cfg(unix)]
mod proxy;
mod run;
mod scratch;
mod usage;
mod wall;

use std::path::Path;
use std::process::Command;

pub use cell::{Cell, Found, Kind, NoCell, look};
use guard::Guard;
pub use inside::{Inside, inside};
pub use places::places;
#[cfg(unix)]
pub use proxy::{Host, Proxy};
pub use run::{End, Ended, Limits, run};
pub use scratch::Scratch;
pub use wall::{Wall, behind};

/// The command of lastlook that raises a wall around itself.
pub const WALL: &str = "__wall";

/// The command of lastlook that closes a cell around itself.
pub const CELL: &str = "__cell";

/// What a command of others can get at.
#[derive(Debug, Clone)]
pub enum Bounds {
    /// Everything but what is known to hold credentials; the network too.
    Wall(Wall),
    /// What it works on and what programs are made of, and no network.
    Cell(Cell),
}

impl Bounds {
    /// Whether something inside waits for our end, by its input.
    const fn are_watched(&self) -> bool {
        matches!(self, Self::Cell(cell) if !cell.takes_hosts())
    }

    /// The command that runs `command` within these bounds: `runner` is lastlook, which draws them around itself.
    #[must_use]
    pub fn around(&self, runner: &Path, command: &Command) -> Command {
        match self {
            Self::Wall(wall) => wall.around(runner, command),
            Self::Cell(cell) => cell.around(runner, command),
        }
    }
}

/// This program, also where its file was replaced meanwhile.
///
/// # Errors
/// When the system does not know.
pub fn own_program() -> std::io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { std::env::current_exe() }
}

/// A command that starts `program` as `command` would be started: with its words, its variables alone, and its folder.
fn dressed(program: &Path, words: impl IntoIterator<Item = std::ffi::OsString>, command: &Command) -> Command {
    let mut dressed = Command::new(program);
    dressed.args(words).arg("--").arg(command.get_program()).args(command.get_args());
    dressed.env_clear();
    dressed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        dressed.current_dir(folder);
    }
    dressed
}
