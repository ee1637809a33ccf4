//! What lastlook does in a process of its own: it closes a cell around itself, and becomes the program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use super::cell::FIRST;
use super::wall::become_program;

/// How a cell is to be closed. Started by lastlook itself.
#[derive(Debug)]
pub struct Inside {
    /// What closes it: the name of its kind.
    pub by: String,
    /// May be changed.
    pub open: Vec<PathBuf>,
    /// May be read.
    pub read: Vec<PathBuf>,
    /// May not be opened.
    pub hidden: Vec<PathBuf>,
    /// The bytes of memory that one process may take.
    pub memory: u64,
    /// The socket of a proxy, where hosts were granted.
    pub proxy: Option<PathBuf>,
}

/// Closes the cell and becomes `program`; without one, tries what should not be possible. Comes back only when it failed.
///
/// # Errors
/// What is wrong with the cell, or with the program.
pub fn inside(inside: &Inside, program: &[OsString]) -> Result<(), String> {
    if inside.by == FIRST {
        shut_descriptors()?;
    } else {
        close(inside)?;
    }
    match program.split_first() {
        Some((program, args)) if !program.is_empty() => {
            let mut command = Command::new(program);
            command.args(args);
            match (&inside.proxy, inside.by.as_str()) {
                (Some(socket), _) => accompany(&mut command, socket),
                (None, "landlock") => watch_over(&mut command),
                (None, _) => become_program(&mut command),
            }
        }
        _ => tried(inside),
    }
}

/// Stays beside the program, and ends all that is inside when lastlook ends, however that comes about: its end of our
/// input closes then. Comes back only when it failed.
#[cfg(target_os = "linux")]
fn watch_over(command: &mut Command) -> Result<(), String> {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let lastlook = rustix::process::getppid().map(rustix::process::Pid::as_raw_nonzero);
    let lastlook = lastlook.ok_or("lastlook is gone already")?;
    // Only what is inside is ended below; that is seen before it is relied on.
    if kill(Pid::from_raw(lastlook.get()), None) != Err(nix::errno::Errno::EPERM) {
        return Err("from inside, lastlook can be sent signals".to_owned());
    }
    command.stdin(std::process::Stdio::null());
    std::thread::spawn(|| {
        let mut input = std::io::stdin().lock();
        // Nothing is ever written to it.
        let _ = std::io::copy(&mut input, &mut std::io::sink());
        let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
        std::process::exit(137);
    });
    // A thread that is gone again starts it: so nobody inside can stop us, or hold our input open.
    let started = std::thread::scope(|scope| {
        let start = scope.spawn(|| super::fence::nest().and_then(|()| started(command)));
        start.join().unwrap_or_else(|_| Err("the program could not be started".to_owned()))
    });
    ended(started?)
}

#[cfg(not(target_os = "linux"))]
fn watch_over(command: &mut Command) -> Result<(), String> {
    become_program(command)
}

/// Variables by which programs are told of a proxy.
#[cfg(unix)]
const PROXY: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "npm_config_proxy",
    "npm_config_https_proxy",
    "YARN_HTTP_PROXY",
    "YARN_HTTPS_PROXY",
];

/// Stays beside the program, and passes on what it says to the hosts that were granted. Comes back only when it failed.
#[cfg(unix)]
fn accompany(command: &mut Command, socket: &std::path::Path) -> Result<(), String> {
    let port = super::proxy::bridge(socket.to_owned()).map_err(|error| format!("no way to the hosts: {error}"))?;
    let address = format!("http://127.0.0.1:{port}");
    command.envs(PROXY.iter().map(|name| (name, &address))).env("NODE_USE_ENV_PROXY", "1");
    ended(started(command)?)
}

#[cfg(unix)]
fn started(command: &mut Command) -> Result<std::process::Child, String> {
    command.spawn().map_err(|error| format!("{} could not be started: {error}", command.get_program().display()))
}

