//! A report → a program that takes it: JSON on its standard input, nothing of ours in its environment, and an end.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::report::Report;
use super::round::Tell;

/// What a program gets of our environment, and what was named.
const PASSED: &[&str] = &["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR"];

/// As much of what it prints is kept.
const KEPT: u64 = 4 << 10;

/// How long to wait for the rest of what it printed, which a process that left its group may hold open.
const GRACE: Duration = Duration::from_millis(200);

/// Who takes reports.
pub struct Program<'h> {
    file: PathBuf,
    environment: Vec<(OsString, OsString)>,
    patience: Duration,
    hush: Box<dyn Fn(&mut String) + 'h>,
}

impl<'h> Program<'h> {
    /// A program that gets `patience`, the usual variables, and those of `names`. `hush` leaves secrets out of what it
    /// prints.
    #[must_use]
    pub fn new(file: PathBuf, names: &[String], patience: Duration, hush: Box<dyn Fn(&mut String) + 'h>) -> Self {
        let names = PASSED.iter().copied().chain(names.iter().map(String::as_str));
        let environment = names.filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
        Self { file, environment, patience, hush }
    }

    fn run(&self, body: String) -> io::Result<(Option<ExitStatus>, String)> {
        let mut command = Command::new(&self.file);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            // Who reads nothing closes the pipe, and says by its exit whether it took it.
            std::thread::spawn(move || drop(pipe.write_all(body.as_bytes())));
        }
        let out = child.stdout.take().map(drained);
        let err = child.stderr.take().map(drained);
        let ended = self.wait(&child);
        if let Some(pid) = pid(&child) {
            // What it left running ends with it; where nothing is left, that was wanted.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let status = child.wait()?;
        let printed = [err, out].into_iter().flatten().map(|all| all.recv_timeout(GRACE).unwrap_or_default());
        let printed: Vec<u8> = printed.flatten().collect();
        Ok((ended?.then_some(status), String::from_utf8_lossy(&printed).into_owned()))
    }

    /// Waits without letting go of its number, so that the number names its group and nothing else; false where the time
    /// was up.
    fn wait(&self, child: &Child) -> io::Result<bool> {
        let (started, mut pause) = (Instant::now(), Duration::from_millis(1));
        let Some(pid) = pid(child) else { return Ok(true) };
        loop {
            let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            match waitid(WaitId::Pid(pid), how) {
                Ok(Some(_)) => return Ok(true),
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if started.elapsed() >= self.patience {
                return Ok(false);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl Tell for Program<'_> {
    fn tell(&mut self, report: &Report) -> Result<(), String> {
        let program = self.file.display();
        let (status, printed) =
            self.run(report.line()).map_err(|error| format!("{program} can not be run: {error}"))?;
        let how = match status {
            Some(status) if status.success() => return Ok(()),
            Some(status) => match (status.code(), status.signal()) {
                (Some(code), _) => format!("{program} ended with {code}"),
                (None, signal) => format!("{program} was ended by signal {}", signal.unwrap_or_default()),
            },
            None => format!("{program} took longer than {} s", self.patience.as_secs()),
        };
        let mut said = printed.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned();
        (self.hush)(&mut said);
        let said: String = said.chars().take(200).collect();
        Err(if said.is_empty() { how } else { format!("{how}, and says: {said}") })
    }
}

fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// Reads it all, so that no pipe is ever full, and keeps the beginning.
fn drained(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        // What can't be read was not said.
        let _ = pipe.by_ref().take(KEPT).read_to_end(&mut kept);
        let _ = io::copy(&mut pipe, &mut io::sink());
        let _ = sender.send(kept);
    });
    receiver
}
