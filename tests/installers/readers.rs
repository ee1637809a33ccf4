//! The readers: clients as they are installed for the tests, and listers of archives.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::laid::Laid;
use crate::trial::{Asked, is_whole, setting};

/// A program that is asked for one archive after another.
pub struct Reader {
    name: &'static str,
    program: Vec<PathBuf>,
    /// Whether it lists paths with the part that installers drop.
    whole: bool,
    share: usize,
    /// How long one archive may take; one that takes longer is given up, and the reader started again.
    patience: Duration,
}

fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// Says that something is missing, which in CI nothing may be.
pub fn skipped(what: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    eprintln!("SKIPPED: {what}");
}

/// A folder for what is laid down and gone again, in memory where there is such a place.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub fn clients(path: &str) -> PathBuf {
    below("gate/clients/node_modules").join(path)
}

pub fn own(path: &str) -> PathBuf {
    below("installers/node_modules").join(path)
}

/// Every reader of tarballs that takes one archive after another.
pub fn of_tarballs() -> Vec<Box<dyn Asked>> {
    let yarn = vec!["node".into(), clients("@yarnpkg/cli-dist/bin/yarn.js"), "installers".into()];
    // npm 10 and 11 bring the same reader.
    let many = if is_whole() { 1 } else { 1_000_000 };
    [
        Reader::new("npm 8", node("npm.cjs", own("npm8")), 3),
        Reader::new("npm 10", node("npm.cjs", clients("npm10")), many),
        Reader::new("npm 11", node("npm.cjs", clients("npm11")), 1),
        Reader::new("pnpm 10", node("pnpm.cjs", clients("pnpm10")), 1),
        Reader::new("Yarn 1", node("yarn1.cjs", clients("yarn/lib/cli.js")), 5),
        Reader::new("Yarn 4", yarn, 1),
        Reader::new("Python", python("python.py", "tar"), 1).map(Reader::whole),
        Reader::new("bsdtar", python("bsdtar.py", "tar"), 1).map(Reader::whole),
    ]
    .into_iter()
    .flatten()
    .filter_map(Reader::ready)
    .collect()
}

/// Every reader of zip archives.
pub fn of_zips() -> Vec<Box<dyn Asked>> {
    [
        Reader::new("unzip", node("unzip.cjs", "zip".into()), 1),
        Reader::new("yauzl", node("yauzl.cjs", own("yauzl")), 1),
        Reader::new("adm-zip", node("adm-zip.cjs", own("adm-zip")), 1),
        Reader::new("Python", python("python.py", "zip"), 1),
        Reader::new("bsdtar", python("bsdtar.py", "zip"), 1),
    ]
    .into_iter()
    .flatten()
    .filter_map(Reader::ready)
    .collect()
}

fn script(name: &str) -> PathBuf {
    below("installers/readers").join(name)
}

fn node(file: &str, peer: PathBuf) -> Vec<PathBuf> {
    vec!["node".into(), script(file), peer]
}

fn python(file: &str, kind: &str) -> Vec<PathBuf> {
    vec!["python3".into(), script(file), kind.into()]
}

/// Whether a reader is among those that somebody wants to look at.
pub fn is_wanted(name: &str) -> bool {
    setting::<String>("LASTLOOK_INSTALLERS_ONLY").is_none_or(|only| only.split(',').any(|one| one == name))
}

/// Whether a program starts and ends well.
fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Reader {
    fn new(name: &'static str, program: Vec<PathBuf>, share: usize) -> Option<Self> {
        // Yarn 1 never comes back from a file that lies in no folder.
        let patience = Duration::from_millis(if name == "Yarn 1" { 1_500 } else { 20_000 });
        is_wanted(name).then_some(Self { name, program, whole: false, share, patience })
    }

    fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// The same, if all of it is installed.
    fn ready(self) -> Option<Box<dyn Asked>> {
        let missing = self.program.iter().find(|part| part.is_absolute() && !part.exists());
        let there = match self.name {
            "bsdtar" => runs("python3", &["-c", "import ctypes; ctypes.CDLL('libarchive.so.13')"]),
            "Python" => runs("python3", &["--version"]),
            "unzip" => runs("unzip", &["-v"]) && runs("node", &["--version"]),
            _ => runs("node", &["--version"]),
        };
        if there && missing.is_none() {
            return Some(Box::new(self));
        }
        skipped(&format!("{} is not installed: run .ci/peers", self.name));
        None
    }
}

impl Asked for Reader {
    fn name(&self) -> &'static str {
        self.name
    }

    fn lists(&self) -> bool {
        self.whole
    }

    fn share(&self) -> usize {
        self.share
    }

    fn read(&self, files: &[PathBuf]) -> Vec<Laid> {
        let scratch = scratch();
        let mut running: Option<Running> = None;
        let mut all = Vec::with_capacity(files.len());
        for file in files {
            let asked = running.take().unwrap_or_else(|| self.start(scratch.path())).ask(file, self.patience);
            let laid = match asked {
                Ok((line, still)) => {
                    running = Some(still);
                    Laid::parse(&line)
                }
                Err(why) => Laid::failed(why),
            };
            all.push(if self.whole { laid.stripped() } else { laid });
        }
        all
    }
}

impl Reader {
    fn start(&self, scratch: &Path) -> Running {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).current_dir(scratch);
        if self.name == "Yarn 4" {
            let plugin = below("installers/readers/berry.cjs");
            let settings = format!("plugins: [{plugin:?}]\nenableTelemetry: false\nenableGlobalCache: false\n");
            std::fs::write(scratch.join(".yarnrc.yml"), settings).unwrap();
            std::fs::write(scratch.join("package.json"), "{\"name\":\"p\"}").unwrap();
            std::fs::write(scratch.join("yarn.lock"), "").unwrap();
        } else {
            command.arg(scratch);
        }
        command
            .env("HOME", scratch)
            .env("INSTALLERS_DESK", below("installers/readers/desk.cjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let stdin = child.stdin.take().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let ready = lines.recv_timeout(Duration::from_secs(60));
        assert!(ready.as_ref().is_ok_and(|line| line == "ready"), "{} does not start: {ready:?}", self.name);
        Running { child, stdin, lines }
    }
}

struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Running {
    fn ask(mut self, file: &Path, patience: Duration) -> Result<(String, Self), String> {
        if writeln!(self.stdin, "{}", file.display()).is_err() {
            return Err("it ended".to_owned());
        }
        match self.lines.recv_timeout(patience) {
            Ok(line) => Ok((line, self)),
            Err(why) => Err(format!("gave no answer: {why}")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that hangs would stay.
        let ended = self.child.kill().and_then(|()| self.child.wait());
        assert!(ended.is_ok(), "{ended:?}");
    }
}
