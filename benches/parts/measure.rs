//! Commands → medians of runs in turn, and their memory at the peak.
#![allow(dead_code, reason = "each bench takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A command to be measured.
#[derive(Clone)]
pub struct Job {
    pub name: String,
    pub command: Vec<String>,
    pub folder: PathBuf,
}

/// What came of one.
pub struct Measured {
    pub name: String,
    /// `None` where it had not ended in time.
    pub time: Option<Duration>,
    pub runs: usize,
    /// Bytes at the peak of its largest process.
    pub memory: Option<u64>,
}

/// How long a command may take, from when on it is run once only, and how long all rounds of a table may take.
const LIMIT: Duration = Duration::from_secs(60);
const SLOW: Duration = Duration::from_secs(4);
const BUDGET: Duration = Duration::from_secs(40);
const RUNS: usize = 11;

impl Job {
    pub fn new(name: impl Into<String>, folder: &Path, command: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name: name.into(), folder: folder.to_owned(), command: command.into_iter().map(Into::into).collect() }
    }

    /// The same on these processors alone.
    pub fn on(mut self, cores: &str) -> Self {
        self.command.splice(0..0, ["taskset", "-c", cores].map(str::to_owned));
        self
    }

    fn start(&self, before: &[&str]) -> Command {
        let words: Vec<&str> = before.iter().copied().chain(self.command.iter().map(String::as_str)).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(&self.folder).stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// How long one run takes.
    pub fn time(&self) -> Duration {
        let started = Instant::now();
        let status = self.start(&[]).stdout(Stdio::null()).status().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        assert!(status.code().is_some(), "{}: ended by a signal", self.name);
        started.elapsed()
    }

    /// What it prints, and how long that takes; `None` where it does not end in time.
    pub fn output(&self, limit: Duration) -> Option<(Duration, String)> {
        let seconds = limit.as_secs().to_string();
        let started = Instant::now();
        let output = self.start(&["timeout", "-k", "5", &seconds]).output().expect("timeout starts");
        match output.status.code() {
            Some(124 | 137) | None => None,
            Some(126 | 127) => panic!("{}: does not start", self.name),
            Some(_) => Some((started.elapsed(), String::from_utf8_lossy(&output.stdout).into_owned())),
        }
    }

    /// The memory at its peak, in bytes.
    pub fn peak(&self) -> Option<u64> {
        self.first().1
    }

    /// A first run, which is not counted unless it is slow: how long it took, and the memory at its peak.
    fn first(&self) -> (Option<Duration>, Option<u64>) {
        let note = std::env::temp_dir().join(format!("lastlook-bench-{}", std::process::id()));
        let (limit, file) = (LIMIT.as_secs().to_string(), note.to_string_lossy().into_owned());
        let words = ["time", "-q", "-f", "%M", "-o", &file, "timeout", "-k", "5", &limit];
        let started = Instant::now();
        let status = self.start(&words).stdout(Stdio::null()).status();
        let Ok(status) = status else { return (Some(self.time()), None) };
        let took = started.elapsed();
        let kib = std::fs::read_to_string(&note).ok().and_then(|text| text.lines().last()?.trim().parse::<u64>().ok());
        let _ = std::fs::remove_file(&note);
        match status.code() {
            Some(124 | 137) | None => (None, None),
            Some(126 | 127) => panic!("{}: does not start", self.name),
            Some(_) => (Some(took), kib.map(|kib| kib * 1024)),
        }
    }
}

/// Runs all of them in turn, so that noise hits all alike, and takes the median of each.
pub fn interleaved(jobs: &[Job]) -> Vec<Measured> {
    let firsts: Vec<_> = jobs.iter().map(Job::first).collect();
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); jobs.len()];
    let started = Instant::now();
    for round in 0..RUNS {
        if round >= 3 && started.elapsed() > BUDGET {
            break;
        }
        for (job, ((first, _), times)) in jobs.iter().zip(firsts.iter().zip(&mut times)) {
            match first {
                Some(took) if *took < SLOW => times.push(job.time()),
                Some(took) if round == 0 => times.push(*took),
                _ => {}
            }
        }
    }
    let medians = times.into_iter().map(|times| (times.len(), median(times)));
    let all = jobs.iter().zip(firsts).zip(medians);
    all.map(|((job, (_, memory)), (runs, time))| Measured { name: job.name.clone(), time, runs, memory }).collect()
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    times.get(times.len() / 2).copied()
}

/// Where a program is, also beside ours.
pub fn program(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = ["target/bench-peers/py/bin", "target/bench-peers/bin", "benches/npm/node_modules/.bin"];
    let own = own.iter().map(|folder| root.join(folder));
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.chain(std::env::split_paths(&path)).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A time as people read it.
pub fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..0.01 => format!("{:.1} ms", seconds * 1e3),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        ..10.0 => format!("{seconds:.2} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// Bytes as people read them.
pub fn megabytes(bytes: u64) -> String {
    let mb = bytes as f64 / 1e6;
    if mb < 10.0 { format!("{mb:.1} MB") } else { format!("{mb:.0} MB") }
}
