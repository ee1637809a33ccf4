//! A command → how it ended, and the last of what it printed. Nothing it started outlives it.

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::Shop;
use super::guard::Guard;
use super::orphans::Orphans;

/// How much of the output is kept: the end of it, where the fault stands.
const KEPT: usize = 64 << 10;

/// How long to wait for the rest of the output, which a process that left the group may hold open.
const GRACE: Duration = Duration::from_secs(1);

/// How a command ended.
#[derive(Debug)]
pub(super) enum End {
    /// By itself.
    Exit(ExitStatus),
    /// It had to be ended.
    Limit,
}

/// Runs `command` behind the wall of `shop`, for at most `limit`.
pub(super) fn run(command: &Command, limit: Duration, shop: &Shop) -> io::Result<(End, Vec<u8>)> {
    let mut command = shop.wall.around(&shop.runner, command);
    let orphans = Orphans::adopt()?;
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let guard = Guard::over(&child);
    // The command holds our end of the pipe, and the output only ends when every end is closed.
    drop(command);
    let tail = Arc::new(Mutex::new(VecDeque::new()));
    let (done, ended) = mpsc::channel();
    let kept = Arc::clone(&tail);
    // Not joined: whoever left the group could keep it waiting for ever.
    std::thread::spawn(move || {
        drain(reader, &kept);
        // Nobody waits any more if this fails.
        let _ = done.send(());
    });
    let end = wait(&mut child, limit, guard, &orphans);
    // Either all was read, or the time is up: what is there by now is what there is.
    let _ = ended.recv_timeout(GRACE);
    let output = tail.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
    end.map(|end| (end, output))
}

fn drain(mut reader: PipeReader, tail: &Mutex<VecDeque<u8>>) {
    let mut chunk = [0; 8 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => {
                let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
                tail.extend(chunk.get(..read).unwrap_or_default());
                let surplus = tail.len().saturating_sub(KEPT);
                tail.drain(..surplus);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Waits, and ends what is left of the group, also if all went well.
fn wait(child: &mut Child, limit: Duration, guard: Guard, orphans: &Orphans) -> io::Result<End> {
    let in_time = in_time(child, limit);
    end(child);
    // Let go before the number of the group is: it may name another one soon.
    drop(guard);
    let status = child.wait()?;
    orphans.end()?;
    Ok(if in_time? { End::Exit(status) } else { End::Limit })
}

/// Whether it ended by itself.
fn in_time(child: &mut Child, limit: Duration) -> io::Result<bool> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(2);
    while !over(child)? {
        if started.elapsed() >= limit {
            return Ok(false);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(true)
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
