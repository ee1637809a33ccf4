//! A command → how it ended, and the last of what it printed. Nothing it started outlives it.

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::Bounds;
use super::guard::Guard;
use super::orphans::Orphans;
use super::usage::{Usage, in_words};

/// How much of the output is kept: the end of it, where the fault stands.
const KEPT: usize = 64 << 10;

/// How long to wait for the rest of the output, which a process that left the group may hold open.
const GRACE: Duration = Duration::from_secs(1);

/// What a command may use, with all that it starts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: u64,
    /// How many processes at once.
    pub processes: u64,
    /// Bytes of output.
    pub output: u64,
}

impl Limits {
    /// So long, and as much as it likes of the rest.
    #[must_use]
    pub const fn of_time(time: Duration) -> Self {
        Self { time, memory: u64::MAX, processes: u64::MAX, output: u64::MAX }
    }
}

/// How a command ended.
#[derive(Debug)]
pub enum End {
    /// By itself.
    Exit(ExitStatus),
    /// It had to be ended: what it used too much of, in words.
    Limit(String),
}

/// How a command ended, and the last of what it printed.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub end: End,
    /// Raw: escape it before it is shown.
    pub output: Vec<u8>,
}

/// What came out of a command so far.
#[derive(Debug, Default)]
struct Output {
    tail: VecDeque<u8>,
    total: u64,
}

/// Runs `command` within `bounds`, which `runner` draws: it is lastlook.
///
/// # Errors
/// When it can't be started, or what it left running can't be ended.
pub fn run(bounds: &Bounds, runner: &Path, command: &Command, limits: &Limits) -> io::Result<Ended> {
    let mut command = bounds.around(runner, command);
    let orphans = Orphans::adopt()?;
    let (reader, writer) = io::pipe()?;
    // What watches over others from inside sees by its input that we have ended.
    let input = if bounds.are_watched() { Stdio::piped() } else { Stdio::null() };
    command.stdin(input).stdout(writer.try_clone()?).stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let guard = Guard::over(&child, bounds.are_watched());
    // The command holds our end of the pipe, and the output only ends when every end is closed.
    drop(command);
    let output = Arc::new(Mutex::new(Output::default()));
    let (done, ended) = mpsc::channel();
    let kept = Arc::clone(&output);
    // Not joined: whoever left the group could keep it waiting for ever.
    std::thread::spawn(move || {
        drain(reader, &kept);
        // Nobody waits any more if this fails.
        let _ = done.send(());
    });
    let end = wait(&mut child, limits, guard, &orphans, &output);
    // Either all was read, or the time is up: what is there by now is what there is.
    let _ = ended.recv_timeout(GRACE);
    let output = locked(&output).tail.iter().copied().collect();
    end.map(|end| Ended { end, output })
}

fn locked(output: &Mutex<Output>) -> MutexGuard<'_, Output> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

fn drain(mut reader: PipeReader, output: &Mutex<Output>) {
    let mut chunk = [0; 8 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => {
                let mut output = locked(output);
                output.total = output.total.saturating_add(read as u64);
                output.tail.extend(chunk.get(..read).unwrap_or_default());
                let surplus = output.tail.len().saturating_sub(KEPT);
                output.tail.drain(..surplus);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Waits, and ends what is left of the group, also if all went well.
fn wait(
    child: &mut Child,
    limits: &Limits,
    guard: Guard,
    orphans: &Orphans,
    output: &Mutex<Output>,
) -> io::Result<End> {
    let excess = within(child, limits, output);
    end(child);
    // Let go before the number of the group is: it may name another one soon.
    drop(guard);
    let status = child.wait()?;
    orphans.end()?;
    Ok(excess?.map_or(End::Exit(status), End::Limit))
}

/// How often memory and processes are counted.
const COUNT: Duration = Duration::from_millis(200);

/// What it used too much of; none where it ended by itself.
fn within(child: &mut Child, limits: &Limits, output: &Mutex<Output>) -> io::Result<Option<String>> {
    let started = Instant::now();
    let mut counted = started;
    let mut pause = Duration::from_millis(2);
    let counts = limits.memory < u64::MAX || limits.processes < u64::MAX;
    while !over(child)? {
        if started.elapsed() >= limits.time {
            return Ok(Some(format!("it took longer than {}", in_words(limits.time))));
        }
        if locked(output).total > limits.output {
            return Ok(Some(format!("it printed more than {} MB", limits.output >> 20)));
        }
        if counts && counted.elapsed() >= COUNT {
            counted = Instant::now();
            let excess = Usage::of_ours().and_then(|usage| usage.excess(limits));
            if excess.is_some() {
                return Ok(excess);
            }
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(None)
}

/// Whether it has ended, without letting go of its number: so the number still names its group, and nothing else.
#[cfg(unix)]
fn over(child: &Child) -> io::Result<bool> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(pid) = pid(child) else { return Ok(true) };
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(pid), how) {
        Ok(status) => Ok(status.is_some()),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
fn end(child: &Child) {
    if let Some(pid) = pid(child) {
        // It fails where nothing is left to end, which is what was wanted.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

#[cfg(unix)]
fn pid(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()).ok()?)
}

#[cfg(not(unix))]
fn over(child: &mut Child) -> io::Result<bool> {
    child.try_wait().map(|status| status.is_some())
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    // It fails where nothing is left to end, which is what was wanted.
    let _ = child.kill();
}