/// Waits for the program, and ends as it does. Comes back only when it failed.
#[cfg(unix)]
fn ended(mut program: std::process::Child) -> Result<(), String> {
    use std::os::unix::process::ExitStatusExt as _;
    let status = program.wait().map_err(|error| error.to_string())?;
    std::process::exit(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
}

#[cfg(not(unix))]
fn accompany(_: &mut Command, _: &std::path::Path) -> Result<(), String> {
    Err("this system has no cells".to_owned())
}

#[cfg(not(target_os = "linux"))]
fn shut_descriptors() -> Result<(), String> {
    Err("this system has no cells".to_owned())
}

#[cfg(not(target_os = "linux"))]
fn close(_: &Inside) -> Result<(), String> {
    Err("this system has no cells".to_owned())
}

#[cfg(not(target_os = "linux"))]
fn tried(_: &Inside) -> Result<(), String> {
    Err("this system has no cells".to_owned())
}

#[cfg(target_os = "linux")]
fn close(inside: &Inside) -> Result<(), String> {
    shut_descriptors()?;
    limits(inside.memory).map_err(|error| format!("limits could not be set: {error}"))?;
    let namespaces = inside.by == "bubblewrap";
    if !namespaces {
        drop_privileges().map_err(|error| format!("privileges could not be given up: {error}"))?;
        super::fence::raise(&inside.open, &inside.read, &inside.hidden)?;
    }
    super::filter::close(namespaces)
}

/// What whoever started lastlook had open stays open in all that it starts, and no wall closes what is open already.
#[cfg(target_os = "linux")]
fn shut_descriptors() -> Result<(), String> {
    let fault = |error: &dyn std::fmt::Display| format!("open files could not be closed: {error}");
    let names = std::fs::read_dir("/proc/self/fd").map_err(|error| fault(&error))?;
    let numbers: Vec<i32> = names.flatten().filter_map(|name| name.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        match nix::unistd::close(number) {
            // The one that the folder was listed by is closed already.
            Ok(()) | Err(nix::errno::Errno::EBADF) => {}
            Err(error) => return Err(fault(&error)),
        }
    }
    Ok(())
}

/// A file is this long at most.
#[cfg(target_os = "linux")]
const FILE: u64 = 16 << 30;

#[cfg(target_os = "linux")]
fn limits(memory: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (what, most) in [(Resource::Data, memory), (Resource::Fsize, FILE), (Resource::Core, 0)] {
        let most = getrlimit(what).maximum.map_or(most, |own| own.min(most));
        setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// To root, the files and the processes of everybody are open by these alone.
#[cfg(target_os = "linux")]
fn drop_privileges() -> std::io::Result<()> {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
    let none = CapabilitySet::empty();
    Ok(set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?)
}

/// Tries from inside what should not be possible.
#[cfg(target_os = "linux")]
fn tried(inside: &Inside) -> Result<(), String> {
    let namespaces = inside.by == "bubblewrap";
    if !namespaces && std::net::UdpSocket::bind("127.0.0.1:0").is_ok() {
        return Err("from inside, sockets can be made".to_owned());
    }
    // Two lines of heading, and the loopback of the cell itself.
    let networks = std::fs::read_to_string("/proc/net/dev").unwrap_or_default();
    if namespaces && networks.lines().count() != 3 {
        return Err("from inside, the machine's networks can be seen".to_owned());
    }
    let lists = |place: &&&str| std::fs::read_dir(place).is_ok_and(|mut names| names.next().is_some());
    if let Some(place) = ["/root", "/home", "/var/lib", "/sys/kernel"].iter().find(lists) {
        return Err(format!("from inside, {place} can be listed"));
    }
    if std::fs::File::open("/etc/shadow").is_ok() {
        return Err("from inside, /etc/shadow can be read".to_owned());
    }
    let steers = |file: &&&str| std::fs::OpenOptions::new().write(true).open(file).is_ok();
    if let Some(file) = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"].iter().find(steers) {
        return Err(format!("from inside, {file} can be written"));
    }
    if let Some(place) = ["/", "/usr", "/etc"].iter().find(|place| tempfile::tempfile_in(place).is_ok()) {
        return Err(format!("from inside, {place} can be changed"));
    }
    Ok(())
}
