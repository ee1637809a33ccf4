//! The same day, by processes that are killed at every point: none lost, and none told twice but where nobody can know.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use lastlook::agent::clock::Clock;
use lastlook::agent::watch::{
    Ending, Keep, Look, Report, Sight, State, Store, Target, Tell, Watch, WatchError, Watched,
};

use super::day::{EXPECTED, lines};
use super::world::{CLOSED, DAY, EVERY, World, targets, time};

const FOLDER: &str = "LASTLOOK_TEST_DAY";

/// What the process that is killed leaves in a folder: the time, the points at which it was killed, what was taken.
struct Folder {
    folder: PathBuf,
    killed: BTreeSet<String>,
    /// The report that was taken, and whose taking is not noted yet.
    doubt: RefCell<String>,
}

impl Folder {
    fn of(folder: &Path) -> Self {
        let killed = std::fs::read_to_string(folder.join("points")).unwrap_or_default();
        let killed = killed.lines().map(str::to_owned).collect();
        Self { folder: folder.to_owned(), killed, doubt: RefCell::default() }
    }

    fn minute(&self) -> u64 {
        std::fs::read_to_string(self.folder.join("minute")).map_or(0, |text| text.parse().unwrap())
    }

    fn add(&self, file: &str, line: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.folder.join(file)).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }

    /// A point: whoever comes here for the first time is killed.
    fn point(&self, what: &str) {
        let point = format!("{:04} {what}", self.minute());
        if !self.killed.contains(&point) {
            self.add("points", &format!("{point}\n"));
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
        }
    }
}

impl Clock for Folder {
    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.minute() * 60)
    }

    fn now(&self) -> SystemTime {
        time(self.minute())
    }

    fn rest(&self, time: Duration) {
        let part = self.folder.join("minute.part");
        std::fs::write(&part, (self.minute() + time.as_secs() / 60).to_string()).unwrap();
        std::fs::rename(part, self.folder.join("minute")).unwrap();
        self.point("rested");
    }

    fn chance(&self) -> u8 {
        0
    }
}

struct Looking<'f>(&'f Folder);

impl Look for Looking<'_> {
    fn look(&mut self, target: &Target, known: Option<&Watched>) -> Result<Sight, String> {
        self.0.point(&format!("before the look at {}", target.name));
        let seen = World(self.0).look(target, known);
        self.0.point(&format!("after the look at {}", target.name));
        seen
    }
}

struct Keeping<'f>(&'f Folder, Store);

impl Keep for Keeping<'_> {
    fn keep(&mut self, state: &State) -> Result<(), WatchError> {
        let hash = blake3::hash(&serde_json::to_vec(state).unwrap()).to_hex();
        let doubt = self.0.doubt.take();
        self.0.point(&format!("before {hash:.16} is kept ({doubt})"));
        self.1.keep(state)?;
        self.0.point(&format!("after {hash:.16} was kept"));
        Ok(())
    }
}

struct Taking<'f>(&'f Folder);

impl Tell for Taking<'_> {
    fn tell(&mut self, report: &Report) -> Result<(), String> {
        self.0.point(&format!("before {} is told", report.id));
        if CLOSED.contains(&self.0.minute()) {
            self.0.point(&format!("after {} was refused", report.id));
            return Err("closed".to_owned());
        }
        self.0.add("taken", &report.line());
        self.0.point(&format!("once it took ({})", report.id));
        report.id.clone_into(&mut self.0.doubt.borrow_mut());
        Ok(())
    }
}

/// Runs for as long as it is let live; only as a process of its own.
#[test]
#[ignore = "the test below runs it"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Folder::of(Path::new(&folder));
    let (store, state) = Store::open(&folder.folder).unwrap();
    let targets = targets();
    let mut watch = Watch {
        targets: &targets,
        every: Duration::from_secs(EVERY * 60),
        look: &mut Looking(&folder),
        tell: &mut Taking(&folder),
        keep: &mut Keeping(&folder, store),
        clock: &folder,
        ending: &Ending::default(),
        say: &|_| {},
        state,
    };
    watch.run(&|| folder.minute() < DAY);
    assert!(watch.state.outbox().is_empty());
}

#[test]
fn killed_at_every_point_of_a_day_it_loses_no_report_and_tells_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut kills = 0;
    loop {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "watch::killed::child", "--ignored", "--nocapture", "--test-threads", "1"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(9), "{status}");
        kills += 1;
        assert!(kills < 3_000, "the day does not end");
    }
    let points = std::fs::read_to_string(folder.path().join("points")).unwrap();
    assert_eq!(points.lines().count(), kills);
    let taken = std::fs::read_to_string(folder.path().join("taken")).unwrap();
    let mut seen: BTreeMap<u64, (Report, usize)> = BTreeMap::new();
    let mut last = 0;
    for line in taken.lines() {
        let report: Report = serde_json::from_str(line).unwrap();
        assert_eq!(report.line(), format!("{line}\n"));
        let (known, times) = seen.entry(report.seq).or_insert_with(|| (report.clone(), 0));
        // What comes again is the same, under the same name, and before any that is newer.
        assert_eq!(*known, report);
        *times += 1;
        assert!(report.seq == last || report.seq == last + 1, "{} after {last}", report.seq);
        last = report.seq;
    }
    // The same list as in a day without a kill.
    let text: String = seen.values().map(|(report, _)| lines(report)).collect();
    assert_eq!(text, EXPECTED);
    // One was taken again only where it was killed after the taking and before the note of it: as often as that was.
    let (mut again, mut windows) = (0, 0);
    for (report, times) in seen.values() {
        let window = points.lines().filter(|point| {
            let inside = point.contains("once it took (") || point.contains(" is kept (");
            inside && point.ends_with(&format!("({})", report.id))
        });
        let window = window.count();
        assert_eq!(*times, 1 + window, "{} {}", report.seq, report.id);
        (again, windows) = (again + times - 1, windows + window);
    }
    assert_eq!(again, windows);
    eprintln!("{kills} kills, {} reports, {again} taken again, all of them killed in between", seen.len());
}
