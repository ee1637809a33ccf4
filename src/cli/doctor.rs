//! `lastlook doctor`: says what is enforced on this machine, and what is not.

use std::path::Path;

use serde_json::{Value, json};

use super::{Exit, print};
use crate::project::Packer;
use crate::render::escape;
use crate::sandbox::{Cell, look, own_program};

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 build scripts can be kept in, 2 they can not.")]
pub(super) struct Args {
    /// How to say it
    #[arg(long, value_enum, default_value_t = Form::Human)]
    format: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Human,
    Json,
}

/// One thing that was looked at.
struct Row {
    what: &'static str,
    holds: bool,
    said: String,
}

pub(super) fn run(args: &Args) -> Exit {
    let mut rows = sandbox();
    let kept_in = rows.iter().any(|row| row.holds);
    rows.push(memory());
    rows.push(journal());
    rows.push(variables());
    rows.extend(packers());
    let text = match args.format {
        Form::Human => human(&rows),
        Form::Json => {
            let rows: Vec<Value> =
                rows.iter().map(|row| json!({ "what": row.what, "holds": row.holds, "said": row.said })).collect();
            let document = json!({ "schema": "lastlook.doctor/1", "sandbox": kept_in, "rows": rows });
            format!("{document:#}\n")
        }
    };
    let exit = if kept_in { Exit::Clear } else { Exit::Incomplete };
    if print(text.as_bytes()) { exit } else { Exit::Incomplete }
}

fn human(rows: &[Row]) -> String {
    let wide = rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
    let line = |row: &Row| {
        let mark = if row.holds { "yes" } else { "no " };
        format!("  {:wide$}  {mark}  {}\n", row.what, escape(&row.said))
    };
    format!("\n{}\n", rows.iter().map(line).collect::<String>())
}

/// What keeps build scripts in.
fn sandbox() -> Vec<Row> {
    let found = match own_program() {
        Ok(runner) => look(&runner),
        Err(error) => return vec![Row { what: "sandbox", holds: false, said: error.to_string() }],
    };
    let row = |what, cell: &Result<Cell, String>, good: &str| match cell {
        Ok(_) => Row { what, holds: true, said: good.to_owned() },
        Err(why) => Row { what, holds: false, said: why.clone() },
    };
    let spaces = "build scripts get namespaces of their own: files, processes, network; system calls are filtered";
    let fence = "build scripts open only what is named to them, and make no sockets, so tests that listen fail";
    vec![row("bubblewrap", &found.bubblewrap, spaces), row("landlock", &found.landlock, fence)]
}

/// Whether others can look into a process that holds a credential.
fn memory() -> Row {
    crate::secret::keep_memory();
    let said = match std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope") {
        Ok(scope) if scope.trim() != "0" => {
            "a process that holds a credential leaves no core file, and others can't look into it"
        }
        Ok(_) | Err(_) => {
            "a process that holds a credential leaves no core file, and only root can look into it; other programs of \
             yours can look into each other"
        }
    };
    Row { what: "memory", holds: cfg!(unix), said: said.to_owned() }
}

/// Where what is about to be sent is written down first.
#[cfg(feature = "registry")]
fn journal() -> Row {
    let (holds, said) = match crate::publish::Journal::open(None) {
        Ok(journal) => (true, journal.path().display().to_string()),
        Err(error) => (false, error.to_string()),
    };
    Row { what: "journal", holds, said }
}

#[cfg(not(feature = "registry"))]
fn journal() -> Row {
    Row { what: "journal", holds: false, said: "this lastlook only reads".to_owned() }
}

/// Variables that every program started here can read.
fn variables() -> Row {
    let names: Vec<String> = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    let found: Vec<&str> = names.iter().map(String::as_str).filter(|name| crate::pack::is_registry(name)).collect();
    let said = if found.is_empty() {
        "no variable of this environment holds a registry credential".to_owned()
    } else {
        format!("{}: every program that is started here can read it; --token-file is safer", found.join(", "))
    };
    Row { what: "environment", holds: found.is_empty(), said }
}

/// What can be packed with.
fn packers() -> Vec<Row> {
    let path = std::env::var_os("PATH");
    let program = |packer: &Packer| crate::pack::on_path(packer.program(), path.as_deref());
    let found: Vec<String> = Packer::ALL.iter().filter_map(|packer| Some(shown(&program(packer)?))).collect();
    let mut found = found;
    found.dedup();
    let said = if found.is_empty() { "none on PATH".to_owned() } else { found.join(", ") };
    vec![Row { what: "packers", holds: !found.is_empty(), said }]
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
